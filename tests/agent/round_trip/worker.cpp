#include "tests/agent/round_trip/worker.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <string>

namespace loopscope::round_trip {
namespace {

std::uint64_t now() {
  timespec at{};
  clock_gettime(CLOCK_MONOTONIC, &at);
  return static_cast<std::uint64_t>(at.tv_sec) * 1'000'000'000u + static_cast<std::uint64_t>(at.tv_nsec);
}

}  // namespace

void Pool::add(loopscope_task task) {
  const std::lock_guard held(lock_);
  pending_.push_back(task);
  peak_ = std::max<std::uint64_t>(peak_, pending_.size());
}

bool Pool::take_this(loopscope_task task) {
  const std::lock_guard held(lock_);
  return std::erase(pending_, task) != 0;
}

loopscope_task Pool::any(std::uint64_t random) const {
  const std::lock_guard held(lock_);
  return pending_.empty() ? 0 : pending_[random % pending_.size()];
}

loopscope_task Pool::take(std::uint64_t random) {
  const std::lock_guard held(lock_);
  if (pending_.empty()) return 0;
  std::swap(pending_[random % pending_.size()], pending_.back());
  const loopscope_task task = pending_.back();
  pending_.pop_back();
  return task;
}

bool Pool::begin_await(loopscope_task waiter, loopscope_task awaited) {
  const std::lock_guard held(lock_);
  return awaits_.emplace(waiter, awaited).second;
}

void Pool::end_await(loopscope_task waiter, loopscope_task awaited) {
  const std::lock_guard held(lock_);
  awaits_.erase({waiter, awaited});
}

Worker::Worker(const Shape& shape, int number, const Issued& names, Pool& pool)
    : shape_(shape),
      random_(shape.seed * 1009 + static_cast<std::uint64_t>(number)),
      names_(names),
      pool_(pool),
      next_number_(number * 1e6) {}

template <class Call>
void Worker::timed(Op op, Call call) {
  op.at.before = now();
  call();
  op.at.after = now();
  last_timed_ = op.at;
  thread_.ops.push_back(std::move(op));
}

template <class Call>
void Worker::untimed(Op op, Call call) {
  op.at = last_timed_;
  call();
  thread_.ops.push_back(std::move(op));
}

void Worker::enter() {
  thread_.tid = static_cast<std::uint32_t>(syscall(SYS_gettid));
  loop_ = loopscope_loop_created("random", nullptr);
  create();
  favourite_ = thread_.ops.front().task;
}

void Worker::leave() {
  if (in_poll_) turn_loop();
}

void Worker::step() {
  switch (upto(20)) {
    case 0:
    case 1:
    case 2: create(); break;
    case 3:
    case 4:
    case 5:
    case 6:
      begin_span();
      if (one_in(101))
        while (begin_span()) continue;
      break;
    case 7:
    case 8:
    case 9:
    case 10: end_span(); break;
    case 11: finish(); break;
    case 12: end_and_finish(); break;
    case 13: wait(); break;
    case 14: one_in(2) ? label() : transfer(); break;
    case 15:
    case 16: turn_loop(); break;
    case 17: pause(); break;
    case 18: measure(); break;
    default: call_for_nothing(); spin();
  }
}

void Worker::create() {
  const auto site = static_cast<std::uint32_t>(upto(names_.sites.size()));
  Op op{.did = Did::created, .subject = site};
  loopscope_task task = 0;
  const std::uint32_t number = names_.sites[site].number;
  if (one_in(3)) {
    op.other = one_in(2) ? 0 : pool_.any(random_());
    timed(op, [&] { task = loopscope_task_created_from(number, op.other, nullptr); });
  } else {
    op.other = open_.empty() ? 0 : open_.back();
    timed(op, [&] {
      task = one_in(2) ? loopscope_task_created(number)
                       : loopscope_task_created_from(number, LOOPSCOPE_RUNNING_TASK, nullptr);
    });
  }
  thread_.ops.back().task = task;
  if (one_in(5)) {
    const std::uint64_t in_ns = upto(100'000);
    untimed({.did = Did::due, .task = task, .value = static_cast<std::int64_t>(in_ns)},
            [&] { loopscope_task_due(task, in_ns); });
  }
  created_.insert(task);
  pool_.add(task);
}

// False if there is none to begin, or no place for it.
bool Worker::begin_span() {
  const loopscope_task task = shape_.repeats && one_in(3) ? favourite_ : pool_.any(random_());
  if (task == 0 || open_.size() >= shape_.deepest) return false;
  if (in_tick_ && open_.empty() && !shape_.precise && created_.contains(task)) {
    untimed({.did = Did::begun_chained, .task = task}, [&] { loopscope_span_begin(task); });
  } else {
    timed({.did = Did::begun, .task = task}, [&] { loopscope_span_begin(task); });
  }
  open_.push_back(task);
  if (one_in(3)) spin();
  return true;
}

// Mostly of the innermost; of one further out, those inside end too.
void Worker::end_span() {
  if (open_.empty()) return;
  const loopscope_task task = one_in(7) ? open_[upto(open_.size())] : open_.back();
  Op op{.did = Did::ended};
  op.at.before = now();
  loopscope_span_end(task);
  op.at.after = last_timed_.after = now();
  last_timed_ = op.at;
  for (bool last = false; !last; open_.pop_back()) {
    last = open_.back() == task;
    op.task = open_.back();
    thread_.ops.push_back(op);
  }
}

// Any number, most of them small.
std::uint64_t Worker::some_bytes() { return random_() >> upto(64); }

void Worker::transfer() {
  const loopscope_task task = pool_.any(random_());
  if (task == 0) return;
  const std::uint64_t bytes = some_bytes();
  untimed({.did = Did::transferred, .task = task, .value = static_cast<std::int64_t>(bytes)},
          [&] { loopscope_task_bytes(task, bytes); });
}

// Two events of one call, or three.
void Worker::end_and_finish() {
  if (open_.empty() || !pool_.take_this(open_.back())) return finish();
  const loopscope_task task = open_.back();
  if (one_in(2)) {
    const std::uint64_t bytes = some_bytes();
    untimed({.did = Did::transferred, .task = task, .value = static_cast<std::int64_t>(bytes)}, [] {});
    timed({.did = Did::ended, .task = task}, [&] { loopscope_span_end_finished_bytes(task, bytes); });
  } else {
    timed({.did = Did::ended, .task = task}, [&] { loopscope_span_end_finished(task); });
  }
  open_.pop_back();
  Op finished = thread_.ops.back();
  finished.did = Did::finished;
  finished.outcome = LOOPSCOPE_OUTCOME_OK;
  thread_.ops.push_back(finished);
}

void Worker::finish() {
  const loopscope_task task = pool_.take(random_());
  if (task == 0) return;
  Op op{.did = Did::finished, .task = task, .outcome = LOOPSCOPE_OUTCOME_OK};
  if (one_in(2)) {
    timed(op, [&] { loopscope_task_finished(task); });
    return;
  }
  op.outcome = static_cast<int>(1 + upto(4));
  op.value = static_cast<std::int64_t>(random_());
  if (!one_in(3)) op.text = "error " + std::to_string(upto(5));
  timed(op, [&] {
    loopscope_task_finished_with(task, static_cast<loopscope_outcome>(op.outcome), op.value,
                                 op.text.empty() ? nullptr : op.text.c_str());
  });
}

void Worker::wait() {
  const loopscope_task task = pool_.any(random_());
  const loopscope_task other = one_in(5) ? 0 : pool_.any(random_());
  if (task == 0 || task == other) return;
  const auto site = static_cast<std::uint32_t>(upto(names_.sites.size()));
  const std::uint32_t number = names_.sites[site].number;
  switch (upto(6)) {
    case 4: end_span_waiting(other, site); break;
    case 5: begin_span_after_wait(); break;
    case 0: timed({.did = Did::ready, .task = task}, [&] { loopscope_task_ready(task); }); break;
    case 1: {
      const loopscope_task asker = open_.empty() ? 0 : open_.back();
      timed({.did = Did::cancelled, .task = task, .other = asker, .subject = site},
            [&] { loopscope_cancel_requested(task, number); });
      break;
    }
    case 2:
      if (awaits_.empty()) return;
      timed({.did = Did::awaited, .task = awaits_.back().first, .other = awaits_.back().second},
            [&] { loopscope_await_end(awaits_.back().first, awaits_.back().second); });
      pool_.end_await(awaits_.back().first, awaits_.back().second);
      awaits_.pop_back();
      break;
    default:
      if (!pool_.begin_await(task, other)) return;
      timed({.did = Did::awaiting, .task = task, .other = other, .subject = site},
            [&] { loopscope_await_begin(task, other, number); });
      awaits_.emplace_back(task, other);
  }
}

// Two events of one call, these and the next.
void Worker::end_span_waiting(loopscope_task other, std::uint32_t site) {
  if (open_.empty() || open_.back() == other || !pool_.begin_await(open_.back(), other)) return;
  const loopscope_task task = open_.back();
  timed({.did = Did::ended, .task = task},
        [&] { loopscope_span_end_awaiting(task, other, names_.sites[site].number); });
  open_.pop_back();
  Op waits = thread_.ops.back();
  waits.did = Did::awaiting;
  waits.other = other;
  waits.subject = site;
  thread_.ops.push_back(waits);
  awaits_.emplace_back(task, other);
}

void Worker::begin_span_after_wait() {
  if (awaits_.empty() || open_.size() >= shape_.deepest) return;
  const auto [task, other] = awaits_.back();
  timed({.did = Did::awaited, .task = task, .other = other},
        [&, task = task, other = other] { loopscope_span_begin_awaited(task, other); });
  pool_.end_await(task, other);
  awaits_.pop_back();
  Op begun = thread_.ops.back();
  begun.did = Did::begun;
  thread_.ops.push_back(begun);
  open_.push_back(task);
}

void Worker::label() {
  const loopscope_task task = pool_.any(random_());
  if (task == 0) return;
  Op op{.did = Did::labelled, .task = task, .text = "key " + std::to_string(upto(3))};
  if (one_in(3)) {
    op.did = Did::named;
    untimed(op, [&] { loopscope_task_name(task, op.text.c_str()); });
  } else {
    op.more = "value " + std::to_string(upto(101));
    untimed(op, [&] { loopscope_task_context(task, op.text.c_str(), op.more.c_str()); });
  }
}

void Worker::turn_loop() {
  if (in_poll_) {
    const auto events = static_cast<std::uint32_t>(upto(3));
    timed({.did = Did::polled, .subject = loop_, .value = events},
          [&] { loopscope_poll_end(loop_, events); });
    in_tick_ = true;
  } else {
    const std::uint64_t timeout = one_in(3) ? 0 : one_in(2) ? UINT64_MAX : upto(1'000'000'007);
    timed({.did = Did::polling, .subject = loop_, .value = static_cast<std::int64_t>(timeout)},
          [&] { loopscope_poll_begin(loop_, timeout); });
    in_tick_ = false;
  }
  in_poll_ = !in_poll_;
}

void Worker::pause() {
  if (pauses_ > 0 && one_in(2)) {
    --pauses_;
    timed({.did = Did::resumed}, [] { loopscope_pause_end(); });
  } else if (pauses_ < 3) {
    ++pauses_;
    const std::string kind = "gc " + std::to_string(upto(3));
    timed({.did = Did::paused, .text = kind}, [&] { loopscope_pause_begin(kind.c_str()); });
  }
}

void Worker::measure() {
  if (one_in(3)) {
    const std::uint64_t late_ns = upto(1'000'003);
    timed({.did = Did::late, .subject = loop_, .value = static_cast<std::int64_t>(late_ns)},
          [&] { loopscope_lag_sample(loop_, late_ns); });
    return;
  }
  const auto gauge = static_cast<std::uint32_t>(upto(names_.gauges.size()));
  const double number = next_number_ += 0.5;
  timed({.did = Did::measured, .subject = gauge, .number = number},
        [&] { loopscope_gauge_set(names_.first_gauge + gauge, number); });
}

// The interface promises that these do nothing.
void Worker::call_for_nothing() {
  loopscope_task_ready(0);
  loopscope_task_due(0, 1);
  loopscope_span_begin(0);
  loopscope_span_end(0);
  loopscope_span_end_finished(0);
  loopscope_span_end_finished_bytes(0, 1);
  loopscope_task_bytes(0, 1);
  loopscope_span_end(UINT64_MAX >> 30);  // nobody's
  loopscope_task_finished(0);
  loopscope_task_finished_with(0, LOOPSCOPE_OUTCOME_ERROR, 1, "of nobody");
  loopscope_task_finished_with(1, static_cast<loopscope_outcome>(0), 1, "no outcome");
  loopscope_task_name(0, "nobody");
  loopscope_task_name(1, nullptr);
  loopscope_task_context(0, "key", "value");
  loopscope_task_context(1, nullptr, "value");
  loopscope_cancel_requested(0, 1);
  loopscope_gauge_set(0, 1);
  loopscope_lag_sample(0, 1);
  loopscope_loop_closed(0);
  if (!shape_.waits_for_nobody) return;
  loopscope_await_begin(0, favourite_, 0);
  loopscope_await_end(0, favourite_);
  loopscope_span_end_awaiting(0, favourite_, 0);
  loopscope_span_begin_awaited(0, favourite_);
  loopscope_poll_begin(0, 1);
  loopscope_poll_end(0, 1);
}

// Long enough to be seen beside what reading a clock takes; now and then as long as a batch of the writer.
void Worker::spin() {
  if (shape_.hurries) return;
  const std::uint64_t until = now() + (one_in(29) ? 1'000'003 : upto(40'009));
  while (now() < until) {
  }
}

}  // namespace loopscope::round_trip
