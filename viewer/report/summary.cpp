#include "viewer/report/summary.h"

#include <algorithm>
#include <array>
#include <map>

#include <fmt/format.h>

#include "viewer/base/text.h"

namespace loopscope::report {
namespace {

Nanos age(Time from, Time to) {
  Nanos difference = 0;
  return to <= from ? 0 : __builtin_sub_overflow(to, from, &difference) ? kNever - 1 : difference;
}

std::string signal_name(int signal) {
  // The same on every Linux of ours; 16 is unused on x86 and arm.
  static constexpr std::array<const char*, 32> kNames{
      "",     "HUP",  "INT",  "QUIT", "ILL",    "TRAP", "ABRT",  "BUS",  "FPE",  "KILL", "USR1",
      "SEGV", "USR2", "PIPE", "ALRM", "TERM",   "",     "CHLD",  "CONT", "STOP", "TSTP", "TTIN",
      "TTOU", "URG",  "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO",   "PWR",  "SYS"};
  return signal > 0 && signal < 32 ? kNames[static_cast<std::size_t>(signal)] : "";
}

}  // namespace

TaskSummary summary_of_tasks(const model::Trace& trace) {
  TaskSummary sum;
  std::map<std::string, std::size_t> known;
  for (const model::Site& site : trace.sites) {
    if (site.created == 0 && site.finished == 0) continue;
    sum.created += site.created;
    sum.finished += site.finished;
    sum.failed += site.failed;
    sum.cancelled += site.cancelled;
    sum.abandoned += site.abandoned;
    const auto [found, is_new] = known.try_emplace(site.kind, sum.by_kind.size());
    if (is_new) sum.by_kind.push_back({site.kind, 0, 0, 0, {}, {}});
    KindSummary& kind = sum.by_kind[found->second];
    kind.created += site.created;
    kind.finished += site.finished;
    kind.lifetime.merge(site.lifetime);
    kind.queue.merge(site.queue_delay);
  }
  const auto pending = [](const auto& of) { return of.created > of.finished ? of.created - of.finished : 0; };
  sum.pending = pending(sum);
  for (KindSummary& kind : sum.by_kind) kind.pending = pending(kind);
  std::stable_sort(sum.by_kind.begin(), sum.by_kind.end(), [](const KindSummary& a, const KindSummary& b) {
    if (a.pending != b.pending) return a.pending > b.pending;
    return a.created != b.created ? a.created > b.created : a.kind < b.kind;
  });
  return sum;
}

std::vector<model::SiteIndex> sites_by_pending(const model::Trace& trace) {
  std::vector<model::SiteIndex> order;
  for (model::SiteIndex index = 0; index < trace.sites.size(); ++index) {
    if (trace.sites[index].created > 0) order.push_back(index);
  }
  std::stable_sort(order.begin(), order.end(), [&](model::SiteIndex a, model::SiteIndex b) {
    const model::Site& left = trace.sites[a];
    const model::Site& right = trace.sites[b];
    return left.pending() != right.pending() ? left.pending() > right.pending()
                                             : left.created > right.created;
  });
  return order;
}

std::vector<Nanos> oldest_pending_age(const model::Trace& trace) {
  std::vector<Nanos> oldest(trace.sites.size(), 0);
  for (model::TaskIndex task = 0; task < trace.tasks.size(); ++task) {
    if (!trace.tasks.pending(task) || trace.tasks.site(task) >= oldest.size()) continue;
    Nanos& of_site = oldest[trace.tasks.site(task)];
    of_site = std::max(of_site, age(trace.tasks.created(task), trace.end));
  }
  return oldest;
}

double created_per_second(const model::Trace& trace, const model::Site& site) {
  const Nanos duration = subtract_saturating(trace.end, trace.begin);
  return duration <= 0 ? 0 : static_cast<double>(site.created) / (static_cast<double>(duration) / 1e9);
}

double share_never_finished(const model::Site& site) {
  if (site.created <= site.finished) return 0;
  return static_cast<double>(site.pending()) / static_cast<double>(site.created);
}

std::vector<LoopStalls> stalls_by_loop(const model::Trace& trace) {
  std::vector<LoopStalls> sums(trace.loops.size());
  for (const model::Stall& stall : trace.stalls) {
    if (stall.loop >= sums.size()) continue;
    ++sums[stall.loop].stalls;
    sums[stall.loop].blocked += std::clamp<Nanos>(stall.duration, 0, kNever - sums[stall.loop].blocked);
  }
  return sums;
}

double utilization(const model::Loop& loop) {
  const double busy = static_cast<double>(loop.busy_ns);
  const double all = busy + static_cast<double>(loop.idle_ns);
  return all > 0 ? std::clamp(busy / all, 0.0, 1.0) : 0;
}

std::vector<model::TaskIndex> parents_of(const model::Trace& trace, model::TaskIndex task, std::size_t most) {
  std::vector<model::TaskIndex> chain;
  if (task >= trace.tasks.size()) return chain;
  for (model::TaskIndex parent = trace.tasks.parent(task); parent < trace.tasks.size() && chain.size() < most;
       parent = trace.tasks.parent(parent)) {
    if (parent == task || std::find(chain.begin(), chain.end(), parent) != chain.end()) break;
    chain.push_back(parent);
  }
  return chain;
}

std::uint64_t forgotten_tasks(const model::Trace& trace) {
  std::uint64_t sum = 0;
  for (const model::Forgotten& forgotten : trace.forgotten) sum += forgotten.tasks;
  return sum;
}

std::string program_name(const model::Process& process) {
  if (!process.executable.empty()) return base_name(process.executable);
  return process.argv.empty() ? "" : base_name(process.argv.front());
}

std::string utc_text(std::int64_t unix_ns) {
  if (unix_ns <= 0) return "";
  const std::int64_t seconds = unix_ns / kSecond;
  const std::int64_t day = seconds / 86400;
  // Days to a date in the proleptic Gregorian calendar: H. Hinnant, "chrono-compatible low-level date algorithms".
  const std::int64_t shifted = day + 719468;
  const std::int64_t era = shifted / 146097;
  const std::int64_t day_of_era = shifted % 146097;
  const std::int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const std::int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t shifted_month = (5 * day_of_year + 2) / 153;
  const std::int64_t day_of_month = day_of_year - (153 * shifted_month + 2) / 5 + 1;
  const std::int64_t month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
  const std::int64_t year = year_of_era + era * 400 + (month <= 2 ? 1 : 0);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", year, month, day_of_month,
                     seconds / 3600 % 24, seconds / 60 % 60, seconds % 60, unix_ns / kMillisecond % 1000);
}

std::string end_text(const model::Trace& trace) {
  switch (trace.end_reason) {
    case model::EndReason::exit:
      return trace.exit_code_known ? fmt::format("exit code {}", trace.exit_code) : "exited";
    case model::EndReason::signal: {
      const std::string name = signal_name(trace.signal);
      return fmt::format("killed by signal {}{}", trace.signal, name.empty() ? "" : " (SIG" + name + ")");
    }
    case model::EndReason::killed: return "ended without a word";
    case model::EndReason::stopped: return "recording stopped while it ran on";
    case model::EndReason::exec: return "became another program (exec)";
    case model::EndReason::running: return "still running";
  }
  return "";
}

std::string end_word(model::EndReason reason) {
  switch (reason) {
    case model::EndReason::exit:
    case model::EndReason::exec: return "exit";
    case model::EndReason::signal: return "signal";
    case model::EndReason::killed: return "killed";
    case model::EndReason::stopped:
    case model::EndReason::running: break;
  }
  return "running";
}

}  // namespace loopscope::report
