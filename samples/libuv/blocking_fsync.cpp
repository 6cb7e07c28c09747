// A journal that waits for the disk in a callback.
//
//   loopscope record -- blocking_fsync [times]        (5 if not said)
//
// It writes to a file without a name, in the folder in which it runs.
#include <fcntl.h>
#include <unistd.h>
#include <uv.h>

#include <string>

#include "samples/libuv/sample.h"

namespace {

struct Journal {
  Sample sample;
  int file;
  std::string entry = std::string(61 << 20, 'x');
  uv_fs_t writing{};
  int entries = 0;
};

void write_entry(Journal* journal);

void on_written(uv_fs_t* request) {
  auto* journal = static_cast<Journal*>(request->data);
  uv_fs_req_cleanup(request);
  journal->sample.block_begins();
  fsync(journal->file);  // the block
  journal->sample.block_ends();
  if (++journal->entries < journal->sample.times()) write_entry(journal);
}

void write_entry(Journal* journal) {
  uv_buf_t bytes = uv_buf_init(journal->entry.data(), static_cast<unsigned>(journal->entry.size()));
  uv_fs_write(uv_default_loop(), &journal->writing, journal->file, &bytes, 1, 0, on_written);
}

}  // namespace

int main(int argc, char** argv) {
  Journal journal{Sample(argc, argv, 5), open(".", O_TMPFILE | O_RDWR, 0600)};
  if (journal.file < 0) {
    perror(argv[0]);
    return 1;
  }
  journal.writing.data = &journal;
  write_entry(&journal);
  return journal.sample.run(uv_default_loop());
}
