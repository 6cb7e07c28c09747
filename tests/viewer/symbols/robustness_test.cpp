// Damaged programs and debug files: any answer is right that comes in time and in bounds.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <random>
#include <string>

#include "tests/viewer/symbols/places.h"
#include "viewer/symbols/resolve.h"

namespace loopscope::symbols {
namespace {

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_file(const std::string& path, const std::string& bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << bytes;
}

void expect_bounded(Places places, const std::string& path) {
  places.trace.modules[0].path = path;
  resolve(places.trace, {});
  for (const auto& site : places.trace.sites) {
    EXPECT_LE(site.stack.size(), 101u);
    for (const auto& frame : site.stack) EXPECT_LE(frame.function.size(), 4096u);
  }
}

TEST(DamagedPrograms, WithChangedBytesAreRead) {
  TemporaryFolder folder;
  std::mt19937_64 random(23);
  for (const char* name : {"places_dwarf5", "places_dwarf4", "places_compressed"}) {
    Places places = run_places(name);
    std::string whole = read_file(fixture(name));
    for (int round = 0; round < 101; ++round) {
      std::string bytes = whole;
      for (int change = 0; change < 41; ++change)
        bytes[random() % bytes.size()] = static_cast<char>(random());
      // A damaged id would end the matter too early.
      places.trace.modules[0].build_id = round % 2 ? places.trace.modules[0].build_id : "";
      write_file(folder / "damaged", bytes);
      expect_bounded(places, folder / "damaged");
    }
  }
}

TEST(DamagedPrograms, CutShortAreRead) {
  TemporaryFolder folder;
  Places places = run_places("places_dwarf5");
  std::string whole = read_file(fixture("places_dwarf5"));
  for (std::size_t length = 0; length < whole.size(); length += 307) {
    write_file(folder / "cut", whole.substr(0, length));
    expect_bounded(places, folder / "cut");
  }
}

}  // namespace
}  // namespace loopscope::symbols
