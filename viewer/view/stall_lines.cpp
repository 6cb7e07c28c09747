#include "viewer/view/stall_lines.h"

#include <algorithm>
#include <tuple>
#include <unordered_map>

#include "viewer/view/tab_text.h"

namespace loopscope::view {
namespace {

// Rows by frame, each made when it is met for the first time.
class Rows {
 public:
  StallLine& of(std::uint32_t frame) {
    const auto [at, added] = known_.try_emplace(frame, rows_.size());
    if (added) rows_.emplace_back().frame = frame;
    return rows_[at->second];
  }
  std::vector<StallLine> take() && { return std::move(rows_); }

 private:
  std::unordered_map<std::uint32_t, std::size_t> known_;
  std::vector<StallLine> rows_;
};

// What was not sampled has no name and goes last.
const report::ProfileFrame* frame_of(const report::StallProfiles& profiles, const StallLine& line) {
  return line.frame < profiles.frames.size() ? &profiles.frames[line.frame] : nullptr;
}

void rank(const report::StallProfiles& profiles, std::vector<StallLine>& rows) {
  const auto rank_by = [&](auto key, std::uint32_t StallLine::*rank) {
    std::sort(rows.begin(), rows.end(), [&](const StallLine& a, const StallLine& b) {
      const report::ProfileFrame* left = frame_of(profiles, a);
      const report::ProfileFrame* right = frame_of(profiles, b);
      if (left == nullptr || right == nullptr) return left != nullptr;
      return key(*left) < key(*right);
    });
    for (std::uint32_t at = 0; at < rows.size(); ++at) rows[at].*rank = at;
  };
  using Frame = report::ProfileFrame;
  rank_by([](const Frame& frame) { return std::tie(frame.file, frame.line, frame.name); },
          &StallLine::by_file);
  rank_by([](const Frame& frame) { return std::tie(frame.name, frame.file, frame.line); },
          &StallLine::by_function);
}

}  // namespace

std::vector<StallLine> stall_lines(const report::StallProfiles& profiles, const SelectedSamples& selected) {
  Rows rows;
  // The sample in which a frame was met last, so that recursion counts once.
  std::vector<std::size_t> met_in(profiles.frames.size());
  std::size_t number = 0;
  for (const SelectedSample& one : selected.samples) {
    const report::ProfileSample& sample = profiles.profiles[one.profile].samples[one.sample];
    ++number;
    StallLine& blamed = rows.of(sample.blocking);
    blamed.self = add_saturating(blamed.self, one.weight);
    ++blamed.samples;
    for (const std::uint32_t frame : sample.stack) {
      if (!profiles.frames[frame].code && frame != sample.blocking) continue;
      if (met_in[frame] == number) continue;
      met_in[frame] = number;
      StallLine& line = rows.of(frame);
      line.total = add_saturating(line.total, one.weight);
    }
  }
  if (selected.not_sampled > 0) {
    StallLine& rest = rows.of(StallLine::kNotSampled);
    rest.self = rest.total = selected.not_sampled;
  }
  std::vector<StallLine> lines = std::move(rows).take();
  for (StallLine& line : lines) {
    if (selected.total > 0) line.share = static_cast<double>(line.self) / static_cast<double>(selected.total);
  }
  rank(profiles, lines);
  sort_lines(lines, LineColumn::self, true);
  return lines;
}

void sort_lines(std::vector<StallLine>& lines, LineColumn column, bool descending) {
  const auto sort_by = [&](auto key) {
    std::sort(lines.begin(), lines.end(), [&](const StallLine& a, const StallLine& b) {
      if (key(a) != key(b)) return descending ? key(a) > key(b) : key(a) < key(b);
      return a.by_function < b.by_function;
    });
  };
  switch (column) {
    case LineColumn::function: return sort_by([](const StallLine& line) { return line.by_function; });
    case LineColumn::place: return sort_by([](const StallLine& line) { return line.by_file; });
    case LineColumn::self:
    case LineColumn::share: return sort_by([](const StallLine& line) { return line.self; });
    case LineColumn::total: return sort_by([](const StallLine& line) { return line.total; });
    case LineColumn::samples: return sort_by([](const StallLine& line) { return line.samples; });
  }
}

std::string function_of(const report::StallProfiles& profiles, const StallLine& line) {
  const report::ProfileFrame* frame = frame_of(profiles, line);
  return frame == nullptr ? "not sampled" : frame->name;
}

std::string place_of(const report::StallProfiles& profiles, const StallLine& line) {
  const report::ProfileFrame* frame = frame_of(profiles, line);
  if (frame == nullptr || frame->file.empty()) return "";
  return frame->line == 0 ? frame->file : frame->file + ":" + std::to_string(frame->line);
}

std::string short_place(const std::string& place) { return place.substr(place.rfind('/') + 1); }

std::string lines_text(const report::StallProfiles& profiles, const std::vector<StallLine>& lines) {
  std::string text;
  add_row(text, {"function", "file", "line", "self_ms", "total_ms", "share", "samples"});
  for (const StallLine& line : lines) {
    const report::ProfileFrame* frame = frame_of(profiles, line);
    const bool placed = frame != nullptr && frame->line != 0;
    add_row(text, {function_of(profiles, line), frame == nullptr ? "" : frame->file,
                   placed ? std::to_string(frame->line) : "", ms_text(line.self), ms_text(line.total),
                   share_text(line.share), std::to_string(line.samples)});
  }
  return text;
}

}  // namespace loopscope::view
