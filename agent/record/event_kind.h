// Numbers of loopscope.EventKind and the other enums of proto/trace.proto that the agent writes, without
// libprotobuf. tests/proto compares them with the schema.
#pragma once

#include <cstdint>

namespace loopscope::record {

enum EventKind : std::uint8_t {
  kTaskCreated = 1,
  kSpanBegin = 2,
  kSpanBeginChained = 3,
  kSpanEnd = 4,
  kTaskFinished = 5,
  kTaskFinishedWith = 6,
  kTaskReady = 7,
  kTaskDue = 8,
  kPollBegin = 9,
  kPollEnd = 10,
  kAwaitBegin = 11,
  kAwaitEnd = 12,
  kCancelRequested = 13,
  kContextSet = 14,
  kGaugeSet = 15,
  kLagSample = 16,
  kPauseBegin = 17,
  kPauseEnd = 18,
  kLoopClosed = 19,
  kTaskRenamed = 20,
  kSpanBeginLost = 21,
  kLoopEntered = 22,
  kLoopLeft = 23,
  kTaskBytes = 24,
};
inline constexpr std::uint32_t kEventKinds = 25;

}  // namespace loopscope::record
