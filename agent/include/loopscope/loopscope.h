/* loopscope.h: the C interface of the loopscope agent. Everything else (C++ header, adapters) stands on it.
 *
 * Words. A *task* is an asynchronous unit: created, begun and ended any number of times (each begin .. end is
 * a *span*), finished once with an outcome. A *site* says what kind of task is created where. A *loop* is an
 * event loop; it polls (waits in the kernel), then is busy.
 *
 * Promises. Every function may be called from any thread at any time: before loopscope_start, after
 * loopscope_stop, in a forked child, with ids of 0; it then does nothing. After a thread's first event no
 * function that records an event allocates, locks, writes a file, waits, throws or changes errno. What cannot
 * be recorded is counted as lost. Not async-signal-safe, but harmless in a signal handler: an event that
 * interrupts another one is dropped and counted.
 *
 * Errors. Functions that return int give 0 or a negative LOOPSCOPE_E...; loopscope_error_text says it in words.
 *
 * Stability. Structs begin with their size and only grow at the end; functions are only ever added.
 */
#ifndef LOOPSCOPE_LOOPSCOPE_H
#define LOOPSCOPE_LOOPSCOPE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LOOPSCOPE_VERSION_MAJOR 0
#define LOOPSCOPE_VERSION_MINOR 1

#if defined(__GNUC__)
#define LOOPSCOPE_API __attribute__((visibility("default")))
#else
#define LOOPSCOPE_API
#endif
#if defined(__has_attribute)
#if __has_attribute(noplt)
#define LOOPSCOPE_NO_PLT __attribute__((noplt))
#endif
#endif
#ifndef LOOPSCOPE_NO_PLT
#define LOOPSCOPE_NO_PLT
#endif

enum {
  LOOPSCOPE_OK = 0,
  LOOPSCOPE_EINVAL = -1,    /* an argument or option is out of range; loopscope_last_error names it */
  LOOPSCOPE_EALREADY = -2,  /* already recording */
  LOOPSCOPE_EOFF = -3,      /* not recording */
  LOOPSCOPE_EIO = -4,       /* the trace or its ring could not be created or written */
  LOOPSCOPE_ENOMEM = -5,    /* memory or threads could not be had */
  LOOPSCOPE_ETIMEDOUT = -6, /* not everything was written in the time allowed */
  LOOPSCOPE_ENOTPROVEN = -7 /* a check of references did not come to its end; loopscope_last_error says why */
};

typedef uint64_t loopscope_task; /* 0: none */
typedef uint32_t loopscope_site; /* 0: unknown */
typedef uint32_t loopscope_loop; /* 0: none */
typedef uint32_t loopscope_gauge;

/* ---- life of a recording ----------------------------------------------------------------------------- */

typedef struct loopscope_options {
  size_t size;            /* sizeof(loopscope_options) */
  const char* trace_path; /* NULL: $LOOPSCOPE_TRACE, else "loopscope.PID.pb" in the working directory */
  uint64_t ring_bytes;    /* memory for events not yet written, touched as needed; 0: 64 MiB;
                             1 MiB .. 4 GiB, and at most half of what is free there */
  uint32_t epoch_ms;      /* how often the file is brought up to date; 0: 100; 10 .. 10000 */
  uint32_t max_frames;    /* depth of creation stacks; 0: 24; 1 .. 128 */
  uint32_t flags;         /* LOOPSCOPE_START_... */
  uint32_t stall_ms;      /* a span or tick longer than this is a stall, and its stack is sampled; 0: 10;
                             1 .. 60000 or LOOPSCOPE_NEVER */
  uint32_t
      stall_sample_ms; /* inside a stall: until the second sample, then twice as long each; 0: 5; 1 .. 1000 */
  uint32_t blocking_ms; /* calls that block a loop's thread longer than this are recorded; 0: 1;
                             1 .. 60000 or LOOPSCOPE_NEVER */
  uint32_t
      stall_samples_per_s; /* on average; ten times as many at once; what is more is counted; 0: 10; 1 .. 10000 */
  uint32_t prove_leaks_ms; /* at exit, loopscope_prove_leaks with so much time; 0: not; at most 60000 */
} loopscope_options;

#define LOOPSCOPE_NEVER UINT32_MAX

enum {
  LOOPSCOPE_START_PRECISE = 1,     /* read the clock for every event, chain no spans */
  LOOPSCOPE_START_NO_STACKS = 2,   /* sites are the caller's address only */
  LOOPSCOPE_START_NO_CHILDREN = 4, /* a forked child does not record itself */
  LOOPSCOPE_START_NO_COMPRESSION = 8
};

