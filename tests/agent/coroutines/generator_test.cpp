// co_yield through a replaced promise: conversions, references and braces come out as without one, and live as long.
#include <gtest/gtest.h>

#include <coroutine>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <loopscope/coroutine.hpp>

namespace {

// Keeps the address of what it is given, as generators do.
template <class Value>
struct Overloaded {
  const Value* current = nullptr;
  std::suspend_always initial_suspend() noexcept { return {}; }
  std::suspend_always final_suspend() noexcept { return {}; }
  std::suspend_always yield_value(const Value& value) noexcept {
    current = std::addressof(value);
    return {};
  }
  std::suspend_always yield_value(Value&& value) noexcept {
    current = std::addressof(value);
    return {};
  }
  void return_void() noexcept {}
  void unhandled_exception() { throw; }
};

template <class Value>
struct Generator {
  struct Promise : Overloaded<Value> {
    Generator get_return_object() { return {std::coroutine_handle<Promise>::from_promise(*this)}; }
  };
  using promise_type = loopscope::RecordedPromise<Promise, Value>;
  std::coroutine_handle<Promise> handle;

  std::vector<Value> all() {
    std::vector<Value> values;
    for (handle.resume(); !handle.done(); handle.resume()) values.push_back(*handle.promise().current);
    handle.destroy();
    return values;
  }
};

struct Point {
  int x = 0;
  int y = 0;
  bool operator==(const Point&) const = default;
};
struct Points {
  struct Promise final {
    Point current;
    Points get_return_object() { return {std::coroutine_handle<Promise>::from_promise(*this)}; }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    std::suspend_always yield_value(Point point) noexcept {
      current = point;
      return {};
    }
    void return_void() noexcept {}
    void unhandled_exception() { throw; }
  };
  using promise_type = loopscope::RecordedPromise<Promise>;
  std::coroutine_handle<Promise> handle;
};

Generator<std::string> words() {
  co_yield "converted on the way, and too long for its own object";
  std::string word = "an lvalue, and too long for its own object";
  co_yield word;
  const std::string constant = "constant";
  co_yield constant;
  co_yield std::string(31, 'x');
}
Generator<unsigned long> numbers() {
  co_yield 7;
  co_yield 11U;
  unsigned long number = 13;
  co_yield number;
}
Points points() {
  co_yield {2, 3};
  co_yield Point{5, 7};
}

// Final, and returns what converts to its value.
template <class Value>
struct Result {
  struct Promise final {
    Value value{};
    Result get_return_object() { return {std::coroutine_handle<Promise>::from_promise(*this)}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    template <class From>
    void return_value(From&& from) {
      value = std::forward<From>(from);
    }
    void unhandled_exception() noexcept {}
  };
  using promise_type = loopscope::RecordedPromise<Promise, Value>;
  std::coroutine_handle<Promise> handle;
};
Result<Point> point() { co_return {11, 13}; }
Result<long> number() { co_return 17; }

TEST(CoReturn, TakesBracesAndWhatConverts) {
  const Result<Point> place = point();
  EXPECT_EQ(place.handle.promise().value, (Point{11, 13}));
  place.handle.destroy();
  const Result<long> count = number();
  EXPECT_EQ(count.handle.promise().value, 17);
  count.handle.destroy();
}

TEST(CoYield, ConvertsWhereTheCoroutineStands) {
  EXPECT_EQ(words().all(), (std::vector<std::string>{"converted on the way, and too long for its own object",
                                                     "an lvalue, and too long for its own object", "constant",
                                                     std::string(31, 'x')}));
  EXPECT_EQ(numbers().all(), (std::vector<unsigned long>{7, 11, 13}));
}

TEST(CoYield, TakesBraces) {
  Points all = points();
  all.handle.resume();
  EXPECT_EQ(all.handle.promise().current, (Point{2, 3}));
  all.handle.resume();
  EXPECT_EQ(all.handle.promise().current, (Point{5, 7}));
  all.handle.destroy();
}

}  // namespace
