// From a number in the trace to an index. The agent counts from 1 (sites with a stack from 65536), so an array
// serves; larger numbers (damage, malice) go to a hash map, so that no number costs memory by its size.
#pragma once

#include <cstdint>
#include <limits>
#include <unordered_map>
#include <vector>

namespace loopscope::trace {

class IdMap {
 public:
  static constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();

  std::uint32_t find(std::uint64_t id) const {
    if (id < dense_.size()) return dense_[id];
    if (sparse_.empty()) return kNone;
    const auto found = sparse_.find(id);
    return found == sparse_.end() ? kNone : found->second;
  }

  // The last one set for a number counts.
  void set(std::uint64_t id, std::uint32_t index) {
    if (id >= dense_.size() && id < kDense) dense_.resize(id + 1, kNone);
    if (id < dense_.size()) {
      dense_[id] = index;
    } else {
      sparse_[id] = index;
    }
  }

 private:
  // 4 MiB at most.
  static constexpr std::uint64_t kDense = std::uint64_t{1} << 20;

  std::vector<std::uint32_t> dense_;
  std::unordered_map<std::uint64_t, std::uint32_t> sparse_;
};

}  // namespace loopscope::trace
