#include "viewer/report/path_text.h"

#include <algorithm>
#include <array>
#include <functional>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "viewer/base/text.h"
#include "viewer/detect/place.h"
#include "viewer/report/path_words.h"

namespace loopscope::report {
namespace {

using detect::CriticalPath;
using detect::PathSegment;
using detect::Spent;

// The longest stretches have a line of their own; what is between them shares one.
constexpr std::size_t kMostLines = 20;
constexpr std::size_t kMostPlaces = 8;
constexpr std::size_t kBarColumns = 10;
constexpr std::size_t kMostIndent = 4;

Ink ink_of(Spent spent) {
  switch (spent) {
    case Spent::held_up: return Ink::worst;
    case Spent::queued: return Ink::bad;
    case Spent::running: return Ink::good;
    case Spent::waiting: return Ink::note;
    case Spent::unknown: break;
  }
  return Ink::faint;
}

double share_of(Nanos part, Nanos whole) {
  return whole > 0 ? static_cast<double>(part) / static_cast<double>(whole) : 0;
}

// "77 %": a column of them is to be compared at a glance.
std::string share_text(Nanos part, Nanos whole) {
  const double share = share_of(part, whole);
  return share > 0 && share < 0.005 ? "<1 %" : fmt::format("{:.0f} %", 100 * share);
}

// The position first: it is what one looks for, and what must not be shortened. Without a source line the function is.
std::string where_text(const std::string& waits_for, const model::Frame& frame, std::size_t columns) {
  std::string text = safe_text(waits_for);
  const bool known =
      !frame.function.empty() || !frame.module.empty() || frame.address != 0 || !frame.file.empty();
  if (!known) return shorten_name(text.empty() ? "place unknown" : text, columns);
  std::string first = safe_text(detect::position_text(frame));
  if (const std::size_t slash = first.find_last_of('/'); slash != std::string::npos)
    first.erase(0, slash + 1);
  std::string second = safe_text(detect::short_function_text(frame));
  if (frame.file.empty() && !second.empty()) std::swap(first, second);
  if (first.empty()) std::swap(first, second);
  const std::size_t least = std::max<std::size_t>(columns / 3, 8);
  const std::size_t room = columns_of(first) + 1 + least > columns ? least : columns - columns_of(first) - 1;
  if (!text.empty()) text = shorten_name(text, std::min<std::size_t>(room, 24)) + " ";
  text += shorten_path(first, columns - columns_of(text));
  const std::size_t used = columns_of(text);
  if (second.empty() || second == first || used + 8 > columns) return text;
  return text + " " + shorten_name(second, columns - used - 1);
}

// Where between 0 and `whole` a stretch lies.
std::string bar_text(Nanos from, Nanos to, Nanos whole) {
  constexpr double kColumns = static_cast<double>(kBarColumns);
  const auto first = std::min(static_cast<std::size_t>(share_of(from, whole) * kColumns), kBarColumns - 1);
  const auto behind =
      std::clamp(static_cast<std::size_t>(share_of(to, whole) * kColumns + 0.5), first + 1, kBarColumns);
  std::string bar(kBarColumns, '.');
  std::fill(bar.begin() + static_cast<std::ptrdiff_t>(first),
            bar.begin() + static_cast<std::ptrdiff_t>(behind), '#');
  return bar;
}

// "waiting 101 ms (77 %), queued 23 ms (17 %)", most first.
std::string spent_text(const std::array<Nanos, detect::kWaysToSpend>& spent, Nanos whole) {
  std::vector<std::size_t> order;
  for (std::size_t at = 0; at < spent.size(); ++at) {
    if (spent[at] > 0) order.push_back(at);
  }
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return spent[a] > spent[b]; });
  std::string text;
  for (const std::size_t at : order) {
    text += fmt::format("{}{} {} ({})", text.empty() ? "" : ", ", spent_word(static_cast<Spent>(at)),
                        duration_text(spent[at]), share_text(spent[at], whole));
  }
  return text.empty() ? "no time at all" : text;
}

void print_line(Page& page, const CriticalPath& path, const PathSegment& segment, Spent spent,
                const std::function<std::string(std::size_t)>& where) {
  const Nanos whole = path.times.latency();
  const Nanos from = subtract_saturating(segment.from, path.times.begin);
  const Nanos to = subtract_saturating(segment.to, path.times.begin);
  const std::string times = right(duration_text(from), 8) + " " + right(duration_text(to - from), 8) + " " +
                            right(share_text(to - from, whole), 5) + " ";
  const std::string what = " " + left(spent_word(spent), 7) + " ";
  const std::size_t used = columns_of(times) + kBarColumns + columns_of(what);
  page.line({{times, Ink::plain},
             {bar_text(from, to, whole), Ink::faint},
             {what, ink_of(spent)},
             {where(Page::kColumns - used), Ink::plain}});
}

// Which stretches have a line of their own: the longest, if they are long enough to matter, or have no other short one beside
// them.
std::vector<bool> own_lines(const CriticalPath& path) {
  const std::vector<PathSegment>& segments = path.segments;
  std::vector<std::size_t> order(segments.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return segments[a].duration() > segments[b].duration();
  });
  if (order.size() > kMostLines) order.resize(kMostLines);
  std::vector<bool> own(segments.size());
  for (const std::size_t at : order) own[at] = segments[at].duration() >= path.times.latency() / 1'000;
  std::vector<bool> alone(segments.size());
  for (std::size_t at = 0; at < segments.size(); ++at) {
    alone[at] = !own[at] && (at == 0 || own[at - 1]) && (at + 1 == segments.size() || own[at + 1]);
  }
  for (std::size_t at = 0; at < segments.size(); ++at) own[at] = own[at] || alone[at];
  return own;
}

