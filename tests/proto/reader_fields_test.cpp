// The reader decodes by field numbers of its own; here they are held against the schema.
#include <string>

#include <gtest/gtest.h>

#include "proto/trace.pb.h"
#include "viewer/trace/columns.h"
#include "viewer/trace/fields.h"
#include "viewer/trace/rare_packets.h"

namespace loopscope {
namespace {

namespace f = trace::field;

TEST(ReaderFields, AreThoseOfTheSchema) {
  EXPECT_EQ(+f::packet::checksum, Packet::kChecksumFieldNumber);
  EXPECT_EQ(+f::packet::sequence, Packet::kSequenceFieldNumber);
  EXPECT_EQ(+f::packet::process, Packet::kProcessFieldNumber);
  EXPECT_EQ(+f::packet::clock_anchor, Packet::kClockAnchorFieldNumber);
  EXPECT_EQ(+f::packet::definitions, Packet::kDefinitionsFieldNumber);
  EXPECT_EQ(+f::packet::batch, Packet::kBatchFieldNumber);
  EXPECT_EQ(+f::packet::epoch, Packet::kEpochFieldNumber);
  EXPECT_EQ(+f::packet::stall, Packet::kStallFieldNumber);
  EXPECT_EQ(+f::packet::stall_sample, Packet::kStallSampleFieldNumber);
  EXPECT_EQ(+f::packet::loss, Packet::kLossFieldNumber);
  EXPECT_EQ(+f::packet::agent_cost, Packet::kAgentCostFieldNumber);
  EXPECT_EQ(+f::packet::symbols, Packet::kSymbolsFieldNumber);
  EXPECT_EQ(+f::packet::pending_summary, Packet::kPendingSummaryFieldNumber);
  EXPECT_EQ(+f::packet::end, Packet::kEndFieldNumber);
  EXPECT_EQ(+f::packet::run_queue_wait, Packet::kRunQueueWaitFieldNumber);
  EXPECT_EQ(+f::packet::stall_woken, Packet::kStallWokenFieldNumber);
  EXPECT_EQ(+f::packet::reachability, Packet::kReachabilityFieldNumber);
  EXPECT_EQ(+f::batch::thread, Batch::kThreadFieldNumber);
  EXPECT_EQ(+f::batch::epoch, Batch::kEpochFieldNumber);
  EXPECT_EQ(+f::batch::events, Batch::kEventsFieldNumber);
  EXPECT_EQ(+f::batch::base_ticks, Batch::kBaseTicksFieldNumber);
  EXPECT_EQ(+f::batch::last_ticks, Batch::kLastTicksFieldNumber);
  EXPECT_EQ(+f::batch::count_by_kind, Batch::kCountByKindFieldNumber);
  EXPECT_EQ(+f::batch::min_task, Batch::kMinTaskFieldNumber);
  EXPECT_EQ(+f::batch::open_spans, Batch::kOpenSpansFieldNumber);
  EXPECT_EQ(+f::batch::codec, Batch::kCodecFieldNumber);
  EXPECT_EQ(+f::batch::raw_size, Batch::kRawSizeFieldNumber);
  EXPECT_EQ(+f::batch::columns, Batch::kColumnsFieldNumber);
  EXPECT_EQ(+f::columns::kinds, Columns::kKindsFieldNumber);
  EXPECT_EQ(+f::columns::time_deltas, Columns::kTimeDeltasFieldNumber);
  EXPECT_EQ(+f::columns::created_deltas, Columns::kCreatedDeltasFieldNumber);
  EXPECT_EQ(+f::columns::task_deltas, Columns::kTaskDeltasFieldNumber);
  EXPECT_EQ(+f::columns::parents, Columns::kParentsFieldNumber);
  EXPECT_EQ(+f::columns::sites, Columns::kSitesFieldNumber);
  EXPECT_EQ(+f::columns::values, Columns::kValuesFieldNumber);
  EXPECT_EQ(+f::columns::numbers, Columns::kNumbersFieldNumber);
  EXPECT_EQ(+f::columns::byte_task_deltas, Columns::kByteTaskDeltasFieldNumber);
  EXPECT_EQ(+f::columns::byte_counts, Columns::kByteCountsFieldNumber);
}

TEST(ReaderFields, OfTheWatchdogAreThoseOfTheSchema) {
  EXPECT_EQ(+f::stall::id, Stall::kIdFieldNumber);
  EXPECT_EQ(+f::stall::thread, Stall::kThreadFieldNumber);
  EXPECT_EQ(+f::stall::begin_ticks, Stall::kBeginTicksFieldNumber);
  EXPECT_EQ(+f::stall::end_ticks, Stall::kEndTicksFieldNumber);
  EXPECT_EQ(+f::stall::cause, Stall::kCauseFieldNumber);
  EXPECT_EQ(+f::stall::run_queue_wait_ns, Stall::kRunQueueWaitNsFieldNumber);
  EXPECT_EQ(+f::stall::suppressed, Stall::kSuppressedFieldNumber);
  EXPECT_EQ(+f::stall::cpu_ns, Stall::kCpuNsFieldNumber);
  EXPECT_EQ(+f::stall_sample::stall, StallSample::kStallFieldNumber);
  EXPECT_EQ(+f::stall_sample::ticks, StallSample::kTicksFieldNumber);
  EXPECT_EQ(+f::stall_sample::frames, StallSample::kFramesFieldNumber);
  EXPECT_EQ(+f::stall_sample::cause, StallSample::kCauseFieldNumber);
  EXPECT_EQ(+f::stall_sample::system_call_plus_1, StallSample::kSystemCallPlus1FieldNumber);
  EXPECT_EQ(+f::stall_sample::watchdog_late_ns, StallSample::kWatchdogLateNsFieldNumber);
  EXPECT_EQ(+f::stall_sample::frames_truncated, StallSample::kFramesTruncatedFieldNumber);
  EXPECT_EQ(+f::stall_sample::trouble, StallSample::kTroubleFieldNumber);
  EXPECT_EQ(+f::stall_woken::stall, StallWoken::kStallFieldNumber);
  EXPECT_EQ(+f::stall_woken::by, StallWoken::kByFieldNumber);
  EXPECT_EQ(+f::stall_woken::events, StallWoken::kEventsFieldNumber);
  EXPECT_EQ(+f::reachability::check, Reachability::kCheckFieldNumber);
  EXPECT_EQ(+f::reachability::ticks, Reachability::kTicksFieldNumber);
  EXPECT_EQ(+f::reachability::trouble, Reachability::kTroubleFieldNumber);
  EXPECT_EQ(+f::reachability::suspended, Reachability::kSuspendedFieldNumber);
  EXPECT_EQ(+f::reachability::reached, Reachability::kReachedFieldNumber);
  EXPECT_EQ(+f::reachability::elsewhere, Reachability::kElsewhereFieldNumber);
  EXPECT_EQ(+f::reachability::unreachable, Reachability::kUnreachableFieldNumber);
  EXPECT_EQ(+f::reachability::tasks, Reachability::kTasksFieldNumber);
  EXPECT_EQ(+f::reachability::threads, Reachability::kThreadsFieldNumber);
  EXPECT_EQ(+f::reachability::heap_bytes, Reachability::kHeapBytesFieldNumber);
  EXPECT_EQ(+f::reachability::root_bytes, Reachability::kRootBytesFieldNumber);
  EXPECT_EQ(+f::reachability::duration_ns, Reachability::kDurationNsFieldNumber);
  EXPECT_EQ(+f::reachability::pause_ns, Reachability::kPauseNsFieldNumber);
  EXPECT_EQ(+f::reachability::at_exit, Reachability::kAtExitFieldNumber);
  EXPECT_EQ(+f::run_queue_wait::thread, RunQueueWait::kThreadFieldNumber);
  EXPECT_EQ(+f::run_queue_wait::from_ticks, RunQueueWait::kFromTicksFieldNumber);
  EXPECT_EQ(+f::run_queue_wait::to_ticks, RunQueueWait::kToTicksFieldNumber);
  EXPECT_EQ(+f::run_queue_wait::wait_ns, RunQueueWait::kWaitNsFieldNumber);
  EXPECT_EQ(trace::kNotScheduled, static_cast<std::uint64_t>(NOT_SCHEDULED));
}

TEST(ReaderFields, KnowEveryKindOfEvent) {
  EXPECT_EQ(trace::kEventKinds, static_cast<std::size_t>(EventKind_ARRAYSIZE));
  EXPECT_EQ(+trace::kTaskCreated, TASK_CREATED);
  EXPECT_EQ(+trace::kSpanBegin, SPAN_BEGIN);
  EXPECT_EQ(+trace::kSpanBeginChained, SPAN_BEGIN_CHAINED);
  EXPECT_EQ(+trace::kSpanEnd, SPAN_END);
  EXPECT_EQ(+trace::kTaskFinished, TASK_FINISHED);
  EXPECT_EQ(+trace::kTaskFinishedWith, TASK_FINISHED_WITH);
  EXPECT_EQ(+trace::kTaskReady, TASK_READY);
  EXPECT_EQ(+trace::kTaskDue, TASK_DUE);
  EXPECT_EQ(+trace::kPollBegin, POLL_BEGIN);
  EXPECT_EQ(+trace::kPollEnd, POLL_END);
  EXPECT_EQ(+trace::kAwaitBegin, AWAIT_BEGIN);
  EXPECT_EQ(+trace::kAwaitEnd, AWAIT_END);
  EXPECT_EQ(+trace::kCancelRequested, CANCEL_REQUESTED);
  EXPECT_EQ(+trace::kContextSet, CONTEXT_SET);
  EXPECT_EQ(+trace::kGaugeSet, GAUGE_SET);
  EXPECT_EQ(+trace::kLagSample, LAG_SAMPLE);
  EXPECT_EQ(+trace::kPauseBegin, PAUSE_BEGIN);
  EXPECT_EQ(+trace::kPauseEnd, PAUSE_END);
  EXPECT_EQ(+trace::kLoopClosed, LOOP_CLOSED);
  EXPECT_EQ(+trace::kTaskRenamed, TASK_RENAMED);
  EXPECT_EQ(+trace::kSpanBeginLost, SPAN_BEGIN_LOST);
  EXPECT_EQ(+trace::kLoopEntered, LOOP_ENTERED);
  EXPECT_EQ(+trace::kLoopLeft, LOOP_LEFT);
  EXPECT_EQ(+trace::kTaskBytes, TASK_BYTES);
}

}  // namespace
}  // namespace loopscope
