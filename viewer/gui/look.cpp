#include "viewer/gui/look.h"

#include <algorithm>
#include <array>

namespace loopscope::gui {
namespace {

constexpr ImU32 rgb(std::uint32_t hex, std::uint32_t alpha = 255) {
  return IM_COL32((hex >> 16) & 255U, (hex >> 8) & 255U, hex & 255U, alpha);
}

struct Pair {
  ImU32 dark;
  ImU32 light;
};

// In the order of Paint. Text has a contrast of at least 4.5 against what it stands on.
constexpr std::array<Pair, static_cast<std::size_t>(Paint::count_of_them)> kPaints{{
    {rgb(0x14171c), rgb(0xe9ebef)},  // window
    {rgb(0x1b1f26), rgb(0xffffff)},  // panel
    {rgb(0x262c36), rgb(0xf1f3f6)},  // raised
    {rgb(0x3a424f), rgb(0xc4cad3)},  // border
    {rgb(0x2c333e), rgb(0xe1e5ea)},  // grid
    {rgb(0xe6e9ee), rgb(0x1c2128)},  // text
    {rgb(0x9aa4b2), rgb(0x5c6673)},  // faint
    {rgb(0x56b4e9), rgb(0x0063a6)},  // accent
    {rgb(0x27425c), rgb(0xcfe5f6)},  // selected
    {rgb(0x39414d), rgb(0xd3d8df)},  // poll
    {rgb(0x4a7ba6), rgb(0x7fb2dc)},  // busy
    {rgb(0x56b4e9), rgb(0x2f8ac6)},  // span
    {rgb(0xcc79a7), rgb(0xb0568a)},  // call
    {rgb(0xf0e442), rgb(0xb8a800)},  // pause
    {rgb(0xe8590c), rgb(0xd04a00)},  // stall
    {rgb(0xe69f00), rgb(0xb87c00)},  // lag
    {rgb(0x009e73), rgb(0x007a59)},  // pending
    {rgb(0x2bbd8c), rgb(0x007a59)},  // good
    {rgb(0x7fb2dc), rgb(0x2d6da3)},  // info
    {rgb(0xf0b429), rgb(0x8f6200)},  // warning
    {rgb(0xff7043), rgb(0xb83a00)},  // critical
}};

// Okabe and Ito's eight without black, and a grey.
constexpr std::array<Pair, 8> kCategories{{
    {rgb(0x56b4e9), rgb(0x2f8ac6)},
    {rgb(0x009e73), rgb(0x008a64)},
    {rgb(0xf0e442), rgb(0xb5a600)},
    {rgb(0x4f8fc4), rgb(0x0072b2)},
    {rgb(0xcc79a7), rgb(0xb0568a)},
    {rgb(0xe69f00), rgb(0xc48600)},
    {rgb(0x8fd1b9), rgb(0x4fa88a)},
    {rgb(0xa3adba), rgb(0x75808e)},
}};

}  // namespace

ImU32 Look::paint(Paint meaning) const {
  const Pair& pair = kPaints[std::min(static_cast<std::size_t>(meaning), kPaints.size() - 1)];
  return dark ? pair.dark : pair.light;
}

ImU32 Look::category(std::uint32_t number) const {
  const Pair& pair = kCategories[number % kCategories.size()];
  return dark ? pair.dark : pair.light;
}

ImU32 with_alpha(ImU32 colour, float alpha) {
  const auto share = static_cast<ImU32>(std::clamp(alpha, 0.0F, 1.0F) * 255.0F + 0.5F);
  return (colour & ~IM_COL32_A_MASK) | (share << IM_COL32_A_SHIFT);
}

}  // namespace loopscope::gui
