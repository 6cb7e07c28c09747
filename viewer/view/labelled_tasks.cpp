#include "viewer/view/labelled_tasks.h"

#include <utility>

#include "viewer/base/text.h"
#include "viewer/detect/contexts.h"

namespace loopscope::view {
namespace {

// So many tasks between two looks at the stop token.
constexpr model::TaskIndex kStride = 1U << 16;

}  // namespace

LabelledTasks LabelledTasks::of(const model::Trace& trace, std::span<const LabelWord> labels,
                                const std::stop_token& stop) {
  const auto tasks = static_cast<model::TaskIndex>(trace.tasks.size());
  LabelledTasks all;
  for (const LabelWord& label : labels) {
    const std::vector<detect::OwnLabel> own =
        detect::own_labels(trace, [&](const model::Label& one) { return lower_case(one.key) == label.key; });
    const auto is_meant = [&](const detect::OwnLabel& says) {
      return label.value.empty() || lower_case(trace.labels[says.label].value) == label.value;
    };
    LabelledTasks one;
    one.bits_.resize((tasks + std::size_t{63}) / 64);
    bool stopped = false;
    detect::hand_down(trace, own,
                      [&](model::TaskIndex task, const detect::OwnLabel* says, model::TaskIndex parent) {
                        if (task % kStride == 0 && stop.stop_requested()) stopped = true;
                        const bool has = says != nullptr ? is_meant(*says) : one.has(parent);
                        if (has) one.bits_[task / 64] |= std::uint64_t{1} << (task % 64);
                        return !stopped;
                      });
    if (stopped) return {};
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
