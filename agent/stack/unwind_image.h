// Return addresses of another thread's stack, from an image of it. libunwind's half for other processes, opened
// privately, looks at nothing but the image and what OwnMemory reads, so that neither a stack that changed meanwhile nor
// a broken unwind table can crash the host. Watchdog thread.
#pragma once

#include <cstdint>
#include <memory>

#include "agent/stack/thread_image.h"

namespace loopscope::stack {

class ImageUnwinder {
 public:
  ImageUnwinder();
  ~ImageUnwinder();
  ImageUnwinder(const ImageUnwinder&) = delete;
  ImageUnwinder& operator=(const ImageUnwinder&) = delete;

  // False if libunwind is not installed or the process may not read its own memory.
  bool open();

  // The program counter, then up to `max` - 1 return addresses, innermost first. `truncated`: the stack goes on, or
  // could not be followed. Some us a frame.
  std::uint32_t unwind(const ThreadImage& image, std::uint64_t* frames, std::uint32_t max, bool& truncated);

  // Of a thread that does not run: its stack from `stack_pointer` on, at most `most` bytes; how many there were.
  std::size_t copy_stack(std::uint64_t stack_pointer, unsigned char* to, std::size_t most) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace loopscope::stack
