#include "agent/session.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string>
#include <utility>

#include "agent/options.h"
#include "agent/reach/prover.h"
#include "agent/record/blocked.h"
#include "agent/record/catalog.h"
#include "agent/record/clock.h"
#include "agent/record/definitions.h"
#include "agent/record/gate.h"
#include "agent/record/own_threads.h"
#include "agent/record/recorder.h"
#include "agent/stack/unwind.h"
#include "agent/watch/watchdog.h"
#include "agent/write/observation_packet.h"
#include "agent/write/trace_file.h"
#include "agent/write/writer.h"

namespace loopscope {
namespace {

constexpr std::uint32_t kStopPatienceMs = 5'000;
constexpr std::uint32_t kWatchdogPatienceMs = 500;
constexpr std::uint32_t kProofMs = 2'000;

// Everything about the one recording a process can have. Never destroyed: events may come after any
// destructor.
struct Session {
  pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
  pid_t pid = 0;       // of the process this state is about; a vfork child has another
  int recordings = 0;  // numbers given so far
  write::Writer* writer = nullptr;
  watch::Watchdog* watchdog = nullptr;
  write::TraceFiles prepared;
  record::Ring ring;
  std::string trace_path;  // final or by process
  std::string ring_path;
  bool keep_without_loop = true;  // a trace in which no loop ran is still a trace
  bool waits = false;             // for its first event
  bool forked = false;            // this process was forked from one that recorded
  std::string forked_from_path;   // what the parent recorded to, if not by record
  bool children = true;
  std::string last_error;
  std::uint32_t prove_at_exit_ms = 0;
  std::uint32_t checks = 0;  // of references, in this recording
  // Held while a check goes on, which may be seconds: the other lock must not be.
  pthread_mutex_t checking = PTHREAD_MUTEX_INITIALIZER;
};

Session& session() {
  static Session& only = *new Session;
  return only;
}

class Lock {
 public:
  explicit Lock(Session& of) : of_(of) { pthread_mutex_lock(&of_.lock); }
  ~Lock() { pthread_mutex_unlock(&of_.lock); }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

