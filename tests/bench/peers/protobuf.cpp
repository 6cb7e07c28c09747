// A libprotobuf message an event, delimited, into a FileOutputStream of 1 MiB. usage: bench_peer_protobuf FILE
#include <fcntl.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl.h>
#include <google/protobuf/util/delimited_message_util.h>
#include <unistd.h>

#include "protobuf_event.pb.h"
#include "tests/bench/peers/peer.h"

namespace {

using namespace loopscope::bench;

class ProtobufRecorder {
 public:
  explicit ProtobufRecorder(google::protobuf::io::FileOutputStream& file) : file_(file) {}
  std::uint64_t created(std::uint64_t parent, std::uint32_t site) {
    write(1, ++last_, parent, site);
    return last_;
  }
  void begin(std::uint64_t task) { write(2, task); }
  void end(std::uint64_t task) { write(3, task); }
  void finished(std::uint64_t task) { write(4, task); }
  void poll_begin() { write(5, 0); }
  void poll_end(std::uint32_t events) { write(6, events); }

 private:
  void write(std::uint32_t kind, std::uint64_t task, std::uint64_t parent = 0, std::uint32_t site = 0) {
    event_.Clear();
    event_.set_time_ns(static_cast<std::uint64_t>(wall_ns()));
    event_.set_kind(kind);
    event_.set_task(task);
    event_.set_parent(parent);
    event_.set_site(site);
    google::protobuf::util::SerializeDelimitedToZeroCopyStream(event_, &file_);
  }
  google::protobuf::io::FileOutputStream& file_;
  bench::Event event_;
  std::uint64_t last_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const int file = open(argv[1], O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
  if (file < 0) return 1;
  PeerFigures figures;
  {
    google::protobuf::io::FileOutputStream stream(file, 1 << 20);
    ProtobufRecorder recorder(stream);
    figures = measure_peer(recorder, [] {});
  }
  close(file);
  print_figures(figures, size_of_file(argv[1]));
  return 0;
}