/* Starts recording. `options` may be NULL. Environment variables LOOPSCOPE_TRACE, LOOPSCOPE_RING_BYTES,
 * LOOPSCOPE_EPOCH_MS, LOOPSCOPE_MAX_FRAMES, LOOPSCOPE_PRECISE, LOOPSCOPE_STACKS, LOOPSCOPE_CHILDREN,
 * LOOPSCOPE_COMPRESSION, LOOPSCOPE_STALL_MS, LOOPSCOPE_STALL_SAMPLE_MS, LOOPSCOPE_STALL_SAMPLES_PER_S,
 * LOOPSCOPE_BLOCKING_MS ("never" for LOOPSCOPE_NEVER) and LOOPSCOPE_PROVE_LEAKS_MS fill what `options` leaves at zero. Creates the trace (mode 0600), the threads
 * "loopscope-write" and "loopscope-watch", which mask all signals, and a shared ring that outlives a killed process.
 * A stalled thread that runs gets one signal a sample, the highest real-time signal that the program does not use.
 * Allocates. */
LOOPSCOPE_API int loopscope_start(const loopscope_options* options);

/* Writes what is recorded and ends the trace. Bounded: gives up waiting after 5 s (LOOPSCOPE_ETIMEDOUT).
 * Also called at normal exit. */
LOOPSCOPE_API int loopscope_stop(void);

/* Has everything recorded so far written to the file; waits at most `timeout_ms`. */
LOOPSCOPE_API int loopscope_flush(uint32_t timeout_ms);

typedef struct loopscope_leak_proof {
  size_t size;        /* sizeof(loopscope_leak_proof) */
  uint64_t suspended; /* recorded coroutines that waited */
  uint64_t
      never_resumable; /* of them: nothing refers to them, so nothing can resume or destroy them any more */
  uint64_t pause_ns;   /* for how long the program's threads stood still */
  uint64_t duration_ns;
} loopscope_leak_proof;

/* Proves of suspended coroutines (loopscope/coroutine.hpp) that they can never be resumed, and tells the trace which they
 * are: a copy of the process, made as by fork, is searched for whatever could lead to them. What may be a reference counts
 * as one: some that are lost are taken for reachable, never the other way round, but for references in disguise
 * (compressed, xored) and in memory that is shared with other processes. Waits for the answer, at most `timeout_ms` (0: 2000)
 * and a little; the program's other threads stand still while the copy is made. LOOPSCOPE_ENOTPROVEN if the time was too
 * short, or something that may hold references cannot be looked at; LOOPSCOPE_EALREADY while another thread asks. `proof`
 * may be NULL. Allocates. */
LOOPSCOPE_API int loopscope_prove_leaks(uint32_t timeout_ms, loopscope_leak_proof* proof);

typedef struct loopscope_status {
  size_t size; /* sizeof(loopscope_status) */
  uint64_t events;
  uint64_t lost_events;
  uint64_t bytes_written;
  uint64_t cpu_ns; /* of the agent's own threads */
  int recording;
} loopscope_status;

LOOPSCOPE_API int loopscope_get_status(loopscope_status* status);

/* What went wrong last in a start, stop or flush of this process, with what to try; "" if nothing did.
 * Valid until the next such call. */
LOOPSCOPE_API const char* loopscope_last_error(void);
LOOPSCOPE_API const char* loopscope_error_text(int error);

/* Non-zero while recording. Read it through loopscope_recording(). */
extern LOOPSCOPE_API int loopscope_recording_flag[];

static inline int loopscope_recording(void) {
#if defined(__GNUC__)
  return __atomic_load_n(&loopscope_recording_flag[0], __ATOMIC_RELAXED);
#else
  return *(volatile int*)&loopscope_recording_flag[0];
#endif
}

/* ---- sites ------------------------------------------------------------------------------------------- */

enum {
  LOOPSCOPE_SITE_SUBSCRIPTION = 1, /* fires many times: interval, listener, reader */
  LOOPSCOPE_SITE_INTERNAL = 2,     /* the library's own */
  LOOPSCOPE_SITE_DETACHED = 4,     /* nobody is expected to wait for it */
  LOOPSCOPE_SITE_SYNCHRONOUS = 8,  /* runs to its end inside the creating call */
  LOOPSCOPE_SITE_TEARDOWN = 16,    /* closing */
  LOOPSCOPE_SITE_BLOCKING = 32,    /* a call that blocked its thread longer than it may */
  LOOPSCOPE_SITE_STACK = 256       /* tasks created here get the caller's stack */
};

