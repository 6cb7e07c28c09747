#include "viewer/symbols/shown_frame.h"

#include <algorithm>
#include <iterator>
#include <string_view>

namespace loopscope::symbols {
namespace {

// Names of libraries up to their version: "libc" stands for libc.so.6 and libc-2.31.so.
constexpr std::string_view kLibraries[] = {
    "libuv",    "libluv",          "luv",       "libc",     "libstdc++", "libc++",  "libc++abi", "libgcc_s",
    "libm",     "libpthread",      "libdl",     "librt",    "libasan",   "libtsan", "libubsan",  "ld",
    "ld-linux", "ld-linux-x86-64", "libresolv", "liburing", "libunwind",
};
constexpr std::string_view kPrefixes[] = {"libevent", "libloopscope", "linux-vdso", "[vdso]"};
constexpr std::string_view kHeaders[] = {"/usr/include/", "/usr/lib/gcc/", "/usr/lib/llvm", "/include/c++/"};

bool is_listed(std::string_view stem) {
  return std::find(std::begin(kLibraries), std::end(kLibraries), stem) != std::end(kLibraries);
}

bool is_library(std::string_view module) {
  for (std::string_view prefix : kPrefixes) {
    if (module.substr(0, prefix.size()) == prefix) return true;
  }
  std::size_t end = module.find(".so");
  if (end == module.npos) return false;
  std::string_view stem = module.substr(0, end);
  // libc-2.31.so: the version may stand before the suffix.
  return is_listed(stem) || is_listed(stem.substr(0, stem.rfind('-')));
}

bool is_header(std::string_view file) {
  return std::any_of(std::begin(kHeaders), std::end(kHeaders),
                     [&](std::string_view part) { return file.find(part) != file.npos; });
}

bool is_own(std::string_view function) {
  return function.substr(0, 10) == "loopscope_" || function.substr(0, 11) == "loopscope::";
}

// The first instructions of every program: named in any file, and never an answer.
bool is_entry(std::string_view function) { return function == "_start"; }

}  // namespace

bool is_library_frame(const model::Frame& frame) {
  return is_library(frame.module) || is_header(frame.file) || is_own(frame.function);
}

std::size_t shown_frame(const std::vector<model::Frame>& stack) {
  enum { kOutsideLine, kOutsideNamed, kOutside, kNamed, kAny, kRanks };
  std::size_t first[kRanks];
  std::fill(std::begin(first), std::end(first), stack.size());
  for (std::size_t i = 0; i < stack.size(); ++i) {
    const model::Frame& frame = stack[i];
    bool named = !frame.function.empty();
    bool outside = !is_library_frame(frame) && !is_entry(frame.function);
    int rank = outside ? (frame.line != 0 ? kOutsideLine
                          : named         ? kOutsideNamed
                                          : kOutside)
               : named ? kNamed
                       : kAny;
    first[rank] = std::min(first[rank], i);
  }
  for (std::size_t index : first) {
    if (index != stack.size()) return index;
  }
  return stack.size();
}

}  // namespace loopscope::symbols
