#include <vector>

#include "tests/bench/deep_creation.h"
#include "tests/bench/paired.h"
#include "tests/bench/recorder.h"
#include "tests/bench/rows.h"

namespace loopscope::bench {
namespace {

// A thread takes the first 64 stacks of a place in any case, then as many as it has time for: a rested one takes
// thousands that it knows again, one that has created flat out for a while next to none. It knows none again before
// the writer has found out where the thread's stack is: on a thread just born everything is unwound.
constexpr int kAlwaysTaken = 60;

using Host = double (*)(Creations);

std::uint32_t next_site = 1;
std::vector<loopscope_site> new_sites(int count) {
  std::vector<loopscope_site> sites;
  for (int i = 0; i < count; ++i) sites.push_back(a_site(next_site++, LOOPSCOPE_SITE_STACK));
  return sites;
}

struct StackCost {
  Figure known, unwound, hot, first;
};

// What a creation with a stack costs more than one without, by the same calls.
StackCost stack_cost(Run& run, const Recording& recording, Host ns_a_creation) {
  // `sites()` and `warm_up()` are asked every round.
  const auto more = [&](int rounds, Creations plain, auto sites, auto warm_up) {
    plain.warm_up = plain.sites;
    return paired(
               run.control, rounds, [&] { recording.drain(); }, [&] { return ns_a_creation(plain); },
               [&] {
                 Creations creations = plain;
                 creations.sites = sites();
                 creations.warm_up = warm_up();
                 return ns_a_creation(creations);
               })
        .in_controls;
  };
  const auto some_new = [] { return new_sites(12); };
  const auto many_new = [] { return new_sites(200); };
  const std::vector<loopscope_site> one = new_sites(1);
  const auto the_one = [&] { return one; };
  const auto plain = [](std::size_t places) { return std::vector<loopscope_site>(places, a_site()); };
  return {
      .known = more(11, {.sites = plain(1), .each = 2000, .settled = true}, the_one, the_one),
      .unwound = more(31, {.sites = plain(12), .each = kAlwaysTaken}, some_new, some_new),
      .hot = more(31, {.sites = plain(1), .each = 60'000}, the_one, the_one),
      .first = more(31, {.sites = plain(200), .each = 1}, many_new, some_new),
  };
}

}  // namespace

void add_stack_rows(Run& run) {
  const Recording recording(run.folder + "/stacks.pb");
  const StackCost with = stack_cost(run, recording, with_frame_pointers::ns_a_creation);
  const StackCost without = stack_cost(run, recording, without_frame_pointers::ns_a_creation);
  const std::string losses = recording.losses();
  // The targets are for what Debian ships: code without frame pointers.
  run.table.add(row_of("creation stack, 16 frames, known again", without.known, 1.5, losses));
  run.table.add(row_of("creation stack, 16 frames, by libunwind", without.unwound, 12, losses));
  run.table.add(row_of("creation stack, 16 frames, at a hot site", without.hot, 1, losses));
  run.table.add(row_of("with frame pointers: known again", with.known, kNone));
  run.table.add(row_of("with frame pointers: by libunwind", with.unwound, kNone));
  run.table.add(row_of("with frame pointers: at a hot site", with.hot, kNone));
  run.table.add(row_of("first stack of a place", without.first, kNone));
}

}  // namespace loopscope::bench
