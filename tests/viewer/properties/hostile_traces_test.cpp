// Traces that no program wrote: events in any order, times at the ends of what there is, circles. What is said about them
// may be anything, but it adds up and it ends.
#include <gtest/gtest.h>

#include <limits>
#include <random>
#include <span>

#include "tests/support/trace_builder.h"
#include "tests/viewer/properties/path_checks.h"
#include "tests/viewer/trace/random_trace.h"
#include "viewer/detect/detectors.h"
#include "viewer/trace/read_trace.h"

namespace loopscope::testing {
namespace {

TEST(HostileTraces, OfEventsInAnyOrderHaveSoundPaths) {
  for (unsigned seed = 1; seed <= 101; ++seed) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed);
    const TraceWriter writer =
        random_trace({.seed = seed, .batches = 3, .steps = 101, .leaving = seed % 2 == 0});
    trace::ReadOptions options;
    options.timeline = true;
    options.workers = 1;
    const auto read = trace::read_trace({std::as_bytes(std::span(writer.bytes()))}, options);
    ASSERT_TRUE(read.ok());
    const model::Trace& trace = read->trace;
    std::uint64_t created = 0, finished = 0;
    for (const model::Site& site : trace.sites) {
      created += site.created;
      finished += site.finished;
    }
    std::uint64_t pending = 0;
    for (model::TaskIndex task = 0; task < trace.tasks.size(); ++task) {
      pending += trace.tasks.pending(task);
      const model::TaskIndex parent = trace.tasks.parent(task);
      EXPECT_TRUE(parent == model::kNoTask || parent < task);
    }
    EXPECT_EQ(created, trace.tasks.size());
    EXPECT_EQ(created, finished + pending);
    expect_sound_paths(trace, 41);
    ASSERT_FALSE(HasFailure());
  }
}

// Everything that a model can hold, drawn without sense.
class Nonsense {
 public:
  explicit Nonsense(unsigned seed) : random_(seed) {}

  model::Trace trace() {
    TraceBuilder builder = a_trace().lasting(kSecond).with_loop();
    builder.with_site("coroutine").with_site("await").named("lock").with_site("uv_timer");
    builder.with_site("uv_tcp", "", 0, model::kSubscription);
    model::Trace trace = builder.build();
    trace.timeline = {};
    const auto tasks = static_cast<model::TaskIndex>(1 + below(23));
    for (model::TaskIndex task = 0; task < tasks; ++task) {
      trace.tasks.add(task + 1, time(), any(tasks), static_cast<std::uint32_t>(below(7)));
      if (below(3) != 0) trace.tasks.set_finished(task, time(), static_cast<model::Outcome>(1 + below(4)));
    }
    for (std::uint64_t i = below(17); i > 0; --i) {
      trace.edges.push_back({below(5) == 0 ? model::Edge::Kind::cancel : model::Edge::Kind::await, any(tasks),
                             any(tasks), time(), below(3) == 0 ? kNever : time(),
                             static_cast<model::SiteIndex>(below(7))});
    }
    for (std::uint64_t i = below(5); i > 0; --i)
      trace.labels.push_back({any(tasks), below(2) == 0 ? "k" : "id", std::to_string(below(3))});
    for (std::uint64_t i = below(7); i > 0; --i) {
      model::Stall stall;
      stall.begin = time();
      stall.duration = below(2) == 0 ? static_cast<Nanos>(below(kSecond)) : std::numeric_limits<Nanos>::max();
      stall.task = any(tasks);
      stall.thread = static_cast<std::uint32_t>(below(3));
      trace.stalls.push_back(stall);
    }
    for (std::uint64_t i = below(5); i > 0; --i)
      trace.waited.push_back({any(tasks), any(tasks), time(), static_cast<Nanos>(below(kSecond))});
    trace.timeline.threads.resize(1 + below(2));
    for (model::ThreadRows& rows : trace.timeline.threads) {
      rows.spans.resize(1 + below(2));
      for (model::IntervalRow& row : rows.spans) {
        Time at = -static_cast<Time>(below(kSecond));
        for (std::uint64_t i = below(31); i > 0; --i) {
          const auto length = static_cast<Nanos>(below(100 * kMillisecond));
          row.add(at, length, any(tasks), below(2) == 0 ? -1 : static_cast<Nanos>(below(kSecond)));
          at += length + static_cast<Nanos>(below(2) * below(50 * kMillisecond));
        }
      }
    }
    for (model::ThreadRows& rows : trace.timeline.threads) {
      for (model::IntervalRow& row : rows.spans) row.finish();
      rows.calls.finish();
    }
    trace.timeline.kept = true;
    return trace;
  }

 private:
  std::uint64_t below(std::uint64_t limit) { return random_() % limit; }
  model::TaskIndex any(model::TaskIndex tasks) {
    if (below(7) == 0) return model::kNoTask;
    return static_cast<model::TaskIndex>(below(tasks + (below(11) == 0 ? 5 : 0)));
  }
  Time time() {
    switch (below(29)) {
      case 0: return std::numeric_limits<Time>::min();
      case 1: return std::numeric_limits<Time>::max() - 1;
      case 2: return -static_cast<Time>(below(kSecond));
      default: return static_cast<Time>(below(2 * kSecond));
    }
  }

  std::mt19937_64 random_;
};

TEST(HostileTraces, OfNonsenseHaveSoundPathsAndEnd) {
  for (unsigned seed = 1; seed <= 2'003; ++seed) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed);
    const model::Trace trace = Nonsense(seed).trace();
    expect_sound_paths(trace, 1'000);
    for (const detect::Finding& finding : detect::detect_all(trace, {}))
      EXPECT_LE(finding.contexts.size(), detect::kMaxContexts);
    ASSERT_FALSE(HasFailure());
  }
}

}  // namespace
}  // namespace loopscope::testing
