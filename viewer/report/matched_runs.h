// What the traces of a comparison have in common: things matched by key over all runs of both sides. Used by the parts of a
// comparison. Pure.
#pragma once

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "viewer/model/trace.h"

namespace loopscope::report {

// What the sides have, matched by key; equal keys of one run by their order in it. A slot has an index for each run.
using Slot = std::vector<std::optional<std::size_t>>;
template <class Key>
class Matching {
 public:
  Matching(std::size_t base_runs, std::size_t now_runs) : base_runs_(base_runs), now_runs_(now_runs) {}

  void add_base(const Key& key, std::size_t run, std::size_t index) { add(key, run, index, true); }
  void add_now(const Key& key, std::size_t run, std::size_t index) { add(key, run, index, false); }

  template <class Visit>
  void each(Visit visit) const {
    for (const auto& [key, slots] : slots_) {
      for (const auto& [base, now] : slots) visit(base, now);
    }
  }

 private:
  void add(const Key& key, std::size_t run, std::size_t index, bool base) {
    auto& slots = slots_[key];
    for (auto& slot : slots) {
      std::optional<std::size_t>& place = base ? slot.first[run] : slot.second[run];
      if (place) continue;
      place = index;
      return;
    }
    slots.emplace_back(Slot(base_runs_), Slot(now_runs_));
    (base ? slots.back().first : slots.back().second)[run] = index;
  }

  std::size_t base_runs_;
  std::size_t now_runs_;
  std::map<Key, std::vector<std::pair<Slot, Slot>>> slots_;
};

inline std::size_t present(const Slot& slot) {
  return static_cast<std::size_t>(
      std::count_if(slot.begin(), slot.end(), [](const auto& at) { return at.has_value(); }));
}

inline std::optional<std::size_t> first_run(const Slot& slot) {
  for (std::size_t run = 0; run < slot.size(); ++run) {
    if (slot[run]) return run;
  }
  return std::nullopt;
}

// In most runs of one side, and in none of the other: chance would spread them. What is in some runs only is as it was.
inline bool only_in(const Slot& of, const Slot& other) {
  return present(other) == 0 && 3 * present(of) >= 2 * of.size();
}

// The same function wherever the sources were checked out, whatever its line now.
using PlaceKey = std::tuple<std::string, std::string>;
PlaceKey place_key(const model::Frame* frame);

// A main thread is called like its program, which may be called otherwise in the next version.
using LoopKey = std::tuple<std::string, std::string, std::string>;
LoopKey loop_key(const model::Trace& trace, const model::Loop& loop);

}  // namespace loopscope::report
