#include "viewer/view/line_costs.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "viewer/detect/place.h"
#include "viewer/report/columns.h"
#include "viewer/report/stall_profiles.h"
#include "viewer/view/stall_selection.h"

namespace loopscope::view {
namespace {

using Lines = std::unordered_map<std::uint32_t, LineCost>;
constexpr std::size_t kNoLine = SIZE_MAX;

using Files = std::unordered_map<std::string, Lines>;

// Several functions may be on one line (the compiler put one into the other): the line has a sample once.
void add_stalls(const model::Trace& trace, Files& files) {
  const report::StallProfiles profiles = report::stall_profiles(trace);
  // Lines by number, so that what is asked of each frame of each sample is an index.
  std::vector<LineCost*> lines;
  std::vector<std::size_t> line_of_frame(profiles.frames.size(), kNoLine);
  std::unordered_map<const LineCost*, std::size_t> known;
  for (std::size_t frame = 0; frame < profiles.frames.size(); ++frame) {
    const report::ProfileFrame& place = profiles.frames[frame];
    if (place.file.empty() || place.line == 0) continue;
    LineCost* const cost = &files[place.file][place.line];
    const auto [at, added] = known.try_emplace(cost, lines.size());
    if (added) lines.push_back(cost);
    line_of_frame[frame] = at->second;
  }
  std::vector<std::size_t> met_in(lines.size());  // the sample, from 1, in which a line was met last
  std::size_t number = 0;
  const SelectedSamples all = select_samples(trace, profiles, {});
  for (const SelectedSample& one : all.samples) {
    const report::ProfileSample& sample = profiles.profiles[one.profile].samples[one.sample];
    ++number;
    if (const std::size_t blamed = line_of_frame[sample.blocking]; blamed != kNoLine) {
      lines[blamed]->self = add_saturating(lines[blamed]->self, one.weight);
      ++lines[blamed]->samples;
    }
    for (const std::uint32_t frame : sample.stack) {
      const std::size_t line = line_of_frame[frame];
      if (line == kNoLine || met_in[line] == number) continue;
      met_in[line] = number;
      lines[line]->total = add_saturating(lines[line]->total, one.weight);
    }
  }
}

void add_tasks(const model::Trace& trace, Files& files) {
  for (const model::Site& site : trace.sites) {
    const model::Frame* frame = detect::shown_frame(site);
    if (frame == nullptr || frame->file.empty() || frame->line == 0 || site.created == 0) continue;
    LineCost& cost = files[report::safe_text(frame->file)][frame->line];
    cost.created += site.created;
    cost.pending += site.pending();
  }
}

}  // namespace

const LineCost* FileCosts::at(std::uint32_t line) const {
  const auto found = std::lower_bound(lines.begin(), lines.end(), line,
                                      [](const LineCost& cost, std::uint32_t at) { return cost.line < at; });
  return found == lines.end() || found->line != line ? nullptr : &*found;
}

LineCosts::LineCosts(const model::Trace& trace) {
  Files files;
  add_stalls(trace, files);
  add_tasks(trace, files);
  for (auto& [name, lines] : files) {
    FileCosts& file = files_[name];
    for (auto& [line, cost] : lines) {
      cost.line = line;
      if (cost.total == 0 && cost.created == 0) continue;
      file.lines.push_back(cost);
      file.most_self = std::max(file.most_self, cost.self);
      file.most_total = std::max(file.most_total, cost.total);
    }
    std::sort(file.lines.begin(), file.lines.end(),
              [](const LineCost& a, const LineCost& b) { return a.line < b.line; });
  }
}

const FileCosts& LineCosts::of(const std::string& file) const {
  static const FileCosts kNothing;
  const auto found = files_.find(report::safe_text(file));
  return found == files_.end() ? kNothing : found->second;
}

}  // namespace loopscope::view
