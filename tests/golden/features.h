// What the golden traces are made of: one small trace for each feature of the schema, in words. They were written
// once and are frozen as files; these functions say what is in them, and make the file of a new one.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "tests/support/trace_writer.h"

namespace loopscope::golden {

struct Feature {
  const char* name;  // NAME_v1.pb, NAME_v1.txt
  std::string (*bytes)();
};

std::span<const Feature> features();

// The clock of TraceWriter: ticks 1000 are time 0, a tick is a nanosecond.
constexpr std::uint64_t ms(std::uint64_t after_start) { return 1000 + after_start * 1'000'000; }

// feature_names.cpp: who was recorded, and what numbers stand for.
std::string process_header();
std::string definitions();
std::string symbols();
std::string program_counters();

// feature_events.cpp: what happened.
std::string tasks_and_outcomes();
std::string task_bytes();
std::string labels();
std::string edges();
std::string gauges_and_pauses();
std::string loops();
std::string loop_runs();
std::string stalls();
std::string watched();
std::string woken();
std::string reachability();

// feature_order.cpp: how events are packed, and what order and time they have.
std::string codecs();
std::string threads_and_epochs();
std::string open_spans();
std::string bending_clock();

// feature_gaps.cpp: what is missing, what it cost, how it ended.
std::string losses();
std::string torn_tail();
std::string damage();
std::string agent_cost();
std::string pending_summary();
std::string end_exit();
std::string end_signal();
std::string end_killed();
std::string end_stopped();
std::string end_exec();

// feature_later.cpp: what an older reader meets.
std::string later_minor();
std::string later_major();

}  // namespace loopscope::golden
