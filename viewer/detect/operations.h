// What kind of thing a task or an await of a library is, by its kind in the library's own words: "uv_fs_read",
// "socket.async_send", or the name of a type that is awaited. Used by detectors that advise by kind. Pure, any thread.
#pragma once

#include <cstdint>
#include <string_view>

#include "viewer/model/trace.h"

namespace loopscope::detect {

enum class Operation : std::uint8_t {
  other,    // nobody can say whose turn it is: readers, accepts, posted functions, what is not known
  timer,    // waits on purpose
  write,    // to a peer
  connect,  // to a peer
  file,     // of this machine
  lookup,   // of names
  work,     // on a thread pool
};

// Of a task's kind.
Operation operation_of(std::string_view kind);

// Whether what is awaited under that name (a type, a function) answers a question that was asked, as far as the name
// tells: no timer, no reader of what comes by itself, no lock, no switch to another thread.
bool may_be_an_answer(std::string_view awaited);

// Its tasks are data on the way to somebody who has to take it: pending ones are a queue.
bool is_write(const model::Site& site);

}  // namespace loopscope::detect
