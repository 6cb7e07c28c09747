// A store of prices, somewhere else: every question is answered a moment later, out of turn, and some not at all. And the
// loop that it all runs on. Loop thread.
#pragma once

#include <chrono>
#include <coroutine>
#include <cstdint>
#include <map>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

// What is due later, in order of time.
class Loop {
 public:
  using Clock = std::chrono::steady_clock;

  auto after(std::chrono::microseconds delay) {
    struct Timer {
      Loop& loop;
      Clock::time_point due;
      bool await_ready() noexcept { return false; }
      void await_suspend(std::coroutine_handle<> waiter) { loop.due_.emplace(due, waiter); }
      void await_resume() noexcept {}
    };
    return Timer{*this, Clock::now() + delay};
  }

  // Until nothing is due any more.
  void run() {
    while (!due_.empty()) {
      const auto next = due_.begin();
      std::this_thread::sleep_until(next->first);
      const std::coroutine_handle<> waiter = next->second;
      due_.erase(next);
      waiter.resume();
    }
  }

 private:
  std::multimap<Clock::time_point, std::coroutine_handle<>> due_;
};

class Backend {
 public:
  // Answers that come without a number, so that nobody can tell whose they are: one in eleven.
  static bool is_garbled(std::uint32_t question) { return question % 11 == 0; }

  // The price of a thing; nothing if it could not be had.
  auto price_of(std::uint32_t thing) {
    struct Answer {
      Backend& backend;
      std::uint32_t thing;
      std::uint32_t question = 0;
      std::optional<int> price = {};

      bool await_ready() noexcept { return false; }
      void await_suspend(std::coroutine_handle<> waiter) {
        question = ++backend.questions_;
        backend.asked_.emplace(question, Asked{waiter, &price});
        backend.sent_.emplace_back(question, thing);
      }
      std::optional<int> await_resume() noexcept { return price; }
    };
    return Answer{*this, thing};
  }

  // What was sent since the last look: the wire.
  std::vector<std::pair<std::uint32_t, std::uint32_t>> take_sent() { return std::exchange(sent_, {}); }

  // Whoever asked goes on. False if nobody did.
  bool answer(std::uint32_t question, std::optional<int> price) {
    const auto found = asked_.find(question);
    if (found == asked_.end()) return false;
    const Asked asked = found->second;
    asked_.erase(found);
    *asked.price = price;
    asked.waiter.resume();
    return true;
  }
  // Nobody goes on.
  void forget(std::uint32_t question) { asked_.erase(question); }

 private:
  struct Asked {
    std::coroutine_handle<> waiter;
    std::optional<int>* price;
  };
  std::map<std::uint32_t, Asked> asked_;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> sent_;
  std::uint32_t questions_ = 0;
};
