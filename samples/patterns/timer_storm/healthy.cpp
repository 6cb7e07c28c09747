// The same loop, which sleeps until the job wakes it.
#include <unistd.h>
#include <uv.h>

#include <cstdint>
#include <cstdio>

namespace {

constexpr std::uint64_t kJobMs = 1201;

std::uint64_t g_looks = 0;

void job(void* done) {
  usleep(kJobMs * 1000);
  uv_async_send(static_cast<uv_async_t*>(done));
}

void on_done(uv_async_t* done) {
  ++g_looks;
  uv_close(reinterpret_cast<uv_handle_t*>(done), nullptr);
}

}  // namespace

int main() {
  uv_async_t done;
  uv_async_init(uv_default_loop(), &done, on_done);
  uv_thread_t thread;
  uv_thread_create(&thread, job, &done);
  uv_run(uv_default_loop(), UV_RUN_DEFAULT);
  uv_thread_join(&thread);
  printf("{\"callbacks\": %llu}\n", static_cast<unsigned long long>(g_looks));
  return 0;
}
