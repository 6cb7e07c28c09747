// What the model may yet come to weigh: a trace that unpacks to more was made to exhaust memory. Shared by all
// who write into the model while a trace is replayed.
#pragma once

#include <cstdint>

namespace loopscope::trace {

class ModelBudget {
 public:
  explicit ModelBudget(std::uint64_t bytes) : left_(bytes) {}

  // False, from then on noted, if there is not that much left.
  bool spend(std::uint64_t bytes) {
    if (bytes > left_) {
      exceeded_ = true;
      return false;
    }
    left_ -= bytes;
    return true;
  }
  std::uint64_t left() const { return left_; }
  bool exceeded() const { return exceeded_; }

 private:
  std::uint64_t left_;
  bool exceeded_ = false;
};

// What one event leaves in the model, roughly.
inline constexpr std::uint64_t kTaskWeight = 64;
inline constexpr std::uint64_t kEdgeBytes = 160;
inline constexpr std::uint64_t kTextBytes = 128;
inline constexpr std::uint64_t kPointBytes = 16;
// Of a timeline: with numbers that do not fit.
inline constexpr std::uint64_t kIntervalBytes = 32;

}  // namespace loopscope::trace
