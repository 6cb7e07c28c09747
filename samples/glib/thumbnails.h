// What stands around the mistake: an album whose pictures come one by one to a GLib main loop.
#pragma once

#include <glib.h>

#include <cstdint>
#include <cstdio>
#include <vector>

using Picture = std::vector<std::uint8_t>;

// FNV-1a, a few times: each byte waits for the one before it.
inline std::uint32_t thumbnail_of(const Picture& picture) {
  std::uint32_t sum = 2166136261u;
  for (int pass = 0; pass < 7; ++pass) {
    for (const std::uint8_t byte : picture) sum = (sum ^ byte) * 16777619u;
  }
  return sum;
}

class Album {
 public:
  // Runs the loop, in which `on_picture` is called with this album for each picture, until all are shown.
  int run(GSourceFunc on_picture) {
    g_timeout_add(kEveryMs, on_picture, this);
    g_main_loop_run(loop_);
    std::printf("%d pictures, %08x\n", shown_, sum_);
    return 0;
  }

  Picture next() { return Picture(7 << 20, static_cast<std::uint8_t>(++asked_)); }
  void show(std::uint32_t thumbnail) {
    sum_ ^= thumbnail;
    if (++shown_ == kPictures) g_main_loop_quit(loop_);
  }
  bool is_asked_for() const { return asked_ == kPictures; }
  bool is_complete() const { return shown_ == kPictures; }

 private:
  static constexpr int kPictures = 7;
  static constexpr guint kEveryMs = 101;

  GMainLoop* loop_ = g_main_loop_new(nullptr, FALSE);
  int asked_ = 0;
  int shown_ = 0;
  std::uint32_t sum_ = 0;
};
