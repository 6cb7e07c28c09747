// The window: GLFW, an OpenGL 3 context and ImGui's. Owns all three; one at a time in a process. Main thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "viewer/base/result.h"
#include "viewer/base/units.h"
#include "viewer/gui/gesture.h"
#include "viewer/gui/look.h"

struct GLFWwindow;

namespace loopscope::gui {

struct WindowOptions {
  int width = 1280;
  int height = 720;
  float scale = 0;  // 0: the monitor's
  bool dark = true;
  std::string font_file;         // "": a font of the system
  bool wait_for_monitor = true;  // false: frames as fast as they are drawn, for measuring
};

class Window {
 public:
  // Errors: no display, no OpenGL 3.
  static Result<std::unique_ptr<Window>> open(const WindowOptions& options);
  ~Window();
  Window(const Window&) = delete;
  Window& operator=(const Window&) = delete;

  const Look& look() const { return look_; }
  // Take effect with the next frame. A scale is kept between 0.5 and 4.
  void set_scale(float scale);
  void set_dark(bool dark);
  void set_title(const std::string& title);

  bool wants_close() const;
  // Sleeps until something happens, or so long. Returns at once if a frame is owed after input.
  void wait(double seconds);
  // Ends a wait(), from any thread.
  static void wake();

  // `gesture` takes the place of real hands.
  void begin_frame(const std::optional<Gesture>& gesture = {});
  // Draws and shows it. The answer is how long the frame took on the processor, from begin_frame() on.
  Nanos end_frame();

  // Files dropped since the last call.
  std::vector<std::string> take_dropped();
  std::string clipboard() const;
  // What the next end_frame() draws, or a part of it, as PNG. "" if it was written, else why not: known after that frame.
  struct Part {
    float x = 0, y = 0, width = 0, height = 0;  // 0 wide: all
  };
  void save_picture(const std::string& path, Part part) {
    picture_path_ = path;
    picture_part_ = part;
  }
  const std::string& picture_error() const { return picture_error_; }

 private:
  Window(GLFWwindow* window, const WindowOptions& options);
  void apply_style();
  void write_picture();
  static void sample_one_texel();
  static void apply(const Gesture& gesture);
  void apply_short_presses();
  void end_short_presses();

  GLFWwindow* window_;
  std::string font_file_;
  Look look_;
  float wanted_scale_;
  bool wanted_dark_;
  int frames_owed_ = 3;
  bool by_script_ = false;
  std::vector<std::string> dropped_;
  struct Press {
    int key = 0;
    int held = 0;  // GLFW's modifiers
  };
  std::vector<Press> presses_;  // since the last frame
  std::string picture_path_;
  Part picture_part_;
  std::string picture_error_;
  Nanos frame_began_ = 0;
};

}  // namespace loopscope::gui
