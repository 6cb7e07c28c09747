// What the reactor calls each descriptor: it tells of readiness by that name, while operations are started and cancelled by
// the descriptor's number. Any thread; lock-free. Part of loopscope/asio.hpp.
#ifndef LOOPSCOPE_ASIO_REGISTRATIONS_HPP
#define LOOPSCOPE_ASIO_REGISTRATIONS_HPP

#include <loopscope/asio/shared.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace loopscope {
namespace asio_tracking LOOPSCOPE_ASIO_SHARED {

class Registrations {
 public:
  void set(std::uintmax_t descriptor, std::uintmax_t registration) {
    if (descriptor >= kDescriptors) return;
    names_[descriptor].store(static_cast<std::uintptr_t>(registration), std::memory_order_relaxed);
  }

  // `otherwise`: of descriptors that are not registered, or beyond the table.
  const void* name_of(std::uintmax_t descriptor, const void* otherwise) const {
    if (descriptor >= kDescriptors) return otherwise;
    const std::uintptr_t name = names_[descriptor].load(std::memory_order_relaxed);
    return name != 0 ? reinterpret_cast<const void*>(name) : otherwise;
  }

 private:
  enum : std::size_t { kDescriptors = 65536 };  // 512 KiB, of which the kernel gives what is touched
  std::atomic<std::uintptr_t> names_[kDescriptors];
};

}  // namespace LOOPSCOPE_ASIO_SHARED
}  // namespace loopscope
#endif
