#include "agent/stack/known_stacks.h"

#include "agent/stack/unwind.h"

namespace loopscope::stack {

namespace {

constexpr std::uint32_t kCheckedEvery = 256;

}  // namespace

std::size_t KnownStacks::set_number(const StackOwner& owner) {
  const auto mixed = (reinterpret_cast<std::uintptr_t>(owner.frame) >> 4) * 0x9e3779b97f4a7c15u ^
                     reinterpret_cast<std::uintptr_t>(owner.caller) * 0xd6e8feb86659fd93u ^ owner.site;
  return mixed >> 32 & (kSets - 1);
}

KnownStacks::Set& KnownStacks::set_of(const StackOwner& owner) { return stacks_[set_number(owner)]; }

// Reads places that belong to other functions' frames, all of them: they are in the thread's own stack, whatever
// stands there now.
__attribute__((no_sanitize("address"))) bool KnownStacks::is_present(const Stack& stack, const void* frame) {
  const auto* words = static_cast<const std::uint64_t*>(frame);
  if (words[stack.places[stack.telling]] != stack.addresses[stack.telling]) return false;
  std::uint64_t differ = 0;
  for (std::uint32_t i = 0; i < stack.count; i += 4) {  // a multiple of 4
    differ |= words[stack.places[i]] ^ stack.addresses[i];
    differ |= words[stack.places[i + 1]] ^ stack.addresses[i + 1];
    differ |= words[stack.places[i + 2]] ^ stack.addresses[i + 2];
    differ |= words[stack.places[i + 3]] ^ stack.addresses[i + 3];
  }
  return differ == 0;
}

KnownStacks::Known KnownStacks::find(const StackOwner& owner, std::uint32_t& hint) {
  const auto found = [](Stack& stack) { return Known{stack.number, ++stack.times % kCheckedEvery == 0}; };
  const auto is_it = [&](const Stack& stack) {
    return stack.number != 0 && stack.owner == owner && is_present(stack, owner.frame);
  };
  Stack& last = stacks_[hint / kWays % kSets][hint % kWays];
  if (is_it(last)) return found(last);
  const std::size_t set = set_number(owner);
  for (std::size_t way = 0; way < kWays; ++way) {
    if (!is_it(stacks_[set][way])) continue;
    hint = static_cast<std::uint32_t>(set * kWays + way);
    return found(stacks_[set][way]);
  }
  return {0, false};
}

void KnownStacks::remember(const StackOwner& owner, StackRange range, std::uint32_t max_frames,
                           std::uint32_t number) {
  const auto low = reinterpret_cast<std::uintptr_t>(owner.frame);
  if (low < range.bottom || low >= range.top) return;
  Place found[kMostPlaces];
  const std::uint32_t count = unwind_places(owner.frame, owner.caller, max_frames, found, kMostPlaces);
  if (count == 0) return;
  Set& set = set_of(owner);
  Stack& stack = set[next_way_++ % kWays];
  stack.number = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto at = reinterpret_cast<std::uintptr_t>(found[i].at);
    if (at < low || at >= range.top || *found[i].at != found[i].address) return;
    stack.addresses[i] = found[i].address;
    stack.places[i] = static_cast<std::uint32_t>((at - low) / sizeof(std::uint64_t));
  }
  stack.count = count;
  for (; stack.count % 4 != 0; ++stack.count) {
    stack.addresses[stack.count] = stack.addresses[0];
    stack.places[stack.count] = stack.places[0];
  }
  stack.owner = owner;
  stack.times = stack.telling = 0;
  stack.number = number;
  for (Stack& other : set) {
    if (&other == &stack || other.number == 0 || other.owner != owner) continue;
    for (std::uint32_t i = 0; i < stack.count && i < other.count; ++i) {
      if (stack.places[i] == other.places[i] && stack.addresses[i] == other.addresses[i]) continue;
      stack.telling = other.telling = i;
      break;
    }
  }
}

void KnownStacks::forget(std::uint32_t number) {
  for (auto& set : stacks_) {
    for (Stack& stack : set) {
      if (stack.number == number) stack.number = 0;
    }
  }
}

void KnownStacks::forget_all() {
  for (auto& set : stacks_) {
    for (Stack& stack : set) stack.number = 0;
  }
}

}  // namespace loopscope::stack
