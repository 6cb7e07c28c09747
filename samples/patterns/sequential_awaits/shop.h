// What both twins have in common: a shop whose orders ask for the prices of 11 things each, and a clock of its own that
// knows what that took. Loop thread.
#pragma once

#include <cstdint>
#include <cstdio>

#include "samples/patterns/coroutines.h"

namespace patterns {

inline constexpr int kOrders = 23;
inline constexpr int kThings = 11;

// The price of a thing, which comes from elsewhere: after 11 to 21 ms.
inline Task<int> price_of(int thing) {
  co_await after(static_cast<std::uint64_t>(11 + thing % kThings));
  co_return thing % 101;
}

// Times from the moments at which an order went on.
class Clock {
 public:
  std::uint64_t now() const { return uv_hrtime(); }
  void waited(std::uint64_t since) {
    const std::uint64_t wait = now() - since;
    total_ += wait;
    if (wait > longest_) longest_ = wait;
  }
  void order_done() {
    longest_total_ += longest_;
    longest_ = 0;
  }
  double total_ms() const { return static_cast<double>(total_) / 1e6; }
  double longest_total_ms() const { return static_cast<double>(longest_total_) / 1e6; }

 private:
  std::uint64_t total_ = 0;
  std::uint64_t longest_ = 0;
  std::uint64_t longest_total_ = 0;
};

}  // namespace patterns
