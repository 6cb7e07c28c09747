#include <pthread.h>

#include <ctime>
#include <vector>

#include "tests/bench/deep_creation.h"
#include "tests/bench/paired.h"
#include "tests/bench/recorder.h"
#include "tests/bench/rows.h"

namespace loopscope::bench {
namespace {

// A thread takes the stacks that it has time for. One that rested has time for a thousand of them.
constexpr int kTakenAfterRest = 800;
void rest() {
  const timespec a_while{.tv_sec = 0, .tv_nsec = 60'000'000};
  nanosleep(&a_while, nullptr);
}

using Create = loopscope_task (*)(loopscope_site);

std::uint32_t next_site = 1;
std::vector<loopscope_site> new_sites(int count) {
  std::vector<loopscope_site> sites;
  for (int i = 0; i < count; ++i) sites.push_back(a_site(next_site++, LOOPSCOPE_SITE_STACK));
  return sites;
}

double ns_a_creation(Create create, const std::vector<loopscope_site>& sites, int each) {
  const double start = cpu_ns();
  for (const loopscope_site site : sites) {
    for (int i = 0; i < each; ++i) create(site);
  }
  return (cpu_ns() - start) / (static_cast<double>(sites.size()) * each);
}

struct StackCost {
  Figure taken, hot, first;
};

// What a creation with a stack costs more than one without, by the same calls.
StackCost stack_cost(Run& run, const Recording& recording, Create create) {
  constexpr int kRounds = 25;
  constexpr int kFlatOut = 20'000;
  constexpr int kNewPlaces = 200;
  std::vector<loopscope_site> sites;
  const auto more = [&](int places, int each, auto before) {
    const std::vector<loopscope_site> plain(static_cast<std::size_t>(places), a_site());
    return paired(
               run.control, kRounds,
               [&] {
                 recording.drain();
                 before();
               },
               [&] { return ns_a_creation(create, plain, each); },
               [&] { return ns_a_creation(create, sites, each); })
        .in_controls;
  };
  StackCost cost;
  sites = new_sites(1);
  cost.taken = more(1, kTakenAfterRest, rest);
  cost.hot = more(1, kFlatOut, [&] { ns_a_creation(create, sites, kFlatOut); });
  cost.first = more(kNewPlaces, 1, [&] {
    sites = new_sites(kNewPlaces);
    rest();
  });
  return cost;
}

struct Measurement {
  Run& run;
  const Recording& recording;
  StackCost with_frame_pointers{}, without{};
};

// The whole of a thread of its own, so that the stack is as deep as it is everywhere.
[[gnu::noinline]] void* measure(void* argument) {
  Measurement& measurement = *static_cast<Measurement*>(argument);
  measurement.with_frame_pointers =
      stack_cost(measurement.run, measurement.recording, with_frame_pointers::create_deep);
  measurement.without =
      stack_cost(measurement.run, measurement.recording, without_frame_pointers::create_deep);
  return nullptr;
}

}  // namespace

void add_stack_rows(Run& run) {
  const Recording recording(run.folder + "/stacks.pb");
  Measurement measurement{run, recording};
  pthread_t thread;
  pthread_create(&thread, nullptr, measure, &measurement);
  pthread_join(thread, nullptr);
  const std::string losses = recording.losses();
  const StackCost& with = measurement.with_frame_pointers;
  const StackCost& without = measurement.without;
  run.table.add(row_of("creation stack, 16 frames, by frame pointers", with.taken, 1.5, losses));
  run.table.add(row_of("creation stack, 16 frames, by libunwind", without.taken, 12, losses));
  run.table.add(row_of("creation stack, 16 frames, at a hot site", with.hot, 1, losses));
  run.table.add(row_of("the same without frame pointers", without.hot, 1, losses));
  run.table.add(row_of("first stack of a place, frame pointers", with.first, kNone));
  run.table.add(row_of("first stack of a place, libunwind", without.first, kNone));
}

}  // namespace loopscope::bench
