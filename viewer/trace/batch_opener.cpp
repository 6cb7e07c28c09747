#include "viewer/trace/batch_opener.h"

#include <system_error>
#include <utility>

namespace loopscope::trace {
namespace {

constexpr std::size_t kSpares = 4;
constexpr std::size_t kLargestSpare = std::size_t{2} << 20;

}  // namespace

void BatchOpener::work_ahead(std::vector<std::uint32_t> order, RowFiller* rows) {
  order_ = std::move(order);
  states_.assign(batches_.size(), State::waiting);
  rows_ = rows;
  try {
    worker_ = std::thread([this] { work(); });
    if (rows_ != nullptr) rows_->expect_help();
  } catch (const std::system_error&) {
    states_.clear();
  }
}

void BatchOpener::join() {
  if (!worker_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  worker_.join();
}

void BatchOpener::work_alone() {
  join();
  if (failure_ != nullptr) std::rethrow_exception(failure_);
}

void BatchOpener::open(std::uint32_t batch, OpenBatch& into) {
  open_batch(batches_[batch].message, clock_, into);
  if (into.sound) table_.expect(into.columns.count[kTaskCreated]);
}

void BatchOpener::work() {
  try {
    work_until_stopped();
  } catch (...) {
    const std::lock_guard lock(mutex_);
    failure_ = std::current_exception();
    changed_.notify_all();
  }
}

void BatchOpener::work_until_stopped() {
  const auto rows_wait = [this] { return rows_ != nullptr && rows_->has_work(); };
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return stop_ || may_open() || rows_wait(); });
    if (stop_) return;
    if (!may_open()) {
      lock.unlock();
      rows_->work();
      lock.lock();
      continue;
    }
    const std::uint32_t batch = order_[next_++];
    if (states_[batch] != State::waiting) continue;
    states_[batch] = State::opening;
    OpenBatch open = spare();
    lock.unlock();
    this->open(batch, open);
    lock.lock();
    states_[batch] = State::open;
    ahead_bytes_ += open.size_bytes();
    open_.emplace(batch, std::move(open));
    changed_.notify_all();
  }
}

OpenBatch BatchOpener::take(std::uint32_t batch) {
  std::unique_lock lock(mutex_);
  if (failure_ != nullptr) std::rethrow_exception(failure_);
  if (states_.empty() || states_[batch] == State::waiting) {
    if (!states_.empty()) states_[batch] = State::taken;
    OpenBatch open = spare();
    lock.unlock();
    this->open(batch, open);
    return open;
  }
  changed_.wait(lock, [&] { return states_[batch] == State::open || failure_ != nullptr; });
  if (failure_ != nullptr) std::rethrow_exception(failure_);
  states_[batch] = State::taken;
  OpenBatch open = std::move(open_.extract(batch).mapped());
  ahead_bytes_ -= open.size_bytes();
  // There is room for another one, and what was told of the last one waits for its place.
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
