// A server that answers requests from the disk: three lanes, on each one request after another. Loop thread.
#pragma once

#include <memory>

#include "samples/patterns/slow_io/disk.h"

class Lanes {
 public:
  // Until so many requests are answered. The line of the read that each of them waits for is the answer.
  static int run(int requests, std::chrono::milliseconds disk_takes, Reads& reads) {
    Lanes lanes{requests, reads};
    for (auto& lane : lanes.lane_) {
      lane = std::make_unique<Lane>(lanes, disk_takes);
      lanes.next(*lane);
    }
    uv_run(uv_default_loop(), UV_RUN_DEFAULT);
    return lanes.line_;
  }

 private:
  struct Lane {
    Lane(Lanes& owner, std::chrono::milliseconds disk_takes) : lanes(owner), disk(disk_takes) {}
    Lanes& lanes;
    Disk disk;
    uv_fs_t read{};
    char block[5] = {};
    std::uint64_t asked_ns = 0;
  };

  Lanes(int requests, Reads& reads) : left_(requests), reads_(reads) {}

  void next(Lane& lane) {
    if (left_-- <= 0) return;
    lane.read.data = &lane;
    lane.asked_ns = uv_hrtime();
    uv_buf_t buffer = uv_buf_init(lane.block, sizeof lane.block);
    const uv_file file = lane.disk.seek();
    line_ = __LINE__ + 1;
    uv_fs_read(uv_default_loop(), &lane.read, file, &buffer, 1, -1, on_read);
  }

  static void on_read(uv_fs_t* read) {
    Lane& lane = *static_cast<Lane*>(read->data);
    uv_fs_req_cleanup(read);
    lane.lanes.reads_.add(uv_hrtime() - lane.asked_ns);
    lane.lanes.next(lane);
  }

  int left_;
  Reads& reads_;
  int line_ = 0;
  std::unique_ptr<Lane> lane_[3];
};
