// The rooms of the tree keep to arrows.txt, and a file that does not is named.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/arch/arrows.h"

namespace loopscope::arch {
namespace {

namespace fs = std::filesystem;

const fs::path kRoot = LOOPSCOPE_SOURCE_DIR;

std::string text_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

Arrows committed_arrows() {
  std::vector<std::string> problems;
  Arrows arrows = Arrows::parse(text_of(kRoot / "tests/arch/arrows.txt"), problems);
  for (const std::string& problem : problems) ADD_FAILURE() << "arrows.txt, " << problem;
  return arrows;
}

bool is_file(const std::string& path) { return fs::is_regular_file(kRoot / path); }

// "file:line: #include <header>: what is wrong" for every include of a source text that breaks the table.
std::vector<std::string> violations(const Arrows& arrows, const std::string& path, std::string_view source) {
  std::vector<std::string> found;
  for (const Include& include : includes_of(source)) {
    const std::string wrong = include.header.empty() ? "an include must name its file"
                                                     : arrows.judge(path, include.header, is_file);
    if (!wrong.empty()) {
      found.push_back(path + ":" + std::to_string(include.line) + ": #include " + include.header + ": " +
                      wrong);
    }
  }
  return found;
}

std::vector<std::string> sources() {
  std::vector<std::string> paths;
  for (const char* top : {"agent", "viewer", "samples"}) {
    if (!fs::exists(kRoot / top)) continue;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(kRoot / top)) {
      const std::string extension = entry.path().extension();
      if (extension == ".h" || extension == ".hpp" || extension == ".cpp" || extension == ".c") {
        paths.push_back(entry.path().lexically_relative(kRoot));
      }
    }
  }
  return paths;
}

TEST(Tree, KeepsToTheArrows) {
  const Arrows arrows = committed_arrows();
  std::size_t includes = 0;
  for (const std::string& path : sources()) {
    const std::string source = text_of(kRoot / path);
    includes += includes_of(source).size();
    if (arrows.room_of(path).empty()) {
      ADD_FAILURE() << path << " is in no room of arrows.txt";
      continue;
    }
    for (const std::string& violation : violations(arrows, path, source)) ADD_FAILURE() << violation;
  }
  EXPECT_GT(includes, 100u) << "the walk over the tree found next to nothing";
}

TEST(Arrows, NameFileLineRoomAndIncludeOfAPlantedViolation) {
  EXPECT_EQ(violations(committed_arrows(), "viewer/detect/planted.cpp",
                       "#include <vector>\n\n#include \"viewer/trace/planted.h\"\n"),
            std::vector<std::string>{"viewer/detect/planted.cpp:3: #include viewer/trace/planted.h: there is "
                                     "no viewer/trace/planted.h"});
  EXPECT_EQ(violations(committed_arrows(), "viewer/detect/planted.cpp", "#include <loopscope/loopscope.h>\n"),
            std::vector<std::string>{"viewer/detect/planted.cpp:1: #include loopscope/loopscope.h: "
                                     "room viewer/detect may not include room agent/include"});
}

struct Case {
  const char* path;
  const char* header;
  bool allowed;
};

const Case kCases[] = {{"viewer/detect/x.cpp", "viewer/model/trace.h", true},
                       {"viewer/detect/x.cpp", "viewer/report/x.h", false},
                       {"viewer/model/x.h", "viewer/detect/x.h", false},
                       {"viewer/report/x.cpp", "nlohmann/json.hpp", true},
                       {"viewer/detect/x.cpp", "nlohmann/json.hpp", false},
                       {"viewer/detect/x.cpp", "chrono", false},
                       {"viewer/detect/x.cpp", "fstream", false},
                       {"viewer/model/x.cpp", "google/protobuf/message.h", false},
                       {"viewer/trace/x.cpp", "google/protobuf/message.h", true},
                       {"viewer/cli/x.cpp", "CLI/CLI.hpp", true},
                       {"viewer/analysis.cpp", "CLI/CLI.hpp", false},
                       {"viewer/analysis.cpp", "agent/recover/recover.h", true},
                       {"viewer/trace/x.cpp", "agent/recover/recover.h", false},
                       {"viewer/symbols/x.cpp", "elfutils/libdw.h", true},
                       {"viewer/cli/x.cpp", "elfutils/libdw.h", false},
                       {"agent/record/ring.cpp", "agent/write/x.h", false},
                       {"agent/write/x.cpp", "agent/record/ring.h", true},
                       {"agent/write/x.cpp", "google/protobuf/message.h", false},
                       {"agent/write/x.cpp", "viewer/model/trace.h", false},
                       {"agent/record/ring.cpp", "mutex", false},
                       {"agent/record/ring.cpp", "x86intrin.h", false},
                       {"agent/record/clock.h", "x86intrin.h", true},
                       {"agent/adapters/libuv/x.cpp", "uv.h", true},
                       {"agent/adapters/libuv/x.cpp", "agent/record/ring.h", false},
                       {"agent/session.cpp", "uv.h", false},
                       {"agent/session.cpp", "boost/asio.hpp", false}};

TEST(Arrows, SayWhatTheDesignSays) {
  const Arrows arrows = committed_arrows();
  for (const Case& arrow : kCases) {
    const std::string wrong =
        arrows.judge(arrow.path, arrow.header, [&](const std::string& path) { return path == arrow.header; });
    EXPECT_EQ(wrong.empty(), arrow.allowed) << arrow.path << " includes " << arrow.header << ": " << wrong;
  }
}

TEST(Arrows, JudgeEveryFormOfIncludeLine) {
  const std::vector<Include> includes =
      includes_of("  #  include <a.h> // why\n#include\"b.h\"\nint include;\n#define X 1\n#include X\n");
  ASSERT_EQ(includes.size(), 3u);
  EXPECT_EQ(includes[0].header, "a.h");
  EXPECT_EQ(includes[1].header, "b.h");
  EXPECT_EQ(includes[2].header, "");
  EXPECT_EQ(includes[2].line, 5);
}

TEST(Arrows, ReportATableThatNamesWhatIsNotThere) {
  std::vector<std::string> problems;
  Arrows::parse("room a: b <c>\nroam d:\nroom a:\n", problems);
  EXPECT_EQ(problems,
            (std::vector<std::string>{"line 2: neither room nor library: roam", "line 3: second room a",
                                      "room a: there is no <c>", "room a: there is no b"}));
}

TEST(Arrows, ReportAFileOutsideEveryRoom) {
  EXPECT_EQ(committed_arrows().judge("viewer/helpers/x.cpp", "vector", is_file),
            "the file is in no room of arrows.txt");
}

}  // namespace
}  // namespace loopscope::arch
