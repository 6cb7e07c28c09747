// A value or the reason why there is none. An Error says what went wrong, where, and what to try; it is
// printed as it is by the command line (exit code 3) and shown as it is by the viewer.
#pragma once

#include <cassert>
#include <string>
#include <utility>
#include <variant>

namespace loopscope {

struct Error {
  std::string what;   // "not a loopscope trace"
  std::string where;  // "t.pb, byte 0"; may be empty
  std::string hint;   // "record one with: loopscope record -- PROGRAM"; may be empty

  // One line: "where: what (hint)".
  std::string text() const {
    std::string line = where.empty() ? what : where + ": " + what;
    return hint.empty() ? line : line + " (" + hint + ")";
  }
};

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  // Precondition: ok().
  T& value() & {
    assert(ok());
    return std::get<0>(state_);
  }
  const T& value() const& {
    assert(ok());
    return std::get<0>(state_);
  }
  T&& value() && {
    assert(ok());
    return std::get<0>(std::move(state_));
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  // Precondition: !ok().
  const Error& error() const {
    assert(!ok());
    return std::get<1>(state_);
  }

 private:
  std::variant<T, Error> state_;
};

}  // namespace loopscope
