// The shared file of logging.cpp. Volatile: each store must be in the order of the program.
#pragma once

#include <cstdint>

constexpr int kMostThreads = 4;
constexpr std::uint64_t kMostTasks = 500'000;

enum Stage : std::uint8_t { kNothing, kCreated, kEnded, kFinished };

struct ThreadLog {
  volatile std::uint64_t tasks;
  volatile std::uint64_t task[kMostTasks];
  volatile std::uint8_t stage[kMostTasks];
};

struct Log {
  volatile int running;
  ThreadLog thread[kMostThreads];
};
