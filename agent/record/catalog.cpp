#include "agent/record/catalog.h"

#include <pthread.h>

#include <atomic>
#include <cstring>
#include <new>
#include <string>
#include <unordered_map>
#include <vector>

#include <loopscope/loopscope.h>

namespace loopscope::record {
namespace {

struct Entry {
  DefinitionKind kind;
  std::vector<unsigned char> payload;
};

struct Catalog {
  std::vector<Entry> entries;  // in order of definition
  std::unordered_map<std::string, std::uint32_t> strings;
  std::unordered_map<std::string, std::uint32_t> sites;  // by all their contents
  std::uint32_t next_loop = 1;
  std::uint32_t next_gauge = 1;
  Ring ring;
};

pthread_mutex_t g_lock = PTHREAD_MUTEX_INITIALIZER;
const SiteDefinition* g_sites[kMaxBaseSite + 1];

// Never destroyed: hosts define sites while their statics are torn down.
Catalog& catalog() {
  static Catalog& only = *new Catalog;
  return only;
}

// Waits for other threads, but not for its own: errorcheck would need a system call, so a handler that
// interrupted the holder gives up after a while.
class Lock {
 public:
  Lock() {
    for (int attempt = 0; attempt < 1'000 && !held_; ++attempt) {
      held_ = pthread_mutex_trylock(&g_lock) == 0;
      if (!held_) {
        const timespec pause{0, 100'000};
        nanosleep(&pause, nullptr);
      }
    }
  }
  ~Lock() {
    if (held_) pthread_mutex_unlock(&g_lock);
  }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;
  bool held() const { return held_; }

 private:
  bool held_ = false;
};

void keep(Catalog& all, DefinitionKind kind, const void* payload, std::size_t bytes,
          const void* more = nullptr, std::size_t more_bytes = 0) {
  Entry entry{kind, {}};
  entry.payload.resize(bytes + more_bytes);
  std::memcpy(entry.payload.data(), payload, bytes);
  if (more_bytes != 0) std::memcpy(entry.payload.data() + bytes, more, more_bytes);
  if (all.ring) append_definition(all.ring, kind, entry.payload.data(), entry.payload.size());
  all.entries.push_back(std::move(entry));
}

std::uint32_t string_id(Catalog& all, const char* text) {
  if (text == nullptr || *text == '\0') return 0;
  const std::size_t full = strnlen(text, kMaxText + 1);
  const std::size_t length = full > kMaxText ? kMaxText : full;
  auto [known, is_new] = all.strings.try_emplace(std::string(text, length), 0);
  if (is_new) {
    known->second = new_string_id();
    const StringDefinition definition{known->second, static_cast<std::uint32_t>(length), full > kMaxText};
    keep(all, kDefinitionString, &definition, sizeof definition, text, length);
  }
  return known->second;
}

std::atomic<bool> g_coroutines_known{false};

}  // namespace

void (*g_on_first_coroutine)() = nullptr;

std::uint32_t define_site(const SiteText& text) {
  if (std::strcmp(text.kind, "coroutine") == 0 && g_on_first_coroutine != nullptr &&
      !g_coroutines_known.exchange(true, std::memory_order_relaxed)) {
    g_on_first_coroutine();
  }
  Lock lock;
  if (!lock.held()) return 0;
  Catalog& all = catalog();
  SiteDefinition definition{};
  definition.kind = string_id(all, text.kind);
  definition.flags = text.flags;
  definition.name = string_id(all, text.name);
  definition.file = string_id(all, text.file);
  definition.function = string_id(all, text.function);
  definition.line = text.line;
  auto [known, is_new] =
      all.sites.try_emplace(std::string(reinterpret_cast<const char*>(&definition), sizeof definition), 0);
  const std::uint32_t wants_stack = (text.flags & LOOPSCOPE_SITE_STACK) != 0 ? kSiteWantsStack : 0;
  if (!is_new) return known->second | wants_stack;
  definition.id = new_base_site_id();
  if (definition.id == 0) {
    all.sites.erase(known);
    return 0;
  }
  known->second = definition.id;
  __atomic_store_n(&g_sites[definition.id], new SiteDefinition(definition), __ATOMIC_RELEASE);
  keep(all, kDefinitionSite, &definition, sizeof definition);
  return definition.id | wants_stack;
}

std::uint32_t define_loop(const char* kind, const char* name) {
  Lock lock;
  if (!lock.held()) return 0;
  Catalog& all = catalog();
  const LoopDefinition definition{all.next_loop++, string_id(all, kind), string_id(all, name), 0};
  keep(all, kDefinitionLoop, &definition, sizeof definition);
  return definition.id;
}

std::uint32_t define_gauge(const char* name, const char* unit) {
  Lock lock;
  if (!lock.held()) return 0;
  Catalog& all = catalog();
  const GaugeDefinition definition{all.next_gauge++, string_id(all, name), string_id(all, unit)};
  keep(all, kDefinitionGauge, &definition, sizeof definition);
  return definition.id;
}

const SiteDefinition* base_site(std::uint32_t id) {
  return id <= kMaxBaseSite ? __atomic_load_n(&g_sites[id], __ATOMIC_ACQUIRE) : nullptr;
}

void attach_catalog(const Ring& ring) {
  Lock lock;
  if (!lock.held()) return;
  Catalog& all = catalog();
  all.ring = ring;
  if (!ring) return;
  for (const Entry& entry : all.entries) {
    append_definition(ring, entry.kind, entry.payload.data(), entry.payload.size());
  }
}

void lock_catalog() { pthread_mutex_lock(&g_lock); }
void unlock_catalog() { pthread_mutex_unlock(&g_lock); }

}  // namespace loopscope::record
