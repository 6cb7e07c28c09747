// uv.h says which functions take callbacks; every one of them is hooked, or is here with the reason why not.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "agent/adapters/libuv/hooked_functions.h"

namespace {

std::set<std::string> functions_with_callbacks() {
  std::ifstream file(LOOPSCOPE_UV_HEADER);
  std::stringstream stream;
  stream << file.rdbuf();
  std::string text = stream.str();
  for (size_t begin; (begin = text.find("/*")) != std::string::npos;) {
    text.erase(begin, text.find("*/", begin) + 2 - begin);
  }
  std::set<std::string> names;
  const std::regex declaration(R"(UV_EXTERN[^;(]*?\b(uv_\w+)\(([^;]*)\)\s*;)");
  const std::regex callback(R"(\buv_\w+_cb\b|uv_process_options_t)");
  for (std::sregex_iterator it(text.begin(), text.end(), declaration), end; it != end; ++it) {
    const std::string parameters = (*it)[2];
    if (std::regex_search(parameters, callback)) names.insert((*it)[1]);
  }
  return names;
}

const std::map<std::string, std::string> kNotTasks = {
    {"uv_thread_create", "a thread is not a task of a loop"},
    {"uv_thread_create_ex", "a thread is not a task of a loop"},
};

TEST(Header, EveryFunctionThatTakesACallbackIsHookedOrNamedAsNoTask) {
  std::set<std::string> hooked;
#define LOOPSCOPE_UV_NAME(name) EXPECT_TRUE(hooked.insert(#name).second) << #name << " stands twice";
  LOOPSCOPE_UV_HOOKED_FUNCTIONS(LOOPSCOPE_UV_NAME)
#undef LOOPSCOPE_UV_NAME
  const auto taking = functions_with_callbacks();
  EXPECT_GE(taking.size(), 65u) << "as of libuv 1.44";
  for (const auto& name : taking) {
    EXPECT_NE(hooked.count(name), kNotTasks.count(name)) << name;
  }
  for (const auto& [name, reason] : kNotTasks) EXPECT_TRUE(taking.count(name)) << name << ": " << reason;
}

}  // namespace
