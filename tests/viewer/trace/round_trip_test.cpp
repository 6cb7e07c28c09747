// Random programs: what the writer was told is what the reader tells.
#include <algorithm>
#include <map>
#include <random>

#include <gtest/gtest.h>

#include "tests/support/trace_writer.h"
#include "viewer/trace/read_trace.h"

namespace loopscope::trace {
namespace {

struct Expected {
  Time created = 0;
  Time finished = kNever;
  std::uint64_t parent = 0;
  std::uint32_t site = 0;
  Nanos run_ns = 0;
  std::uint32_t spans = 0;
};

struct Worker {
  std::vector<testing::Event> events;
  std::vector<std::pair<std::uint64_t, Time>> open;
  std::uint64_t next_id = 0;
};

// Several threads that create tasks from blocks of ids, run and finish each other's tasks; every event at an
// instant of its own, except chained spans.
class RandomProgram {
 public:
  explicit RandomProgram(std::uint64_t seed) : random_(seed) {
    const std::size_t threads = 1 + random_() % 5;
    workers_.resize(threads);
    for (std::size_t i = 0; i < threads; ++i) workers_[i].next_id = i * 1024 + 1;
    next_block_ = threads;
  }

  testing::TraceWriter run(std::size_t steps) {
    testing::TraceWriter writer;
    for (int i = 0; i < 3; ++i) writer.site("kind_" + std::to_string(i));
    for (std::uint64_t epoch = 1; steps > 0; ++epoch) {
      const std::size_t length = std::min<std::size_t>(steps, 1 + random_() % 211);
      for (std::size_t i = 0; i < length; ++i) step();
      steps -= length;
      // The order of threads within an epoch is anybody's.
      std::vector<std::uint32_t> order(workers_.size());
      for (std::uint32_t i = 0; i < order.size(); ++i) order[i] = i;
      std::shuffle(order.begin(), order.end(), random_);
      for (const std::uint32_t worker : order) {
        if (workers_[worker].events.empty()) continue;
        const auto packing = static_cast<testing::Packing>(random_() % 3);
        writer.batch(worker + 1, epoch, workers_[worker].events, packing);
        workers_[worker].events.clear();
      }
      writer.epoch(epoch, now_, 5'000'000 + now_ - 1000);
    }
    writer.end(End::EXIT, 0, now_);
    return writer;
  }

  const std::map<std::uint64_t, Expected>& tasks() const { return tasks_; }
  std::uint64_t events() const { return events_; }

 private:
  Time time() const { return static_cast<Time>(now_) - 1000; }

  std::uint64_t any_pending() { return pending_.empty() ? 0 : pending_[random_() % pending_.size()]; }

  void step() {
    now_ += 1 + random_() % (random_() % 17 == 0 ? 5'000'000 : 300);
    Worker& worker = workers_[random_() % workers_.size()];
    ++events_;
    const std::uint64_t choice = random_() % 10;
    const std::uint64_t task = any_pending();
    if (choice < 4 || task == 0) {
      create(worker);
    } else if (choice < 6 && worker.open.size() < 7) {
      worker.open.emplace_back(task, time());
      worker.events.push_back(testing::span_begin(now_, task));
    } else if (choice < 8 && !worker.open.empty()) {
      end_span(worker);
      if (random_() % 2 == 0) {
        ++events_;
        worker.open.emplace_back(task, time());
        worker.events.push_back(testing::span_begin_chained(task));
      }
    } else {
      tasks_[task].finished = time();
      std::erase(pending_, task);
      worker.events.push_back(testing::task_finished(now_, task));
    }
  }

  void create(Worker& worker) {
    const std::uint64_t id = worker.next_id++;
    if (worker.next_id % 1024 == 0) worker.next_id = next_block_++ * 1024;
    Expected& task = tasks_[id];
    task.created = time();
    task.parent = random_() % 3 == 0 ? 0 : any_pending();
    task.site = static_cast<std::uint32_t>(random_() % 4);
    pending_.push_back(id);
    worker.events.push_back(testing::task_created(now_, id, task.site, task.parent));
  }

