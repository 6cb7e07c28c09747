#include "viewer/trace/rare_packets.h"

#include <protozero/pbf_reader.hpp>
#include <utility>

#include "viewer/trace/definitions.h"
#include "viewer/trace/fields.h"
#include "viewer/trace/message.h"

namespace loopscope::trace {

using namespace model;
using protozero::pbf_reader;
using protozero::pbf_wire_type;

Anchor parse_anchor(std::string_view message) {
  Anchor anchor;
  anchor.seen = true;
  for_each_varint(message, [&](std::uint32_t tag, std::uint64_t value) {
    if (tag == field::anchor::ticks) anchor.ticks = value;
    if (tag == field::anchor::monotonic_ns) anchor.monotonic_ns = value;
  });
  return anchor;
}

Anchor parse_epoch(std::string_view message) {
  Anchor anchor;
  for_each_field(
      message, [](std::uint32_t, std::uint64_t) {},
      [&](pbf_reader& reader) {
        if (!is_bytes(reader, field::epoch::anchor)) return false;
        anchor = parse_anchor(view_of(reader));
        return true;
      });
  return anchor;
}

RawStall parse_stall(std::string_view message) {
  RawStall stall;
  for_each_varint(message, [&](std::uint32_t tag, std::uint64_t value) {
    switch (tag) {
      case field::stall::id: stall.id = value; break;
      case field::stall::thread: stall.thread = value; break;
      case field::stall::begin_ticks: stall.begin_ticks = value; break;
      case field::stall::end_ticks: stall.end_ticks = value; break;
      case field::stall::cause: stall.cause = value; break;
      case field::stall::run_queue_wait_ns: stall.run_queue_wait_ns = value; break;
      case field::stall::suppressed: stall.suppressed = value; break;
      case field::stall::cpu_ns: stall.cpu_ns = value; break;
      default: break;
    }
  });
  return stall;
}

RawStallSample parse_stall_sample(std::string_view message) {
  RawStallSample sample;
  for_each_field(
      message,
      [&](std::uint32_t tag, std::uint64_t value) {
        switch (tag) {
          case field::stall_sample::stall: sample.stall = value; break;
          case field::stall_sample::ticks: sample.ticks = value; break;
          case field::stall_sample::cause: sample.cause = value; break;
          case field::stall_sample::system_call_plus_1: sample.system_call_plus_1 = value; break;
          case field::stall_sample::watchdog_late_ns: sample.watchdog_late_ns = value; break;
          case field::stall_sample::frames_truncated: sample.truncated = value != 0; break;
          default: break;
        }
      },
      [&](pbf_reader& reader) {
        if (is_bytes(reader, field::stall_sample::trouble)) {
          sample.trouble = view_of(reader).substr(0, kMaxTextBytes);
          return true;
        }
        if (!is_bytes(reader, field::stall_sample::frames)) return false;
        const auto frames = reader.get_packed_fixed64();
        sample.frames.assign(frames.begin(), frames.end());
        return true;
      });
  return sample;
}

RawStallWoken parse_stall_woken(std::string_view message) {
  constexpr std::size_t kMost = 16;  // the agent tells four
  RawStallWoken woken;
  for_each_field(
      message,
      [&](std::uint32_t tag, std::uint64_t value) {
        if (tag == field::stall_woken::stall) woken.stall = value;
        if (tag == field::stall_woken::events) woken.events = value;
      },
      [&](pbf_reader& reader) {
        if (!is_bytes(reader, field::stall_woken::by)) return false;
        const std::string_view text = view_of(reader);
        if (woken.by.size() < kMost) woken.by.emplace_back(text.substr(0, kMaxTextBytes));
        return true;
      });
  return woken;
}

RawRunQueueWait parse_run_queue_wait(std::string_view message) {
  RawRunQueueWait wait;
  for_each_varint(message, [&](std::uint32_t tag, std::uint64_t value) {
    if (tag == field::run_queue_wait::thread) wait.thread = value;
    if (tag == field::run_queue_wait::from_ticks) wait.from_ticks = value;
    if (tag == field::run_queue_wait::to_ticks) wait.to_ticks = value;
    if (tag == field::run_queue_wait::wait_ns) wait.wait_ns = value;
  });
  return wait;
}

RawReachability parse_reachability(std::string_view message) {
  RawReachability check;
  for_each_field(
      message,
      [&](std::uint32_t tag, std::uint64_t value) {
        switch (tag) {
          case field::reachability::check: check.check = value; break;
          case field::reachability::ticks: check.ticks = value; break;
          case field::reachability::suspended: check.suspended = value; break;
          case field::reachability::reached: check.reached = value; break;
          case field::reachability::elsewhere: check.elsewhere = value; break;
          case field::reachability::unreachable: check.unreachable = value; break;
          case field::reachability::threads: check.threads = value; break;
          case field::reachability::heap_bytes: check.heap_bytes = value; break;
          case field::reachability::root_bytes: check.root_bytes = value; break;
          case field::reachability::duration_ns: check.duration_ns = value; break;
          case field::reachability::pause_ns: check.pause_ns = value; break;
          case field::reachability::at_exit: check.at_exit = value != 0; break;
          default: break;
        }
      },
      [&](pbf_reader& reader) {
        if (is_bytes(reader, field::reachability::trouble)) {
          check.trouble = view_of(reader).substr(0, kMaxTextBytes);
          return true;
        }
        if (!is_bytes(reader, field::reachability::tasks)) return false;
        const auto tasks = reader.get_packed_uint64();
        check.tasks.assign(tasks.begin(), tasks.end());
        return true;
      });
  return check;
}

RawLoss parse_loss(std::string_view message) {
  RawLoss loss;
  for_each_field(
      message,
      [&](std::uint32_t tag, std::uint64_t value) {
        if (tag == field::loss::reason) loss.reason = value;
        if (tag == field::loss::events) loss.events = value;
        if (tag == field::loss::from_ticks) loss.from_ticks = value;
        if (tag == field::loss::to_ticks) loss.to_ticks = value;
      },
      [&](pbf_reader& reader) {
        if (!is_bytes(reader, field::loss::detail)) return false;
        loss.detail = view_of(reader).substr(0, kMaxTextBytes);
        return true;
      });
  return loss;
}

RawEnd parse_end(std::string_view message) {
  RawEnd end;
  end.seen = true;
  for_each_field(
      message,
      [&](std::uint32_t tag, std::uint64_t value) {
        switch (tag) {
          case field::end::reason: end.reason = value; break;
          case field::end::exit_code: end.exit_code = static_cast<std::int32_t>(value); break;
          case field::end::exit_code_known: end.exit_code_known = value != 0; break;
          case field::end::signal: end.signal = value; break;
          case field::end::lost_events: end.lost_events = value; break;
          case field::end::recovered: end.recovered = value != 0; break;
          default: break;
        }
      },
      [&](pbf_reader& reader) {
        if (!is_bytes(reader, field::end::anchor)) return false;
        end.anchor = parse_anchor(view_of(reader));
        return true;
      });
  return end;
}

void parse_symbols(std::string_view message, AddressNames& names) {
  for_each_field(
      message, [](std::uint32_t, std::uint64_t) {},
      [&](pbf_reader& reader) {
        if (!is_bytes(reader, field::symbols::addresses)) return false;
        std::uint64_t address = 0;
        AddressKind kind = AddressKind::return_address;
        AddressNames::Frames frames;
        pbf_reader entry = reader.get_message();
        while (entry.next()) {
          if (entry.tag() == field::symbols::address::address &&
              entry.wire_type() == pbf_wire_type::fixed64) {
            address = entry.get_fixed64();
          } else if (entry.tag() == field::symbols::address::program_counter &&
                     entry.wire_type() == pbf_wire_type::varint) {
            kind = entry.get_bool() ? AddressKind::program_counter : AddressKind::return_address;
          } else if (is_bytes(entry, field::symbols::address::frames)) {
            NamedFrame& frame = frames.emplace_back();
            for_each_field(
                view_of(entry),
                [&](std::uint32_t tag, std::uint64_t value) {
                  if (tag == field::symbols::frame::line) frame.line = static_cast<std::uint32_t>(value);
                },
                [&](pbf_reader& text) {
                  if (is_bytes(text, field::symbols::frame::function)) {
                    frame.function = view_of(text);
                  } else if (is_bytes(text, field::symbols::frame::file)) {
                    frame.file = view_of(text);
                  } else {
                    return false;
                  }
                  return true;
                });
          } else {
            entry.skip();
          }
        }
        // All but the function that holds the code were inlined into the next one.
        for (std::size_t i = 0; i + 1 < frames.size(); ++i) frames[i].inlined = true;
        if (!frames.empty()) names.add(address, kind, std::move(frames));
        return true;
      });
}

std::string cause_text(std::uint64_t cause) {
  switch (cause) {
    case 1: return "running";
    case 2: return "system call";
    case kNotScheduled: return "not scheduled";
    case 4: return "page fault";
    default: return "";
  }
}

std::string loss_text(std::uint64_t reason) {
  switch (reason) {
    case 1: return "no free chunk in the pool";
    case 2: return "recorded from inside a record (signal handler)";
    case 3: return "more threads than slots";
    case 4: return "the trace could not be written";
    case 5: return "no room for definitions";
    case 6: return "the rings of the dead process were damaged";
    default: return "unknown";
  }
}

EndReason end_reason(std::uint64_t reason) {
  switch (reason) {
    case 1: return EndReason::exit;
    case 2: return EndReason::signal;
    case 4: return EndReason::stopped;
    case 5: return EndReason::exec;
    default: return EndReason::killed;
  }
}

}  // namespace loopscope::trace
