// The text of a source file that a trace names: found on this machine, which may not be the one that compiled it, read
// with care, since a trace may name anything, and cut into lines. Looks at files: called off the frame.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "viewer/model/trace.h"
#include "viewer/view/line_costs.h"

namespace loopscope::view {

// Where sources may be: the folders of the trace, of the recorded program and the current one, each before its parents.
// No folder twice.
std::vector<std::string> source_folders(const model::Trace& trace, const std::string& current_folder);

class SourceText {
 public:
  static constexpr std::uint64_t kMostBytes = 8ULL << 20;

  // The file itself if its name is absolute and it is there; else the longest ending of its name that is there in one of
  // the folders. Regular files only: nothing else is opened. `recorded_at_unix_ns`: when the recording began, 0 if
  // that is not known.
  static SourceText read(const std::string& file, const std::vector<std::string>& folders,
                         std::int64_t recorded_at_unix_ns);

  const std::string& asked() const { return asked_; }  // as the trace names it
  const std::string& path() const { return path_; }    // "" if no such file was found
  // Why there is no text, as a sentence; "" if there is.
  const std::string& trouble() const { return trouble_; }
  // What makes the text doubtful, as sentences; "" if nothing does.
  const std::string& notice() const { return notice_; }

  std::size_t lines() const { return begins_.size(); }
  // Without its end; at < lines().
  std::string_view line(std::size_t at) const;
  // The same as it is shown: tabs as blanks up to every eighth column, what is no text as "?", at most so many bytes.
  std::string shown_line(std::size_t at) const;
  static constexpr std::size_t kMostShown = 1000;

 private:
  void split();

  std::string asked_;
  std::string path_;
  std::string trouble_;
  std::string notice_;
  std::string text_;
  std::vector<std::uint32_t> begins_;
};

// All lines with what they cost, for the clipboard.
std::string source_table(const SourceText& source, const FileCosts& costs);

}  // namespace loopscope::view
