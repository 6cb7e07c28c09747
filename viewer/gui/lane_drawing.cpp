#include "viewer/gui/lane_drawing.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "viewer/base/text.h"
#include "viewer/detect/place.h"
#include "viewer/report/stall_facts.h"

namespace loopscope::gui {
namespace {

using Kind = view::TimelineLane::Kind;

// However little of a column is covered, it is seen.
constexpr float kFaintest = 0.22F;
constexpr float kNarrowest = 2;  // pixels of a stall

std::size_t columns_of(const view::TimeAxis& axis) {
  return static_cast<std::size_t>(std::clamp(axis.width(), 1.0F, 8192.0F));
}

std::vector<std::optional<double>> gauge_columns(const model::GaugeSeries& series,
                                                 const view::TimeAxis& axis) {
  const std::size_t columns = columns_of(axis);
  std::vector<std::optional<double>> values(columns);
  const std::size_t points = std::min(series.at.size(), series.number.size());
  std::optional<double> last;
  std::size_t point = 0;
  const float width = axis.width() / static_cast<float>(columns);
  for (std::size_t column = 0; column < columns; ++column) {
    const Time until = axis.time(static_cast<float>(column + 1) * width);
    const auto next = std::upper_bound(series.at.begin() + static_cast<std::ptrdiff_t>(point),
                                       series.at.begin() + static_cast<std::ptrdiff_t>(points), until);
    const auto seen = static_cast<std::size_t>(next - series.at.begin());
    // The highest of a column, since peaks are what one looks for.
    if (seen > point) {
      last = series.number[seen - 1];
      values[column] = *std::max_element(series.number.begin() + static_cast<std::ptrdiff_t>(point),
                                         series.number.begin() + static_cast<std::ptrdiff_t>(seen));
      point = seen;
    } else {
      values[column] = last;
    }
  }
  return values;
}

}  // namespace

LaneImage LaneDrawing::image(const model::Trace& trace, const view::TimelineLane& lane,
                             const view::TimeAxis& axis) {
  LaneImage image;
  const std::size_t columns = columns_of(axis);
  switch (lane.kind) {
    case Kind::ticks:
    case Kind::spans:
    case Kind::calls:
      image.pieces = view::lane_pieces(*lane.row, axis.range(), axis.width(), trace.stall_limit);
      if (lane.behind != nullptr) {
        image.behind = view::lane_pieces(*lane.behind, axis.range(), axis.width(), kNever);
      }
      break;
    case Kind::lag:
      image.lag = lane.lag_is_duration ? view::longest_columns(*lane.row, axis.range(), columns)
                                       : view::lag_columns(*lane.row, axis.range(), columns);
      break;
    case Kind::pending:
      image.pending = view::pending_columns(trace.timeline.pending, trace.tasks, axis.range(), columns);
      break;
    case Kind::gauge:
      if (lane.number < trace.gauges.size()) image.gauge = gauge_columns(trace.gauges[lane.number], axis);
      break;
    case Kind::heading:
    case Kind::pauses: break;
  }
  return image;
}

float LaneDrawing::height(const view::TimelineLane& lane, const Look& look) {
  switch (lane.kind) {
    case Kind::heading: return look.px(20);
    case Kind::pending: return look.px(46);
    case Kind::lag: return look.px(34);
    case Kind::ticks: return look.px(15);
    case Kind::spans: return look.px(19);
    case Kind::calls:
    case Kind::pauses: return look.px(12);
    case Kind::gauge: return look.px(34);
  }
  return 0;
}

void LaneDrawing::draw(ImDrawList& draw, const view::TimelineLane& lane, const LaneImage& image, ImVec2 at,
                       const std::vector<bool>& site_is_dim) const {
  const float all = height(lane, look_);
  const float high = all - look_.px(2);
  switch (lane.kind) {
    case Kind::heading: break;
    case Kind::pending: draw_pending(draw, image, at, high); break;
    case Kind::lag: draw_lag(draw, image, at, high); break;
    case Kind::ticks:
    case Kind::spans:
    case Kind::calls: draw_pieces(draw, lane, image, at, high, site_is_dim); break;
    case Kind::pauses: draw_pauses(draw, lane, at, high); break;
    case Kind::gauge: draw_gauge(draw, lane, image, at, high); break;
  }
}

void LaneDrawing::draw_pieces(ImDrawList& draw, const view::TimelineLane& lane, const LaneImage& image,
                              ImVec2 at, float high, const std::vector<bool>& site_is_dim) const {
  const ImU32 poll = look_.paint(Paint::poll);
  for (const view::Piece& piece : image.behind) {
    const float middle = at.y + high * 0.5F;
    const float half = high * 0.22F;
    draw.AddRectFilled({at.x + piece.x0, middle - half},
                       {at.x + std::max(piece.x1, piece.x0 + 1), middle + half},
                       with_alpha(poll, 0.35F + 0.65F * piece.share));
  }
  const view::Selection& selection = workspace_.selection();
  for (const view::Piece& piece : image.pieces) {
    ImU32 colour = look_.paint(lane.kind == Kind::ticks ? Paint::busy : Paint::call);
    bool dim = false;
    bool chosen = false;
    const model::TaskIndex task = piece.single ? lane.row->task(piece.at) : model::kNoTask;
    if (lane.kind == Kind::spans) colour = look_.paint(Paint::span);
    if (piece.single && lane.kind != Kind::ticks && task < trace_.tasks.size()) {
      const model::SiteIndex site = trace_.tasks.site(task);
      if (lane.kind == Kind::spans) colour = look_.category(site);
      dim = site < site_is_dim.size() && site_is_dim[site];
      chosen = task == selection.task;
    }
    float right = std::max(piece.x1, piece.x0 + 1);
    if (piece.over_limit) {
      colour = look_.paint(Paint::stall);
      right = std::max(right, piece.x0 + kNarrowest);
    }
    const float alpha = (piece.single || piece.over_limit ? 1 : kFaintest + (1 - kFaintest) * piece.share) *
                        (dim ? 0.25F : 1);
    const ImVec2 from{at.x + piece.x0, at.y};
    const ImVec2 to{at.x + right, at.y + high};
    draw.AddRectFilled(from, to, with_alpha(colour, alpha));
    // A stall is told by more than its hue: it stands out above its lane.
    if (piece.over_limit) draw.AddRectFilled({from.x, from.y - look_.px(2)}, {to.x, from.y}, colour);
    if (chosen)
      draw.AddRect({from.x - 1, from.y - 1}, {to.x + 1, to.y + 1}, look_.paint(Paint::text), 0, 0,
                   look_.px(1.5F));
    // Neighbours stay apart.
    const float wide = right - piece.x0;
    if (piece.single && wide > look_.px(6)) draw.AddLine({to.x, from.y}, to, look_.paint(Paint::panel));
    if (!piece.single || wide < look_.px(40) || lane.kind == Kind::ticks) continue;
    const std::string words = name_of(lane, piece);
    const ImVec4 clip{from.x + look_.px(3), from.y, to.x - look_.px(2), to.y};
    const float y = from.y + (high - look_.text->FontSize) / 2;
    draw.AddText(look_.text, look_.text->FontSize, {std::max(from.x, at.x) + look_.px(3), y},
                 IM_COL32(15, 18, 22, 255), words.c_str(), nullptr, 0, &clip);
  }
}

// A stall is called by the function that held the loop, another span by who created its task.
std::string LaneDrawing::name_of(const view::TimelineLane& lane, const view::Piece& piece) const {
  if (piece.over_limit) {
    const auto stall = stalls_.that_is(lane.row->begin(piece.at), lane.row->duration(piece.at));
    const model::StallSample* sample = stall ? report::telling_sample(trace_.stalls[*stall]) : nullptr;
    const model::Frame* frame = sample == nullptr ? nullptr : report::blocking_frame(*sample);
    if (frame != nullptr) {
      return printable_text(detect::short_function_text(*frame)) + "  " +
             duration_text(lane.row->duration(piece.at));
    }
  }
  const model::TaskIndex task = lane.row->task(piece.at);
  if (task >= trace_.tasks.size() || trace_.tasks.site(task) >= trace_.sites.size()) return "";
  const model::Site& site = trace_.sites[trace_.tasks.site(task)];
  const model::Frame* const frame = detect::shown_frame(site);
  return printable_text(frame == nullptr ? site.kind : detect::short_function_text(*frame));
}

void LaneDrawing::draw_lag(ImDrawList& draw, const LaneImage& image, ImVec2 at, float high) const {
  if (image.lag.empty()) return;
  const Nanos worst = std::max<Nanos>(*std::max_element(image.lag.begin(), image.lag.end()), 1);
  const float step = axis_.width() / static_cast<float>(image.lag.size());
  const ImU32 colour = look_.paint(Paint::lag);
  const ImU32 late = look_.paint(Paint::stall);
  draw.AddLine({at.x, at.y + high}, {at.x + axis_.width(), at.y + high}, look_.paint(Paint::grid));
  // Equal neighbours are one rectangle.
  for (std::size_t column = 0; column < image.lag.size();) {
    const Nanos lag = image.lag[column];
    std::size_t end = column + 1;
    while (end < image.lag.size() && image.lag[end] == lag) ++end;
    if (lag > 0) {
      const float share = static_cast<float>(static_cast<double>(lag) / static_cast<double>(worst));
      draw.AddRectFilled(
          {at.x + step * static_cast<float>(column), at.y + high - std::max(1.0F, share * high)},
          {at.x + step * static_cast<float>(end), at.y + high}, lag > trace_.stall_limit ? late : colour);
    }
    column = end;
  }
  const std::string most = "max " + duration_text(worst);
  if (worst > 1) draw.AddText({at.x + look_.px(3), at.y}, look_.paint(Paint::faint), most.c_str());
}

void LaneDrawing::draw_pending(ImDrawList& draw, const LaneImage& image, ImVec2 at, float high) const {
  const view::PendingColumns& pending = image.pending;
  if (pending.most.empty()) return;
  const std::uint64_t top =
      std::max<std::uint64_t>(*std::max_element(pending.most.begin(), pending.most.end()), 1);
  const float step = axis_.width() / static_cast<float>(pending.most.size());
  const ImU32 colour = look_.paint(Paint::pending);
  const auto y_of = [&](std::uint64_t tasks) {
    return at.y + high -
           (high - look_.px(3)) * static_cast<float>(static_cast<double>(tasks) / static_cast<double>(top));
  };
  for (std::size_t column = 0; column < pending.most.size();) {
    std::size_t end = column + 1;
    while (end < pending.most.size() && pending.most[end] == pending.most[column] &&
           pending.least[end] == pending.least[column]) {
      ++end;
    }
    const float left = at.x + step * static_cast<float>(column);
    const float right = at.x + step * static_cast<float>(end);
    const float high_y = y_of(pending.most[column]);
    const float low_y = std::max(y_of(pending.least[column]), high_y + 1.5F);
    draw.AddRectFilled({left, low_y}, {right, at.y + high}, with_alpha(colour, 0.28F));
    draw.AddRectFilled({left, high_y}, {right, low_y}, colour);
    column = end;
  }
  const std::string most = "up to " + count_text(top);
  draw.AddText({at.x + look_.px(3), at.y}, look_.paint(Paint::faint), most.c_str());
}

void LaneDrawing::draw_gauge(ImDrawList& draw, const view::TimelineLane& lane, const LaneImage& image,
                             ImVec2 at, float high) const {
  double least = 0;
  double most = 0;
  for (const auto& value : image.gauge) {
    if (!value || !std::isfinite(*value)) continue;
    least = std::min(least, *value);
    most = std::max(most, *value);
  }
  if (most <= least || image.gauge.empty()) return;
  const float step = axis_.width() / static_cast<float>(image.gauge.size());
  std::optional<ImVec2> last;
  for (std::size_t column = 0; column < image.gauge.size(); ++column) {
    const auto& value = image.gauge[column];
    if (!value || !std::isfinite(*value)) {
      last.reset();
      continue;
    }
    const float share = static_cast<float>((*value - least) / (most - least));
    const ImVec2 point{at.x + step * (static_cast<float>(column) + 0.5F),
                       at.y + high - share * (high - 2) - 1};
    const bool flat = last && last->y == point.y && column + 1 < image.gauge.size();
    if (flat) continue;
    if (last) {
      draw.AddLine(*last, {point.x, last->y}, look_.paint(Paint::accent));
      draw.AddLine({point.x, last->y}, point, look_.paint(Paint::accent));
    }
    last = point;
  }
  const std::string& unit = trace_.gauges[lane.number].unit;
  const std::string top = printable_text(fmt::format("up to {:.6g} {}", most, unit));
  draw.AddText({at.x + look_.px(3), at.y}, look_.paint(Paint::faint), top.c_str());
}

void LaneDrawing::draw_pauses(ImDrawList& draw, const view::TimelineLane& lane, ImVec2 at, float high) const {
  const view::TimeRange& range = axis_.range();
  float drawn_to = -1;
  for (const model::Pause& pause : trace_.pauses) {
    const Time end = add_saturating(pause.begin, pause.duration);
    if (pause.thread != lane.thread || !range.touches(pause.begin, end)) continue;
    const float left = std::max(axis_.x(pause.begin), 0.0F);
    const float right = std::min(std::max(axis_.x(end), left + 1), axis_.width());
    // One that would not be seen beside the last costs nothing.
    if (right <= drawn_to) continue;
    draw.AddRectFilled({at.x + left, at.y}, {at.x + right, at.y + high}, look_.paint(Paint::pause));
    drawn_to = right;
  }
}

std::optional<LaneHit> LaneDrawing::hit(const view::TimelineLane& lane, const LaneImage& image,
                                        ImVec2 mouse) const {
  constexpr float kNear = 2;
  const view::Piece* best = nullptr;
  for (const view::Piece& piece : image.pieces) {
    if (mouse.x < piece.x0 - kNear || mouse.x > piece.x1 + kNear) continue;
    if (best == nullptr || piece.longest > best->longest) best = &piece;
  }
  if (best == nullptr || lane.row == nullptr || best->at >= lane.row->size()) return std::nullopt;
  LaneHit hit;
  hit.lane = &lane;
  hit.interval = best->at;
  hit.begin = lane.row->begin(best->at);
  hit.duration = lane.row->duration(best->at);
  hit.task = lane.row->task(best->at);
  hit.count = best->single ? 1 : best->count;
  return hit;
}

std::string LaneDrawing::words_of(const LaneHit& hit) const {
  std::string words;
  const bool is_tick = hit.lane->kind == Kind::ticks;
  if (hit.count > 1) {
    words += fmt::format("{} here, the longest:\n",
                         plural_text(hit.count, is_tick ? "tick" : "span", is_tick ? "ticks" : "spans"));
  }
  if (is_tick) words += "tick, busy for ";
  words += duration_text(hit.duration);
  if (hit.duration > trace_.stall_limit) words += ", over the limit";
  if (const auto stall = stalls_.that_is(hit.begin, hit.duration)) {
    const model::StallSample* sample = report::telling_sample(trace_.stalls[*stall]);
    const model::Frame* frame = sample == nullptr ? nullptr : report::blocking_frame(*sample);
    if (frame != nullptr) words += "\nheld by " + detect::frame_text(*frame);
    if (!trace_.stalls[*stall].cause.empty()) words += "\ncause: " + trace_.stalls[*stall].cause;
  }
  words +=
      fmt::format("\nat {}", view::instant_text(subtract_saturating(hit.begin, trace_.begin), kMicrosecond));
  if (hit.task < trace_.tasks.size()) {
    const model::SiteIndex site = trace_.tasks.site(hit.task);
    words += fmt::format("\ntask #{}", trace_.tasks.id(hit.task));
    if (site < trace_.sites.size()) {
      words +=
          fmt::format(" {}\ncreated at {}", trace_.sites[site].kind, detect::place_text(trace_.sites[site]));
    }
  }
  if (const Nanos lag = hit.lane->row->lag(hit.interval); lag >= 0)
    words += "\nbegan " + duration_text(lag) + " late";
  return words;
}

std::string LaneDrawing::words(const view::TimelineLane& lane, const LaneImage& image, ImVec2 mouse) const {
  const auto column = [&](std::size_t columns) {
    const auto at =
        static_cast<std::size_t>(std::max(mouse.x, 0.0F) / axis_.width() * static_cast<float>(columns));
    return std::min(at, columns - 1);
  };
  switch (lane.kind) {
    case Kind::ticks:
    case Kind::spans:
    case Kind::calls: {
      const auto found = hit(lane, image, mouse);
      return found ? words_of(*found) : "";
    }
    case Kind::lag: {
      if (image.lag.empty()) return "";
      const Nanos lag = image.lag[column(image.lag.size())];
      if (lag < 0) return "";
      return fmt::format("{} {} at most", lane.lag_is_duration ? "ticks of" : "ran", duration_text(lag)) +
             (lane.lag_is_duration ? "" : " late");
    }
    case Kind::pending: {
      if (image.pending.most.empty()) return "";
      const std::size_t at = column(image.pending.most.size());
      const std::uint64_t least = image.pending.least[at];
      const std::uint64_t most = image.pending.most[at];
      if (least == most) return plural_text(most, "task pending", "tasks pending");
      return fmt::format("{} to {} tasks pending", count_text(least), count_text(most));
    }
    case Kind::gauge: {
      if (image.gauge.empty()) return "";
      const auto& value = image.gauge[column(image.gauge.size())];
      return value ? fmt::format("{}: {:.6g} {}", lane.name, *value, trace_.gauges[lane.number].unit) : "";
    }
    case Kind::heading: return "";
    case Kind::pauses: {
      const Time at = axis_.time(mouse.x);
      for (const model::Pause& pause : trace_.pauses) {
        const Nanos since = subtract_saturating(at, pause.begin);
        if (pause.thread != lane.thread || since < 0 || since > pause.duration) continue;
        return fmt::format("{}: {}", pause.kind, duration_text(pause.duration));
      }
      return "";
    }
  }
  return "";
}

}  // namespace loopscope::gui
