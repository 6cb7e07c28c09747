// What a pattern's program knows of its own mistake, as one line of JSON on stdout, so that a report can be held against
// it: the line in the source, and numbers under the names of the finding's evidence. Counts are exact, times are by the
// program's own clock.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>

namespace patterns {

class Truth {
 public:
  // 0: the mistake has no line.
  explicit Truth(unsigned line) : text_("{\"planted_line\": " + std::to_string(line)) {}

  Truth& count(const char* name, std::uint64_t value) {
    text_ += std::string(", \"") + name + "\": " + std::to_string(value);
    return *this;
  }
  Truth& ms(const char* name, std::uint64_t ns) {
    text_ += std::string(", \"") + name + "\": " + std::to_string(static_cast<double>(ns) / 1e6);
    return *this;
  }
  void print() const { std::printf("%s}\n", text_.c_str()); }

 private:
  std::string text_;
};

}  // namespace patterns
