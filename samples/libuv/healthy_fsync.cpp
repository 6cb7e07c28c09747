// The healthy twin of blocking_fsync: libuv's pool waits for the disk, and calls back.
//
//   loopscope record -- healthy_fsync [times]        (5 if not said)
//
// It writes to a file without a name, in the folder in which it runs.
#include <fcntl.h>
#include <uv.h>

#include <string>

#include "samples/libuv/sample.h"

namespace {

constexpr uint64_t kPeriodMs = 101;

struct Journal {
  Sample sample;
  int file;
  std::string entry = std::string(61 << 20, 'x');
  uv_timer_t timer{};
  uv_fs_t writing{};
  uv_fs_t syncing{};
  bool is_writing = false;
  int entries = 0;
};

void on_synced(uv_fs_t* request) {
  auto* journal = static_cast<Journal*>(request->data);
  uv_fs_req_cleanup(request);
  journal->is_writing = false;
}

void on_written(uv_fs_t* request) {
  auto* journal = static_cast<Journal*>(request->data);
  uv_fs_req_cleanup(request);
  uv_fs_fsync(uv_default_loop(), &journal->syncing, journal->file, on_synced);
}

void on_entry(uv_timer_t* timer) {
  auto* journal = static_cast<Journal*>(timer->data);
  if (journal->is_writing) return;
  journal->is_writing = true;
  uv_buf_t bytes = uv_buf_init(journal->entry.data(), static_cast<unsigned>(journal->entry.size()));
  uv_fs_write(timer->loop, &journal->writing, journal->file, &bytes, 1, 0, on_written);
  if (++journal->entries == journal->sample.times()) uv_close(reinterpret_cast<uv_handle_t*>(timer), nullptr);
}

}  // namespace

int main(int argc, char** argv) {
  Journal journal{Sample(argc, argv, 5), open(".", O_TMPFILE | O_RDWR, 0600)};
  if (journal.file < 0) {
    perror(argv[0]);
    return 1;
  }
  journal.timer.data = journal.writing.data = journal.syncing.data = &journal;
  uv_timer_init(uv_default_loop(), &journal.timer);
  uv_timer_start(&journal.timer, on_entry, kPeriodMs, kPeriodMs);
  return journal.sample.run(uv_default_loop());
}
