// Names of hosts, and sockets that were left blocking.
#include "agent/adapters/libc/blocking_call.h"

using namespace loopscope::libc;

namespace {

// EAI_... are no numbers of errno.h, but for the one that says to look there.
int by_eai(int result) { return result == EAI_SYSTEM ? errno : result; }
int by_host(const hostent* host) { return host == nullptr ? ENOENT : 0; }

}  // namespace

LOOPSCOPE_HOOK int getaddrinfo(const char* node, const char* service, const addrinfo* hints,
                               addrinfo** addresses) {
  return LOOPSCOPE_TIMED(getaddrinfo, by_eai, node, service, hints, addresses);
}

LOOPSCOPE_HOOK int getnameinfo(const sockaddr* address, socklen_t bytes, char* host, socklen_t host_bytes,
                               char* service, socklen_t service_bytes, int flags) {
  return LOOPSCOPE_TIMED(getnameinfo, by_eai, address, bytes, host, host_bytes, service, service_bytes,
                         flags);
}

LOOPSCOPE_HOOK hostent* gethostbyname(const char* name) {
  return LOOPSCOPE_TIMED(gethostbyname, by_host, name);
}

LOOPSCOPE_HOOK hostent* gethostbyname2(const char* name, int family) {
  return LOOPSCOPE_TIMED(gethostbyname2, by_host, name, family);
}

LOOPSCOPE_HOOK hostent* gethostbyaddr(const void* address, socklen_t bytes, int family) {
  return LOOPSCOPE_TIMED(gethostbyaddr, by_host, address, bytes, family);
}

LOOPSCOPE_HOOK int gethostbyname_r(const char* name, hostent* host, char* room, size_t bytes,
                                   hostent** found_host, int* error) {
  return LOOPSCOPE_TIMED(gethostbyname_r, by_result, name, host, room, bytes, found_host, error);
}

LOOPSCOPE_HOOK int connect(int socket, const sockaddr* address, socklen_t bytes) {
  return LOOPSCOPE_TIMED(connect, by_errno<int>, socket, address, bytes);
}

LOOPSCOPE_HOOK int accept(int socket, sockaddr* address, socklen_t* bytes) {
  return LOOPSCOPE_TIMED(accept, by_errno<int>, socket, address, bytes);
}

LOOPSCOPE_HOT_HOOK int accept4(int socket, sockaddr* address, socklen_t* bytes, int flags) {
  return LOOPSCOPE_TIMED(accept4, by_errno<int>, socket, address, bytes, flags);
}

LOOPSCOPE_HOT_HOOK ssize_t recv(int socket, void* to, size_t bytes, int flags) {
  return LOOPSCOPE_TIMED(recv, by_errno<ssize_t>, socket, to, bytes, flags);
}

LOOPSCOPE_HOOK ssize_t __recv_chk(int socket, void* to, size_t bytes, size_t room, int flags) {
  return LOOPSCOPE_TIMED(__recv_chk, by_errno<ssize_t>, socket, to, bytes, room, flags);
}

LOOPSCOPE_HOT_HOOK ssize_t recvfrom(int socket, void* to, size_t bytes, int flags, sockaddr* address,
                                    socklen_t* address_bytes) {
  return LOOPSCOPE_TIMED(recvfrom, by_errno<ssize_t>, socket, to, bytes, flags, address, address_bytes);
}

LOOPSCOPE_HOOK ssize_t __recvfrom_chk(int socket, void* to, size_t bytes, size_t room, int flags,
                                      sockaddr* address, socklen_t* address_bytes) {
  return LOOPSCOPE_TIMED(__recvfrom_chk, by_errno<ssize_t>, socket, to, bytes, room, flags, address,
                         address_bytes);
}

LOOPSCOPE_HOT_HOOK ssize_t recvmsg(int socket, msghdr* message, int flags) {
  return LOOPSCOPE_TIMED(recvmsg, by_errno<ssize_t>, socket, message, flags);
}

LOOPSCOPE_HOT_HOOK ssize_t send(int socket, const void* from, size_t bytes, int flags) {
  return LOOPSCOPE_TIMED(send, by_errno<ssize_t>, socket, from, bytes, flags);
}

LOOPSCOPE_HOT_HOOK ssize_t sendto(int socket, const void* from, size_t bytes, int flags,
                                  const sockaddr* address, socklen_t address_bytes) {
  return LOOPSCOPE_TIMED(sendto, by_errno<ssize_t>, socket, from, bytes, flags, address, address_bytes);
}

LOOPSCOPE_HOT_HOOK ssize_t sendmsg(int socket, const msghdr* message, int flags) {
  return LOOPSCOPE_TIMED(sendmsg, by_errno<ssize_t>, socket, message, flags);
}
