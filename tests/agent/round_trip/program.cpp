#include "tests/agent/round_trip/program.h"

#include <gtest/gtest.h>
#include <loopscope/loopscope.h>

#include <barrier>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <thread>

#include "tests/agent/round_trip/held_writer.h"
#include "tests/agent/round_trip/worker.h"

namespace loopscope::round_trip {
namespace {

constexpr std::uint32_t kPatienceMs = 5'000;

// Whose turn it is, decided by the seed alone.
class Turns {
 public:
  Turns(std::uint64_t seed, std::vector<int> steps) : random_(seed), left_(std::move(steps)) { choose(); }

  // Runs `step` as often as it is this worker's turn, until it has done all of its steps.
  template <class Step>
  void take_part(int worker, Step step) {
    std::unique_lock held(lock_);
    while (left_[static_cast<std::size_t>(worker)] > 0) {
      changed_.wait(held, [&] { return turn_ == worker; });
      int& left = left_[static_cast<std::size_t>(worker)];
      for (int i = 0; i < length_ && left > 0; ++i, --left) step();
      choose();
      changed_.notify_all();
    }
  }

 private:
  void choose() {
    std::vector<int> able;
    for (std::size_t i = 0; i < left_.size(); ++i)
      if (left_[i] > 0) able.push_back(static_cast<int>(i));
    if (able.empty()) return;
    turn_ = able[random_() % able.size()];
    length_ = static_cast<int>(1 + random_() % 23);
  }

  std::mt19937_64 random_;
  std::vector<int> left_;
  std::mutex lock_;
  std::condition_variable changed_;
  int turn_ = 0;
  int length_ = 1;
};

void define_names(Issued& issued) {
  const auto site = [&issued](SiteIssued of, const char* file) {
    loopscope_site_info info{};
    info.size = sizeof info;
    info.kind = of.kind.c_str();
    info.name = of.name.empty() ? nullptr : of.name.c_str();
    info.file = file;
    info.line = file == nullptr ? 0 : 101;
    info.flags = of.flags;
    of.number = loopscope_site_define(&info);
    of.flags &= 0xff;
    issued.sites.push_back(std::move(of));
  };
  issued.sites.emplace_back();
  site({.kind = "plain"}, nullptr);
  site({.kind = "named", .name = "a name", .flags = LOOPSCOPE_SITE_DETACHED}, "program.cpp");
  site({.kind = "stacked", .flags = LOOPSCOPE_SITE_STACK}, nullptr);
  site({.kind = "reader", .flags = LOOPSCOPE_SITE_STACK | LOOPSCOPE_SITE_SUBSCRIPTION}, nullptr);
  for (const char* name : {"queue", "load"}) {
    static int number = 0;
    issued.gauges.push_back(name + std::to_string(++number));
    const loopscope_gauge gauge = loopscope_gauge_define(issued.gauges.back().c_str(), "things");
    if (issued.first_gauge == 0) issued.first_gauge = gauge;
  }
}

}  // namespace

std::uint64_t Issued::events() const {
  std::uint64_t events = 0;
  for (const Thread& thread : threads) events += thread.ops.size();
  return events;
}

Shape::Shape(std::uint64_t number) : seed(number) {
  std::mt19937_64 random(number);
  threads = static_cast<int>(1 + random() % 5);
  generations = static_cast<int>(1 + random() % 2);
  steps = static_cast<int>(211 + random() % 499);
  in_turns = random() % 3 != 0;
  precise = random() % 2 == 0;
  stacks = random() % 2 == 0;
#ifdef __SANITIZE_THREAD__  // libunwind locks when a thread that unwound is gone for the sanitizer already
  stacks = false;
#endif
  compressed = random() % 3 != 0;
  // More than 64 keep no place of their own in the trace.
  deepest = random() % 2 == 0 ? 7 : 64;
}

Issued run_program(const Shape& shape, const std::string& trace_path) {
  Issued issued;
  define_names(issued);
  loopscope_options options{};
  options.size = sizeof options;
  options.trace_path = trace_path.c_str();
  options.epoch_ms = shape.outruns_writer ? 10'000 : 10;
  options.ring_bytes = shape.outruns_writer ? 1u << 20 : 0;
  options.flags = LOOPSCOPE_START_NO_CHILDREN | (shape.precise ? unsigned{LOOPSCOPE_START_PRECISE} : 0) |
                  (shape.stacks ? 0 : unsigned{LOOPSCOPE_START_NO_STACKS}) |
                  (shape.compressed ? 0 : unsigned{LOOPSCOPE_START_NO_COMPRESSION});
  EXPECT_EQ(loopscope_start(&options), LOOPSCOPE_OK) << loopscope_last_error();

  std::optional<HeldWriter> writer;
  if (shape.outruns_writer) {
    EXPECT_EQ(loopscope_flush(kPatienceMs), LOOPSCOPE_OK) << loopscope_last_error();
    writer.emplace();
  }
  Pool pool;
  for (int generation = 0; generation < shape.generations; ++generation) {
    Turns turns(shape.seed + static_cast<std::uint64_t>(generation),
                std::vector<int>(static_cast<std::size_t>(shape.threads), shape.steps));
    std::barrier half_way(shape.threads + 1), writer_is_back(shape.threads + 1);
    std::vector<std::unique_ptr<Worker>> workers;
    std::vector<std::thread> threads;
    for (int i = 0; i < shape.threads; ++i) {
      workers.push_back(std::make_unique<Worker>(shape, generation * shape.threads + i + 1, issued, pool));
      threads.emplace_back([&, i, worker = workers.back().get()] {
        if (shape.in_turns) {
          bool entered = false;
          turns.take_part(i, [&] {
            if (!std::exchange(entered, true)) worker->enter();
            worker->step();
          });
        } else {
          worker->enter();
          for (int step = 0; step < shape.steps; ++step) {
            if (step == shape.steps / 2) half_way.arrive_and_wait();
            if (step == shape.steps / 2) writer_is_back.arrive_and_wait();
            worker->step();
          }
        }
        worker->leave();
      });
    }
    if (!shape.in_turns) {
      half_way.arrive_and_wait();
      if (writer) {
        issued.outran_writer = writer->held();
        writer->release();
        EXPECT_EQ(loopscope_flush(kPatienceMs), LOOPSCOPE_OK) << loopscope_last_error();
      }
      writer_is_back.arrive_and_wait();
    }
    for (std::thread& thread : threads) thread.join();
    for (auto& worker : workers) issued.threads.push_back(std::move(worker->thread()));
  }
  issued.peak_pending = pool.peak();
  EXPECT_EQ(loopscope_stop(), LOOPSCOPE_OK) << loopscope_last_error();
  return issued;
}

}  // namespace loopscope::round_trip
