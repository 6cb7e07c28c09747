#include "tests/e2e/stalls/debugger.h"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <thread>

namespace {

// gdb's own way to call a function returns to a place that no unwinder knows. Here the call is made by hand: a return
// address is pushed, and the registers that a caller expects to lose are put back afterwards. That is right where the
// stack is as it is before a call: behind the instructions by which a function makes room. It is libc's bare system
// call, under a name that nobody interposes: it touches no vector register, which the debugger cannot put back everywhere.
constexpr const char* kScript = R"(set pagination off
set confirm off
set debuginfod enabled off
handle all nostop noprint pass
break *&FUNCTION
shell touch READY
continue
set scheduler-locking on
set $before = 0
while $before != (unsigned long)$rsp || ((unsigned long)$rsp & 15) != 0
  set $before = (unsigned long)$rsp
  stepi
end
set $back = (unsigned long)$pc
SAVE
delete
set $rsp = (unsigned long)$rsp - 8
set *(unsigned long*)$rsp = $back
set *(unsigned long*)($before - 4096) = SECONDS
set *(unsigned long*)($before - 4088) = NANOSECONDS
set $rdi = $before - 4096
set $rsi = 0
set $pc = (unsigned long)&__nanosleep
eval "tbreak *0x%lx thread %d", $back, $_thread
set scheduler-locking off
continue
RESTORE
echo slept\n
detach
quit
)";

constexpr const char* kRegisters[] = {"rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11"};

void replace(std::string& text, const std::string& word, const std::string& by) {
  text.replace(text.find(word), word.size(), by);
}

}  // namespace

InjectedSleep::InjectedSleep(const Scratch& scratch, int pid, const std::string& function, int sleep_ms) {
  std::string script = kScript;
  const std::string ready = scratch.file("debugger-is-ready");
  std::string save;
  std::string restore;
  for (const std::string name : kRegisters) {
    save += "set $saved_" + name + " = $" + name + "\n";
    restore += "set $" + name + " = $saved_" + name + "\n";
  }
  replace(script, "FUNCTION", function);
  replace(script, "READY", ready);
  replace(script, "SAVE\n", save);
  // "SECONDS" is a part of the other word.
  replace(script, "NANOSECONDS", std::to_string(sleep_ms % 1000 * 1'000'000));
  replace(script, "SECONDS", std::to_string(sleep_ms / 1000));
  replace(script, "RESTORE\n", restore);
  const std::string path = scratch.write("sleep.gdb", script);
  gdb_ = std::make_unique<Background>(Command{GDB, "-nx", "-batch", "-p", std::to_string(pid), "-x", path},
                                      scratch.path());
  while (!std::filesystem::exists(ready)) {
    if (!gdb_->running()) {
      ADD_FAILURE() << gdb_->wait().errors;
      return;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(11));
  }
}

void InjectedSleep::wait() {
  const Outcome outcome = gdb_->wait();
  EXPECT_NE(outcome.output.find("slept"), std::string::npos) << outcome.output << outcome.errors;
}
