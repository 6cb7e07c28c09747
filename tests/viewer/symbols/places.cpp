#include "tests/viewer/symbols/places.h"

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <link.h>
#include <stdlib.h>

#include <cstdio>
#include <filesystem>

#include "viewer/symbols/elf_file.h"

namespace loopscope::symbols {

std::string fixture(const std::string& name) { return FIXTURES + name; }

Places run_places(const std::string& name) {
  Places places;
  places.trace.sites.resize(1);
  FILE* output = popen(fixture(name).c_str(), "r");
  EXPECT_NE(output, nullptr);
  char word[64];
  model::Module module;
  module.path = fixture(name);
  std::string problem;
  if (auto file = ElfFile::open(module.path, problem)) module.build_id = file->build_id();
  EXPECT_EQ(problem, "");
  while (std::fscanf(output, "%63s", word) == 1) {
    std::string mark = word;
    unsigned long long a = 0;
    unsigned long long b = 0;
    unsigned long long c = 0;
    if (mark == "module") {
      EXPECT_EQ(std::fscanf(output, "%llx %llx %llx", &a, &b, &c), 3);
      module.load_bias = a;
      module.start = b;
      module.end = c;
      continue;
    }
    EXPECT_EQ(std::fscanf(output, "%llu %llx", &a, &b), 2);
    places.line[mark] = static_cast<std::uint32_t>(a);
    if (b == 0) continue;  // a line only
    model::Site site;
    site.stack.resize(1);
    site.stack[0].address = b;
    places.site[mark] = static_cast<std::uint32_t>(places.trace.sites.size());
    places.trace.sites.push_back(site);
  }
  EXPECT_EQ(pclose(output), 0);
  places.trace.modules.push_back(module);
  return places;
}

void expect_name(const std::string& function, const std::string& name) {
  EXPECT_TRUE(function == name || function.starts_with(name + "(")) << function << " is not " << name;
}

void expect_position(const Places& places, const std::string& mark, const std::string& function,
                     const std::string& file) {
  const model::Frame& frame = places.frame(mark);
  expect_name(frame.function, function);
  EXPECT_TRUE(frame.file.ends_with("/fixtures/" + file)) << mark << " " << frame.file;
  EXPECT_EQ(frame.line, places.line.at(mark)) << mark;
}

void expect_all_positions(const Places& places) {
  expect_position(places, "plain", "(anonymous namespace)::plain");
  expect_position(places, "exported", "holder");
  expect_position(places, "generic", "(anonymous namespace)::generic<int>");
  expect_position(places, "method", "orders::Queue::push(int)");
  expect_position(places, "c", "hidden_in_c", "from_c.c");
  bool clang = places.line.count("clang") != 0;
  expect_position(places, "lambda", clang ? "main::$_0::operator()" : "main::{lambda}::operator()");
  expect_position(places, "resumed", "orders::deliver");
}

model::Module module_of(const void* address) {
  Dl_info info;
  link_map* map = nullptr;
  void** out = reinterpret_cast<void**>(&map);
  EXPECT_NE(dladdr1(address, &info, out, RTLD_DL_LINKMAP), 0);
  model::Module module;
  module.load_bias = map->l_addr;
  module.start = reinterpret_cast<std::uint64_t>(info.dli_fbase);
  module.end = module.start + (std::uint64_t{1} << 30);
  std::string problem;
  // The program itself has no name.
  module.path = std::filesystem::canonical(*map->l_name ? map->l_name : "/proc/self/exe");
  if (auto file = ElfFile::open(module.path, problem)) module.build_id = file->build_id();
  EXPECT_EQ(problem, "");
  return module;
}

TemporaryFolder::TemporaryFolder() {
  std::string pattern = testing::TempDir() + "loopscope_symbols_XXXXXX";
  EXPECT_NE(mkdtemp(pattern.data()), nullptr);
  path_ = pattern;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace loopscope::symbols