typedef struct loopscope_site_info {
  size_t size;      /* sizeof(loopscope_site_info) */
  const char* kind; /* required: what is started, in the library's word, such as "uv_timer" */
  const char* name; /* the rest may be NULL or 0 */
  const char* file;
  const char* function;
  uint32_t line;
  uint32_t flags; /* LOOPSCOPE_SITE_... */
} loopscope_site_info;

/* The number of a site; the same for the same contents. Copies the texts (at most 1023 bytes each). Cheap
 * enough to call again, but meant to be kept; a kept number is good for the next recording too. 0 if
 * `info` is bad or there are too many sites. Callable before loopscope_start. */
LOOPSCOPE_API loopscope_site loopscope_site_define(const loopscope_site_info* info);

/* ---- tasks ------------------------------------------------------------------------------------------- */

/* A new task of that site, child of the task running on this thread. Never 0 while recording. */
LOOPSCOPE_API loopscope_task loopscope_task_created(loopscope_site site);

/* As a parent: the task that runs on this thread. */
#define LOOPSCOPE_RUNNING_TASK UINT64_MAX

/* The same with what the caller knows better: the parent (0: none), and for LOOPSCOPE_SITE_STACK the return
 * address of the hooked function, where the stack is to begin (NULL: the caller). */
LOOPSCOPE_API loopscope_task loopscope_task_created_from(loopscope_site site, loopscope_task parent,
                                                         const void* return_address);

/* The task could run from now on; what passes until its span begins is queue delay. */
LOOPSCOPE_API void loopscope_task_ready(loopscope_task task);

/* The task is to run `in_ns` after the event this thread recorded last (a timer, right after creation). */
LOOPSCOPE_API void loopscope_task_due(loopscope_task task, uint64_t in_ns);

/* A span: the task runs on this thread. Spans nest; end names the task only to be checked. */
LOOPSCOPE_API void loopscope_span_begin(loopscope_task task);
LOOPSCOPE_API void loopscope_span_end(loopscope_task task);

typedef enum loopscope_outcome {
  LOOPSCOPE_OUTCOME_OK = 1,
  LOOPSCOPE_OUTCOME_ERROR = 2,
  LOOPSCOPE_OUTCOME_CANCELLED = 3,
  LOOPSCOPE_OUTCOME_ABANDONED = 4 /* destroyed without finishing */
} loopscope_outcome;

LOOPSCOPE_API void loopscope_task_finished(loopscope_task task);

/* A span ends and the task with it: both of the above at one reading of the clock. */
LOOPSCOPE_API void loopscope_span_end_finished(loopscope_task task);

/* `error_code` and `error` (may be NULL; interned, so keep to a bounded number of texts) say what happened. */
LOOPSCOPE_API void loopscope_task_finished_with(loopscope_task task, loopscope_outcome outcome,
                                                int64_t error_code, const char* error);

/* The task transferred `bytes` bytes: read, written, sent, received. Told more than once they add up. 0 is a number like any
 * other; of a task that is told none it is not known how many. Any thread, from its creation until it is finished. */
LOOPSCOPE_API void loopscope_task_bytes(loopscope_task task, uint64_t bytes);

/* loopscope_task_bytes and loopscope_span_end_finished at the cost of the second. */
LOOPSCOPE_API void loopscope_span_end_finished_bytes(loopscope_task task, uint64_t bytes);

/* The innermost task running on this thread; 0 if none. */
LOOPSCOPE_API loopscope_task loopscope_current_task(void);

/* A name of the user's for one task. Interned: use a bounded number. */
LOOPSCOPE_API void loopscope_task_name(loopscope_task task, const char* name);

/* key=value that the task's descendants inherit when read. Interned. */
LOOPSCOPE_API void loopscope_task_context(loopscope_task task, const char* key, const char* value);

/* `waiter` waits for `awaited`, from a place `site` (may be 0). `awaited` 0: for something that is no task; the site's
 * name says what. Ends with the same two. */
LOOPSCOPE_API void loopscope_await_begin(loopscope_task waiter, loopscope_task awaited, loopscope_site site);
LOOPSCOPE_API void loopscope_await_end(loopscope_task waiter, loopscope_task awaited);

/* A span ends because its task has to wait: loopscope_await_begin and loopscope_span_end at one reading of the clock. */
LOOPSCOPE_API void loopscope_span_end_awaiting(loopscope_task task, loopscope_task awaited,
                                               loopscope_site site);

