#include "tests/arch/arrows.h"

#include <sstream>

namespace loopscope::arch {
namespace {

// A folder, or files that share a stem: "viewer/analysis" covers viewer/analysis.cpp, viewer/analysis_test.cpp.
bool covers(std::string_view room, std::string_view path) {
  return path.starts_with(room) &&
         (path.size() == room.size() ||
          std::string_view("/._").find(path[room.size()]) != std::string_view::npos);
}

// Where an include points inside the repository; "" if outside.
std::string inside_tree(std::string_view from, std::string_view header,
                        const std::function<bool(const std::string&)>& exists) {
  for (std::string_view top : {"agent/", "viewer/", "tests/", "samples/"}) {
    if (header.starts_with(top)) return std::string(header);
  }
  if (header.starts_with("loopscope/")) return "agent/include/" + std::string(header);
  const std::string beside = std::string(from.substr(0, from.rfind('/') + 1)) + std::string(header);
  return exists(beside) ? beside : "";
}

}  // namespace

Arrows Arrows::parse(std::string_view table, std::vector<std::string>& problems) {
  Arrows arrows;
  std::istringstream lines{std::string(table)};
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    std::istringstream words(line);
    std::string what;
    std::string name;
    if (!(words >> what) || what.starts_with('#')) continue;
    const auto problem = [&](const std::string& text) {
      problems.push_back("line " + std::to_string(number) + ": " + text);
    };
    if (!(words >> name) || !name.ends_with(':')) {
      problem("no name ending in a colon after '" + what + "'");
      continue;
    }
    name.pop_back();
    std::vector<std::string> entries;
    for (std::string entry; words >> entry;) entries.push_back(entry);
    if (what == "library") {
      if (!arrows.libraries_.emplace(name, entries).second) problem("second library " + name);
    } else if (what == "room") {
      if (!arrows.rooms_.emplace(name, std::set(entries.begin(), entries.end())).second)
        problem("second room " + name);
    } else {
      problem("neither room nor library: " + what);
    }
  }
  for (const auto& [room, offers] : arrows.rooms_) {
    for (const std::string& offer : offers) {
      const bool known = offer.starts_with('<')
                             ? arrows.libraries_.contains(offer.substr(1, offer.size() - 2))
                             : arrows.rooms_.contains(offer);
      if (!known) problems.push_back("room " + room + ": there is no " + offer);
    }
  }
  return arrows;
}

std::string Arrows::room_of(std::string_view path) const {
  std::string best;
  for (const auto& [room, offers] : rooms_) {
    if (covers(room, path) && room.size() > best.size()) best = room;
  }
  return best;
}

std::string Arrows::library_of(std::string_view header) const {
  for (const auto& [name, headers] : libraries_) {
    for (const std::string& entry : headers) {
      if (header == entry || (entry.ends_with('/') && header.starts_with(entry))) return name;
    }
  }
  return "";
}

std::string Arrows::judge(std::string_view path, std::string_view header,
                          const std::function<bool(const std::string&)>& exists) const {
  const std::string room = room_of(path);
  if (room.empty()) return "the file is in no room of arrows.txt";
  const std::set<std::string>& offers = rooms_.at(room);

  const std::string target = inside_tree(path, header, exists);
  if (!target.empty()) {
    const std::string other = room_of(target);
    if (!exists(target)) return "there is no " + target;
    if (other.empty()) return target + " is in no room of arrows.txt";
    if (other == room || offers.contains(other)) return "";
    return "room " + room + " may not include room " + other;
  }
  const std::string library = library_of(header);
  if (!library.empty()) {
    return offers.contains("<" + library + ">") ? "" : "room " + room + " may not use library " + library;
  }
  if (header.find_first_of("./") == std::string_view::npos) return "";  // <vector>, <cstdint>
  return "no library of arrows.txt has this header";
}

std::vector<Include> includes_of(std::string_view source) {
  std::vector<Include> includes;
  std::istringstream lines{std::string(source)};
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    std::size_t at = line.find_first_not_of(" \t");
    if (at == std::string::npos || line[at] != '#') continue;
    at = line.find_first_not_of(" \t", at + 1);
    if (at == std::string::npos || line.compare(at, 7, "include") != 0) continue;
    at = line.find_first_not_of(" \t", at + 7);
    Include include{number, ""};
    if (at != std::string::npos && (line[at] == '<' || line[at] == '"')) {
      const std::size_t end = line.find(line[at] == '<' ? '>' : '"', at + 1);
      if (end != std::string::npos) include.header = line.substr(at + 1, end - at - 1);
    }
    includes.push_back(include);
  }
  return includes;
}

}  // namespace loopscope::arch
