#include <algorithm>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/trace_builder.h"
#include "tests/viewer/detect/findings.h"
#include "viewer/detect/detectors.h"

namespace loopscope::detect {
namespace {

using testing::a_trace;
using testing::created_at;
using ::testing::DoubleNear;
using testing::every;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using testing::TraceBuilder;

constexpr Nanos ms = kMillisecond;

std::vector<Finding> detect(const model::Trace& trace) { return pool_saturation(trace, Limits{}); }

// A program with a loop and a pool of so many threads.
struct Program {
  TraceBuilder builder = a_trace();
  std::vector<Time> free;  // of each thread
  std::vector<std::pair<std::uint64_t, std::uint32_t>> ran_on;

  explicit Program(std::size_t threads) : free(threads) {
    builder.with_loop().with_ticks(97, every(100 * ms), 0, ms).off_loops();
  }

  // Runs on the thread that is free first; not at all behind the trace's end.
  void submit(Time at, Nanos run) {
    const auto thread = std::min_element(free.begin(), free.end());
    const Time begin = std::max(at, *thread);
    if (begin + run > builder.raw().end) {
      builder.with_task(created_at(at));
      return;
    }
    *thread = begin + run;
    builder.with_task(created_at(at).ran(begin, run).finished_at(begin + run));
    ran_on.emplace_back(builder.last_task(), static_cast<std::uint32_t>(thread - free.begin()));
  }

  model::Trace build() const {
    model::Trace trace = builder.build();
    for (std::uint32_t i = 0; i < free.size(); ++i) trace.threads.push_back({100 + i, 5000 + i, "worker", 0});
    for (const auto& [number, thread] : ran_on) {
      for (model::Span& span : trace.longest_spans) {
        if (span.task == trace.tasks.find(number)) span.thread = 1 + thread;  // behind the loop's
      }
    }
    return trace;
  }
};

TEST(PoolSaturation, TellsHowLongWorkWaitsForAThreadAndHowManyWouldDo) {
  // 7 every 101 ms, 61 ms each: 427 ms of work on 4 threads that have 404. It waits longer and longer.
  Program program(4);
  program.builder.with_site("uv_work", "hash.c", 12, 0, "hash");
  for (int burst = 0; burst < 89; ++burst) {
    for (int i = 0; i < 7; ++i) program.submit(burst * 101 * ms, 61 * ms);
  }
  const auto findings = detect(program.build());
  ASSERT_THAT(findings, SizeIs(1));
  const Finding& found = findings[0];
  EXPECT_EQ(found.detector, "pool-saturation");
  EXPECT_EQ(found.severity, Severity::warning);
  EXPECT_EQ(found.site, 1u);
  EXPECT_EQ(evidence(found, "tasks"), 623);
  EXPECT_EQ(evidence(found, "threads"), 4);
  EXPECT_EQ(evidence(found, "run_mean"), 61);
  EXPECT_THAT(evidence(found, "run_p50"), DoubleNear(61, 2));
  EXPECT_GT(evidence(found, "queue_delay_p99"), 300);
  EXPECT_GT(evidence(found, "peak_queue"), 30);
  EXPECT_THAT(evidence(found, "offered_load"), DoubleNear(4.25, 0.15));
  EXPECT_EQ(evidence(found, "suggested_size"), 7);
  EXPECT_THAT(found.advice, HasSubstr("UV_THREADPOOL_SIZE=7"));
  EXPECT_THAT(found.advice, HasSubstr("If it computes")) << "2 processors";
  EXPECT_THAT(found.tasks, SizeIs(kMaxExamples));
}

TEST(PoolSaturation, CountsWhatNeverBegan) {
  Program program(2);
  program.builder.with_site("thread_pool.post", "jobs.cpp", 12);
  for (int i = 0; i < 397; ++i) program.submit(i * 20 * ms, 61 * ms);
  const auto findings = detect(program.build());
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(evidence(findings[0], "tasks"), 397);
  EXPECT_EQ(evidence(findings[0], "never_begun"), 397 - 2 * 163);
  EXPECT_THAT(findings[0].advice, HasSubstr("give the pool"));
}

TEST(PoolSaturation, IsNotReportedForAPoolThatIsLargeEnough) {
  Program program(7);
  program.builder.with_site("uv_work", "hash.c", 12);
  for (int burst = 0; burst < 89; ++burst) {
    for (int i = 0; i < 7; ++i) program.submit(burst * 101 * ms, 61 * ms);
  }
  EXPECT_THAT(detect(program.build()), IsEmpty());
}

TEST(PoolSaturation, IsNotReportedWhereSubmissionsAreBounded) {
  // Twice as many under way as there are threads: each waits as long as it runs.
  Program program(4);
  program.builder.with_site("uv_work", "convert.c", 12);
  for (int i = 0; i < 599; ++i) program.submit(std::max(0, i - 7) / 4 * 61 * ms, 61 * ms);
  EXPECT_THAT(detect(program.build()), IsEmpty());
}

TEST(PoolSaturation, IsANoteForABatchThatIsSubmittedAtOnce) {
  Program program(4);
  program.builder.with_site("uv_work", "compile.c", 12);
  for (int i = 0; i < 499; ++i) program.submit(i * ms / 10, 61 * ms);
  const auto findings = detect(program.build());
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].severity, Severity::info);
  EXPECT_THAT(findings[0].advice, HasSubstr("a batch"));
}

