// A store of blocks that is read through the thread pool, and a server that reads three at a time, one for each of its
// lanes. The disk is a pipe, so that how long it takes is known: a thread fills it. Loop thread, but for Disk::spin().
#pragma once

#include <unistd.h>
#include <uv.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <thread>

class Disk {
 public:
  // Gives so many blocks, each so much later than the one before was asked for.
  explicit Disk(std::chrono::milliseconds takes) : takes_(takes) {
    int ends[2];
    int wishes[2];
    if (pipe(ends) != 0 || pipe(wishes) != 0) {
      perror("pipe");
      exit(1);
    }
    file_ = ends[0];
    heads_ = ends[1];
    asks_ = wishes[1];
    asked_ = wishes[0];
    thread_ = std::thread([this] { spin(); });
  }
  ~Disk() {
    close(asks_);
    thread_.join();
  }

  // Before a block is read.
  uv_file seek() {
    if (write(asks_, "!", 1) != 1) abort();
    return file_;
  }

 private:
  void spin() {
    char wish = 0;
    while (read(asked_, &wish, 1) == 1) {
      std::this_thread::sleep_for(takes_);
      if (write(heads_, "block", 5) != 5) abort();
    }
  }

  std::chrono::milliseconds takes_;
  int file_, heads_, asks_, asked_;
  std::thread thread_;
};

// How long blocks took, by their own clock.
struct Reads {
  int count = 0;
  std::uint64_t total_ns = 0;
  std::uint64_t worst_ns = 0;

  void add(std::uint64_t ns) {
    ++count;
    total_ns += ns;
    if (ns > worst_ns) worst_ns = ns;
  }
  // One line of JSON.
  void print(int planted_line) const {
    printf("{\"planted_line\": %d, \"operations\": %d, \"waiting_total\": %.1f, \"lifetime_max\": %.1f}\n",
           planted_line, count, static_cast<double>(total_ns) / 1e6, static_cast<double>(worst_ns) / 1e6);
  }
};
