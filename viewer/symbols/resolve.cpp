#include "viewer/symbols/resolve.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <utility>

#include "viewer/symbols/demangle.h"
#include "viewer/symbols/known_names.h"
#include "viewer/symbols/module_names.h"
#include "viewer/symbols/shown_frame.h"

namespace loopscope::symbols {
namespace {

using Frames = model::AddressNames::Frames;
using model::AddressKind;

std::string base_name(const std::string& path) {
  // A file deleted while it ran, in the kernel's words.
  std::string name = path.substr(path.rfind('/') + 1);
  static const std::string kDeleted = " (deleted)";
  if (name.size() > kDeleted.size() && name.ends_with(kDeleted)) name.resize(name.size() - kDeleted.size());
  return name;
}

bool has_line(const Frames& frames) {
  return std::any_of(frames.begin(), frames.end(), [](const auto& frame) { return frame.line != 0; });
}

bool has_name(const Frames& frames) {
  return std::any_of(frames.begin(), frames.end(), [](const auto& frame) { return !frame.function.empty(); });
}

// What the address of the frame behind these is: their caller was either calling or interrupted.
AddressKind kind_behind(const std::vector<model::Frame>& stack) {
  bool interrupted = !stack.empty() && stack.back().function == kSignalFrame;
  return interrupted ? AddressKind::program_counter : AddressKind::return_address;
}

// Hooks stand between the library and its user in every stack, and say nothing about either; those that are inlined
// from our headers, too.
bool is_hook(const model::Frame& frame) {
  return frame.module.starts_with("libloopscope_") ||
         frame.function.starts_with("loopscope::asio_tracking::") ||
         frame.file.find("/loopscope/coroutine") != frame.file.npos ||
         frame.file.ends_with("/loopscope/loopscope.h") || frame.file.ends_with("/loopscope/loopscope.hpp");
}

// A coroutine's place is told by name, with the line that the compiler gives to it, and by the stack of its creation,
// which begins in the function's own halves: all that is one function, best told by the outermost of these frames.
void merge_own_frames(std::vector<model::Frame>& stack) {
  if (stack.size() < 2 || stack.front().address != 0 || stack.front().function.empty()) return;
  const std::string& name = stack.front().function;
  std::size_t last = 0;
  for (std::size_t at = 1; at < stack.size() && stack[at].file == stack.front().file && stack[at].line != 0 &&
                           stack[at].function.find(name) != std::string::npos;
       ++at) {
    last = at;
  }
  stack.erase(stack.begin(), stack.begin() + static_cast<std::ptrdiff_t>(last));
}

class Resolver {
 public:
  Resolver(model::Trace& trace, const model::AddressNames& embedded, const Options& options)
      : trace_(trace),
        embedded_(embedded),
        options_(options),
        known_(options.known != nullptr ? *options.known : own_),
        files_(trace.modules.size()) {
    for (std::uint32_t i = 0; i < trace.modules.size(); ++i) by_start_.push_back(i);
    std::stable_sort(by_start_.begin(), by_start_.end(), [&](std::uint32_t a, std::uint32_t b) {
      return trace.modules[a].start < trace.modules[b].start;
    });
  }

  void fill_creation(std::vector<model::Frame>& stack) {
    fill(stack, AddressKind::return_address);
    std::erase_if(stack, is_hook);
    merge_own_frames(stack);
  }

  // A sample's first address is a program counter, not a return address.
  void fill_sample(std::vector<model::Frame>& stack) {
    fill(stack, AddressKind::program_counter);
    // Where the time itself is spent in a hook, that is the answer.
    auto called = std::find_if_not(stack.begin(), stack.end(), is_hook);
    stack.erase(std::remove_if(called, stack.end(), is_hook), stack.end());
  }

 private:
  void fill(std::vector<model::Frame>& stack, AddressKind innermost) {
    std::vector<model::Frame> filled;
    filled.reserve(stack.size());
    for (model::Frame& frame : stack) {
      if (frame.inlined) continue;  // ours, from resolving before
      if (frame.address == 0) {
        frame.library = is_library_frame(frame);
        filled.push_back(std::move(frame));
        continue;
      }
      const auto& expanded = lookup(frame.address, filled.empty() ? innermost : kind_behind(filled));
      filled.insert(filled.end(), expanded.begin(), expanded.end());
    }
    stack = std::move(filled);
  }

  // The module mapped there last: of two at one place the earlier one was unloaded.
  std::uint32_t module_at(std::uint64_t address) const {
    auto after = std::upper_bound(
        by_start_.begin(), by_start_.end(), address,
        [&](std::uint64_t value, std::uint32_t i) { return value < trace_.modules[i].start; });
    for (int steps = 0; after != by_start_.begin() && steps < 64; ++steps) {
      --after;
      if (address < trace_.modules[*after].end) return *after;
    }
    return UINT32_MAX;
  }

  const std::vector<model::Frame>& lookup(std::uint64_t address, AddressKind kind) {
    auto& known = kind == AddressKind::program_counter ? program_counters_ : return_addresses_;
    auto [entry, added] = known.try_emplace(address);
    if (added) entry->second = make_frames(address, kind);
    return entry->second;
  }

