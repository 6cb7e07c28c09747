#include "viewer/detect/site_groups.h"

#include <algorithm>
#include <map>
#include <string>
#include <tuple>

#include "viewer/detect/coroutines.h"
#include "viewer/detect/place.h"

namespace loopscope::detect {
namespace {

using Key = std::tuple<std::string, std::string, std::uint32_t, std::string, std::string, std::uint32_t>;

// A coroutine is created where its function begins or, by the address that stands for a stack not taken, where it ends:
// all of one function. Those of functions that share a name ("operator()") are told apart by their lines.
bool is_by_function(const model::Site& site, const model::Frame& frame) {
  return site.kind == kCoroutine && !frame.function.empty() &&
         frame.function.find("operator()") == std::string::npos;
}

// Not the caller's address alone, which is what stands for a stack that was not taken.
bool has_taken_stack(const model::Site& site) {
  return !site.stack.empty() && site.stack.front().address != site.stack.back().address;
}

// A site without a stack is a place of its own: nothing says that two of them are the same.
Key key_of(const model::Trace& trace, model::SiteIndex index) {
  const model::Site& site = trace.sites[index];
  const model::Frame* frame = shown_frame(site);
  if (frame == nullptr) return {site.kind, site.name, site.flags, "#" + std::to_string(index), "", 0};
  const std::uint32_t line = is_by_function(site, *frame) ? 0 : frame->line;
  return {site.kind, site.name, site.flags, function_text(*frame), frame->file, line};
}

}  // namespace

SiteGroups::SiteGroups(const model::Trace& trace) {
  std::map<Key, std::uint32_t> known;
  group_of_site_.reserve(trace.sites.size());
  for (model::SiteIndex index = 0; index < trace.sites.size(); ++index) {
    const auto [found, is_new] =
        known.try_emplace(key_of(trace, index), static_cast<std::uint32_t>(groups_.size()));
    if (is_new) groups_.emplace_back();
    groups_[found->second].members.push_back(index);
    group_of_site_.push_back(found->second);
  }
  if (groups_.empty()) groups_.emplace_back();

  for (SiteGroup& group : groups_) {
    if (group.members.empty()) continue;
    Histogram lifetime;
    Histogram queue;
    for (const model::SiteIndex member : group.members) {
      const model::Site& site = trace.sites[member];
      group.created += site.created;
      group.finished += site.finished;
      group.abandoned += site.abandoned;
      lifetime.merge(site.lifetime);
      queue.merge(site.queue_delay);
    }
    const model::Site& any = trace.sites[group.members.front()];
    group.one_shot = !any.is(model::kSubscription);
    group.judged = !any.is(model::kInternal) && !any.is(model::kTeardown);
    group.site = *std::max_element(
        group.members.begin(), group.members.end(), [&trace](model::SiteIndex a, model::SiteIndex b) {
          const model::Site& left = trace.sites[a];
          const model::Site& right = trace.sites[b];
          return std::make_tuple(has_taken_stack(left), left.pending(), left.created) <
                 std::make_tuple(has_taken_stack(right), right.pending(), right.created);
        });
    group.lifetime_p50 = lifetime.quantile(0.5);
    group.lifetime_p99 = lifetime.quantile(0.99);
    group.lifetime_max = lifetime.max();
    group.lifetime_sum = lifetime.sum();
    group.queue_p99 = queue.quantile(0.99);
  }
}

}  // namespace loopscope::detect
