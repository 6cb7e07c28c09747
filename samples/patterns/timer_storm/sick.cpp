// A loop that looks again and again whether a job on another thread is done, from an idle handle: it never waits.
#include <unistd.h>
#include <uv.h>

#include <atomic>
#include <cstdint>
#include <cstdio>

namespace {

constexpr std::uint64_t kJobMs = 1201;

std::atomic<bool> g_done{false};
std::uint64_t g_looks = 0;

void job(void*) {
  usleep(kJobMs * 1000);
  g_done = true;
}

void look(uv_idle_t* idle) {
  ++g_looks;
  if (g_done) uv_close(reinterpret_cast<uv_handle_t*>(idle), nullptr);
}

}  // namespace

int main() {
  uv_thread_t thread;
  uv_thread_create(&thread, job, nullptr);
  uv_idle_t idle;
  uv_idle_init(uv_default_loop(), &idle);
  const int planted_line = __LINE__ + 1;
  uv_idle_start(&idle, look);  // the mistake
  uv_run(uv_default_loop(), UV_RUN_DEFAULT);
  uv_thread_join(&thread);
  printf("{\"planted_line\": %d, \"callbacks\": %llu}\n", planted_line,
         static_cast<unsigned long long>(g_looks));
  return 0;
}
