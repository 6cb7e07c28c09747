// Where commands write to, and what they say when they cannot. Main thread.
#pragma once

#include <string>

namespace loopscope::cli {

// "loopscope: TEXT" on standard error, made safe for terminals.
void complain(const std::string& text);

// Both exist and are the same file.
bool same_file(const std::string& a, const std::string& b);

// A report that goes there (see write_report) is coloured: on a terminal that knows colours, unless NO_COLOR is set.
bool wants_colour(const std::string& path);

// The file, or standard output if `path` is empty; false and a complaint if not all of it could be written.
bool write_report(const std::string& path, const std::string& report);

}  // namespace loopscope::cli
