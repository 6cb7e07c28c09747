// Lines of at most 80 columns, coloured or plain: the paper of the text report. Whatever is put on it is made safe
// for terminals, and no line ever gets longer than the page.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "viewer/report/columns.h"

namespace loopscope::report {

enum class Ink : std::uint8_t { plain, strong, faint, good, note, bad, worst };

struct Piece {
  std::string text;
  Ink ink = Ink::plain;
};

class Page {
 public:
  static constexpr std::size_t kColumns = 80;

  explicit Page(bool coloured) : coloured_(coloured) {}

  void line(const std::vector<Piece>& pieces);
  void line(std::string_view text = "", Ink ink = Ink::plain) { line({Piece{std::string(text), ink}}); }
  // An empty line, unless the page is empty or the last one is.
  void gap();
  // Text broken into lines, each behind `indent` blanks; the first behind `label` instead.
  void paragraph(const Piece& label, std::size_t indent, std::string_view text, Ink ink = Ink::plain);

  std::string take() && { return std::move(text_); }

 private:
  bool coloured_;
  std::string text_;
};

// Columns of a table, as wide as their widest cell; the last of the left-aligned ones gives way when the page is
// too narrow.
class Table {
 public:
  enum class Align : std::uint8_t { left, right };
  struct Column {
    std::string title;
    Align align = Align::right;
    bool may_shrink = false;
    bool path = false;  // keeps its end when shortened
  };

  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
  void row(std::vector<std::string> cells);
  bool empty() const { return rows_.empty(); }
  // The titles in strong ink, then the rows, each behind `indent` blanks.
  void print(Page& page, std::size_t indent) const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace loopscope::report
