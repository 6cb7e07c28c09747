#include "agent/watch/repeatable_call.h"

#include <sys/syscall.h>

#include <algorithm>
#include <cstring>

namespace loopscope::watch {

#if defined(__x86_64__)
namespace {

using Byte = unsigned char;

constexpr Byte kSystemCall[] = {0x0f, 0x05};
// All of libc's `syscall`, up to the instruction: the number comes as the first argument and is gone behind it.
constexpr Byte kWrapper[] = {0x48, 0x89, 0xf8, 0x48, 0x89, 0xf7, 0x48, 0x89, 0xd6, 0x48, 0x89, 0xca, 0x4d,
                             0x89, 0xc2, 0x4d, 0x89, 0xc8, 0x4c, 0x8b, 0x4c, 0x24, 0x08, 0x0f, 0x05};
constexpr Byte kMoveToEax = 0xb8, kMoveToEdi = 0xbf;
constexpr int kMoveBytes = 5, kFarthestMove = 24, kFarthestArgument = 96;
constexpr int kRdi = 7;

// Calls that wait, are not restarted by the kernel after a handler, and may be called again as they were.
bool may_be_called_again(std::uint32_t number) {
  switch (number) {
    case SYS_poll:
    case SYS_ppoll:
    case SYS_select:
    case SYS_pselect6:
    case SYS_epoll_wait:
    case SYS_epoll_pwait:
    case SYS_epoll_pwait2:
    case SYS_nanosleep:
    case SYS_clock_nanosleep:
    case SYS_futex:
    case SYS_rt_sigtimedwait:
    case SYS_io_getevents:
    case SYS_semtimedop:
    case SYS_msgrcv:
    case SYS_recvfrom:
    case SYS_recvmsg:
    case SYS_accept:
    case SYS_accept4: return true;
    default: return false;
  }
}

std::int64_t constant_of(const Byte* move) {
  std::uint32_t number;
  std::memcpy(&number, move + 1, sizeof number);
  return may_be_called_again(number) ? static_cast<std::int64_t>(number) : -1;
}

// How many bytes may be read in front of `at`: none over the beginning of its page, which may be the first one.
int readable_before(const Byte* at) { return static_cast<int>(reinterpret_cast<std::uintptr_t>(at) & 4095); }

// How long an operand is: the byte that says so and what it asks for. 0 if that is more than `most`.
int operand_bytes(const Byte* modrm, long most) {
  if (most < 1) return 0;
  const int mode = *modrm >> 6, base = *modrm & 7;
  int bytes = 1;
  if (mode != 3 && base == 4) {
    if (most < 2) return 0;
    bytes += mode == 0 && (modrm[1] & 7) == 5 ? 5 : 1;
  }
  if (mode == 0 && base == 5) bytes += 4;
  if (mode == 1) bytes += 1;
  if (mode == 2) bytes += 4;
  return bytes <= most ? bytes : 0;
}

// The length of the instruction at `code`, if it is one of those by which a compiler puts arguments in place, ends before
// `end`, and leaves rdi as it is. 0 otherwise: whatever is not known here ends the search.
int bytes_of_argument_move(const Byte* code, const Byte* end) {
  const Byte* at = code;
  Byte rex = 0;
  if (at < end && (*at & 0xf0) == 0x40) rex = *at++;
  if (at == end) return 0;
  const Byte operation = *at++;
  const int more_reg = (rex & 4) << 1, more_base = (rex & 1) << 3;
  int immediate = 0;
  switch (operation) {
    case 0x31:  // xor to a register or memory
    case 0x89:  // mov to a register or memory
    case 0x83:  // sub, add, ... a byte
    case 0xc7:  // mov a constant
      if (*at >> 6 == 3 && (*at & 7) + more_base == kRdi) return 0;
      immediate = operation == 0x83 ? 1 : operation == 0xc7 ? 4 : 0;
      break;
    case 0x33:  // xor from memory
    case 0x63:  // movsxd
    case 0x8b:  // mov from memory
    case 0x8d:  // lea
      if ((*at >> 3 & 7) + more_reg == kRdi) return 0;
      break;
    case 0x6a:  // push a byte
      return end - at < 1 ? 0 : static_cast<int>(at + 1 - code);
    default: {
      const bool push = operation >= 0x50 && operation <= 0x57;
      if (push) return static_cast<int>(at - code);
      const bool move = operation >= 0xb8 && operation <= 0xbf;
      if (!move || (rex & 8) != 0 || (operation & 7) + more_base == kRdi || end - at < 4) return 0;
      return static_cast<int>(at + 4 - code);
    }
  }
  const int operand = operand_bytes(at, end - at);
  if (operand == 0 || end - at < operand + immediate) return 0;
  return static_cast<int>(at + operand + immediate - code);
}

bool leads_to(const Byte* from, const Byte* to) {
  while (from < to) {
    const int bytes = bytes_of_argument_move(from, to);
    if (bytes == 0) return false;
    from += bytes;
  }
  return from == to;
}

// The constant that is the first argument of the call which returns to `after`.
std::int64_t first_argument(const Byte* after) {
  const int readable = readable_before(after);
  int call_bytes = 0;
  if (readable >= 6 && after[-6] == 0xff && after[-5] == 0x15) {
    call_bytes = 6;  // through a table
  } else if (readable >= 5 && after[-5] == 0xe8) {
    call_bytes = 5;
  } else {
    return -1;
  }
  const Byte* call = after - call_bytes;
  for (int back = kMoveBytes; back <= std::min(kFarthestArgument, readable_before(call)); ++back) {
    const Byte* move = call - back;
    const bool has_prefix = readable_before(move) > 0 && (move[-1] & 0xf0) == 0x40;
    if (*move == kMoveToEdi && !has_prefix && leads_to(move + kMoveBytes, call)) return constant_of(move);
  }
  return -1;
}

}  // namespace

__attribute__((no_sanitize("address", "thread", "undefined"))) std::int64_t repeatable_call_before(
    std::uintptr_t after_address, std::uintptr_t stack) {
  const auto* after = reinterpret_cast<const Byte*>(after_address);
  const int readable = readable_before(after);
  if (readable < 2 || std::memcmp(after - 2, kSystemCall, sizeof kSystemCall) != 0) return -1;
  constexpr int kWrapperBytes = sizeof kWrapper;
  if (readable >= kWrapperBytes && std::memcmp(after - kWrapperBytes, kWrapper, kWrapperBytes) == 0) {
    std::uintptr_t caller;
    std::memcpy(&caller, reinterpret_cast<const void*>(stack), sizeof caller);
    return first_argument(reinterpret_cast<const Byte*>(caller));
  }
  for (int back = 2 + kMoveBytes; back <= std::min(kFarthestMove, readable); ++back) {
    if (after[-back] != kMoveToEax) continue;
    if (const std::int64_t number = constant_of(after - back); number >= 0) return number;
  }
  return -1;
}
#else
std::int64_t repeatable_call_before(std::uintptr_t, std::uintptr_t) { return -1; }
#endif

}  // namespace loopscope::watch
