// What a submission entry asks for, and the site that it is recorded under. What may complete again and again (multishot)
// has a site of its own under the same name. Pure, but for `define_sites`.
#pragma once

#include <liburing.h>
#include <loopscope/loopscope.h>

#include <cstdint>

namespace loopscope::liburing {

// Operations by their number in the kernel's interface, which only grows. X(name, has a descriptor)
// clang-format off
#define LOOPSCOPE_URING_OPERATIONS(X)                                                                  \
  X(nop, 0) X(readv, 1) X(writev, 1) X(fsync, 1) X(read_fixed, 1) X(write_fixed, 1) X(poll_add, 1)     \
  X(poll_remove, 0) X(sync_file_range, 1) X(sendmsg, 1) X(recvmsg, 1) X(timeout, 0)                    \
  X(timeout_remove, 0) X(accept, 1) X(async_cancel, 0) X(link_timeout, 0) X(connect, 1)                \
  X(fallocate, 1) X(openat, 0) X(close, 0) X(files_update, 0) X(statx, 0) X(read, 1) X(write, 1)       \
  X(fadvise, 1) X(madvise, 0) X(send, 1) X(recv, 1) X(openat2, 0) X(epoll_ctl, 0) X(splice, 1)         \
  X(provide_buffers, 0) X(remove_buffers, 0) X(tee, 1) X(shutdown, 1) X(renameat, 0) X(unlinkat, 0)    \
  X(mkdirat, 0) X(symlinkat, 0) X(linkat, 0) X(msg_ring, 0) X(fsetxattr, 1) X(setxattr, 0)             \
  X(fgetxattr, 1) X(getxattr, 0) X(socket, 0) X(uring_cmd, 1) X(send_zc, 1) X(sendmsg_zc, 1)           \
  X(read_multishot, 1) X(waitid, 0) X(futex_wait, 0) X(futex_wake, 0) X(futex_waitv, 0)                \
  X(fixed_fd_install, 0) X(ftruncate, 1) X(bind, 1) X(listen, 1) X(recv_zc, 1) X(epoll_wait, 1)        \
  X(readv_fixed, 1) X(writev_fixed, 1) X(pipe, 0)
// clang-format on

// An operation's number, or one of those at the end.
enum class Kind : uint8_t {
#define LOOPSCOPE_URING_KIND(name, has_file) name,
  LOOPSCOPE_URING_OPERATIONS(LOOPSCOPE_URING_KIND)
#undef LOOPSCOPE_URING_KIND
      unknown,  // of a later kernel
  ambiguous,    // its user_data is that of another kind of operation in flight: which is which cannot be told
  count
};
static_assert(static_cast<unsigned>(Kind::sendmsg_zc) == 48 && static_cast<unsigned>(Kind::pipe) == 62);
static_assert(static_cast<unsigned>(Kind::poll_add) == IORING_OP_POLL_ADD &&
              static_cast<unsigned>(Kind::read) == IORING_OP_READ &&
              static_cast<unsigned>(Kind::uring_cmd) == IORING_OP_URING_CMD);

Kind kind_of(const io_uring_sqe& entry);

// Completes many times, until one says that it was the last.
bool is_multishot(const io_uring_sqe& entry);

// The descriptor that it is for; -1: none, or one of those that are registered with the ring.
int file_of(const io_uring_sqe& entry);

// Has no completion if it succeeds.
inline bool is_silent(const io_uring_sqe& entry) { return entry.flags & IOSQE_CQE_SKIP_SUCCESS; }
// The next entry belongs to it, and is given up if this one fails.
inline bool gives_up_next(const io_uring_sqe& entry) { return entry.flags & IOSQE_IO_LINK; }
inline bool has_next(const io_uring_sqe& entry) { return entry.flags & (IOSQE_IO_LINK | IOSQE_IO_HARDLINK); }

// Whom an operation asks to stop: those with that user_data.
struct Cancelled {
  bool any;
  bool all;  // of those; else the oldest
  uint64_t user_data;
};
Cancelled cancelled_by(const io_uring_sqe& entry);

// Gives an operation in flight another user_data: the one it had is `user_data`.
Cancelled renamed_by(const io_uring_sqe& entry);

// All of them at once, since that allocates: with the first ring.
void define_sites();

loopscope_site site_of(Kind kind, bool multishot);

}  // namespace loopscope::liburing
