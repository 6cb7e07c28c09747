// What the files of this machine said about addresses: kept by whoever reads a growing trace again and again, so that a
// file is opened only for an address that nobody asked about before. Files do not stay open. Used by resolve, by one
// thread at a time.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>

#include "viewer/model/address_names.h"
#include "viewer/model/trace.h"

namespace loopscope::symbols {

class KnownNames {
 public:
  struct OfModule {
    std::string trouble;  // as ModuleNames has it
    // By virtual address of the file; empty ones for addresses that have no name.
    std::unordered_map<std::uint64_t, model::AddressNames::Frames> frames;
  };

  // Stays where it is. Nothing is known of a module at first.
  OfModule& of(const model::Module& module) { return modules_[{module.path, module.build_id}]; }

 private:
  std::map<std::pair<std::string, std::string>, OfModule> modules_;
};

}  // namespace loopscope::symbols
