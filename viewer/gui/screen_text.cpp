#include "viewer/gui/screen_text.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <tuple>
#include <unordered_map>

namespace loopscope::gui {
namespace {

struct Letter {
  const ImFont* font = nullptr;
  const ImFontGlyph* glyph = nullptr;
};

// A letter is known by where its picture begins in the font's texture.
std::uint64_t key_of(float u, float v) {
  std::uint32_t a = 0;
  std::uint32_t b = 0;
  std::memcpy(&a, &u, sizeof a);
  std::memcpy(&b, &v, sizeof b);
  return (std::uint64_t{a} << 32) | b;
}

using Letters = std::unordered_map<std::uint64_t, Letter>;

// A letter at the border of its clip rectangle may be drawn in part only: then its corner is inside of its picture.
const Letter* letter_at(const Letters& letters, ImVec2 first, ImVec2 last) {
  const auto found = letters.find(key_of(first.x, first.y));
  if (found != letters.end()) return &found->second;
  for (const auto& [key, letter] : letters) {
    const ImFontGlyph& glyph = *letter.glyph;
    if (first.x >= glyph.U0 && first.y >= glyph.V0 && last.x <= glyph.U1 && last.y <= glyph.V1)
      return &letter;
  }
  return nullptr;
}

Letters letters_of(const ImFontAtlas& fonts) {
  Letters letters;
  for (const ImFont* font : fonts.Fonts) {
    for (const ImFontGlyph& glyph : font->Glyphs) {
      if (glyph.Visible) letters.try_emplace(key_of(glyph.U0, glyph.V0), Letter{font, &glyph});
    }
  }
  return letters;
}

std::string utf8(unsigned codepoint) {
  std::string text;
  if (codepoint < 0x80) {
    text += static_cast<char>(codepoint);
  } else if (codepoint < 0x800) {
    text += static_cast<char>(0xc0U | (codepoint >> 6));
    text += static_cast<char>(0x80U | (codepoint & 0x3fU));
  } else {
    text += static_cast<char>(0xe0U | (codepoint >> 12));
    text += static_cast<char>(0x80U | ((codepoint >> 6) & 0x3fU));
    text += static_cast<char>(0x80U | (codepoint & 0x3fU));
  }
  return text;
}

}  // namespace

ScreenText ScreenText::read(const ImDrawData& drawn, const ImFontAtlas& fonts) {
  ScreenText screen;
  const Letters letters = letters_of(fonts);
  for (int list_at = 0; list_at < drawn.CmdListsCount; ++list_at) {
    const ImDrawList& list = *drawn.CmdLists[list_at];
    // Where the pen stands after the last letter, and on which line.
    float pen = 0;
    float line = -1e9F;
    const ImFont* font = nullptr;
    bool run_open = false;
    for (const ImDrawCmd& command : list.CmdBuffer) {
      if (command.UserCallback != nullptr || command.GetTexID() != fonts.TexID) continue;
      const auto* indices = list.IdxBuffer.Data + command.IdxOffset;
      for (unsigned at = 0; at + 6 <= command.ElemCount;) {
        // A letter is two triangles over four corners: 0 1 2, 0 2 3.
        const ImDrawIdx* corner = indices + at;
        const bool is_quad = corner[3] == corner[0] && corner[4] == corner[2] && corner[1] == corner[0] + 1 &&
                             corner[2] == corner[0] + 2 && corner[5] == corner[0] + 3;
        if (!is_quad) {
          at += 3;
          continue;
        }
        at += 6;
        const ImDrawVert& first = list.VtxBuffer[static_cast<int>(corner[0] + command.VtxOffset)];
        const ImDrawVert& third = list.VtxBuffer[static_cast<int>(corner[2] + command.VtxOffset)];
        const Letter* const letter = letter_at(letters, first.uv, third.uv);
        if (letter == nullptr || third.uv.x <= first.uv.x || third.uv.y <= first.uv.y) continue;
        const ImFontGlyph& glyph = *letter->glyph;
        // From the part that is drawn to where the whole letter would be.
        const float per_u = (third.pos.x - first.pos.x) / (third.uv.x - first.uv.x);
        const float per_v = (third.pos.y - first.pos.y) / (third.uv.y - first.uv.y);
        const float width = glyph.X1 - glyph.X0;
        const float scale = width > 0 ? per_u * (glyph.U1 - glyph.U0) / width : 1;
        const float begins = first.pos.x - (first.uv.x - glyph.U0) * per_u - glyph.X0 * scale;
        const float top = first.pos.y - (first.uv.y - glyph.V0) * per_v - glyph.Y0 * scale;
        const ImVec4& clip = command.ClipRect;
        const float middle_x = (first.pos.x + third.pos.x) / 2;
        const float middle_y = (first.pos.y + third.pos.y) / 2;
        const bool seen = middle_x >= clip.x && middle_x < clip.z && middle_y >= clip.y &&
                          middle_y < clip.w && (first.col & IM_COL32_A_MASK) != 0;
        if (!seen) {
          run_open = false;
          continue;
        }
        const float blank = std::max(letter->font->GetCharAdvance(' ') * scale, 1.0F);
        const float gap = begins - pen;
        const bool goes_on = run_open && font == letter->font && std::abs(top - line) < 1 && gap > -blank &&
                             gap < 4.5F * blank;
        if (!goes_on) {
          Run& run = screen.runs_.emplace_back();
          run.top = top;
          run.bottom = top + letter->font->FontSize * scale;
          run.list = list_at;
        } else {
          Run& run = screen.runs_.back();
          for (auto blanks = static_cast<int>(std::lround(gap / blank)); blanks > 0; --blanks) {
            run.words += ' ';
            run.left.push_back(pen);
            run.right.push_back(begins);
          }
        }
        Run& run = screen.runs_.back();
        const std::string bytes = utf8(glyph.Codepoint);
        run.words += bytes;
        run.left.insert(run.left.end(), bytes.size(), first.pos.x);
        run.right.insert(run.right.end(), bytes.size(), third.pos.x);
        pen = begins + glyph.AdvanceX * scale;
        line = top;
        font = letter->font;
        run_open = true;
      }
    }
  }
  return screen;
}

std::optional<ImVec2> ScreenText::find(std::string_view words) const {
  if (words.empty()) return std::nullopt;
  const Run* best = nullptr;
  std::size_t best_at = 0;
  const auto rank = [&](const Run& run, std::size_t at) {
    // Tops of one line differ by less than a pixel.
    return std::tuple(-run.list, run.words.size() != words.size(), std::round(run.top), run.left[at]);
  };
  for (const Run& run : runs_) {
    const std::size_t at = run.words.find(words);
    if (at == std::string::npos) continue;
    if (best != nullptr && rank(run, at) >= rank(*best, best_at)) continue;
    best = &run;
    best_at = at;
  }
  if (best == nullptr) return std::nullopt;
  return ImVec2{(best->left[best_at] + best->right[best_at + words.size() - 1]) / 2,
                (best->top + best->bottom) / 2};
}

std::string ScreenText::text() const {
  std::vector<const Run*> order;
  for (const Run& run : runs_) order.push_back(&run);
  constexpr float kSameLine = 4;
  std::stable_sort(order.begin(), order.end(), [](const Run* a, const Run* b) { return a->top < b->top; });
  std::string text;
  for (std::size_t at = 0; at < order.size();) {
    std::size_t end = at;
    while (end < order.size() && order[end]->top - order[at]->top < kSameLine) ++end;
    std::stable_sort(order.begin() + static_cast<std::ptrdiff_t>(at),
                     order.begin() + static_cast<std::ptrdiff_t>(end),
                     [](const Run* a, const Run* b) { return a->left.front() < b->left.front(); });
    for (std::size_t i = at; i < end; ++i) text += (i == at ? "" : "  ") + order[i]->words;
    text += '\n';
    at = end;
  }
  return text;
}

}  // namespace loopscope::gui
