// Something that takes too long for a frame: made on a thread of its own, while what was made before stays on screen.
// Owned by a panel, asked once a frame. Main thread.
#pragma once

#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <utility>

#include "viewer/gui/window.h"

namespace loopscope::gui {

// What is made follows from the key alone.
template <class Key, class Made>
class Prepared {
 public:
  // What was made last, perhaps for an earlier key; null as long as there is nothing. If it is not for this key,
  // `make() -> Made` starts on another thread: it owns all that it needs, and gives up for no later key.
  template <class Make>
  std::shared_ptr<const Made> get(const Key& key, Make make) {
    if (running_.valid() && running_.wait_for(std::chrono::seconds(0)) == std::future_status::ready) take();
    if (!running_.valid() && made_for_ != key) start(key, std::move(make));
    return made_;
  }

  // The same for this key, however long that takes.
  template <class Make>
  std::shared_ptr<const Made> wait_for(const Key& key, Make make) {
    if (running_.valid()) take();
    if (made_for_ != key) {
      start(key, std::move(make));
      take();
    }
    return made_;
  }

  bool is_for(const Key& key) const { return made_for_ == key; }

 private:
  template <class Make>
  void start(const Key& key, Make make) {
    running_for_ = key;
    running_ = std::async(std::launch::async, [make = std::move(make)]() -> std::shared_ptr<const Made> {
      auto made = std::make_shared<const Made>(make());
      Window::wake();
      return made;
    });
  }

  void take() {
    made_ = running_.get();
    made_for_ = std::move(running_for_);
  }

  std::shared_ptr<const Made> made_;
  std::optional<Key> made_for_;
  std::optional<Key> running_for_;
  std::future<std::shared_ptr<const Made>> running_;
};

}  // namespace loopscope::gui
