#include <pthread.h>

#include <vector>

#include "tests/bench/deep_creation.h"
#include "tests/bench/paired.h"
#include "tests/bench/recorder.h"
#include "tests/bench/rows.h"

namespace loopscope::bench {
namespace {

// A thread takes the first 64 stacks of a place in any case, then as many as it has time for.
constexpr int kAlwaysTaken = 60;

using Create = loopscope_task (*)(loopscope_site);

std::uint32_t next_site = 1;
std::vector<loopscope_site> new_sites(int count) {
  std::vector<loopscope_site> sites;
  for (int i = 0; i < count; ++i) sites.push_back(a_site(next_site++, LOOPSCOPE_SITE_STACK));
  return sites;
}

// Creations on a thread that has seen none of the sites, but has taken stacks.
struct Creations {
  Create create = nullptr;
  std::vector<loopscope_site> warm_up;  // as many times each, and not measured
  std::vector<loopscope_site> sites;
  int each = 0;
  double ns = 0;  // a creation
};

[[gnu::noinline]] double ns_a_creation(const Creations& creations, const std::vector<loopscope_site>& sites) {
  const double start = cpu_ns();
  for (const loopscope_site site : sites) {
    for (int i = 0; i < creations.each; ++i) creations.create(site);
  }
  return (cpu_ns() - start) / (static_cast<double>(sites.size()) * creations.each);
}

void* measure(void* argument) {
  Creations& creations = *static_cast<Creations*>(argument);
  ns_a_creation(creations, creations.warm_up);
  creations.ns = ns_a_creation(creations, creations.sites);
  return nullptr;
}

double ns_on_new_thread(Creations creations) {
  pthread_t thread;
  pthread_create(&thread, nullptr, measure, &creations);
  pthread_join(thread, nullptr);
  return creations.ns;
}

struct StackCost {
  Figure taken, hot, first;
};

// What a creation with a stack costs more than one without, by the same calls.
StackCost stack_cost(Run& run, const Recording& recording, Create create) {
  constexpr int kRounds = 31;
  const auto more = [&](int each, std::size_t places, auto sites, auto warm_up) {
    const std::vector<loopscope_site> plain(places, a_site());
    return paired(
               run.control, kRounds, [&] { recording.drain(); },
               [&] {
                 return ns_on_new_thread({create, plain, plain, each});
               },
               [&] {
                 const std::vector<loopscope_site> chosen = sites();
                 return ns_on_new_thread({create, warm_up(), chosen, each});
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
  const StackCost with = stack_cost(run, recording, with_frame_pointers::create_deep);
  const StackCost without = stack_cost(run, recording, without_frame_pointers::create_deep);
  const std::string losses = recording.losses();
  run.table.add(row_of("creation stack, 16 frames, by frame pointers", with.taken, 1.5, losses));
  run.table.add(row_of("creation stack, 16 frames, by libunwind", without.taken, 12, losses));
  run.table.add(row_of("creation stack, 16 frames, at a hot site", with.hot, 1, losses));
  run.table.add(row_of("the same without frame pointers", without.hot, 1, losses));
  run.table.add(row_of("first stack of a place, frame pointers", with.first, kNone));
  run.table.add(row_of("first stack of a place, libunwind", without.first, kNone));
}

}  // namespace loopscope::bench
