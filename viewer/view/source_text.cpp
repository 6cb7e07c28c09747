#include "viewer/view/source_text.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "viewer/base/text.h"
#include "viewer/view/tab_text.h"

namespace loopscope::view {
namespace {

namespace fs = std::filesystem;

// As many as a person may nest; a name made of slashes is not to cost a million looks at the disk.
constexpr std::size_t kMostParents = 16;
constexpr std::size_t kMostEndings = 32;
constexpr std::size_t kMostName = 4096;  // PATH_MAX of Linux
constexpr std::size_t kTab = 8;

class OpenFile {
 public:
  // Without O_NONBLOCK, what turned into a FIFO meanwhile would be waited for.
  explicit OpenFile(const std::string& path)
      : number_(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)) {}
  ~OpenFile() {
    if (number_ >= 0) ::close(number_);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  int number() const { return number_; }

 private:
  int number_;
};

std::string reason(int error) { return std::strerror(error); }

bool is_regular(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode);
}

bool is_there(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0;
}

// The name without what leads out of a folder: "src/a.cpp" of "../../src/a.cpp" and of "/src/a.cpp".
std::vector<std::string> steps_of(const fs::path& name) {
  std::vector<std::string> steps;
  for (const fs::path& step : name.relative_path()) {
    if (step == ".." && steps.empty()) continue;
    if (!step.empty() && step != ".") steps.push_back(step.string());
  }
  return steps;
}

std::string find(const std::string& file, const std::vector<std::string>& folders) {
  const fs::path name = fs::path(file).lexically_normal();
  // What is there but no regular file is for the reader to refuse: it says why.
  if (name.is_absolute() && is_there(name.string())) return name.string();
  // As the compiler saw it, from a folder beside this one perhaps.
  if (name.is_relative()) {
    for (const std::string& folder : folders) {
      const std::string path = (fs::path(folder) / name).lexically_normal().string();
      if (is_regular(path)) return path;
    }
  }
  const std::vector<std::string> steps = steps_of(name);
  for (std::size_t first = steps.size() - std::min(steps.size(), kMostEndings); first < steps.size();
       ++first) {
    fs::path ending;
    for (std::size_t at = first; at < steps.size(); ++at) ending /= steps[at];
    for (const std::string& folder : folders) {
      const std::string path = (fs::path(folder) / ending).string();
      if (is_regular(path)) return path;
    }
  }
  return "";
}

struct Contents {
  std::string text;
  std::int64_t changed_unix_ns = 0;
  std::string trouble;
};

Contents contents_of(const std::string& path) {
  struct stat status {};
  // Before it is opened: opening alone does something to some devices.
  if (::stat(path.c_str(), &status) != 0) return {"", 0, "It cannot be read: " + reason(errno) + "."};
  if (!S_ISREG(status.st_mode)) return {"", 0, "It is no regular file."};
  const OpenFile file(path);
  if (file.number() < 0) return {"", 0, "It cannot be opened: " + reason(errno) + "."};
  if (::fstat(file.number(), &status) != 0 || !S_ISREG(status.st_mode))
    return {"", 0, "It is no regular file."};
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (size > SourceText::kMostBytes) {
    return {"", 0,
            "It is too large to be shown: " + bytes_text(size) + ", more than " +
                bytes_text(SourceText::kMostBytes) + "."};
  }
  Contents contents;
  // Times beyond the year 2262 do not fit, and only have to be late.
  constexpr std::int64_t kLatest = INT64_MAX / kSecond - 1;
  contents.changed_unix_ns =
      std::clamp<std::int64_t>(status.st_mtim.tv_sec, 0, kLatest) * kSecond + status.st_mtim.tv_nsec;
  // No more than its size, so that a file that grows while it is read ends.
  contents.text.resize(size);
  std::size_t have = 0;
  while (have < size) {
    const ssize_t got = ::read(file.number(), contents.text.data() + have, size - have);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return {"", 0, "It cannot be read: " + reason(errno) + "."};
    if (got == 0) break;
    have += static_cast<std::size_t>(got);
  }
  contents.text.resize(have);
  if (contents.text.find('\0') != std::string::npos) return {"", 0, "It is no text: it has zero bytes."};
  return contents;
}

}  // namespace

