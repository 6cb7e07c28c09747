// Operations of a ring, so many of each kind that all sums differ, and what of them is left pending. Usage: operations PART;
// says "done" when all went as it should, "no io_uring" where the kernel has none for us.
#include <fcntl.h>
#include <liburing.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

namespace {

constexpr unsigned kBlock = 512;
constexpr unsigned kBlocks = 131;

void check(bool is_right, const char* what) {
  if (is_right) return;
  std::printf("not right: %s\n", what);
  std::fflush(stdout);
  std::_Exit(1);
}

class Ring {
 public:
  explicit Ring(unsigned entries, unsigned flags = 0) {
    const int result = io_uring_queue_init(entries, &ring_, flags);
    if (result == -EPERM || result == -ENOSYS || result == -EACCES) {
      std::puts("no io_uring");
      std::exit(0);
    }
    if (result == -EINVAL && flags != 0) {
      std::puts("no such ring");
      std::exit(0);
    }
    check(result == 0, "io_uring_queue_init");
  }
  io_uring* operator&() { return &ring_; }

  io_uring_sqe* next(uint64_t user_data) {
    io_uring_sqe* entry = io_uring_get_sqe(&ring_);
    check(entry != nullptr, "room for an operation");
    // The preparing functions leave it alone.
    io_uring_sqe_set_data64(entry, user_data);
    return entry;
  }

  // Takes that many completions, waiting, and gives those to `each`.
  template <class Each>
  void complete(unsigned count, Each each) {
    while (count-- > 0) {
      io_uring_cqe* completion;
      check(io_uring_wait_cqe(&ring_, &completion) == 0, "io_uring_wait_cqe");
      each(*completion);
      io_uring_cqe_seen(&ring_, completion);
    }
  }

