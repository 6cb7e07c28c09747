#include "agent/write/writer.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <protozero/pbf_writer.hpp>

#include "agent/record/clock.h"
#include "agent/record/own_threads.h"
#include "agent/record/recorder.h"
#include "agent/write/memory_map.h"
#include "agent/write/process_packet.h"

namespace loopscope::write {

using namespace record;

namespace {

void futex_wait(const std::atomic<std::uint32_t>& word, std::uint32_t value, std::uint64_t ns) {
  const timespec timeout{static_cast<time_t>(ns / 1'000'000'000u), static_cast<long>(ns % 1'000'000'000u)};
  syscall(SYS_futex, reinterpret_cast<const std::uint32_t*>(&word), FUTEX_WAIT, value, &timeout, nullptr, 0);
}

void futex_wake_all(std::atomic<std::uint32_t>& word) {
  syscall(SYS_futex, reinterpret_cast<std::uint32_t*>(&word), FUTEX_WAKE, INT32_MAX, nullptr, nullptr, 0);
}

std::uint64_t thread_cpu_ns() {
  timespec used{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return static_cast<std::uint64_t>(used.tv_sec) * 1'000'000'000u + static_cast<std::uint64_t>(used.tv_nsec);
}

// Closes every descriptor of the calling thread's own table but these two.
bool keep_only(int a, int b) {
#ifndef CLOSE_RANGE_UNSHARE
#define CLOSE_RANGE_UNSHARE (1U << 1)
#endif
#ifndef SYS_close_range
#define SYS_close_range 436
#endif
  const auto low = static_cast<unsigned>(std::min(a, b));
  const auto high = static_cast<unsigned>(std::max(a, b));
  if (low > 0 && syscall(SYS_close_range, 0u, low - 1, CLOSE_RANGE_UNSHARE) != 0) return false;
  if (high - low > 1) syscall(SYS_close_range, low + 1, high - 1, CLOSE_RANGE_UNSHARE);
  return syscall(SYS_close_range, high + 1, ~0u, CLOSE_RANGE_UNSHARE) == 0;
}

// A thread's stack ends in the mapping that libc's record of the thread is in.
void learn_stacks() {
  std::string map;
  learn_stack_bottoms(
      [](std::uintptr_t top, void* context) {
        auto& text = *static_cast<std::string*>(context);
        if (text.empty()) text = memory_map();
        return beginning_of_mapping(text, top);
      },
      &map);
}

constexpr std::uint32_t kOwnTable = 2, kSharedTable = 1;

}  // namespace

Writer::Writer(const Ring& ring, TraceFiles files, WriterOptions options)
    : ring_(ring), files_(std::move(files)), options_(std::move(options)) {}

Writer::~Writer() = default;

bool Writer::start() {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 1024 * 1024);
  // A signal to the process must never be handled here: the handler would be the host's.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const int error = pthread_create(&thread_, &attributes, run, this);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_attr_destroy(&attributes);
  if (error != 0) {
    errno = error;
    return false;
  }
  started_ = true;
  constexpr std::uint32_t kPatienceMs = 2'000;
  wait_for_ticket(ready_, kSharedTable, kPatienceMs);
  // The thread has its own copies now.
  if (ready_.load(std::memory_order_acquire) == kOwnTable) {
    close(files_.trace);
    close(files_.ring);
  }
  return true;
}

bool Writer::wait_for_ticket(const std::atomic<std::uint32_t>& ticket, std::uint32_t wanted,
                             std::uint32_t timeout_ms) {
  const std::uint64_t until = monotonic_ns() + std::uint64_t{timeout_ms} * 1'000'000u;
  for (;;) {
    const std::uint32_t now = ticket.load(std::memory_order_acquire);
    if (static_cast<std::int32_t>(now - wanted) >= 0) return true;
    const std::uint64_t at = monotonic_ns();
    if (at >= until) return false;
    futex_wait(ticket, now, until - at);
  }
}

bool Writer::flush(std::uint32_t timeout_ms) {
  const std::uint32_t wanted = flush_wanted_.fetch_add(1, std::memory_order_acq_rel) + 1;
  wake_writer(ring_);
  return wait_for_ticket(flush_done_, wanted, timeout_ms);
}

bool Writer::stop(const EndOfRecording& end, std::uint32_t timeout_ms) {
  end_ = end;
  stop_wanted_.store(1, std::memory_order_release);
  wake_writer(ring_);
  if (!wait_for_ticket(stopped_, 1, timeout_ms)) {
    pthread_detach(thread_);
    return false;
  }
  pthread_join(thread_, nullptr);
  return true;
}

std::string Writer::write_error() const {
  const int error = ring_.header->write_errno.load(std::memory_order_relaxed);
  return error == 0 ? std::string() : std::strerror(error);
}

void* Writer::run(void* self) {
  static_cast<Writer*>(self)->write_trace();
  return nullptr;
}

void Writer::write_trace() {
  prctl(PR_SET_NAME, "loopscope-write");
  own_thread_begins();
  setpriority(PRIO_PROCESS, static_cast<id_t>(syscall(SYS_gettid)), 19);
  const bool own_table = keep_only(files_.trace, files_.ring);
  drain_ = std::make_unique<Drain>(ring_, Commit{}, options_.compression, false);
  write_header();
  ready_.store(own_table ? kOwnTable : kSharedTable, std::memory_order_release);
  futex_wake_all(ready_);

  std::uint64_t next_epoch = monotonic_ns();
  for (;;) {
    const bool stopping = stop_wanted_.load(std::memory_order_acquire) != 0;
    const std::uint32_t flush_wanted = flush_wanted_.load(std::memory_order_acquire);
    const bool flushing = flush_wanted != flush_done_.load(std::memory_order_relaxed);
    const std::uint64_t now = monotonic_ns();
    if (stopping || flushing || now >= next_epoch) {
      epoch(stopping);
      next_epoch = now + std::uint64_t{options_.epoch_ms} * 1'000'000u;
      if (flushing) {
        flush_done_.store(flush_wanted, std::memory_order_release);
        futex_wake_all(flush_done_);
      }
      if (stopping) break;
    } else {
      relieve();
    }
    wait_for_work(next_epoch);
  }
  // Also at exit: who gave up its rights cannot remove the ring's name, which then weighs nothing.
  release_ring_memory(ring_, files_.ring);
  close_descriptors(files_);
  own_thread_ends();
  stopped_.store(1, std::memory_order_release);
  futex_wake_all(stopped_);
}

void Writer::wait_for_work(std::uint64_t until_ns) {
  auto& sleeps = ring_.header->writer_sleeps;
  sleeps.store(1, std::memory_order_seq_cst);
  std::atomic_thread_fence(std::memory_order_seq_cst);
  const bool pressed = needs_writer(*ring_.header);
  const bool asked =
      stop_wanted_.load(std::memory_order_seq_cst) != 0 ||
      flush_wanted_.load(std::memory_order_seq_cst) != flush_done_.load(std::memory_order_relaxed);
  const std::uint64_t now = monotonic_ns();
  if (!asked && !pressed && now < until_ns) futex_wait(sleeps, 1, until_ns - now);
  sleeps.store(0, std::memory_order_relaxed);
}

void Writer::write_header() {
  ProcessFacts facts;
  facts.session = options_.session;
  facts.ring_path = files_.ring_path;
  facts.working_directory = options_.working_directory;
  facts.options = options_.options;
  facts.precise = options_.precise;
  facts.first_anchor = read_anchor();
  facts.ticks_per_second = ticks_per_second();
  packets_.append(Content::process, process_message(facts));
  packets_.append(Content::clock_anchor, anchor_message(facts.first_anchor));
  append_modules(facts.first_anchor.ticks);
  put(true);
}

void Writer::append_modules(std::uint64_t now_ticks) {
  DefinitionsPacket definitions;
  modules_.refresh(definitions, now_ticks);
  if (!definitions.bytes().empty()) packets_.append(Content::definitions, definitions.bytes());
}

// Memory for more chunks before a host thread has to see to it: at most half as many again at once.
void Writer::grow_pool() {
  const std::uint32_t most = ring_.header->claimed_chunks.load(std::memory_order_relaxed) / 2;
  for (std::uint32_t i = 0; i < most && wants_more_chunks(*ring_.header); ++i) {
    Chunk* chunk = grow(ring_);
    if (chunk == nullptr) break;
    free_chunk(ring_, chunk);
  }
}

// Room for the host first: it must not wait for an epoch's end.
void Writer::relieve() {
  grow_pool();
  drain_->pass(packets_, epoch_number_ + 1, false, [this] { put(false); });
  put(true);
}

void Writer::epoch(bool final) {
  const Anchor anchor = read_anchor();
  append_modules(anchor.ticks);
  drain_->pass(packets_, epoch_number_ + 1, true, [this] { put(false); });
  drain_->tell_counted_losses(packets_);
  tell_write_failures();
  learn_stacks();

  // Idle programs cost nothing: no event, no epoch.
  const bool something = drain_->events() != events_at_last_epoch_ || !packets_.bytes().empty();
  if (something || final) {
    ++epoch_number_;
    drain_->note_epoch(anchor.ticks);
    std::string message;
    protozero::pbf_writer writer(message);
    writer.add_uint64(1, epoch_number_);
    writer.add_message(2, anchor_message(anchor));
    writer.add_uint64(3, drain_->events());
    packets_.append(Content::epoch, message);
    events_at_last_epoch_ = drain_->events();
    if (final || anchor.monotonic_ns >= next_cost_ns_) {
      append_cost();
      next_cost_ns_ = anchor.monotonic_ns + 1'000'000'000u;
    }
  }
  if (final) append_end();
  put(true);
  if (ring_.header->ran_loop.load(std::memory_order_relaxed) != 0) claim_final_name(files_);
  publish_live();
}

void Writer::tell_write_failures() {
  const RingHeader& header = *ring_.header;
  failure_in_buffer_ = header.write_failed_events.load(std::memory_order_relaxed);
  if (failure_in_buffer_ == 0) return;
  append_loss(packets_, {.reason = LossReason::write_failed,
                         .thread = 0,
                         .events = failure_in_buffer_,
                         .from_ticks = 0,
                         .to_ticks = 0,
                         .detail = std::strerror(header.write_errno.load(std::memory_order_relaxed))});
}

void Writer::append_cost() {
  std::string message;
  protozero::pbf_writer writer(message);
  writer.add_uint64(1, thread_cpu_ns());
  writer.add_uint64(2, drain_->events());
  writer.add_uint64(3, drain_->lost());
  writer.add_uint64(4, file_bytes_ + packets_.bytes().size());
  const std::uint64_t resident =
      std::uint64_t{ring_.header->claimed_chunks.load(std::memory_order_relaxed)} * kChunkBytes;
  writer.add_uint64(5, resident);
  writer.add_uint64(6, ticks());
  packets_.append(Content::agent_cost, message);
}

void Writer::append_end() {
  drain_->tell_remaining_losses(packets_);
  std::string message;
  protozero::pbf_writer writer(message);
  writer.add_enum(1, static_cast<std::int32_t>(end_.reason));
  if (end_.exit_code_known) {
    writer.add_int32(2, end_.exit_code);
    writer.add_bool(3, true);
  }
  writer.add_message(5, anchor_message(read_anchor()));
  writer.add_uint64(6, drain_->events());
  writer.add_uint64(7, drain_->lost());
  packets_.append(Content::end, message);
}

// Into the file. What cannot be written is given up, counted and told when there is room again: the host's
// records must not pile up behind a full disk.
void Writer::put(bool at_epoch_end) {
  const std::string& bytes = packets_.bytes();
  std::size_t done = 0;
  int error = 0;
  while (done < bytes.size()) {
    const ssize_t written = pwrite(files_.trace, bytes.data() + done, bytes.size() - done,
                                   static_cast<off_t>(file_bytes_ + done));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      error = written < 0 ? errno : ENOSPC;
      break;
    }
    done += static_cast<std::size_t>(written);
  }
  const std::uint64_t events = drain_ ? drain_->events() : 0;
  RingHeader& header = *ring_.header;
  if (error == 0) {
    file_bytes_ += done;
    if (failure_in_buffer_ != 0) {
      header.write_failed_events.fetch_sub(failure_in_buffer_, std::memory_order_relaxed);
      header.write_errno.store(0, std::memory_order_relaxed);
    }
  } else {
    [[maybe_unused]] const int cut = ftruncate(files_.trace, static_cast<off_t>(file_bytes_));
    header.write_errno.store(error, std::memory_order_relaxed);
    header.write_failed_events.fetch_add(events - events_in_file_, std::memory_order_relaxed);
  }
  failure_in_buffer_ = 0;
  packets_.clear();
  events_in_file_ = events;
  if (at_epoch_end && drain_) {
    commit();
    drain_->free_taken();
  }
}

