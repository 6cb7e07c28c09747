#include "viewer/trace/batch_index.h"

#include <algorithm>

namespace loopscope::trace {

void BatchIndex::add(std::string_view message) {
  read_open_spans(message);  // throws now rather than in the middle of the story
  const BatchHeader header = read_batch_header(message);
  const auto [found, added] =
      stream_of_thread_.emplace(header.thread, static_cast<std::uint32_t>(threads_.size()));
  if (added) threads_.push_back(header.thread);
  places_.push_back({message, header.base_ticks, found->second});
  created_ += std::min(header.created, kMaxRawBytes);
  last_ticks_ = std::max(last_ticks_, header.last_ticks);
}

}  // namespace loopscope::trace
