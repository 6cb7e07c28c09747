// What the figures were measured on, as the system tells it.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace loopscope::bench {

// ("processor", "AMD EPYC ..."), ("kernel", "6.1.0 ..."), ...
std::vector<std::pair<std::string, std::string>> machine();

}  // namespace loopscope::bench
