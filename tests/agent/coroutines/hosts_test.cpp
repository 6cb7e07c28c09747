// Programs that know nothing of loopscope, compiled with the hook before all else: that they do what they did, and what
// their traces hold.
#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "tests/agent/recorded.h"

namespace {

using loopscope::kNever;
using loopscope::model::Edge;
using loopscope::model::kNoTask;
using loopscope::model::Outcome;
using loopscope::model::Site;
using loopscope::model::TaskIndex;
using loopscope::model::Trace;

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, ',');) {
    if (!part.empty()) parts.push_back(part);
  }
  return parts;
}

std::string output_of(const std::string& command) {
  std::string output;
  FILE* const pipe = popen(command.c_str(), "r");
  char buffer[4096];
  while (const std::size_t got = fread(buffer, 1, sizeof buffer, pipe)) output.append(buffer, got);
  EXPECT_EQ(pclose(pipe), 0) << command;
  return output;
}

// The line of the host's source that ends in these words.
std::uint32_t line_of(const std::string& words) {
  std::ifstream source(SHAPES_SOURCE);
  std::uint32_t number = 0;
  for (std::string line; std::getline(source, line);) {
    ++number;
    if (line.ends_with("// " + words)) return number;
  }
  ADD_FAILURE() << "no line of the host ends in // " << words;
  return 0;
}

// What a scenario left behind.
class Recorded {
 public:
  Recorded(const std::string& host, const std::string& scenario) {
    const Folder folder;
    const std::string trace_path = folder.path("trace.pb");
    output_of(host + " " + scenario + " " + trace_path);
    trace = read_recorded(trace_path);
    EXPECT_TRUE(trace.integrity.complete());
    EXPECT_EQ(trace.integrity.unmatched_events, 0u);
  }

  const Site& site(TaskIndex task) const { return trace.sites[trace.tasks.site(task)]; }
  std::string function(TaskIndex task) const {
    return site(task).stack.empty() ? "" : site(task).stack.front().function;
  }
  std::vector<TaskIndex> of(const std::string& name) const {
    std::vector<TaskIndex> tasks;
    for (TaskIndex task = 0; task < trace.tasks.size(); ++task) {
      if (site(task).kind == "coroutine" && function(task) == name) tasks.push_back(task);
    }
    return tasks;
  }
  std::vector<TaskIndex> pending(const std::string& name) const {
    std::vector<TaskIndex> tasks = of(name);
    std::erase_if(tasks, [&](TaskIndex task) { return !trace.tasks.pending(task); });
    return tasks;
  }
  // Those that are open at the end, or that are over.
  std::vector<Edge> awaits(TaskIndex waiter, bool open) const {
    std::vector<Edge> edges;
    for (const Edge& edge : trace.edges) {
      if (edge.kind == Edge::Kind::await && edge.from == waiter && (edge.end == kNever) == open)
        edges.push_back(edge);
    }
    return edges;
  }
  const Site& place(const Edge& edge) const { return trace.sites[edge.site]; }
  std::uint32_t line(const Edge& edge) const {
    return place(edge).stack.empty() ? 0 : place(edge).stack.front().line;
  }

  Trace trace;
};

class EveryHost : public testing::TestWithParam<std::string> {};

INSTANTIATE_TEST_SUITE_P(Coroutines, EveryHost, testing::ValuesIn(split(SHAPES_HOOKED)),
                         [](const auto& host) {
                           std::string name = std::filesystem::path(host.param).filename();
                           return name.substr(std::string("coroutine_shapes_").size());
                         });

TEST_P(EveryHost, DoesWhatItDidRecordedOrNot) {
  for (const char* scenario : {"chain", "final", "transfer", "generator", "when_all", "eager", "endings",
                               "awaiters", "threads", "opt_out"}) {
    const Folder folder;
    const std::string plain = output_of(std::string(SHAPES_PLAIN " ") + scenario);
    EXPECT_NE(plain, "") << scenario;
    EXPECT_EQ(output_of(GetParam() + " " + scenario), plain) << scenario;
    EXPECT_EQ(output_of(GetParam() + " " + scenario + " " + folder.path("trace.pb")), plain) << scenario;
  }
}

