// Neovim with a Lua script that leaves 23 timers pending: libuv behind an interpreter that was built elsewhere.
#include <gtest/gtest.h>

#include "tests/agent/recorded.h"
#include "tests/e2e/libuv/program.h"

namespace {

// The last timer lets the loop turn for a while, then ends the wait.
constexpr const char* kScript = R"(
local uv = vim.loop
kept = {}
for i = 1, 23 do
  kept[i] = uv.new_timer()
  kept[i]:start(3600000, 0, function() end)
end
local over = false
local last = uv.new_timer()
last:start(503, 0, function() over = true; last:close() end)
vim.wait(10007, function() return over end, 11)
print('kept ' .. #kept)
)";

Command headless(const std::string& script) {
  return {NVIM, "--headless", "-u", "NONE", "-i", "NONE", "-n", "-c", "luafile " + script, "-c", "cquit 7"};
}

TEST(Nvim, BehavesAsWithoutRecording) {
  const Scratch scratch;
  const std::string script = scratch.write("leak.lua", kScript);
  const Outcome plain = run(headless(script), scratch.path());
  const Outcome traced = run(recorded(scratch.file("trace.pb"), headless(script)), scratch.path());
  EXPECT_EQ(plain.exit_code, 7);
  EXPECT_EQ(traced.exit_code, plain.exit_code);
  EXPECT_EQ(traced.output, plain.output);
  EXPECT_NE(plain.errors.find("kept 23"), std::string::npos) << plain.errors;
  EXPECT_EQ(traced.errors.find(plain.errors), 0u) << traced.errors;
}

// On its way out nvim walks over its loop and closes what is left: the timers are abandoned there.
TEST(Nvim, TraceHoldsThe23LeftTimersAndTheirCreationStack) {
  const Scratch scratch;
  const std::string script = scratch.write("leak.lua", kScript);
  run(recorded(scratch.file("trace.pb"), headless(script)), scratch.path());
  const auto trace = complete_trace(scratch.file("trace.pb"));
  uint64_t left = 0;
  for (const auto& site : trace.sites) {
    if (site.kind != "uv_timer" || site.abandoned + site.pending() == 0) continue;
    left += site.abandoned + site.pending();
    ASSERT_FALSE(site.stack.empty());
    const auto& caller = site.stack.front();
    bool in_luv = false;
    for (const auto& module : trace.modules) {
      if (caller.address >= module.start && caller.address < module.end) {
        in_luv = module.path.find("luv") != std::string::npos;
      }
    }
    EXPECT_TRUE(in_luv) << "the caller of uv_timer_start is luv";
    EXPECT_GT(site.stack.size(), 3u);
  }
  EXPECT_EQ(left, 23u);
  uint64_t ticks = 0;
  for (const auto& loop : trace.loops) ticks += loop.ticks;
  EXPECT_GT(ticks, 11u);
  EXPECT_EQ(trace.exit_code, 7);
}

}  // namespace
