#include "viewer/trace/watchdog.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "viewer/trace/id_map.h"

namespace loopscope::trace {

using namespace model;

namespace {

// Longer than any recording: 36 years.
constexpr std::uint64_t kFar = std::uint64_t{1} << 60;

Nanos nanos(std::uint64_t ns) { return static_cast<Nanos>(std::min(ns, kFar)); }

StallSample made(RawStallSample& raw, const TraceClock& clock) {
  StallSample sample;
  sample.at = clock.at(raw.ticks);
  sample.cause = cause_text(raw.cause);
  sample.stack_truncated = raw.truncated;
  constexpr std::uint64_t kMostNumber = 1u << 20;
  if (raw.system_call_plus_1 != 0 && raw.system_call_plus_1 <= kMostNumber) {
    sample.system_call = static_cast<int>(raw.system_call_plus_1 - 1);
  }
  sample.watchdog_late = nanos(raw.watchdog_late_ns);
  sample.trouble = std::move(raw.trouble);
  sample.stack.resize(raw.frames.size());
  for (std::size_t i = 0; i < raw.frames.size(); ++i) sample.stack[i].address = raw.frames[i];
  return sample;
}

}  // namespace

void Watchdog::add_stall(std::string_view message) {
  const RawStall raw = parse_stall(message);
  const auto known = stall_by_id_.find(raw.id);
  if (known != stall_by_id_.end()) {
    stalls_[known->second] = raw;  // told once more, when it was over
  } else if (stalls_.size() < kMaxWatchdogPackets) {
    stall_by_id_.emplace(raw.id, stalls_.size());
    stalls_.push_back(raw);
  }
}

void Watchdog::add_sample(std::string_view message) {
  if (samples_.size() >= kMaxWatchdogPackets) return;
  RawStallSample sample = parse_stall_sample(message);
  if (sample.frames.size() > kMaxSampleFrames) {
    sample.frames.resize(kMaxSampleFrames);
    sample.truncated = true;
  }
  samples_.push_back(std::move(sample));
}

void Watchdog::add_woken(std::string_view message) {
  if (woken_.size() >= kMaxWatchdogPackets) return;
  RawStallWoken woken = parse_stall_woken(message);
  woken_.emplace(woken.stall, std::move(woken));
}

void Watchdog::add_run_queue_wait(std::string_view message) {
  if (waits_.size() < kMaxWatchdogPackets) waits_.push_back(parse_run_queue_wait(message));
}

void Watchdog::sort(Trace& trace, const Definitions& names, const TraceClock& clock,
                    std::uint64_t& budget_bytes) {
  for (const RawStall& raw : stalls_) {
    const std::uint32_t thread = names.find_thread(raw.thread);
    if (thread == IdMap::kNone) continue;
    const Time begin = clock.at(raw.begin_ticks);
    Sighting sighting{begin,
                      raw.end_ticks == 0 ? kNever : std::max(begin, clock.at(raw.end_ticks)),
                      nanos(raw.run_queue_wait_ns),
                      nanos(raw.cpu_ns),
                      raw.suppressed,
                      raw.cause,
                      0,
                      {}};
    if (const auto woken = woken_.find(raw.id); woken != woken_.end()) {
      std::uint64_t bytes = 0;
      for (const std::string& name : woken->second.by) bytes += sizeof name + name.size();
      if (bytes <= budget_bytes) {
        budget_bytes -= bytes;
        sighting.woken_events = woken->second.events;
        sighting.woken_by = std::move(woken->second.by);
      }
    }
    threads_[thread].sightings.push_back(std::move(sighting));
  }
  for (RawStallSample& raw : samples_) {
    const auto stall = stall_by_id_.find(raw.stall);
    if (stall == stall_by_id_.end()) {
      ++trace.integrity.unmatched_events;
      continue;
    }
    const std::uint32_t thread = names.find_thread(stalls_[stall->second].thread);
    const std::uint64_t bytes = sizeof(StallSample) + raw.frames.size() * sizeof(Frame) + raw.trouble.size();
    if (thread == IdMap::kNone || bytes > budget_bytes) continue;
    budget_bytes -= bytes;
    threads_[thread].samples.push_back(made(raw, clock));
  }
  for (const RawRunQueueWait& raw : waits_) {
    const std::uint32_t thread = raw.thread == 0 ? RunQueueWait::kWatchdog : names.find_thread(raw.thread);
    if (raw.thread != 0 && thread == IdMap::kNone) continue;
    const Time from = clock.at(raw.from_ticks);
    trace.run_queue_waits.push_back(
        {thread, from, std::max(from, clock.at(raw.to_ticks)), nanos(raw.wait_ns)});
  }
  std::stable_sort(trace.run_queue_waits.begin(), trace.run_queue_waits.end(),
                   [](const RunQueueWait& a, const RunQueueWait& b) { return a.from < b.from; });
  for (const RunQueueWait& wait : trace.run_queue_waits) {
    if (wait.thread != RunQueueWait::kWatchdog) threads_[wait.thread].waits.push_back(wait);
  }
  for (auto& [thread, seen] : threads_) {
    std::stable_sort(seen.sightings.begin(), seen.sightings.end(),
                     [](const Sighting& a, const Sighting& b) { return a.begin < b.begin; });
    std::stable_sort(seen.samples.begin(), seen.samples.end(),
                     [](const StallSample& a, const StallSample& b) { return a.at < b.at; });
  }
  stalls_ = {};
  stall_by_id_ = {};
  woken_ = {};
  samples_ = {};
  waits_ = {};
}

bool read_stall_limit(const std::vector<std::string>& options, Nanos& limit) {
  constexpr std::string_view kName = "stall_ms=";
  constexpr std::uint32_t kMostMs = 3'600'000;
  for (const std::string& option : options) {
    if (!option.starts_with(kName)) continue;
    std::uint32_t ms = 0;
    const char* const end = option.data() + option.size();
    const auto [at, error] = std::from_chars(option.data() + kName.size(), end, ms);
    if (error != std::errc() || at != end || ms == 0 || ms > kMostMs) return false;  // "never"
    limit = Nanos{ms} * kMillisecond;
    return true;
  }
  return false;
}

}  // namespace loopscope::trace
