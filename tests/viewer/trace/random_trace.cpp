#include "tests/viewer/trace/random_trace.h"

#include <random>

namespace loopscope::testing {
namespace {

struct Alive {
  std::uint64_t id;
  unsigned spans = 0;
};

}  // namespace

TraceWriter random_trace(const RandomTrace& options) {
  TraceWriter writer(options.recorded_with);
  std::mt19937 random(options.seed);
  const auto chance = [&](unsigned one_in) { return random() % one_in == 0; };

  std::vector<std::uint32_t> sites;
  for (unsigned i = 0; i < 7; ++i) {
    const std::uint32_t flags = i == 5 ? Site::SUBSCRIPTION : i == 6 ? Site::INTERNAL : Site::FLAG_NONE;
    sites.push_back(writer.site("kind" + std::to_string(i), {0x1000 + i}, flags));
  }
  const std::uint32_t oops = writer.string("oops");
  std::vector<std::uint32_t> threads, loops;
  for (unsigned i = 0; i < options.threads; ++i) {
    threads.push_back(writer.thread("thread" + std::to_string(i), 100 + i));
    loops.push_back(writer.loop("libuv", threads.back()));
  }

  std::vector<Alive> alive;
  std::vector<std::uint64_t> next_id(options.threads);
  for (unsigned i = 0; i < options.threads; ++i) next_id[i] = 1 + i * 1024;
  std::uint64_t ticks = 1000;
  for (unsigned batch = 0; batch < options.batches; ++batch) {
    std::vector<std::vector<Event>> events(options.threads);
    std::vector<unsigned> open(options.threads);
    for (unsigned step = 0; step < options.steps; ++step) {
      const auto thread = static_cast<unsigned>(random() % options.threads);
      std::vector<Event>& list = events[thread];
      ticks += 1 + random() % (chance(13) ? 3'000'000 : 9'000);
      const auto any = [&]() -> Alive& { return alive[random() % alive.size()]; };
      unsigned what = static_cast<unsigned>(random() % 9);
      const bool few = alive.size() <= options.pending;
      if (what == 1 && (options.growing || few)) what = 0;
      if (what == 0 && !options.growing && alive.size() > 2 * options.pending) what = 5;
      switch (what) {
        case 0: {
          std::uint64_t& id = next_id[thread];
          list.push_back(task_created(ticks, id, sites[random() % sites.size()],
                                      alive.empty() || chance(3) ? 0 : any().id));
          alive.push_back({id});
          if (++id % 1024 == 0) id += 1024 * (options.threads - 1);
          break;
        }
        case 2:
        case 3:
          if (alive.empty() || open[thread] > 7) break;
          list.push_back(span_begin(ticks, any().id));
          ++open[thread];
          break;
        case 4:
          if (open[thread] == 0) break;
          list.push_back(span_end(ticks));
          --open[thread];
          break;
        case 5:
          if (alive.size() <= options.pending) break;
          if (const std::size_t which = random() % alive.size(); true) {
            const std::uint64_t id = alive[which].id;
            alive.erase(alive.begin() + static_cast<std::ptrdiff_t>(which));
            const auto how = static_cast<unsigned>(random() % 8);
            if (id % 3 == 0) list.push_back(task_bytes(id, 101 * id));
            if (how < 4) {
              list.push_back(task_finished(ticks, id));
            } else {
              const Outcome outcome = how == 4 ? ERROR : how == 5 ? ABANDONED : CANCELLED;
              list.push_back(task_finished_with(ticks, id, outcome, -7, outcome == ERROR ? oops : 0));
            }
          }
          break;
        case 6:
          if (alive.empty()) break;
          list.push_back(chance(2) ? task_ready(ticks, any().id) : task_due(any().id, random() % 100'000));
          break;
        case 7:
          list.push_back(chance(2) ? poll_begin(ticks, loops[thread], random() % 1'000'000)
                                   : poll_end(ticks, loops[thread], random() % 3));
          break;
        case 8:
          if (alive.size() < 2) break;
          list.push_back({.kind = chance(3) ? CANCEL_REQUESTED : AWAIT_BEGIN,
                          .ticks = ticks,
                          .task = any().id,
                          .other = any().id,
                          .site = sites[0]});
          break;
        default: break;
      }
    }
    for (unsigned i = 0; i < options.threads; ++i) {
      if (!events[i].empty()) writer.batch(threads[i], batch + 1, events[i]);
    }
    writer.epoch(batch + 1, ticks, 4000 + ticks);
  }
  if (options.leaving) {
    std::vector<Event> last;
    for (const Alive& task : alive) {
      ticks += 1 + random() % 1000;
      if (!chance(3)) last.push_back(task_finished_with(ticks, task.id, chance(2) ? CANCELLED : ABANDONED));
    }
    writer.batch(threads[0], options.batches + 1, last);
  }
  writer.end(End::EXIT, 0, ticks);
  return writer;
}

}  // namespace loopscope::testing
