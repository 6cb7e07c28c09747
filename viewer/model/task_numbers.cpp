// When a number gets a page and when only a hash entry.
#include "viewer/model/task_numbers.h"

namespace loopscope::model {
namespace {

// A page is 4 KiB. It is worth that once its tasks' own columns weigh as much: 64 tasks a page on average. The
// first pages are free, for programs with many threads and few tasks.
constexpr std::size_t kFreePages = 1024;
constexpr std::size_t kTasksPerPage = 64;

// How far apart the pages may lie: 256 KiB of directory for nothing, then 64 bytes a page in use.
constexpr std::size_t kFreeDirectory = 65536;
constexpr std::size_t kDirectoryPerPage = 16;

}  // namespace

std::uint32_t TaskNumbers::find_sparse(std::uint64_t number) const {
  const auto found = sparse_.find(number);
  return found == sparse_.end() ? kNone : found->second;
}

bool TaskNumbers::add_rarely(std::uint64_t number, std::uint32_t index) {
  if (find(number) != kNone) return false;
  const std::uint64_t page_number = number >> kPageBits;
  // A recorder that forgets old epochs starts far above 1; other threads' blocks may lie a little below.
  if (size_ == 0) first_page_ = page_number > kFreeDirectory / 2 ? page_number - kFreeDirectory / 2 : 0;
  const std::uint64_t offset = page_number - first_page_;
  if ((offset < directory_.size() && directory_[offset] != kNone) || add_page(offset)) {
    slots_[slot(directory_[offset], number)] = index;
  } else {
    sparse_.emplace(number, index);
  }
  ++size_;
  return true;
}

void TaskNumbers::reserve(std::size_t numbers) {
  // Every thread has a page that is not full yet.
  constexpr std::size_t kStartedPages = 64;
  slots_.reserve(numbers + kStartedPages * kPageSize);
}

bool TaskNumbers::add_page(std::uint64_t offset) {
  const std::size_t pages = slots_.size() / kPageSize;
  if (pages >= kFreePages + size_ / kTasksPerPage) return false;
  if (offset >= kFreeDirectory + pages * kDirectoryPerPage) return false;
  if (offset >= directory_.size()) directory_.resize(offset + 1, kNone);
  directory_[offset] = static_cast<std::uint32_t>(pages);
  slots_.resize(slots_.size() + kPageSize, kNone);
  return true;
}

}  // namespace loopscope::model
