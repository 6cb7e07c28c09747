// Files of one recording: the trace and its ring, how they are called, opened and removed. Session opens them
// (early, while the program still may), the writer writes, names and removes them.
//
// A program that `loopscope record` started writes STEM.PID.pb. The first that runs a loop calls its own
// STEM.pb; one that never runs a loop leaves nothing. A program that started recording itself writes what it
// was told to.
//
// The ring lives in /dev/shm: on a disk, write-back takes the pages away again and again, and a host thread
// would wait for them to come back.
#pragma once

#include <cstdint>
#include <string>

namespace loopscope::write {

struct TraceFiles {
  int trace = -1;
  int ring = -1;
  std::string trace_path;  // absolute
  std::string final_path;  // to be renamed to when a loop has run; "" if the name is final
  std::string ring_path;   // absolute; "" if the ring has no name (it then dies with the process)

  bool open() const { return trace >= 0; }
};

enum class Naming {
  as_asked,               // STEM.pb; STEM.PID.pb if a running process has that one
  by_process,             // STEM.PID.pb: a forked child's
  by_process_until_loop,  // STEM.PID.pb, then STEM.pb if free
};

struct TracePlace {
  std::string path;  // absolute, STEM.pb
  Naming naming = Naming::as_asked;
};

// Creates both files, mode 0600, with descriptors high enough not to be in the program's way. On failure the
// result is not open and `problem` says what, where and what to try.
TraceFiles open_trace_files(const TracePlace& place, std::string& problem);

// True if both descriptors still are the files that were opened: a program may have closed all it found.
bool still_ours(const TraceFiles& files);

// Takes the final name if nobody has it yet. False if another process has.
bool claim_final_name(TraceFiles& files);

void remove_ring(TraceFiles& files);
void remove_all(TraceFiles& files);
void close_descriptors(TraceFiles& files);

}  // namespace loopscope::write
