// What the agent's libraries show to a host, against what the headers promise.
#include <gtest/gtest.h>

#include <dlfcn.h>

#include <cstdio>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <string>

#include <loopscope/loopscope.h>

namespace {

std::string output_of(const std::string& command) {
  std::string output;
  FILE* pipe = popen(command.c_str(), "r");
  char buffer[4096];
  while (std::size_t got = fread(buffer, 1, sizeof buffer, pipe)) output.append(buffer, got);
  EXPECT_EQ(pclose(pipe), 0) << command;
  return output;
}

std::set<std::string> declared() {
  std::stringstream header;
  header << std::ifstream(LOOPSCOPE_HEADER).rdbuf();
  const std::string text = std::regex_replace(header.str(), std::regex(R"(/\*[^]*?\*/)"), "");
  std::set<std::string> names;
  const std::regex api(R"(LOOPSCOPE_API\s+[a-z0-9_ *\n]*?(loopscope_[a-z_]+)\s*[\(\[])");
  for (std::sregex_iterator at(text.begin(), text.end(), api), end; at != end; ++at) names.insert((*at)[1]);
  return names;
}

std::set<std::string> exported() {
  std::istringstream lines(output_of("nm -D --defined-only --without-symbol-versions " LOOPSCOPE_LIBRARY));
  std::set<std::string> names;
  for (std::string address, type, name; lines >> address >> type >> name;) {
    if (type != "A") names.insert(name);
  }
  return names;
}

TEST(AgentLibrary, ExportsWhatItsHeaderDeclaresAndItsOwnDoors) {
  std::set<std::string> expected = declared();
  EXPECT_GE(expected.size(), 30u) << "the header was not understood";
  expected.insert({"loopscope_internal_woken", "loopscope_internal_prepare",
                   "loopscope_internal_loop_activity", "loopscope_internal_exiting",
                   "loopscope_internal_my_calls", "loopscope_internal_ticks", "loopscope_internal_blocked",
                   "loopscope_internal_loop_kind", "loopscope_internal_has_loop_kinds"});
  EXPECT_EQ(exported(), expected);
}

TEST(AgentLibrary, NeedsLibcAndZstdAndNothingElse) {
  std::istringstream lines(output_of("objdump -p " LOOPSCOPE_LIBRARY));
  std::set<std::string> needed;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string tag, library;
    if (words >> tag >> library && tag == "NEEDED") needed.insert(library);
  }
  EXPECT_EQ(needed.erase("libc.so.6"), 1u);
  EXPECT_EQ(needed.erase("libzstd.so.1"), 1u);
  needed.erase("ld-linux-x86-64.so.2");
  EXPECT_EQ(needed, std::set<std::string>{});
}

TEST(AgentLibrary, AcceptsAnOlderCallersShorterStructs) {
  loopscope_options options{};
  options.size = offsetof(loopscope_options, ring_bytes);
  options.trace_path = "/proc/no/such/folder/t.pb";
  options.ring_bytes = 1;  // out of range, but beyond what this caller knows of
  EXPECT_EQ(loopscope_start(&options), LOOPSCOPE_EIO);
  options.size = sizeof options;
  EXPECT_EQ(loopscope_start(&options), LOOPSCOPE_EINVAL);
  EXPECT_NE(std::string(loopscope_last_error()).find("ring_bytes is 1: expected 1048576 .. "),
            std::string::npos)
      << loopscope_last_error();
}

TEST(AgentLibrary, SaysWhichVariableOfTheEnvironmentIsWrong) {
  setenv("LOOPSCOPE_EPOCH_MS", "fast", 1);
  EXPECT_EQ(loopscope_start(nullptr), LOOPSCOPE_EINVAL);
  unsetenv("LOOPSCOPE_EPOCH_MS");
  EXPECT_STREQ(loopscope_last_error(), "LOOPSCOPE_EPOCH_MS=fast: expected 10 .. 10000 milliseconds");
}

TEST(AgentLibrary, DoesNothingWhileItDoesNotRecord) {
  EXPECT_EQ(loopscope_recording(), 0);
  EXPECT_EQ(loopscope_task_created(1), 0u);
  loopscope_span_begin(1);
  EXPECT_EQ(loopscope_current_task(), 0u);
  loopscope_span_end(1);
  EXPECT_EQ(loopscope_flush(100), LOOPSCOPE_EOFF);
  EXPECT_EQ(loopscope_stop(), LOOPSCOPE_EOFF);
}

TEST(AgentLibrary, GivesASiteTheSameNumberForTheSameContents) {
  loopscope_site_info info{};
  info.size = sizeof info;
  info.kind = "kind";
  info.line = 23;
  const loopscope_site first = loopscope_site_define(&info);
  EXPECT_NE(first, 0u);
  EXPECT_EQ(loopscope_site_define(&info), first);
  info.line = 29;
  EXPECT_NE(loopscope_site_define(&info), first);
  info.kind = nullptr;
  EXPECT_EQ(loopscope_site_define(&info), 0u);
}

}  // namespace
