// Orders, one every 3 ms, each of which is written to a journal. Loop thread.
#pragma once

#include "samples/patterns/coroutines.h"
#include "samples/patterns/periodic.h"

namespace orders {

constexpr int kAll = 101;
constexpr std::uint64_t kEveryMs = 3;

inline patterns::Task<int> price(int order) {
  co_await patterns::after(3);
  co_return order * 7;
}

}  // namespace orders
