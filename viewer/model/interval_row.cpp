#include "viewer/model/interval_row.h"

#include <algorithm>
#include <bit>

namespace loopscope::model {
namespace {

// A lag in 16 bits: below 2048 ns as it is, above by its first 11 bits and their place. 0: not known.
constexpr int kLagBits = 11;
constexpr std::uint64_t kLagStep = std::uint64_t{1} << (kLagBits - 1);

std::uint16_t coded(Nanos lag) {
  if (lag < 0) return 0;
  const auto number = static_cast<std::uint64_t>(lag);
  const int shift = std::max(static_cast<int>(std::bit_width(number)) - kLagBits, 0);
  return static_cast<std::uint16_t>(1 + static_cast<std::uint64_t>(shift) * kLagStep + (number >> shift));
}

Nanos decoded(std::uint16_t code) {
  if (code == 0) return IntervalRow::kNoLag;
  const std::uint64_t number = code - 1U;
  if (number < 2 * kLagStep) return static_cast<Nanos>(number);
  const std::uint64_t shift = number / kLagStep - 1;
  const std::uint64_t least = (number - shift * kLagStep) << shift;
  return static_cast<Nanos>(least + (std::uint64_t{1} << shift) / 2);
}

}  // namespace

Nanos IntervalRow::lag(std::size_t at) const { return decoded(coded_lag(at)); }

std::size_t IntervalRow::first_beginning_from(Time at) const {
  // The last block that begins before `at` holds the answer, or it is the next one's first.
  const auto guide = std::lower_bound(guide_.begin(), guide_.end(), at);
  if (guide == guide_.begin()) return 0;
  const auto group = static_cast<std::ptrdiff_t>(kBlocksOfGuide) * (guide - guide_.begin() - 1);
  const auto bases = bases_.begin() + group;
  const auto bases_end = bases_.end() - bases > static_cast<std::ptrdiff_t>(kBlocksOfGuide)
                             ? bases + static_cast<std::ptrdiff_t>(kBlocksOfGuide)
                             : bases_.end();
  const auto block = static_cast<std::size_t>(std::lower_bound(bases, bases_end, at) - bases_.begin()) - 1;

  const std::size_t first = block * kBlock;
  const std::size_t count = std::min(kBlock, size_ - first);
  const std::uint32_t* const offsets = chunk_of(first).begin.data() + first % kChunk;
  const auto since = static_cast<std::uint64_t>(subtract_saturating(at, bases_[block]));
  const auto narrow = static_cast<std::uint32_t>(std::min<std::uint64_t>(since, kWide));
  auto found = static_cast<std::size_t>(std::lower_bound(offsets, offsets + count, narrow) - offsets);
  if (narrow == kWide) {
    while (found < count && begin(first + found) < at) ++found;
  }
  return first + found;
}

std::size_t IntervalRow::first_ending_after(Time at) const {
  const std::size_t later = first_beginning_from(add_saturating(at, 1));
  return later != 0 && end(later - 1) > at ? later - 1 : later;
}

// All intervals of [first, last), once, as few nodes of them as there are.
template <class Visit>
void IntervalRow::for_each_node(std::size_t first, std::size_t last, Visit visit) const {
  std::size_t fan_out = kBlock;
  for (std::size_t level = 0;; ++level, fan_out = kFanOut) {
    if (level > 0 && level == peaks_.size()) {  // nothing is above it
      for (; first < last; ++first) visit(Node{level, first});
      return;
    }
    while (first < last && first % fan_out != 0) visit(Node{level, first++});
    while (first < last && last % fan_out != 0) visit(Node{level, --last});
    if (first == last) return;
    first /= fan_out;
    last /= fan_out;
  }
}

std::size_t IntervalRow::longest_of(Node node) const {
  for (; node.level > 1; --node.level) {
    node.at = node.at * kFanOut + peaks_[node.level - 1][node.at].child;
  }
  return node.level == 0 ? node.at : node.at * kBlock + peaks_[0][node.at].child;
}

Nanos IntervalRow::duration_of(Node node) const {
  if (node.level == 0) return duration(node.at);
  const std::uint32_t longest = peaks_[node.level - 1][node.at].longest;
  return longest != kWide ? longest : duration(longest_of(node));
}

Nanos IntervalRow::covered_before(std::size_t at) const {
  if (at == size_) return covered_;
  Nanos covered = covered_before_[at / kBlock];
  for (std::size_t i = at - at % kBlock; i < at; ++i) covered += duration(i);
  return covered;
}

IntervalSum IntervalRow::sum(Time from, Time to) const {
  IntervalSum sum;
  if (from >= to || empty()) return sum;
  const std::size_t inside = first_beginning_from(from);
  const std::size_t last = first_beginning_from(to);
  const bool reaches_in = inside != 0 && end(inside - 1) > from;
  const std::size_t first = reaches_in ? inside - 1 : inside;
  if (first == last) return sum;
  sum.count = last - first;
  sum.covered = covered_before(last) - covered_before(first);
  if (reaches_in) sum.covered -= from - begin(first);
  sum.covered -= std::max<Nanos>(subtract_saturating(end(last - 1), to), 0);

  Node longest{0, first};
  sum.longest = duration(first);
  std::uint16_t worst_lag = 0;
  for_each_node(inside, last, [&](Node node) {
    const Nanos duration = duration_of(node);
    if (duration > sum.longest) {
      sum.longest = duration;
      longest = node;
    }
    const std::uint16_t lag =
        node.level == 0 ? coded_lag(node.at) : peaks_[node.level - 1][node.at].worst_lag;
    worst_lag = std::max(worst_lag, lag);
  });
  sum.longest_at = longest_of(longest);
  sum.worst_lag = std::max<Nanos>(decoded(worst_lag), 0);
  return sum;
}

void IntervalRow::add(Time begin, Nanos duration, TaskIndex task, Nanos lag) {
  if (size_ == kWide) return;  // as many as WideNumbers can tell apart
  const Time from = std::clamp(begin, last_end_, kFar);
  const Time to = std::clamp(add_saturating(begin, std::max<Nanos>(duration, 0)), from, kFar);
  duration = to - from;
  last_end_ = to;

  const std::size_t at = size_++;
  const std::size_t in_chunk = at % kChunk;
  if (in_chunk == 0) {
    Chunk& chunk = chunks_.emplace_back();
    if (at != 0) {  // a row that has filled one will fill another
      chunk.begin.reserve(kChunk);
      chunk.duration.reserve(kChunk);
    }
  }
  if (at == kFew) {
    Chunk& chunk = chunks_.back();
    chunk.begin.reserve(kChunk);
    chunk.duration.reserve(kChunk);
    if (!chunk.task.empty()) chunk.task.reserve(kChunk);
    if (!chunk.lag.empty()) chunk.lag.reserve(kChunk);
  }
  Chunk& chunk = chunks_.back();
  if (at % kBlock == 0) {
    bases_.push_back(from);
    covered_before_.push_back(covered_);
    if (peaks_.empty()) peaks_.emplace_back();
    peaks_.front().emplace_back();
  }
  covered_ += duration;

  const auto index = static_cast<std::uint32_t>(at);
  const auto since = static_cast<std::uint64_t>(from - bases_.back());
  if (since >= kWide) [[unlikely]]
    begins_.set(index, from);
  chunk.begin.push_back(since < kWide ? static_cast<std::uint32_t>(since) : kWide);
  const auto wide = static_cast<std::uint64_t>(duration);
  const std::uint32_t narrow = wide < kWide ? static_cast<std::uint32_t>(wide) : kWide;
  if (narrow == kWide) [[unlikely]]
    durations_.set(index, duration);
  chunk.duration.push_back(narrow);
  if (task != kNoTask || !chunk.task.empty()) {
    if (chunk.task.empty()) {
      chunk.task.reserve(chunk.begin.capacity());
      chunk.task.resize(in_chunk, kNoTask);
    }
    chunk.task.push_back(task);
  }
  const std::uint16_t code = coded(lag);
  if (code != 0 || !chunk.lag.empty()) {
    if (chunk.lag.empty()) {
      chunk.lag.reserve(chunk.begin.capacity());
      chunk.lag.resize(in_chunk);
    }
    chunk.lag.push_back(code);
  }

  Peak& peak = peaks_.front().back();
  const auto in_block = static_cast<std::uint8_t>(at % kBlock);
  peak.worst_lag = std::max(peak.worst_lag, code);
  if (narrow > peak.longest || (narrow == kWide && duration > this->duration(at - in_block + peak.child))) {
    peak.longest = narrow;
    peak.child = in_block;
  }
}

std::array<std::span<const std::byte>, 4> IntervalRow::coming() const {
  if (!at_border()) return {};
  const Chunk& chunk = chunks_.back();
  const std::size_t from = (size_ - 1) % kChunk;
  const auto memory = [&](const auto& column) {
    const std::size_t end = std::min(from + kStep, column.capacity());
    return std::as_bytes(std::span(column.data() + std::min(from, end), end - std::min(from, end)));
  };
  return {memory(chunk.begin), memory(chunk.duration), memory(chunk.task), memory(chunk.lag)};
}

void IntervalRow::finish() {
  if (chunks_.size() == 1) {
    Chunk& chunk = chunks_.front();
    chunk.begin.shrink_to_fit();
    chunk.duration.shrink_to_fit();
    chunk.task.shrink_to_fit();
    chunk.lag.shrink_to_fit();
  }
  guide_.clear();
  for (std::size_t block = 0; block < bases_.size(); block += kBlocksOfGuide) guide_.push_back(bases_[block]);
  if (peaks_.empty()) return;
  peaks_.resize(1);
  while (peaks_.back().size() > kFanOut) {
    const std::size_t below = peaks_.size();  // the level of whose nodes these are sums
    const std::size_t children = peaks_.back().size();
    std::vector<Peak> peaks((children + kFanOut - 1) / kFanOut);
    for (std::size_t child = 0; child < children; ++child) {
      Peak& peak = peaks[child / kFanOut];
      const Peak& own = peaks_.back()[child];
      const std::size_t first = child - child % kFanOut;
      peak.worst_lag = std::max(peak.worst_lag, own.worst_lag);
      if (child == first || duration_of({below, child}) > duration_of({below, first + peak.child})) {
        peak.longest = own.longest;
        peak.child = static_cast<std::uint8_t>(child % kFanOut);
      }
    }
    peaks_.push_back(std::move(peaks));
  }
}

}  // namespace loopscope::model
