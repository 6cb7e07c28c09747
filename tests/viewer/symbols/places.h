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
