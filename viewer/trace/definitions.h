// What numbers in a trace stand for: strings, sites, loops, threads, modules, gauges. Collected from all
// Definitions packets first, then built into the model.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "viewer/model/trace.h"
#include "viewer/trace/id_map.h"

namespace loopscope::trace {

// A loop weighs some kilobytes, its definition a few bytes; no program has more than a few dozen.
inline constexpr std::size_t kMaxLoops = 4096;

// Longer names are cut; the agent's are at most 1023 bytes.
inline constexpr std::size_t kMaxTextBytes = 4096;

class Definitions {
 public:
  // Throws protozero::exception on a damaged message; what came before the damage stays.
  void read(std::string_view definitions);

  // Fills sites, loops, threads, modules and gauges of the model. Sites of the same kind, name, flags and stack
  // become one. What the sites weigh is taken off `budget_bytes`; false if it does not suffice.
  bool build(model::Trace& trace, std::uint64_t& budget_bytes);

  // Before build().
  const std::vector<model::Thread>& threads() const { return threads_; }

  // "" for 0 and for what was never defined.
  const std::string& text(std::uint64_t string) const;
  // kNoSite if never defined.
  model::SiteIndex site(std::uint64_t id) const {
    const std::uint32_t index = site_index_.find(id);
    return index == IdMap::kNone ? model::kNoSite : index;
  }
  // Index in the model; IdMap::kNone if it has none such.
  std::uint32_t find_thread(std::uint64_t id) const { return thread_index_.find(id); }
  // These three add an unnamed one to the model where the definition is missing. Loops beyond kMaxLoops are
  // counted to the last one.
  model::LoopIndex loop(std::uint64_t id, model::Trace& trace);
  std::uint32_t thread(std::uint64_t id, model::Trace& trace);
  std::uint32_t gauge(std::uint64_t id, model::Trace& trace);

 private:
  struct RawSite {
    std::uint32_t id = 0;
    std::uint32_t kind = 0;
    std::uint32_t flags = 0;
    std::uint32_t name = 0;
    std::uint32_t file = 0;
    std::uint32_t function = 0;
    std::uint32_t line = 0;
    bool truncated = false;
    std::string_view frames;  // packed fixed64; points into the trace's bytes
  };
  struct RawLoop {
    std::uint32_t id = 0;
    std::uint32_t kind = 0;
    std::uint32_t name = 0;
    std::uint32_t thread = 0;
  };
  struct RawGauge {
    std::uint32_t id = 0;
    std::uint32_t name = 0;
    std::uint32_t unit = 0;
  };
  void read_string(std::string_view message);
  void read_site(std::string_view message);
  void read_loop(std::string_view message);
  void read_thread(std::string_view message);
  void read_module(std::string_view message);
  void read_gauge(std::string_view message);
  model::Site made(const RawSite& raw) const;
  std::string merge_key(const RawSite& raw) const;

  std::vector<std::string> strings_{""};
  IdMap string_index_;
  std::vector<RawSite> sites_;
  IdMap site_index_;
  std::vector<RawLoop> loops_;
  IdMap loop_index_;
  std::vector<model::Thread> threads_;
  IdMap thread_index_;
  std::vector<model::Module> modules_;
  IdMap module_index_;
  std::vector<RawGauge> gauges_;
  IdMap gauge_index_;
};

}  // namespace loopscope::trace
