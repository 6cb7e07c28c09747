// Orders, each of which is written to a journal. Loop thread.
#pragma once

#include "samples/patterns/coroutines.h"

namespace orders {

constexpr int kAll = 101;

inline patterns::Task<int> price(int order) {
  co_await patterns::after(3);
  co_return order * 7;
}

}  // namespace orders
