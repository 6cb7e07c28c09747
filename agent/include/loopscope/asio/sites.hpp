// What Asio can start, in Asio's own words, and the site each is recorded under: found by the addresses of the two texts
// that Asio hands over, without looking at them. Host threads; lock-free. Part of loopscope/asio.hpp.
#ifndef LOOPSCOPE_ASIO_SITES_HPP
#define LOOPSCOPE_ASIO_SITES_HPP

#include <loopscope/loopscope.h>
#include <loopscope/asio/location.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace loopscope {
namespace asio_tracking LOOPSCOPE_ASIO_SHARED {

// What is known of an operation from its texts.
enum Direction : unsigned char {
  kNoDirection = 0,  // nothing can cancel it, and it could run as soon as it was created: a posted function
  kReads = 1,
  kWrites = 2,
  kEither = 3,    // async_wait on a descriptor, which does not say for what
  kTimer = 4,     // due when its object expires
  kElsewhere = 8  // cancelled through its object, ready at a time that nobody tells: a resolver, a signal set
};

struct Operation {
  loopscope_site site;
  Direction direction;
};

// Everything that Asio 1.18 to 1.24 (Boost 1.74 to 1.81) says; what a later one adds is defined when it is first met.
#define LOOPSCOPE_ASIO_OPERATIONS(X)                                 \
  X("io_context", "post", kNoDirection)                              \
  X("io_context", "dispatch", kNoDirection)                          \
  X("io_context", "defer", kNoDirection)                             \
  X("io_context", "execute", kNoDirection)                           \
  X("strand", "post", kNoDirection)                                  \
  X("strand", "dispatch", kNoDirection)                              \
  X("strand_executor", "post", kNoDirection)                         \
  X("strand_executor", "dispatch", kNoDirection)                     \
  X("strand_executor", "defer", kNoDirection)                        \
  X("strand_executor", "execute", kNoDirection)                      \
  X("thread_pool", "post", kNoDirection)                             \
  X("thread_pool", "dispatch", kNoDirection)                         \
  X("thread_pool", "defer", kNoDirection)                            \
  X("thread_pool", "execute(blk=never,rel=cont)", kNoDirection)      \
  X("thread_pool", "execute(blk=never,rel=fork)", kNoDirection)      \
  X("thread_pool", "execute(blk=always)", kNoDirection)              \
  X("thread_pool", "bulk_execute(blk=never,rel=cont)", kNoDirection) \
  X("thread_pool", "bulk)execute(blk=never,rel=fork)", kNoDirection) \
  X("system_executor", "post", kNoDirection)                         \
  X("system_executor", "defer", kNoDirection)                        \
  X("system_executor", "execute(blk=never,rel=cont)", kNoDirection)  \
  X("system_executor", "execute(blk=never,rel=fork)", kNoDirection)  \
  X("deadline_timer", "async_wait", kTimer)                          \
  X("resolver", "async_resolve", kElsewhere)                         \
  X("signal_set", "async_wait", kElsewhere)                          \
  X("channel", "async_send", kElsewhere)                             \
  X("channel", "async_receive", kElsewhere)                          \
  X("socket", "async_wait", kEither)                                 \
  X("socket", "async_accept", kReads)                                \
  X("socket", "async_receive", kReads)                               \
  X("socket", "async_receive(null_buffers)", kReads)                 \
  X("socket", "async_receive_from", kReads)                          \
  X("socket", "async_receive_from(null_buffers)", kReads)            \
  X("socket", "async_receive_with_flags", kReads)                    \
  X("socket", "async_receive_with_flags(null_buffers)", kReads)      \
  X("socket", "async_connect", kWrites)                              \
  X("socket", "async_send", kWrites)                                 \
  X("socket", "async_send(null_buffers)", kWrites)                   \
  X("socket", "async_send_to", kWrites)                              \
  X("socket", "async_send_to(null_buffers)", kWrites)                \
  X("descriptor", "async_wait", kEither)                             \
  X("descriptor", "async_read_some", kReads)                         \
  X("descriptor", "async_read_some(null_buffers)", kReads)           \
  X("descriptor", "async_write_some", kWrites)                       \
  X("descriptor", "async_write_some(null_buffers)", kWrites)         \
  X("socket", "close", kNoDirection)                                 \
  X("socket", "cancel", kNoDirection)                                \
  X("socket", "release", kNoDirection)                               \
  X("descriptor", "close", kNoDirection)                             \
  X("descriptor", "cancel", kNoDirection)                            \
  X("descriptor", "release", kNoDirection)                           \
  X("deadline_timer", "cancel", kNoDirection)                        \
  X("deadline_timer", "cancel_one", kNoDirection)                    \
  X("resolver", "cancel", kNoDirection)                              \
  X("signal_set", "cancel", kNoDirection)

struct KnownOperation {
  const char* object;
  const char* name;
  Direction direction;
};

// Sites by the addresses of what Asio says. An entry is written once and stays. Zeroed memory is an empty table.
class SiteTable {
 public:
  // The operation `name` of an `object`, both literals, at `place` (may be null). The first time a pair is met its texts are
  // compared; the first time a place is met, or what Asio was not known to say, a site is defined, which allocates.
  Operation find(const char* object, const char* name, const Location* place) {
    const Key key = {object, name, place != nullptr ? place->file : nullptr,
                     place != nullptr ? place->line : 0};
    const std::size_t start = key.hash();
    for (std::size_t i = 0; i < kProbes; ++i) {
      const Entry& entry = entries_[(start + i) % kEntries];
      const char* const known = entry.name.load(std::memory_order_acquire);
      if (known == nullptr) break;
      if (known == name && entry.key.object == object && entry.key.file == key.file &&
          entry.key.line == key.line)
        return entry.operation;
    }
    return find_by_text(key, place, start);
  }

