// Programs as Debian has them: they do what they do without us, and their operations are counted.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "tests/agent/recorded.h"
#include "tests/e2e/libuv/program.h"

namespace {

#ifdef QEMU_IMG
TEST(QemuImg, ReadsWithATaskForEachRequest) {
  const Scratch scratch;
  std::ofstream(scratch.file("disk.raw")) << std::string(4 << 20, 'x');
  const Command command{QEMU_IMG,   "bench", "-c",   "1009", "-d",  "31",      "-i",
                        "io_uring", "-t",    "none", "-f",   "raw", "disk.raw"};
  const Outcome plain = run(command, scratch.path());
  if (plain.exit_code != 0) GTEST_SKIP() << plain.errors;
  const std::string trace = scratch.file("trace.pb");
  const Outcome outcome = run(recorded(trace, command), scratch.path());
  EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
  // The last line says how long it took.
  EXPECT_EQ(outcome.output.substr(0, outcome.output.find('\n')),
            plain.output.substr(0, plain.output.find('\n')));
  const auto model = complete_trace(trace);
  EXPECT_EQ(tasks_of(model, "io_uring_readv"), (Counts{1009, 1009, 0}));
  EXPECT_GE(model.loops.size(), 1u);
}

// Whole sectors: at the end of a file that has a part of one, this qemu-img waits for ever now and then, with us or without.
TEST(QemuImg, ConvertsAnImageToTheSameBytes) {
  const Scratch scratch;
  std::string bytes;
  for (unsigned i = 0; bytes.size() < 8u << 20; ++i) bytes += std::to_string(i * 7919);
  bytes.resize(8u << 20);
  std::ofstream(scratch.file("from.raw")) << bytes;
  std::ofstream(scratch.file("to.raw")).close();
  std::filesystem::resize_file(scratch.file("to.raw"), bytes.size());
  const std::string options =
      "driver=raw,file.driver=file,file.aio=io_uring,file.cache.direct=on,file.filename=";
  const Command command{
      QEMU_IMG,          "convert", "-n", "--image-opts", "--target-image-opts", options + "from.raw",
      options + "to.raw"};
  const std::string trace = scratch.file("trace.pb");
  const Outcome outcome = run(recorded(trace, command), scratch.path());
  if (outcome.errors.find("io_uring") != std::string::npos) GTEST_SKIP() << outcome.errors;
  EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
  std::stringstream copied;
  copied << std::ifstream(scratch.file("to.raw")).rdbuf();
  EXPECT_TRUE(copied.str() == bytes);
  // Where every operation is over before it would be waited for, there was no loop.
  if (outcome.errors.find("no event loop ran") != std::string::npos) return;
  const Counts written = tasks_of(complete_trace(trace), "io_uring_writev");
  EXPECT_GE(written.created, 1u);
  EXPECT_EQ(written.finished, written.created);
}
#endif

#if defined(PLOCATE) && defined(UPDATEDB)
TEST(Plocate, FindsWhatItFindsWithATaskForEachRead) {
  const Scratch scratch;
  for (unsigned i = 0; i < 307; ++i) {
    const std::string folder = scratch.file("tree/" + std::to_string(i % 17));
    std::filesystem::create_directories(folder);
    std::ofstream(folder + "/file_" + std::to_string(i) + ".txt").close();
  }
  ASSERT_EQ(
      run({UPDATEDB, "-o", "db", "-U", scratch.file("tree"), "-l", "0", "--prunepaths", ""}, scratch.path())
          .exit_code,
      0);
  // Into a program with a group of its own nothing can be preloaded.
  std::filesystem::copy_file(PLOCATE, scratch.file("plocate"));
  const Command command{scratch.file("plocate"), "-d", "db", "file_1"};
  const Outcome plain = run(command, scratch.path());
  EXPECT_EQ(plain.exit_code, 0) << plain.errors;
  const std::string trace = scratch.file("trace.pb");
  const Outcome outcome = run(recorded(trace, command), scratch.path());
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.output, plain.output);
  if (!std::filesystem::exists(trace)) GTEST_SKIP() << "the kernel has no io_uring for us: it reads without";
  const Counts reads = tasks_of(complete_trace(trace), "io_uring_readv");
  EXPECT_GT(reads.created, 3u);
  EXPECT_EQ(reads.finished, reads.created);
}
#endif

}  // namespace
