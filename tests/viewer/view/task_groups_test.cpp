#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/support/trace_builder.h"
#include "viewer/report/json_report.h"
#include "viewer/view/task_groups.h"

namespace loopscope::view {
namespace {

using loopscope::testing::a_trace;
using loopscope::testing::created_at;
using loopscope::testing::every;
using loopscope::testing::TraceBuilder;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// 29 timers of which 11 stay, 13 writes that finish, 7 jobs of which all stay.
TraceBuilder three_sites() {
  return a_trace()
      .lasting(10 * kSecond)
      .with_site("uv_timer", "src/leak.cpp", 12, 0, "arm_timer()")
      .with_tasks(18, every(101 * kMillisecond), created_at(3).finished_at(7 * kMillisecond).ran(9, 1009))
      .with_tasks(11, every(103 * kMillisecond), created_at(5))
      .with_site("uv_write", "src/server.cpp", 83, 0, "reply(int)")
      .with_tasks(13, every(211 * kMillisecond), created_at(17).failed_at(307 * kMillisecond).ran(19, 23))
      .with_site("job", "src/job.cpp", 5, 0, "start_job()")
      .named("Nightly")
      .with_tasks(7, every(401 * kMillisecond), created_at(2 * kSecond));
}

struct Table {
  explicit Table(const model::Trace& trace, std::optional<Time> at = std::nullopt)
      : rows(site_rows(trace)), then(trace, at) {}

  std::vector<std::string> shown(const std::string& typed, const SiteOrder& order = {}) const {
    std::vector<std::string> kinds;
    for (const std::uint32_t at : shown_sites(rows, then, {FilterWords(typed), nullptr, false}, order)) {
      kinds.push_back(rows[at].kind);
    }
    return kinds;
  }

