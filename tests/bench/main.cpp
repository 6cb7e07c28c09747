// Prints what recording and reading cost, beside the targets.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>

#include "tests/bench/machine.h"
#include "tests/bench/output.h"
#include "tests/bench/rows.h"

int main(int argc, char** argv) {
  using namespace loopscope::bench;
  CLI::App app{"Measures loopscope; times are multiples of one rdtsc of the same run"};
  std::vector<std::string> names;
  for (const Group& group : kGroups) names.emplace_back(group.name);
  std::string json, markdown;
  std::vector<std::string> only;
  bool save = false;
  bool keep_traces = false;
  app.add_option("--json", json, "also write the rows to FILE")->type_name("FILE");
  app.add_option("--markdown", markdown, "also put the table into PAGE, between its bench marks")
      ->type_name("PAGE");
  app.add_option("--only", only, "some groups of rows")->check(CLI::IsMember(names))->delimiter(',');
  app.add_flag("--save-baseline", save, "what is measured now is the baseline from now on");
  app.add_flag("--keep-traces", keep_traces, "leave them in bench_traces, beside bin");
  CLI11_PARSE(app, argc, argv);

  const std::string sources = LOOPSCOPE_BENCH_SOURCES;
  const std::string programs = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  const std::string folder = programs + "/../bench_traces";
  const std::string baseline = sources + "/baseline.json";
  std::filesystem::create_directories(folder);
  Run run{Table(read_baseline(baseline)), Control(), programs, sources, folder};
  fmt::print(stderr, "measuring; on a busy machine the figures are worse than the program\n");
  const OthersBusy others;
  for (int i = 0; i < 50; ++i) run.control.measure();
  for (const Group& group : kGroups) {
    if (only.empty() || std::find(only.begin(), only.end(), group.name) != only.end()) group.add_rows(run);
  }
  if (!keep_traces) std::filesystem::remove_all(folder);

  const Circumstances circumstances{run.control.median_ns(), others.processors()};
  run.table.print(circumstances);
  const auto written = [](bool ok, const std::string& path) {
    if (!ok) fmt::print(stderr, "cannot write {}\n", path);
    return ok;
  };
  bool all = true;
  if (!json.empty()) all &= written(write_json(run.table, circumstances, json), json);
  if (!markdown.empty()) all &= written(write_markdown(run.table, circumstances, markdown), markdown);
  if (save) all &= written(save_baseline(run.table, baseline), baseline);
  return all ? 0 : 1;
}
