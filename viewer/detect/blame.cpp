#include "viewer/detect/blame.h"

#include <algorithm>
#include <cstdint>

namespace loopscope::detect {
namespace {

// How good an answer a frame is.
enum Rank { kNone, kLibrary, kOwnCode, kOwnFunction, kOwnLine };

Rank rank_of(const model::Frame& frame) {
  // Where programs and threads begin: named in any file, and never an answer.
  const bool entry = frame.function == "_start" || frame.function == "clone3";
  if (frame.library || entry) return frame.function.empty() ? kNone : kLibrary;
  if (frame.line != 0) return kOwnLine;
  return frame.function.empty() ? kOwnCode : kOwnFunction;
}

// One sample on the way from its outermost frame inwards.
struct Path {
  const model::StallSample* sample;
  std::size_t left;  // frames not gone through yet: the next one is stack[left - 1]
  const model::Frame* next() const { return left == 0 ? nullptr : &sample->stack[left - 1]; }
};

Nanos weight_of(const std::vector<Path>& paths) {
  Nanos weight = 0;
  for (const Path& path : paths) weight = add_saturating(weight, path.sample->weight);
  return weight;
}

// L. Kish's effective size of a weighted sample.
double equal_samples(const std::vector<Path>& paths) {
  double sum = 0;
  double squares = 0;
  for (const Path& path : paths) {
    const auto weight = static_cast<double>(path.sample->weight);
    sum += weight;
    squares += weight * weight;
  }
  return squares > 0 ? sum * sum / squares : 0;
}

// Paths whose next frame is the function that has the most of the weight; nullptr as function if all are at their end.
const model::Frame* heaviest_function(const std::vector<Path>& paths, std::vector<Path>& in_it) {
  const model::Frame* heaviest = nullptr;
  Nanos most = -1;
  for (const Path& path : paths) {
    const model::Frame* frame = path.next();
    // The first of its function speaks for all.
    if (frame == nullptr || (heaviest != nullptr && same_function(*frame, *heaviest))) continue;
    Nanos weight = 0;
    for (const Path& other : paths) {
      if (other.left != 0 && same_function(*other.next(), *frame)) weight += other.sample->weight;
    }
    if (weight > most) {
      most = weight;
      heaviest = frame;
    }
  }
  in_it.clear();
  for (const Path& path : paths) {
    if (path.left != 0 && same_function(*path.next(), *heaviest)) in_it.push_back(path);
  }
  return heaviest;
}

struct Candidate {
  Rank rank = kNone;
  std::vector<Path> paths;
};

// The lines of the function in which the paths are, heaviest first.
std::vector<LineShare> lines_of(const std::vector<Path>& paths) {
  std::vector<LineShare> lines;
  for (const Path& path : paths) {
    const model::Frame& frame = *path.next();
    const auto known = std::find_if(lines.begin(), lines.end(), [&](const LineShare& line) {
      return line.frame.line == frame.line && (frame.line != 0 || line.frame.function == frame.function);
    });
    if (known == lines.end()) {
      lines.push_back({frame, path.sample->weight});
    } else {
      known->weight = add_saturating(known->weight, path.sample->weight);
    }
  }
  std::stable_sort(lines.begin(), lines.end(),
                   [](const LineShare& a, const LineShare& b) { return a.weight > b.weight; });
  return lines;
}

}  // namespace

bool same_function(const model::Frame& a, const model::Frame& b) {
  if (a.function != b.function) return false;
  if (!a.file.empty() || !b.file.empty()) return a.file == b.file;
  return a.module == b.module && (!a.function.empty() || a.module_offset == b.module_offset);
}

Blame blame_of(std::span<const model::StallSample* const> samples) {
  Blame blame;
  std::vector<Path> paths;
  for (const model::StallSample* sample : samples) {
    if (!sample->stack.empty()) paths.push_back({sample, sample->stack.size()});
  }
  blame.weight = weight_of(paths);
  blame.samples = equal_samples(paths);
  Candidate best;
  std::vector<Path> inside;
  while (!paths.empty()) {
    const Nanos outside = weight_of(paths);
    const model::Frame* function = heaviest_function(paths, inside);
    if (function == nullptr || weight_of(inside) < outside / 2) break;
    if (const Rank rank = rank_of(*function); rank >= best.rank && rank != kNone) best = {rank, inside};
    paths.clear();
    for (Path path : inside) {
      if (--path.left != 0) paths.push_back(path);
    }
    // What ends here weighs as well: inside of it nothing has half of it, perhaps.
    if (weight_of(paths) < weight_of(inside) / 2) break;
  }
  if (best.paths.empty()) return blame;
  blame.lines = lines_of(best.paths);
  const model::Frame& line = blame.lines.front().frame;
  const auto shows_it = [&](const Path& path) {
    return path.next()->line == line.line && path.next()->function == line.function;
  };
  const Path& example =
      *std::max_element(best.paths.begin(), best.paths.end(), [&](const Path& a, const Path& b) {
        return shows_it(a) != shows_it(b) ? shows_it(b) : a.sample->weight < b.sample->weight;
      });
  const auto& stack = example.sample->stack;
  blame.stack.assign(stack.begin() + static_cast<std::ptrdiff_t>(example.left - 1), stack.end());
  if (blame.lines.size() > Blame::kMostLines) blame.lines.resize(Blame::kMostLines);
  return blame;
}

}  // namespace loopscope::detect
