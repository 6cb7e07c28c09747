#include "viewer/cli/record_arguments.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstring>
#include <iostream>

#include "viewer/cli/record.h"

namespace loopscope::cli {

std::optional<RecordOptions> parse_record_arguments(int argc, char** argv, int& status) {
  RecordOptions options;
  bool no_children = false;
  bool no_symbols = false;
  CLI::App app(
      "Runs a program with the agent preloaded and records what its event loops do. Standard input, output\n"
      "and error, signals and the exit code are the program's own; 125 if it could not be started.",
      "loopscope record");
  app.footer(
      "The program and its arguments follow behind --, for example:\n"
      "  loopscope record -o trace.pb -- nvim --headless -S script.lua");
  app.add_option("-o,--output", options.trace,
                 "The trace (trace.pb). Other processes of the program write\n"
                 "trace.PID.pb beside it");
  app.add_flag("--analyze", options.analyze, "Print the analysis when the program has ended");
  app.add_flag("--no-children", no_children, "Only the first process that runs a loop, not what it starts");
  app.add_flag("--no-symbols", no_symbols, "Embed no names; the trace is then best read on this machine");
  app.add_flag("--precise", options.precise, "Read the clock for every event (costs about 10 ns more each)");
  app.add_option("--ring-bytes", options.ring_bytes,
                 "Memory for events not yet written, such as 128MiB (64 MiB)")
      ->transform(CLI::AsSizeValue(false))
      ->check(CLI::Range(std::uint64_t{1} << 20, std::uint64_t{1} << 32));
  app.add_option("--max-frames", options.max_frames, "Depth of creation stacks (24)")
      ->check(CLI::Range(1, 128));
  const CLI::Validator limit = CLI::IsMember({"never"}) | CLI::Range(1, 60'000);
  app.add_option("--stall-ms", options.stall_ms,
                 "What holds a loop for longer is a stall (10); never: no watchdog")
      ->check(limit);
  app.add_option("--stall-sample-ms", options.stall_sample_ms, "Between two samples of a stall, at first (5)")
      ->check(CLI::Range(1, 1'000));
  app.add_option("--blocking-ms", options.blocking_ms,
                 "A call of libc that blocks a loop for longer is recorded (1); never: none")
      ->check(limit);
  app.add_option("--allow-blocking", options.allow_blocking,
                 "Calls that may block, or functions that may make them: fsync,read_config");
  app.add_flag("--abort-on-blocking", options.abort_on_blocking,
               "Abort the program at the first blocking call that is not allowed, for CI");
  app.add_flag("--prove-leaks{2000}", options.prove_leaks_ms,
               "When the program exits, search a copy of it for coroutines that nothing\n"
               "refers to any more, for at most 2000 ms; --prove-leaks=MS for another time")
      ->check(CLI::Range(1, 60'000));
  app.add_flag("--live", options.live, "Show how it goes even if the program writes to this terminal");
  app.prefix_command();

  char** end = argv + argc;
  char** separator = std::find_if(argv, end, [](const char* word) { return std::strcmp(word, "--") == 0; });
  try {
    app.parse(static_cast<int>(separator - argv), argv);
    options.program = app.remaining();
    if (separator != end) {
      if (!options.program.empty()) throw CLI::ExtrasError(options.program);
      options.program.assign(separator + 1, end);
    }
    // An option that stopped the parsing is a mistake, not a program.
    if (!options.program.empty() && separator == end && options.program[0].front() == '-') {
      throw CLI::ExtrasError(options.program);
    }
    if (options.program.empty()) throw CLI::RequiredError("program");
  } catch (const CLI::CallForHelp&) {
    std::cout << app.help();
    status = 0;
    return std::nullopt;
  } catch (const CLI::ParseError& error) {
    std::cerr << "loopscope: " << error.what()
              << "\nTry: loopscope record -o trace.pb -- PROGRAM ARGUMENTS...\n";
    status = kCannotStart;
    return std::nullopt;
  }
  options.children = !no_children;
  options.symbols = !no_symbols;
  return options;
}

}  // namespace loopscope::cli
