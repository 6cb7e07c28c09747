// Where a composed operation or a coroutine says it stands, while it starts what it consists of: a stack of places, in the
// thread that is in them. Part of loopscope/asio.hpp.
#ifndef LOOPSCOPE_ASIO_LOCATION_HPP
#define LOOPSCOPE_ASIO_LOCATION_HPP

#include <loopscope/asio/shared.hpp>

#include <cstring>

namespace loopscope {
namespace asio_tracking LOOPSCOPE_ASIO_SHARED {

class Location {
 public:
  Location(const char* file_name, int line_number, const char* function_name)
      : file(file_name), line(line_number), function(function_name), outer_(innermost()) {
    innermost() = this;
  }
  ~Location() { innermost() = outer_; }
  Location(const Location&) = delete;
  Location& operator=(const Location&) = delete;

  // The innermost place that is somebody else's than Asio's; null if there is none. Asio's own (async_write, co_spawn) are
  // on the stack of the creation anyway, and use_awaitable, the constant, says "" and 0.
  static const Location* of_user() {
    const Location* location = innermost();
    while (location != nullptr && !location->is_of_user()) location = location->outer_;
    return location;
  }

  const char* const file;
  const int line;
  const char* const function;

 private:
  bool is_of_user() const {
    return line > 0 && file != nullptr && std::strstr(file, "asio/impl/") == nullptr &&
           std::strstr(file, "asio/ssl/detail/") == nullptr;
  }

  static Location*& innermost() {
    static __thread Location* location;
    return location;
  }

  Location* const outer_;
};

}  // namespace LOOPSCOPE_ASIO_SHARED
}  // namespace loopscope
#endif