std::vector<std::string> source_folders(const model::Trace& trace, const std::string& current_folder) {
  std::vector<std::string> folders;
  const auto add_with_parents = [&](fs::path folder) {
    // The kernel would read the name up to there.
    if (folder.native().find('\0') != std::string::npos) return;
    if (folder.is_relative()) folder = fs::path(current_folder) / folder;
    folder = folder.lexically_normal();
    if (!folder.has_filename() && folder.has_relative_path()) folder = folder.parent_path();
    for (std::size_t steps = 0; steps < kMostParents && folder.is_absolute(); ++steps) {
      if (folder.native().size() < kMostName &&
          std::find(folders.begin(), folders.end(), folder.string()) == folders.end())
        folders.push_back(folder.string());
      if (folder == folder.root_path()) break;
      folder = folder.parent_path();
    }
  };
  if (!trace.path.empty()) add_with_parents(fs::path(trace.path).parent_path());
  if (trace.process.executable.starts_with('/'))
    add_with_parents(fs::path(trace.process.executable).parent_path());
  add_with_parents(current_folder);
  return folders;
}

SourceText SourceText::read(const std::string& file, const std::vector<std::string>& folders,
                            std::int64_t recorded_at_unix_ns) {
  SourceText source;
  source.asked_ = file;
  if (file.empty()) {
    source.trouble_ = "The trace does not say in which file.";
    return source;
  }
  if (file.size() >= kMostName || file.find('\0') != std::string::npos) {
    source.trouble_ = "This cannot be the name of a file.";
    return source;
  }
  source.path_ = find(file, folders);
  if (source.path_.empty()) {
    source.trouble_ =
        "It is not on this machine, neither there nor below the folders of the trace, of the program "
        "or the current one and their parents.";
    return source;
  }
  Contents contents = contents_of(source.path_);
  source.trouble_ = contents.trouble;
  if (!source.trouble_.empty()) return source;
  source.text_ = std::move(contents.text);
  source.split();
  if (fs::path(file).is_absolute() && fs::path(file).lexically_normal() != source.path_)
    source.notice_ = "Found by the end of its name: the trace has " + file + ".";
  if (recorded_at_unix_ns > 0 && contents.changed_unix_ns > recorded_at_unix_ns) {
    if (!source.notice_.empty()) source.notice_ += ' ';
    source.notice_ += "Changed since the recording began: lines may have moved.";
  }
  return source;
}

void SourceText::split() {
  for (std::size_t at = 0; at < text_.size();) {
    begins_.push_back(static_cast<std::uint32_t>(at));
    const std::size_t end = text_.find('\n', at);
    if (end == std::string::npos) break;
    at = end + 1;
  }
}

std::string_view SourceText::line(std::size_t at) const {
  const std::size_t begin = begins_[at];
  const std::size_t end = at + 1 < begins_.size() ? begins_[at + 1] : text_.size();
  std::string_view line = std::string_view(text_).substr(begin, end - begin);
  if (line.ends_with('\n')) line.remove_suffix(1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

std::string SourceText::shown_line(std::size_t at) const {
  std::string_view rest = line(at);
  const bool cut = rest.size() > kMostShown;
  if (cut) {
    std::size_t end = kMostShown;
    while (end > 0 && (static_cast<unsigned char>(rest[end]) & 0xc0U) == 0x80U) --end;
    rest = rest.substr(0, end);
  }
  std::string shown;
  std::size_t columns = 0;  // characters, which are not bytes
  while (true) {
    const std::size_t tab = rest.find('\t');
    const std::string piece = printable_text(rest.substr(0, tab));
    columns += static_cast<std::size_t>(std::count_if(piece.begin(), piece.end(), [](char byte) {
      return (static_cast<unsigned char>(byte) & 0xc0U) != 0x80U;
    }));
    shown += piece;
    if (tab == std::string_view::npos) break;
    const std::size_t blanks = kTab - columns % kTab;
    shown.append(blanks, ' ');
    columns += blanks;
    rest.remove_prefix(tab + 1);
  }
  return cut ? shown + " ..." : shown;
}

std::string source_table(const SourceText& source, const FileCosts& costs) {
  std::string text;
  add_row(text, {"line", "self_ms", "total_ms", "samples", "created", "pending", "text"});
  for (std::size_t at = 0; at < source.lines(); ++at) {
    const LineCost* cost = costs.at(static_cast<std::uint32_t>(at + 1));
    if (cost == nullptr) {
      add_row(text, {std::to_string(at + 1), "", "", "", "", "", source.shown_line(at)});
      continue;
    }
    add_row(text,
            {std::to_string(at + 1), ms_text(cost->self), ms_text(cost->total), std::to_string(cost->samples),
             std::to_string(cost->created), std::to_string(cost->pending), source.shown_line(at)});
  }
  return text;
}

}  // namespace loopscope::view
