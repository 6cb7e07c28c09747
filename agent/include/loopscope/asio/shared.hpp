// What all files of a program and its libraries have one of, however they are compiled. Part of loopscope/asio.hpp.
#ifndef LOOPSCOPE_ASIO_SHARED_HPP
#define LOOPSCOPE_ASIO_SHARED_HPP

// Behind the name of a namespace: -fvisibility=hidden would give each library tables and threads' states of its own.
#define LOOPSCOPE_ASIO_SHARED __attribute__((visibility("default")))

namespace loopscope {
namespace asio_tracking LOOPSCOPE_ASIO_SHARED {

// The one object of type T: zeroed memory, no constructor, no destructor (operations end behind all destructors).
template <class T>
struct One {
  static T object;
};
template <class T>
T One<T>::object;

}  // namespace LOOPSCOPE_ASIO_SHARED
}  // namespace loopscope
#endif
