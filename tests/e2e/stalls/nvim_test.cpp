// Neovim with a Lua function that keeps the loop busy: libuv calls luv, luv calls the interpreter.
#include <gtest/gtest.h>

#include <string>

#include "tests/e2e/stalls/report.h"

namespace {

// Prints how long the function was busy, in milliseconds. The interpreter compiles it, sooner or later.
constexpr const char* kScript = R"(
local uv = vim.loop
local over = false
local timer = uv.new_timer()
timer:start(101, 0, function()
  local begin = uv.hrtime()
  while uv.hrtime() < begin + 307e6 do end
  took = (uv.hrtime() - begin) / 1e6
  timer:close()
  over = true
end)
vim.wait(10007, function() return over end, 11)
io.stdout:write(string.format('%.3f\n', took))
)";

TEST(Nvim, BusyInLuaHasItsDurationAndTheWayFromTheLoopToTheInterpreter) {
  const Scratch scratch;
  const std::string script = scratch.write("busy.lua", kScript);
  const std::string trace = scratch.file("trace.pb");
  const Outcome outcome = run(recorded(trace, {NVIM, "--headless", "-u", "NONE", "-i", "NONE", "-n", "-c",
                                               "luafile " + script, "-c", "quit"}),
                              scratch.path());
  ASSERT_EQ(outcome.exit_code, 0) << outcome.errors;
  const double truth_ms = std::stod(outcome.output);
  const nlohmann::json report = report_on(trace);
  ASSERT_FALSE(report.at("stalls").empty());
  const nlohmann::json& stall = report.at("stalls").front();
  expect_about(stall.at("duration_ms"), truth_ms);
  EXPECT_TRUE(goes_through(stall, "uv_run")) << stall.dump(1);
  EXPECT_TRUE(goes_through(stall, "lua_")) << stall.dump(1);
}

}  // namespace
