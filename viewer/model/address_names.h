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

// What an address of a stack stands for. A return address means the call before it, a program counter (the innermost
// of a stall sample, or what a signal interrupted) the instruction at it: at one and the same address these are two
// lines, or even two functions.
enum class AddressKind : std::uint8_t { return_address, program_counter };

// Addresses are those of the trace: return addresses, not the call before them.
class AddressNames {
 public:
  using Frames = std::vector<NamedFrame>;  // innermost inlined function first, the holding function last

  // Valid until the next add(); nullptr if the address has no names.
  const Frames* find(std::uint64_t address, AddressKind kind = AddressKind::return_address) const {
    const Map& names = of(kind);
    auto found = names.find(address);
    return found == names.end() ? nullptr : &found->second;
  }

  // Keeps what was added first: a trace says no address twice, and a hostile one is not to grow on repeats.
  void add(std::uint64_t address, AddressKind kind, Frames&& frames) {
    Map& names = kind == AddressKind::program_counter ? program_counters_ : return_addresses_;
    names.try_emplace(address, std::move(frames));
  }

  // visit(address, kind, frames) for every address, in no particular order.
  template <class Visit>
  void for_each(Visit visit) const {
    for (AddressKind kind : {AddressKind::return_address, AddressKind::program_counter}) {
      for (const auto& [address, frames] : of(kind)) visit(address, kind, frames);
    }
  }

  std::size_t size() const { return return_addresses_.size() + program_counters_.size(); }
  bool empty() const { return size() == 0; }

 private:
  using Map = std::unordered_map<std::uint64_t, Frames>;

  const Map& of(AddressKind kind) const {
    return kind == AddressKind::program_counter ? program_counters_ : return_addresses_;
  }

  Map return_addresses_;
  Map program_counters_;
};

}  // namespace loopscope::model
