// The thread pool, the file system, names, random bytes, children, cancellation.
#include "tests/agent/libuv/recording.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <thread>

namespace {

TEST(Work, HasASpanOnThePoolAndOneOnTheLoop) {
  Recording recording;
  UvLoop loop;
  uv_work_t work[11];
  static std::atomic<int> done;
  done = 0;
  for (auto& request : work) {
    uv_queue_work(
        loop, &request, [](uv_work_t*) { ++done; }, [](uv_work_t*, int) {});
  }
  loop.run();
  EXPECT_EQ(done, 11);
  EXPECT_EQ(recording.created("uv_work"), 11);
  EXPECT_EQ(recording.spans("uv_work"), 22);
  EXPECT_EQ(recording.finished("uv_work", LOOPSCOPE_OUTCOME_OK), 11);
  int elsewhere = 0;
  for (const auto& event : fake::events()) {
    elsewhere += event.what == fake::What::span_begin && event.thread != std::this_thread::get_id();
  }
  EXPECT_EQ(elsewhere, 11);
  recording.expect_consistent();
}

TEST(Work, ThatIsCancelledInTheQueueSaysWhoAsked) {
  Recording recording;
  UvLoop loop;
  static std::atomic<bool> hold;
  hold = true;
  uv_work_t busy[4];
  for (auto& request : busy) {
    uv_queue_work(
        loop, &request,
        [](uv_work_t*) {
          while (hold) std::this_thread::yield();
        },
        nullptr);
  }
  uv_work_t waiting[7];
  int cancelled = 0;
  for (auto& request : waiting) {
    uv_queue_work(
        loop, &request, [](uv_work_t*) {}, [](uv_work_t*, int) {});
    cancelled += uv_cancel(reinterpret_cast<uv_req_t*>(&request)) == 0;
  }
  hold = false;
  loop.run();
  EXPECT_EQ(cancelled, 7);
  EXPECT_EQ(recording.count(fake::What::cancel_requested, "uv_work"), 7);
  EXPECT_EQ(recording.finished("uv_work", LOOPSCOPE_OUTCOME_CANCELLED), cancelled);
  EXPECT_EQ(recording.finished("uv_work", LOOPSCOPE_OUTCOME_OK), 4);
  EXPECT_TRUE(recording.pending().empty());
  recording.expect_consistent();
}

TEST(File, RequestMayBeUsedAgainInItsOwnCallback) {
  Recording recording;
  UvLoop loop;
  static uv_fs_t request;
  static int stats;
  static uv_fs_cb again;
  stats = 0;
  again = [](uv_fs_t* done) {
    uv_loop_t* on = done->loop;
    uv_fs_req_cleanup(done);
    if (++stats < 7) uv_fs_stat(on, done, "/", again);
  };
  uv_fs_stat(loop, &request, "/", again);
  loop.run();
  EXPECT_EQ(stats, 7);
  EXPECT_EQ(recording.created("uv_fs_stat"), 7);
  EXPECT_EQ(recording.finished("uv_fs_stat", LOOPSCOPE_OUTCOME_OK), 7);
  recording.expect_consistent();
}

TEST(File, RequestMayBeFreedInItsOwnCallback) {
  Recording recording;
  UvLoop loop;
  uv_fs_open(loop, new uv_fs_t, "/nonexistent/file", O_RDONLY, 0, [](uv_fs_t* done) {
    EXPECT_EQ(done->result, UV_ENOENT);
    uv_fs_req_cleanup(done);
    memset(static_cast<void*>(done), 0xdd, sizeof *done);
    delete done;
  });
  loop.run();
  const auto finished = recording.first(fake::What::finished, "uv_fs_open");
  EXPECT_EQ(finished.outcome, LOOPSCOPE_OUTCOME_ERROR);
  EXPECT_EQ(finished.text, "ENOENT");
}

TEST(File, WithoutCallbackIsASynchronousSpan) {
  Recording recording;
  uv_fs_t request;
  EXPECT_EQ(uv_fs_stat(nullptr, &request, "/", nullptr), 0);
  uv_fs_req_cleanup(&request);
  EXPECT_EQ(uv_fs_stat(nullptr, &request, "/nonexistent", nullptr), UV_ENOENT);
  uv_fs_req_cleanup(&request);
  EXPECT_EQ(recording.story("uv_fs_stat"), "created begin end finished created begin end finished");
  EXPECT_TRUE(recording.first(fake::What::created, "uv_fs_stat").flags & LOOPSCOPE_SITE_SYNCHRONOUS);
  EXPECT_EQ(recording.finished("uv_fs_stat", LOOPSCOPE_OUTCOME_ERROR), 1);
  EXPECT_EQ(uv_fs_close(nullptr, nullptr, 0, nullptr), UV_EINVAL) << "no request at all";
}

TEST(File, TellsTheBytesThatWereReadAndWritten) {
  Recording recording;
  UvLoop loop;
  char bytes[101] = {};
  uv_fs_t request;
  const uv_file file = uv_fs_open(nullptr, &request, ".", O_TMPFILE | O_RDWR, S_IRUSR | S_IWUSR, nullptr);
  ASSERT_GE(file, 0);
  uv_fs_req_cleanup(&request);
  const uv_buf_t parts[] = {uv_buf_init(bytes, 23), uv_buf_init(bytes, 7)};
  EXPECT_EQ(uv_fs_write(nullptr, &request, file, parts, 2, 0, nullptr), 30);
  uv_fs_req_cleanup(&request);
  const uv_buf_t whole = uv_buf_init(bytes, sizeof bytes);
  uv_fs_t reads[2];
  for (int i = 0; i < 2; ++i) uv_fs_read(loop, &reads[i], file, &whole, 1, 30 * i, [](uv_fs_t*) {});
  loop.run();
  for (auto& read : reads) uv_fs_req_cleanup(&read);
  uv_fs_close(nullptr, &request, file, nullptr);
  uv_fs_req_cleanup(&request);
  EXPECT_EQ(recording.bytes("uv_fs_write"), (std::vector<std::int64_t>{30}));
  std::vector<std::int64_t> told = recording.bytes("uv_fs_read");
  std::sort(told.begin(), told.end());
  EXPECT_EQ(told, (std::vector<std::int64_t>{0, 30})) << "the second one finds the end";
  EXPECT_TRUE(recording.bytes("uv_fs_open").empty()) << "a descriptor is no number of bytes";
  recording.expect_consistent();
}

TEST(File, CopiedOnThePoolIsOneTask) {
  Recording recording;
  UvLoop loop;
  uv_fs_t request;
  uv_fs_copyfile(loop, &request, "/proc/self/comm", "/tmp/loopscope-copy", 0, [](uv_fs_t*) {});
  loop.run();
  uv_fs_req_cleanup(&request);
  uv_fs_unlink(nullptr, &request, "/tmp/loopscope-copy", nullptr);
  uv_fs_req_cleanup(&request);
  EXPECT_EQ(recording.created("uv_fs_copyfile"), 1);
  EXPECT_EQ(recording.created("uv_fs_open") + recording.created("uv_fs_sendfile"), 0) << "libuv's own";
}

TEST(Names, AndRandomBytesAreRequestsOrSynchronous) {
  Recording recording;
  UvLoop loop;
  uv_getaddrinfo_t forward;
  uv_getnameinfo_t back;
  uv_random_t random;
  char bytes[31];
  sockaddr_in address;
  uv_ip4_addr("127.0.0.1", 53, &address);
  ASSERT_EQ(uv_getaddrinfo(
                loop, &forward, [](uv_getaddrinfo_t*, int, addrinfo* found) { uv_freeaddrinfo(found); },
                "127.0.0.1", nullptr, nullptr),
            0);
  ASSERT_EQ(uv_getnameinfo(
                loop, &back, [](uv_getnameinfo_t*, int, const char*, const char*) {},
                reinterpret_cast<sockaddr*>(&address), NI_NUMERICHOST),
            0);
  ASSERT_EQ(uv_random(loop, &random, bytes, sizeof bytes, 0, [](uv_random_t*, int, void*, size_t) {}), 0);
  loop.run();
  ASSERT_EQ(uv_random(nullptr, nullptr, bytes, sizeof bytes, 0, nullptr), 0);
  EXPECT_EQ(recording.story("uv_getaddrinfo"), "created begin end finished");
  EXPECT_EQ(recording.story("uv_getnameinfo"), "created begin end finished");
  EXPECT_EQ(recording.story("uv_random"), "created begin end finished created begin end finished");
  recording.expect_consistent();
}

struct Child {
  explicit Child(const char* command) {
    static char shell[] = "/bin/sh";
    static char option[] = "-c";
    arguments[0] = shell;
    arguments[1] = option;
    arguments[2] = const_cast<char*>(command);
    options.file = shell;
    options.args = arguments;
  }
  char* arguments[4] = {};
  uv_process_options_t options = {};
  uv_process_t process;
};

TEST(Process, StartsSynchronouslyAndLivesAsATaskOfItsOwn) {
  Recording recording;
  UvLoop loop;
  static int64_t exit_status;
  exit_status = -1;
  Child child("exit 0");
  child.options.exit_cb = [](uv_process_t* process, int64_t status, int) {
    exit_status = status;
    close(process);
  };
  ASSERT_EQ(uv_spawn(loop, &child.process, &child.options), 0);
  EXPECT_EQ(recording.story("uv_spawn"), "created begin end finished");
  loop.run();
  EXPECT_EQ(exit_status, 0);
  EXPECT_EQ(recording.story("uv_process"), "created begin end finished");
  EXPECT_EQ(recording.finished("uv_process", LOOPSCOPE_OUTCOME_OK), 1);
  recording.expect_consistent();
}

TEST(Process, ThatFailsIsAnErrorWithItsExitStatus) {
  Recording recording;
  UvLoop loop;
  Child child("exit 7");
  ASSERT_EQ(uv_spawn(loop, &child.process, &child.options), 0);  // without exit_cb
  loop.run();
  const auto finished = recording.first(fake::What::finished, "uv_process");
  EXPECT_EQ(finished.outcome, LOOPSCOPE_OUTCOME_ERROR);
  EXPECT_EQ(finished.code, 7);
  close(&child.process);
}

TEST(Process, ThatCannotStartIsAnError) {
  Recording recording;
  UvLoop loop;
  Child child("");
  child.options.file = "/nonexistent/program";
  EXPECT_EQ(uv_spawn(loop, &child.process, &child.options), UV_ENOENT);
  EXPECT_EQ(recording.finished("uv_spawn", LOOPSCOPE_OUTCOME_ERROR), 1);
  EXPECT_EQ(recording.finished("uv_process", LOOPSCOPE_OUTCOME_ERROR), 1);
  close(&child.process);
  loop.run();
  recording.expect_consistent();
}

}  // namespace
