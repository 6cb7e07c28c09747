// What the figures were measured on, as the system tells it.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace loopscope::bench {

// ("processor", "AMD EPYC ..."), ("kernel", "6.1.0 ..."), ...
std::vector<std::pair<std::string, std::string>> machine();

// How many processors other programs have kept busy while this lives: 0 on a quiet machine.
class OthersBusy {
 public:
  OthersBusy();
  double processors() const;

 private:
  double all_s_, ours_s_, wall_s_;
};

}  // namespace loopscope::bench
