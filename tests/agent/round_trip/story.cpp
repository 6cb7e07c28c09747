#include "tests/agent/round_trip/story.h"

#include <algorithm>

namespace loopscope::round_trip {
namespace {

class Teller {
 public:
  explicit Teller(Story& story) : story_(story) {}

  void tell(const Thread& thread, std::uint64_t length) {
    tid_ = thread.tid;
    open_.clear();
    paused_.clear();
    for (std::uint64_t i = 0; i < length; ++i) tell(thread.ops[i]);
    story_.events += length;
  }

  // Edges join threads: an await begun on one may end on the same one only, but its tasks are anybody's.
  void finish() {
    std::erase_if(story_.edges, [this](const EdgeTold& edge) {
      const bool of_nothing = edge.await && edge.to == 0;
      return (!of_nothing && !story_.tasks.contains(edge.to)) ||
             (edge.await && !story_.tasks.contains(edge.from));
    });
    for (const Op& op : finishes_) {
      if (const auto task = story_.tasks.find(op.task); task != story_.tasks.end())
        task->second.finished = op;
    }
  }

 private:
  void tell(const Op& op) {
    switch (op.did) {
      case Did::created: story_.tasks[op.task] = {op.at, op.other, op.subject, {}}; break;
      case Did::begun:
      case Did::begun_chained:
        story_.spans[{tid_, op.task}].push_back({op.at, {}});
        open_.emplace_back(op.task, story_.spans[{tid_, op.task}].size() - 1);
        break;
      case Did::ended:
        story_.spans[{tid_, open_.back().first}][open_.back().second].end = op.at;
        open_.pop_back();
        break;
      case Did::finished: finishes_.push_back(op); break;
      case Did::awaiting: story_.edges.push_back({op.task, op.other, true, op.subject, op.at, {}}); break;
      case Did::awaited: end_await(op); break;
      case Did::cancelled: story_.edges.push_back({op.other, op.task, false, op.subject, op.at, {}}); break;
      case Did::labelled: story_.labels.emplace(op.task, std::pair(op.text, op.more)); break;
      case Did::named: story_.names.emplace(op.task, op.text); break;
      case Did::transferred: {
        constexpr std::uint64_t kMost = INT64_MAX - 1;
        std::uint64_t& all = story_.bytes[op.task];
        all = std::min(kMost, all + std::min(kMost, static_cast<std::uint64_t>(op.value)));
        break;
      }
      case Did::measured: story_.gauges[op.subject][op.number] = op.at; break;
      case Did::paused:
        paused_.push_back(story_.pauses[tid_].size());
        story_.pauses[tid_].push_back({op.text, op.at, {}});
        break;
      case Did::resumed:
        story_.pauses[tid_][paused_.back()].end = op.at;
        paused_.pop_back();
        break;
      case Did::polling:
        story_.loops[op.subject].polls_without_timeout += op.value == 0;
        story_.loops[op.subject].complete = false;
        polling_ = op.at;
        break;
      case Did::polled: {
        LoopTold& loop = story_.loops[op.subject];
        ++loop.ticks;
        loop.complete = true;
        loop.idle_at_least += std::max(op.at.before, polling_.after) - polling_.after;
        loop.idle_at_most += op.at.after - polling_.before;
        break;
      }
      case Did::ready:
      case Did::due:
      case Did::late:
      case Did::loop_closed: break;
    }
  }

  void end_await(const Op& op) {
    const auto edge = std::find_if(story_.edges.rbegin(), story_.edges.rend(), [&op](const EdgeTold& of) {
      return of.await && of.from == op.task && of.to == op.other && !of.end;
    });
    edge->end = op.at;
  }

  Story& story_;
  std::uint32_t tid_ = 0;
  std::vector<std::pair<std::uint64_t, std::size_t>> open_;
  std::vector<std::size_t> paused_;
  Window polling_;
  std::vector<Op> finishes_;
};

}  // namespace

Story story_of(const Issued& issued, const std::map<std::uint32_t, std::uint64_t>& lengths) {
  Story story;
  Teller teller(story);
  for (const Thread& thread : issued.threads) {
    const auto length = lengths.find(thread.tid);
    if (length == lengths.end()) continue;
    teller.tell(thread, std::min<std::uint64_t>(length->second, thread.ops.size()));
  }
  teller.finish();
  return story;
}

}  // namespace loopscope::round_trip
