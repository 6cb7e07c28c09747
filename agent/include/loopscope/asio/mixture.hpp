// Refuses to start a program of which only some files were compiled with loopscope::asio. Tracked operations are larger: a
// file that knows nothing of it reads and writes their fields in the wrong places, and the program crashes sooner or
// later. Before main. Part of loopscope/asio.hpp.
//
// How it is known: every file that includes Asio's scheduler has the static member `id` of its base class, for the linker
// to keep one of. In tracked files that base is specialized (loopscope/asio.hpp) and has its `id` elsewhere. So the symbol
// is in the program only if another file is. A weak reference that stays inside of the module finds it, or nothing.
#ifndef LOOPSCOPE_ASIO_MIXTURE_HPP
#define LOOPSCOPE_ASIO_MIXTURE_HPP

#include <unistd.h>
#include <loopscope/asio/shared.hpp>

#include <cstddef>
#include <cstring>

namespace loopscope {
namespace asio_tracking LOOPSCOPE_ASIO_SHARED {

// Not inlined, so that it is once in a program. `library`: "Boost.Asio" or "Asio". `file`: one that is tracked.
__attribute__((noinline, cold, noreturn)) inline void refuse_mixture(const char* library, const char* file) {
  const char* const texts[] = {
      "loopscope: cannot start: some files of this program were compiled with the CMake target "
      "loopscope::asio (",
      file,
      "), others that include ",
      library,
      " were not. Their operations differ in size, and the program would crash. Link loopscope::asio to "
      "every target that includes ",
      library,
      ", libraries too, and compile them again.\n"};
  for (const char* text : texts) {
    if (write(STDERR_FILENO, text, std::strlen(text)) < 0) break;
  }
  _exit(1);
}

// What a tracked scheduler has instead of Asio's base.
template <class Context, class Id>
class TrackedService : public Context::service {
 public:
  static Id id;

 protected:
  explicit TrackedService(Context& context) : Context::service(context) {}
};
template <class Context, class Id>
Id TrackedService<Context, Id>::id;

}  // namespace LOOPSCOPE_ASIO_SHARED
}  // namespace loopscope

// Looks, in each tracked file, for the `id` that only an untracked one brings. `name` tells the two Asios apart.
#define LOOPSCOPE_ASIO_REFUSE_MIXTURE(name, library, symbol)                                              \
  extern "C" __attribute__((weak, visibility("hidden"))) char loopscope_untracked_##name __asm__(symbol); \
  namespace {                                                                                             \
  __attribute__((constructor(101), used)) void loopscope_refuse_mixture_##name() {                        \
    if (&loopscope_untracked_##name != nullptr)                                                           \
      ::loopscope::asio_tracking::refuse_mixture(library, __BASE_FILE__);                                 \
    ::loopscope::asio_tracking::One<::loopscope::asio_tracking::SiteTable>::object.define_known();        \
  }                                                                                                       \
  }

#endif
