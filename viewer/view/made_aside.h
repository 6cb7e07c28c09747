// What takes longer than a frame may: made on a thread of its own, while the picture goes on with what was made before.
// Used by panels on the main thread; what is made must hold on to all that it reads.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>

namespace loopscope::view {

// `subject` is what the result is about, a trace's path say; `generation` rises with each state of it.
struct StateOf {
  std::string subject;
  std::uint64_t generation = 0;
  bool operator==(const StateOf&) const = default;
};

// What is made follows from the order alone. Orders that name no subject are all about the same one.
template <class T, class OrderOf = StateOf>
class MadeAside {
 public:
  using Order = OrderOf;
  // Called on the other thread; may return early with anything if it is told to stop.
  using Make = std::function<T(const std::stop_token&)>;

  // `wake` is called on the other thread when there is a result, for a window that sleeps.
  explicit MadeAside(std::function<void()> wake = {}) : wake_(std::move(wake)) {}
  ~MadeAside() { thread_.request_stop(); }
  MadeAside(const MadeAside&) = delete;
  MadeAside& operator=(const MadeAside&) = delete;

  // To be asked once a frame; never waits. The newest result about that subject, of an earlier generation perhaps; null
  // if there is none. What is under way for an earlier generation is finished first, so that a trace that grows faster
  // than its result is made is not starved; for another subject it is given up.
  std::shared_ptr<const T> latest(const Order& order, const Make& make) {
    if (under_way_ && done_.load(std::memory_order_acquire)) take();
    if (under_way_ && !same_subject(*under_way_, order)) thread_.request_stop();
    if (!under_way_ && made_of_ != order) start(order, make);
    return made_of_ && same_subject(*made_of_, order) ? made_ : nullptr;
  }

  // The result of that very generation, however long it takes.
  std::shared_ptr<const T> now(const Order& order, const Make& make) {
    latest(order, make);
    if (under_way_ && *under_way_ != order) {
      take();
      latest(order, make);
    }
    if (under_way_) take();
    return made_;
  }

  bool is_of(const Order& order) const { return made_of_ == order; }
  // Of which order latest() is; nothing before the first.
  const std::optional<Order>& made_of() const { return made_of_; }

 private:
  static bool same_subject(const Order& a, const Order& b) {
    if constexpr (requires { a.subject; }) {
      return a.subject == b.subject;
    } else {
      return true;
    }
  }

  void start(const Order& order, const Make& make) {
    under_way_ = order;
    done_.store(false, std::memory_order_relaxed);
    thread_ = std::jthread([this, make](const std::stop_token& stop) {
      coming_ = std::make_shared<const T>(make(stop));
      done_.store(true, std::memory_order_release);
      if (wake_) wake_();
    });
  }

  void take() {
    const bool given_up = thread_.get_stop_token().stop_requested();
    thread_.join();
    if (!given_up) {
      made_ = std::move(coming_);
      made_of_ = std::move(under_way_);
    }
    coming_.reset();
    under_way_.reset();
  }

  std::function<void()> wake_;
  std::shared_ptr<const T> made_;
  std::optional<Order> made_of_;
  std::optional<Order> under_way_;
  std::shared_ptr<const T> coming_;  // the other thread's until done_
  std::atomic<bool> done_{false};
  std::jthread thread_;  // last: it is joined before what it writes goes away
};

}  // namespace loopscope::view
