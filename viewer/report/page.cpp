#include "viewer/report/page.h"

#include <algorithm>

namespace loopscope::report {
namespace {

// The eight colours that every terminal theme defines; no backgrounds.
std::string_view escape(Ink ink) {
  switch (ink) {
    case Ink::strong: return "\033[1m";
    case Ink::faint: return "\033[2m";
    case Ink::good: return "\033[1;32m";
    case Ink::note: return "\033[1;36m";
    case Ink::bad: return "\033[1;33m";
    case Ink::worst: return "\033[1;31m";
    case Ink::plain: break;
  }
  return "";
}

}  // namespace

void Page::line(const std::vector<Piece>& pieces) {
  std::size_t room = kColumns;
  std::string out;
  std::size_t end = 0;  // of the last byte that is no blank
  for (const Piece& piece : pieces) {
    std::string text = shorten_name(safe_text(piece.text), room);
    if (&piece == &pieces.back()) text.erase(text.find_last_not_of(' ') + 1);
    room -= std::min(room, columns_of(text));
    const bool inked =
        coloured_ && piece.ink != Ink::plain && text.find_first_not_of(' ') != std::string::npos;
    if (inked) out += escape(piece.ink);
    out += text;
    if (inked) out += "\033[0m";
    if (text.find_first_not_of(' ') != std::string::npos) end = out.size();
  }
  out.resize(end);
  while (!out.empty() && out.back() == ' ') out.pop_back();
  text_ += out + '\n';
}

void Page::gap() {
  if (text_.empty() || text_.ends_with("\n\n")) return;
  text_ += '\n';
}

void Page::paragraph(const Piece& label, std::size_t indent, std::string_view text, Ink ink) {
  bool first = true;
  for (const std::string& part : wrap(safe_text(text), kColumns - indent)) {
    if (first) {
      line({{left(label.text, indent), label.ink}, {part, ink}});
    } else {
      line({{std::string(indent, ' '), Ink::plain}, {part, ink}});
    }
    first = false;
  }
}

void Table::row(std::vector<std::string> cells) {
  cells.resize(columns_.size());
  for (std::string& cell : cells) cell = safe_text(cell);
  rows_.push_back(std::move(cells));
}

void Table::print(Page& page, std::size_t indent) const {
  static constexpr std::size_t kGap = 2;
  std::vector<std::size_t> widths;
  std::size_t total = indent;
  for (std::size_t at = 0; at < columns_.size(); ++at) {
    std::size_t width = columns_of(columns_[at].title);
    for (const auto& cells : rows_) width = std::max(width, columns_of(cells[at]));
    widths.push_back(width);
    total += width + (at > 0 ? kGap : 0);
  }
  // The widest shrinkable column gives way first, down to a width in which a name can still be guessed.
  while (total > Page::kColumns) {
    static constexpr std::size_t kLeast = 8;
    std::size_t widest = columns_.size();
    for (std::size_t at = 0; at < columns_.size(); ++at) {
      if (!columns_[at].may_shrink || widths[at] <= kLeast) continue;
      if (widest == columns_.size() || widths[at] > widths[widest]) widest = at;
    }
    if (widest == columns_.size()) break;
    --widths[widest];
    --total;
  }

  const auto print_row = [&](const std::vector<std::string>& cells, Ink ink) {
    std::string text(indent, ' ');
    for (std::size_t at = 0; at < columns_.size(); ++at) {
      if (at > 0) text += std::string(kGap, ' ');
      const std::string cell =
          columns_[at].path ? shorten_path(cells[at], widths[at]) : shorten_name(cells[at], widths[at]);
      text += columns_[at].align == Align::left ? left(cell, widths[at]) : right(cell, widths[at]);
    }
    page.line(text, ink);
  };
  std::vector<std::string> titles;
  bool titled = false;
  for (const Column& column : columns_) {
    titled = titled || !column.title.empty();
    titles.push_back(column.title);
  }
  if (titled) print_row(titles, Ink::faint);
  for (const auto& cells : rows_) print_row(cells, Ink::plain);
}

}  // namespace loopscope::report
