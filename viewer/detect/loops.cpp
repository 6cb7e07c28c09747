#include "viewer/detect/loops.h"

#include <algorithm>

#include <fmt/format.h>

namespace loopscope::detect {

std::string name_of_loop(const model::Loop& loop) {
  const std::string& name = loop.name.empty() ? loop.thread : loop.name;
  return fmt::format("{} loop {}{}{}{}", loop.kind.empty() ? "Event" : loop.kind, loop.id,
                     name.empty() ? "" : " (", name, name.empty() ? "" : ")");
}

Nanos busy_of_loops(const model::Trace& trace) {
  Nanos busy = 0;
  for (const model::Loop& loop : trace.loops) busy = add_saturating(busy, std::max<Nanos>(loop.busy_ns, 0));
  return busy;
}

}  // namespace loopscope::detect
