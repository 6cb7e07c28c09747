// Process header, definitions, symbols.
#include "tests/golden/features.h"

namespace loopscope::golden {

using namespace testing;

std::string process_header() {
  TraceWriter trace = TraceWriter::empty();
  Process process;
  process.set_format_version(1);
  process.set_agent_version("0.1");
  process.set_session("fedcba9876543210");
  process.set_pid(4711);
  process.set_parent_pid(4703);
  process.set_executable("/usr/bin/server");
  for (const char* argument : {"server", "--port", "", "8081"}) process.add_argv(argument);
  process.set_started_at_unix_ns(1'700'000'000'123'456'789);
  process.mutable_clock()->set_source(Clock::TSC);
  process.mutable_clock()->set_rule(Clock::CHAINED);
  process.mutable_clock()->set_ticks_per_second(2'600'000'000);
  process.set_cpus(17);
  process.set_ring_path("/dev/shm/loopscope-4711.ring");
  process.set_kernel("Linux 6.1.0");
  process.set_machine("x86_64");
  process.set_working_directory("/srv");
  process.add_options("ring_bytes=33554432");
  process.add_options("precise=0");
  trace.process(process);
  trace.anchor(2'600'000'000, 7'000'000'000);
  // One second later, of 2.6 billion ticks.
  return trace.end(End::EXIT, 0, 5'200'000'000).bytes();
}

std::string definitions() {
  TraceWriter trace;
  Definitions all;
  const auto string = [&all](const std::string& text, bool truncated = false) {
    InternedString& interned = *all.add_strings();
    interned.set_id(static_cast<std::uint32_t>(all.strings_size()));
    interned.set_text(text);
    interned.set_truncated(truncated);
    return interned.id();
  };
  const auto site = [&all](std::uint32_t kind, std::uint32_t flags) -> Site& {
    Site& added = *all.add_sites();
    added.set_id(static_cast<std::uint32_t>(all.sites_size()));
    added.set_kind_string(kind);
    added.set_flags(flags);
    return added;
  };
  const std::uint32_t timer = string("uv_timer");
  const std::uint32_t coroutine = string("coroutine");
  const std::uint32_t cut = string("a name so long that its end is lo", true);
  const std::uint32_t libuv = string("libuv");
  const std::uint32_t loop_name = string("main loop");

  // A caller's address, and the same place with the stack behind it.
  Site& caller = site(timer, Site::SUBSCRIPTION);
  caller.add_frames(0x401000);
  caller.set_frames_truncated(true);
  Site& refined = site(timer, Site::SUBSCRIPTION);
  for (const std::uint64_t address : {0x401000ul, 0x402000ul, 0x7f0000001234ul}) refined.add_frames(address);
  refined.set_base_site(caller.id());
  // A source position known without a stack.
  Site& placed = site(coroutine, Site::DETACHED);
  placed.set_name_string(cut);
  placed.set_file_string(string("server.cpp"));
  placed.set_function_string(string("serve(int)"));
  placed.set_line(101);
  site(timer, Site::INTERNAL | Site::TEARDOWN);
  site(coroutine, Site::SYNCHRONOUS);

  Thread& thread = *all.add_threads();
  thread.set_id(1);
  thread.set_tid(4711);
  thread.set_name("server");
  Loop& loop = *all.add_loops();
  loop.set_id(1);
  loop.set_kind_string(libuv);
  loop.set_name_string(loop_name);
  loop.set_thread(1);

  Module& program = *all.add_modules();
  program.set_id(1);
  program.set_path("/usr/bin/server");
  program.set_build_id("\x01\x23\xab\xcd");
  program.set_start(0x400000);
  program.set_end(0x500000);
  program.set_load_bias(0x3ff000);
  Module& plugin = *all.add_modules();
  plugin.set_id(2);
  plugin.set_path("/usr/lib/plugin.so");
  plugin.set_start(0x7f0000000000);
  plugin.set_end(0x7f0000002000);
  plugin.set_loaded_ticks(ms(3));
  plugin.set_unloaded_ticks(ms(7));

  Gauge& gauge = *all.add_gauges();
  gauge.set_id(1);
  gauge.set_name_string(string("queue"));
  gauge.set_unit_string(string("requests"));
  trace.define(all);

  std::vector<Event> events;
  for (std::uint32_t id = 1; id <= 5; ++id) events.push_back(task_created(ms(id), id, id));
  trace.batch(1, 1, events);
  return trace.end(End::EXIT, 0, ms(11)).bytes();
}

std::string symbols() {
  TraceWriter trace;
  const std::uint32_t site = trace.site("uv_timer", {0x401000, 0x402000});
  trace.batch(trace.thread("main", 4711), 1, {task_created(ms(1), 1, site)});
  trace.end(End::EXIT, 0, ms(2));
  // Behind the end: `loopscope record` appends them.
  Packet packet;
  Symbols& names = *packet.mutable_symbols();
  const auto frame = [](Symbols::Address& address, const char* function, const char* file,
                        std::uint32_t line) {
    Symbols::Frame& added = *address.add_frames();
    added.set_function(function);
    added.set_file(file);
    added.set_line(line);
  };
  Symbols::Address& inlined = *names.add_addresses();
  inlined.set_address(0x401000);
  inlined.set_module(1);
  frame(inlined, "start_timer", "timer.h", 13);
  frame(inlined, "serve(int)", "server.cpp", 101);
  Symbols::Address& plain = *names.add_addresses();
  plain.set_address(0x402000);
  plain.set_module(1);
  frame(plain, "main", "", 0);
  return trace.packet(packet).bytes();
}

std::string program_counters() {
  TraceWriter trace;
  const std::uint32_t site = trace.site("uv_timer", {0x401000, 0x402000});
  trace.batch(trace.thread("main", 4711), 1, {task_created(ms(1), 1, site)});
  trace.end(End::EXIT, 0, ms(2));
  // One address where a call returned to, and where a thread was.
  Packet packet;
  for (const bool program_counter : {false, true}) {
    Symbols::Address& address = *packet.mutable_symbols()->add_addresses();
    address.set_address(0x401000);
    address.set_program_counter(program_counter);
    Symbols::Frame& frame = *address.add_frames();
    frame.set_function(program_counter ? "second" : "first");
    frame.set_line(program_counter ? 103 : 101);
  }
  return trace.packet(packet).bytes();
}

}  // namespace loopscope::golden
