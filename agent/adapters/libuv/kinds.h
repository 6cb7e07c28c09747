// What libuv can start, in libuv's own words, and the site each kind is recorded under. A kind with two ways to
// behave (uv_timer once or repeating, uv_fs_* with and without callback) has two sites of the same name.
#pragma once

#include <loopscope/loopscope.h>

#include <cstdint>

#include "agent/adapters/libuv/hooked_functions.h"

namespace loopscope::uv {

// X(identifier, text, flags)
#define LOOPSCOPE_UV_HANDLE_KINDS(X)                          \
  X(timer, "uv_timer", 0)                                     \
  X(interval, "uv_timer", LOOPSCOPE_SITE_SUBSCRIPTION)        \
  X(idle, "uv_idle", LOOPSCOPE_SITE_SUBSCRIPTION)             \
  X(prepare, "uv_prepare", LOOPSCOPE_SITE_SUBSCRIPTION)       \
  X(check, "uv_check", LOOPSCOPE_SITE_SUBSCRIPTION)           \
  X(async, "uv_async", LOOPSCOPE_SITE_SUBSCRIPTION)           \
  X(poll, "uv_poll", LOOPSCOPE_SITE_SUBSCRIPTION)             \
  X(signal, "uv_signal", LOOPSCOPE_SITE_SUBSCRIPTION)         \
  X(signal_oneshot, "uv_signal", LOOPSCOPE_SITE_SUBSCRIPTION) \
  X(fs_event, "uv_fs_event", LOOPSCOPE_SITE_SUBSCRIPTION)     \
  X(fs_poll, "uv_fs_poll", LOOPSCOPE_SITE_SUBSCRIPTION)       \
  X(listen, "uv_listen", LOOPSCOPE_SITE_SUBSCRIPTION)         \
  X(read, "uv_read", LOOPSCOPE_SITE_SUBSCRIPTION)             \
  X(udp_recv, "uv_udp_recv", LOOPSCOPE_SITE_SUBSCRIPTION)     \
  X(process, "uv_process", 0)                                 \
  X(close, "uv_close", LOOPSCOPE_SITE_TEARDOWN)

#define LOOPSCOPE_UV_REQUEST_KINDS(X)                               \
  X(write, "uv_write", 0)                                           \
  X(write2, "uv_write2", 0)                                         \
  X(shutdown, "uv_shutdown", 0)                                     \
  X(tcp_connect, "uv_tcp_connect", 0)                               \
  X(pipe_connect, "uv_pipe_connect", 0)                             \
  X(udp_send, "uv_udp_send", 0)                                     \
  X(work, "uv_work", 0)                                             \
  X(getaddrinfo, "uv_getaddrinfo", 0)                               \
  X(getaddrinfo_sync, "uv_getaddrinfo", LOOPSCOPE_SITE_SYNCHRONOUS) \
  X(getnameinfo, "uv_getnameinfo", 0)                               \
  X(getnameinfo_sync, "uv_getnameinfo", LOOPSCOPE_SITE_SYNCHRONOUS) \
  X(random, "uv_random", 0)                                         \
  X(random_sync, "uv_random", LOOPSCOPE_SITE_SYNCHRONOUS)           \
  X(spawn_sync, "uv_spawn", LOOPSCOPE_SITE_SYNCHRONOUS)

enum class Kind : uint8_t {
  none,
#define LOOPSCOPE_UV_KIND(identifier, text, flags) identifier,
  LOOPSCOPE_UV_HANDLE_KINDS(LOOPSCOPE_UV_KIND) LOOPSCOPE_UV_REQUEST_KINDS(LOOPSCOPE_UV_KIND)
#undef LOOPSCOPE_UV_KIND
#define LOOPSCOPE_UV_KIND(function) function, function##_sync,
      LOOPSCOPE_UV_FS_FUNCTIONS(LOOPSCOPE_UV_KIND)
#undef LOOPSCOPE_UV_KIND
          cancel_place,
  count
};

struct Sites {
  int defined;  // read with acquire order
  loopscope_site of[static_cast<unsigned>(Kind::count)];
};
extern Sites sites;
void define_sites();

// Defined all together at the first use of any: later uses neither allocate nor lock.
inline loopscope_site site_of(Kind kind) {
  if (__builtin_expect(!__atomic_load_n(&sites.defined, __ATOMIC_ACQUIRE), 0)) define_sites();
  return sites.of[static_cast<unsigned>(kind)];
}

// Finished without an error when it is stopped: everything but a one-shot timer or process.
inline bool is_subscription(Kind kind) { return kind != Kind::timer && kind != Kind::process; }

}  // namespace loopscope::uv
