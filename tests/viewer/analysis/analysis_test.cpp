#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "viewer/analysis.h"
#include "viewer/trace/mapped_file.h"
#include "viewer/trace/process_header.h"

namespace loopscope {
namespace {

// The ring that a killed recording left.
std::string ring_of(const std::string& trace) {
  const auto file = trace::MappedFile::open(trace);
  if (!file.ok()) return "";
  const auto header = trace::read_process_header(file->bytes(), trace);
  return header.ok() ? header->ring_path : "";
}

class AnalysisOfAFile : public ::testing::Test {
 protected:
  std::string fresh_trace(const std::string& name = "") {
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    const std::string path = ::testing::TempDir() + "analysis." + test->name() + name + ".pb";
    std::filesystem::remove(path);
    traces_.push_back(path);
    return path;
  }

  void TearDown() override {
    for (const std::string& trace : traces_) {
      const std::string ring = ring_of(trace);
      if (!ring.empty()) std::filesystem::remove(ring);
      std::filesystem::remove(trace + ".ring");
      std::filesystem::remove(trace);
    }
  }

 private:
  std::vector<std::string> traces_;
};

// How the shell says it ended: its exit code, or 128 and the signal.
int record(const std::string& trace, const std::string& how) {
  const int status =
      std::system((std::string(LOOPSCOPE_SUBJECT) + " '" + trace + "' " + how + "; exit $?").c_str());
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST_F(AnalysisOfAFile, ReadsATraceThatEnded) {
  const std::string path = fresh_trace();
  ASSERT_EQ(record(path, "exit"), 0);
  const auto analysis = analyze(path, {});
  ASSERT_TRUE(analysis.ok()) << analysis.error().text();
  EXPECT_EQ(analysis->trace.tasks.size(), 23u);
  EXPECT_TRUE(analysis->trace.integrity.complete());
  EXPECT_EQ(analysis->trace.end_reason, model::EndReason::exit);
}

TEST_F(AnalysisOfAFile, RecoversFromItsRingWhatAKilledProcessHadNotWritten) {
  const std::string path = fresh_trace();
  ASSERT_EQ(record(path, "kill"), 128 + 9);
  const auto size = std::filesystem::file_size(path);
  const auto analysis = analyze(path, {});
  ASSERT_TRUE(analysis.ok()) << analysis.error().text();
  EXPECT_EQ(analysis->trace.tasks.size(), 23u);
  EXPECT_TRUE(analysis->trace.integrity.recovered);
  EXPECT_EQ(analysis->trace.integrity.missing_packets, 0u);
  EXPECT_EQ(analysis->trace.end_reason, model::EndReason::killed);
  EXPECT_EQ(std::filesystem::file_size(path), size) << "the file is not changed";
}

TEST_F(AnalysisOfAFile, SaysWhatIsMissingWithoutTheRing) {
  const std::string path = fresh_trace();
  ASSERT_EQ(record(path, "kill"), 128 + 9);
  ASSERT_TRUE(std::filesystem::remove(ring_of(path)));
  const auto analysis = analyze(path, {});
  ASSERT_TRUE(analysis.ok()) << analysis.error().text();
  EXPECT_FALSE(analysis->trace.integrity.recovered);
  ASSERT_FALSE(analysis->findings.empty());
  EXPECT_EQ(analysis->findings[0].detector, "incomplete-trace");
  EXPECT_EQ(analysis->findings[0].severity, detect::Severity::warning);
}

TEST_F(AnalysisOfAFile, DoesNotTakeTheRingOfAnotherRecording) {
  const std::string path = fresh_trace();
  ASSERT_EQ(record(path, "kill"), 128 + 9);
  const std::string other = fresh_trace(".other");
  ASSERT_EQ(record(other, "kill"), 128 + 9);
  std::filesystem::remove(ring_of(path));
  std::filesystem::copy_file(ring_of(other), path + ".ring");
  const auto analysis = analyze(path, {});
  ASSERT_TRUE(analysis.ok()) << analysis.error().text();
  EXPECT_FALSE(analysis->trace.integrity.recovered);
  ASSERT_EQ(analysis->trace.integrity.losses.size(), 1u);
  EXPECT_THAT(analysis->trace.integrity.losses[0].detail, ::testing::HasSubstr("another recording"));
}

TEST_F(AnalysisOfAFile, KnowsARunningProcess) {
  const std::string path = fresh_trace();
  // Its standard output goes to a file that a pipe's end would not show: "ready" comes when all is recorded.
  const std::string ready = path + ".ready";
  std::filesystem::remove(ready);
  ASSERT_EQ(std::system(("mkfifo '" + ready + "'").c_str()), 0);
  std::FILE* subject =
      popen((std::string(LOOPSCOPE_SUBJECT) + " '" + path + "' wait >'" + ready + "'").c_str(), "w");
  ASSERT_NE(subject, nullptr);
  std::string word;
  std::ifstream(ready) >> word;
  EXPECT_EQ(word, "ready");
  const auto analysis = analyze(path, {});
  EXPECT_EQ(pclose(subject), 0);
  std::filesystem::remove(ready);
  ASSERT_TRUE(analysis.ok()) << analysis.error().text();
  EXPECT_EQ(analysis->trace.end_reason, model::EndReason::running);
  EXPECT_EQ(analysis->verdict.status, detect::Verdict::Status::healthy);
}

TEST_F(AnalysisOfAFile, StopsWhenItIsToldTo) {
  const std::string path = fresh_trace();
  ASSERT_EQ(record(path, "exit"), 0);
  AnalyzeOptions options;
  options.progress = [](double) { return false; };
  EXPECT_FALSE(analyze(path, options).ok());
}

}  // namespace
}  // namespace loopscope
