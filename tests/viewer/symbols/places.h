// Runs a fixture program and makes the trace that an agent would have made of it: one module, one site a marked
// call. For the tests of viewer/symbols.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "viewer/model/trace.h"

namespace loopscope::symbols {

struct Places {
  model::Trace trace;
  std::map<std::string, std::uint32_t> line;  // by mark
  std::map<std::string, std::uint32_t> site;  // index into trace.sites, by mark

  const model::Site& at(const std::string& mark) const { return trace.sites.at(site.at(mark)); }
  const model::Frame& frame(const std::string& mark) const { return at(mark).stack.at(0); }
};

// `name` of a fixture. Its build id is recorded as the agent records it.
Places run_places(const std::string& name);

std::string fixture(const std::string& name);

// One module of this process: the one that holds `address`, as the agent describes it.
model::Module module_of(const void* address);

// That the function is this one: clang's debug information has parameters even for functions that no other unit can
// call, gcc's has not.
void expect_name(const std::string& function, const std::string& name);

// That the innermost frame at a mark is the function, with the line that the program printed.
void expect_position(const Places& places, const std::string& mark, const std::string& function,
                     const std::string& file = "places.cpp");

void expect_all_positions(const Places& places);

// A fresh folder, removed at the end.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace loopscope::symbols