  std::vector<SiteRow> rows;
  PendingThen then;
};

TEST(SiteRows, HaveTheNumbersAndTheOrderOfTheJsonReport) {
  const model::Trace trace = three_sites().build();
  const nlohmann::json json = nlohmann::json::parse(report::json_report({trace, {}, {}}));
  const std::vector<SiteRow> rows = site_rows(trace);
  ASSERT_EQ(rows.size(), 3u);
  ASSERT_EQ(json["sites"].size(), rows.size());
  for (std::size_t at = 0; at < rows.size(); ++at) {
    const nlohmann::json& site = json["sites"][at];
    const SiteRow& row = rows[at];
    EXPECT_EQ(row.kind, site["kind"]);
    EXPECT_EQ(row.name, site["name"]);
    EXPECT_EQ(row.created, site["created"]);
    EXPECT_EQ(row.finished, site["finished"]);
    EXPECT_EQ(row.pending, site["pending"]);
    EXPECT_EQ(row.failed, site["failed"]);
    EXPECT_EQ(row.cancelled, site["cancelled"]);
    EXPECT_EQ(row.abandoned, site["abandoned"]);
    EXPECT_EQ(to_ms(row.lifetime_p50), site["lifetime_ms"]["p50"]);
    EXPECT_EQ(to_ms(row.lifetime_p99), site["lifetime_ms"]["p99"]);
    EXPECT_EQ(to_ms(row.queue_p99), site["queue_ms"]["p99"]);
    EXPECT_EQ(to_ms(row.run), site["run_ms"]);
    EXPECT_EQ(to_ms(row.oldest_pending), site["oldest_pending_ms"]);
  }
  EXPECT_EQ(rows[0].pending, 11u);
  EXPECT_EQ(rows[0].oldest_pending, 10 * kSecond - 5);
}

TEST(SiteRows, TellTheRateAndTheShareThatNeverFinished) {
  const Table table(three_sites().build());
  EXPECT_DOUBLE_EQ(table.rows[0].created_per_second, 2.9);
  EXPECT_DOUBLE_EQ(table.rows[0].never_finished, 11.0 / 29);
  EXPECT_DOUBLE_EQ(table.rows[1].never_finished, 1);
  EXPECT_DOUBLE_EQ(table.rows[2].never_finished, 0);
}

TEST(SiteRows, TellRatesAsPeopleReadThem) {
  SiteRow row;
  const auto rate = [&](double per_second) {
    row.created_per_second = per_second;
    return cell_text(row, {}, SiteColumn::rate);
  };
  EXPECT_EQ(rate(0), "0 /s");
  EXPECT_EQ(rate(2.9), "2.9 /s");
  EXPECT_EQ(rate(17'142.857), "17,143 /s");
  EXPECT_EQ(rate(1e28), "1e+28 /s");
}

TEST(SiteRows, CopiedAsTextHaveAllDigits) {
  const Table table(three_sites().build());
  const std::string text = sites_text(table.rows, table.then, {0, 2}, 10);
  EXPECT_THAT(text,
              ::testing::HasSubstr("arm_timer (leak.cpp:12)\tuv_timer\t\t29\t18\t11\t11\t0\t0\t0\t2.9\t"));
  EXPECT_THAT(text, ::testing::HasSubstr("\t9999.999995\t"));
  EXPECT_THAT(text, ::testing::HasSubstr("reply (server.cpp:83)\tuv_write"));
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 3);
}

TEST(SiteRows, CopiedAsTextAreBoundedAndSaySo) {
  const Table table(three_sites().build());
  const std::string text = sites_text(table.rows, table.then, {0, 1, 2}, 1);
  EXPECT_THAT(text, ::testing::EndsWith("\nand 2 more rows, left out here\n"));
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 3);
}

TEST(ShownSites, AreSortedByAnyColumnBothWays) {
  const Table table(three_sites().build());
  EXPECT_THAT(table.shown(""), ElementsAre("uv_timer", "job", "uv_write"));
  const auto by = [&](SiteColumn column, bool descending) { return table.shown("", {column, descending}); };
  EXPECT_THAT(by(SiteColumn::place, false), ElementsAre("uv_timer", "uv_write", "job"));
  EXPECT_THAT(by(SiteColumn::kind, true), ElementsAre("uv_write", "uv_timer", "job"));
  EXPECT_THAT(by(SiteColumn::created, true), ElementsAre("uv_timer", "uv_write", "job"));
  EXPECT_THAT(by(SiteColumn::finished, false), ElementsAre("job", "uv_write", "uv_timer"));
  EXPECT_THAT(by(SiteColumn::pending, false), ElementsAre("uv_write", "job", "uv_timer"));
  EXPECT_THAT(by(SiteColumn::pending_now, true), ElementsAre("uv_timer", "job", "uv_write"));
  EXPECT_THAT(by(SiteColumn::rate, false), ElementsAre("job", "uv_write", "uv_timer"));
  EXPECT_THAT(by(SiteColumn::lifetime_p50, true), ElementsAre("uv_write", "uv_timer", "job"));
  EXPECT_THAT(by(SiteColumn::lifetime_p99, false), ElementsAre("job", "uv_timer", "uv_write"));
  EXPECT_THAT(by(SiteColumn::queue_p99, true), ElementsAre("uv_timer", "uv_write", "job"));
  EXPECT_THAT(by(SiteColumn::run, true), ElementsAre("uv_timer", "uv_write", "job"));
  EXPECT_THAT(by(SiteColumn::oldest_pending, true), ElementsAre("uv_timer", "job", "uv_write"));
  EXPECT_THAT(by(SiteColumn::never_finished, true), ElementsAre("job", "uv_timer", "uv_write"));
  EXPECT_THAT(by(SiteColumn::trend, true), ElementsAre("uv_timer", "job", "uv_write"));
}

TEST(ShownSites, EqualOnesStandInTheOrderOfTheirSitesBothWays) {
  TraceBuilder builder = a_trace();
  for (const char* kind : {"a", "b", "c", "d", "e"})
    builder.with_site(kind).with_tasks(3, every(1), created_at(0));
  const Table table(builder.build());
  EXPECT_THAT(table.shown("", {SiteColumn::created, true}), ElementsAre("a", "b", "c", "d", "e"));
  EXPECT_THAT(table.shown("", {SiteColumn::created, false}), ElementsAre("a", "b", "c", "d", "e"));
}

TEST(ShownSites, AreFilteredByPlaceKindNameAndFile) {
  const Table table(three_sites().build());
  EXPECT_THAT(table.shown("ARM_"), ElementsAre("uv_timer"));
  EXPECT_THAT(table.shown("uv"), ElementsAre("uv_timer", "uv_write"));
  EXPECT_THAT(table.shown("nightly"), ElementsAre("job"));
  EXPECT_THAT(table.shown("src/server"), ElementsAre("uv_write"));
  EXPECT_THAT(table.shown("uv leak.cpp:12"), ElementsAre("uv_timer"));
  EXPECT_THAT(table.shown("uv job"), IsEmpty());
}

TEST(ShownSites, AreFilteredByALabelOfTheirTasks) {
  const model::Trace trace = three_sites().with_label(31, "request", "17").build();
  const Table table(trace);
  const FilterWords words("request=17");
  EXPECT_THAT(shown_sites(table.rows, table.then, {words, nullptr, false}, {}), IsEmpty()) << "not known yet";
  const LabelledTasks labelled = LabelledTasks::of(trace, words.labels(), {});
  const std::vector<std::uint32_t> shown = shown_sites(table.rows, table.then, {words, &labelled, false}, {});
  ASSERT_EQ(shown.size(), 1u);
  EXPECT_EQ(table.rows[shown[0]].kind, "uv_write");
}

TEST(PendingThen, IsTheReportsNumberAtTheEnd) {
  const model::Trace trace = three_sites().build();
  const PendingThen then(trace, std::nullopt);
  EXPECT_TRUE(then.known());
  EXPECT_EQ(then.of_site(1), 11u);
  EXPECT_EQ(then.of_site(2), 0u);
  EXPECT_EQ(then.of_site(3), 7u);
  EXPECT_EQ(then.of_site(4711), 0u);
}

TEST(PendingThen, FollowsTheCursor) {
  const Table table(three_sites().build(), 100 * kMillisecond);
  ASSERT_TRUE(table.then.known());
  EXPECT_EQ(table.then.of_site(1), 1u)
      << "of those that stay one is there; of the others the second is not yet";
  EXPECT_EQ(table.then.of_site(2), 1u);
  EXPECT_EQ(table.then.of_site(3), 0u);
  const SiteFilter pending_only{{}, nullptr, true};
  EXPECT_EQ(shown_sites(table.rows, table.then, pending_only, {}).size(), 2u);
}

TEST(PendingThen, WithoutAHistorySaysThatItIsOfTheEnd) {
  model::Trace trace = three_sites().build();
  trace.timeline = {};
  const PendingThen then(trace, 100 * kMillisecond);
  EXPECT_FALSE(then.known());
  EXPECT_EQ(then.of_site(1), 11u);
  EXPECT_THAT(pending_trend(trace, 1, trace.end), IsEmpty());
}

TEST(PendingTrend, RisesWithALeak) {
  const model::Trace trace = three_sites().build();
  const std::vector<float> trend = pending_trend(trace, 1, trace.end);
  ASSERT_GT(trend.size(), 2u);
  EXPECT_GT(trend.back(), trend.front());
  EXPECT_THAT(pending_trend(trace, 1, trace.begin), IsEmpty());
}

TEST(SiteRows, SurviveWhatNoProgramDoes) {
  model::Trace trace = a_trace().with_site("\xff\x1b[2J", "\xfe", 1).with_task(created_at(0)).build();
  trace.sites[1].name = std::string("a\0b\tc\n", 6);
  trace.sites[1].shown_frame = 4711;
  trace.sites[1].created = UINT64_MAX;
  trace.sites[1].run_ns = INT64_MAX;
  trace.begin = INT64_MIN;
  trace.end = INT64_MAX;
  trace.tasks.add(99, 0, 4711, 4711);
  const Table table(trace);
  ASSERT_EQ(table.rows.size(), 1u);
  EXPECT_GE(table.rows[0].created_per_second, 0);
  EXPECT_LE(table.rows[0].never_finished, 1);
  const std::string text = sites_text(table.rows, table.then, {0, 4711}, 10);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2) << "a name breaks no line";
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  for (int column = 0; column < static_cast<int>(SiteColumn::count_of_them); ++column) {
    EXPECT_STRNE(column_name(static_cast<SiteColumn>(column)), "");
    EXPECT_LT(cell_text(table.rows[0], table.then, static_cast<SiteColumn>(column)).size(), 100u);
  }
}

}  // namespace
}  // namespace loopscope::view
