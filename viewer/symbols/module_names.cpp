#include "viewer/symbols/module_names.h"

#include "viewer/symbols/debug_file.h"
#include "viewer/symbols/demangle.h"

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
  file_ = ElfFile::open(module.path, trouble_);
  if (file_) {
    trouble_ = mismatch(*file_, module, recorded_unix_ns);
    if (!trouble_.empty()) file_.reset();
  }
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

model::AddressNames::Frames ModuleNames::find(std::uint64_t address) {
  model::AddressNames::Frames frames;
  if (dwarf_) frames = dwarf_->find(address);
  bool named = !frames.empty() && !frames.back().function.empty();
  if (named) return frames;
  if (const char* symbol = symbols_.find(address)) {
    if (frames.empty()) frames.emplace_back();
    frames.back().function = demangle(symbol);
  }
  return frames;
}

}  // namespace loopscope::symbols