 private:
  io_uring ring_;
};

template <class Prepare>
void add(Ring& ring, uint64_t user_data, Prepare prepare, unsigned flags = 0) {
  io_uring_sqe* entry = ring.next(user_data);
  prepare(entry);
  io_uring_sqe_set_data64(entry, user_data);
  io_uring_sqe_set_flags(entry, flags);
}

void nop(io_uring_sqe* entry) { io_uring_prep_nop(entry); }

// Both ends of a pair; nobody ever writes into it.
struct Silence {
  Silence() { check(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0, "socketpair"); }
  int ends[2];
  char byte;
};

void receive(Ring& ring, Silence& from, uint64_t user_data) {
  add(ring, user_data,
      [&](io_uring_sqe* entry) { io_uring_prep_recv(entry, from.ends[0], &from.byte, 1, 0); });
}

// All blocks at once, twice: read, then written.
void copy(unsigned flags) {
  Ring ring(256, flags);
  const int from = open("from", O_RDWR | O_CREAT, 0600), to = open("to", O_RDWR | O_CREAT, 0600);
  std::string text;
  for (unsigned i = 0; i < kBlocks * kBlock; ++i) text += static_cast<char>('a' + i * i % 23);
  check(write(from, text.data(), text.size()) == static_cast<ssize_t>(text.size()), "write");
  std::string copied(text.size(), 0);
  for (unsigned i = 0; i < kBlocks; ++i) {
    add(ring, 1 + i, [&](io_uring_sqe* entry) {
      io_uring_prep_read(entry, from, &copied[i * kBlock], kBlock, i * kBlock);
    });
  }
  check(io_uring_submit(&ring) == kBlocks, "io_uring_submit");
  ring.complete(kBlocks, [](const io_uring_cqe& completion) { check(completion.res == kBlock, "read"); });
  for (unsigned i = 0; i < kBlocks; ++i) {
    add(ring, 1 + i, [&](io_uring_sqe* entry) {
      io_uring_prep_write(entry, to, &copied[i * kBlock], kBlock, i * kBlock);
    });
  }
  check(io_uring_submit_and_wait(&ring, kBlocks) == kBlocks, "io_uring_submit_and_wait");
  unsigned head, count = 0;
  io_uring_cqe* completion;
  io_uring_for_each_cqe(&ring, head, completion) count += completion->res == kBlock;
  io_uring_cq_advance(&ring, count);
  check(count == kBlocks, "written");
  check(copied == text, "the copy");
  // 7 that fail.
  for (unsigned i = 0; i < 7; ++i) {
    add(ring, 1 + i, [&](io_uring_sqe* entry) { io_uring_prep_fsync(entry, -1, 0); });
  }
  check(io_uring_submit(&ring) >= 1, "io_uring_submit");
  unsigned failed = 0;
  while (failed < 7) {
    io_uring_submit(&ring);  // an operation that fails early ends a submission
    ring.complete(1, [&](const io_uring_cqe& one) { failed += one.res == -EBADF; });
  }
  io_uring_queue_exit(&ring);
}

// 13 receive for ever; 5 more are cancelled by operations, 3 by another.
void pending() {
  Ring ring(64);
  std::vector<Silence> silences(21);
  for (uint64_t i = 0; i < 21; ++i) receive(ring, silences[i], i < 18 ? 100 + i : 1000);
  check(io_uring_submit(&ring) == 21, "io_uring_submit");
  for (uint64_t i = 13; i < 18; ++i) {
    add(ring, 1, [&](io_uring_sqe* entry) { io_uring_prep_cancel64(entry, 100 + i, 0); });
  }
  add(ring, 1, [&](io_uring_sqe* entry) { io_uring_prep_cancel64(entry, 1000, IORING_ASYNC_CANCEL_ALL); });
  check(io_uring_submit(&ring) == 6, "io_uring_submit");
  unsigned cancelled = 0;
  ring.complete(5 + 3 + 6, [&](const io_uring_cqe& one) { cancelled += one.res == -ECANCELED; });
  check(cancelled == 8, "cancelled");
}

// All with one user_data, and of two kinds: 2 of 19 are left.
void shared() {
  Ring ring(64);
  std::vector<Silence> silences(19);
  for (Silence& silence : silences) receive(ring, silence, 0);
  check(io_uring_submit(&ring) == 19, "io_uring_submit");
  for (unsigned i = 0; i < 17; ++i) check(write(silences[i].ends[1], "x", 1) == 1, "write");
  ring.complete(17, [](const io_uring_cqe& one) { check(one.res == 1, "received"); });
  for (unsigned i = 0; i < 11; ++i) add(ring, 0, nop);
  check(io_uring_submit(&ring) == 11, "io_uring_submit");
  ring.complete(11, [](const io_uring_cqe& one) { check(one.res == 0, "nothing done"); });
}

// Operations that say nothing if they succeed: alone, in chains of which the last one tells, and in one that fails.
void silent() {
  Ring ring(64);
  for (unsigned i = 0; i < 11; ++i) add(ring, 1 + i, nop, IOSQE_CQE_SKIP_SUCCESS);
  check(io_uring_submit(&ring) == 11, "io_uring_submit");
  for (unsigned i = 0; i < 7; ++i) {
    add(ring, 100, nop, IOSQE_CQE_SKIP_SUCCESS | IOSQE_IO_LINK);
    add(ring, 200 + i, nop);
  }
  check(io_uring_submit(&ring) == 14, "io_uring_submit");
  ring.complete(7, [](const io_uring_cqe& one) { check(one.user_data >= 200, "the last of the chain"); });
  static char byte;
  for (unsigned i = 0; i < 3; ++i) {
    add(
        ring, 300 + i, [](io_uring_sqe* entry) { io_uring_prep_read(entry, -1, &byte, 1, 0); },
        IOSQE_CQE_SKIP_SUCCESS | IOSQE_IO_LINK);
    add(ring, 400 + i, nop);
    check(io_uring_submit(&ring) == 2, "io_uring_submit");
    ring.complete(1, [](const io_uring_cqe& one) { check(one.user_data >= 300, "the first one's failure"); });
  }
}

// Completes 23 times before it is stopped.
void multishot() {
  Ring ring(16);
  int ends[2];
  check(pipe(ends) == 0, "pipe");
  add(ring, 1, [&](io_uring_sqe* entry) { io_uring_prep_poll_multishot(entry, ends[0], POLLIN); });
  check(io_uring_submit(&ring) == 1, "io_uring_submit");
  char byte;
  for (unsigned i = 0; i < 23; ++i) {
    check(write(ends[1], "x", 1) == 1, "write");
    ring.complete(1, [](const io_uring_cqe& one) { check(one.flags & IORING_CQE_F_MORE, "more to come"); });
    check(read(ends[0], &byte, 1) == 1, "read");
  }
  add(ring, 2, [](io_uring_sqe* entry) { io_uring_prep_poll_remove(entry, 1); });
  check(io_uring_submit(&ring) == 1, "io_uring_submit");
  ring.complete(2, [](const io_uring_cqe&) {});
}

// One thread submits, another one takes what completes.
void threads() {
  constexpr unsigned kRounds = 1009;
  Ring ring(128);
  // The recording has begun when the other thread waits.
  for (unsigned k = 0; k < 3; ++k) add(ring, 1 + k, nop);
  check(io_uring_submit(&ring) == 3, "io_uring_submit");
  std::thread other([&] {
    ring.complete(kRounds * 3, [](const io_uring_cqe& one) { check(one.res == 0, "nothing done"); });
  });
  for (unsigned i = 1; i < kRounds; ++i) {
    for (unsigned k = 0; k < 3; ++k) add(ring, 1 + (3 * i + k) % 64, nop);
    check(io_uring_submit(&ring) == 3, "io_uring_submit");
  }
  other.join();
  io_uring_queue_exit(&ring);
}

// 5 receive when the ring goes away.
void left() {
  Ring ring(16);
  std::vector<Silence> silences(5);
  for (uint64_t i = 0; i < 5; ++i) receive(ring, silences[i], i);
  check(io_uring_submit(&ring) == 5, "io_uring_submit");
  io_uring_queue_exit(&ring);
}

// Waits of which only some are ended by a completion in time.
void timed() {
  Ring ring(16);
  Silence silence;
  receive(ring, silence, 1);
  __kernel_timespec soon{0, 2'000'000};
  io_uring_cqe* completion;
  // Gives the number of those submitted, whether or not one completes in time.
  check(io_uring_submit_and_wait_timeout(&ring, &completion, 1, &soon, nullptr) == 1, "submitted");
  for (unsigned i = 0; i < 3; ++i) {
    check(io_uring_wait_cqe_timeout(&ring, &completion, &soon) == -ETIME, "in time");
  }
  add(ring, 2, [&](io_uring_sqe* entry) { io_uring_prep_timeout(entry, &soon, 0, 0); });
  check(io_uring_submit(&ring) == 1, "io_uring_submit");
  ring.complete(1, [](const io_uring_cqe& one) { check(one.res == -ETIME, "time"); });
}

// What 3 receive is taken by inline code, with no more calls of liburing; the loop waits for an event descriptor.
void inlined() {
  Ring ring(16);
  std::vector<Silence> silences(3);
  const int event = eventfd(0, EFD_NONBLOCK), epoll = epoll_create1(0);
  epoll_event what{EPOLLIN, {}};
  check(epoll_ctl(epoll, EPOLL_CTL_ADD, event, &what) == 0, "epoll_ctl");
  check(io_uring_register_eventfd(&ring, event) == 0, "io_uring_register_eventfd");
  for (uint64_t i = 0; i < 3; ++i) receive(ring, silences[i], 1 + i);
  check(io_uring_submit(&ring) == 3, "io_uring_submit");
  for (Silence& silence : silences) {
    check(write(silence.ends[1], "x", 1) == 1, "write");
    check(epoll_wait(epoll, &what, 1, -1) == 1, "epoll_wait");
    eventfd_t count;
    check(eventfd_read(event, &count) == 0 && count == 1, "eventfd_read");
    unsigned head, taken = 0;
    io_uring_cqe* completion;
    io_uring_for_each_cqe(&ring, head, completion)++ taken;
    io_uring_cq_advance(&ring, taken);
    check(taken == 1, "a completion");
  }
}

// Looks at the clock for 101 ms, woken by what it received.
void slow() {
  Ring ring(16);
  Silence silence;
  for (unsigned i = 0; i < 3; ++i) {
    receive(ring, silence, 1);
    __kernel_timespec soon{0, 5'000'000};
    add(ring, 2, [&](io_uring_sqe* entry) { io_uring_prep_timeout(entry, &soon, 0, 0); });
    check(io_uring_submit_and_wait(&ring, 1) == 2, "io_uring_submit_and_wait");
    ring.complete(1, [](const io_uring_cqe& one) { check(one.user_data == 2, "time"); });
    std::thread([&] { check(write(silence.ends[1], "x", 1) == 1, "write"); }).join();
    check(io_uring_submit_and_wait(&ring, 1) == 0, "io_uring_submit_and_wait");
    ring.complete(1, [](const io_uring_cqe& one) { check(one.user_data == 1, "received"); });
    const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(101);
    while (std::chrono::steady_clock::now() < until) {
    }
  }
}

// 307 requests, one at a time; of each eleventh the answer is forgotten.
void leak() {
  Ring ring(64);
  std::vector<Silence> forgotten;
  for (uint64_t i = 0; i < 307; ++i) {
    Silence peer;
    receive(ring, peer, 1000 + i);
    __kernel_timespec soon{0, 2'000'000};
    add(ring, 1, [&](io_uring_sqe* entry) { io_uring_prep_timeout(entry, &soon, 0, 0); });
    check(io_uring_submit(&ring) == 2, "io_uring_submit");
    ring.complete(1, [](const io_uring_cqe& one) { check(one.user_data == 1, "time"); });
    if (i % 11 == 0) {
      forgotten.push_back(peer);
      continue;
    }
    check(write(peer.ends[1], "x", 1) == 1, "write");
    ring.complete(1, [&](const io_uring_cqe& one) { check(one.user_data == 1000 + i, "received"); });
    close(peer.ends[0]);
    close(peer.ends[1]);
  }
}

// Another process at work when the ring has submitted already.
void forked() {
  Ring ring(16);
  Silence silence;
  receive(ring, silence, 1);
  check(io_uring_submit(&ring) == 1, "io_uring_submit");
  const pid_t child = fork();
  if (child == 0) {
    Ring own(16);
    for (unsigned i = 0; i < 3; ++i) add(own, 1, nop);
    check(io_uring_submit_and_wait(&own, 3) == 3, "io_uring_submit_and_wait");
    own.complete(3, [](const io_uring_cqe&) {});
    std::exit(0);
  }
  add(ring, 2, nop);
  check(io_uring_submit_and_wait(&ring, 1) == 1, "io_uring_submit_and_wait");
  ring.complete(1, [](const io_uring_cqe&) {});
  int status = 0;
  check(waitpid(child, &status, 0) == child && status == 0, "the child");
}

// What makes a loop of this program, and a trace: that it waits.
void wait_once() {
  Ring ring(2);
  __kernel_timespec soon{0, 1'000'000};
  add(ring, 1, [&](io_uring_sqe* entry) { io_uring_prep_timeout(entry, &soon, 0, 0); });
  check(io_uring_submit_and_wait(&ring, 1) == 1, "io_uring_submit_and_wait");
  ring.complete(1, [](const io_uring_cqe& one) { check(one.res == -ETIME, "time"); });
  io_uring_queue_exit(&ring);
}

}  // namespace

int main(int, char** arguments) {
  const std::string part = arguments[1];
  if (part == "copy") copy(0);
  if (part == "copy_large") copy(IORING_SETUP_SQE128 | IORING_SETUP_CQE32);
  if (part == "copy_polled") copy(IORING_SETUP_SQPOLL);
  if (part == "copy_deferred") copy(IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN);
  if (part == "pending") pending();
  if (part == "shared") shared();
  if (part == "silent") silent();
  if (part == "multishot") multishot();
  if (part == "threads") threads();
  if (part == "left") left();
  if (part == "timed") timed();
  if (part == "inlined") inlined();
  if (part == "slow") slow();
  if (part == "leak") leak();
  if (part == "forked") forked();
  wait_once();
  std::puts("done");
}
