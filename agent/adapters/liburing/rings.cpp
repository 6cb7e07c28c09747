// See rings.h. Open addressing by the address of the completion queue's head.
#include "agent/adapters/liburing/rings.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "agent/adapters/loops/activity.h"
#include "agent/loop_kind.h"

namespace loopscope::liburing {
namespace {

enum class Owner : uint8_t {
  unknown,
  program,
  asio,  // or another library that is compiled in and says of its threads that its loop runs there
};

struct Known {
  uintptr_t queue;  // kFree, kGone or the address
  Ring* ring;       // nullptr: none yet
  Owner owner;
  bool refused;
};
constexpr uintptr_t kFree = 0;
constexpr uintptr_t kGone = 1;
Known table[kMaxRings];

// Of rings that went away. Another thread may be about to look at one, so that its memory is not given back.
constexpr unsigned kMaxSpares = 16;
Ring* spares[kMaxSpares];

// The rings that a thread has called last.
struct Own {
  static constexpr unsigned kMost = 4;
  Ring* rings[kMost];
  uint32_t generations[kMost];
  unsigned next;
};
__thread Own own __attribute__((tls_model("initial-exec")));

uintptr_t address_of(const io_uring& ring) { return reinterpret_cast<uintptr_t>(ring.cq.khead); }

unsigned place_of(uintptr_t queue) { return static_cast<unsigned>((queue * 0x9E3779B97F4A7C15u) >> 56); }

Known* find(uintptr_t queue) {
  if (queue <= kGone) return nullptr;
  for (unsigned i = 0, place = place_of(queue); i < kMaxRings; ++i, place = (place + 1) % kMaxRings) {
    const uintptr_t there = __atomic_load_n(&table[place].queue, __ATOMIC_ACQUIRE);
    if (there == queue) return &table[place];
    if (there == kFree) return nullptr;
  }
  return nullptr;
}

Known* insert(uintptr_t queue) {
  for (unsigned i = 0, place = place_of(queue); i < kMaxRings; ++i, place = (place + 1) % kMaxRings) {
    Known& known = table[place];
    uintptr_t there = __atomic_load_n(&known.queue, __ATOMIC_RELAXED);
    if (there != kFree && there != kGone) continue;
    if (__atomic_compare_exchange_n(&known.queue, &there, queue, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) {
      return &known;
    }
  }
  return nullptr;
}

Ring* take_spare(uint32_t capacity, uint32_t announced) {
  for (Ring*& place : spares) {
    Ring* ring = __atomic_exchange_n(&place, nullptr, __ATOMIC_ACQ_REL);
    if (ring == nullptr) continue;
    if (ring->capacity == capacity && ring->announced == announced) return ring;
    Ring* none = nullptr;
    __atomic_compare_exchange_n(&place, &none, ring, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
  }
  return nullptr;
}

void keep_spare(Ring* ring) {
  for (Ring*& place : spares) {
    Ring* none = nullptr;
    if (__atomic_compare_exchange_n(&place, &none, ring, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) return;
  }
}

Ring* map_ring(uint32_t capacity, uint32_t announced) {
  constexpr size_t kOffset = (sizeof(Ring) + 63) & ~size_t{63};
  const size_t bytes = kOffset + InFlight::bytes_for(capacity, announced);
  const int before = errno;
  void* memory =
      mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  errno = before;
  if (memory == MAP_FAILED) return nullptr;
  auto* ring = static_cast<Ring*>(memory);
  ring->capacity = capacity;
  ring->announced = announced;
  ring->in_flight.use(static_cast<char*>(memory) + kOffset, capacity, announced);
  return ring;
}

// A loop that waits for the ring says whose it is; operations may be submitted before.
Owner owner_of(bool waits) {
  if (loopscope_internal_loop_kind() != nullptr) return Owner::asio;
  return waits || !loopscope_internal_has_loop_kinds() ? Owner::program : Owner::unknown;
}

Known* make_known(const io_uring& ring) {
  Known* known = insert(address_of(ring));
  if (known == nullptr) return nullptr;
  known->owner = Owner::unknown;
  known->refused = !is_known(ring);
  return known;
}

bool is_of_this_recording(const Ring& state) {
  const int now = loopscope_recording(), then = __atomic_load_n(&state.recording, __ATOMIC_ACQUIRE);
  return now != 0 && (then == now || (then < 0 && now > 0));
}

// What completed last may have been taken by inline code, with no call behind it.
void look_at_all_rings() {
  for (const Known& known : table) {
    Ring* ring = __atomic_load_n(&known.ring, __ATOMIC_ACQUIRE);
    if (ring != nullptr && is_of_this_recording(*ring)) look_at_completions(*ring, nullptr);
  }
}

void look_once_more_at_exit() {
  static int registered;
  if (!__atomic_exchange_n(&registered, 1, __ATOMIC_RELAXED)) atexit(look_at_all_rings);
}

void make_ring(const io_uring& ring, Known& known) {
  define_sites();
  look_once_more_at_exit();
  const uint32_t capacity = capacity_for(ring), announced = announced_for(ring);
  Ring* made = take_spare(capacity, announced);
  if (made == nullptr) made = map_ring(capacity, announced);
  known.refused = made == nullptr;
  if (made == nullptr) return;
  __atomic_store_n(&made->generation, made->generation + 1, __ATOMIC_RELEASE);
  if (!begin(*made, ring)) return;
  __atomic_store_n(&known.ring, made, __ATOMIC_RELEASE);
}

// Another recording knows nothing of what is in flight. One that waited for its first event has the tasks since then.
// False where another thread is in the middle of it, or was when the process was forked.
bool begin_again(Ring& state, const io_uring& ring) {
  if (state.recording >= 0 || loopscope_recording() < 0) return begin(state, ring);
  __atomic_store_n(&state.recording, loopscope_recording(), __ATOMIC_RELEASE);
  return true;
}

void make_own(Ring* ring) {
  for (unsigned i = 0; i < Own::kMost; ++i) {
    if (own.rings[i] != ring) continue;
    own.generations[i] = ring->generation;
    return;
  }
  own.rings[own.next] = ring;
  own.generations[own.next] = ring->generation;
  own.next = (own.next + 1) % Own::kMost;
}

// Not known from here on; gives what was known of its operations.
Ring* forget(const io_uring& ring) {
  Known* known = find(address_of(ring));
  if (known == nullptr) return nullptr;
  Ring* state = known->ring;
  known->ring = nullptr;
  __atomic_store_n(&known->queue, kGone, __ATOMIC_RELEASE);
  return state;
}

}  // namespace

[[gnu::hot]] Ring* ring_for(const io_uring& ring, bool submits, bool waits) {
  if (!loopscope_recording()) {
    if (!submits || ring.sq.sqe_tail == ring.sq.sqe_head || !loops::may_begin_recording()) return nullptr;
    loops::loop_activity();
    if (!loopscope_recording()) return nullptr;
  }
  Known* known = find(address_of(ring));
  if (known == nullptr && submits && address_of(ring) > kGone) known = make_known(ring);
  if (known == nullptr || known->refused) return nullptr;
  if (__builtin_expect(known->owner != Owner::program, 0)) {
    if (known->owner == Owner::unknown) known->owner = owner_of(waits);
    if (known->owner != Owner::program) return nullptr;
  }
  Ring* state = __atomic_load_n(&known->ring, __ATOMIC_ACQUIRE);
  if (__builtin_expect(state == nullptr, 0)) {
    if (!submits) return nullptr;
    make_ring(ring, *known);
    state = known->ring;
    if (state == nullptr) return nullptr;
  } else if (__builtin_expect(__atomic_load_n(&state->recording, __ATOMIC_ACQUIRE) != loopscope_recording(),
                              0) &&
             !begin_again(*state, ring)) {
    return nullptr;
  }
  make_own(state);
  return state;
}

void look_at_own_rings() {
  for (unsigned i = 0; i < Own::kMost && own.rings[i] != nullptr; ++i) {
    Ring& ring = *own.rings[i];
    if (__atomic_load_n(&ring.generation, __ATOMIC_ACQUIRE) != own.generations[i]) continue;
    if (is_of_this_recording(ring)) look_at_completions(ring, nullptr);
  }
}

void ring_ends(const io_uring& ring) {
  Ring* state = forget(ring);
  if (state == nullptr) return;
  is_of_this_recording(*state) ? end(*state) : close(*state);
  keep_spare(state);
}

void ring_begins(const io_uring& ring) {
  Ring* state = forget(ring);
  if (state == nullptr) return;
  is_of_this_recording(*state) ? let_go(*state) : close(*state);
  keep_spare(state);
}

}  // namespace loopscope::liburing
