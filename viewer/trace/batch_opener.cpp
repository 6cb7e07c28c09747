#include "viewer/trace/batch_opener.h"

#include <system_error>
#include <utility>

namespace loopscope::trace {
namespace {

// A dozen batches: enough to even out their differences, and small enough to stay in a cache.
constexpr std::uint64_t kAheadBytes = std::uint64_t{8} << 20;

constexpr std::size_t kSpares = 4;
constexpr std::size_t kLargestSpare = std::size_t{2} << 20;

}  // namespace

void BatchOpener::work_ahead(std::vector<std::uint32_t> order) {
  order_ = std::move(order);
  states_.assign(batches_.size(), State::waiting);
  try {
    worker_ = std::thread([this] { work(); });
  } catch (const std::system_error&) {
    states_.clear();
  }
}

BatchOpener::~BatchOpener() {
  if (!worker_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  worker_.join();
}

void BatchOpener::open(std::uint32_t batch, OpenBatch& into) {
  open_batch(batches_[batch].message, clock_, into);
  if (into.sound) table_.expect(into.columns.count[kTaskCreated]);
}

void BatchOpener::work() {
  std::unique_lock lock(mutex_);
  for (const std::uint32_t batch : order_) {
    changed_.wait(lock, [this] { return stop_ || ahead_bytes_ < kAheadBytes; });
    if (stop_) return;
    if (states_[batch] != State::waiting) continue;
    states_[batch] = State::opening;
    OpenBatch open = spare();
    lock.unlock();
    this->open(batch, open);
    coming_.make_present();
    lock.lock();
    states_[batch] = State::open;
    ahead_bytes_ += open.size_bytes();
    open_.emplace(batch, std::move(open));
    changed_.notify_all();
  }
}

OpenBatch BatchOpener::take(std::uint32_t batch) {
  std::unique_lock lock(mutex_);
  if (states_.empty() || states_[batch] == State::waiting) {
    if (!states_.empty()) states_[batch] = State::taken;
    OpenBatch open = spare();
    lock.unlock();
    this->open(batch, open);
    return open;
  }
  changed_.wait(lock, [&] { return states_[batch] == State::open; });
  states_[batch] = State::taken;
  OpenBatch open = std::move(open_.extract(batch).mapped());
  ahead_bytes_ -= open.size_bytes();
  changed_.notify_all();
  return open;
}

OpenBatch BatchOpener::spare() {
  if (spares_.empty()) return {};
  OpenBatch batch = std::move(spares_.back());
  spares_.pop_back();
  return batch;
}

void BatchOpener::give_back(OpenBatch&& batch) {
  if (batch.size_bytes() > kLargestSpare) return;
  const std::lock_guard lock(mutex_);
  if (spares_.size() < kSpares) spares_.push_back(std::move(batch));
}

}  // namespace loopscope::trace