  // All that Asio is known to say. Allocates and locks, so it is called before main.
  void define_known() {
    if (is_defined_.load(std::memory_order_acquire)) return;
    for (std::size_t i = 0; i < kKnown; ++i) {
      const Key key = {known()[i].object, known()[i].name, nullptr, 0};
      sites_[i].store(define(key, nullptr), std::memory_order_relaxed);
    }
    is_defined_.store(true, std::memory_order_release);
  }

 private:
  enum : std::size_t { kEntries = 2048, kProbes = 16 };

  struct Key {
    const char* object;
    const char* name;
    const char* file;
    int line;

    std::size_t hash() const {
      const std::uint64_t all =
          number(object) * 31 + number(name) + (number(file) + static_cast<unsigned>(line)) * 1031;
      return static_cast<std::size_t>((all * UINT64_C(0x9e3779b97f4a7c15)) >> 40);
    }
    static std::uint64_t number(const char* text) { return reinterpret_cast<std::uintptr_t>(text); }
  };
  struct Entry {
    std::atomic<const char*> name;  // of the key; null while nothing is here
    Key key;
    Operation operation;
  };

  struct KnownOperation {
    const char* object;
    const char* name;
    Direction direction;
  };
  static const KnownOperation* known() {
#define LOOPSCOPE_ASIO_OPERATION(object, name, direction) {object, name, direction},
    static const KnownOperation all[] = {LOOPSCOPE_ASIO_OPERATIONS(LOOPSCOPE_ASIO_OPERATION)};
#undef LOOPSCOPE_ASIO_OPERATION
    return all;
  }
#define LOOPSCOPE_ASIO_OPERATION(object, name, direction) +1
  enum : std::size_t { kKnown = 0 LOOPSCOPE_ASIO_OPERATIONS(LOOPSCOPE_ASIO_OPERATION) };
#undef LOOPSCOPE_ASIO_OPERATION

  static loopscope_site define(const Key& key, const Location* place) {
    char kind[64];
    const std::size_t object_length = std::strlen(key.object);
    const std::size_t name_length = std::strlen(key.name);
    if (object_length + name_length + 2 > sizeof kind) return 0;
    std::memcpy(kind, key.object, object_length);
    kind[object_length] = '.';
    std::memcpy(kind + object_length + 1, key.name, name_length + 1);
    loopscope_site_info info = loopscope_site_info();
    info.size = sizeof info;
    info.kind = kind;
    info.flags = LOOPSCOPE_SITE_STACK;
    if (place != nullptr) {
      info.file = place->file;
      info.function = place->function;
      info.line = static_cast<std::uint32_t>(place->line);
    }
    return loopscope_site_define(&info);
  }

  __attribute__((noinline)) Operation find_by_text(const Key& key, const Location* place, std::size_t start) {
    define_known();
    Operation operation = {0, kNoDirection};
    std::size_t i = 0;
    while (i < kKnown &&
           !(std::strcmp(known()[i].object, key.object) == 0 && std::strcmp(known()[i].name, key.name) == 0))
      ++i;
    const bool is_known = i < kKnown;
    if (is_known) operation.direction = known()[i].direction;
    operation.site =
        is_known && place == nullptr ? sites_[i].load(std::memory_order_relaxed) : define(key, place);
    remember(key, start, operation);
    return operation;
  }

  // Not at all if another thread is about to, or if there is no room.
  void remember(const Key& key, std::size_t start, Operation operation) {
    bool is_busy = false;
    if (!is_written_.compare_exchange_strong(is_busy, true, std::memory_order_acquire)) return;
    for (std::size_t i = 0; i < kProbes; ++i) {
      Entry& entry = entries_[(start + i) % kEntries];
      if (entry.name.load(std::memory_order_relaxed) != nullptr) continue;
      entry.key = key;
      entry.operation = operation;
      entry.name.store(key.name, std::memory_order_release);
      break;
    }
    is_written_.store(false, std::memory_order_release);
  }

  Entry entries_[kEntries];
  std::atomic<loopscope_site> sites_[kKnown];
  std::atomic<bool> is_defined_;
  std::atomic<bool> is_written_;
};

}  // namespace LOOPSCOPE_ASIO_SHARED
}  // namespace loopscope
#endif