TEST(PoolSaturation, KnowsPoolsByTheThreadsThatTheirWorkShares) {
  Program program(4);
  program.builder.with_site("uv_work", "a.c", 12);
  for (int i = 0; i < 23; ++i) program.submit(i * ms, 1 * ms);
  program.builder.with_site("uv_work", "b.c", 34);
  for (int i = 0; i < 301; ++i) program.submit(i * 31 * ms, 173 * ms);
  const auto findings = detect(program.build());
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(evidence(findings[0], "places"), 2);
  EXPECT_EQ(findings[0].site, 2u) << "what waited longest";
}

TEST(PoolSaturation, LetsCoroutinesAndLoopsBe) {
  Program program(1);
  program.builder.with_site("coroutine", "service.cpp", 12);
  for (int i = 0; i < 97; ++i) program.submit(0, 101 * ms);
  EXPECT_THAT(detect(program.build()), IsEmpty()) << "it is begun when it is awaited";
  auto loop = a_trace();
  loop.with_loop().with_site("job", "jobs.cpp", 12);
  for (int i = 0; i < 97; ++i)
    loop.with_task(created_at(0).ran(i * 101 * ms, 100 * ms).finished_at(i * 101 * ms + 100 * ms));
  EXPECT_THAT(detect(loop.build()), IsEmpty()) << "a busy loop is no pool";
}

TEST(PoolSaturation, TakesFileOperationsThatGetSlowerForACandidate) {
  // Few at a time take 7 ms, 61 at once up to 97 ms.
  auto builder = a_trace();
  builder.with_loop().with_site("uv_fs_read", "load.c", 12);
  builder.with_tasks(101, every(20 * ms), created_at(0).finished_at(7 * ms));
  for (int burst = 0; burst < 11; ++burst) {
    const Time at = 3 * kSecond + burst * 501 * ms;
    for (int i = 0; i < 61; ++i)
      builder.with_task(created_at(at + i).finished_at(at + (1 + i / 4) * 13 * ms));
  }
  const auto findings = detect(builder.build());
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].severity, Severity::info);
  EXPECT_TRUE(findings[0].candidate);
  EXPECT_THAT(evidence(findings[0], "among_few_p50"), DoubleNear(7, 0.3));
  EXPECT_GT(evidence(findings[0], "among_many_p50"), 90);

  auto flat = a_trace();
  flat.with_loop().with_site("uv_fs_read", "load.c", 12);
  for (int burst = 0; burst < 97; ++burst) {
    for (int i = 0; i < 61; ++i)
      flat.with_task(created_at(burst * 101 * ms + i).finished_at(burst * 101 * ms + 71 * ms));
  }
  EXPECT_THAT(detect(flat.build()), IsEmpty()) << "not slower for being many";
}

TEST(PoolSaturation, HasNotEnoughEvidenceWhereTheBeginningsMayBeLost) {
  Program program(2);
  program.builder.with_loss("no free chunk in the pool", 1009).with_site("uv_work", "hash.c", 12);
  for (int i = 0; i < 397; ++i) program.submit(i * 20 * ms, 61 * ms);
  ASSERT_THAT(detect(program.build()), SizeIs(1));
  EXPECT_EQ(detect(program.build())[0].severity, Severity::info);
}

TEST(PoolSaturation, SurvivesAbsurdTraces) {
  Program program(2);
  program.builder.with_site("uv_work", "hash.c", 12);
  for (int i = 0; i < 97; ++i) program.submit(i * 20 * ms, 161 * ms);
  model::Trace trace = program.build();
  for (std::size_t i = 0; i < trace.longest_spans.size(); ++i) {
    trace.longest_spans[i].begin = i % 2 ? INT64_MIN : INT64_MAX;
    trace.longest_spans[i].duration = INT64_MAX;
    if (i % 3 == 0) trace.longest_spans[i].thread = UINT32_MAX;
    if (i % 5 == 0) trace.longest_spans[i].task = model::kNoTask;
  }
  EXPECT_THAT(detect(trace), SizeIs(1));
  EXPECT_THAT(detect(model::Trace{}), IsEmpty());
}

}  // namespace
}  // namespace loopscope::detect
