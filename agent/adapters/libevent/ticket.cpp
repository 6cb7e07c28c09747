// See ticket.h.
#include "agent/adapters/libevent/ticket.h"

#include <errno.h>
#include <sys/mman.h>

namespace loopscope::libevent {

Ticket* tickets;

namespace {

// Numbers of tickets: 1 is the first one, 0 none. Free ones lie in stacks, each with a cache line of its own, that belong
// to no thread: what a thread that ends has given back is there for the others. The low half of a top is the number, the high
// half a count of changes, since a ticket may come back between the two halves of a swap.
constexpr unsigned kStacks = 16;
struct alignas(64) Stack {
  uint64_t top;
};
Stack stacks[kStacks];
uint32_t never_used;  // from here on

Ticket& numbered(uint64_t number) { return tickets[number - 1]; }

// Threads spread over the stacks by where their thread-local memory lies.
__thread char here __attribute__((tls_model("initial-exec")));
unsigned own_stack() {
  return static_cast<unsigned>((reinterpret_cast<uintptr_t>(&here) * 0x9E3779B97F4A7C15u) >> 60);
}

uint64_t changed(uint64_t top, uint64_t number) { return ((top >> 32) + 1) << 32 | number; }

void push(Stack& stack, uint32_t number) {
  uint64_t top = __atomic_load_n(&stack.top, __ATOMIC_RELAXED);
  do {
    __atomic_store_n(&numbered(number).next, static_cast<uint32_t>(top), __ATOMIC_RELAXED);
  } while (!__atomic_compare_exchange_n(&stack.top, &top, changed(top, number), true, __ATOMIC_RELEASE,
                                        __ATOMIC_RELAXED));
}

Ticket* pop(Stack& stack) {
  uint64_t top = __atomic_load_n(&stack.top, __ATOMIC_ACQUIRE);
  uint32_t number;
  uint32_t below;
  do {
    number = static_cast<uint32_t>(top);
    if (number == 0) return nullptr;
    below = __atomic_load_n(&numbered(number).next, __ATOMIC_RELAXED);
  } while (!__atomic_compare_exchange_n(&stack.top, &top, changed(top, below), true, __ATOMIC_ACQUIRE,
                                        __ATOMIC_ACQUIRE));
  return &numbered(number);
}

Ticket* take_new() {
  uint32_t used = __atomic_load_n(&never_used, __ATOMIC_RELAXED);
  do {
    if (used == kMostTickets) return nullptr;
  } while (
      !__atomic_compare_exchange_n(&never_used, &used, used + 1, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
  return &numbered(used + 1);
}

}  // namespace

bool map_tickets() {
  if (__atomic_load_n(&tickets, __ATOMIC_ACQUIRE) != nullptr) return true;
  const int before = errno;
  void* memory = mmap(nullptr, sizeof(Ticket) * kMostTickets, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  errno = before;
  if (memory == MAP_FAILED) return false;
  Ticket* none = nullptr;
  if (!__atomic_compare_exchange_n(&tickets, &none, static_cast<Ticket*>(memory), false, __ATOMIC_ACQ_REL,
                                   __ATOMIC_ACQUIRE)) {
    munmap(memory, sizeof(Ticket) * kMostTickets);
  }
  return true;
}

Ticket* take_ticket() {
  if (tickets == nullptr) return nullptr;
  const unsigned own = own_stack();
  if (Ticket* ticket = pop(stacks[own])) return ticket;
  if (Ticket* ticket = take_new()) return ticket;
  for (unsigned i = 1; i < kStacks; ++i) {
    if (Ticket* ticket = pop(stacks[(own + i) % kStacks])) return ticket;
  }
  return nullptr;
}

void give_back(Ticket* ticket) {
  __atomic_store_n(&ticket->owner, nullptr, __ATOMIC_RELEASE);
  push(stacks[own_stack()], static_cast<uint32_t>(ticket - tickets + 1));
}

Ticket* attach(event* ev, Kind kind) {
  Ticket* ticket = take_ticket();
  if (ticket == nullptr) return nullptr;
  event_callback& place = ev->ev_evcallback;
  __atomic_store_n(&ticket->callback, callback_in(ev), __ATOMIC_RELAXED);
  __atomic_store_n(&ticket->argument, argument_in(ev), __ATOMIC_RELAXED);
  ticket->task = 0;
  ticket->last_task = 0;
  ticket->interval_ns = 0;
  ticket->recording = 0;
  ticket->state = TicketState::pending;
  ticket->kind = kind;
  ticket->to_come = 0;
  __atomic_store_n(&ticket->owner, ev, __ATOMIC_RELEASE);
  // In this order, and back in the other: where our callback is, there is a ticket. Getters look without the lock.
  __atomic_store_n(&place.evcb_arg, ticket, __ATOMIC_RELEASE);
  __atomic_store_n(&place.evcb_cb_union.evcb_callback, &on_event, __ATOMIC_RELEASE);
  return ticket;
}

void put_back(const Ticket* ticket) {
  event_callback& place = ticket->owner->ev_evcallback;
  __atomic_store_n(&place.evcb_cb_union.evcb_callback, ticket->callback, __ATOMIC_RELEASE);
  __atomic_store_n(&place.evcb_arg, ticket->argument, __ATOMIC_RELEASE);
}

}  // namespace loopscope::libevent