 private:
  Session& of_;
};

int fail(Session& self, int error, std::string problem) {
  self.last_error = std::move(problem);
  return error;
}

bool is_recording() { return record::recording_number() > 0; }

void set_number(int number) { record::set_recording_number(number); }

std::string random_session() {
  std::string bytes(16, '\0');
  if (getrandom(bytes.data(), bytes.size(), GRND_NONBLOCK) != static_cast<ssize_t>(bytes.size())) {
    const std::uint64_t words[2] = {record::monotonic_ns() * 0x9e3779b97f4a7c15u,
                                    static_cast<std::uint64_t>(getpid())};
    std::memcpy(bytes.data(), words, sizeof words);
  }
  return bytes;
}

write::TracePlace place_of(const Session& self, const Options& options) {
  write::TracePlace place{options.trace_path, write::Naming::as_asked};
  if (options.by_record) {
    place.naming = write::Naming::by_process_until_loop;
  } else if (self.forked) {
    place.naming = write::Naming::by_process;
    if (!self.forked_from_path.empty()) place.path = self.forked_from_path;
  }
  return place;
}

// Precondition: lock held, not recording. `by_itself`: nobody called loopscope_start.
int start(Session& self, const loopscope_options* given, bool by_itself) {
  Options options;
  std::string problem;
  if (!read_options(given, options, problem)) return fail(self, LOOPSCOPE_EINVAL, std::move(problem));
  record::g_use_time_stamp_counter = record::time_stamp_counter_is_usable();

  write::TraceFiles files = std::exchange(self.prepared, {});
  if (files.open() && !write::still_ours(files)) files = {};
  if (!files.open()) files = write::open_trace_files(place_of(self, options), problem);
  if (!files.open()) return fail(self, LOOPSCOPE_EIO, std::move(problem));

  record::Ring ring = record::create_ring(files.ring, options.ring_bytes);
  if (!ring) {
    problem = "cannot have a ring of " + std::to_string(options.ring_bytes) + " bytes in " +
              (files.ring_path.empty() ? "memory" : files.ring_path) + ": " + std::strerror(errno) +
              "; ask for less with LOOPSCOPE_RING_BYTES";
    write::remove_all(files);
    return fail(self, LOOPSCOPE_ENOMEM, std::move(problem));
  }
  const std::string id = random_session();
  std::memcpy(ring.header->session, id.data(), sizeof ring.header->session);
  ring.header->clock_is_tsc = record::g_use_time_stamp_counter;

  if (!record::create_intern_tables()) {
    write::remove_all(files);
    return fail(self, LOOPSCOPE_ENOMEM, "cannot have memory for tables of names");
  }
  record::reset_intern_tables();
  if (options.stacks) stack::prepare_unwinding();
  record::begin_recording({ring, options.precise, options.stacks, options.max_frames});

  record::set_blocking_policy({options.blocking_ms == LOOPSCOPE_NEVER ? UINT64_MAX : options.blocking_ms,
                               options.allow_blocking, options.abort_on_blocking});

  self.trace_path = files.trace_path;
  self.ring_path = files.ring_path;
  self.keep_without_loop = !(options.by_record && by_itself);
  self.children = options.children;
  self.prove_at_exit_ms = options.prove_leaks_ms;
  self.checks = 0;
  self.ring = ring;
  write::WriterOptions writer_options;
  writer_options.epoch_ms = options.epoch_ms;
  writer_options.compression = options.compression ? write::Compression::zstd : write::Compression::none;
  writer_options.precise = options.precise;
  writer_options.session = id;
  writer_options.working_directory = options.working_directory;
  writer_options.options = options.as_text();
  self.writer = new write::Writer(ring, files, std::move(writer_options));
  if (!self.writer->start()) {
    problem = std::string("cannot start the thread that writes the trace: ") + std::strerror(errno);
    delete std::exchange(self.writer, nullptr);
    write::remove_all(files);
    return fail(self, LOOPSCOPE_ENOMEM, std::move(problem));
  }
  if (options.stall_ms != LOOPSCOPE_NEVER) {
    // Without it there is still a trace.
    self.watchdog =
        new watch::Watchdog(ring, {options.stall_ms, options.stall_sample_ms, options.stall_samples_per_s});
    if (!self.watchdog->start()) delete std::exchange(self.watchdog, nullptr);
  }
  record::attach_catalog(ring);
  self.waits = false;
  self.last_error.clear();
  set_number(++self.recordings);
  return LOOPSCOPE_OK;
}

// Precondition: lock held.
int stop(Session& self, const write::EndOfRecording& end) {
  if (self.writer == nullptr) {
    set_number(0);
    return LOOPSCOPE_EOFF;
  }
  set_number(0);
  record::attach_catalog({});
  // Before the writer, which writes its last words.
  watch::Watchdog* watchdog = std::exchange(self.watchdog, nullptr);
  if (watchdog != nullptr && watchdog->stop(kWatchdogPatienceMs)) delete watchdog;
  write::Writer* writer = std::exchange(self.writer, nullptr);
  if (!writer->stop(end, kStopPatienceMs)) {
    // The thread may still come to an end; what it uses must stay.
    return fail(self, LOOPSCOPE_ETIMEDOUT,
                "the trace was not written to its end within 5 s: " + self.trace_path);
  }
  const std::string trouble = writer->write_error();
  if (!self.ring_path.empty()) unlink(self.ring_path.c_str());
  const bool ran_loop = self.ring.header->ran_loop.load(std::memory_order_relaxed) != 0;
  if (!ran_loop && !self.keep_without_loop) unlink(self.trace_path.c_str());
  delete writer;
  if (!trouble.empty()) return fail(self, LOOPSCOPE_EIO, "writing " + self.trace_path + ": " + trouble);
  return LOOPSCOPE_OK;
}

// An event came while recording waited for one. On a host thread, but this is its first event.
int start_on_first_event() {
  Session& self = session();
  // Another thread starts it right now, or this is a child that borrows its parent's memory: this event is
  // not recorded.
  if (getpid() != self.pid || pthread_mutex_trylock(&self.lock) != 0) return 0;
  if (self.waits && !is_recording()) {
    self.waits = false;
    set_number(0);
    start(self, nullptr, true);
  }
  pthread_mutex_unlock(&self.lock);
  const int number = record::recording_number();
  return number > 0 ? number : 0;
}

void wait_for_first_event(Session& self) {
  self.waits = true;
  set_number(record::kStartOnFirstEvent);
}

void before_fork() {
  pthread_mutex_lock(&session().lock);
  record::lock_catalog();
}

void in_parent() {
  record::unlock_catalog();
  pthread_mutex_unlock(&session().lock);
}

// Nothing of the parent's recording is this process's: not the thread, not the ring, not the files.
void in_child() {
  record::unlock_catalog();
  Session& self = session();
  pthread_mutex_unlock(&self.lock);
  const bool recorded = self.writer != nullptr, waited = self.waits;
  self.pid = getpid();
  set_number(0);
  pthread_mutex_init(&self.checking, nullptr);
  record::forget_threads();
  record::forget_own_threads();
  record::attach_catalog({});
  record::unmap_ring(std::exchange(self.ring, {}));
  self.writer = nullptr;  // leaked: its thread is not in this process
  self.watchdog = nullptr;
  write::close_descriptors(self.prepared);
  self.prepared = {};
  if (recorded && self.children) {
    self.forked = true;
    if (!environment_comes_from_record() && self.forked_from_path.empty())
      self.forked_from_path = self.trace_path;
  }
  self.waits = false;
  if (self.children && (recorded || waited)) wait_for_first_event(self);
}

std::string words_of(record::ReachTrouble trouble) {
  return std::string("nothing is proven: ") + write::words_of(trouble);
}

// Called by functions whose callers are the program's.
int prove(Session& self, std::uint32_t timeout_ms, bool at_exit, const void* stack,
          record::ReachObservation& found) {
  if (pthread_mutex_trylock(&self.checking) != 0) return LOOPSCOPE_EALREADY;
  reach::Question question;
  question.timeout_ms = timeout_ms;
  question.at_exit = at_exit;
  question.stack = stack;
  {
    Lock lock(self);
    question.ring = self.ring;
    question.recording = static_cast<std::uint32_t>(record::recording_number());
    if (self.writer != nullptr && is_recording())
      question.check = ++self.checks;
    else
      question.ring = {};
  }
  int result = LOOPSCOPE_EOFF;
  if (question.ring) {
    found = reach::prove(question);
    result = found.trouble == record::ReachTrouble::none ? LOOPSCOPE_OK : LOOPSCOPE_ENOTPROVEN;
  }
  pthread_mutex_unlock(&self.checking);
  if (result == LOOPSCOPE_ENOTPROVEN) {
    Lock lock(self);
    self.last_error = words_of(found.trouble);
  }
  return result;
}

// The program's own handlers and destructors, which run behind it, drop what the program holds: afterwards everything
// would look lost.
[[gnu::noinline]] void prove_once_at_exit() {
  Session& self = session();
  const std::uint32_t timeout_ms = self.prove_at_exit_ms;
  if (getpid() != self.pid || timeout_ms == 0 || !is_recording()) return;
  self.prove_at_exit_ms = 0;
  record::ReachObservation found;
  prove(self, timeout_ms, true, __builtin_frame_address(0), found);
}

void prove_at_exit() {
  __builtin_unwind_init();
  prove_once_at_exit();
  asm volatile("" : : : "memory");
}

// Its own frame begins below that of its caller, which has nothing in it but the registers.
[[gnu::noinline]] int prove_leaks(std::uint32_t timeout_ms, loopscope_leak_proof* proof) {
  const record::ErrnoKeeper errno_keeper;
  if (proof != nullptr && proof->size < sizeof(size_t)) return LOOPSCOPE_EINVAL;
  Session& self = session();
  if (getpid() != self.pid) return LOOPSCOPE_EOFF;
  record::ReachObservation found;
  const int result =
      prove(self, timeout_ms != 0 ? timeout_ms : kProofMs, false, __builtin_frame_address(0), found);
  if (proof != nullptr) {
    const loopscope_leak_proof told{proof->size, found.suspended, found.unreachable, found.pause_ns,
                                    found.duration_ns};
    std::memcpy(proof, &told, std::min(proof->size, sizeof told));
  }
  return result;
}

void end_at_exit(int status) {
  Session& self = session();
  if (getpid() != self.pid || self.writer == nullptr) {
    if (getpid() == self.pid && self.prepared.open()) write::remove_all(self.prepared);
    return;
  }
  Lock lock(self);
  write::EndOfRecording end;
  end.reason = write::EndOfRecording::Reason::exit;
  end.exit_code = status & 0xff;
  end.exit_code_known = true;
  stop(self, end);
}

// Before the host's main: recording by environment needs no call. What is registered here, before libc
// registers the destructors, runs after them all.
__attribute__((constructor)) void on_load() {
  const record::ErrnoKeeper errno_keeper;
  Session& self = session();
  self.pid = getpid();
  record::g_start_on_first_event = start_on_first_event;
  // Handlers run in reverse: registered with the first coroutine it is one of the first.
  record::g_on_first_coroutine = [] { atexit(prove_at_exit); };
  record::wipe_gate_on_fork();
  pthread_atfork(before_fork, in_parent, in_child);
  on_exit([](int status, void*) { end_at_exit(status); }, nullptr);
  if (environment_comes_from_record()) {
    wait_for_first_event(self);
  } else if (environment_asks_for_recording()) {
    Lock lock(self);
    if (start(self, nullptr, true) != LOOPSCOPE_OK) {
      const std::string line = "loopscope: not recording: " + self.last_error + "\n";
      [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
    }
  }
}

}  // namespace
}  // namespace loopscope

using namespace loopscope;

extern "C" {

int loopscope_start(const loopscope_options* options) {
  const record::ErrnoKeeper errno_keeper;
  Session& self = session();
  if (getpid() != self.pid) return LOOPSCOPE_EOFF;
  Lock lock(self);
  if (is_recording()) {
    // Started by the environment: the program's own call finds what it wants.
    if (environment_asks_for_recording()) return LOOPSCOPE_OK;
    return fail(self, LOOPSCOPE_EALREADY, "already recording to " + self.trace_path);
  }
  set_number(0);
  self.waits = false;
  return start(self, options, false);
}

int loopscope_stop(void) {
  const record::ErrnoKeeper errno_keeper;
  Session& self = session();
  if (getpid() != self.pid) return LOOPSCOPE_EOFF;
  Lock lock(self);
  self.waits = false;
  return stop(self, write::EndOfRecording{});
}

int loopscope_flush(uint32_t timeout_ms) {
  const record::ErrnoKeeper errno_keeper;
  Session& self = session();
  if (getpid() != self.pid) return LOOPSCOPE_EOFF;
  Lock lock(self);
  if (self.writer == nullptr) return LOOPSCOPE_EOFF;
  if (!self.writer->flush(timeout_ms)) {
    return fail(self, LOOPSCOPE_ETIMEDOUT,
                "not everything was written in " + std::to_string(timeout_ms) + " ms");
  }
  const std::string trouble = self.writer->write_error();
  return trouble.empty() ? LOOPSCOPE_OK
                         : fail(self, LOOPSCOPE_EIO, "writing " + self.trace_path + ": " + trouble);
}

int loopscope_prove_leaks(uint32_t timeout_ms, loopscope_leak_proof* proof) {
  // Into this function's frame, where the search finds them: the caller's registers may hold the only reference.
  __builtin_unwind_init();
  const int result = prove_leaks(timeout_ms, proof);
  asm volatile("" : : : "memory");  // no jump to it instead of a call
  return result;
}

int loopscope_get_status(loopscope_status* status) {
  if (status == nullptr || status->size < sizeof(size_t)) return LOOPSCOPE_EINVAL;
  loopscope_status now{};
  now.size = status->size;
  if (const record::Ring& ring = session().ring; ring) {
    now.events = ring.header->live_events.load(std::memory_order_relaxed);
    now.lost_events = ring.header->live_lost.load(std::memory_order_relaxed);
    now.bytes_written = ring.header->live_bytes.load(std::memory_order_relaxed);
    now.cpu_ns = ring.header->live_cpu_ns.load(std::memory_order_relaxed);
  }
  now.recording = is_recording();
  std::memcpy(status, &now, status->size < sizeof now ? status->size : sizeof now);
  return LOOPSCOPE_OK;
}

const char* loopscope_last_error(void) { return session().last_error.c_str(); }

const char* loopscope_error_text(int error) {
  switch (error) {
    case LOOPSCOPE_OK: return "no error";
    case LOOPSCOPE_EINVAL: return "an argument or option is out of range";
    case LOOPSCOPE_EALREADY: return "already recording";
    case LOOPSCOPE_EOFF: return "not recording";
    case LOOPSCOPE_EIO: return "the trace could not be created or written";
    case LOOPSCOPE_ENOMEM: return "memory or threads could not be had";
    case LOOPSCOPE_ETIMEDOUT: return "not everything was written in the time allowed";
    case LOOPSCOPE_ENOTPROVEN: return "a check of references did not come to its end";
  }
  return "unknown error";
}

int loopscope_internal_prepare(void) {
  const record::ErrnoKeeper errno_keeper;
  Session& self = session();
  if (!self.waits || !environment_comes_from_record() || self.prepared.open()) return LOOPSCOPE_OK;
  Lock lock(self);
  Options options;
  std::string problem;
  if (!read_options(nullptr, options, problem)) return fail(self, LOOPSCOPE_EINVAL, std::move(problem));
  self.prepared = write::open_trace_files(place_of(self, options), problem);
  return self.prepared.open() ? LOOPSCOPE_OK : fail(self, LOOPSCOPE_EIO, std::move(problem));
}

int loopscope_internal_loop_activity(void) {
  if (record::recording_number() != record::kStartOnFirstEvent) return LOOPSCOPE_OK;
  const record::ErrnoKeeper errno_keeper;
  return start_on_first_event() > 0 ? LOOPSCOPE_OK : LOOPSCOPE_EOFF;
}

void loopscope_internal_exiting(int status) {
  const record::ErrnoKeeper errno_keeper;
  if (getpid() != session().pid) return;
  prove_at_exit();
  end_at_exit(status);
}

}  // extern "C"
