// The encodings are in Intel's manual, volume 2: CALL, JMP, ENDBR64, PUSH, MOV, SUB, ModR/M.
#include "agent/stack/function_code.h"

#include <algorithm>
#include <cstring>
#include <initializer_list>

namespace loopscope::stack {
namespace {

bool read_code(std::uint64_t address, unsigned char* to, unsigned bytes, OwnMemory& memory) {
  for (unsigned i = 0; i < bytes; ++i) {
    std::uint64_t word;
    if (!memory.read_constant((address + i) & ~std::uint64_t{7}, word)) return false;
    to[i] = static_cast<unsigned char>(word >> (address + i) % 8 * 8);
  }
  return true;
}

std::uint64_t displaced(std::uint64_t from, const unsigned char* displacement) {
  std::int32_t by;
  std::memcpy(&by, displacement, sizeof by);
  return from + static_cast<std::uint64_t>(std::int64_t{by});
}

// What a pointer in memory points to now: tables of the linker change only from nothing to the function.
std::uint64_t pointer_at(std::uint64_t address, const OwnMemory& memory) {
  std::uint64_t value = 0;
  return memory.read(address, &value, sizeof value) == sizeof value ? value : 0;
}

constexpr unsigned char kEndBranch[] = {0xf3, 0x0f, 0x1e, 0xfa};

// The linker's stub for calls into other files: [endbr64] [bnd] jmp *table(%rip).
bool is_stub_of(std::uint64_t address, std::uint64_t function, OwnMemory& memory) {
  unsigned char code[12];
  if (!read_code(address, code, sizeof code, memory)) return false;
  unsigned at = std::memcmp(code, kEndBranch, sizeof kEndBranch) == 0 ? 4 : 0;
  if (code[at] == 0xf2) ++at;
  if (code[at] != 0xff || code[at + 1] != 0x25) return false;
  return pointer_at(displaced(address + at + 6, code + at + 2), memory) == function;
}

constexpr unsigned kLongestCall = 8;

// call through a register or memory: ff /2, its length by mode and base. `end`: behind it.
bool is_indirect_call(const unsigned char* end) {
  for (unsigned length = 2; length < kLongestCall; ++length) {
    const unsigned char* at = end - length;
    if (at[0] != 0xff || (at[1] >> 3 & 7) != 2) continue;
    const unsigned mode = at[1] >> 6;
    const bool relative = mode == 0 && (at[1] & 7) == 5;
    const bool has_index = mode != 3 && (at[1] & 7) == 4;
    const unsigned displacement = mode == 1 ? 1 : mode == 2 || relative ? 4 : 0;
    if (length == 2 + has_index + displacement) return true;
  }
  return false;
}

}  // namespace

bool is_behind_call(std::uint64_t address, OwnMemory& memory) {
  unsigned char code[kLongestCall];
  if (address < kLongestCall || !read_code(address - kLongestCall, code, kLongestCall, memory)) return false;
  return code[kLongestCall - 5] == 0xe8 || is_indirect_call(code + kLongestCall);
}

CallBefore call_before(std::uint64_t address, std::uint64_t function, OwnMemory& memory) {
  unsigned char code[kLongestCall];
  if (address < kLongestCall || !read_code(address - kLongestCall, code, kLongestCall, memory)) {
    return CallBefore::none;
  }
  const unsigned char* end = code + kLongestCall;
  if (end[-5] == 0xe8) {
    const std::uint64_t target = displaced(address, end - 4);
    if (target == function || is_stub_of(target, function, memory)) return CallBefore::of_it;
    // These five bytes may also be the end of another instruction.
  }
  if (end[-6] == 0xff && end[-5] == 0x15) {
    return pointer_at(displaced(address, end - 4), memory) == function ? CallBefore::of_it : CallBefore::none;
  }
  return is_indirect_call(end) ? CallBefore::unknown : CallBefore::none;
}

std::optional<std::uint64_t> frame_bytes(std::uint64_t function, OwnMemory& memory) {
  constexpr unsigned kLongest = 32;
  unsigned char code[kLongest];
  if (!read_code(function, code, kLongest, memory)) return {};
  const unsigned char* at = code;
  const auto skip = [&](std::initializer_list<unsigned char> bytes) {
    if (!std::equal(bytes.begin(), bytes.end(), at)) return false;
    at += bytes.size();
    return true;
  };
  skip({0xf3, 0x0f, 0x1e, 0xfa});                             // endbr64
  if (!skip({0x55}) || !skip({0x48, 0x89, 0xe5})) return {};  // push %rbp; mov %rsp, %rbp
  std::uint64_t bytes = 0;
  while (at < code + kLongest - 7) {
    if (skip({0x53}) || skip({0x41, 0x54}) || skip({0x41, 0x55}) || skip({0x41, 0x56}) ||
        skip({0x41, 0x57})) {
      bytes += 8;  // push of a register that the caller keeps
    } else if (skip({0x48, 0x83, 0xec})) {
      return bytes +
             static_cast<std::uint64_t>(std::int64_t{static_cast<signed char>(*at)});  // sub $8 bits, %rsp
    } else if (skip({0x48, 0x81, 0xec})) {
      return displaced(bytes, at);  // sub $32 bits, %rsp
    } else {
      break;
    }
  }
  return bytes;
}

}  // namespace loopscope::stack
