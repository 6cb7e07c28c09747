// What comparisons of a model with a story share: words for what differs, times in their windows.
#pragma once

#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "tests/agent/round_trip/held_against.h"

namespace loopscope::round_trip {

class Comparison {
 protected:
  Comparison(const Story& story, const Issued& issued, const model::Trace& trace, Clock clock)
      : story_(story), issued_(issued), trace_(trace), clock_(clock) {}

  template <class... Words>
  void differs(const Words&... words) {
    if (problems_.size() >= kMostTold) return;
    std::ostringstream text;
    ((text << words << ' '), ...);
    problems_.push_back(text.str());
  }

  template <class Value>
  void same(const std::string& what, const Value& told, const Value& issued) {
    if (told != issued) differs(what, "is", told, "was", issued);
  }

  bool is_within(Time at, Window window) const {
    return at >= static_cast<Time>(window.before - clock_.origin_ns - clock_.tolerance_ns) &&
           at <= static_cast<Time>(window.after - clock_.origin_ns + clock_.tolerance_ns);
  }
  void within(const std::string& what, Time at, Window window) {
    const auto least = static_cast<Time>(window.before - clock_.origin_ns - clock_.tolerance_ns);
    const auto most = static_cast<Time>(window.after - clock_.origin_ns + clock_.tolerance_ns);
    if (at < least || at > most) {
      differs(what, "is at", at, "by", at < least ? at - least : at - most, "outside of", least, "to", most);
    }
  }

  std::uint64_t number(model::TaskIndex task) const {
    return task == model::kNoTask ? 0 : trace_.tasks.id(task);
  }
  std::uint64_t if_told(std::uint64_t task) const { return story_.tasks.contains(task) ? task : 0; }

  void same_site(const std::string& what, model::SiteIndex index, std::uint32_t issued) {
    const model::Site& site = trace_.sites[index];
    const SiteIssued& of = issued_.sites[issued];
    if (site.kind != of.kind || site.name != of.name || site.flags != of.flags)
      differs(what, "is of site", site.kind, site.name, site.flags, "was", of.kind, of.name, of.flags);
  }

  static constexpr std::size_t kMostTold = 20;
  const Story& story_;
  const Issued& issued_;
  const model::Trace& trace_;
  const Clock clock_;
  std::vector<std::string> problems_;
};

}  // namespace loopscope::round_trip
