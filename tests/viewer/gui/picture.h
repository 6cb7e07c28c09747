// Pictures of the window: read, and held against one that was looked at.
#pragma once

#include <string>
#include <vector>

namespace loopscope::testing {

struct Picture {
  int width = 0;
  int height = 0;
  std::vector<unsigned char> rgb;

  bool empty() const { return rgb.empty(); }
  int colours() const;  // different ones, up to 1000
};

Picture read_picture(const std::string& path);

// The share of pixels (0 .. 1) that differ by more than a little from every pixel next to the same place: letters that
// are drawn a fraction of a pixel aside are the same. 1 if the sizes differ.
double difference(const Picture& a, const Picture& b);

}  // namespace loopscope::testing
