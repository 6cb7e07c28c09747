// Making room.
#include "viewer/model/task_table.h"

namespace loopscope::model {

void TaskTable::add_long_run(TaskIndex task, Nanos duration) {
  const Nanos run = add_saturating(run_ns(task), duration);
  const auto wide = static_cast<std::uint64_t>(run);
  records_[task].run = narrow(wide);
  if (wide >= kWide) run_.set(task, run);
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