void print_segments(Page& page, const model::Trace& trace, const CriticalPath& path) {
  const std::vector<bool> own = own_lines(path);
  page.line("    from     took share            spent   where", Ink::faint);
  for (std::size_t at = 0; at < path.segments.size();) {
    const PathSegment& segment = path.segments[at];
    if (own[at]) {
      print_line(page, path, segment, segment.spent, [&](std::size_t columns) {
        const std::size_t indent = std::min<std::size_t>(segment.depth, kMostIndent);
        return std::string(indent, ' ') + where_text(detect::waits_for(trace, segment),
                                                     detect::place_of(trace, segment), columns - indent);
      });
      ++at;
      continue;
    }
    PathSegment several = segment;
    std::array<Nanos, detect::kWaysToSpend> spent{};
    const std::size_t first = at;
    for (; at < path.segments.size() && !own[at]; ++at) {
      several.to = path.segments[at].to;
      Nanos& sum = spent[static_cast<std::size_t>(path.segments[at].spent)];
      sum = add_saturating(sum, path.segments[at].duration());
    }
    const auto most = static_cast<Spent>(std::max_element(spent.begin(), spent.end()) - spent.begin());
    print_line(page, path, several, most,
               [&](std::size_t) { return fmt::format("... {} short ones", count_text(at - first)); });
  }
}

void print_path(Page& page, const model::Trace& trace, const std::string& name, const CriticalPath& path) {
  if (path.task >= trace.tasks.size()) return;
  page.gap();
  const model::SiteIndex site = trace.tasks.site(path.task);
  std::string who = fmt::format("#{}", trace.tasks.id(path.task));
  if (site < trace.sites.size())
    who += " " + trace.sites[site].kind + " " + detect::place_text(trace.sites[site]);
  page.line({{name.empty() ? "" : name + "  ", Ink::plain}, {who, Ink::strong}});
  std::string fate = path.times.finished ? (path.times.failed ? "failed" : "finished") : "still pending";
  if (path.times.last != path.task && path.times.last < trace.tasks.size())
    fate += fmt::format(" with #{}, which it started", trace.tasks.id(path.times.last));
  const std::optional<std::uint64_t> bytes = trace.tasks.bytes(path.task);
  page.paragraph({"  ", Ink::plain}, 2,
                 fmt::format("began at {}, {} {} {}{}", duration_text(path.times.begin), fate,
                             path.times.finished ? "after" : "for", duration_text(path.times.latency()),
                             bytes ? ", transferred " + bytes_text(*bytes) : ""));
  page.paragraph({"  ", Ink::plain}, 2, spent_text(path.spent, path.times.latency()));
  if (path.cut) page.paragraph({"  ", Ink::plain}, 2, "Too long to be followed to its beginning.", Ink::bad);
  if (path.segments.empty()) return;
  page.gap();
  print_segments(page, trace, path);
}

void print_places(Page& page, const detect::RequestPaths& paths) {
  page.gap();
  page.line("      took  share  requests  spent    where", Ink::faint);
  for (std::size_t at = 0; at < std::min(paths.places.size(), kMostPlaces); ++at) {
    const detect::SpentAt& place = paths.places[at];
    const std::string numbers = "  " + right(duration_text(place.time), 8) + "  " +
                                right(share_text(place.time, paths.latency), 5) + "  " +
                                right(count_text(place.requests), 8) + "  ";
    const std::string what = left(spent_word(place.spent), 7) + "  ";
    page.line(
        {{numbers, Ink::plain},
         {what, ink_of(place.spent)},
         {where_text(place.waits_for, place.at, Page::kColumns - columns_of(numbers) - columns_of(what)),
          Ink::plain}});
  }
  if (paths.places.size() > kMostPlaces) {
    page.line(
        fmt::format("  ... and {} more", plural_text(paths.places.size() - kMostPlaces, "place", "places")),
        Ink::faint);
  }
}

}  // namespace

void print_paths(Page& page, const model::Trace& trace, const detect::RequestPaths& paths) {
  if (paths.key.empty()) {
    print_path(page, trace, "", paths.slowest);
    if (paths.slowest.segments.size() > kMostLines) print_places(page, paths);
    return;
  }
  page.gap();
  page.line(fmt::format("{}={}", safe_text(paths.key), safe_text(paths.value)), Ink::strong);
  std::string counts = plural_text(paths.requests, "request", "requests");
  if (paths.finished < paths.requests)
    counts += fmt::format(", {} unfinished", count_text(paths.requests - paths.finished));
  if (paths.summed < (paths.finished > 0 ? paths.finished : paths.requests))
    counts += fmt::format(", {} of them looked at", count_text(paths.summed));
  page.paragraph({"  ", Ink::plain}, 2, fmt::format("{}, {} in all", counts, duration_text(paths.latency)));
  page.paragraph({"  ", Ink::plain}, 2, spent_text(paths.spent, paths.latency));
  print_places(page, paths);
  print_path(page, trace, "The usual one", paths.usual);
  print_path(page, trace, paths.usual.task == model::kNoTask ? "" : "The slowest one", paths.slowest);
}

}  // namespace loopscope::report
