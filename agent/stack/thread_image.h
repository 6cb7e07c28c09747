// What is needed to unwind a thread that is not the caller: registers, and a copy of its stack.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace loopscope::stack {

// As DWARF numbers them for x86-64: rax rdx rcx rbx rsi rdi rbp rsp r8 .. r15, and the program counter.
struct Registers {
  static constexpr unsigned kFramePointer = 6;
  static constexpr unsigned kStackPointer = 7;
  static constexpr unsigned kProgramCounter = 16;
  static constexpr unsigned kCount = 17;
  std::uint64_t value[kCount];
  std::uint32_t known;  // a bit each

  bool knows(unsigned number) const { return number < kCount && (known >> number & 1) != 0; }
  void set(unsigned number, std::uint64_t to) {
    value[number] = to;
    known |= 1u << number;
  }
};

struct ThreadImage {
  Registers registers{};
  std::uint64_t stack_at = 0;              // address of the first byte that was copied
  std::span<const unsigned char> stack{};  // the copy

  bool holds(std::uint64_t address, std::size_t bytes) const {
    return address >= stack_at && bytes <= stack.size() && address - stack_at <= stack.size() - bytes;
  }
};

}  // namespace loopscope::stack
