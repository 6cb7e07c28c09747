#include "viewer/gui/fonts.h"

#include <sys/stat.h>

#include <array>
#include <cmath>
#include <cstring>
#include <fstream>
#include <span>

namespace loopscope::gui {
namespace {

constexpr float kTextPixels = 14;
constexpr float kMonoPixels = 13;
constexpr std::streamsize kMaxFontBytes = 32 << 20;

// Wherever common distributions keep them.
constexpr std::array kText{
    "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
    "/usr/share/fonts/truetype/noto/NotoSans-Regular.ttf",
    "/usr/share/fonts/truetype/liberation/LiberationSans-Regular.ttf",
    "/usr/share/fonts/truetype/liberation2/LiberationSans-Regular.ttf",
    "/usr/share/fonts/dejavu-sans-fonts/DejaVuSans.ttf",
    "/usr/share/fonts/TTF/DejaVuSans.ttf",
};
constexpr std::array kBold{
    "/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf",
    "/usr/share/fonts/truetype/noto/NotoSans-Bold.ttf",
    "/usr/share/fonts/truetype/liberation/LiberationSans-Bold.ttf",
    "/usr/share/fonts/truetype/liberation2/LiberationSans-Bold.ttf",
    "/usr/share/fonts/dejavu-sans-fonts/DejaVuSans-Bold.ttf",
    "/usr/share/fonts/TTF/DejaVuSans-Bold.ttf",
};
constexpr std::array kMono{
    "/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf",
    "/usr/share/fonts/truetype/noto/NotoSansMono-Regular.ttf",
    "/usr/share/fonts/truetype/liberation/LiberationMono-Regular.ttf",
    "/usr/share/fonts/truetype/liberation2/LiberationMono-Regular.ttf",
    "/usr/share/fonts/dejavu-sans-mono-fonts/DejaVuSansMono.ttf",
    "/usr/share/fonts/TTF/DejaVuSansMono.ttf",
};

// Latin, Greek, Cyrillic, punctuation, arrows and the few signs that are drawn. Each costs time at the start.
constexpr std::array<ImWchar, 15> kLetters{0x20,   0xff,   0x100,  0x17f,  0x391,  0x3c9,  0x410, 0x44f,
                                           0x2010, 0x2027, 0x2190, 0x2193, 0x25a0, 0x25ff, 0};
constexpr std::array<ImWchar, 3> kLatin{0x20, 0xff, 0};

// ImGui ends the program when a font file is none, so what looks like one is all it gets.
bool looks_like_a_font(const char* bytes) {
  return std::memcmp(bytes, "\0\1\0\0", 4) == 0 || std::memcmp(bytes, "OTTO", 4) == 0 ||
         std::memcmp(bytes, "true", 4) == 0;
}

ImFont* add_font(const std::string& path, float pixels, const ImWchar* letters) {
  struct stat status {};
  if (path.empty() || stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return nullptr;
  const auto size = static_cast<std::streamsize>(status.st_size);
  if (size < 1024 || size > kMaxFontBytes) return nullptr;
  std::ifstream file(path, std::ios::binary);
  auto* bytes = static_cast<char*>(ImGui::MemAlloc(static_cast<std::size_t>(size)));
  if (!file.read(bytes, size) || !looks_like_a_font(bytes)) {
    ImGui::MemFree(bytes);
    return nullptr;
  }
  ImFontConfig config;
  config.OversampleH = 1;  // as sharp as the pixels are, and half of the start-up time
  config.PixelSnapH = true;
  return ImGui::GetIO().Fonts->AddFontFromMemoryTTF(bytes, static_cast<int>(size), pixels, &config, letters);
}

ImFont* first_of(std::span<const char* const> paths, float pixels, const ImWchar* letters) {
  for (const char* path : paths) {
    if (ImFont* font = add_font(path, pixels, letters)) return font;
  }
  return nullptr;
}

}  // namespace

void load_fonts(Look& look, const std::string& font_file) {
  ImFontAtlas& atlas = *ImGui::GetIO().Fonts;
  atlas.Clear();
  const float pixels = std::round(kTextPixels * look.scale);
  const float mono_pixels = std::round(kMonoPixels * look.scale);
  look.text = add_font(font_file, pixels, kLetters.data());
  if (look.text != nullptr) {
    look.bold = look.mono = look.text;
  } else {
    look.text = first_of(kText, pixels, kLetters.data());
    look.bold = first_of(kBold, pixels, kLatin.data());
    look.mono = first_of(kMono, mono_pixels, kLatin.data());
  }
  if (look.text == nullptr) {
    ImFontConfig config;
    config.SizePixels = std::round(13 * look.scale);
    look.text = atlas.AddFontDefault(&config);
  }
  if (look.bold == nullptr) look.bold = look.text;
  if (look.mono == nullptr) look.mono = look.text;
  ImGui::GetIO().FontDefault = look.text;
}

}  // namespace loopscope::gui
