#include "viewer/gui/keyboard.h"

#include <GLFW/glfw3.h>

#include <array>
#include <cassert>
#include <cctype>
#include <string_view>
#include <utility>

#include <imgui.h>

namespace loopscope::gui {
namespace {

constexpr std::array<std::pair<std::string_view, int>, 26> kNames{{
    {"Escape", GLFW_KEY_ESCAPE},
    {"Enter", GLFW_KEY_ENTER},
    {"Tab", GLFW_KEY_TAB},
    {"Space", GLFW_KEY_SPACE},
    {"Backspace", GLFW_KEY_BACKSPACE},
    {"Delete", GLFW_KEY_DELETE},
    {"Left", GLFW_KEY_LEFT},
    {"Right", GLFW_KEY_RIGHT},
    {"Up", GLFW_KEY_UP},
    {"Down", GLFW_KEY_DOWN},
    {"Home", GLFW_KEY_HOME},
    {"End", GLFW_KEY_END},
    {"PageUp", GLFW_KEY_PAGE_UP},
    {"PageDown", GLFW_KEY_PAGE_DOWN},
    {"F1", GLFW_KEY_F1},
    {"F2", GLFW_KEY_F2},
    {"F3", GLFW_KEY_F3},
    {"F4", GLFW_KEY_F4},
    {"F5", GLFW_KEY_F5},
    {"F6", GLFW_KEY_F6},
    {"F7", GLFW_KEY_F7},
    {"F8", GLFW_KEY_F8},
    {"F9", GLFW_KEY_F9},
    {"F10", GLFW_KEY_F10},
    {"F11", GLFW_KEY_F11},
    {"F12", GLFW_KEY_F12},
}};

bool is_letter_or_digit(const std::string& key) {
  return key.size() == 1 && std::isalnum(static_cast<unsigned char>(key[0])) != 0;
}

bool was_typed(char character) {
  for (const ImWchar typed : ImGui::GetIO().InputQueueCharacters) {
    if (typed == static_cast<ImWchar>(static_cast<unsigned char>(character))) return true;
  }
  return false;
}

}  // namespace

int number_of(const view::KeyPress& press) {
  // GLFW numbers letters and digits by their capital letter in ASCII.
  if (is_letter_or_digit(press.key)) return press.key[0];
  for (const auto& [name, number] : kNames) {
    if (name == press.key) return number;
  }
  if (press.key == "+" || press.key == "=") return press.ctrl ? GLFW_KEY_EQUAL : -1;
  if (press.key == "-") return press.ctrl ? GLFW_KEY_MINUS : -1;
  return -1;
}

bool pressed(const view::KeyPress& press) {
  const ImGuiIO& io = ImGui::GetIO();
  const bool chord = press.ctrl || press.alt;
  if (io.WantTextInput && !chord && press.key != "Escape") return false;
  const int number = number_of(press);
  if (number < 0) return !chord && press.key.size() == 1 && was_typed(press.key[0]);
  // What is "+" depends on the keyboard: Shift may be needed to type it.
  const bool shift_free = press.key == "+" || press.key == "=";
  return io.KeyCtrl == press.ctrl && io.KeyAlt == press.alt && (shift_free || io.KeyShift == press.shift) &&
         ImGui::IsKeyPressed(number);
}

bool pressed(const char* words) {
  const Result<view::KeyPress> press = view::parse_key(words);
  assert(press.ok());
  return press.ok() && pressed(*press);
}

bool held(char key) {
  const ImGuiIO& io = ImGui::GetIO();
  return !io.WantTextInput && !io.KeyCtrl && !io.KeyAlt && ImGui::IsKeyDown(key);
}

}  // namespace loopscope::gui
