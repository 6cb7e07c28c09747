#include "tests/golden/told.h"

#include <ostream>
#include <sstream>

#include "viewer/trace/process_header.h"
#include "viewer/trace/read_trace.h"

namespace loopscope::trace {
namespace {

using model::Trace;

struct Instant {
  Time at;
};

std::ostream& operator<<(std::ostream& out, Instant instant) {
  return instant.at == kNever ? out << "never" : out << instant.at;
}

struct TaskNumber {
  const Trace& trace;
  model::TaskIndex task;
};

std::ostream& operator<<(std::ostream& out, const TaskNumber& number) {
  return number.task == model::kNoTask ? out << "nobody" : out << number.trace.tasks.id(number.task);
}

std::ostream& operator<<(std::ostream& out, const Histogram& histogram) {
  out << histogram.count();
  if (histogram.count() != 0) out << " sum " << histogram.sum() << " max " << histogram.max();
  return out;
}

std::ostream& operator<<(std::ostream& out, const model::Frame& frame) {
  if (frame.address != 0) out << std::hex << frame.address << std::dec;
  return out << frame.function << '(' << frame.file << ':' << frame.line << ')';
}

const char* name_of(model::Outcome outcome) {
  constexpr const char* kNames[] = {"pending", "ok", "error", "cancelled", "abandoned"};
  return kNames[static_cast<int>(outcome)];
}

const char* name_of(model::EndReason reason) {
  constexpr const char* kNames[] = {"exit", "signal", "killed", "stopped", "exec", "running"};
  return kNames[static_cast<int>(reason)];
}

void tell_header(std::ostream& out, const ProcessHeader& header) {
  out << "version " << header.format_version << " session ";
  for (const char byte : header.session) out << (byte >= ' ' && byte <= '~' ? byte : '?');
  out << " parent " << header.parent_pid << " ticks a second " << header.ticks_per_second << " ring "
      << header.ring_path << '\n';
  for (const std::string& option : header.options) out << "option " << option << '\n';
}

void tell_process(std::ostream& out, const Trace& trace) {
  const model::Process& process = trace.process;
  out << "process " << process.pid << ' ' << process.executable << " agent " << process.agent_version
      << " clock " << process.clock << " started " << process.started_at_unix_ns << " cpus " << process.cpus
      << '\n';
  for (const std::string& argument : process.argv) out << "argument " << argument << '\n';
  out << "events " << trace.events << " from " << trace.begin << " to " << trace.end << " peak pending "
      << trace.peak_pending << " end " << name_of(trace.end_reason);
  if (trace.exit_code_known) out << " exit code " << trace.exit_code;
  if (trace.signal != 0) out << " signal " << trace.signal;
  out << '\n';
  out << "agent cpu " << trace.agent.cpu_ns << " bytes " << trace.agent.bytes << '\n';
}

void tell_integrity(std::ostream& out, const model::Integrity& integrity) {
  out << "lost " << integrity.lost_events << " unmatched " << integrity.unmatched_events << " damaged "
      << integrity.damaged_packets << " missing " << integrity.missing_packets << " skipped "
      << integrity.skipped_bytes << (integrity.complete() ? " complete" : " incomplete");
  if (integrity.torn_tail) out << " torn at " << integrity.torn_at;
  if (!integrity.end_seen) out << " without end";
  if (integrity.recovered) out << " recovered";
  out << '\n';
  for (const model::Integrity::Lost& lost : integrity.losses) {
    out << "loss " << lost.events << " from " << lost.from << " to " << lost.to << ' ' << lost.reason
        << (lost.detail.empty() ? "" : ": ") << lost.detail << '\n';
  }
}

void tell_tasks(std::ostream& out, const Trace& trace) {
  const model::TaskTable& tasks = trace.tasks;
  for (model::TaskIndex task = 0; task < tasks.size(); ++task) {
    out << "task " << tasks.id(task) << ' ' << trace.sites[tasks.site(task)].kind << " parent "
        << TaskNumber{trace, tasks.parent(task)} << " created " << tasks.created(task) << " finished "
        << Instant{tasks.finished(task)} << ' ' << name_of(tasks.outcome(task)) << " spans "
        << tasks.spans(task) << " run " << tasks.run_ns(task);
    if (const auto bytes = tasks.bytes(task)) out << " bytes " << *bytes;
    out << '\n';
  }
  for (const model::TaskName& name : trace.task_names)
    out << "name of " << TaskNumber{trace, name.task} << ' ' << name.name << '\n';
  for (const model::Label& label : trace.labels)
    out << "label of " << TaskNumber{trace, label.task} << ' ' << label.key << '=' << label.value << '\n';
  for (const model::Failure& failure : trace.failures) {
    out << "failure of " << TaskNumber{trace, failure.task} << " at " << failure.at << ' ' << failure.code
        << ' ' << failure.text << '\n';
  }
  for (const model::Edge& edge : trace.edges) {
    out << (edge.kind == model::Edge::Kind::await ? "await " : "cancel ") << TaskNumber{trace, edge.from}
        << " -> " << TaskNumber{trace, edge.to} << " from " << edge.begin << " to " << Instant{edge.end}
        << " at " << trace.sites[edge.site].kind << '\n';
  }
  for (const model::Span& span : trace.longest_spans) {
    out << "span of " << TaskNumber{trace, span.task} << " from " << span.begin << " for " << span.duration
        << " on " << trace.threads[span.thread].name;
    if (span.loop != model::kNoLoop) out << " in " << trace.loops[span.loop].kind;
    out << '\n';
  }
}

void tell_sites(std::ostream& out, const Trace& trace) {
  for (const model::Site& site : trace.sites) {
    out << "site " << site.id << ' ' << site.kind << " \"" << site.name << "\" flags " << site.flags
        << " created " << site.created << " finished " << site.finished << " failed " << site.failed
        << " cancelled " << site.cancelled << " abandoned " << site.abandoned << " spans " << site.spans
        << " run " << site.run_ns << " queue delay " << site.queue_delay << " lifetime " << site.lifetime
        << '\n';
    if (site.with_bytes != 0) out << "  bytes " << site.bytes << " of " << site.with_bytes << " tasks\n";
    if (site.made_wait != 0) out << "  made wait " << site.made_wait << " for " << site.made_wait_ns << '\n';
    for (const model::Frame& frame : site.stack) out << "  frame " << frame << '\n';
    if (site.stack_truncated) out << "  frame ...\n";
  }
}

void tell_stalls(std::ostream& out, const Trace& trace) {
  if (trace.watched) out << "watched, limit " << trace.stall_limit << '\n';
  for (const model::Stall& stall : trace.stalls) {
    out << (stall.is_tick ? "stall of a tick from " : "stall from ") << stall.begin << " for "
        << stall.duration << (stall.ended ? "" : " and on") << " task " << TaskNumber{trace, stall.task}
        << " loop " << (stall.loop == model::kNoLoop ? 0 : trace.loops[stall.loop].id) << " on "
        << trace.threads[stall.thread].name << ' ' << stall.cause;
    if (stall.cpu != model::Stall::kNotWatched) out << " cpu " << stall.cpu;
    if (stall.run_queue_wait != 0) out << " run queue " << stall.run_queue_wait;
    if (stall.suppressed != 0) out << " suppressed " << stall.suppressed;
    for (const std::string& name : stall.woken_by) out << ", woken by " << name;
    if (stall.woken_events != 0) out << ", of " << stall.woken_events;
    out << '\n';
    for (const model::StallSample& sample : stall.samples) {
      out << "  sample at " << sample.at << " weight " << sample.weight << " task "
          << TaskNumber{trace, sample.task} << ' ' << sample.cause;
      if (sample.system_call >= 0) out << ' ' << sample.system_call;
      if (sample.watchdog_late != 0) out << " late " << sample.watchdog_late;
      for (const model::Frame& frame : sample.stack) out << ' ' << frame;
      out << (sample.stack_truncated ? " ..." : "") << (sample.trouble.empty() ? "" : " no stack: ")
          << sample.trouble << '\n';
    }
  }
  if (trace.stalls_total != 0) out << "stalls " << trace.stalls_total << " for " << trace.stalls_ns << '\n';
  for (const model::RunQueueWait& wait : trace.run_queue_waits) {
    const bool itself = wait.thread == model::RunQueueWait::kWatchdog;
    out << "run queue of " << (itself ? "the watchdog" : trace.threads[wait.thread].name) << " from "
        << wait.from << " to " << wait.to << " for " << wait.wait << '\n';
  }
  for (const model::Waited& waited : trace.waited) {
    out << "waited " << TaskNumber{trace, waited.task} << " for " << TaskNumber{trace, waited.blocker}
        << " from " << waited.from << " for " << waited.waited << '\n';
  }
}

void tell_checks(std::ostream& out, const Trace& trace) {
  for (const model::ReachabilityCheck& check : trace.reachability_checks) {
    out << "check at " << check.at << (check.at_exit ? " at the exit" : "") << " suspended "
        << check.suspended << " reached " << check.reached << " elsewhere " << check.elsewhere
        << " unreachable " << check.unreachable << " threads " << check.threads << " heap "
        << check.heap_bytes << " roots " << check.root_bytes << " in " << check.duration << " pause "
        << check.pause << (check.trouble.empty() ? "" : " not proven: ") << check.trouble << '\n';
  }
  for (const model::NeverResumable& one : trace.never_resumable) {
    out << "never resumable " << TaskNumber{trace, one.task} << " proven at " << one.proven << '\n';
  }
}

void tell_loops(std::ostream& out, const Trace& trace) {
  for (const model::Loop& loop : trace.loops) {
    out << "loop " << loop.id << ' ' << loop.kind << " \"" << loop.name << "\" on " << loop.thread << ' '
        << loop.tid << " from " << loop.first << " to " << loop.last << " ticks " << loop.ticks << " busy "
        << loop.busy_ns << " idle " << loop.idle_ns << " lag " << loop.lag
        << (loop.lag_from_ticks ? " from ticks" : "") << " poll delay " << loop.poll_delay
        << " without timeout " << loop.zero_timeout_polls << '\n';
  }
  for (const model::Thread& thread : trace.threads) {
    out << "thread " << thread.id << ' ' << thread.tid << ' ' << thread.name << " events " << thread.events
        << '\n';
  }
}

void tell_names(std::ostream& out, const char* what, std::uint64_t address,
                const model::AddressNames::Frames* frames) {
  if (frames == nullptr) return;
  out << what << std::hex << address << std::dec;
  for (const model::NamedFrame& frame : *frames) {
    out << ' ' << frame.function << '(' << frame.file << ':' << frame.line << ')'
        << (frame.inlined ? " in" : "");
  }
  out << '\n';
}

void tell_rest(std::ostream& out, const ReadTrace& read) {
  for (const model::GaugeSeries& gauge : read.trace.gauges) {
    out << "gauge " << gauge.name << " in " << gauge.unit;
    for (std::size_t i = 0; i < gauge.at.size(); ++i) out << ' ' << gauge.number[i] << " at " << gauge.at[i];
    out << '\n';
  }
  for (const model::Pause& pause : read.trace.pauses) {
    out << "pause " << pause.kind << " from " << pause.begin << " for " << pause.duration << " on "
        << read.trace.threads[pause.thread].name << '\n';
  }
  for (const model::Module& module : read.trace.modules) {
    out << "module " << module.path << ' ' << module.build_id << std::hex << ' ' << module.start << " to "
        << module.end << " bias " << module.load_bias << std::dec << '\n';
  }
  // In no order of their own; the addresses of golden traces are below this.
  for (std::uint64_t address = 0x400000; address < 0x410000; ++address) {
    tell_names(out, "address ", address, read.embedded.find(address));
    tell_names(out, "program counter ", address,
               read.embedded.find(address, model::AddressKind::program_counter));
  }
  out << "embedded names " << read.embedded.size() << '\n';
}

}  // namespace

std::string told(std::span<const std::byte> file) {
  std::ostringstream out;
  const Result<ReadTrace> read = read_trace({file}, {});
  if (!read) {
    out << "error: " << read.error().text() << '\n';
    return out.str();
  }
  if (const Result<ProcessHeader> header = read_process_header(file)) tell_header(out, *header);
  tell_process(out, read->trace);
  tell_integrity(out, read->trace.integrity);
  tell_tasks(out, read->trace);
  tell_sites(out, read->trace);
  tell_loops(out, read->trace);
  tell_stalls(out, read->trace);
  tell_checks(out, read->trace);
  tell_rest(out, *read);
  return out.str();
}

}  // namespace loopscope::trace
