// See operations.h.
#include "agent/adapters/liburing/operations.h"

namespace loopscope::liburing {
namespace {

struct Text {
  const char* kind;
  bool has_file;
};
constexpr Text kTexts[] = {
#define LOOPSCOPE_URING_TEXT(name, has_file) {"io_uring_" #name, has_file},
    LOOPSCOPE_URING_OPERATIONS(LOOPSCOPE_URING_TEXT)
#undef LOOPSCOPE_URING_TEXT
        {"io_uring_op", false},
    {"io_uring_ambiguous", false},
};
constexpr unsigned kKinds = static_cast<unsigned>(Kind::count);
static_assert(sizeof kTexts / sizeof *kTexts == kKinds);

// Of the kernel's interface, later than the header that this is built with.
constexpr uint32_t kTimeoutMultishot = 1u << 6;

struct Sites {
  int defined;  // read with acquire order
  loopscope_site of[2][kKinds];
};
Sites sites;

bool may_be_multishot(Kind kind) {
  switch (kind) {
    case Kind::poll_add:
    case Kind::accept:
    case Kind::recv:
    case Kind::recvmsg:
    case Kind::timeout:
    case Kind::read_multishot:
    case Kind::recv_zc:
    case Kind::ambiguous: return true;
    default: return false;
  }
}

}  // namespace

Kind kind_of(const io_uring_sqe& entry) {
  return entry.opcode < static_cast<unsigned>(Kind::unknown) ? static_cast<Kind>(entry.opcode)
                                                             : Kind::unknown;
}

bool is_multishot(const io_uring_sqe& entry) {
  switch (kind_of(entry)) {
    case Kind::poll_add: return entry.len & IORING_POLL_ADD_MULTI;
    case Kind::accept: return entry.ioprio & IORING_ACCEPT_MULTISHOT;
    case Kind::recv:
    case Kind::recvmsg: return entry.ioprio & IORING_RECV_MULTISHOT;
    case Kind::timeout: return entry.timeout_flags & kTimeoutMultishot;
    case Kind::read_multishot:
    case Kind::recv_zc: return true;
    default: return false;
  }
}

int file_of(const io_uring_sqe& entry) {
  if ((entry.flags & IOSQE_FIXED_FILE) || !kTexts[static_cast<unsigned>(kind_of(entry))].has_file) return -1;
  return entry.fd;
}

Cancelled cancelled_by(const io_uring_sqe& entry) {
  constexpr uint32_t kByOther = IORING_ASYNC_CANCEL_FD | IORING_ASYNC_CANCEL_ANY;
  switch (kind_of(entry)) {
    case Kind::async_cancel:
      if (entry.cancel_flags & kByOther) return {};
      return {true, (entry.cancel_flags & IORING_ASYNC_CANCEL_ALL) != 0, entry.addr};
    case Kind::poll_remove:
      if (entry.len & (IORING_POLL_UPDATE_EVENTS | IORING_POLL_UPDATE_USER_DATA)) return {};
      return {true, false, entry.addr};
    case Kind::timeout_remove:
      if (entry.timeout_flags & IORING_TIMEOUT_UPDATE_MASK) return {};
      return {true, false, entry.addr};
    default: return {};
  }
}

Cancelled renamed_by(const io_uring_sqe& entry) {
  if (kind_of(entry) != Kind::poll_remove || !(entry.len & IORING_POLL_UPDATE_USER_DATA)) return {};
  return {true, false, entry.addr};
}

// Two threads may do this at once; the same contents have the same number.
void define_sites() {
  if (__atomic_load_n(&sites.defined, __ATOMIC_ACQUIRE)) return;
  for (unsigned i = 0; i < kKinds; ++i) {
    loopscope_site_info info{};
    info.size = sizeof info;
    info.kind = kTexts[i].kind;
    info.flags = LOOPSCOPE_SITE_STACK;
    __atomic_store_n(&sites.of[0][i], loopscope_site_define(&info), __ATOMIC_RELAXED);
    if (!may_be_multishot(static_cast<Kind>(i))) continue;
    info.flags |= LOOPSCOPE_SITE_SUBSCRIPTION;
    __atomic_store_n(&sites.of[1][i], loopscope_site_define(&info), __ATOMIC_RELAXED);
  }
  __atomic_store_n(&sites.defined, 1, __ATOMIC_RELEASE);
}

loopscope_site site_of(Kind kind, bool multishot) {
  return __atomic_load_n(&sites.of[multishot][static_cast<unsigned>(kind)], __ATOMIC_RELAXED);
}

}  // namespace loopscope::liburing
