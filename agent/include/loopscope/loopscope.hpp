// loopscope.hpp: the C interface with C++ lifetimes. Header only; nothing throws, nothing allocates that the C
// function behind it would not. Any thread; an object of these by one thread at a time.
#pragma once

#include <loopscope/loopscope.h>

#include <cstdint>
#include <utility>

namespace loopscope {

// Where tasks of one kind are created. Make it static: the number is then looked up once.
//
//   static const loopscope::Site site("http_request");
class Site {
 public:
  // The source position is the caller's.
  explicit Site(const char* kind, uint32_t flags = 0, const char* name = nullptr,
                const char* file = __builtin_FILE(), const char* function = __builtin_FUNCTION(),
                int line = __builtin_LINE())
      : number_(define(kind, flags, name, file, function, line)) {}

  // 0 if the agent has no room for it; tasks of it are then of an unknown site.
  loopscope_site number() const { return number_; }

 private:
  static loopscope_site define(const char* kind, uint32_t flags, const char* name, const char* file,
                               const char* function, int line) {
    loopscope_site_info info = {};
    info.size = sizeof info;
    info.kind = kind;
    info.name = name;
    info.file = file;
    info.function = function;
    info.line = line > 0 ? static_cast<uint32_t>(line) : 0;
    info.flags = flags;
    return loopscope_site_define(&info);
  }

  loopscope_site number_;
};

// A task that finishes once. One that is destroyed without having finished is recorded as abandoned.
class Task {
 public:
  Task() = default;
  explicit Task(const Site& site) : id_(loopscope_task_created(site.number())) {}
  Task(Task&& other) noexcept : id_(std::exchange(other.id_, 0)) {}
  Task& operator=(Task&& other) noexcept {
    if (this != &other) {
      abandon();
      id_ = std::exchange(other.id_, 0);
    }
    return *this;
  }
  ~Task() { abandon(); }

  // 0 while nothing is recorded and once finished.
  loopscope_task id() const { return id_; }
  explicit operator bool() const { return id_ != 0; }

  void ready() { loopscope_task_ready(id_); }
  // Read, written, sent or received so many bytes; told more than once they add up.
  void transferred(uint64_t bytes) { loopscope_task_bytes(id_, bytes); }
  void finish() {
    if (id_) loopscope_task_finished(std::exchange(id_, 0));
  }
  // `error` may be null; it is interned, so keep to a bounded number of texts.
  void fail(int64_t code, const char* error) { finish_with(LOOPSCOPE_OUTCOME_ERROR, code, error); }
  void cancel() { finish_with(LOOPSCOPE_OUTCOME_CANCELLED, 0, nullptr); }
  // Gives the id away: somebody else finishes it.
  loopscope_task release() { return std::exchange(id_, 0); }

 private:
  void finish_with(loopscope_outcome outcome, int64_t code, const char* error) {
    if (id_) loopscope_task_finished_with(std::exchange(id_, 0), outcome, code, error);
  }
  void abandon() { finish_with(LOOPSCOPE_OUTCOME_ABANDONED, 0, nullptr); }

  loopscope_task id_ = 0;
};

// The task runs on this thread while the span lives. The task may be finished, or gone, before the span ends.
class [[nodiscard]] Span {
 public:
  explicit Span(loopscope_task task) : task_(task) {
    if (task_) loopscope_span_begin(task_);
  }
  explicit Span(const Task& task) : Span(task.id()) {}
  ~Span() {
    if (task_) loopscope_span_end(task_);
  }
  Span(const Span&) = delete;
  Span& operator=(const Span&) = delete;

 private:
  loopscope_task task_;
};

// An event loop of one's own.
class Loop {
 public:
  static constexpr uint64_t kForEver = UINT64_MAX;

  explicit Loop(const char* kind, const char* name = nullptr) : number_(loopscope_loop_created(kind, name)) {}
  ~Loop() { loopscope_loop_closed(number_); }
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  loopscope_loop number() const { return number_; }

  // Around the call in which the loop waits in the kernel.
  //
  //   loopscope::Loop::Poll poll(loop, timeout_ns);
  //   poll.returned(epoll_wait(...));
  class [[nodiscard]] Poll {
   public:
    Poll(const Loop& loop, uint64_t timeout_ns) : loop_(loop.number_) {
      loopscope_poll_begin(loop_, timeout_ns);
    }
    ~Poll() { loopscope_poll_end(loop_, events_); }
    Poll(const Poll&) = delete;
    Poll& operator=(const Poll&) = delete;

    // What epoll_wait and its like return: the number of events, or negative. Gives it back.
    int returned(int events) {
      events_ = events > 0 ? static_cast<uint32_t>(events) : 0;
      return events;
    }

   private:
    loopscope_loop loop_;
    uint32_t events_ = 0;
  };

 private:
  loopscope_loop number_;
};

}  // namespace loopscope
