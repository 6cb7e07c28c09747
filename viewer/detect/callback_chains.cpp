#include "viewer/detect/callback_chains.h"

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <string_view>

#include "viewer/detect/overdue.h"

namespace loopscope::detect {
namespace {

using model::kNoTask;
using model::TaskIndex;

constexpr auto kIndependent = std::to_array<std::string_view>(
    {"uv_fs_stat", "uv_fs_lstat", "uv_fs_access", "uv_fs_scandir", "uv_fs_open", "uv_fs_realpath",
     "uv_fs_readlink", "uv_fs_unlink", "uv_fs_statfs", "uv_getaddrinfo", "uv_getnameinfo", "uv_work"});

bool is_independent(const model::Trace& trace, const SiteGroup& group) {
  if (group.site >= trace.sites.size() || !group.judged || !group.one_shot) return false;
  const model::Site& site = trace.sites[group.site];
  return !site.is(model::kSynchronous) &&
         std::find(kIndependent.begin(), kIndependent.end(), site.kind) != kIndependent.end();
}

class Chains {
 public:
  Chains(const model::Trace& trace, const SiteGroups& groups, std::uint32_t least,
         const std::vector<bool>& eligible)
      : trace_(trace), groups_(groups), least_(least), eligible_(eligible) {
    // How long the chain is that ends with a task; the chain ends for good where two follow one.
    length_.resize(trace.tasks.size());
    followed_.resize(trace.tasks.size());
    for (TaskIndex task = 0; task < trace.tasks.size(); ++task) extend(task);
  }

  std::vector<CallbackChains> take() {
    for (TaskIndex task = 0; task < trace_.tasks.size(); ++task) {
      if (length_[task] >= least_ && followed_[task] != kOnce) add(task);
    }
    std::vector<CallbackChains> found;
    for (auto& [place, chains] : found_) found.push_back(std::move(chains));
    return found;
  }

 private:
  enum Followed : std::uint8_t { kNever, kOnce, kSeveral };

  void extend(TaskIndex task) {
    const model::TaskTable& tasks = trace_.tasks;
    const std::uint32_t place = groups_.of(tasks.site(task));
    if (!eligible_[place] || tasks.outcome(task) != model::Outcome::ok) return;
    length_[task] = 1;
    const TaskIndex parent = tasks.parent(task);
    // Created before it, so that no circle can be closed.
    if (parent >= task || length_[parent] == 0 || groups_.of(tasks.site(parent)) != place) return;
    followed_[parent] = followed_[parent] == kNever ? kOnce : kSeveral;
    if (followed_[parent] == kOnce) {
      length_[task] =
          length_[parent] < std::numeric_limits<std::uint32_t>::max() ? length_[parent] + 1 : length_[parent];
    }
  }

  void add(TaskIndex last) {
    const model::TaskTable& tasks = trace_.tasks;
    std::vector<TaskIndex> chain;
    Nanos total = 0;
    Nanos longest = 0;
    for (TaskIndex task = last;; task = tasks.parent(task)) {
      // From the one that another one follows beside: they go on at once.
      if (task != last && followed_[task] != kOnce) break;
      chain.push_back(task);
      const Nanos life = elapsed(tasks.created(task), tasks.finished(task));
      total = add_saturating(total, life);
      longest = std::max(longest, life);
      if (length_[task] == 1) break;
    }
    if (chain.size() < least_) return;
    CallbackChains& sum = found_[groups_.of(tasks.site(last))];
    if (sum.chains == 0) {
      sum.place = groups_.of(tasks.site(last));
      sum.first = tasks.created(chain.back());
    }
    ++sum.chains;
    sum.tasks += chain.size();
    sum.total = add_saturating(sum.total, total);
    sum.at_once = add_saturating(sum.at_once, std::max(longest, total / CallbackChains::kPool));
    sum.first = std::min(sum.first, tasks.created(chain.back()));
    sum.last = std::max(sum.last, tasks.finished(last));
    if (total > dearest_[sum.place]) {
      dearest_[sum.place] = total;
      std::reverse(chain.begin(), chain.end());
      sum.dearest = std::move(chain);
    }
  }

  const model::Trace& trace_;
  const SiteGroups& groups_;
  const std::uint32_t least_;
  const std::vector<bool>& eligible_;
  std::vector<std::uint32_t> length_;
  std::vector<std::uint8_t> followed_;
  std::map<std::uint32_t, CallbackChains> found_;
  std::map<std::uint32_t, Nanos> dearest_;
};

}  // namespace

std::vector<CallbackChains> find_callback_chains(const model::Trace& trace, const SiteGroups& groups,
                                                 std::uint32_t least) {
  std::vector<bool> eligible(groups.size());
  bool any = false;
  for (std::uint32_t group = 0; group < groups.size(); ++group) {
    eligible[group] = groups[group].created >= least && is_independent(trace, groups[group]);
    any = any || eligible[group];
  }
  if (!any) return {};
  return Chains(trace, groups, least, eligible).take();
}

}  // namespace loopscope::detect