  std::vector<model::Frame> make_frames(std::uint64_t address, AddressKind kind) {
    model::Frame holder;
    holder.address = address;
    std::uint64_t inside = kind == AddressKind::program_counter ? address : address - 1;
    std::uint32_t number = module_at(inside);
    Frames names;
    if (number != UINT32_MAX) {
      const model::Module& module = trace_.modules[number];
      holder.module = base_name(module.path);
      holder.module_offset = address - module.load_bias;
      names = local_names(number, inside - module.load_bias);
    }
    const Frames* embedded = embedded_.find(address, kind);
    if (embedded != nullptr && !has_line(names) && (has_line(*embedded) || !has_name(names)))
      names = *embedded;
    if (number != UINT32_MAX && !has_name(names)) note_trouble(number);

    holder.library = is_library_frame(holder);
    if (names.empty()) return {holder};
    std::vector<model::Frame> frames;
    for (std::size_t i = 0; i < names.size(); ++i) {
      model::Frame frame = holder;
      frame.function = std::move(names[i].function);
      frame.file = std::move(names[i].file);
      frame.line = names[i].line;
      frame.inlined = i + 1 < names.size();
      frame.library = is_library_frame(frame);
      frames.push_back(std::move(frame));
    }
    return frames;
  }

  Frames local_names(std::uint32_t number, std::uint64_t file_address) {
    if (!options_.use_local_files) return {};
    const model::Module& module = trace_.modules[number];
    KnownNames::OfModule& known = known_.of(module);
    if (const auto found = known.frames.find(file_address); found != known.frames.end()) return found->second;
    std::unique_ptr<ModuleNames>& file = files_[number];
    if (!file) {
      file = std::make_unique<ModuleNames>(module, trace_.process.started_at_unix_ns, options_.debug_dirs);
      known.trouble = file->trouble();
    }
    return known.frames.emplace(file_address, file->find(file_address)).first->second;
  }

  void note_trouble(std::uint32_t number) {
    if (!options_.use_local_files) return;
    model::Module& module = trace_.modules[number];
    if (const std::string& trouble = known_.of(module).trouble; !trouble.empty()) module.trouble = trouble;
  }

  model::Trace& trace_;
  const model::AddressNames& embedded_;
  const Options& options_;
  std::vector<std::uint32_t> by_start_;
  KnownNames own_;
  KnownNames& known_;
  std::vector<std::unique_ptr<ModuleNames>> files_;  // by module, opened when first needed
  std::unordered_map<std::uint64_t, std::vector<model::Frame>> return_addresses_;
  std::unordered_map<std::uint64_t, std::vector<model::Frame>> program_counters_;
};

void collect(const std::vector<model::Frame>& stack, AddressKind innermost, model::AddressNames& names) {
  AddressKind kind = innermost;
  for (std::size_t i = 0; i < stack.size();) {
    std::uint64_t address = stack[i].address;
    Frames frames;
    bool more = true;
    for (; more && i < stack.size() && stack[i].address == address; ++i) {
      frames.push_back({stack[i].function, stack[i].file, stack[i].line, stack[i].inlined});
      more = stack[i].inlined;
    }
    bool interrupted = frames.back().function == kSignalFrame;
    if (address != 0 && (has_name(frames) || has_line(frames))) names.add(address, kind, std::move(frames));
    kind = interrupted ? AddressKind::program_counter : AddressKind::return_address;
  }
}

// A coroutine fails by an exception, whose type the agent gives as the compiler spells it.
void name_exceptions(model::Trace& trace) {
  for (model::Failure& failure : trace.failures) {
    if (failure.task >= trace.tasks.size() || failure.text.empty()) continue;
    const model::SiteIndex site = trace.tasks.site(failure.task);
    if (site >= trace.sites.size() || trace.sites[site].kind != "coroutine") continue;
    const std::string symbol = "_Z" + failure.text;
    std::string name = demangle(symbol.c_str());
    if (name != symbol && name.size() < kMaxDemangledBytes && !name.starts_with("_Z"))
      failure.text = std::move(name);
  }
}

}  // namespace

void resolve(model::Trace& trace, const model::AddressNames& embedded, const Options& options) {
  Resolver resolver(trace, embedded, options);
  for (model::Site& site : trace.sites) {
    resolver.fill_creation(site.stack);
    site.shown_frame = shown_frame(site.stack);
  }
  for (model::Stall& stall : trace.stalls) {
    for (model::StallSample& sample : stall.samples) resolver.fill_sample(sample.stack);
  }
  name_exceptions(trace);
}

model::AddressNames collect_names(const model::Trace& trace) {
  model::AddressNames names;
  for (const model::Site& site : trace.sites) collect(site.stack, AddressKind::return_address, names);
  for (const model::Stall& stall : trace.stalls) {
    for (const model::StallSample& sample : stall.samples) {
      collect(sample.stack, AddressKind::program_counter, names);
    }
  }
  return names;
}

}  // namespace loopscope::symbols
