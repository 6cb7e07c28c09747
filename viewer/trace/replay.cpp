// Merging threads by time.
#include "viewer/trace/replay.h"

#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>

#include "viewer/trace/table_memory.h"

namespace loopscope::trace {
namespace {

// Unpacked batches of all threads together; with more than that, a thread plays its batch to the end out of turn.
constexpr std::uint64_t kMaxOpenBytes = std::uint64_t{256} << 20;

// Fewer batches are done before a second thread is at work.
constexpr std::size_t kWorthAThread = 8;

// Whose turn it is: the stream whose next event is the earliest, at one instant the thread seen first.
struct Turn {
  Time at = 0;
  std::uint32_t stream = 0;

  bool operator<(const Turn& other) const { return at != other.at ? at < other.at : stream < other.stream; }
};

// A heap whose first element has become later: back to its place.
void sink_first(std::vector<Turn>& turns) {
  const Turn turn = turns.front();
  std::size_t hole = 0;
  for (;;) {
    std::size_t child = 2 * hole + 1;
    if (child >= turns.size()) break;
    if (child + 1 < turns.size() && turns[child + 1] < turns[child]) ++child;
    if (!(turns[child] < turn)) break;
    turns[hole] = turns[child];
    hole = child;
  }
  turns[hole] = turn;
}

// When the second in line is to play.
Time second(const std::vector<Turn>& turns) {
  if (turns.size() < 2) return kNever;
  return turns.size() < 3 ? turns[1].at : std::min(turns[1].at, turns[2].at);
}

}  // namespace

Replay::Replay(model::Trace& trace, Definitions& names, const TraceClock& clock, Watchdog& watchdog,
               const BatchIndex& batches, Options options)
    : trace_(trace),
      clock_(clock),
      options_(std::move(options)),
      budget_(options_.budget_bytes),
      batches_(batches),
      opener_(batches, clock) {
  if (options_.live != nullptr) {
    story_ = make_streaming_story(trace, names, clock, watchdog, budget_, *options_.live);
  } else {
    if (options_.timeline) rows_.emplace(trace);
    story_ = make_story(trace, names, clock, watchdog, budget_, rows_ ? &*rows_ : nullptr);
  }
  for (const std::uint64_t thread : batches.threads()) {
    streams_.emplace_back().track = story_->add_track(names.thread(thread, trace));
  }
  for (std::size_t batch = batches.size(); batch-- > 0;) {
    streams_[batches[batch].stream].waiting.push_back(static_cast<std::uint32_t>(batch));
  }
}

Replay::Outcome Replay::play() {
  if (options_.live == nullptr) expect_tasks(std::min(batches_.created(), budget_.left() / kTaskWeight));
  if (options_.ahead && batches_.size() >= kWorthAThread) {
    opener_.work_ahead(order_of_use(), rows_ ? &rows_->filler() : nullptr);
  }

  std::vector<Turn> turns;
  for (std::uint32_t i = 0; i < streams_.size(); ++i) {
    if (next_turn(streams_[i])) turns.push_back({streams_[i].next, i});
  }
  std::sort(turns.begin(), turns.end());
  while (!turns.empty() && outcome_ == Outcome::done) {
    Stream& stream = streams_[turns.front().stream];
    if (run(stream, second(turns))) {
      turns.front().at = stream.next;
    } else {
      turns.front() = turns.back();
      turns.pop_back();
    }
    if (!turns.empty()) sink_first(turns);
    if (budget_.exceeded()) outcome_ = Outcome::over_budget;
  }
  opener_.work_alone();
  story_->finish();
  return outcome_;
}

void Replay::expect_tasks(std::uint64_t tasks) {
  trace_.tasks.reserve(tasks);
  std::vector<std::span<const std::byte>> tables = trace_.tasks.reserved();
  if (rows_) {
    rows_->expect_tasks(tasks);
    tables.push_back(trace_.timeline.pending.reserved());
  }
  opener_.table().set(std::move(tables), tasks);
}

// Where batches begin tells the order in which they are wanted.
std::vector<std::uint32_t> Replay::order_of_use() const {
  std::vector<std::uint32_t> order(batches_.size());
  for (std::uint32_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(), [this](std::uint32_t a, std::uint32_t b) {
    return batches_[a].base_ticks < batches_[b].base_ticks;
  });
  return order;
}

// Sets when the stream, which has no open batch, goes on. False if it does not.
bool Replay::next_turn(Stream& stream) {
  if (stream.waiting.empty()) return false;
  stream.next = clock_.at(batches_[stream.waiting.back()].base_ticks);
  return true;
}

// Plays events up to and at `limit`. True if there are more.
bool Replay::run(Stream& stream, Time limit) {
  for (;;) {
    if (!stream.batch_open) {
      if (!next_turn(stream)) return false;
      if (stream.next > limit) return true;
      if (!open_next(stream)) return false;
    }
    const Time until = open_bytes_ > kMaxOpenBytes ? kNever : limit;
    if (!story_->play(stream.track, until, stream.next)) return true;
    close(stream);
  }
}

// Opens the next good batch. False if there is none, or nothing is to be played any more.
bool Replay::open_next(Stream& stream) {
  while (!stream.waiting.empty() && outcome_ == Outcome::done && !budget_.exceeded()) {
    if (options_.go_on && !options_.go_on(played_)) {
      outcome_ = Outcome::cancelled;
      return false;
    }
    const std::uint32_t batch = stream.waiting.back();
    stream.waiting.pop_back();
    ++played_;
    stream.batch = opener_.take(batch);
    if (options_.forget) options_.forget(batches_[batch].message);
    if (!stream.batch.sound) {
      ++trace_.integrity.damaged_packets;
      opener_.give_back(std::move(stream.batch));
      continue;
    }
    if (!story_->open(stream.track, stream.batch.header, stream.batch.columns)) return false;
    stream.batch_open = true;
    stream.batch_bytes = stream.batch.size_bytes();
    open_bytes_ += stream.batch_bytes;
    return true;
  }
  return false;
}

void Replay::close(Stream& stream) {
  stream.batch_open = false;
  open_bytes_ -= stream.batch_bytes;
  opener_.give_back(std::move(stream.batch));
  stream.batch = {};
}

}  // namespace loopscope::trace
