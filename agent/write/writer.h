// The thread that empties the ring into the trace. Session starts and stops it; nobody else talks to it but
// through the ring. It has a table of file descriptors of its own, so that it neither holds the host's files
// open nor loses its own when a daemon closes everything.
#pragma once

#include <pthread.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "agent/record/ring.h"
#include "agent/write/batch.h"
#include "agent/write/drain.h"
#include "agent/write/modules.h"
#include "agent/write/trace_file.h"

namespace loopscope::write {

struct WriterOptions {
  std::uint32_t epoch_ms = 100;
  Compression compression = Compression::zstd;
  bool precise = false;
  std::string session;
  std::string working_directory;
  std::vector<std::string> options;  // for the process packet
};

struct EndOfRecording {
  enum class Reason : std::uint32_t { exit = 1, stopped = 4 };
  Reason reason = Reason::stopped;
  int exit_code = 0;
  bool exit_code_known = false;
};

class Writer {
 public:
  // `ring` must outlive the process. Takes over the descriptors of `files`.
  Writer(const record::Ring& ring, TraceFiles files, WriterOptions options);
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  // Starts the thread and waits until it has its files to itself and the trace has its header. False, with
  // errno, if there can be no thread.
  bool start();

  // Returns when all that is committed now is in the file, or after `timeout_ms`: then false.
  bool flush(std::uint32_t timeout_ms);

  // Writes the rest and the end, then ends the thread. False if that takes longer than `timeout_ms`: the
  // thread is then left to itself, and must not be waited for.
  bool stop(const EndOfRecording& end, std::uint32_t timeout_ms);

  // What the file system said last, "" if nothing went wrong.
  std::string write_error() const;

 private:
  static void* run(void* self);
  void write_trace();
  void write_header();
  void wait_for_work(std::uint64_t until_ns);
  void epoch(bool final);
  void relieve();
  void grow_pool();
  void append_modules(std::uint64_t now_ticks);
  void tell_write_failures();
  void append_cost();
  void append_end();
  void put(bool at_epoch_end);
  void commit();
  void publish_live();
  bool wait_for_ticket(const std::atomic<std::uint32_t>& ticket, std::uint32_t wanted,
                       std::uint32_t timeout_ms);

  record::Ring ring_;
  TraceFiles files_;
  WriterOptions options_;
  pthread_t thread_{};
  bool started_ = false;

  std::atomic<std::uint32_t> ready_{0};
  std::atomic<std::uint32_t> flush_wanted_{0};
  std::atomic<std::uint32_t> flush_done_{0};
  std::atomic<std::uint32_t> stop_wanted_{0};
  std::atomic<std::uint32_t> stopped_{0};
  EndOfRecording end_;

  // The writer thread's own.
  PacketStream packets_;
  std::unique_ptr<Drain> drain_;
  Modules modules_;
  std::uint64_t file_bytes_ = 0;
  std::uint64_t epoch_number_ = 0;
  std::uint64_t events_at_last_epoch_ = 0;
  std::uint64_t events_in_file_ = 0;
  std::uint64_t failure_in_buffer_ = 0;  // events that a Loss packet in the buffer tells of
  std::uint64_t next_cost_ns_ = 0;
};

}  // namespace loopscope::write
