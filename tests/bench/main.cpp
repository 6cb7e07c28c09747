// Prints what recording and reading cost, beside the targets. usage: loopscope_bench [--json FILE] [--only GROUP]
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>

#include "tests/bench/micro.h"
#include "tests/bench/whole.h"

int main(int argc, char** argv) {
  using namespace loopscope::bench;
  CLI::App app{"Measures loopscope; times are multiples of one rdtsc of the same run"};
  std::string json;
  app.add_option("--json", json, "also write the rows to FILE")->type_name("FILE");
  std::string only;
  app.add_option("--only", only, "one group of rows")
      ->check(CLI::IsMember({"micro", "workload", "flat-out", "preload"}));
  CLI11_PARSE(app, argc, argv);

  const std::string bin = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  const std::string folder = bin + "/../bench_traces";
  std::filesystem::create_directories(folder);
  Table table(measure_control());
  fmt::print(stderr, "measuring; on a busy machine the figures are worse than the program\n");
  const auto wanted = [&](const char* group) { return only.empty() || only == group; };
  if (wanted("micro")) add_micro_rows(table, folder);
  if (wanted("workload")) add_workload_rows(table, folder);
  if (wanted("flat-out")) add_flat_out_rows(table, bin, folder);
  if (wanted("preload")) add_preload_rows(table, bin, folder);
  std::filesystem::remove_all(folder);
  table.print();
  if (!json.empty() && !table.write_json(json)) {
    fmt::print(stderr, "cannot write {}\n", json);
    return 1;
  }
  return 0;
}