/* The wait is over and the task runs: loopscope_await_end and loopscope_span_begin at one reading of the clock. */
LOOPSCOPE_API void loopscope_span_begin_awaited(loopscope_task task, loopscope_task awaited);

/* The running task (or nobody) asked `task` to stop. */
LOOPSCOPE_API void loopscope_cancel_requested(loopscope_task task, loopscope_site site);

/* ---- loops ------------------------------------------------------------------------------------------- */

/* A new loop. `kind` is the library's name; `name` may be NULL. Works before loopscope_start. */
LOOPSCOPE_API loopscope_loop loopscope_loop_created(const char* kind, const char* name);
LOOPSCOPE_API void loopscope_loop_closed(loopscope_loop loop);

/* For a library whose loops are found by their waits (loopscope::loops) and whose code is a part of its users' programs, so
 * that no file name tells whose a wait is: says that loops are of `kind` where `runs_here` gives other than 0 on the
 * thread that waits. It is asked once for each loop, and may not block or call the agent. NULL for `kind` takes it back, as
 * is due before the function's code is unloaded. LOOPSCOPE_ENOMEM: there are 16 already. Works before loopscope_start. */
LOOPSCOPE_API int loopscope_loop_kind(const char* kind, int (*runs_here)(void));

/* Around the call that runs the loop: what happens in it before its first poll and after its last one is the loop's
 * own work as well, and what happens behind it is not. Optional. `outer`: the loop from a callback of which this one
 * was run; 0 if there is none. */
LOOPSCOPE_API void loopscope_loop_entered(loopscope_loop loop);
LOOPSCOPE_API void loopscope_loop_left(loopscope_loop loop, loopscope_loop outer);

/* Around the call in which the loop waits in the kernel. timeout_ns: how long it is willing to wait,
 * UINT64_MAX for ever. events: how many the kernel returned. Between poll end and the next poll begin of a
 * thread its spans may share clock readings (see LOOPSCOPE_START_PRECISE). */
LOOPSCOPE_API void loopscope_poll_begin(loopscope_loop loop, uint64_t timeout_ns);
LOOPSCOPE_API void loopscope_poll_end(loopscope_loop loop, uint32_t events);

/* The loop ran something `late_ns` after it was due, measured by the caller. */
LOOPSCOPE_API void loopscope_lag_sample(loopscope_loop loop, uint64_t late_ns);

/* ---- numbers, pauses, threads ------------------------------------------------------------------------ */

LOOPSCOPE_API loopscope_gauge loopscope_gauge_define(const char* name, const char* unit);
LOOPSCOPE_API void loopscope_gauge_set(loopscope_gauge gauge, double number);

/* This thread stands still for a reason of the runtime's ("gc minor"). */
LOOPSCOPE_API void loopscope_pause_begin(const char* kind);
LOOPSCOPE_API void loopscope_pause_end(void);

LOOPSCOPE_API void loopscope_thread_name(const char* name);

/* ---- calls while not recording ----------------------------------------------------------------------- */

/* The frequent functions look at loopscope_recording() where they are called, and then call one of these, which are
 * the same functions under another name. Nobody else needs them. LOOPSCOPE_NO_INLINE before the #include leaves
 * plain calls. */
LOOPSCOPE_API loopscope_task loopscope_recorded_task_created(loopscope_site) LOOPSCOPE_NO_PLT;
LOOPSCOPE_API loopscope_task loopscope_recorded_task_created_from(loopscope_site, loopscope_task,
                                                                  const void*) LOOPSCOPE_NO_PLT;
LOOPSCOPE_API void loopscope_recorded_task_ready(loopscope_task) LOOPSCOPE_NO_PLT;
LOOPSCOPE_API void loopscope_recorded_task_due(loopscope_task, uint64_t) LOOPSCOPE_NO_PLT;
LOOPSCOPE_API void loopscope_recorded_span_begin(loopscope_task) LOOPSCOPE_NO_PLT;
LOOPSCOPE_API void loopscope_recorded_span_end(loopscope_task) LOOPSCOPE_NO_PLT;
LOOPSCOPE_API void loopscope_recorded_task_finished(loopscope_task) LOOPSCOPE_NO_PLT;
LOOPSCOPE_API void loopscope_recorded_span_end_finished(loopscope_task) LOOPSCOPE_NO_PLT;
LOOPSCOPE_API void loopscope_recorded_task_bytes(loopscope_task, uint64_t) LOOPSCOPE_NO_PLT;
LOOPSCOPE_API void loopscope_recorded_span_end_finished_bytes(loopscope_task, uint64_t) LOOPSCOPE_NO_PLT;
LOOPSCOPE_API void loopscope_recorded_span_end_awaiting(loopscope_task, loopscope_task,
                                                        loopscope_site) LOOPSCOPE_NO_PLT;
