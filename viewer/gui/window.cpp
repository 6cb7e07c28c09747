#include "viewer/gui/window.h"

#include <GLFW/glfw3.h>
#include <stb_image_write.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>

#include <backends/imgui_impl_glfw.h>
#include <backends/imgui_impl_opengl3.h>
#include <imgui.h>

#include "viewer/gui/fonts.h"

namespace loopscope::gui {
namespace {

// Hovering and fading need some frames after the last input until all has come to rest.
constexpr int kFramesAfterInput = 3;

std::string last_error;  // GLFW has no other place for words than a callback

void keep_error(int, const char* words) { last_error = words; }

Window* window_of(GLFWwindow* window) { return static_cast<Window*>(glfwGetWindowUserPointer(window)); }

Nanos steady_now() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace

Result<std::unique_ptr<Window>> Window::open(const WindowOptions& options) {
  glfwSetErrorCallback(keep_error);
  if (glfwInit() == GLFW_FALSE) {
    return Error{
        "no window can be opened: " + last_error, "",
        "a display is needed ($DISPLAY); without one: loopscope analyze, or xvfb-run loopscope view"};
  }
  glfwWindowHint(GLFW_CONTEXT_VERSION_MAJOR, 3);
  glfwWindowHint(GLFW_CONTEXT_VERSION_MINOR, 2);
  glfwWindowHint(GLFW_OPENGL_PROFILE, GLFW_OPENGL_CORE_PROFILE);
  glfwWindowHint(GLFW_OPENGL_FORWARD_COMPAT, GLFW_TRUE);
  glfwWindowHint(GLFW_DEPTH_BITS, 0);
  glfwWindowHint(GLFW_STENCIL_BITS, 0);
  glfwWindowHintString(GLFW_X11_CLASS_NAME, "loopscope");
  GLFWwindow* const window = glfwCreateWindow(options.width, options.height, "loopscope", nullptr, nullptr);
  if (window == nullptr) {
    const std::string why = last_error;
    glfwTerminate();
    return Error{"no window can be opened: " + why, "",
                 "OpenGL 3.2 is needed; Mesa's software drawing will do"};
  }
  glfwMakeContextCurrent(window);
  glfwSwapInterval(options.wait_for_monitor ? 1 : 0);
  return std::unique_ptr<Window>(new Window(window, options));
}

Window::Window(GLFWwindow* window, const WindowOptions& options)
    : window_(window),
      font_file_(options.font_file),
      wanted_scale_(options.scale),
      wanted_dark_(options.dark) {
  if (wanted_scale_ <= 0) {
    float x = 1;
    float y = 1;
    glfwGetWindowContentScale(window, &x, &y);
    wanted_scale_ = std::max(x, y);
  }
  look_.scale = 0;  // so that the first frame loads fonts
  set_scale(wanted_scale_);

  IMGUI_CHECKVERSION();
  ImGui::CreateContext();
  ImGuiIO& io = ImGui::GetIO();
  io.IniFilename = nullptr;
  io.LogFilename = nullptr;
  io.ConfigFlags |= ImGuiConfigFlags_NavEnableKeyboard;
  io.ConfigWindowsMoveFromTitleBarOnly = true;

  // Ours first: ImGui's call those that were there before.
  glfwSetWindowUserPointer(window, this);
  const auto owe = [](GLFWwindow* of) { window_of(of)->frames_owed_ = kFramesAfterInput; };
  static const auto owe_frames = owe;
  glfwSetDropCallback(window, [](GLFWwindow* of, int count, const char** paths) {
    window_of(of)->dropped_.insert(window_of(of)->dropped_.end(), paths, paths + count);
    owe_frames(of);
  });
  glfwSetWindowRefreshCallback(window, [](GLFWwindow* of) { owe_frames(of); });
  glfwSetFramebufferSizeCallback(window, [](GLFWwindow* of, int, int) { owe_frames(of); });
  glfwSetCursorPosCallback(window, [](GLFWwindow* of, double, double) { owe_frames(of); });
  glfwSetMouseButtonCallback(window, [](GLFWwindow* of, int, int, int) { owe_frames(of); });
  glfwSetScrollCallback(window, [](GLFWwindow* of, double, double) { owe_frames(of); });
  glfwSetKeyCallback(window, [](GLFWwindow* of, int key, int, int action, int held) {
    if (action == GLFW_PRESS) window_of(of)->presses_.push_back({key, held});
    owe_frames(of);
  });
  glfwSetCharCallback(window, [](GLFWwindow* of, unsigned) { owe_frames(of); });
  glfwSetWindowFocusCallback(window, [](GLFWwindow* of, int) { owe_frames(of); });
  ImGui_ImplGlfw_InitForOpenGL(window, true);
  ImGui_ImplOpenGL3_Init("#version 150");
}

Window::~Window() {
  ImGui_ImplOpenGL3_Shutdown();
  ImGui_ImplGlfw_Shutdown();
  ImGui::DestroyContext();
  glfwDestroyWindow(window_);
  glfwTerminate();
}

void Window::set_scale(float scale) {
  wanted_scale_ = std::isfinite(scale) ? std::clamp(scale, 0.5F, 4.0F) : 1.0F;
  frames_owed_ = kFramesAfterInput;
}

void Window::set_dark(bool dark) {
  wanted_dark_ = dark;
  frames_owed_ = kFramesAfterInput;
}

void Window::set_title(const std::string& title) { glfwSetWindowTitle(window_, title.c_str()); }

bool Window::wants_close() const { return glfwWindowShouldClose(window_) != GLFW_FALSE; }

void Window::wait(double seconds) {
  if (frames_owed_ > 0) {
    --frames_owed_;
    glfwPollEvents();
  } else {
    glfwWaitEventsTimeout(seconds);
  }
}

void Window::wake() { glfwPostEmptyEvent(); }

void Window::begin_frame(const std::optional<Gesture>& gesture) {
  frame_began_ = steady_now();
  const bool new_fonts = look_.scale != wanted_scale_;
  if (new_fonts || look_.dark != wanted_dark_) {
    look_.scale = wanted_scale_;
    look_.dark = wanted_dark_;
    if (new_fonts) {
      load_fonts(look_, font_file_);
      ImGui_ImplOpenGL3_DestroyFontsTexture();
    }
    apply_style();
  }
  ImGui_ImplOpenGL3_NewFrame();
  if (new_fonts) {
    ImGui_ImplOpenGL3_CreateFontsTexture();
    sample_one_texel();
  }
  ImGui_ImplGlfw_NewFrame();
  if (gesture) {
    apply(*gesture);
    by_script_ = true;
  } else {
    apply_short_presses();
  }
  ImGui::NewFrame();
  if (!gesture) end_short_presses();
}

// Of a key that was pressed and let go between two frames the backend knows nothing any more.
void Window::apply_short_presses() {
  ImGuiIO& io = ImGui::GetIO();
  for (const Press& press : presses_) {
    if (press.key < 0 || press.key >= IM_ARRAYSIZE(io.KeysDown)) continue;
    io.KeysDown[press.key] = true;
    io.KeyCtrl = (press.held & GLFW_MOD_CONTROL) != 0;
    io.KeyShift = (press.held & GLFW_MOD_SHIFT) != 0;
    io.KeyAlt = (press.held & GLFW_MOD_ALT) != 0;
  }
}

// The next frame sees them as they are; what was held is asked within this one.
void Window::end_short_presses() {
  ImGuiIO& io = ImGui::GetIO();
  for (const Press& press : presses_) {
    if (press.key < 0 || press.key >= IM_ARRAYSIZE(io.KeysDown)) continue;
    io.KeysDown[press.key] = glfwGetKey(window_, press.key) == GLFW_PRESS;
  }
  if (!presses_.empty()) frames_owed_ = kFramesAfterInput;
  presses_.clear();
}

// As the callbacks of the backend do for real hands.
void Window::apply(const Gesture& gesture) {
  ImGuiIO& io = ImGui::GetIO();
  io.MousePos = {gesture.x, gesture.y};
  std::copy(gesture.held.begin(), gesture.held.end(), std::begin(io.MouseDown));
  io.MouseWheel = gesture.wheel;
  std::fill(std::begin(io.KeysDown), std::end(io.KeysDown), false);
  for (const int key : gesture.keys) {
    if (key >= 0 && key < IM_ARRAYSIZE(io.KeysDown)) io.KeysDown[key] = true;
  }
  io.KeyCtrl = gesture.ctrl;
  io.KeyShift = gesture.shift;
  io.KeyAlt = gesture.alt;
  if (!gesture.typed.empty()) io.AddInputCharactersUTF8(gesture.typed.c_str());
  // A caret that blinks would make two pictures of one state.
  io.ConfigInputTextCursorBlink = false;
  io.DeltaTime = 1.0F / 60;
}

Nanos Window::end_frame() {
  ImGui::Render();
  int width = 0;
  int height = 0;
  glfwGetFramebufferSize(window_, &width, &height);
  glViewport(0, 0, width, height);
  // Panels have this behind them, and draw no background of their own: nothing costs software drawing more than areas.
  const ImVec4 behind = look_.paint4(Paint::panel);
  glClearColor(behind.x, behind.y, behind.z, 1);
  glClear(GL_COLOR_BUFFER_BIT);
  ImGui_ImplOpenGL3_RenderDrawData(ImGui::GetDrawData());
  if (!picture_path_.empty()) write_picture();
  glfwSwapBuffers(window_);
  // Software drawing goes on behind the swap: what a frame costs is known when it is done.
  if (by_script_) glFinish();
  if (frames_owed_ > 0 && !by_script_) glfwPollEvents();
  return steady_now() - frame_began_;
}

void Window::write_picture() {
  int whole_width = 0;
  int whole_height = 0;
  glfwGetFramebufferSize(window_, &whole_width, &whole_height);
  const auto inside = [](float at, int most) { return std::clamp(static_cast<int>(at), 0, most); };
  int x = 0;
  int bottom = 0;
  int width = whole_width;
  int height = whole_height;
  if (picture_part_.width >= 1 && picture_part_.height >= 1) {
    x = inside(picture_part_.x, whole_width - 1);
    width = std::max(inside(picture_part_.width, whole_width - x), 1);
    const int top = inside(picture_part_.y, whole_height - 1);
    height = std::max(inside(picture_part_.height, whole_height - top), 1);
    bottom = whole_height - top - height;
  }
  std::vector<unsigned char> pixels(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3);
  glPixelStorei(GL_PACK_ALIGNMENT, 1);
  glReadPixels(x, bottom, width, height, GL_RGB, GL_UNSIGNED_BYTE, pixels.data());
  stbi_flip_vertically_on_write(1);
  const int written = stbi_write_png(picture_path_.c_str(), width, height, 3, pixels.data(), width * 3);
  picture_error_ = written != 0 ? "" : "cannot write " + picture_path_;
  picture_path_.clear();
}

std::vector<std::string> Window::take_dropped() { return std::exchange(dropped_, {}); }

std::string Window::clipboard() const {
  const char* const text = ImGui::GetClipboardText();
  return text == nullptr ? "" : text;
}

// Everything is drawn out of the font's texture, letters to the pixel and the rest of its white one: the nearest texel is
// the right one, and for software drawing a fifth of the work that weighing four of them is.
void Window::sample_one_texel() {
  const auto texture = reinterpret_cast<std::uintptr_t>(ImGui::GetIO().Fonts->TexID);
  glBindTexture(GL_TEXTURE_2D, static_cast<GLuint>(texture));
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_NEAREST);
}

void Window::apply_style() {
  ImGuiStyle style;
  if (look_.dark) {
    ImGui::StyleColorsDark(&style);
  } else {
    ImGui::StyleColorsLight(&style);
  }
  // They are drawn out of a texture that is made for filtering.
  style.AntiAliasedLinesUseTex = false;
  style.WindowRounding = 0;
  style.ChildRounding = 3;
  style.FrameRounding = 3;
  style.PopupRounding = 4;
  style.TabRounding = 3;
  style.WindowBorderSize = 0;
  style.WindowPadding = {8, 8};
  style.FramePadding = {7, 4};
  style.ItemSpacing = {8, 5};
  style.CellPadding = {6, 3};
  style.ScrollbarSize = 12;
  style.ScaleAllSizes(look_.scale);
  const auto set = [&](ImGuiCol what, Paint paint) { style.Colors[what] = look_.paint4(paint); };
  set(ImGuiCol_Text, Paint::text);
  set(ImGuiCol_TextDisabled, Paint::faint);
  set(ImGuiCol_WindowBg, Paint::window);
  style.Colors[ImGuiCol_ChildBg] = {0, 0, 0, 0};
  set(ImGuiCol_PopupBg, Paint::raised);
  set(ImGuiCol_Border, Paint::border);
  set(ImGuiCol_FrameBg, Paint::raised);
  set(ImGuiCol_FrameBgHovered, Paint::selected);
  set(ImGuiCol_FrameBgActive, Paint::selected);
  set(ImGuiCol_Button, Paint::raised);
  set(ImGuiCol_ButtonHovered, Paint::selected);
  set(ImGuiCol_ButtonActive, Paint::selected);
  set(ImGuiCol_Header, Paint::selected);
  set(ImGuiCol_HeaderHovered, Paint::selected);
  set(ImGuiCol_HeaderActive, Paint::selected);
  set(ImGuiCol_Tab, Paint::window);
  set(ImGuiCol_TabUnfocused, Paint::window);
  set(ImGuiCol_TabHovered, Paint::selected);
  set(ImGuiCol_TabActive, Paint::panel);
  set(ImGuiCol_TabUnfocusedActive, Paint::panel);
  set(ImGuiCol_TableHeaderBg, Paint::raised);
  set(ImGuiCol_TableBorderStrong, Paint::border);
  set(ImGuiCol_TableBorderLight, Paint::grid);
  set(ImGuiCol_TableRowBgAlt, Paint::panel);
  set(ImGuiCol_CheckMark, Paint::accent);
  set(ImGuiCol_SliderGrab, Paint::accent);
  set(ImGuiCol_Separator, Paint::border);
  set(ImGuiCol_SeparatorHovered, Paint::accent);
  set(ImGuiCol_SeparatorActive, Paint::accent);
  set(ImGuiCol_ScrollbarBg, Paint::panel);
  set(ImGuiCol_ScrollbarGrab, Paint::border);
  set(ImGuiCol_NavHighlight, Paint::accent);
  set(ImGuiCol_PlotHistogram, Paint::accent);
  style.Colors[ImGuiCol_TextSelectedBg] =
      ImGui::ColorConvertU32ToFloat4(with_alpha(look_.paint(Paint::accent), 0.35F));
  style.Colors[ImGuiCol_ModalWindowDimBg] = {0, 0, 0, 0.35F};
  ImGui::GetStyle() = style;
}

}  // namespace loopscope::gui