TEST_P(EveryHost, TellsTheChainOfAwaitsToItsLines) {
  const Recorded run(GetParam(), "chain");
  ASSERT_EQ(run.pending("root").size(), 1u);
  EXPECT_EQ(run.of("root").size(), 2u);
  TaskIndex waiter = run.pending("root").front();
  for (const char* name : {"root", "middle"}) {
    const std::vector<Edge> awaits = run.awaits(waiter, true);
    ASSERT_EQ(awaits.size(), 1u) << name;
    EXPECT_EQ(run.line(awaits.front()), line_of(std::string(name) + " waits"));
    EXPECT_TRUE(run.place(awaits.front()).stack.front().file.ends_with("hosts/shapes.cpp"));
    EXPECT_EQ(run.place(awaits.front()).name, "shapes::Task<int>");
    EXPECT_EQ(run.trace.tasks.parent(awaits.front().to), waiter) << "who runs creates";
    waiter = awaits.front().to;
  }
  EXPECT_EQ(run.function(waiter), "leaf");
  ASSERT_EQ(run.awaits(waiter, true).size(), 1u);
  const Edge last = run.awaits(waiter, true).front();
  EXPECT_EQ(last.to, kNoTask);
  EXPECT_EQ(run.line(last), line_of("leaf waits"));
  EXPECT_EQ(run.place(last).name, "shapes::Event");
}

TEST_P(EveryHost, EndsAwaitsAndTasksThatCameToTheirEnd) {
  const Recorded run(GetParam(), "chain");
  for (const char* name : {"root", "middle", "leaf"}) {
    const TaskIndex task = run.of(name).front();
    EXPECT_EQ(run.trace.tasks.outcome(task), Outcome::ok) << name;
    EXPECT_EQ(run.trace.tasks.spans(task), 2u) << name;
    EXPECT_EQ(run.awaits(task, false).size(), 1u) << name;
    EXPECT_EQ(run.awaits(task, true).size(), 0u) << name;
  }
}

TEST_P(EveryHost, WatchesFinalPromisesToo) {
  const Recorded run(GetParam(), "final");
  ASSERT_EQ(run.pending("final_root").size(), 1u);
  const std::vector<Edge> awaits = run.awaits(run.pending("final_root").front(), true);
  ASSERT_EQ(awaits.size(), 1u);
  EXPECT_EQ(run.line(awaits.front()), line_of("final_root waits"));
  EXPECT_EQ(run.function(awaits.front().to), "final_leaf");
  EXPECT_EQ(run.of("final_root").size(), 2u);
  EXPECT_EQ(run.trace.tasks.outcome(run.of("final_root").front()), Outcome::ok);
}

TEST_P(EveryHost, CountsEachOfManyAwaitsInARow) {
  const Recorded run(GetParam(), "transfer");
  const TaskIndex task = run.of("sequence").front();
  EXPECT_EQ(run.of("one").size(), 1009u);
  EXPECT_EQ(run.trace.tasks.spans(task), 1010u);
  std::set<TaskIndex> awaited;
  for (const Edge& edge : run.awaits(task, false)) {
    EXPECT_EQ(run.line(edge), line_of("sequence waits"));
    awaited.insert(edge.to);
  }
  EXPECT_EQ(awaited.size(), 1009u);
  EXPECT_EQ(awaited.count(kNoTask), 0u);
}

TEST_P(EveryHost, SeesGeneratorsWaitAtTheirYields) {
  const Recorded run(GetParam(), "generator");
  ASSERT_EQ(run.pending("count_to").size(), 1u);
  const std::vector<Edge> awaits = run.awaits(run.pending("count_to").front(), true);
  ASSERT_EQ(awaits.size(), 1u);
  EXPECT_EQ(run.place(awaits.front()).name, "co_yield");
  EXPECT_EQ(run.line(awaits.front()), line_of("count_to yields"));
  EXPECT_EQ(run.trace.tasks.spans(run.of("count_to").front()), 8u);
  EXPECT_EQ(run.trace.tasks.outcome(run.of("breaks_at").front()), Outcome::error);
}

