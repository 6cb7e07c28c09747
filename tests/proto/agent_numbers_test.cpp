// The agent writes by number, without libprotobuf: its numbers against the schema's.
#include <gtest/gtest.h>

#include "agent/record/event_kind.h"
#include "agent/write/drain.h"
#include "agent/write/packet.h"
#include "proto/trace.pb.h"

namespace {

using namespace loopscope;

TEST(AgentNumbers, OfEventKindsAreTheSchemas) {
  const std::pair<int, int> kinds[] = {
      {record::kTaskCreated, TASK_CREATED},
      {record::kSpanBegin, SPAN_BEGIN},
      {record::kSpanBeginChained, SPAN_BEGIN_CHAINED},
      {record::kSpanEnd, SPAN_END},
      {record::kTaskFinished, TASK_FINISHED},
      {record::kTaskFinishedWith, TASK_FINISHED_WITH},
      {record::kTaskReady, TASK_READY},
      {record::kTaskDue, TASK_DUE},
      {record::kPollBegin, POLL_BEGIN},
      {record::kPollEnd, POLL_END},
      {record::kAwaitBegin, AWAIT_BEGIN},
      {record::kAwaitEnd, AWAIT_END},
      {record::kCancelRequested, CANCEL_REQUESTED},
      {record::kContextSet, CONTEXT_SET},
      {record::kGaugeSet, GAUGE_SET},
      {record::kLagSample, LAG_SAMPLE},
      {record::kPauseBegin, PAUSE_BEGIN},
      {record::kPauseEnd, PAUSE_END},
      {record::kLoopClosed, LOOP_CLOSED},
      {record::kTaskRenamed, TASK_RENAMED},
      {record::kSpanBeginLost, SPAN_BEGIN_LOST},
      {record::kLoopEntered, LOOP_ENTERED},
      {record::kLoopLeft, LOOP_LEFT},
      {record::kTaskBytes, TASK_BYTES},
  };
  for (const auto& [agent, schema] : kinds) EXPECT_EQ(agent, schema) << EventKind_Name(EventKind(schema));
  EXPECT_EQ(std::size(kinds) + 1, record::kEventKinds);
  EXPECT_EQ(static_cast<std::uint32_t>(EventKind_MAX) + 1, record::kEventKinds);
}

TEST(AgentNumbers, OfPacketsAreTheSchemas) {
  const std::pair<write::Content, const char*> contents[] = {
      {write::Content::process, "process"},
      {write::Content::clock_anchor, "clock_anchor"},
      {write::Content::definitions, "definitions"},
      {write::Content::batch, "batch"},
      {write::Content::epoch, "epoch"},
      {write::Content::stall, "stall"},
      {write::Content::stall_sample, "stall_sample"},
      {write::Content::loss, "loss"},
      {write::Content::agent_cost, "agent_cost"},
      {write::Content::symbols, "symbols"},
      {write::Content::pending_summary, "pending_summary"},
      {write::Content::end, "end"},
      {write::Content::run_queue_wait, "run_queue_wait"},
      {write::Content::stall_woken, "stall_woken"},
      {write::Content::reachability, "reachability"},
  };
  for (const auto& [content, name] : contents) {
    const auto* field = Packet::descriptor()->FindFieldByName(name);
    ASSERT_NE(field, nullptr) << name;
    EXPECT_EQ(static_cast<int>(content), field->number()) << name;
  }
}

TEST(AgentNumbers, OfLossesAreTheSchemas) {
  EXPECT_EQ(static_cast<int>(write::LossReason::pool_empty), Loss::POOL_EMPTY);
  EXPECT_EQ(static_cast<int>(write::LossReason::reentered), Loss::REENTERED);
  EXPECT_EQ(static_cast<int>(write::LossReason::no_thread_slot), Loss::NO_THREAD_SLOT);
  EXPECT_EQ(static_cast<int>(write::LossReason::write_failed), Loss::WRITE_FAILED);
  EXPECT_EQ(static_cast<int>(write::LossReason::definition_dropped), Loss::DEFINITION_DROPPED);
  EXPECT_EQ(static_cast<int>(write::LossReason::ring_damaged), Loss::RING_DAMAGED);
}

}  // namespace
