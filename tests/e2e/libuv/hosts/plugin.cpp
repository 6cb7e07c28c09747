// A library that brings libuv into a program that has none.
#include "tests/e2e/libuv/hosts/loop_of_timers.h"

extern "C" __attribute__((visibility("default"))) void run_plugin() { run_23_timers(); }
