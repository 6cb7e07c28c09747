// Where the separate debug file of a program or library is: by build id, then by .gnu_debuglink. Called by
// module_names. Loader thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "viewer/symbols/elf_file.h"

namespace loopscope::symbols {

// `build_id` as recorded (lower-case hex, may be ""); `file` is the program or library itself, nullptr if it is
// gone. `debug_dirs` are searched in order. Only a file that proves to belong to it (same build id, or the
// checksum of the debug link) is returned; nullptr if there is none.
std::unique_ptr<ElfFile> find_debug_file(const std::string& build_id, const ElfFile* file,
                                         const std::vector<std::string>& debug_dirs);

}  // namespace loopscope::symbols
