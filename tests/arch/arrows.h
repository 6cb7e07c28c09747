// The table of who may include what (arrows.txt), and the judgement of one include by it. Called by
// arrows_test only.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace loopscope::arch {

class Arrows {
 public:
  // Problems of the table itself, with their line, go to `problems`.
  static Arrows parse(std::string_view table, std::vector<std::string>& problems);

  // The room of a file named by its path from the repository's root; "" if it is in none.
  std::string room_of(std::string_view path) const;

  // What is wrong with an #include line of `path`; "" if nothing. `exists` says whether a path from the
  // repository's root is a file.
  std::string judge(std::string_view path, std::string_view header,
                    const std::function<bool(const std::string&)>& exists) const;

 private:
  std::string library_of(std::string_view header) const;

  std::map<std::string, std::vector<std::string>> libraries_;  // name to headers and folders
  std::map<std::string, std::set<std::string>> rooms_;         // path to rooms and <libraries>
};

struct Include {
  int line = 0;
  std::string header;  // "" if the line is no plain include: #include MACRO
};

// Every #include of a source text, in order.
std::vector<Include> includes_of(std::string_view source);

}  // namespace loopscope::arch
