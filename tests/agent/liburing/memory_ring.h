// A ring in plain memory, laid out as liburing lays one out, of which the test is the kernel.
#pragma once

#include <liburing.h>

#include <cstdint>
#include <vector>

class MemoryRing {
 public:
  // `first`: where the counters of both queues begin.
  explicit MemoryRing(unsigned entries, unsigned flags = 0, unsigned first = 0)
      : shift_sq_((flags & IORING_SETUP_SQE128) != 0),
        shift_cq_((flags & IORING_SETUP_CQE32) != 0),
        sq_mask_(entries - 1),
        cq_mask_(2 * entries - 1),
        sq_head_(first),
        sq_tail_(first),
        cq_head_(first),
        cq_tail_(first),
        submissions_(static_cast<size_t>(entries) << shift_sq_),
        completions_((static_cast<size_t>(entries) << shift_cq_) * 2) {
    ring.flags = flags;
    ring.features = IORING_FEAT_EXT_ARG;
    ring.sq.khead = &sq_head_;
    ring.sq.ktail = &sq_tail_;
    ring.sq.kring_mask = &sq_mask_;
    ring.sq.sqes = submissions_.data();
    ring.sq.sqe_head = ring.sq.sqe_tail = first;
    ring.cq.khead = &cq_head_;
    ring.cq.ktail = &cq_tail_;
    ring.cq.kring_mask = &cq_mask_;
    ring.cq.cqes = completions_.data();
    ring.sq.ring_mask = sq_mask_;
    ring.cq.ring_mask = cq_mask_;
  }
  MemoryRing(const MemoryRing&) = delete;
  MemoryRing& operator=(const MemoryRing&) = delete;

  // What the program does.
  io_uring_sqe& prepare(unsigned operation, uint64_t user_data, unsigned flags = 0) {
    io_uring_sqe& entry = submissions_[static_cast<size_t>(ring.sq.sqe_tail++ & sq_mask_) << shift_sq_];
    entry = {};
    entry.opcode = static_cast<uint8_t>(operation);
    entry.fd = 5;
    entry.user_data = user_data;
    entry.flags = static_cast<uint8_t>(flags);
    return entry;
  }
  void consume(unsigned count) { __atomic_store_n(&cq_head_, cq_head_ + count, __ATOMIC_RELEASE); }
  void consume_all() { consume(cq_tail_ - cq_head_); }

  // What liburing and the kernel do.
  void submit() {
    ring.sq.sqe_head = ring.sq.sqe_tail;
    sq_head_ = sq_tail_ = ring.sq.sqe_tail;
  }
  void complete(uint64_t user_data, int result = 0, unsigned flags = 0) {
    const size_t at = static_cast<size_t>(cq_tail_ & cq_mask_) << shift_cq_;
    completions_[at] = {};
    completions_[at].user_data = user_data;
    completions_[at].res = result;
    completions_[at].flags = flags;
    __atomic_store_n(&cq_tail_, cq_tail_ + 1, __ATOMIC_RELEASE);
  }
  unsigned completions_held() const {
    const unsigned head = __atomic_load_n(&cq_head_, __ATOMIC_ACQUIRE);
    return __atomic_load_n(&cq_tail_, __ATOMIC_ACQUIRE) - head;
  }
  unsigned capacity() const { return cq_mask_ + 1; }

  io_uring ring{};

 private:
  const unsigned shift_sq_, shift_cq_;
  unsigned sq_mask_, cq_mask_;
  unsigned sq_head_, sq_tail_, cq_head_, cq_tail_;
  std::vector<io_uring_sqe> submissions_;
  std::vector<io_uring_cqe> completions_;
};
