#include "tests/viewer/gui/picture.h"

#include <stb_image.h>

#include <algorithm>
#include <cstdlib>
#include <set>
#include <tuple>

namespace loopscope::testing {
namespace {

constexpr int kALittle = 40;  // of 255, in the colour that differs most

bool alike(const Picture& a, std::size_t at, const Picture& b, std::size_t there) {
  int most = 0;
  for (std::size_t colour = 0; colour < 3; ++colour) {
    most = std::max(most, std::abs(int{a.rgb[at + colour]} - int{b.rgb[there + colour]}));
  }
  return most <= kALittle;
}

std::size_t place(const Picture& picture, int x, int y) {
  return (static_cast<std::size_t>(y) * static_cast<std::size_t>(picture.width) +
          static_cast<std::size_t>(x)) *
         3;
}

}  // namespace

int Picture::colours() const {
  std::set<std::tuple<int, int, int>> seen;
  for (std::size_t at = 0; at + 2 < rgb.size() && seen.size() < 1000; at += 3) {
    seen.insert({rgb[at], rgb[at + 1], rgb[at + 2]});
  }
  return static_cast<int>(seen.size());
}

Picture read_picture(const std::string& path) {
  Picture picture;
  int channels = 0;
  unsigned char* const pixels = stbi_load(path.c_str(), &picture.width, &picture.height, &channels, 3);
  if (pixels == nullptr) return {};
  picture.rgb.assign(pixels, pixels + static_cast<std::size_t>(picture.width) *
                                          static_cast<std::size_t>(picture.height) * 3);
  stbi_image_free(pixels);
  return picture;
}

double difference(const Picture& a, const Picture& b) {
  if (a.width != b.width || a.height != b.height || a.empty()) return 1;
  std::size_t other = 0;
  for (int y = 0; y < a.height; ++y) {
    for (int x = 0; x < a.width; ++x) {
      bool found = false;
      for (int dy = -1; dy <= 1 && !found; ++dy) {
        for (int dx = -1; dx <= 1 && !found; ++dx) {
          const int nx = std::clamp(x + dx, 0, a.width - 1);
          const int ny = std::clamp(y + dy, 0, a.height - 1);
          found = alike(a, place(a, x, y), b, place(b, nx, ny));
        }
      }
      other += !found;
    }
  }
  return static_cast<double>(other) / (static_cast<double>(a.width) * a.height);
}

}  // namespace loopscope::testing
