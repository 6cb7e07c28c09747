// Reads a trace on a thread of its own: first its headers, for a picture at once, then all of it; again and again while
// it is followed. Used by the application on the main thread, which asks for news once a frame.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include "viewer/analysis.h"
#include "viewer/base/result.h"
#include "viewer/trace/overview.h"

namespace loopscope::gui {

class Loading {
 public:
  // `wake` is called on the loader's thread whenever there is news.
  explicit Loading(std::function<void()> wake) : wake_(std::move(wake)) {}
  ~Loading() { cancel(); }
  Loading(const Loading&) = delete;
  Loading& operator=(const Loading&) = delete;

  // Gives up what is under way. `follow`: waits for the file if need be, and goes on reading as it grows, until its
  // program has ended.
  void start(const std::string& path, bool follow);
  void cancel();

  // What came since it was asked last; a later state takes the place of an earlier one.
  struct News {
    std::shared_ptr<const trace::Overview> overview;
    std::shared_ptr<const Analysis> analysis;
    bool same_trace = false;  // a later state of what was there before
    std::optional<Error> error;
  };
  News take();

  const std::string& path() const { return path_; }
  bool reading() const { return reading_.load(std::memory_order_relaxed); }
  bool following() const { return following_.load(std::memory_order_relaxed); }
  double progress() const { return progress_.load(std::memory_order_relaxed); }  // 0 .. 1

 private:
  void run(const std::stop_token& stop, bool follow);
  bool read_once(const std::stop_token& stop, bool same_trace);
  void wait_for_beginning(const std::stop_token& stop);
  void read_headers();
  void follow_file(const std::stop_token& stop);
  template <class Change>
  void tell(Change change);

  std::function<void()> wake_;
  std::string path_;
  std::atomic<bool> reading_{false};
  std::atomic<bool> following_{false};
  std::atomic<double> progress_{0};
  std::mutex mutex_;
  News news_;  // under mutex_
  // Of the loader's thread.
  bool ended_ = false;  // the trace has its end
  std::shared_ptr<symbols::KnownNames> known_names_;
  std::jthread thread_;
};

}  // namespace loopscope::gui
