// A thousand programs whose truth is known, written as bytes, read, and judged: what the reader counts and where the
// requests' time went is what happened.
#include <gtest/gtest.h>
#include <algorithm>

#include <cstddef>
#include <span>

#include "tests/viewer/properties/known_program.h"
#include "tests/viewer/properties/path_checks.h"
#include "viewer/detect/critical_path.h"
#include "viewer/detect/detectors.h"
#include "viewer/trace/read_trace.h"

namespace loopscope::testing {
namespace {

constexpr unsigned kPrograms = 1'009;
// Programs whose every task's path is looked at.
constexpr unsigned kEveryOne = 50;

model::Trace read(const std::string& bytes) {
  trace::ReadOptions options;
  options.timeline = true;
  options.workers = 1;
  auto read = trace::read_trace({std::as_bytes(std::span(bytes))}, options);
  EXPECT_TRUE(read.ok());
  return read.ok() ? std::move(read->trace) : model::Trace{};
}

void expect_counts(const KnownProgram& known, const model::Trace& trace) {
  ASSERT_EQ(trace.tasks.size(), known.created);
  std::uint64_t created = 0, finished = 0, failed = 0, abandoned = 0, pending = 0;
  for (const model::Site& site : trace.sites) {
    created += site.created;
    finished += site.finished;
    failed += site.failed;
    abandoned += site.abandoned;
    pending += site.pending();
    EXPECT_EQ(site.lifetime.count(), site.finished);
  }
  EXPECT_EQ(created, known.created);
  EXPECT_EQ(finished, known.finished);
  EXPECT_EQ(failed, known.failed);
  EXPECT_EQ(abandoned, known.abandoned);
  EXPECT_EQ(pending, known.created - known.finished);
  EXPECT_EQ(trace.integrity.unmatched_events, 0u);
  ASSERT_EQ(trace.loops.size(), 1u);
  EXPECT_EQ(trace.loops[0].busy_ns, known.busy);
  EXPECT_EQ(trace.loops[0].idle_ns, known.idle);
  EXPECT_EQ(known.busy + known.idle, known.loop_time) << "the loop is busy or waits";
}

void expect_tasks(const KnownProgram& known, const model::Trace& trace) {
  for (model::TaskIndex task = 0; task < trace.tasks.size(); ++task) {
    const model::TaskIndex parent = trace.tasks.parent(task);
    if (parent != model::kNoTask) {
      ASSERT_LT(parent, task);
      EXPECT_LE(trace.tasks.created(parent), trace.tasks.created(task));
    }
    const auto run = known.run.find(trace.tasks.id(task));
    EXPECT_EQ(trace.tasks.run_ns(task), run == known.run.end() ? 0 : run->second);
    const Time end = trace.tasks.pending(task) ? trace.end : trace.tasks.finished(task);
    EXPECT_LE(trace.tasks.run_ns(task), end - trace.tasks.created(task));
    EXPECT_LE(end, trace.end);
  }
}

// Lags are kept within 0.2 %, which moves time between waiting and being late.
void expect_requests(const KnownProgram& known, const model::Trace& trace) {
  using detect::Spent;
  const bool ticks_hold = std::any_of(trace.stalls.begin(), trace.stalls.end(),
                                      [](const model::Stall& stall) { return stall.is_tick; });
  for (const KnownRequest& request : known.requests) {
    if (!request.finished) continue;
    SCOPED_TRACE(::testing::Message() << "request #" << request.task);
    const detect::CriticalPath path = detect::critical_path(trace, trace.tasks.find(request.task));
    EXPECT_EQ(path.times.begin, request.begin);
    EXPECT_EQ(path.times.end, request.end);
    const auto spent = [&](Spent how) { return path.spent[static_cast<std::size_t>(how)]; };
    const double late = static_cast<double>(request.queued + request.held_up);
    const double tolerance = 0.002 * late + 100;
    EXPECT_EQ(spent(Spent::running), request.running);
    EXPECT_NEAR(static_cast<double>(spent(Spent::waiting)), static_cast<double>(request.waiting), tolerance);
    EXPECT_NEAR(static_cast<double>(spent(Spent::queued) + spent(Spent::held_up)), late, tolerance);
    EXPECT_EQ(spent(Spent::unknown), 0);
    // Which of the two it was is known for spans that hold the loop; where a whole tick is the stall, it holds up more.
    if (ticks_hold) continue;
    EXPECT_NEAR(static_cast<double>(spent(Spent::queued)), static_cast<double>(request.queued), tolerance);
    EXPECT_NEAR(static_cast<double>(spent(Spent::held_up)), static_cast<double>(request.held_up), tolerance);
  }
}

TEST(KnownPrograms, AreReadAndExplainedAsTheyWere) {
  std::size_t finished = 0;
  for (unsigned seed = 1; seed <= kPrograms; ++seed) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed);
    const KnownProgram known = known_program(seed);
    const model::Trace trace = read(known.bytes);
    expect_counts(known, trace);
    expect_tasks(known, trace);
    expect_requests(known, trace);
    if (seed <= kEveryOne) expect_sound_paths(trace, 1'000);
    for (const detect::Finding& finding : detect::detect_all(trace, {})) {
      EXPECT_LE(finding.first, finding.last) << finding.detector;
      EXPECT_LE(finding.contexts.size(), detect::kMaxContexts);
    }
    for (const KnownRequest& request : known.requests) finished += request.finished;
    ASSERT_FALSE(HasFailure()) << "the first of " << kPrograms;
  }
  EXPECT_GT(finished, 1'000u) << "the programs hardly do anything";
}

}  // namespace
}  // namespace loopscope::testing
