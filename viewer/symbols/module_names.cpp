#include "viewer/symbols/module_names.h"

#include <string_view>
#include <utility>

#include "viewer/symbols/debug_file.h"
#include "viewer/symbols/plt_names.h"
#include "viewer/symbols/symbol_name.h"

namespace loopscope::symbols {
namespace {

// Why `file` is not what was recorded; "" if it is.
std::string mismatch(const ElfFile& file, const model::Module& module, std::int64_t recorded_unix_ns) {
  std::string build_id = file.build_id();
  if (build_id != module.build_id) return "build id differs: replaced since the recording";
  if (build_id.empty() && recorded_unix_ns != 0 && file.modified_unix_ns() > recorded_unix_ns) {
    return "changed since the recording, and has no build id to tell whether it matters";
  }
  return {};
}

}  // namespace

bool is_vdso(const std::string& path) {
  return path.find("vdso") != path.npos && path.find('/') == path.npos;
}

ModuleNames::ModuleNames(const model::Module& module, std::int64_t recorded_unix_ns,
                         const std::vector<std::string>& debug_dirs) {
  if (is_vdso(module.path)) {
    // The same kernel as this one's if the ids agree; an image without id proves nothing.
    file_ = ElfFile::own_vdso();
    if (file_ && (module.build_id.empty() || file_->build_id() != module.build_id)) file_.reset();
    if (file_) symbols_.add(*file_);
    return;
  }
  open(module, recorded_unix_ns);
  if (file_) dwarf_ = DwarfNames::open(*file_);
  if (!dwarf_) {
    debug_ = find_debug_file(module.build_id, file_.get(), debug_dirs);
    if (debug_) {
      dwarf_ = DwarfNames::open(*debug_);
      symbols_.add(*debug_);
      // The debug file of this very build is as good as the file itself.
      trouble_.clear();
    }
  }
  if (file_) symbols_.add(*file_);
}

void ModuleNames::open(const model::Module& module, std::int64_t recorded_unix_ns) {
  file_ = ElfFile::open(module.path, trouble_);
  // The kernel's words for a file that was removed or replaced while it ran. What is there by now has another name,
  // and may be anything: only an id tells.
  static constexpr std::string_view kDeleted = " (deleted)";
  bool deleted = !file_ && module.path.ends_with(kDeleted);
  if (deleted) {
    file_ = ElfFile::open(module.path.substr(0, module.path.size() - kDeleted.size()), trouble_);
  }
  if (!file_) return;
  trouble_ = mismatch(*file_, module, recorded_unix_ns);
  if (deleted && module.build_id.empty()) trouble_ = "replaced since the recording";
  if (!trouble_.empty()) file_.reset();
}

model::AddressNames::Frames ModuleNames::find(std::uint64_t address) {
  model::AddressNames::Frames frames;
  if (dwarf_) frames = dwarf_->find(address);
  bool named = !frames.empty() && !frames.back().function.empty();
  if (named) return frames;
  const char* symbol = symbols_.find(address);
  std::string name = symbol != nullptr ? symbol_name(symbol) : linker_name(address);
  if (name.empty()) return frames;
  if (frames.empty()) frames.emplace_back();
  frames.back().function = std::move(name);
  return frames;
}

// Of code that no compiler made.
std::string ModuleNames::linker_name(std::uint64_t address) {
  if (!file_) return {};
  if (!signals_) signals_ = std::make_unique<SignalFrames>(*file_);
  if (signals_->holds(address)) return kSignalFrame;
  return plt_name(*file_, address);
}

}  // namespace loopscope::symbols
