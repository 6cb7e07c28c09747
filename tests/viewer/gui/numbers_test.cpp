// The viewer and the JSON report say the same, to the digit: what the panels copy is held against the report field by
// field, and what they show against the report's numbers in the words of both.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "tests/viewer/gui/screen.h"
#include "viewer/base/text.h"

namespace loopscope::testing {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

using Row = std::map<std::string, std::string>;

// The rows of the first table in `text` whose first column is called like that.
std::vector<Row> table_in(const std::string& text, const std::string& first_column) {
  std::vector<Row> rows;
  std::vector<std::string> columns;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::vector<std::string> cells;
    std::istringstream parts(line);
    for (std::string cell; std::getline(parts, cell, '\t');) cells.push_back(cell);
    if (columns.empty()) {
      if (!cells.empty() && cells.front() == first_column) columns = cells;
      continue;
    }
    if (cells.size() + 1 < columns.size()) break;
    Row& row = rows.emplace_back();
    for (std::size_t at = 0; at < cells.size() && at < columns.size(); ++at) row[columns[at]] = cells[at];
  }
  return rows;
}

void expect_number(const Row& row, const std::string& column, const json& number) {
  const auto cell = row.find(column);
  ASSERT_NE(cell, row.end()) << column;
  const double wanted = number.is_null() ? 0 : number.get<double>();
  const double shown = cell->second.empty() ? 0 : std::stod(cell->second);
  EXPECT_NEAR(shown, wanted, std::abs(wanted) * 1e-12) << column;
}

class Numbers : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    trace_ = std::string(LOOPSCOPE_TRACES "/") + GetParam();
    report_ = json::parse(output_of({LOOPSCOPE_PROGRAM, "analyze", "--format", "json", trace_}));
  }

  std::string copied(const std::string& keys) {
    const std::string file = folder() + "/copied.txt";
    const ViewerRun run =
        run_viewer("wait-loaded\nframes 30\n" + keys + "save-clipboard " + file + "\n", {trace_});
    EXPECT_EQ(run.exit_code, 0) << run.err;
    return contents_of(file);
  }

  std::string shown(const std::string& keys) {
    const std::string file = folder() + "/shown.txt";
    const ViewerRun run = run_viewer("wait-loaded\n" + keys + "frames 30\nsave-text " + file + "\n",
                                     {trace_, "--size", "2400x1500"});
    EXPECT_EQ(run.exit_code, 0) << run.err;
    return contents_of(file);
  }

  std::string trace_;
  json report_;
};

TEST_P(Numbers, OfLoopsAreTheReports) {
  const auto rows = table_in(copied("key Ctrl+Shift+T\n"), "id");
  ASSERT_EQ(rows.size(), report_["loops"].size());
  ASSERT_GE(rows.size(), 1u);
  for (std::size_t at = 0; at < rows.size(); ++at) {
    const json& loop = report_["loops"][at];
    for (const char* column : {"id", "ticks", "busy_ms", "idle_ms", "utilization", "stalls", "blocked_ms"}) {
      expect_number(rows[at], column, loop[column]);
    }
    for (const char* quantile : {"p50", "p90", "p99", "p999", "max"}) {
      expect_number(rows[at], std::string("lag_") + quantile + "_ms", loop["lag_ms"][quantile]);
    }
    expect_number(rows[at], "poll_delay_p99_ms", loop["poll_delay_ms"]["p99"]);
  }
}

