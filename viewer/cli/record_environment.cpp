#include "viewer/cli/record_environment.h"

#include <algorithm>
#include <string_view>

namespace loopscope::cli {
namespace {

class Variables {
 public:
  explicit Variables(const char* const* environment) {
    for (; environment != nullptr && *environment != nullptr; ++environment)
      entries_.emplace_back(*environment);
  }

  std::string get(std::string_view name) const {
    auto entry = find(name);
    return entry == entries_.end() ? std::string() : entry->substr(name.size() + 1);
  }

  void set(std::string_view name, const std::string& text) {
    std::string line = std::string(name) + "=" + text;
    auto entry = std::find_if(entries_.begin(), entries_.end(), Named{name});
    if (entry == entries_.end()) {
      entries_.push_back(line);
    } else {
      *entry = line;
    }
  }

  std::vector<std::string> take() { return std::move(entries_); }

 private:
  struct Named {
    std::string_view name;
    bool operator()(const std::string& entry) const {
      return entry.size() > name.size() && entry.compare(0, name.size(), name) == 0 &&
             entry[name.size()] == '=';
    }
  };
  std::vector<std::string>::const_iterator find(std::string_view name) const {
    return std::find_if(entries_.begin(), entries_.end(), Named{name});
  }

  std::vector<std::string> entries_;
};

}  // namespace

std::vector<std::string> recorded_environment(const char* const* environment, const RecordOptions& options,
                                              const Injection& injection) {
  Variables variables(environment);
  std::string others = variables.get("LD_PRELOAD");
  variables.set("LD_PRELOAD",
                others.empty() ? injection.preload_library : injection.preload_library + ":" + others);
  variables.set("LOOPSCOPE_RECORD", "1");
  variables.set("LOOPSCOPE_TRACE", injection.trace);
  variables.set("LOOPSCOPE_RECORD_ID", injection.record_id);
  if (!options.children) variables.set("LOOPSCOPE_CHILDREN", "0");
  if (options.precise) variables.set("LOOPSCOPE_PRECISE", "1");
  if (options.ring_bytes != 0) variables.set("LOOPSCOPE_RING_BYTES", std::to_string(options.ring_bytes));
  if (options.max_frames != 0) variables.set("LOOPSCOPE_MAX_FRAMES", std::to_string(options.max_frames));
  const auto set_if_given = [&variables](std::string_view name, const std::string& text) {
    if (!text.empty()) variables.set(name, text);
  };
  set_if_given("LOOPSCOPE_STALL_MS", options.stall_ms);
  set_if_given("LOOPSCOPE_STALL_SAMPLE_MS", options.stall_sample_ms);
  set_if_given("LOOPSCOPE_BLOCKING_MS", options.blocking_ms);
  set_if_given("LOOPSCOPE_ALLOW_BLOCKING", options.allow_blocking);
  if (options.prove_leaks_ms != 0) {
    variables.set("LOOPSCOPE_PROVE_LEAKS_MS", std::to_string(options.prove_leaks_ms));
  }
  if (options.abort_on_blocking) variables.set("LOOPSCOPE_ABORT_ON_BLOCKING", "1");
  if (injection.shared_asan) {
    // The sanitizer refuses to run when anything is loaded before it. What we put there takes none of the
    // functions that it intercepts.
    std::string asan = variables.get("ASAN_OPTIONS");
    variables.set("ASAN_OPTIONS",
                  asan.empty() ? "verify_asan_link_order=0" : asan + ":verify_asan_link_order=0");
  }
  return variables.take();
}

}  // namespace loopscope::cli