void Writer::commit() {
  const std::uint64_t number = ring_.header->commit_number.load(std::memory_order_relaxed) + 1;
  Commit& next = ring_.commits[number & 1];
  drain_->fill(next);
  next.trace_bytes = file_bytes_;
  next.next_sequence = packets_.next_sequence();
  next.epoch = epoch_number_;
  ring_.header->commit_number.store(number, std::memory_order_release);
}

void Writer::publish_live() {
  RingHeader& header = *ring_.header;
  std::uint64_t lost = header.no_slot_events.load(std::memory_order_relaxed) +
                       header.write_failed_events.load(std::memory_order_relaxed);
  for (std::uint32_t i = 0; i < kThreadSlots; ++i) {
    lost += ring_.slots[i].lost_events.load(std::memory_order_relaxed) +
            ring_.slots[i].reentered.load(std::memory_order_relaxed);
  }
  const std::uint64_t created = drain_->created(), finished = drain_->finished();
  header.live_events.store(drain_->events(), std::memory_order_relaxed);
  header.live_pending.store(created > finished ? created - finished : 0, std::memory_order_relaxed);
  header.live_lost.store(lost, std::memory_order_relaxed);
  header.live_bytes.store(file_bytes_, std::memory_order_relaxed);
  header.live_cpu_ns.store(thread_cpu_ns(), std::memory_order_relaxed);
}

}  // namespace loopscope::write
