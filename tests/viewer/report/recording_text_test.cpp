// What a recording lacks, in words.
#include "viewer/report/recording_text.h"

#include <gtest/gtest.h>

namespace loopscope::report {
namespace {

model::Trace with_module(const std::string& path) {
  model::Trace trace;
  trace.integrity.end_seen = true;
  model::Module module;
  module.path = path;
  module.trouble = "file is gone";
  trace.modules.push_back(module);
  return trace;
}

TEST(WhatIsMissing, NamesTheModulesWithoutNames) {
  EXPECT_EQ(what_is_missing(with_module("/usr/lib/libparse.so.2")),
            std::vector<std::string>{"no names from libparse.so.2: file is gone"});
}

TEST(WhatIsMissing, IsNotTheAgentsOwnNames) {
  EXPECT_TRUE(what_is_missing(with_module("/usr/lib/libloopscope_preload.so")).empty());
}

}  // namespace
}  // namespace loopscope::report
