// The published schemas of the JSON reports, held against reports by a validator of others.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/viewer/report/outside_program.h"
#include "tests/viewer/report/sample_traces.h"
#include "viewer/report/comparison_report.h"
#include "viewer/report/json_report.h"

namespace loopscope::report {
namespace {

using testing::Answer;
using testing::ask;
using testing::written;

constexpr int kMissing = 3;  // of the probe below

bool has_validator() {
  static const bool has =
      ask({LOOPSCOPE_PYTHON, "-c", "import sys\ntry: import jsonschema\nexcept ImportError: sys.exit(3)"})
          .exit_code != kMissing;
  return has;
}

Answer validated(const std::vector<std::string>& arguments) {
  std::vector<std::string> command{LOOPSCOPE_PYTHON, LOOPSCOPE_TEST_DIR "/validate.py"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return ask(command);
}

class AnalysisSchema : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!has_validator()) GTEST_SKIP() << "python3-jsonschema is not installed";
  }
  const std::string schema_ = LOOPSCOPE_DOCS_DIR "/analysis.schema.json";
};

TEST_F(AnalysisSchema, HoldsForEverySampleAndForNothingElse) {
  std::vector<std::string> arguments{schema_};
  std::vector<std::string> all;
  for (const model::Trace& trace :
       {an_editor_that_forgot_timers(), a_healthy_server(), a_late_server_that_was_killed(),
        a_server_that_blocks(), a_hostile_trace(), nothing_at_all(), model::Trace{}}) {
    all.push_back(json_report(Judged(trace).contents()));
    arguments.push_back(written("sample" + std::to_string(all.size()) + ".json", all.back()));
  }
  all.push_back(json_report(everything_at_once().contents()));
  arguments.push_back(written("everything.json", all.back()));
  arguments.push_back(written("array.json", json_array(all)));
  arguments.push_back(written("empty_array.json", json_array({})));
  const Answer answer = validated(arguments);
  EXPECT_EQ(answer.exit_code, 0) << answer.text;
}

TEST_F(AnalysisSchema, NoticesEveryMissingNameAndEveryWrongType) {
  const std::string report = written("mutated.json", json_report(everything_at_once().contents()));
  const Answer answer = validated({"--mutate", schema_, report});
  EXPECT_EQ(answer.exit_code, 0) << answer.text;
  EXPECT_NE(answer.text.find("mistakes were tried"), std::string::npos) << answer.text;
}

using ComparisonSchema = AnalysisSchema;

TEST_F(ComparisonSchema, HoldsForAllPairsOfSamplesAndForNothingElse) {
  std::vector<Judged> all;
  for (const model::Trace& trace : {an_editor_that_forgot_timers(), a_late_server_that_was_killed(),
                                    a_server_that_blocks(), a_hostile_trace(), nothing_at_all()})
    all.emplace_back(trace);
  all.push_back(everything_at_once());
  const std::string schema = LOOPSCOPE_DOCS_DIR "/comparison.schema.json";
  std::vector<std::string> arguments{schema};
  for (const Judged& base : all) {
    for (const Judged& now : all) {
      const std::string name = "comparison" + std::to_string(arguments.size()) + ".json";
      arguments.push_back(written(name, comparison_json_report(compare(base.contents(), now.contents()))));
    }
  }
  Answer answer = validated(arguments);
  EXPECT_EQ(answer.exit_code, 0) << answer.text;
  answer = validated({"--mutate", schema, arguments.back()});
  EXPECT_EQ(answer.exit_code, 0) << answer.text;
}

TEST_F(AnalysisSchema, IsHeldStrictly) {
  std::string report = json_report(Judged(a_healthy_server()).contents());
  report.insert(report.find("\"schema\""), "\"unknown\": 1, ");
  EXPECT_EQ(validated({schema_, written("unknown.json", report)}).exit_code, 1)
      << "a name that the schema does not list is to be added to it";
}

}  // namespace
}  // namespace loopscope::report
