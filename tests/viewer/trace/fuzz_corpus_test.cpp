// Replays the committed corpus: a trace with every event, and inputs that once broke the reader.
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace loopscope {
namespace {

TEST(FuzzCorpus, IsReadWithoutBreakingAnything) {
  int inputs = 0;
  for (const auto& entry : std::filesystem::directory_iterator(LOOPSCOPE_FUZZ_CORPUS)) {
    std::ostringstream text;
    text << std::ifstream(entry.path()).rdbuf();
    const std::string bytes = text.str();
    SCOPED_TRACE(entry.path());
    EXPECT_EQ(LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()), 0);
    ++inputs;
  }
  EXPECT_GE(inputs, 3);
}

}  // namespace
}  // namespace loopscope
