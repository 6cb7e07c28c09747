// Arrays for who must not call malloc: memory from the kernel, touched as it is filled, given back by the process's end.
// The child of a check, and its parent while the program's threads stand still.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>

namespace loopscope::reach {

template <class T>
class MappedArray {
 public:
  MappedArray() = default;
  MappedArray(const MappedArray&) = delete;
  MappedArray& operator=(const MappedArray&) = delete;

  // False if there is no address space for so many. Zeroes.
  bool reserve(std::size_t count) {
    void* const memory = mmap(nullptr, bytes_of(count), PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) return false;
    items_ = static_cast<T*>(memory);
    capacity_ = count;
    return true;
  }
  void give_back() {
    if (items_ != nullptr) munmap(items_, bytes_of(capacity_));
    items_ = nullptr;
    size_ = capacity_ = 0;
  }

  // False if it is full.
  bool push(const T& item) {
    if (size_ == capacity_) return false;
    items_[size_++] = item;
    return true;
  }
  T pop() { return items_[--size_]; }
  void set_size(std::size_t size) { size_ = size; }

  std::size_t size() const { return size_; }
  std::size_t capacity() const { return capacity_; }
  bool empty() const { return size_ == 0; }
  T& operator[](std::size_t at) { return items_[at]; }
  const T& operator[](std::size_t at) const { return items_[at]; }
  T* begin() { return items_; }
  T* end() { return items_ + size_; }
  const T* begin() const { return items_; }
  const T* end() const { return items_ + size_; }

 private:
  static std::size_t bytes_of(std::size_t count) { return (count == 0 ? 1 : count) * sizeof(T); }

  T* items_ = nullptr;
  std::size_t size_ = 0, capacity_ = 0;
};

}  // namespace loopscope::reach
