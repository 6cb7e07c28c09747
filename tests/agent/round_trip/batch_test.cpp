// Promises of proto/trace.proto about batches, held against what a random program called: a batch says what was
// open when it begins, its header what is in it, and epochs bound the order of threads.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "tests/agent/round_trip/program.h"
#include "tests/agent/round_trip/recorded_program.h"
#include "viewer/trace/trace_clock.h"

namespace loopscope::round_trip {
namespace {

bool is_timed(Did did) {
  return did != Did::begun_chained && did != Did::due && did != Did::labelled && did != Did::named &&
         did != Did::transferred;
}

bool names_a_task(Did did) {
  switch (did) {
    case Did::ended:
    case Did::measured:
    case Did::late:
    case Did::paused:
    case Did::resumed:
    case Did::polling:
    case Did::polled:
    case Did::loop_closed: return false;
    default: return true;
  }
}

// Nanoseconds of CLOCK_MONOTONIC.
struct Longest {
  std::int64_t at_least = 0;
  std::int64_t at_most = 0;
};

// One thread of the program, played along with its batches.
struct Player {
  const std::vector<Op>* ops = nullptr;
  std::size_t at = 0;
  std::vector<std::pair<std::uint64_t, Window>> open;

  Longest play(std::size_t events) {
    Longest longest;
    for (const std::size_t end = std::min(at + events, ops->size()); at < end; ++at) {
      const Op& op = (*ops)[at];
      if (op.did == Did::begun || op.did == Did::begun_chained) open.emplace_back(op.task, op.at);
      if (op.did != Did::ended) continue;
      const Window begin = open.back().second;
      open.pop_back();
      longest.at_least = std::max(longest.at_least, static_cast<std::int64_t>(op.at.before - begin.after));
      longest.at_most = std::max(longest.at_most, static_cast<std::int64_t>(op.at.after - begin.before));
    }
    return longest;
  }
};

class Batches {
 public:
  explicit Batches(const Recorded& recorded) : recorded_(recorded) {
    std::map<std::uint32_t, const std::vector<Op>*> ops;
    for (const Thread& thread : recorded.issued.threads) ops[thread.tid] = &thread.ops;
    std::uint64_t ticks_per_second = 0;
    const auto add_anchor = [this](const ClockAnchor& anchor) {
      clock_.add_anchor(anchor.ticks(), anchor.monotonic_ns());
    };
    for (const loopscope::Packet& packet : recorded.packets.packet()) {
      if (packet.has_process()) ticks_per_second = packet.process().clock().ticks_per_second();
      if (packet.has_clock_anchor()) add_anchor(packet.clock_anchor());
      if (packet.has_epoch()) add_anchor(packet.epoch().anchor());
      if (packet.has_end()) add_anchor(packet.end().anchor());
      for (const loopscope::Thread& thread : packet.definitions().threads())
        players_[thread.id()].ops = ops.at(thread.tid());
    }
    clock_.finish(ticks_per_second);
  }

  void check() {
    for (const loopscope::Packet& packet : recorded_.packets.packet()) {
      if (!packet.has_batch()) continue;
      check(packet.batch());
      ++count_;
    }
  }

  std::size_t count() const { return count_; }

 private:
  void check(const Batch& batch) {
    Player& player = players_.at(batch.thread());
    SCOPED_TRACE("batch of thread " + std::to_string(batch.thread()) + " from event " +
                 std::to_string(player.at));
    EXPECT_LE(player.at + batch.events(), player.ops->size());
    check_open(batch, player);
    check_tasks(batch, player);
    check_order(batch, player);
    const Longest longest = player.play(batch.events());
    const Nanos told = clock_.duration_of(batch.longest_span_ticks());
    const auto tolerance = static_cast<std::int64_t>(recorded_.clock.tolerance_ns) + told / 1'000;
    EXPECT_GE(told, longest.at_least - tolerance);
    EXPECT_LE(told, longest.at_most + tolerance);
  }

  void check_open(const Batch& batch, const Player& player) {
    ASSERT_EQ(batch.open_spans_size(), static_cast<int>(player.open.size()));
    for (int i = 0; i < batch.open_spans_size(); ++i) {
      const auto& [task, begin] = player.open[static_cast<std::size_t>(i)];
      EXPECT_EQ(batch.open_spans(i).task(), task);
      const auto at = recorded_.clock.origin_ns +
                      static_cast<std::uint64_t>(clock_.at(batch.open_spans(i).begin_ticks()));
      EXPECT_GE(at, begin.before - recorded_.clock.tolerance_ns);
      EXPECT_LE(at, begin.after + recorded_.clock.tolerance_ns);
    }
  }

  void check_tasks(const Batch& batch, const Player& player) {
    std::uint64_t least = UINT64_MAX, most = 0, counted = 0;
    for (std::size_t i = player.at; i < player.at + batch.events(); ++i) {
      if (!names_a_task((*player.ops)[i].did)) continue;
      least = std::min(least, (*player.ops)[i].task);
      most = std::max(most, (*player.ops)[i].task);
    }
    for (const std::uint32_t count : batch.count_by_kind()) counted += count;
    EXPECT_EQ(counted, batch.events());
    EXPECT_EQ(batch.min_task(), most == 0 ? 0 : least);
    EXPECT_EQ(batch.max_task(), most);
  }

  // All events of an epoch happened before all of the one after the next, unless a batch says that it is late.
  void check_order(const Batch& batch, const Player& player) {
    std::uint64_t first = 0, last = 0;
    for (std::size_t i = player.at; i < player.at + batch.events(); ++i) {
      const Op& op = (*player.ops)[i];
      if (!is_timed(op.did)) continue;
      if (first == 0) first = op.at.after;
      last = op.at.before;
    }
    if (first == 0) return;
    for (const auto& [epoch, earlier] : last_of_epoch_) {
      if (!batch.late() && epoch + 2 <= batch.epoch()) {
        EXPECT_GE(first + recorded_.clock.tolerance_ns, earlier)
            << "epoch " << batch.epoch() << " after " << epoch;
      }
    }
    std::uint64_t& of_epoch = last_of_epoch_[batch.epoch()];
    of_epoch = std::max(of_epoch, last);
  }

  const Recorded& recorded_;
  trace::TraceClock clock_;
  std::map<std::uint32_t, Player> players_;  // by thread's number
  std::map<std::uint64_t, std::uint64_t> last_of_epoch_;
  std::size_t count_ = 0;
};

TEST(RecordedBatch, SaysWhatIsOpenWhatItHoldsAndWhenAsItHappened) {
  std::size_t count = 0;
  for (const std::uint64_t seed : seeds(23)) {
    SCOPED_TRACE(how_to_repeat(seed));
    const Recorded recorded = record(Shape(seed));
    Batches batches(recorded);
    batches.check();
    count += batches.count();
    if (HasFailure()) break;
  }
  EXPECT_GT(count, 0u);
}

}  // namespace
}  // namespace loopscope::round_trip