LOOPSCOPE_API void loopscope_recorded_span_begin_awaited(loopscope_task, loopscope_task) LOOPSCOPE_NO_PLT;
LOOPSCOPE_API void loopscope_recorded_poll_begin(loopscope_loop, uint64_t) LOOPSCOPE_NO_PLT;
LOOPSCOPE_API void loopscope_recorded_poll_end(loopscope_loop, uint32_t) LOOPSCOPE_NO_PLT;

#if defined(__GNUC__) && !defined(LOOPSCOPE_NO_INLINE)
#define LOOPSCOPE_INLINE_CALL extern inline __attribute__((gnu_inline, always_inline))
#define LOOPSCOPE_IS_RECORDING \
  __builtin_expect(__atomic_load_n(&loopscope_recording_flag[0], __ATOMIC_RELAXED), 0)
LOOPSCOPE_INLINE_CALL loopscope_task loopscope_task_created(loopscope_site site) {
  return LOOPSCOPE_IS_RECORDING ? loopscope_recorded_task_created(site) : 0;
}
LOOPSCOPE_INLINE_CALL loopscope_task loopscope_task_created_from(loopscope_site site, loopscope_task parent,
                                                                 const void* return_address) {
  return LOOPSCOPE_IS_RECORDING ? loopscope_recorded_task_created_from(site, parent, return_address) : 0;
}
LOOPSCOPE_INLINE_CALL void loopscope_task_ready(loopscope_task task) {
  if (LOOPSCOPE_IS_RECORDING) loopscope_recorded_task_ready(task);
}
LOOPSCOPE_INLINE_CALL void loopscope_task_due(loopscope_task task, uint64_t in_ns) {
  if (LOOPSCOPE_IS_RECORDING) loopscope_recorded_task_due(task, in_ns);
}
LOOPSCOPE_INLINE_CALL void loopscope_span_begin(loopscope_task task) {
  if (LOOPSCOPE_IS_RECORDING) loopscope_recorded_span_begin(task);
}
LOOPSCOPE_INLINE_CALL void loopscope_span_end(loopscope_task task) {
  if (LOOPSCOPE_IS_RECORDING) loopscope_recorded_span_end(task);
}
LOOPSCOPE_INLINE_CALL void loopscope_task_finished(loopscope_task task) {
  if (LOOPSCOPE_IS_RECORDING) loopscope_recorded_task_finished(task);
}
LOOPSCOPE_INLINE_CALL void loopscope_span_end_finished(loopscope_task task) {
  if (LOOPSCOPE_IS_RECORDING) loopscope_recorded_span_end_finished(task);
}
LOOPSCOPE_INLINE_CALL void loopscope_task_bytes(loopscope_task task, uint64_t bytes) {
  if (LOOPSCOPE_IS_RECORDING) loopscope_recorded_task_bytes(task, bytes);
}
LOOPSCOPE_INLINE_CALL void loopscope_span_end_finished_bytes(loopscope_task task, uint64_t bytes) {
  if (LOOPSCOPE_IS_RECORDING) loopscope_recorded_span_end_finished_bytes(task, bytes);
}
LOOPSCOPE_INLINE_CALL void loopscope_span_end_awaiting(loopscope_task task, loopscope_task awaited,
                                                       loopscope_site site) {
  if (LOOPSCOPE_IS_RECORDING) loopscope_recorded_span_end_awaiting(task, awaited, site);
}
LOOPSCOPE_INLINE_CALL void loopscope_span_begin_awaited(loopscope_task task, loopscope_task awaited) {
  if (LOOPSCOPE_IS_RECORDING) loopscope_recorded_span_begin_awaited(task, awaited);
}
LOOPSCOPE_INLINE_CALL void loopscope_poll_begin(loopscope_loop loop, uint64_t timeout_ns) {
  if (LOOPSCOPE_IS_RECORDING) loopscope_recorded_poll_begin(loop, timeout_ns);
}
LOOPSCOPE_INLINE_CALL void loopscope_poll_end(loopscope_loop loop, uint32_t events) {
  if (LOOPSCOPE_IS_RECORDING) loopscope_recorded_poll_end(loop, events);
}
#endif

#ifdef __cplusplus
}
#endif
#endif
