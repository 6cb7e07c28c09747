// A program recorded by its environment alone, and what `loopscope analyze` says of it.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/e2e/libuv/program.h"

struct Analysed {
  Outcome outcome;
  nlohmann::json json;
  std::string text;
};

// The trace that a command leaves, which gets its path.
template <class MakeCommand>
Analysed analysed_of(MakeCommand command) {
  const Scratch scratch;
  const std::string trace = scratch.file("trace.pb");
  Analysed found;
  found.outcome = run(command(trace), scratch.path());
  const Outcome json = run({LOOPSCOPE_COMMAND, "analyze", "--format", "json", trace}, scratch.path());
  EXPECT_EQ(json.exit_code, 0) << json.errors;
  found.json = nlohmann::json::parse(json.output, nullptr, false);
  EXPECT_FALSE(found.json.is_discarded());
  const Outcome text = run({LOOPSCOPE_COMMAND, "analyze", trace}, scratch.path());
  found.text = text.output;
  return found;
}

// `more`: another variable of the environment.
inline Analysed analysed(const std::string& program, const std::string& more = "LOOPSCOPE_NOTHING=") {
  return analysed_of([&](const std::string& trace) {
    return Command{"/usr/bin/env", "LOOPSCOPE_TRACE=" + trace, more, program};
  });
}

// The line of a source that ends in "// " and these words; 0 if there is none.
inline int line_ending_in(const std::string& source, const std::string& words) {
  std::ifstream file(source);
  int number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    if (line.ends_with("// " + words)) return number;
  }
  return 0;
}

inline const nlohmann::json* finding_of(const nlohmann::json& report, const std::string& detector,
                                        const std::string& function) {
  for (const auto& finding : report["findings"]) {
    const std::string at = finding["site"]["function"];
    if (finding["detector"] == detector && at.find(function) != at.npos) return &finding;
  }
  return nullptr;
}