  void end_span(Worker& worker) {
    const auto [task, begin] = worker.open.back();
    worker.open.pop_back();
    tasks_[task].run_ns += time() - begin;
    ++tasks_[task].spans;
    worker.events.push_back(testing::span_end(now_));
  }

  std::mt19937_64 random_;
  std::vector<Worker> workers_;
  std::uint64_t next_block_ = 0;
  std::uint64_t now_ = 1000;
  std::uint64_t events_ = 0;
  std::map<std::uint64_t, Expected> tasks_;
  std::vector<std::uint64_t> pending_;
};

TEST(RoundTrip, OfRandomProgramsKeepsEveryTaskSpanAndTime) {
  for (std::uint64_t seed = 1; seed <= 53; ++seed) {
    RandomProgram program(seed);
    const testing::TraceWriter writer = program.run(20 + seed * 97);
    const Result<ReadTrace> result = read_trace({std::as_bytes(std::span(writer.bytes()))}, {});
    ASSERT_TRUE(result.ok()) << result.error().text();
    const model::Trace& trace = result->trace;
    ASSERT_TRUE(trace.integrity.complete()) << seed;
    ASSERT_EQ(trace.integrity.unmatched_events, 0u) << seed;
    ASSERT_EQ(trace.events, program.events()) << seed;
    ASSERT_EQ(trace.tasks.size(), program.tasks().size()) << seed;
    std::vector<std::uint64_t> created(4);
    for (const auto& [id, expected] : program.tasks()) {
      const model::TaskIndex task = trace.tasks.find(id);
      ASSERT_NE(task, model::kNoTask) << "task " << id << " of seed " << seed;
      // Times pass through doubles: a nanosecond may be lost to rounding.
      ASSERT_NEAR(static_cast<double>(trace.tasks.created(task)), static_cast<double>(expected.created), 1);
      ASSERT_EQ(trace.tasks.pending(task), expected.finished == kNever)
          << "task " << id << " of seed " << seed;
      if (expected.finished != kNever) {
        ASSERT_NEAR(static_cast<double>(trace.tasks.finished(task)), static_cast<double>(expected.finished),
                    1);
      }
      const model::TaskIndex parent = trace.tasks.parent(task);
      ASSERT_EQ(parent == model::kNoTask ? 0 : trace.tasks.id(parent), expected.parent);
      ASSERT_EQ(trace.tasks.spans(task), expected.spans) << "task " << id << " of seed " << seed;
      ASSERT_NEAR(static_cast<double>(trace.tasks.run_ns(task)), static_cast<double>(expected.run_ns),
                  expected.spans);
      ASSERT_EQ(trace.tasks.site(task), expected.site);
      ++created[expected.site];
    }
    for (std::size_t site = 0; site < created.size(); ++site)
      ASSERT_EQ(trace.sites[site].created, created[site]);
    ASSERT_TRUE(std::is_sorted(trace.longest_spans.begin(), trace.longest_spans.end(),
                               [](const auto& a, const auto& b) { return a.duration > b.duration; }));
  }
}

TEST(RoundTrip, OfASpanThatEndedAndBeganAgainInAGap) {
  testing::TraceWriter writer;
  const std::uint32_t timer = writer.site("timer");
  writer.batch(1, 1, {testing::task_created(1100, 7, timer), testing::span_begin(1200, 7)});
  // Lost: the end at 1300, and the begin at 1700.
  writer.loss(Loss::POOL_EMPTY, 2);
  OpenSpan again;
  again.set_task(7);
  again.set_begin_ticks(1700);
  Packet batch;
  *batch.mutable_batch() =
      testing::encode_batch(1, 2, 1700, {again}, {testing::span_end(1801)}, testing::Packing::raw);
  writer.packet(batch);
  writer.end(End::EXIT, 0, 2000);
  const Result<ReadTrace> result = read_trace({std::as_bytes(std::span(writer.bytes()))}, {});
  ASSERT_TRUE(result.ok()) << result.error().text();
  ASSERT_EQ(result->trace.longest_spans.size(), 1u);
  EXPECT_EQ(result->trace.longest_spans[0].begin, 700);
  EXPECT_EQ(result->trace.longest_spans[0].duration, 101);
}

}  // namespace
}  // namespace loopscope::trace
