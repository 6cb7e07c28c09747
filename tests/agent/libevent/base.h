// A base that a test runs, and what callbacks count.
#pragma once

#include <event2/event.h>
#include <event2/event_struct.h>
#include <gtest/gtest.h>

#include "tests/agent/recording.h"

class Base {
 public:
  explicit Base(event_base* base = event_base_new()) : base_(base) {}
  ~Base() { free(); }
  operator event_base*() { return base_; }
  void run() { EXPECT_GE(event_base_dispatch(base_), 0); }
  void turn() { event_base_loop(base_, EVLOOP_ONCE | EVLOOP_NONBLOCK); }
  void free() {
    if (base_ != nullptr) event_base_free(base_);
    base_ = nullptr;
  }

 private:
  event_base* base_;
};

inline timeval milliseconds(int ms) { return {ms / 1000, ms % 1000 * 1000}; }
inline constexpr timeval kAnHour{3600, 0};

// The argument is an int.
inline void count(evutil_socket_t, short, void* counter) { ++*static_cast<int*>(counter); }

// Both ends of a pair of sockets, one of which has something to read.
class Readable {
 public:
  Readable() {
    EXPECT_EQ(evutil_socketpair(AF_UNIX, SOCK_STREAM, 0, ends_), 0);
    for (evutil_socket_t end : ends_) evutil_make_socket_nonblocking(end);
    say();
  }
  ~Readable() {
    for (evutil_socket_t end : ends_) evutil_closesocket(end);
  }
  void say() { EXPECT_EQ(send(ends_[1], "x", 1, 0), 1); }
  void take() {
    char byte;
    EXPECT_EQ(recv(ends_[0], &byte, 1, 0), 1);
  }
  operator evutil_socket_t() const { return ends_[0]; }
  evutil_socket_t other() const { return ends_[1]; }

 private:
  evutil_socket_t ends_[2];
};
