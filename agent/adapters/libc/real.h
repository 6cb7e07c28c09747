// libc's own functions behind our hooks, and the sites of the calls. Found when this library is loaded; a hook that
// is called before that finds its own function first.
#pragma once

#include <loopscope/loopscope.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "agent/adapters/libc/hooked_functions.h"

// What libc's headers call in place of the functions of these names, where buffers are checked, and do not always declare.
extern "C" {
ssize_t __read_chk(int, void*, size_t, size_t);
ssize_t __pread_chk(int, void*, size_t, off_t, size_t);
ssize_t __pread64_chk(int, void*, size_t, off64_t, size_t);
ssize_t __recv_chk(int, void*, size_t, size_t, int);
ssize_t __recvfrom_chk(int, void*, size_t, size_t, int, sockaddr*, socklen_t*);
int __poll_chk(pollfd*, nfds_t, int, size_t);
int __ppoll_chk(pollfd*, nfds_t, const timespec*, const sigset_t*, size_t);
int __open_2(const char*, int);
int __open64_2(const char*, int);
int __openat_2(int, const char*, int);
int __openat64_2(int, const char*, int);
}

namespace loopscope::libc {

enum class Name : unsigned {
#define LOOPSCOPE_LIBC_NAME(function) function,
  LOOPSCOPE_LIBC_HOOKED_FUNCTIONS(LOOPSCOPE_LIBC_NAME)
#undef LOOPSCOPE_LIBC_NAME
      count
};

struct Real {
#define LOOPSCOPE_LIBC_MEMBER(function) decltype(&::function) function;
  LOOPSCOPE_LIBC_HOOKED_FUNCTIONS(LOOPSCOPE_LIBC_MEMBER)
#undef LOOPSCOPE_LIBC_MEMBER
};
extern Real real;
extern loopscope_site sites[static_cast<unsigned>(Name::count)];

const char* text_of(Name name);
inline loopscope_site site_of(Name name) { return sites[static_cast<unsigned>(name)]; }

// Never nullptr for a function of the libc that we were built with. Takes no memory.
void* find_real(Name name);

// What a name means behind all libraries with our hooks; nullptr where nothing does.
void* next_behind_us(const char* name);

template <class Function>
[[gnu::always_inline]] inline Function found(Function& known, Name name) {
  Function function = __atomic_load_n(&known, __ATOMIC_RELAXED);
  if (__builtin_expect(function == nullptr, 0)) {
    function = reinterpret_cast<Function>(find_real(name));
    __atomic_store_n(&known, function, __ATOMIC_RELAXED);
  }
  return function;
}

}  // namespace loopscope::libc

#define LOOPSCOPE_REAL(function) \
  loopscope::libc::found(loopscope::libc::real.function, loopscope::libc::Name::function)
