#include "viewer/gui/loading.h"

#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <utility>

namespace loopscope::gui {
namespace {

using Clock = std::chrono::steady_clock;

// How often a followed file is looked at. The writer brings it up to date every 100 ms.
constexpr std::chrono::milliseconds kLook{25};
// Reading all of a large trace again takes its time: between two readings it rests for as long as one took, so that
// following costs half a processor at most. Its headers are shown meanwhile.
constexpr int kRest = 1;

// What is no trace by then is another file.
constexpr std::chrono::seconds kLongestBeginning{3};

struct FileState {
  off_t size = -1;
  timespec changed{};
  bool operator==(const FileState& other) const {
    return size == other.size && changed.tv_sec == other.changed.tv_sec &&
           changed.tv_nsec == other.changed.tv_nsec;
  }
};

FileState state_of(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) return {};
  return {status.st_size, status.st_mtim};
}

void rest(const std::stop_token& stop, Clock::duration time) {
  std::mutex mutex;
  std::unique_lock lock(mutex);
  std::condition_variable_any().wait_for(lock, stop, time, [] { return false; });
}

}  // namespace

void Loading::start(const std::string& path, bool follow) {
  cancel();
  path_ = path;
  ended_ = false;
  progress_ = 0;
  reading_ = true;
  following_ = follow;
  thread_ = std::jthread([this, follow](const std::stop_token& stop) { run(stop, follow); });
}

void Loading::cancel() {
  if (thread_.joinable()) {
    thread_.request_stop();
    thread_.join();
  }
  reading_ = following_ = false;
  const std::lock_guard lock(mutex_);
  news_ = {};
}

Loading::News Loading::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(news_, {});
}

template <class Change>
void Loading::tell(Change change) {
  {
    const std::lock_guard lock(mutex_);
    change(news_);
  }
  wake_();
}

void Loading::run(const std::stop_token& stop, bool follow) {
  try {
    known_names_ = no_names_yet();
    if (follow) wait_for_beginning(stop);
    read_headers();
    const bool readable = read_once(stop, false);
    if (follow && readable && !stop.stop_requested()) follow_file(stop);
  } catch (const std::exception& failure) {  // an exhausted memory
    tell([&](News& news) {
      news.error = Error{failure.what(), path_, "try: loopscope analyze --streaming"};
    });
  }
  reading_ = following_ = false;
  wake_();
}

// A recording that was started a moment ago has no file yet, or one without its first packet.
void Loading::wait_for_beginning(const std::stop_token& stop) {
  while (!stop.stop_requested() && state_of(path_).size <= 0) rest(stop, kLook);
  const Clock::time_point until = Clock::now() + kLongestBeginning;
  while (!stop.stop_requested() && Clock::now() < until && !trace::read_overview(path_)) rest(stop, kLook);
}

void Loading::read_headers() {
  Result<trace::Overview> overview = trace::read_overview(path_);
  if (!overview) return;  // read_once() says why
  auto shared = std::make_shared<const trace::Overview>(std::move(*overview));
  tell([&](News& news) { news.overview = std::move(shared); });
}

bool Loading::read_once(const std::stop_token& stop, bool same_trace) {
  reading_ = true;
  AnalyzeOptions options;
  options.timeline = true;
  options.known_names = known_names_;
  options.progress = [&](double share) {
    progress_.store(share, std::memory_order_relaxed);
    return !stop.stop_requested();
  };
  Result<Analysis> analysis = analyze(path_, options);
  reading_ = false;
  if (stop.stop_requested()) return false;
  if (!analysis) {
    tell([&](News& news) { news.error = analysis.error(); });
    return false;
  }
  ended_ = analysis->trace.integrity.end_seen;
  auto shared = std::make_shared<const Analysis>(std::move(*analysis));
  tell([&](News& news) {
    news.same_trace = same_trace && (news.analysis == nullptr || news.same_trace);
    news.analysis = std::move(shared);
  });
  return true;
}

void Loading::follow_file(const std::stop_token& stop) {
  FileState read;
  Clock::time_point ready = Clock::now();
  while (!stop.stop_requested() && !ended_) {
    const FileState now = state_of(path_);
    if (now.size < 0) break;  // it is gone: what was read stays
    if (now == read) {
      rest(stop, kLook);
      continue;
    }
    if (Clock::now() < ready) {
      read_headers();
      rest(stop, std::min<Clock::duration>(ready - Clock::now(), 4 * kLook));
      continue;
    }
    const Clock::time_point began = Clock::now();
    if (!read_once(stop, true)) break;
    read = now;
    ready = Clock::now() + kRest * (Clock::now() - began);
  }
}

}  // namespace loopscope::gui
