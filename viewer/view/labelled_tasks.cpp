#include "viewer/view/labelled_tasks.h"

#include <algorithm>
#include <utility>

namespace loopscope::view {
namespace {

// So many tasks between two looks at the stop token.
constexpr model::TaskIndex kStride = 1U << 16;

struct Own {
  model::TaskIndex task;
  bool has;
};

// What tasks say themselves about the label's key, by task.
std::vector<Own> own_labels(const model::Trace& trace, const LabelWord& label) {
  std::vector<Own> own;
  for (const model::Label& one : trace.labels) {
    if (one.task >= trace.tasks.size() || lower_case(one.key) != label.key) continue;
    own.push_back({one.task, label.value.empty() || lower_case(one.value) == label.value});
  }
  std::stable_sort(own.begin(), own.end(), [](const Own& a, const Own& b) { return a.task < b.task; });
  return own;
}

}  // namespace

LabelledTasks LabelledTasks::of(const model::Trace& trace, std::span<const LabelWord> labels,
                                const std::stop_token& stop) {
  const auto tasks = static_cast<model::TaskIndex>(trace.tasks.size());
  LabelledTasks all;
  for (const LabelWord& label : labels) {
    const std::vector<Own> own = own_labels(trace, label);
    LabelledTasks one;
    one.bits_.resize((tasks + std::size_t{63}) / 64);
    auto next = own.begin();
    for (model::TaskIndex task = 0; task < tasks; ++task) {
      if (task % kStride == 0 && stop.stop_requested()) return {};
      bool has = false;
      if (next != own.end() && next->task == task) {
        for (; next != own.end() && next->task == task; ++next) has = next->has;
      } else {
        const model::TaskIndex parent = trace.tasks.parent(task);
        has = parent < task && one.has(parent);
      }
      if (has) one.bits_[task / 64] |= std::uint64_t{1} << (task % 64);
    }
    if (all.bits_.empty()) {
      all.bits_ = std::move(one.bits_);
    } else {
      for (std::size_t at = 0; at < all.bits_.size(); ++at) all.bits_[at] &= one.bits_[at];
    }
  }
  all.sites_.resize(trace.sites.size());
  for (model::TaskIndex task = 0; task < tasks; ++task) {
    if (task % kStride == 0 && stop.stop_requested()) return {};
    if (all.has(task) && trace.tasks.site(task) < all.sites_.size())
      all.sites_[trace.tasks.site(task)] = true;
  }
  return all;
}

}  // namespace loopscope::view
