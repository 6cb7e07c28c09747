// A service of coroutines with three mistakes. An answer that comes without a number is thrown away, and with it whoever
// waits for it: those coroutines never go on. The log entry of each order is a coroutine that nobody awaits, and so is
// never written. And the prices of an order are asked for one by one, each after the answer to the one before.
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
    const std::optional<int> price = co_await backend_.price_of(thing);  // the forgotten wait
    co_return price.value_or(0);
  }

  Task<int> log(std::uint32_t order) {  // the log
    co_await loop_.after(microseconds(101));
    ++logged_;
    co_return static_cast<int>(order);
  }

  Task<int> sum_of(std::uint32_t order) {
    int sum = 0;
    for (std::uint32_t thing = 0; thing < 5; ++thing) {
      sum += co_await price(order * 5 + thing);  // one by one
    }
    co_return sum;
  }

  Started answer(std::uint32_t order) {
    sum_ += co_await sum_of(order);  // the order waits
    (void)log(order);
    ++answered_;
  }

  Started receive(int orders) {
    for (int order = 1; order <= orders; ++order) {
      answer(static_cast<std::uint32_t>(order));
      co_await loop_.after(microseconds(2003));
    }
  }

  // Takes the answers from the wire, each a little later than it was asked for.
  Started listen() {
    for (int idle = 0; idle < 23;) {
      co_await loop_.after(microseconds(997));
      const auto sent = backend_.take_sent();
      idle = sent.empty() ? idle + 1 : 0;
      for (const auto& [question, thing] : sent) {
        if (Backend::is_garbled(question)) {
          backend_.forget(question);  // whose it was is not known
        } else {
          backend_.answer(question, static_cast<int>(thing % 101));
        }
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
