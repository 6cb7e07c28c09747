// forgetful_service without its mistakes: what cannot be assigned is an answer without a price to whoever asked, the log is
// awaited, and the prices of an order are asked for at once.
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "samples/coroutines/backend.h"
#include "samples/coroutines/task.h"

namespace {

using std::chrono::microseconds;

class Service {
 public:
  explicit Service(Loop& loop) : loop_(loop) {}

  Task<int> price(std::uint32_t thing) {
    const std::optional<int> price = co_await backend_.price_of(thing);
    co_return price.value_or(0);
  }

  Task<int> log(std::uint32_t order) {
    co_await loop_.after(microseconds(101));
    ++logged_;
    co_return static_cast<int>(order);
  }

  Task<int> sum_of(std::uint32_t order) {
    std::vector<Task<int>> prices;
    for (std::uint32_t thing = 0; thing < 5; ++thing) prices.push_back(price(order * 5 + thing));
    int sum = 0;
    for (const int price : co_await All(prices)) sum += price;  // at once
    co_return sum;
  }

  Started answer(std::uint32_t order) {
    sum_ += co_await sum_of(order);
    co_await log(order);
    ++answered_;
  }

  Started receive(int orders) {
    for (int order = 1; order <= orders; ++order) {
      answer(static_cast<std::uint32_t>(order));
      co_await loop_.after(microseconds(2003));
    }
  }

  Started listen() {
    for (int idle = 0; idle < 23;) {
      co_await loop_.after(microseconds(997));
      const auto sent = backend_.take_sent();
      idle = sent.empty() ? idle + 1 : 0;
      for (const auto& [question, thing] : sent) {
        const bool known = !Backend::is_garbled(question);
        backend_.answer(question, known ? std::optional<int>(static_cast<int>(thing % 101)) : std::nullopt);
      }
    }
  }

  void print() const { std::printf("%d orders answered, %d logged\n", answered_, logged_); }

 private:
  Loop& loop_;
  Backend backend_;
  int sum_ = 0;
  int answered_ = 0;
  int logged_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  const int orders = argc > 1 ? std::atoi(argv[1]) : 199;
  Loop loop;
  Service service(loop);
  service.listen();
  service.receive(orders);
  loop.run();
  service.print();
}
