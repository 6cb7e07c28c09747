// Where the batches of each thread are: all that is kept of a batch until it is played, 32 bytes. Filled by the first
// pass over a trace, read by the second.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "viewer/trace/columns.h"

namespace loopscope::trace {

struct BatchPlace {
  std::string_view message;  // the Batch
  std::uint64_t base_ticks = 0;
  std::uint32_t stream = 0;  // into BatchIndex::threads()
};

class BatchIndex {
 public:
  // In the order of the trace, so that batches of one thread are in theirs. Throws protozero::exception on a damaged
  // message, which is then not in the index.
  void add(std::string_view message);

  std::size_t size() const { return places_.size(); }
  const BatchPlace& operator[](std::size_t batch) const { return places_[batch]; }
  // The threads' numbers in the trace, in the order of their first batches.
  const std::vector<std::uint64_t>& threads() const { return threads_; }
  // What the headers promise in all.
  std::uint64_t created() const { return created_; }
  std::uint64_t last_ticks() const { return last_ticks_; }

 private:
  std::vector<BatchPlace> places_;
  std::vector<std::uint64_t> threads_;
  std::unordered_map<std::uint64_t, std::uint32_t> stream_of_thread_;
  std::uint64_t created_ = 0;
  std::uint64_t last_ticks_ = 0;
};

}  // namespace loopscope::trace
