// Numbers to text, without locales.
#include "viewer/base/text.h"

#include <array>
#include <cmath>
#include <cstdio>

namespace loopscope {
namespace {

// Three significant digits of a number that is >= 1 and below 1000: "1.23", "12.3", "123".
std::string three_digits(double number) {
  const int decimals = number < 9.995 ? 2 : number < 99.95 ? 1 : 0;
  std::array<char, 32> text{};
  const int length = std::snprintf(text.data(), text.size(), "%.*f", decimals, number);
  return {text.data(), static_cast<std::size_t>(length)};
}

// The number in the largest unit in which it stays at least 1; what would round to 1000 moves on.
template <std::size_t N>
std::string with_unit(double number, const std::array<const char*, N>& units) {
  std::size_t unit = 0;
  while (unit + 1 < N && number >= 999.5) {
    number /= 1000;
    ++unit;
  }
  return three_digits(number) + " " + units[unit];
}

std::string two_units(std::uint64_t large, const char* large_unit, std::uint64_t small,
                      const char* small_unit) {
  std::string text = count_text(large) + " " + large_unit;
  if (small != 0) text += " " + std::to_string(small) + " " + small_unit;
  return text;
}

// Length of the valid UTF-8 character at the front, 0 if there is none.
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  const std::size_t length = first < 0x80   ? 1
                             : first < 0xc2 ? 0
                             : first < 0xe0 ? 2
                             : first < 0xf0 ? 3
                             : first < 0xf5 ? 4
                                            : 0;
  if (length == 0 || length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  // Overlong forms, surrogates and what lies beyond Unicode hide in the second byte.
  if (first == 0xe0 && byte(1) < 0xa0) return 0;
  if (first == 0xed && byte(1) > 0x9f) return 0;
  if (first == 0xf0 && byte(1) < 0x90) return 0;
  if (first == 0xf4 && byte(1) > 0x8f) return 0;
  return length;
}

}  // namespace

std::string duration_text(Nanos duration) {
  if (duration == kNever) return "never";
  if (duration < 0) return "-" + duration_text(duration == INT64_MIN ? INT64_MAX - 1 : -duration);
  if (duration < 1000) return std::to_string(duration) + " ns";
  if (duration < 59'950 * kMillisecond) {
    static constexpr std::array units{"ns", "us", "ms", "s"};
    return with_unit(static_cast<double>(duration), units);
  }
  const auto seconds = static_cast<std::uint64_t>(duration / kSecond + (duration % kSecond >= kSecond / 2));
  if (seconds < 3600) return two_units(seconds / 60, "min", seconds % 60, "s");
  const std::uint64_t minutes = (seconds + 30) / 60;
  return two_units(minutes / 60, "h", minutes % 60, "min");
}

std::string count_text(std::uint64_t count) {
  std::string text = std::to_string(count);
  for (std::size_t at = text.size(); at > 3;) {
    at -= 3;
    text.insert(at, 1, ',');
  }
  return text;
}

std::string bytes_text(std::uint64_t bytes) {
  if (bytes < 1000) return std::to_string(bytes) + " B";
  static constexpr std::array units{"B", "kB", "MB", "GB", "TB", "PB", "EB"};
  return with_unit(static_cast<double>(bytes), units);
}

std::string percent_text(double share) {
  const double percent = share * 100;
  if (percent == 0) return "0 %";
  if (percent > 0 && percent < 0.1) return "<0.1 %";
  std::array<char, 48> text{};
  std::snprintf(text.data(), text.size(), std::abs(percent) < 99.95 ? "%.1f %%" : "%.0f %%", percent);
  return text.data();
}

std::string plural_text(std::uint64_t count, std::string_view singular, std::string_view plural) {
  std::string text = count_text(count) + " ";
  text += count == 1 ? singular : plural;
  return text;
}

std::string printable_text(std::string_view text) {
  std::string printable;
  printable.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    const auto first = static_cast<unsigned char>(text[0]);
    const bool control = first < 0x20 || first == 0x7f ||
                         (length == 2 && first == 0xc2 && static_cast<unsigned char>(text[1]) < 0xa0);
    if (length == 0 || control) {
      printable += '?';
      text.remove_prefix(length == 0 ? 1 : length);
      continue;
    }
    printable += text.substr(0, length);
    text.remove_prefix(length);
  }
  return printable;
}

std::string base_name(std::string_view path) { return std::string(path.substr(path.find_last_of('/') + 1)); }

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

}  // namespace loopscope
