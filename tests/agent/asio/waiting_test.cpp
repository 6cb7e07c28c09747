// What operations wait for: when they are due or ready, who cancels them, and how they end.
#include "tests/agent/asio/asio.h"

#include <algorithm>
#include <array>
#include <csignal>
#include <functional>
#include <memory>
#include <numeric>
#include <set>
#include <stdexcept>
#include <vector>

#include "tests/agent/libuv/recording.h"

namespace {

const std::string kTimer = "deadline_timer.async_wait";
const std::string kRead = "socket.async_receive";

class Pair {
 public:
  explicit Pair(io::io_context& context) : here(context), there(context) {
    io::local::connect_pair(here, there);
  }
  void read() {
    here.async_read_some(io::buffer(bytes), [this](ErrorCode error, std::size_t) { result = error; });
  }
  void send() { io::write(there, io::buffer("x", 1)); }

  io::local::stream_protocol::socket here, there;
  std::array<char, 8> bytes{};
  ErrorCode result;
};

TEST(Timer, IsDueWhenItExpires) {
  Recording recording;
  io::io_context context;
  io::steady_timer timer(context, std::chrono::hours(7));
  timer.async_wait([](ErrorCode) {});
  const auto due = recording.first(fake::What::due, kTimer);
  EXPECT_LE(due.code, std::int64_t{7} * 3600 * 1'000'000'000);
  EXPECT_GT(due.code, std::int64_t{6} * 3600 * 1'000'000'000);
}

TEST(Timer, ThatHasExpiredIsDueAtOnce) {
  Recording recording;
  io::io_context context;
  io::steady_timer timer(context, std::chrono::steady_clock::time_point::min());
  timer.async_wait([](ErrorCode) {});
  EXPECT_EQ(recording.first(fake::What::due, kTimer).code, 0);
  context.run();
  EXPECT_EQ(recording.story(kTimer), "created due begin end finished");
}

TEST(Timer, OfTheSystemClockIsDueToo) {
  Recording recording;
  io::io_context context;
  io::system_timer timer(context, std::chrono::hours(7));
  timer.async_wait([](ErrorCode) {});
  EXPECT_GT(recording.first(fake::What::due, kTimer).code, std::int64_t{6} * 3600 * 1'000'000'000);
}

TEST(Timer, ThatIsCancelledSaysByWhom) {
  Recording recording;
  io::io_context context;
  io::steady_timer timer(context, std::chrono::hours(7));
  timer.async_wait([](ErrorCode) {});
  io::post(context, [&] { timer.cancel(); });
  context.run();
  EXPECT_EQ(recording.story(kTimer), "created due cancel ready begin end finished");
  const auto finished = recording.first(fake::What::finished, kTimer);
  EXPECT_EQ(finished.outcome, LOOPSCOPE_OUTCOME_CANCELLED);
  EXPECT_EQ(finished.text, "operation_aborted");
  EXPECT_EQ(recording.first(fake::What::cancel_requested, kTimer).parent,
            recording.first(fake::What::created, "io_context.execute").id);
}

TEST(Timer, CancelsOnlyTheOldestWaitWhenAskedForOne) {
  Recording recording;
  io::io_context context;
  io::steady_timer timer(context, std::chrono::hours(7));
  for (int i = 0; i < 3; ++i) timer.async_wait([](ErrorCode) {});
  timer.cancel_one();
  EXPECT_EQ(recording.count(fake::What::cancel_requested, kTimer), 1);
  EXPECT_EQ(recording.first(fake::What::cancel_requested, kTimer).id,
            recording.first(fake::What::created, kTimer).id);
  context.poll();
  EXPECT_EQ(recording.first(fake::What::finished, kTimer).id,
            recording.first(fake::What::created, kTimer).id);
}

TEST(Timer, OfManyWaitsNamesTheFirstFourAndCountsAll) {
  Recording recording;
  io::io_context context;
  io::steady_timer timer(context, std::chrono::hours(7));
  for (int i = 0; i < 11; ++i) timer.async_wait([](ErrorCode) {});
  timer.cancel();
  context.run();
  EXPECT_EQ(recording.count(fake::What::cancel_requested, kTimer), 4);
  EXPECT_EQ(recording.finished(kTimer, LOOPSCOPE_OUTCOME_CANCELLED), 11);
  recording.expect_consistent();
}

TEST(Read, IsReadyWhenTheKernelSaysSo) {
  Recording recording;
  io::io_context context;
  Pair pair(context);
  pair.read();
  context.poll();
  EXPECT_EQ(recording.story(kRead), "created");
  pair.send();
  context.poll();
  EXPECT_EQ(recording.story(kRead), "created ready begin end finished");
}

// Both become ready in one look at the kernel: what the first handler does, the second one waits for.
TEST(Read, IsReadyBeforeTheHandlersThatRunFirst) {
  Recording recording;
  io::io_context context;
  Pair first(context), second(context);
  first.read();
  second.read();
  context.poll();
  first.send();
  second.send();
  context.poll();
  EXPECT_EQ(recording.story(kRead), "created created ready ready begin end finished begin end finished");
}

TEST(Read, ThatFindsItsBytesAtOnceNeedsNoReadiness) {
  Recording recording;
  io::io_context context;
  Pair pair(context);
  pair.send();
  pair.read();
  context.run();
  EXPECT_EQ(recording.story(kRead), "created begin end finished");
}

TEST(Read, IsNotMadeReadyByRoomToWrite) {
  Recording recording;
  io::io_context context;
  Pair pair(context);
  pair.read();
  bool writable = false;
  pair.here.async_wait(io::socket_base::wait_write, [&](ErrorCode) { writable = true; });
  while (!writable) context.run_one();
  EXPECT_EQ(recording.story(kRead), "created");
  EXPECT_EQ(recording.finished("socket.async_wait", LOOPSCOPE_OUTCOME_OK), 1);
}

TEST(Read, ThatMeetsTheEndOfTheStreamIsNoError) {
  Recording recording;
  io::io_context context;
  Pair pair(context);
  pair.read();
  pair.there.close();
  context.run();
  EXPECT_EQ(pair.result, io::error::eof);
  EXPECT_EQ(recording.finished(kRead, LOOPSCOPE_OUTCOME_OK), 1);
}

TEST(Read, IsCancelledByTheHandlerThatClosesItsSocketThoughItMoved) {
  Recording recording;
  io::io_context context;
  Pair pair(context);
  pair.read();
  auto moved = std::move(pair.here);
  io::post(context, [&] { moved.close(); });
  context.run();
  EXPECT_EQ(recording.story(kRead), "created cancel ready begin end finished");
  EXPECT_EQ(recording.finished(kRead, LOOPSCOPE_OUTCOME_CANCELLED), 1);
  EXPECT_EQ(recording.first(fake::What::cancel_requested, kRead).parent,
            recording.first(fake::What::created, "io_context.execute").id);
}

TEST(Read, IsAbandonedWithItsContext) {
  Recording recording;
  {
    auto context = std::make_unique<io::io_context>();
    auto socket = std::make_unique<Pair>(*context);
    socket->read();
    context->poll();
    context->stop();
    socket.reset();
    context.reset();
  }
  EXPECT_EQ(recording.finished(kRead, LOOPSCOPE_OUTCOME_ABANDONED), 1);
  EXPECT_EQ(recording.spans(kRead), 0);
}

using Told = std::vector<std::int64_t>;

// A stream brings what it brings; how much is read at once is the reader's buffer, here 8.
TEST(Bytes, AreThoseOfEveryOperationOfAnEcho) {
  Recording recording;
  io::io_context context;
  Pair pair(context);
  std::array<char, 19> sent{}, echoed{};
  std::array<char, 8> part;
  std::size_t passed_on = 0;
  std::function<void()> serve = [&] {
    pair.here.async_read_some(io::buffer(part), [&](ErrorCode error, std::size_t size) {
      if (error) return;
      io::async_write(pair.here, io::buffer(part.data(), size), [&](ErrorCode, std::size_t written) {
        passed_on += written;
        serve();
      });
    });
  };
  serve();
  io::async_write(pair.there, io::buffer(sent), [&](ErrorCode, std::size_t) {
    io::async_read(pair.there, io::buffer(echoed), [&](ErrorCode, std::size_t) { pair.there.close(); });
  });
  context.run();
  EXPECT_EQ(passed_on, sent.size());
  Told reads = recording.bytes(kRead), writes = recording.bytes("socket.async_send");
  EXPECT_EQ(std::accumulate(reads.begin(), reads.end(), std::int64_t{0}), 19 + 19);
  // The server's three parts, the end of the stream, which is 0; the client reads each part as it comes or several.
  EXPECT_EQ(std::count(reads.begin(), reads.end(), 0), 1);
  std::sort(writes.begin(), writes.end());
  EXPECT_EQ(writes, (Told{3, 8, 8, 19}));
  recording.expect_consistent();
}

TEST(Bytes, AreToldBeforeTheEndOfTheirTask) {
  Recording recording;
  io::io_context context;
  Pair pair(context);
  pair.send();
  pair.read();
  context.run();
  std::vector<fake::What> order;
  const auto task = recording.first(fake::What::created, kRead).id;
  for (const auto& event : fake::events())
    if (event.id == task && event.what != fake::What::created) order.push_back(event.what);
  EXPECT_EQ(order, (std::vector{fake::What::span_begin, fake::What::bytes, fake::What::span_end,
                                fake::What::finished}));
}

TEST(Bytes, AreNoneIfTheOperationFailedOrWasCancelled) {
  Recording recording;
  io::io_context context;
  Pair pair(context);
  pair.read();
  pair.here.cancel();
  context.run();
  EXPECT_EQ(recording.finished(kRead, LOOPSCOPE_OUTCOME_CANCELLED), 1);
  EXPECT_EQ(recording.bytes(kRead), (Told{0}));
}

TEST(Bytes, OfAnOperationThatAnExceptionLeftAreToldToo) {
  Recording recording;
  io::io_context context;
  Pair pair(context);
  pair.send();
  pair.here.async_read_some(io::buffer(pair.bytes),
                            [](ErrorCode, std::size_t) { throw std::runtime_error("planted"); });
  EXPECT_THROW(context.run(), std::runtime_error);
  EXPECT_EQ(recording.finished(kRead, LOOPSCOPE_OUTCOME_ERROR), 1);
  EXPECT_EQ(recording.bytes(kRead), (Told{1}));
}

TEST(Bytes, OfDatagramsAreTheirs) {
  Recording recording;
  io::io_context context;
  using Udp = io::ip::udp;
  Udp::socket here(context, Udp::endpoint(io::ip::address_v4::loopback(), 0));
  Udp::socket there(context, Udp::endpoint(io::ip::address_v4::loopback(), 0));
  std::array<char, 101> bytes{};
  Udp::endpoint from;
  here.async_receive_from(io::buffer(bytes), from, [](ErrorCode, std::size_t) {});
  there.async_send_to(io::buffer(bytes.data(), 53), here.local_endpoint(), [](ErrorCode, std::size_t) {});
  context.run();
  EXPECT_EQ(recording.bytes("socket.async_send_to"), (Told{53}));
  EXPECT_EQ(recording.bytes("socket.async_receive_from"), (Told{53}));
}

TEST(Bytes, AreNotToldOfWhatTransfersNone) {
  Recording recording;
  io::io_context context;
  io::post(context, [] {});
  io::steady_timer timer(context, std::chrono::microseconds(1));
  timer.async_wait([](ErrorCode) {});
  Pair pair(context);
  pair.here.async_wait(io::socket_base::wait_write, [](ErrorCode) {});
  io::signal_set signals(context, SIGUSR1);
  signals.async_wait([](ErrorCode, int) {});
  raise(SIGUSR1);
  io::ip::tcp::resolver resolver(context);
  resolver.async_resolve("127.0.0.1", "80", [](ErrorCode, io::ip::tcp::resolver::results_type) {});
  io::ip::tcp::acceptor acceptor(context, {io::ip::address_v4::loopback(), 0});
  acceptor.async_accept([](ErrorCode, io::ip::tcp::socket) {});
  io::ip::tcp::socket socket(context);
  socket.async_connect(acceptor.local_endpoint(), [](ErrorCode) {});
  context.run();
  EXPECT_EQ(recording.finished("socket.async_accept", LOOPSCOPE_OUTCOME_OK), 1);
  for (const auto& event : fake::events()) EXPECT_NE(event.what, fake::What::bytes) << event.kind;
}

TEST(Connect, ThatIsRefusedHasTheSystemsNameForIt) {
  Recording recording;
  io::io_context context;
  io::ip::tcp::acceptor acceptor(context, {io::ip::address_v4::loopback(), 0});
  const auto nobody = acceptor.local_endpoint();
  acceptor.close();
  io::ip::tcp::socket socket(context);
  socket.async_connect(nobody, [](ErrorCode) {});
  context.run();
  const auto finished = recording.first(fake::What::finished, "socket.async_connect");
  EXPECT_EQ(finished.outcome, LOOPSCOPE_OUTCOME_ERROR);
  EXPECT_EQ(finished.code, ECONNREFUSED);
  EXPECT_EQ(finished.text, "ECONNREFUSED");
}

TEST(Descriptor, IsFollowedLikeASocket) {
  Recording recording;
  io::io_context context;
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  io::posix::stream_descriptor reader(context, ends[0]), writer(context, ends[1]);
  std::array<char, 8> bytes;
  reader.async_read_some(io::buffer(bytes), [](ErrorCode, std::size_t) {});
  context.poll();
  io::write(writer, io::buffer("x", 1));
  context.run();
  EXPECT_EQ(recording.story("descriptor.async_read_some"), "created ready begin end finished");
}

TEST(SignalSet, IsReadyWhenItRunsAndCancelledByName) {
  Recording recording;
  io::io_context context;
  io::signal_set signals(context, SIGUSR1);
  signals.async_wait([](ErrorCode, int) {});
  raise(SIGUSR1);
  context.run();
  EXPECT_EQ(recording.story("signal_set.async_wait"), "created ready begin end finished");
  context.restart();
  signals.async_wait([](ErrorCode, int) {});
  signals.cancel();
  context.run();
  EXPECT_EQ(recording.finished("signal_set.async_wait", LOOPSCOPE_OUTCOME_CANCELLED), 1);
  EXPECT_EQ(recording.count(fake::What::cancel_requested, "signal_set.async_wait"), 1);
}

TEST(Resolver, IsATaskUntilItAnswers) {
  Recording recording;
  io::io_context context;
  io::ip::tcp::resolver resolver(context);
  resolver.async_resolve("127.0.0.1", "80", [](ErrorCode, io::ip::tcp::resolver::results_type) {});
  context.run();
  EXPECT_EQ(recording.story("resolver.async_resolve"), "created ready begin end finished");
  resolver.async_resolve("127.0.0.1", "no such service",
                         [](ErrorCode, io::ip::tcp::resolver::results_type) {});
  context.restart();
  context.run();
  EXPECT_EQ(recording.finished("resolver.async_resolve", LOOPSCOPE_OUTCOME_ERROR), 1);
}

#ifdef __cpp_impl_coroutine
io::awaitable<void> wait_once(io::steady_timer& timer, int& line) {
  line = __LINE__ + 1;
  co_await timer.async_wait(io::use_awaitable_t<>(__FILE__, __LINE__, "wait_once"));
}

TEST(Coroutine, ThatSaysItsPlaceHasItAsTheTasks) {
  Recording recording;
  io::io_context context;
  io::steady_timer timer(context, std::chrono::microseconds(1));
  int line = 0;
  io::co_spawn(context, wait_once(timer, line), io::detached);
  context.run();
  const auto created = recording.first(fake::What::created, kTimer);
  EXPECT_EQ(created.file, __FILE__);
  EXPECT_EQ(created.line, static_cast<std::uint32_t>(line));
  EXPECT_TRUE(recording.pending().empty());
}
#endif

}  // namespace
