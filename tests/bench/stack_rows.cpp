#include <vector>

#include "tests/bench/deep_creation.h"
#include "tests/bench/paired.h"
#include "tests/bench/recorder.h"
#include "tests/bench/rows.h"

namespace loopscope::bench {
namespace {

// A thread takes the first 64 stacks of a place in any case, then as many as it has time for.
constexpr int kAlwaysTaken = 60;

using Host = double (*)(Creations);

std::uint32_t next_site = 1;
std::vector<loopscope_site> new_sites(int count) {
  std::vector<loopscope_site> sites;
  for (int i = 0; i < count; ++i) sites.push_back(a_site(next_site++, LOOPSCOPE_SITE_STACK));
  return sites;
}

struct StackCost {
  Figure taken, hot, first;
};

// What a creation with a stack costs more than one without, by the same calls.
StackCost stack_cost(Run& run, const Recording& recording, Host ns_a_creation) {
  constexpr int kRounds = 31;
  const auto more = [&](int each, std::size_t places, auto sites, auto warm_up) {
    const std::vector<loopscope_site> plain(places, a_site());
    return paired(
               run.control, kRounds, [&] { recording.drain(); },
               [&] {
                 return ns_a_creation({plain, plain, each});
               },
               [&] {
                 const std::vector<loopscope_site> chosen = sites();
                 return ns_a_creation({warm_up(), chosen, each});
               })
        .in_controls;
  };
  const auto some_new = [] { return new_sites(12); };
  const auto many_new = [] { return new_sites(200); };
  const std::vector<loopscope_site> one = new_sites(1);
  const auto the_one = [&] { return one; };
  return {.taken = more(kAlwaysTaken, 12, some_new, some_new),
          .hot = more(20'000, 1, the_one, the_one),
          .first = more(1, 200, many_new, some_new)};
}

}  // namespace

void add_stack_rows(Run& run) {
  const Recording recording(run.folder + "/stacks.pb");
  const StackCost with = stack_cost(run, recording, with_frame_pointers::ns_a_creation);
  const StackCost without = stack_cost(run, recording, without_frame_pointers::ns_a_creation);
  const std::string losses = recording.losses();
  run.table.add(row_of("creation stack, 16 frames, by frame pointers", with.taken, 1.5, losses));
  run.table.add(row_of("creation stack, 16 frames, by libunwind", without.taken, 12, losses));
  run.table.add(row_of("creation stack, 16 frames, at a hot site", with.hot, 1, losses));
  run.table.add(row_of("the same without frame pointers", without.hot, 1, losses));
  run.table.add(row_of("first stack of a place, frame pointers", with.first, kNone));
  run.table.add(row_of("first stack of a place, libunwind", without.first, kNone));
}

}  // namespace loopscope::bench
