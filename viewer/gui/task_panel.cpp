#include "viewer/gui/task_panel.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <imgui.h>

#include "viewer/base/text.h"
#include "viewer/detect/place.h"
#include "viewer/gui/await_picture.h"
#include "viewer/gui/widgets.h"
#include "viewer/report/stall_facts.h"
#include "viewer/view/task_list.h"
#include "viewer/view/time_axis.h"

namespace loopscope::gui {
namespace {

// A look at so many tasks, spans or edges takes less than a frame can spare.
constexpr std::size_t kAtOnce = 50'000;

std::string instant(const model::Trace& trace, Time at) {
  return view::instant_text(subtract_saturating(at, trace.begin), kMicrosecond);
}

Paint paint_of(model::Outcome outcome) {
  switch (outcome) {
    case model::Outcome::pending: return Paint::pending;
    case model::Outcome::ok: return Paint::good;
    case model::Outcome::error: return Paint::critical;
    case model::Outcome::cancelled:
    case model::Outcome::abandoned: break;
  }
  return Paint::warning;
}

void heading(const Look& look, const char* words) {
  ImGui::Spacing();
  ImGui::PushFont(look.bold);
  text(words);
  ImGui::PopFont();
}

// A name that selects the task when clicked.
void task_link(view::Workspace& workspace, const Look& look, model::TaskIndex task) {
  const bool known = task < workspace.trace().tasks.size();
  ImGui::PushStyleColor(ImGuiCol_Text, look.paint(known ? Paint::accent : Paint::faint));
  text_within(ImGui::GetContentRegionAvail().x, view::task_text(workspace.trace(), task));
  ImGui::PopStyleColor();
  if (!known) return;
  if (ImGui::IsItemHovered()) ImGui::SetMouseCursor(ImGuiMouseCursor_Hand);
  if (ImGui::IsItemClicked()) workspace.select_task(task);
}

// The line of a frame, cut to the room there is: the end of a path tells more than its beginning.
void frame_link(view::Workspace& workspace, const Look& look, const model::Frame& frame) {
  ImGui::PushStyleColor(ImGuiCol_Text, look.paint(frame.file.empty() ? Paint::faint : Paint::accent));
  text_within(ImGui::GetContentRegionAvail().x, detect::position_text(frame));
  ImGui::PopStyleColor();
  if (frame.file.empty()) return;
  if (ImGui::IsItemHovered()) ImGui::SetMouseCursor(ImGuiMouseCursor_Hand);
  if (ImGui::IsItemClicked()) workspace.open_source({frame.file, frame.line, detect::function_text(frame)});
}

void fact(const Look& look, const char* what, std::string_view value, Paint paint = Paint::text) {
  ImGui::TableNextRow();
  ImGui::TableSetColumnIndex(0);
  text(look, Paint::faint, what);
  ImGui::TableSetColumnIndex(1);
  ImGui::PushStyleColor(ImGuiCol_Text, look.paint(paint));
  ImGui::PushTextWrapPos(0);
  text(value);
  ImGui::PopTextWrapPos();
  ImGui::PopStyleColor();
}

// Slanted lines, in case that two shades are hard to tell apart.
void hatch(ImDrawList& draw, ImVec2 from, ImVec2 to, ImU32 colour, float step) {
  draw.PushClipRect(from, to, true);
  const float height = to.y - from.y;
  for (float x = from.x - height; x < to.x; x += step) {
    draw.AddLine({x, to.y}, {x + height, from.y}, colour);
  }
  draw.PopClipRect();
}

std::string piece_text(const model::Trace& trace, const view::TaskDeeds& deeds,
                       const view::LifePiece& piece) {
  const std::string length = duration_text(subtract_saturating(piece.to, piece.from));
  const std::string at = instant(trace, piece.from);
  switch (piece.kind) {
    case view::LifePiece::Kind::waits: return fmt::format("waits for {} from {}", length, at);
    case view::LifePiece::Kind::ready:
      return fmt::format("could run and does not for {} from {}", length, at);
    case view::LifePiece::Kind::runs: break;
  }
  const std::string thread = piece.span < deeds.spans.spans.size()
                                 ? report::thread_name(trace, deeds.spans.spans[piece.span].thread)
                                 : "";
  return fmt::format("runs for {} from {}{}", length, at, thread.empty() ? "" : " on " + thread);
}

}  // namespace

void TaskPanel::follow(const view::Workspace& workspace) {
  const std::shared_ptr<const Analysis>& analysis = workspace.analysis();
  const model::Trace& trace = analysis->trace;
  if (generation_ != workspace.generation()) {
    generation_ = workspace.generation();
    life_.clear();
    deeds_.clear();
    life_of_ = model::kNoTask;
    deeds_of_ = model::kNoTask;
    pieces_.clear();
    notes_.clear();
    const std::size_t notes =
        trace.edges.size() + trace.labels.size() + trace.task_names.size() + trace.failures.size();
    notes_.start(
        [analysis](const std::stop_token& stop) { return view::TaskNotes::of(analysis->trace, stop); }, wake_,
        notes <= kAtOnce);
  }
  notes_.take();
  const model::TaskIndex task = workspace.selection().task;
  if (task >= trace.tasks.size()) return;
  const bool is_small = trace.tasks.size() + trace.events / 4 <= kAtOnce;
  // One under way for another instant is waited for, since a cursor that is moved wants a new one every frame.
  const bool other_task = life_of_ != task;
  if (notes_.value() != nullptr && (other_task || (life_at_ != workspace.now() && !life_.under_way()))) {
    if (other_task) life_.clear();
    life_of_ = task;
    life_at_ = workspace.now();
    life_.start(
        [analysis, notes = notes_.value(), task, now = life_at_](const std::stop_token&) {
          return view::life_of_task(analysis->trace, *notes, task, now);
        },
        wake_, is_small);
    pieces_.clear();
  }
  if (deeds_of_ != task) {
    deeds_.clear();
    deeds_of_ = task;
    deeds_.start(
        [analysis, task](const std::stop_token& stop) {
          return view::deeds_of_task(analysis->trace, task, stop);
        },
        wake_, is_small);
    pieces_.clear();
  }
  life_.take();
  deeds_.take();
  if (pieces_.empty() && life_.value() != nullptr && deeds_.value() != nullptr) {
    pieces_ = view::life_pieces(trace, *life_.value(), *deeds_.value());
  }
}

void TaskPanel::draw(view::Workspace& workspace, const Look& look) {
  follow(workspace);
  if (workspace.selection().task >= workspace.trace().tasks.size()) {
    nothing_here(
        look, "No task is selected",
        "Open a site in the Tasks pane, or click a span in the timeline or an example of a finding.");
    return;
  }
  // Held, since a click selects another task while this one is drawn.
  const std::shared_ptr<const view::TaskLife> life = life_.value();
  if (life == nullptr) {
    nothing_here(look, "Looking at " + view::task_text(workspace.trace(), workspace.selection().task), "");
    return;
  }
  draw_head(workspace, look, *life);
  draw_bar(workspace, look, *life);
  constexpr ImGuiTableFlags kFlags = ImGuiTableFlags_Resizable | ImGuiTableFlags_BordersInnerV;
  if (!ImGui::BeginTable("parts", 3, kFlags)) return;
  ImGui::TableSetupColumn("facts", ImGuiTableColumnFlags_WidthStretch, 0.28F);
  ImGui::TableSetupColumn("origin", ImGuiTableColumnFlags_WidthStretch, 0.34F);
  ImGui::TableSetupColumn("neighbours", ImGuiTableColumnFlags_WidthStretch, 0.38F);
  ImGui::TableNextRow();
  const float height = std::max(ImGui::GetContentRegionAvail().y - look.px(14), look.px(60));
  const auto part = [&](const char* name,
                        void (TaskPanel::*draw_part)(view::Workspace&, const Look&, const view::TaskLife&)) {
    ImGui::TableNextColumn();
    ImGui::BeginChild(name, {0, height});
    (this->*draw_part)(workspace, look, *life);
    ImGui::EndChild();
  };
  part("facts", &TaskPanel::draw_facts);
  part("origin", &TaskPanel::draw_origin);
  part("neighbours", &TaskPanel::draw_neighbours);
  ImGui::EndTable();
}

void TaskPanel::draw_head(view::Workspace& workspace, const Look& look, const view::TaskLife& life) {
  const float buttons = look.px(190);
  ImGui::PushFont(look.bold);
  gui::text(fmt::format("#{}", life.id));
  ImGui::PopFont();
  ImGui::SameLine();
  gui::text(look, paint_of(life.outcome), view::outcome_text(life.outcome));
  ImGui::SameLine();
  const std::string name = life.name.empty() ? life.place : life.name + ": " + life.place;
  const float right = ImGui::GetWindowWidth() - buttons;
  text_within(std::max(right - ImGui::GetCursorPosX(), look.px(40)), name);
  ImGui::SameLine(right);
  if (ImGui::SmallButton("In the timeline")) {
    const Time end = life.pending() ? workspace.trace().end : life.finished;
    workspace.look_at(life.created, std::max(end, life.created));
  }
  tooltip("Move the timeline to its life");
  ImGui::SameLine();
  if (ImGui::SmallButton("Its site")) workspace.select_site(life.site);
  tooltip("Show all tasks that were created there");
}

void TaskPanel::draw_bar(const view::Workspace& workspace, const Look& look, const view::TaskLife& life) {
  const model::Trace& trace = workspace.trace();
  const Time end = std::max(life.pending() ? trace.end : life.finished, life.created);
  const float arrow = look.px(12);
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const ImVec2 size{std::max(ImGui::GetContentRegionAvail().x - arrow - look.px(2), look.px(20)),
                    look.px(22)};
  ImGui::InvisibleButton("life", size);
  const bool hovered = ImGui::IsItemHovered();
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  const ImVec2 corner{at.x + size.x, at.y + size.y};
  draw.AddRectFilled(at, corner, look.paint(Paint::raised));
  const view::TimeAxis axis({life.created, add_saturating(end, end == life.created ? 1 : 0)}, size.x);
  const std::shared_ptr<const view::TaskDeeds> deeds = deeds_.value();
  const auto x = [&](Time time) { return at.x + std::clamp(axis.x(time), 0.0F, size.x); };
  const view::LifePiece* pointed = nullptr;
  const float mouse = ImGui::GetIO().MousePos.x;
  float drawn_to = at.x - 1;  // several pieces within a pixel are drawn once
  for (const view::LifePiece& piece : pieces_) {
    const float left = x(piece.from);
    const float right = std::max(x(piece.to), left + 1);
    if (hovered && mouse >= left && mouse < right &&
        (pointed == nullptr || piece.kind == view::LifePiece::Kind::runs)) {
      pointed = &piece;
    }
    if (piece.kind == view::LifePiece::Kind::waits) continue;
    if (piece.kind == view::LifePiece::Kind::ready) {
      if (right - left < 2) continue;
      draw.AddRectFilled({left, at.y}, {right, corner.y}, with_alpha(look.paint(Paint::lag), 0.18F));
      hatch(draw, {left, at.y}, {right, corner.y}, with_alpha(look.paint(Paint::lag), 0.55F), look.px(6));
      continue;
    }
    if (right <= drawn_to) continue;
    drawn_to = right;
    draw.AddRectFilled({left, at.y}, {right, corner.y}, look.paint(Paint::span));
  }
  const ImU32 colour = look.paint(paint_of(life.outcome));
  draw.AddLine({at.x, at.y - look.px(2)}, {at.x, corner.y + look.px(2)}, look.paint(Paint::text), look.px(2));
  if (life.pending()) {
    // It goes on beyond what was recorded.
    const float middle = (at.y + corner.y) / 2;
    draw.AddTriangleFilled({corner.x, at.y}, {corner.x + arrow, middle}, {corner.x, corner.y}, colour);
  } else {
    draw.AddLine({corner.x, at.y - look.px(2)}, {corner.x, corner.y + look.px(2)}, colour, look.px(3));
  }
  if (hovered && pointed != nullptr && deeds != nullptr) {
    ImGui::SetTooltip("%s", printable_text(piece_text(trace, *deeds, *pointed)).c_str());
  }
  gui::text(look, Paint::faint, "created at " + instant(trace, life.created));
  ImGui::SameLine();
  const std::string last =
      life.pending()
          ? "pending for " + duration_text(view::life_of(trace, life.task))
          : fmt::format("{} at {}, after {}", view::outcome_text(life.outcome), instant(trace, life.finished),
                        duration_text(view::life_of(trace, life.task)));
  text_right(last);
}

void TaskPanel::draw_facts(view::Workspace& workspace, const Look& look, const view::TaskLife& life) {
  const model::Trace& trace = workspace.trace();
  const std::shared_ptr<const view::TaskDeeds> deeds = deeds_.value();
  if (ImGui::BeginTable("facts", 2, ImGuiTableFlags_SizingFixedFit)) {
    ImGui::TableSetupColumn("what", ImGuiTableColumnFlags_WidthFixed);
    ImGui::TableSetupColumn("value", ImGuiTableColumnFlags_WidthStretch);
    fact(look, "kind", life.kind);
    if (!life.name.empty()) fact(look, "name", life.name);
    fact(look, "outcome", view::outcome_text(life.outcome), paint_of(life.outcome));
    if (const model::NeverResumable* proof = model::proof_of(trace.never_resumable, life.task)) {
      fact(look, "resumed", "never: nothing refers to it, proven at " + instant(trace, proof->proven),
           Paint::critical);
    }
    if (life.failed) {
      fact(look, "failure", fmt::format("{} (code {})", life.failure, life.failure_code), Paint::critical);
    }
    fact(look, "created", instant(trace, life.created));
    if (deeds == nullptr) {
      fact(look, "first run", life.runs == 0 ? "never" : "looking", Paint::faint);
    } else if (deeds->first_begin) {
      const Nanos after = subtract_saturating(*deeds->first_begin, life.created);
      fact(look, "first run",
           fmt::format("{}, {} later", instant(trace, *deeds->first_begin), duration_text(after)));
    } else {
      fact(look, "first run", life.runs == 0 ? "never" : "not found", Paint::faint);
    }
    if (!life.pending()) fact(look, "finished", instant(trace, life.finished));
    fact(look, life.pending() ? "age" : "lifetime", duration_text(view::life_of(trace, life.task)));
    fact(look, "runs", count_text(life.runs));
    fact(look, "run time", duration_text(life.run_time));
    if (life.bytes) fact(look, "transferred", bytes_text(*life.bytes));
    ImGui::EndTable();
  }
  if (deeds != nullptr && !deeds->spans.all) {
    gui::text(look, Paint::faint,
              fmt::format("The bar has the first {} of them",
                          plural_text(deeds->spans.spans.size(), "run", "runs")));
  }
  if (!life.labels.empty()) {
    heading(look, "Labels");
    for (std::size_t at = 0; at < life.labels.size(); ++at) {
      const view::TaskLabel& label = life.labels[at];
      ImGui::PushID(static_cast<int>(at));
      text_within(ImGui::GetContentRegionAvail().x, label.key + "=" + label.value);
      if (label.from != life.task) {
        ImGui::SameLine();
        gui::text(look, Paint::faint, "from");
        ImGui::SameLine();
        task_link(workspace, look, label.from);
      }
      ImGui::PopID();
    }
  }
  const auto links = [&](const char* title, const auto& list, const auto& words_of) {
    if (list.empty()) return;
    heading(look, title);
    ImGui::PushID(title);
    for (std::size_t at = 0; at < list.size(); ++at) {
      ImGui::PushID(static_cast<int>(at));
      gui::text(look, Paint::faint, words_of(list[at]));
      ImGui::SameLine();
      task_link(workspace, look, list[at].other);
      ImGui::PopID();
    }
    ImGui::PopID();
  };
  const auto when = [&](const view::TaskCancel& one) { return instant(trace, one.at); };
  const auto how_long = [](const view::TaskHeldUp& one) { return duration_text(one.waited); };
  links("Asked to stop by", life.stopped_by, when);
  links("Asked to stop", life.asked_to_stop, when);
  links("Held up by", life.held_up, how_long);
  links("Held up", life.holds_up, how_long);
}

void TaskPanel::draw_origin(view::Workspace& workspace, const Look& look, const view::TaskLife& life) {
  const model::Trace& trace = workspace.trace();
  heading(look, "Created in");
  if (life.site >= trace.sites.size() || trace.sites[life.site].stack.empty()) {
    gui::text(look, Paint::faint, "No stack was recorded");
  } else {
    const model::Site& site = trace.sites[life.site];
    // Deep recursion has thousands of frames; as many lines as are on screen are made.
    ImGuiListClipper clipper;
    clipper.Begin(static_cast<int>(site.stack.size()), ImGui::GetTextLineHeightWithSpacing());
    while (clipper.Step()) {
      for (int line = clipper.DisplayStart; line < clipper.DisplayEnd; ++line) {
        const model::Frame& frame = site.stack[static_cast<std::size_t>(line)];
        const float room = ImGui::GetContentRegionAvail().x;
        const bool is_shown = static_cast<std::size_t>(line) == site.shown_frame;
        ImGui::PushStyleColor(ImGuiCol_Text,
                              look.paint(is_shown || !frame.library ? Paint::text : Paint::faint));
        text_within(room * 0.5F, detect::short_function_text(frame));
        ImGui::PopStyleColor();
        ImGui::SameLine(room * 0.52F);
        frame_link(workspace, look, frame);
      }
    }
    if (site.stack_truncated) gui::text(look, Paint::faint, "and further out, which was not recorded");
  }
  heading(look, "Because of");
  if (life.parents.empty()) gui::text(look, Paint::faint, "No task was running when it was created");
  for (std::size_t at = 0; at < life.parents.size(); ++at) {
    ImGui::PushID(static_cast<int>(at));
    task_link(workspace, look, life.parents[at]);
    ImGui::PopID();
  }
  if (life.root == model::kNoTask) return;
  gui::text(look, Paint::faint, plural_text(life.parents_between, "task", "tasks") + " between");
  ImGui::PushID("root");
  task_link(workspace, look, life.root);
  ImGui::PopID();
}

void TaskPanel::draw_neighbours(view::Workspace& workspace, const Look& look, const view::TaskLife& life) {
  heading(look, "Waits");
  if (life.awaits.nodes.size() < 2 && life.awaits.arrows.empty()) {
    gui::text(look, Paint::faint, "No wait between this task and others was recorded");
  } else {
    draw_awaits(workspace, look, life.awaits);
  }
  const std::shared_ptr<const view::TaskDeeds> deeds = deeds_.value();
  heading(look, "Created by it");
  if (deeds == nullptr) {
    gui::text(look, Paint::faint, "Looking for tasks that it created");
    return;
  }
  gui::text(
      look, Paint::faint,
      deeds->children_in_all > deeds->children.size()
          ? fmt::format("{}, here are the first {}", plural_text(deeds->children_in_all, "task", "tasks"),
                        count_text(deeds->children.size()))
          : plural_text(deeds->children_in_all, "task", "tasks"));
  ImGuiListClipper clipper;
  clipper.Begin(static_cast<int>(deeds->children.size()), ImGui::GetTextLineHeightWithSpacing());
  while (clipper.Step()) {
    for (int line = clipper.DisplayStart; line < clipper.DisplayEnd; ++line) {
      ImGui::PushID(line);
      task_link(workspace, look, deeds->children[static_cast<std::size_t>(line)]);
      ImGui::PopID();
    }
  }
}

std::string TaskPanel::text(const view::Workspace& workspace) {
  if (!workspace.loaded()) return "";
  follow(workspace);
  if (life_.value() == nullptr || workspace.selection().task != life_.value()->task)
    return "No task is selected\n";
  return view::life_text(workspace.trace(), *life_.value(), deeds_.value().get());
}

}  // namespace loopscope::gui
