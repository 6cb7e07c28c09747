// The matrix of patterns: every sick program of samples/patterns is recorded and analysed and must give its own detector
// as the top finding, with the line and the numbers that the program tells of itself; every twin must give nothing at
// warning or above. Prints each miss, and precision and recall of all.
//
//   pattern_matrix LOOPSCOPE PROGRAMS [--runs N] [--load] PATTERN...
//
// --load: two processes compute beside them. Exit code 1 if precision or recall is below 98 %, or a number is wrong.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace {

using Json = nlohmann::json;

constexpr double kEnough = 0.98;
constexpr double kTimesWithin = 0.15;
constexpr double kSuggestionsWithin = 0.5;  // estimates of what would do, not facts
constexpr int kLoad = 2;

struct Arguments {
  std::string loopscope;
  std::string programs;
  int runs = 1;
  bool load = false;
  std::vector<std::string> patterns;
};

struct Score {
  int right = 0;         // sick, and its own finding on top
  int missed = 0;        // sick, and another one on top or none
  int false_alarms = 0;  // a wrong finding on top, or a healthy one with any
  int wrong_numbers = 0;

  void add(const Score& other) {
    right += other.right;
    missed += other.missed;
    false_alarms += other.false_alarms;
    wrong_numbers += other.wrong_numbers;
  }
  double precision() const { return ratio(right, right + false_alarms); }
  double recall() const { return ratio(right, right + missed); }

 private:
  static double ratio(int part, int all) { return all == 0 ? 0 : static_cast<double>(part) / all; }
};

struct Run {
  int exit_code = -1;
  std::string output;
};

Run run(const std::string& command) {
  Run run;
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return run;
  std::array<char, 65536> part{};
  while (const std::size_t got = fread(part.data(), 1, part.size(), pipe))
    run.output.append(part.data(), got);
  const int status = pclose(pipe);
  run.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128;
  return run;
}

// "sequential_awaits" is found by "sequential-awaits".
std::string detector_of(std::string pattern) {
  std::replace(pattern.begin(), pattern.end(), '_', '-');
  return pattern;
}

bool is_alarm(const Json& finding) { return finding.at("severity") != "info"; }

std::string in_words(const Json& finding) {
  return finding.at("severity").get<std::string>() + " " + finding.at("detector").get<std::string>() + ": " +
         finding.at("title").get<std::string>();
}

bool names_line(const Json& finding, int line) {
  if (finding.at("site").at("line") == line || finding.at("created_at").at("line") == line) return true;
  const Json& lines = finding.at("lines");
  return std::any_of(lines.begin(), lines.end(), [&](const Json& one) { return one.at("line") == line; });
}

bool is_count(const std::string& unit) {
  return unit != "ms" && unit != "%" && unit != "1/s" && unit != "x" && unit != "s";
}

// What is wrong with the numbers of a finding, in words; one a line.
std::vector<std::string> differences(const Json& finding, const Json& truth, bool lost_events) {
  std::vector<std::string> wrong;
  for (const auto& [name, told] : truth.items()) {
    if (name == "planted_line") {
      if (told != 0 && !names_line(finding, told.get<int>()))
        wrong.push_back("line " + told.dump() + " is not named");
      continue;
    }
    if (name == "planted_function") {
      const std::string function = finding.at("site").at("function");
      if (function.find(told.get<std::string>()) == function.npos)
        wrong.push_back(told.dump() + " is not named");
      continue;
    }
    const Json& evidence = finding.at("evidence");
    if (!evidence.contains(name)) {
      wrong.push_back(name + " is no evidence of it");
      continue;
    }
    const double value = evidence.at(name).at("value").get<double>();
    const double expected = told.get<double>();
    const bool suggestion = name.starts_with("suggested");
    const bool exact = !suggestion && is_count(evidence.at(name).at("unit").get<std::string>());
    const double within = exact ? 0 : suggestion ? kSuggestionsWithin : kTimesWithin;
    // A program that spins creates more events than are kept: counts are lower bounds then, and the report says so.
    const bool same = std::abs(value - expected) <= within * std::abs(expected) ||
                      (exact && lost_events && value < expected);
    if (!same)
      wrong.push_back(name + " is " + std::to_string(value) + ", and " + std::to_string(expected) +
                      " in truth");
  }
  return wrong;
}

void say(const std::string& program, const std::string& what) {
  std::printf("  %-36s %s\n", program.c_str(), what.c_str());
  std::fflush(stdout);
}

