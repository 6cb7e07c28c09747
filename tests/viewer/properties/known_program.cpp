#include "tests/viewer/properties/known_program.h"

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <utility>

namespace loopscope::testing {
namespace {

constexpr std::uint64_t kFirstTicks = 1000;  // are time 0
constexpr Nanos kStallLimit = 10 * kMillisecond;

// What a coroutine did between two instants, by itself or through one that it awaited.
struct Piece {
  enum class What { runs, waits, late, awaits };
  What what;
  Time from;
  Time to;
  std::size_t awaited = 0;  // whose pieces explain it
};

struct Coroutine {
  std::uint64_t id = 0;
  std::size_t waiter = kNobody;
  std::vector<Piece> pieces;
  Time suspended = 0;
  unsigned steps = 0;  // still to do
  unsigned depth = 0;
  unsigned left = 0;                 // awaited ones that are not over yet
  bool waits_for_something = false;  // it has an await open, on no task
  bool over = false;
  static constexpr std::size_t kNobody = SIZE_MAX;
};

class Program {
 public:
  explicit Program(unsigned seed) : random_(seed) {
    thread_ = writer_.thread("main", 4711);
    loop_ = writer_.loop("libuv", thread_);
    coroutine_ = writer_.site("coroutine", {0x1001});
    timer_ = writer_.site("uv_timer", {0x1002});
    noise_ = writer_.site("uv_work", {0x1003});
    await_ = writer_.site("await", {0x1004});
    key_ = writer_.string("id");
  }

