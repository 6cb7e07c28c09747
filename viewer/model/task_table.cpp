// Making room.
#include "viewer/model/task_table.h"

#include <algorithm>

namespace loopscope::model {

void TaskTable::add_long_run(TaskIndex task, Nanos duration) {
  const Nanos run = add_saturating(run_ns(task), duration);
  const auto wide = static_cast<std::uint64_t>(run);
  records_[task].run = narrow(wide);
  if (wide >= kWide) run_.set(task, run);
}

bool TaskTable::add_bytes(TaskIndex task, std::uint64_t bytes) {
  constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  const auto before = static_cast<std::uint64_t>(bytes_plus_1_.find(task));
  const std::uint64_t sum =
      loopscope::add_bytes(before, before == 0 ? loopscope::add_bytes(bytes, 1) : bytes);
  bytes_plus_1_.set(task, static_cast<std::int64_t>(std::min(sum, kMost)));
  return before == 0;
}

void TaskTable::reserve(std::size_t tasks) {
  numbers_.reserve(tasks);
  records_.reserve(tasks);
  block_created_.reserve(tasks / kBlock + 1);
}

std::vector<std::span<const std::byte>> TaskTable::reserved() const {
  const auto records = reinterpret_cast<const std::byte*>(records_.data());
  return {std::as_bytes(numbers_.reserved()), {records, records_.capacity() * sizeof(Record)}};
}

}  // namespace loopscope::model