TEST_P(EveryHost, SeesAGroupWaitForAllOfItsChildren) {
  const Recorded run(GetParam(), "when_all");
  ASSERT_EQ(run.pending("group").size(), 1u);
  EXPECT_EQ(run.of("child").size(), 5u + 3u);
  EXPECT_EQ(run.pending("child").size(), 2u);
  // Its own await, whose end nobody knows, and those that started in it and are not over.
  std::map<std::string, int> awaited;
  for (const Edge& edge : run.awaits(run.pending("group").front(), true)) {
    EXPECT_EQ(run.line(edge), line_of("group waits"));
    ++awaited[edge.to == kNoTask ? "" : run.function(edge.to)];
  }
  EXPECT_EQ(awaited, (std::map<std::string, int>{{"", 1}, {"run", 2}}));
  for (const TaskIndex one : run.of("run")) {
    if (!run.trace.tasks.pending(one)) continue;
    ASSERT_EQ(run.awaits(one, true).size(), 1u);
    EXPECT_EQ(run.function(run.awaits(one, true).front().to), "child");
  }
}

TEST_P(EveryHost, KnowsATaskThatRanBeforeItWasAwaited) {
  const Recorded run(GetParam(), "eager");
  const std::vector<Edge> awaits = run.awaits(run.of("late").front(), true);
  ASSERT_EQ(awaits.size(), 1u);
  EXPECT_EQ(run.line(awaits.front()), line_of("late waits"));
  ASSERT_NE(awaits.front().to, kNoTask);
  EXPECT_EQ(run.function(awaits.front().to), "early");
}

TEST_P(EveryHost, TellsHowCoroutinesEnded) {
  const Recorded run(GetParam(), "endings");
  const auto outcome = [&](const char* name) { return run.trace.tasks.outcome(run.of(name).front()); };
  EXPECT_EQ(outcome("throws"), Outcome::error);
  ASSERT_EQ(run.trace.failures.size(), 1u);
  EXPECT_EQ(run.trace.failures.front().text, "St13runtime_error");
  EXPECT_EQ(outcome("catches"), Outcome::ok);
  EXPECT_EQ(outcome("is_destroyed"), Outcome::abandoned);
  EXPECT_EQ(outcome("owns_itself"), Outcome::ok);
  ASSERT_EQ(run.of("never_runs").size(), 2u);
  for (const TaskIndex task : run.of("never_runs")) EXPECT_EQ(run.trace.tasks.spans(task), 0u);
  EXPECT_EQ(outcome("never_runs"), Outcome::abandoned);
  EXPECT_EQ(run.pending("never_runs").size(), 1u);
}

TEST_P(EveryHost, GoesOnWhereAnAwaiterDoesNotSuspend) {
  const Recorded run(GetParam(), "awaiters");
  const TaskIndex task = run.of("refused").front();
  EXPECT_EQ(run.trace.tasks.outcome(task), Outcome::ok);
  EXPECT_EQ(run.trace.tasks.spans(task), 3u);
  EXPECT_EQ(run.awaits(task, true).size(), 0u);
  EXPECT_EQ(run.awaits(task, false).size(), 2u);
}

TEST_P(EveryHost, FollowsACoroutineFromThreadToThread) {
  const Recorded run(GetParam(), "threads");
  const TaskIndex task = run.of("travels").front();
  EXPECT_EQ(run.trace.tasks.outcome(task), Outcome::ok);
  EXPECT_EQ(run.trace.tasks.spans(task), 14u);
  std::size_t threads = 0;
  for (const auto& thread : run.trace.threads) threads += thread.events > 0;
  EXPECT_EQ(threads, 4u);
}

TEST_P(EveryHost, LeavesOutWhatOptedOut) {
  const Recorded run(GetParam(), "opt_out");
  EXPECT_EQ(run.of("seen").size(), 1u);
  EXPECT_EQ(run.trace.tasks.size(), 1u);
}

}  // namespace
