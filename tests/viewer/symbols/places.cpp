#include "tests/viewer/symbols/places.h"

#include <gtest/gtest.h>
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
