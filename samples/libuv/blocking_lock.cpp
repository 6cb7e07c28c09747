// A lock that a worker holds while it does something slow: the loop needs it too, and waits.
//
//   loopscope record -- blocking_lock [times]        (7 if not said)
#include <unistd.h>
#include <uv.h>

#include "samples/libuv/sample.h"

namespace {

struct Statistics {
  Sample sample;
  uv_mutex_t lock{};
  uv_async_t saving{};
  long answers = 0;  // guarded by lock
};

void write_somewhere_slow(long) { usleep(37 * 1000); }

void save(void* argument) {
  auto* statistics = static_cast<Statistics*>(argument);
  for (int i = 0; i < statistics->sample.times(); ++i) {
    usleep(61 * 1000);
    uv_mutex_lock(&statistics->lock);
    uv_async_send(&statistics->saving);
    write_somewhere_slow(statistics->answers);
    uv_mutex_unlock(&statistics->lock);
  }
}

// What is said while it is being saved belongs to the next time.
void on_saving(uv_async_t* async) {
  auto* statistics = static_cast<Statistics*>(async->data);
  statistics->sample.block_begins();
  uv_mutex_lock(&statistics->lock);  // the block
  statistics->sample.block_ends();
  const bool done = ++statistics->answers == statistics->sample.times();
  uv_mutex_unlock(&statistics->lock);
  if (done) uv_close(reinterpret_cast<uv_handle_t*>(async), nullptr);
}

}  // namespace

int main(int argc, char** argv) {
  Statistics statistics{.sample = Sample(argc, argv, 7)};
  uv_mutex_init(&statistics.lock);
  uv_async_init(uv_default_loop(), &statistics.saving, on_saving);
  statistics.saving.data = &statistics;
  uv_thread_t worker;
  uv_thread_create(&worker, save, &statistics);
  const int status = statistics.sample.run(uv_default_loop());
  uv_thread_join(&worker);
  uv_mutex_destroy(&statistics.lock);
  return status;
}
