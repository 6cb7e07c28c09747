// A recording of the double, and a loop that must end clean.
#pragma once

#include <gtest/gtest.h>
#include <uv.h>

#include "tests/agent/recording.h"

class UvLoop {
 public:
  UvLoop() { EXPECT_EQ(uv_loop_init(&loop_), 0); }
  ~UvLoop() {
    uv_run(&loop_, UV_RUN_DEFAULT);
    EXPECT_EQ(uv_loop_close(&loop_), 0) << "a handle was left open";
  }
  operator uv_loop_t*() { return &loop_; }
  void run() { uv_run(&loop_, UV_RUN_DEFAULT); }

 private:
  uv_loop_t loop_;
};

template <typename Handle>
void close(Handle* handle) {
  uv_close(reinterpret_cast<uv_handle_t*>(handle), nullptr);
}
