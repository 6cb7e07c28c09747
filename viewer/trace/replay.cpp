// Merging threads by time.
#include "viewer/trace/replay.h"

#include <algorithm>
#include <queue>
#include <utility>

namespace loopscope::trace {
namespace {

// Unpacked batches of all threads together; with more than that, a thread plays its batch to the end out of turn.
constexpr std::uint64_t kMaxBufferBytes = std::uint64_t{256} << 20;
constexpr std::size_t kKeptBufferBytes = std::size_t{1} << 20;

}  // namespace

Replay::Replay(model::Trace& trace, Definitions& names, const TraceClock& clock, std::uint64_t budget_bytes)
    : trace_(trace), names_(names), budget_(budget_bytes), story_(trace, names, clock, budget_) {}

void Replay::add(const BatchHeader& batch) {
  const auto [found, added] =
      stream_of_thread_.emplace(batch.thread, static_cast<std::uint32_t>(streams_.size()));
  if (added) streams_.emplace_back().track = story_.add_track(names_.thread(batch.thread, trace_));
  streams_[found->second].waiting.push_back(static_cast<std::uint32_t>(batches_.size()));
  created_promised_ += std::min(batch.created, kMaxRawBytes);
  batches_.push_back(batch);
}

Replay::Outcome Replay::play(const std::function<bool(std::size_t)>& go_on) {
  go_on_ = &go_on;
  story_.expect_tasks(std::min(created_promised_, budget_.left() / kTaskBytes));

  // The stream whose next event is the earliest; at one instant the thread seen first.
  using Turn = std::pair<std::uint64_t, std::uint32_t>;
  std::priority_queue<Turn, std::vector<Turn>, std::greater<>> turns;
  for (std::uint32_t i = 0; i < streams_.size(); ++i) {
    std::reverse(streams_[i].waiting.begin(), streams_[i].waiting.end());
    turns.emplace(batches_[streams_[i].waiting.back()].base_ticks, i);
  }
  while (!turns.empty() && outcome_ == Outcome::done) {
    const std::uint32_t stream = turns.top().second;
    turns.pop();
    const std::uint64_t limit = turns.empty() ? UINT64_MAX : turns.top().first;
    if (run(streams_[stream], limit)) turns.emplace(streams_[stream].next_ticks, stream);
    if (budget_.exceeded()) outcome_ = Outcome::over_budget;
  }
  story_.finish();
  return outcome_;
}

// Plays events up to and at `limit`. True if there are more.
bool Replay::run(Stream& stream, std::uint64_t limit) {
  for (;;) {
    if (!stream.batch_open) {
      if (!open_next(stream)) return false;
      if (story_.ticks(stream.track) > limit) {
        stream.next_ticks = story_.ticks(stream.track);
        return true;
      }
    }
    const std::uint64_t until = buffer_bytes_ > kMaxBufferBytes ? UINT64_MAX : limit;
    if (!story_.play(stream.track, until, stream.next_ticks)) return true;
    stream.batch_open = false;
    if (stream.waiting.empty() || stream.buffer.size() > kKeptBufferBytes ||
        buffer_bytes_ > kMaxBufferBytes) {
      give_back(stream.buffer);
    }
  }
}

void Replay::give_back(std::vector<char>& buffer) {
  buffer_bytes_ -= buffer.size();
  buffer = {};
}

// Opens the next good batch. False if there is none, or nothing is to be played any more.
bool Replay::open_next(Stream& stream) {
  while (!stream.waiting.empty() && outcome_ == Outcome::done && !budget_.exceeded()) {
    if (*go_on_ && !(*go_on_)(played_)) {
      outcome_ = Outcome::cancelled;
      return false;
    }
    const BatchHeader& batch = batches_[stream.waiting.back()];
    stream.waiting.pop_back();
    ++played_;
    buffer_bytes_ -= stream.buffer.size();
    Columns columns;
    const bool sound = open_columns(batch, stream.buffer, columns);
    buffer_bytes_ += stream.buffer.size();
    if (!sound) {
      ++trace_.integrity.damaged_packets;
      continue;
    }
    if (!story_.open(stream.track, batch, columns)) return false;
    stream.batch_open = true;
    return true;
  }
  return false;
}

}  // namespace loopscope::trace
