// A document that takes some 50 ms to parse: what a service gets from the one that it depends on.
#pragma once

#include <string>

inline std::string catalog_text() {
  std::string text = "[";
  for (int number = 1; number <= 30011; ++number) {
    if (number > 1) text += ',';
    text += R"({"name": "article )" + std::to_string(number) + R"(", "price": )" +
            std::to_string(number % 101) +
            R"(.99, "tags": ["new", "in stock"], "size": {"width": 23, "height": 41}})";
  }
  return text + "]";
}
