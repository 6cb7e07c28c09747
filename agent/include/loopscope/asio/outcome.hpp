// How an operation ended, from the error code its handler is given. Boost's and the standard's error codes alike. Names are
// literals, since a category's own messages allocate. Part of loopscope/asio.hpp.
#ifndef LOOPSCOPE_ASIO_OUTCOME_HPP
#define LOOPSCOPE_ASIO_OUTCOME_HPP

#include <loopscope/loopscope.h>
#include <netdb.h>
#include <loopscope/asio/shared.hpp>

#include <cerrno>
#include <cstring>

namespace loopscope {
namespace asio_tracking LOOPSCOPE_ASIO_SHARED {

struct Outcome {
  loopscope_outcome outcome;
  int code;
  const char* name;
};

inline const char* name_of_errno(int code) {
#if defined(__GLIBC__) && (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 32)
  // "ECONNRESET", in the C library's own memory; null for what it does not know.
  const char* const name = strerrorname_np(code);
  if (name != nullptr) return name;
#else
  (void)code;
#endif
  return "system error";
}

// Boost's name of it, the standard's, and Asio's own.
inline bool is_system(const char* category) {
  return std::strcmp(category, "system") == 0 || std::strcmp(category, "asio.system") == 0;
}

// Of the categories that Asio defines, by their numbers in asio/error.hpp.
inline const char* name_of_error(const char* category, int code) {
  if (is_system(category) || std::strcmp(category, "generic") == 0) return name_of_errno(code);
  if (std::strcmp(category, "asio.netdb") == 0) {
    switch (code) {
      case HOST_NOT_FOUND: return "host_not_found";
      case TRY_AGAIN: return "host_not_found_try_again";
      case NO_RECOVERY: return "no_recovery";
      case NO_DATA: return "no_data";
    }
  }
  if (std::strcmp(category, "asio.addrinfo") == 0) {
    if (code == EAI_SERVICE) return "service_not_found";
    if (code == EAI_SOCKTYPE) return "socket_type_not_supported";
  }
  if (std::strcmp(category, "asio.misc") == 0) {
    switch (code) {
      case 1: return "already_open";
      case 3: return "not_found";
      case 4: return "fd_set_failure";
    }
  }
  return category;
}

// The peer's end of a stream (eof) is how a read learns that it was the last one, and no error.
template <class ErrorCode>
__attribute__((noinline, cold)) Outcome outcome_of_failure(const ErrorCode& error) {
  const char* const category = error.category().name();
  const int code = error.value();
  if (code == ECANCELED && is_system(category))
    return {LOOPSCOPE_OUTCOME_CANCELLED, code, "operation_aborted"};
  if (std::strcmp(category, "asio.misc") == 0 && code == 2) return {LOOPSCOPE_OUTCOME_OK, 0, nullptr};
  return {LOOPSCOPE_OUTCOME_ERROR, code, name_of_error(category, code)};
}

template <class ErrorCode>
inline Outcome outcome_of(const ErrorCode& error) {
  if (__builtin_expect(!error, 1)) return {LOOPSCOPE_OUTCOME_OK, 0, nullptr};
  return outcome_of_failure(error);
}

}  // namespace LOOPSCOPE_ASIO_SHARED
}  // namespace loopscope
#endif
