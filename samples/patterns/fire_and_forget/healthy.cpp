// The same orders and the same audit log, whose entries belong to a group: answers do not wait for them, but what fails is
// counted, what is not acknowledged ends by a deadline, and the program waits for all of them.
#include <cstdio>
#include <list>
#include <stdexcept>

#include "samples/patterns/coroutines.h"

namespace {

using namespace patterns;

constexpr int kOrders = 101;

// Whoever joins takes the errors of all that were started in it.
class Group {
 public:
  void start(Task<> task) {
    tasks_.push_back(std::move(task));
    tasks_.back().start();
  }
  Task<int> join() {
    int failed = 0;
    for (Task<>& task : tasks_) {
      try {
        co_await task;
      } catch (const std::exception&) {
        ++failed;
      }
    }
    tasks_.clear();
    co_return failed;
  }

 private:
  std::list<Task<>> tasks_;
};

Task<> audit(int order) {
  co_await after(11);
  if (order % 7 == 0) throw std::runtime_error("the disk is full");
  if (order % 13 == 0) {
    co_await after(31);
    throw std::runtime_error("not acknowledged in time");
  }
  co_return Nothing{};
}

Detached answer(int order, Group& audits) {
  co_await after(2);
  audits.start(audit(order));
}

Detached receive(int& failed) {
  Group audits;
  for (int order = 1; order <= kOrders; ++order) {
    answer(order, audits);
    co_await after(5);
  }
  co_await after(23);
  failed = co_await audits.join();
}

}  // namespace

int main() {
  int failed = 0;
  receive(failed);
  uv_run(uv_default_loop(), UV_RUN_DEFAULT);
  std::printf("{\"planted_line\": 0, \"fire_and_forget\": 0, \"failed\": %d}\n", failed);
}