// False if it could not be recorded and analysed, which is said.
bool record(const Arguments& arguments, const std::string& program, const std::string& folder,
            std::string& output, Json& report) {
  const std::string trace = folder + "/" + program + ".pb";
  const Run recorded = run("'" + arguments.loopscope + "' record -o '" + trace + "' -- '" +
                           arguments.programs + "/" + program + "' 2>'" + folder + "/stderr'");
  if (recorded.exit_code != 0) {
    say(program, "ended with exit code " + std::to_string(recorded.exit_code));
    return false;
  }
  output = recorded.output;
  const Run analysed = run("'" + arguments.loopscope + "' analyze --format json '" + trace + "'");
  report = Json::parse(analysed.output, nullptr, false);
  std::filesystem::remove(trace);
  if (analysed.exit_code == 0 && !report.is_discarded()) return true;
  say(program, "could not be analysed");
  return false;
}

Score sick(const Arguments& arguments, const std::string& pattern, const std::string& folder) {
  const std::string program = "pattern_" + pattern + "_sick";
  Score score;
  std::string output;
  Json report;
  if (!record(arguments, program, folder, output, report)) {
    ++score.missed;
    return score;
  }
  const Json& findings = report.at("findings");
  const bool any = !findings.empty() && is_alarm(findings[0]);
  if (!any || findings[0].at("detector") != detector_of(pattern)) {
    ++score.missed;
    score.false_alarms += any;
    say(program, findings.empty() ? "nothing was found" : "found first: " + in_words(findings[0]));
    return score;
  }
  ++score.right;
  const Json truth = Json::parse(output, nullptr, false);
  if (!truth.is_object()) {
    ++score.wrong_numbers;
    say(program, "did not tell the truth: " + output);
    return score;
  }
  for (const std::string& difference :
       differences(findings[0], truth, report.at("trace").at("lost_events") != 0)) {
    ++score.wrong_numbers;
    say(program, difference);
  }
  return score;
}

Score healthy(const Arguments& arguments, const std::string& pattern, const std::string& folder) {
  const std::string program = "pattern_" + pattern + "_healthy";
  Score score;
  std::string output;
  Json report;
  if (!record(arguments, program, folder, output, report)) {
    ++score.false_alarms;
    return score;
  }
  bool any = false;
  for (const Json& finding : report.at("findings")) {
    if (!is_alarm(finding)) continue;
    any = true;
    say(program, in_words(finding));
  }
  score.false_alarms += any;
  return score;
}

class Load {
 public:
  explicit Load(int processes) {
    for (int i = 0; i < processes; ++i) {
      const pid_t child = fork();
      if (child == 0) {
        for (volatile unsigned sum = 0;;) sum = sum + 1;
      }
      if (child > 0) children_.push_back(child);
    }
  }
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;
  ~Load() {
    for (const pid_t child : children_) {
      kill(child, SIGKILL);
      waitpid(child, nullptr, 0);
    }
  }

 private:
  std::vector<pid_t> children_;
};

bool parse(int argc, char** argv, Arguments& arguments) {
  std::vector<std::string> places;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--load") {
      arguments.load = true;
    } else if (word == "--runs" && i + 1 < argc) {
      arguments.runs = std::atoi(argv[++i]);
    } else {
      places.emplace_back(word);
    }
  }
  if (places.size() < 3 || arguments.runs < 1) return false;
  arguments.loopscope = places[0];
  arguments.programs = places[1];
  arguments.patterns.assign(places.begin() + 2, places.end());
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  if (!parse(argc, argv, arguments)) {
    std::fprintf(stderr, "usage: %s LOOPSCOPE PROGRAMS [--runs N] [--load] PATTERN...\n", argv[0]);
    return 2;
  }
  std::string folder = (std::filesystem::temp_directory_path() / "loopscope-patterns-XXXXXX").string();
  if (mkdtemp(folder.data()) == nullptr) {
    std::perror(folder.c_str());
    return 2;
  }
  const Load load(arguments.load ? kLoad : 0);
  Score all;
  for (const std::string& pattern : arguments.patterns) {
    Score score;
    for (int i = 0; i < arguments.runs; ++i) {
      score.add(sick(arguments, pattern, folder));
      score.add(healthy(arguments, pattern, folder));
    }
    std::printf("%-24s found %d of %d, %d false alarms, %d numbers wrong\n", pattern.c_str(), score.right,
                score.right + score.missed, score.false_alarms, score.wrong_numbers);
    all.add(score);
  }
  std::filesystem::remove_all(folder);
  std::printf("precision %.3f  recall %.3f  numbers wrong %d\n", all.precision(), all.recall(),
              all.wrong_numbers);
  return all.precision() >= kEnough && all.recall() >= kEnough && all.wrong_numbers == 0 ? 0 : 1;
}
