#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "viewer/base/text.h"
#include "viewer/report/html_parts.h"
#include "viewer/report/markup.h"
#include "viewer/report/stall_facts.h"
#include "viewer/report/stall_profiles.h"
#include "viewer/report/svg_flame.h"

namespace loopscope::report {
namespace {

constexpr std::size_t kFlameBytes = 250'000;
constexpr std::size_t kTableBytes = 40'000;
constexpr std::size_t kMostStalls = 30;
constexpr std::size_t kMostLines = 30;

std::string flame_html(const StallProfiles& profiles) {
  const FlameSvg flame = flame_svg(profiles, kFlameBytes);
  if (flame.svg.empty()) return "";
  std::string html =
      "<h3>Flame graph of the samples</h3>\n<div class=\"flamebox\" id=\"flame\">\n" + flame.svg +
      "<p class=\"hint\"><button type=\"button\" id=\"flame-back\" hidden>Show all</button> "
      "<span id=\"flame-said\">Wider is longer; callers are above what they call. </span></p></div>\n";
  html +=
      "<ul class=\"legend\"><li class=\"fn\">of the program</li><li class=\"lib\">of libraries</li>"
      "<li class=\"tk\">task</li><li class=\"lp\">loop</li></ul>\n";
  if (flame.left_out > 0)
    html += fmt::format("<p class=\"more\">{} too small to be seen are left out</p>\n",
                        plural_text(flame.left_out, "box", "boxes"));
  return html;
}

// Where blocked time went: each sample counts for the frame that all reports show as "where".
std::string lines_html(const StallProfiles& profiles) {
  std::map<std::uint32_t, Nanos> by_frame;
  Nanos total = 0;
  for (const Profile& profile : profiles.profiles) {
    for (const ProfileSample& sample : profile.samples) {
      Nanos& weight = by_frame[sample.blocking];
      weight = add_saturating(weight, sample.weight);
      total = add_saturating(total, sample.weight);
    }
  }
  std::vector<std::pair<std::uint32_t, Nanos>> order(by_frame.begin(), by_frame.end());
  std::stable_sort(order.begin(), order.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  std::vector<std::vector<std::string>> rows;
  for (const auto& [index, weight] : order) {
    if (rows.size() == kMostLines) break;
    const ProfileFrame& frame = profiles.frames[index];
    const std::string position = frame.file.empty() ? ""
                                 : frame.line == 0  ? frame.file
                                                    : fmt::format("{}:{}", frame.file, frame.line);
    rows.push_back(
        {duration_text(weight),
         percent_text(static_cast<double>(weight) / static_cast<double>(std::max<Nanos>(total, 1))),
         "<span class=\"fn\">" + escaped(frame.name, kNameCharacters) + "</span> <span class=\"at\">" +
             escaped(position, kNameCharacters) + "</span>"});
  }
  if (rows.empty()) return "";
  return "<h3>Where the blocked time went</h3>\n" +
         table_html({{"time"}, {"share"}, {"line", false}}, rows, order.size(), "lines", kTableBytes);
}

std::string longest_html(const model::Trace& trace) {
  std::vector<std::vector<std::string>> rows;
  for (const model::Stall& stall : trace.stalls) {
    if (rows.size() == kMostStalls) break;
    const WaitedFor waited = waited_for(trace, stall);
    const std::string call = system_call_of(stall);
    rows.push_back({duration_text(stall.duration) + (stall.ended ? "" : "+"), duration_text(stall.begin),
                    escaped(!call.empty()         ? call
                            : stall.cause.empty() ? "-"
                                                  : stall.cause,
                            40),
                    escaped(where_text(trace, stall), kNameCharacters),
                    waited.tasks == 0 ? "-" : plural_text(waited.tasks, "task", "tasks"),
                    escaped(woken_text(stall), kNameCharacters)});
  }
  return "<h3>The longest</h3>\n" +
         table_html({{"lasted"}, {"at"}, {"cause", false}, {"where", false}, {"waited"}, {"woken by", false}},
                    rows, trace.stalls.size(), "stalls", kTableBytes);
}

}  // namespace

std::string stalls_html(const model::Trace& trace) {
  if (trace.stalls.empty()) return "";
  const StallProfiles profiles = stall_profiles(trace);
  return fmt::format("<section id=\"stalls\"><h2>Stalls</h2>\n<p>{} longer than {}, {} together</p>\n",
                     plural_text(stalls_in_all(trace), "span or tick", "spans or ticks"),
                     duration_text(trace.stall_limit), duration_text(stalled_in_all(trace))) +
         flame_html(profiles) + lines_html(profiles) + longest_html(trace) + "</section>\n";
}

}  // namespace loopscope::report