TEST_P(Numbers, OfSitesAreTheReports) {
  const auto rows = table_in(copied("key 1\nkey Ctrl+Shift+C\n"), "created at");
  ASSERT_EQ(rows.size(), report_["sites"].size());
  ASSERT_GE(rows.size(), 2u);
  for (std::size_t at = 0; at < rows.size(); ++at) {
    const json& site = report_["sites"][at];
    for (const char* column : {"created", "finished", "pending", "failed", "cancelled", "abandoned"}) {
      expect_number(rows[at], column, site[column]);
    }
    expect_number(rows[at], "lifetime p50 ms", site["lifetime_ms"]["p50"]);
    expect_number(rows[at], "lifetime p99 ms", site["lifetime_ms"]["p99"]);
    expect_number(rows[at], "queue p99 ms", site["queue_ms"]["p99"]);
    expect_number(rows[at], "run ms", site["run_ms"]);
    expect_number(rows[at], "oldest pending ms", site["oldest_pending_ms"]);
    EXPECT_EQ(rows[at].at("kind"), site["kind"].get<std::string>());
  }
}

TEST_P(Numbers, OfStallsAreTheReports) {
  const auto rows = table_in(copied("key 3\nkey Ctrl+Shift+C\n"), "start_ms");
  ASSERT_EQ(rows.size(), report_["stalls"].size());
  for (std::size_t at = 0; at < rows.size(); ++at) {
    const json& stall = report_["stalls"][at];
    expect_number(rows[at], "start_ms", stall["start_ms"]);
    expect_number(rows[at], "duration_ms", stall["duration_ms"]);
    expect_number(rows[at], "samples", stall["samples"]);
    EXPECT_EQ(rows[at].at("cause"), stall["cause"].get<std::string>());
  }
}

TEST_P(Numbers, OfFindingsAreTheReports) {
  const std::string text = copied("key Ctrl+Shift+F\n");
  ASSERT_GE(report_["findings"].size(), 1u);
  EXPECT_THAT(text, HasSubstr(report_["verdict"]["headline"].get<std::string>()));
  for (const json& finding : report_["findings"]) {
    EXPECT_THAT(text, HasSubstr(finding["title"].get<std::string>()));
    EXPECT_THAT(text, HasSubstr(finding["detector"].get<std::string>()));
  }
}

TEST_P(Numbers, OnTheScreenAreThoseToo) {
  const json& loop = report_["loops"][0];
  const auto ns = [](const json& ms) { return static_cast<Nanos>(std::llround(ms.get<double>() * 1e6)); };
  const std::string screen = shown("key 1\n");
  EXPECT_THAT(screen, HasSubstr(count_text(loop["ticks"].get<std::uint64_t>()) + " ticks"));
  EXPECT_THAT(screen, HasSubstr(duration_text(ns(loop["busy_ms"])) + " busy"));
  EXPECT_THAT(screen, HasSubstr(percent_text(loop["utilization"].get<double>()) + " used"));
  EXPECT_THAT(screen, HasSubstr("lag p99 " + duration_text(ns(loop["lag_ms"]["p99"]))));
  EXPECT_THAT(screen, HasSubstr(count_text(report_["trace"]["events"].get<std::uint64_t>()) + " events"));
  // What stands in the table of sites, row by row.
  std::istringstream lines(screen);
  std::vector<std::string> seen;
  for (std::string line; std::getline(lines, line);) seen.push_back(line);
  std::size_t shown_sites = 0;
  for (const json& site : report_["sites"]) {
    const std::string created = count_text(site["created"].get<std::uint64_t>());
    const std::string lifetime = duration_text(ns(site["lifetime_ms"]["p99"]));
    const bool finished = site["finished"].get<std::uint64_t>() != 0;
    for (const std::string& line : seen) {
      if (line.find(site["kind"].get<std::string>()) == std::string::npos) continue;
      if (line.find("  " + created) == std::string::npos) continue;
      if (finished && line.find(lifetime) == std::string::npos) continue;
      ++shown_sites;
      break;
    }
  }
  EXPECT_EQ(shown_sites, report_["sites"].size()) << screen;
}

INSTANTIATE_TEST_SUITE_P(OfTraces, Numbers, ::testing::Values("leaky_requests.pb", "blocking_parse.pb"),
                         [](const auto& trace) {
                           return std::string(trace.param, std::string(trace.param).find('.'));
                         });

}  // namespace
}  // namespace loopscope::testing
