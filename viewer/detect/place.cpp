#include "viewer/detect/place.h"

#include <fmt/format.h>

#include "viewer/base/text.h"

namespace loopscope::detect {
namespace {

// They name nothing, and fill half a line.
std::string without_unnamed_namespaces(std::string text) {
  static const std::string kUnnamed = "(anonymous namespace)::";
  for (std::size_t at = text.find(kUnnamed); at != std::string::npos; at = text.find(kUnnamed, at)) {
    text.erase(at, kUnnamed.size());
  }
  return text;
}

}  // namespace

std::string function_text(const model::Frame& frame) {
  if (!frame.function.empty()) return frame.function;
  if (!frame.module.empty()) return fmt::format("{}+{:#x}", base_name(frame.module), frame.module_offset);
  if (frame.address != 0) return fmt::format("{:#x}", frame.address);
  return "unknown";
}

std::string short_function_text(const model::Frame& frame) {
  std::string text = without_unnamed_namespaces(function_text(frame));
  const std::size_t close = text.find_last_of(')');
  // What may follow the parameters: " const", " &", " noexcept"... but no "[clone .cold]", which tells something.
  if (close == std::string::npos || text.find_first_of("[}#>:", close) != std::string::npos) return text;
  std::size_t depth = 0;
  for (std::size_t at = close + 1; at-- > 0;) {
    if (text[at] == ')') ++depth;
    if (text[at] == '(' && --depth == 0) {
      std::string name = text.substr(0, at);
      const bool names_itself = name.empty() || name.ends_with("operator") || name.ends_with(' ');
      return names_itself ? text : name;
    }
  }
  return text;
}

std::string position_text(const model::Frame& frame) {
  if (!frame.file.empty()) return frame.line ? fmt::format("{}:{}", frame.file, frame.line) : frame.file;
  if (frame.function.empty()) return "";
  const std::string module = base_name(frame.module);
  // Where a line would stand: what addr2line and objdump take.
  return module.empty() || frame.module_offset == 0 ? module
                                                    : fmt::format("{}+{:#x}", module, frame.module_offset);
}

bool is_agent_frame(const model::Frame& frame) { return frame.module.starts_with("libloopscope"); }

const model::Frame* shown_frame(const model::Site& site) {
  if (site.stack.empty()) return nullptr;
  return &site.stack[site.shown_frame < site.stack.size() ? site.shown_frame : 0];
}

std::string frame_text(const model::Frame& frame) {
  const std::string position = base_name(position_text(frame));
  const std::string function = short_function_text(frame);
  return position.empty() ? function : fmt::format("{} ({})", function, position);
}

std::string place_text(const model::Site& site) {
  const model::Frame* frame = shown_frame(site);
  if (frame == nullptr) return (site.kind.empty() ? "unknown kind" : site.kind) + ", place unknown";
  return frame_text(*frame);
}

}  // namespace loopscope::detect
