// Addresses of a trace → function, file, line: the one entry to this room. Called by viewer/analysis after
// reading, and by the command line at the end of a recording, to embed what it finds. Loader thread.
#pragma once

#include <string>
#include <vector>

#include "viewer/model/address_names.h"
#include "viewer/model/trace.h"

namespace loopscope::symbols {

class KnownNames;

struct Options {
  // Look into the programs and libraries on this machine. Off: embedded names only.
  bool use_local_files = true;
  // Where separate debug files are, besides beside the file itself.
  std::vector<std::string> debug_dirs = {"/usr/lib/debug"};
  // What they said about an earlier state of the same trace, which spares opening them; what they say now is added.
  KnownNames* known = nullptr;
};

// Fills every frame of Site::stack and StallSample::stack in place: inlined functions become frames of their
// own before the one that holds them. Sets Site::shown_frame, and Module::trouble where a module's own file
// could not be used and some address of it has no name. Frames without name keep module and offset. Names the types of
// exceptions that ended coroutines. Resolving again is harmless.
void resolve(model::Trace& trace, const model::AddressNames& embedded, const Options& options = {});

// What resolve found, for embedding: all addresses of the trace that have a name.
model::AddressNames collect_names(const model::Trace& trace);

}  // namespace loopscope::symbols
