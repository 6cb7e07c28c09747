// Losses, torn and damaged files, the agent's cost, pending summaries, ends.
#include "tests/golden/features.h"

namespace loopscope::golden {

using namespace testing;

namespace {

// Something to lose the rest of: one task a batch.
TraceWriter three_batches() {
  TraceWriter trace;
  const std::uint32_t main = trace.thread("main", 4711);
  const std::uint32_t site = trace.site("work");
  for (std::uint64_t i = 1; i <= 3; ++i)
    trace.batch(main, i, {task_created(ms(i), i, site), task_finished(ms(i + 1), i)}, Packing::raw);
  return trace;
}

std::string ended(const End& end) {
  TraceWriter trace = three_batches();
  Packet packet;
  *packet.mutable_end() = end;
  packet.mutable_end()->mutable_anchor()->set_ticks(ms(11));
  packet.mutable_end()->mutable_anchor()->set_monotonic_ns(5'000'000 + 11'000'000);
  packet.mutable_end()->set_events(6);
  return trace.packet(packet).bytes();
}

}  // namespace

std::string losses() {
  TraceWriter trace = three_batches();
  const auto lose = [&trace](Loss::Reason reason, std::uint64_t events, const std::string& detail) {
    Packet packet;
    Loss& loss = *packet.mutable_loss();
    loss.set_reason(reason);
    loss.set_events(events);
    loss.set_detail(detail);
    if (reason == Loss::POOL_EMPTY || reason == Loss::RING_DAMAGED) {
      loss.set_thread(1);
      loss.set_from_ticks(ms(3));
      loss.set_to_ticks(ms(5));
    }
    trace.packet(packet);
  };
  lose(Loss::POOL_EMPTY, 1009, "");
  lose(Loss::REENTERED, 2, "");
  lose(Loss::NO_THREAD_SLOT, 3, "");
  lose(Loss::WRITE_FAILED, 5, "No space left on device");
  lose(Loss::DEFINITION_DROPPED, 7, "");
  lose(Loss::RING_DAMAGED, 11, "a chunk holds something that is no record");
  Packet end;
  end.mutable_end()->set_reason(End::EXIT);
  end.mutable_end()->set_exit_code_known(true);
  end.mutable_end()->set_events(6);
  end.mutable_end()->set_lost_events(1009 + 2 + 3 + 5 + 7 + 11);
  return trace.packet(end).bytes();
}

std::string torn_tail() {
  std::string bytes = three_batches().bytes();
  bytes.resize(bytes.size() - 13);
  return bytes;
}

// A byte of the second batch flipped, the third never written, something else in the file instead.
std::string damage() {
  TraceWriter trace = three_batches();
  const std::size_t packets = trace.offsets().size() - 1;
  const std::size_t second = trace.offsets()[packets - 2];
  const std::size_t third = trace.offsets()[packets - 1];
  trace.skip_sequence(2);
  const std::size_t end = trace.bytes().size();
  trace.end(End::EXIT, 0, ms(11));
  std::string bytes = trace.bytes();
  bytes[(second + third) / 2] ^= 1;
  return bytes.substr(0, third) + "\x0a\x05not a packet" + bytes.substr(end);
}

std::string agent_cost() {
  TraceWriter trace = three_batches();
  for (std::uint64_t i = 1; i <= 2; ++i) {
    Packet packet;
    AgentCost& cost = *packet.mutable_agent_cost();
    cost.set_cpu_ns(i * 1'300'000);
    cost.set_events(i * 3);
    cost.set_lost_events(i * 17);
    cost.set_bytes_written(i * 1009);
    cost.set_resident_bytes(i * 65'536);
    cost.set_ticks(ms(5 + i));
    trace.packet(packet);
  }
  return trace.end(End::EXIT, 0, ms(11)).bytes();
}

// What a flight recorder says of the epochs it dropped.
std::string pending_summary() {
  TraceWriter trace;
  const std::uint32_t site = trace.site("work");
  Packet packet;
  PendingSummary& summary = *packet.mutable_pending_summary();
  summary.set_ticks(ms(1));
  PendingSummary::BySite& work = *summary.add_sites();
  work.set_site(site);
  work.set_pending(23);
  for (const std::uint64_t task : {2, 3, 5, 7}) work.add_oldest_tasks(task);
  work.set_oldest_created_ticks(500);
  trace.packet(packet);
  trace.batch(1, 7, {task_finished(ms(2), 3), task_created(ms(3), 101, site)});
  return trace.end(End::EXIT, 0, ms(5)).bytes();
}

std::string end_exit() {
  End end;
  end.set_reason(End::EXIT);
  end.set_exit_code(-3);
  end.set_exit_code_known(true);
  return ended(end);
}

std::string end_signal() {
  End end;
  end.set_reason(End::SIGNAL);
  end.set_signal(11);
  return ended(end);
}

std::string end_killed() {
  End end;
  end.set_reason(End::KILLED);
  end.set_recovered(true);
  return ended(end);
}

std::string end_stopped() {
  End end;
  end.set_reason(End::STOPPED);
  return ended(end);
}

std::string end_exec() {
  End end;
  end.set_reason(End::EXEC);
  return ended(end);
}

}  // namespace loopscope::golden
