#include "viewer/view/tab_text.h"

#include <fmt/format.h>

#include "viewer/report/columns.h"

namespace loopscope::view {

void add_row(std::string& table, std::initializer_list<std::string> cells) {
  bool first = true;
  for (const std::string& cell : cells) {
    if (!first) table += '\t';
    first = false;
    table += report::safe_text(cell);
  }
  table += '\n';
}

std::string ms_text(Nanos duration) { return fmt::format("{}", to_ms(duration)); }

std::string share_text(double share) { return fmt::format("{}", share); }

}  // namespace loopscope::view