  KnownProgram run() {
    const std::uint64_t requests = 1 + below(5);
    const std::uint64_t noise = below(12);
    add(EventKind::LOOP_ENTERED, {loop_});
    const Time entered = now_;
    for (std::uint64_t i = 0; i < requests; ++i) {
      at(below(40) * kMillisecond, [this] {
        const std::uint64_t accept = create(noise_, 0);
        begin(accept);
        spend(10'000);
        start_request();
        end();
        finish(accept);
      });
    }
    for (std::uint64_t i = 0; i < noise; ++i) {
      at(below(200) * kMillisecond, [this] {
        const std::uint64_t task = create(noise_, 0);
        begin(task);
        spend(chance(3) ? 11 * kMillisecond + below(30) * kMillisecond : 1'000 + below(3'000'000));
        end();
        finish(task);
      });
    }
    turn();
    add(EventKind::LOOP_LEFT, {loop_});
    known_.loop_time = now_ - entered;
    give_up();
    for (const std::size_t root : roots_) known_.requests.push_back(truth_of(root));
    writer_.batch(thread_, 1, events_, Packing::raw);
    writer_.end(End::EXIT, 0, ticks());
    known_.bytes = writer_.bytes();
    return std::move(known_);
  }

 private:
  using Call = std::function<void()>;

  std::uint64_t below(unsigned limit) { return random_() % limit; }
  bool chance(unsigned one_in) { return random_() % one_in == 0; }
  std::uint64_t ticks() const { return kFirstTicks + static_cast<std::uint64_t>(now_); }

  void add(EventKind kind, std::vector<std::uint64_t> values) {
    events_.push_back({.kind = kind, .ticks = ticks(), .values = std::move(values)});
  }
  // The clock goes on between two events, as it does.
  void tick() { now_ += 1 + static_cast<Time>(below(700)); }
  void spend(std::uint64_t ns) { now_ += static_cast<Time>(ns); }

  std::uint64_t create(std::uint32_t site, std::uint64_t parent) {
    tick();
    const std::uint64_t id = ++last_id_;
    events_.push_back(task_created(ticks(), id, site, parent));
    ++known_.created;
    return id;
  }
  void begin(std::uint64_t task) {
    events_.push_back(span_begin(ticks(), task));
    open_.emplace_back(task, now_);
  }
  void end() {
    events_.push_back(span_end(ticks()));
    const auto [task, begun] = open_.back();
    open_.pop_back();
    known_.run[task] += now_ - begun;
    if (open_.empty() && now_ - begun > kStallLimit) {
      stalls_.emplace_back(begun, now_);
      stalled_ = true;
    }
  }
  void finish(std::uint64_t task) {
    if (chance(7)) {
      events_.push_back(task_finished_with(ticks(), task, ERROR, -2));
      ++known_.failed;
    } else {
      events_.push_back(task_finished(ticks(), task));
    }
    ++known_.finished;
  }

  void at(std::uint64_t in_ns, Call call) { due_.emplace(now_ + static_cast<Time>(in_ns), std::move(call)); }

  // The loop, as libuv turns: what is due when the poll ends runs, what becomes due meanwhile runs in the next turn.
  void turn() {
    Time busy_since = now_;
    for (bool last = false; !last;) {
      last = due_.empty();
      tick();
      known_.busy += now_ - busy_since;
      if (!stalled_ && now_ - busy_since > kStallLimit) stalls_.emplace_back(busy_since, now_);
      stalled_ = false;
      const Time polled = now_;
      const Time next = last ? now_ : due_.begin()->first;
      events_.push_back(
          poll_begin(ticks(), loop_, static_cast<std::uint64_t>(std::max<Time>(next - now_, 0))));
      now_ = std::max(now_, next);
      tick();
      known_.idle += now_ - polled;
      events_.push_back(poll_end(ticks(), loop_, last ? 0 : 1));
      busy_since = now_;
      std::vector<Call> calls;
      while (!due_.empty() && due_.begin()->first <= busy_since) {
        calls.push_back(std::move(due_.begin()->second));
        due_.erase(due_.begin());
      }
      for (const Call& call : calls) {
        tick();
        call();
      }
    }
    known_.busy += now_ - busy_since;
  }

  // What is left is destroyed, or not even that.
  void give_up() {
    for (const auto& coroutine : coroutines_) {
      if (coroutine->over || chance(2)) continue;
      tick();
      events_.push_back(task_finished_with(ticks(), coroutine->id, ABANDONED));
      ++known_.abandoned;
      ++known_.finished;
    }
  }

  std::size_t new_coroutine(std::size_t waiter, std::uint64_t parent, unsigned depth) {
    const std::size_t index = coroutines_.size();
    const std::uint64_t id = create(coroutine_, parent);
    coroutines_.push_back(std::make_unique<Coroutine>());
    Coroutine& made = *coroutines_.back();
    made.id = id;
    made.waiter = waiter;
    made.depth = depth;
    made.steps = 1 + static_cast<unsigned>(below(4));
    made.suspended = now_;
    return index;
  }

  void start_request() {
    const std::size_t index = new_coroutine(Coroutine::kNobody, open_.back().first, 0);
    Coroutine& root = *coroutines_[index];
    const std::uint32_t value = writer_.string("request " + std::to_string(roots_.size()));
    events_.push_back({.kind = EventKind::CONTEXT_SET, .task = root.id, .values = {key_, value}});
    roots_.push_back(index);
    tick();
    go_on(index);
  }

  // It is suspended, and goes on now: until its next wait, or to its end.
  void go_on(std::size_t index) {
    Coroutine& own = *coroutines_[index];
    own.pieces.push_back({Piece::What::late, own.suspended, now_});
    const Time since = now_;
    begin(own.id);
    while (own.steps > 0) {
      --own.steps;
      spend(500 + below(chance(5) ? 4'000'000 : 90'000));
      if (chance(23)) spend(11'000'000);  // a stall
      const std::uint64_t what = below(own.depth < 3 ? 6 : 3);
      if (what == 0) continue;  // goes on running
      std::vector<std::size_t> awaited;
      if (what >= 3) {
        const std::uint64_t count = what == 5 ? 2 + below(3) : 1;
        for (std::uint64_t i = 0; i < count; ++i)
          awaited.push_back(new_coroutine(index, own.id, own.depth + 1));
      }
      const bool named = what >= 3 || chance(2);
      std::uint64_t timer = 0;
      const std::uint64_t wait = below(chance(3) ? 90'000'000 : 2'000'000);
      Time due = 0;
      if (what == 1) {
        timer = create(timer_, own.id);
        due = now_ + static_cast<Time>(wait);
        events_.push_back(task_due(timer, wait));
      }
      tick();
      suspend(own, since, awaited, what == 2 || named);
      if (what == 2) {
        due = now_ + static_cast<Time>(wait);
        events_.push_back(task_due(own.id, wait));
      }
      end();
      if (what >= 3) return start_all(index, awaited);
      if (chance(31)) return;  // nobody will ever resume it
      at(static_cast<std::uint64_t>(std::max<Time>(due - now_, 0)),
         [this, index, timer, due] { timer != 0 ? fire(index, timer, due) : wake(index, due); });
      return;
    }
    own.pieces.push_back({Piece::What::runs, since, now_});
    end();
    over(index);
  }

  void suspend(Coroutine& own, Time since, const std::vector<std::size_t>& awaited, bool named) {
    own.pieces.push_back({Piece::What::runs, since, now_});
    own.suspended = now_;
    own.waits_for_something = awaited.empty() && named;
    if (own.waits_for_something) await(own.id, 0);
    for (const std::size_t one : awaited) await(own.id, coroutines_[one]->id);
  }
  void await(std::uint64_t waiter, std::uint64_t awaited) {
    events_.push_back(
        {.kind = EventKind::AWAIT_BEGIN, .ticks = ticks(), .task = waiter, .other = awaited, .site = await_});
  }
  void await_over(std::uint64_t waiter, std::uint64_t awaited) {
    events_.push_back({.kind = EventKind::AWAIT_END, .ticks = ticks(), .task = waiter, .other = awaited});
  }

  void start_all(std::size_t index, const std::vector<std::size_t>& awaited) {
    coroutines_[index]->left = static_cast<unsigned>(awaited.size());
    for (const std::size_t one : awaited) {
      // Only now anybody waits for it.
      coroutines_[one]->suspended = coroutines_[index]->suspended;
      tick();
      go_on(one);
    }
  }

  // The timer's callback resumes the coroutine that waits for it.
  void fire(std::size_t index, std::uint64_t timer, Time due) {
    Coroutine& own = *coroutines_[index];
    begin(timer);
    const Time begun = now_;
    waited(own, due, begun);
    spend(1 + below(40'000));
    own.pieces.push_back({Piece::What::runs, begun, now_});
    own.suspended = now_;
    if (own.waits_for_something) await_over(own.id, 0);
    go_on(index);
    tick();
    end();
    finish(timer);
  }

  // The loop resumes it by itself.
  void wake(std::size_t index, Time due) {
    Coroutine& own = *coroutines_[index];
    waited(own, due, now_);
    own.suspended = now_;
    if (own.waits_for_something) await_over(own.id, 0);
    if (chance(2)) tick();
    go_on(index);
  }

  // Waited until it was due, and was late from then on.
  static void waited(Coroutine& own, Time due, Time begun) {
    const Time ready = std::clamp(due, own.suspended, begun);
    own.pieces.push_back({Piece::What::waits, own.suspended, ready});
    own.pieces.push_back({Piece::What::late, ready, begun});
  }

  void over(std::size_t index) {
    Coroutine& own = *coroutines_[index];
    finish(own.id);
    own.over = true;
    own.pieces.push_back({Piece::What::runs, now_, now_});  // the end
    if (own.waiter == Coroutine::kNobody) return;
    Coroutine& waiter = *coroutines_[own.waiter];
    await_over(waiter.id, own.id);
    if (--waiter.left > 0) return;
    waiter.pieces.push_back({Piece::What::awaits, waiter.suspended, now_, index});
    waiter.suspended = now_;
    if (chance(2)) tick();
    go_on(own.waiter);
  }

  // ---- the truth ----

  void add_late(KnownRequest& request, Time from, Time to) const {
    Nanos held = 0;
    for (const auto& [begin, end] : stalls_) {
      held += std::max<Nanos>(std::min(to, end) - std::max(from, begin), 0);
    }
    request.held_up += held;
    request.queued += to - from - held;
  }

  void add_pieces(KnownRequest& request, std::size_t index, Time from, Time to) const {
    for (const Piece& piece : coroutines_[index]->pieces) {
      const Time begin = std::max(piece.from, from);
      const Time end = std::min(piece.to, to);
      if (begin >= end) continue;
      switch (piece.what) {
        case Piece::What::runs: request.running += end - begin; break;
        case Piece::What::waits: request.waiting += end - begin; break;
        case Piece::What::late: add_late(request, begin, end); break;
        case Piece::What::awaits: add_pieces(request, piece.awaited, begin, end); break;
      }
    }
  }

  KnownRequest truth_of(std::size_t root) const {
    KnownRequest request;
    request.task = coroutines_[root]->id;
    request.finished = coroutines_[root]->over;
    if (!request.finished) return request;
    request.begin = coroutines_[root]->pieces.front().from;
    request.end = coroutines_[root]->pieces.back().to;
    add_pieces(request, root, request.begin, request.end);
    return request;
  }

  std::mt19937 random_;
  TraceWriter writer_;
  std::uint32_t thread_, loop_, coroutine_, timer_, noise_, await_, key_;
  std::vector<Event> events_;
  Time now_ = 1;
  std::uint64_t last_id_ = 0;
  std::multimap<Time, Call> due_;
  std::vector<std::pair<std::uint64_t, Time>> open_;
  std::vector<std::pair<Time, Time>> stalls_;
  bool stalled_ = false;  // a span of this turn did
  std::vector<std::unique_ptr<Coroutine>> coroutines_;
  std::vector<std::size_t> roots_;
  KnownProgram known_;
};

}  // namespace

KnownProgram known_program(unsigned seed) { return Program(seed).run(); }

}  // namespace loopscope::testing
