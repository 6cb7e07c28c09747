// A value that is worked out on a thread of its own, so that frames go on meanwhile. Owned and asked by whoever wants
// the value, on the main thread.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>

namespace loopscope::view {

template <class T>
class Later {
 public:
  // Has to look at the token so often that giving up takes no longer than a frame: the main thread waits for it.
  using Work = std::function<T(const std::stop_token&)>;

  // Gives up what is under way. What is there already stays until the new value comes. `wake` is called on the other
  // thread when it is there. Work that is known to be little is done at once, which spares the eye a flicker.
  void start(Work work, const std::function<void()>& wake, bool at_once) {
    cancel();
    wanted_ = true;
    if (at_once) {
      came_ = std::make_shared<const T>(work(std::stop_token{}));
      take();
      return;
    }
    thread_ = std::jthread([this, work = std::move(work), wake](const std::stop_token& stop) {
      auto value = std::make_shared<const T>(work(stop));
      if (stop.stop_requested()) return;
      {
        const std::lock_guard lock(mutex_);
        came_ = std::move(value);
      }
      if (wake) wake();
    });
  }

  // Nothing is under way afterwards, and nothing comes any more.
  void cancel() {
    thread_ = {};
    came_.reset();
    wanted_ = false;
  }

  void clear() {
    cancel();
    value_.reset();
  }

  // True once for each value that came. To be asked once a frame.
  bool take() {
    if (!wanted_) return false;
    const std::lock_guard lock(mutex_);
    if (came_ == nullptr) return false;
    value_ = std::exchange(came_, nullptr);
    wanted_ = false;
    return true;
  }

  bool under_way() const { return wanted_; }
  // Null before the first one.
  const std::shared_ptr<const T>& value() const { return value_; }

 private:
  std::shared_ptr<const T> value_;
  std::mutex mutex_;
  std::shared_ptr<const T> came_;  // under mutex_ while the thread runs
  bool wanted_ = false;
  std::jthread thread_;  // last, so that it is gone before what it writes to
};

}  // namespace loopscope::view
