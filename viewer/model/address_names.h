// Names for addresses: what an address of the recorded process means in source. Filled by the trace reader
// (names embedded in the trace) and by viewer/symbols (names to embed); looked up by viewer/symbols. Any thread,
// one at a time.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace loopscope::model {

struct NamedFrame {
  std::string function;    // demangled; "" if unknown
  std::string file;        // "" if unknown
  std::uint32_t line = 0;  // 0 if unknown
  bool inlined = false;    // part of the next frame's function
};

// Addresses are those of the trace: return addresses, not the call before them.
class AddressNames {
 public:
  using Frames = std::vector<NamedFrame>;  // innermost inlined function first, the holding function last

  // Valid until the next add(); nullptr if the address has no names.
  const Frames* find(std::uint64_t address) const {
    auto found = frames_.find(address);
    return found == frames_.end() ? nullptr : &found->second;
  }

  // Keeps what was added first: a trace says no address twice, and a hostile one is not to grow on repeats.
  void add(std::uint64_t address, Frames&& frames) { frames_.try_emplace(address, std::move(frames)); }

  // visit(address, frames) for every address, in no particular order.
  template <class Visit>
  void for_each(Visit visit) const {
    for (const auto& [address, frames] : frames_) visit(address, frames);
  }

  std::size_t size() const { return frames_.size(); }
  bool empty() const { return frames_.empty(); }

 private:
  std::unordered_map<std::uint64_t, Frames> frames_;
};

}  // namespace loopscope::model
