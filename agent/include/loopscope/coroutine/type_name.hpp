// The name of a type as text that lives as long as the program: what a coroutine waits for, for people. Made by the
// compiler; nothing runs.
#pragma once

#include <cstddef>

namespace loopscope::coroutines {

// Names of nested templates can be as long as a page: nobody reads more.
inline constexpr std::size_t kLongestTypeName = 200;

template <std::size_t kSize>
struct TypeText {
  char text[kSize] = {};
};

struct TextPart {
  const char* begin;
  std::size_t size;
};

// The part of this function's own name that is the type's: "... [with T = int]" of gcc, "... [T = int]" of clang.
template <class T>
constexpr auto part_of_type() {
  const char* const text = __PRETTY_FUNCTION__;
  std::size_t end = sizeof(__PRETTY_FUNCTION__) - 2;  // without the bracket
  std::size_t begin = 0;
  while (begin + 4 < end && !(text[begin] == 'T' && text[begin + 1] == ' ' && text[begin + 2] == '='))
    ++begin;
  begin += 4;
  if (end - begin > kLongestTypeName) end = begin + kLongestTypeName;
  return TextPart{text + begin, end - begin};
}

// How much of the text is the name of a namespace that a library hides in its own: libstdc++'s "__n4861::", "__cxx11::".
constexpr std::size_t hidden_part(TextPart text) {
  constexpr const char* kHidden[] = {"__n4861::", "__cxx11::"};
  for (const char* hidden : kHidden) {
    std::size_t i = 0;
    while (hidden[i] != '\0' && i < text.size && text.begin[i] == hidden[i]) ++i;
    if (hidden[i] == '\0') return i;
  }
  return 0;
}

template <class T>
constexpr auto text_of_type() {
  constexpr TextPart kPart = part_of_type<T>();
  TypeText<kPart.size + 1> name;
  std::size_t size = 0;
  for (std::size_t i = 0; i < kPart.size;) {
    if (const std::size_t hidden = hidden_part({kPart.begin + i, kPart.size - i}); hidden != 0) {
      i += hidden;
    } else {
      name.text[size++] = kPart.begin[i++];
    }
  }
  return name;
}

template <class T>
inline constexpr auto kTypeText = text_of_type<T>();

// "asio::awaitable<void>". The same pointer for the same type, within one shared library.
template <class T>
constexpr const char* type_name() {
  return kTypeText<T>.text;
}

}  // namespace loopscope::coroutines
