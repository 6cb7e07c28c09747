#include "viewer/view/tasks_by_site.h"

namespace loopscope::view {
namespace {

// So many tasks between two looks at the stop token.
constexpr model::TaskIndex kStride = 1U << 16;

}  // namespace

TasksBySite TasksBySite::of(const model::Trace& trace, const std::stop_token& stop) {
  const auto tasks = static_cast<model::TaskIndex>(trace.tasks.size());
  const std::size_t sites = trace.sites.size();
  TasksBySite index;
  index.first_.resize(sites + 1);
  for (model::TaskIndex task = 0; task < tasks; ++task) {
    if (task % kStride == 0 && stop.stop_requested()) return {};
    const model::SiteIndex site = trace.tasks.site(task);
    if (site < sites) ++index.first_[site + 1];
  }
  for (std::size_t site = 0; site < sites; ++site) index.first_[site + 1] += index.first_[site];
  index.tasks_.resize(index.first_[sites]);
  std::vector<std::uint32_t> next(index.first_.begin(), index.first_.end() - 1);
  for (model::TaskIndex task = 0; task < tasks; ++task) {
    if (task % kStride == 0 && stop.stop_requested()) return {};
    const model::SiteIndex site = trace.tasks.site(task);
    if (site < sites) index.tasks_[next[site]++] = task;
  }
  return index;
}

}  // namespace loopscope::view
