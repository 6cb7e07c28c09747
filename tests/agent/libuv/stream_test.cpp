// A TCP conversation and a datagram, end to end on the loopback interface.
#include "tests/agent/libuv/recording.h"

#include <cstring>

namespace {

constexpr int kClients = 13;

struct Conversation {
  uv_tcp_t server;
  struct Client {
    uv_tcp_t socket;
    uv_connect_t connect;
    uv_write_t write;
    uv_shutdown_t shutdown;
  } clients[kClients];
  int answered = 0;
  int closed = 0;
};

char storage[65536];
void allocate(uv_handle_t*, size_t, uv_buf_t* buffer) { *buffer = uv_buf_init(storage, sizeof storage); }

uv_buf_t text(const char* words) {
  return uv_buf_init(const_cast<char*>(words), static_cast<unsigned>(strlen(words)));
}

void on_served(uv_stream_t* stream, ssize_t size, const uv_buf_t*) {
  if (size < 0) {
    EXPECT_EQ(size, UV_EOF);
    uv_close(reinterpret_cast<uv_handle_t*>(stream),
             [](uv_handle_t* handle) { delete reinterpret_cast<uv_tcp_t*>(handle); });
    return;
  }
  auto* request = new uv_write_t;
  memset(static_cast<void*>(request), 0x5a, sizeof *request);
  const uv_buf_t answer = text("pong");
  uv_write(request, stream, &answer, 1, [](uv_write_t* done, int status) {
    EXPECT_EQ(status, 0);
    delete done;
  });
}

void on_connection(uv_stream_t* server, int status) {
  ASSERT_EQ(status, 0);
  auto* socket = new uv_tcp_t;
  uv_tcp_init(server->loop, socket);
  ASSERT_EQ(uv_accept(server, reinterpret_cast<uv_stream_t*>(socket)), 0);
  uv_read_start(reinterpret_cast<uv_stream_t*>(socket), allocate, on_served);
}

void on_answer(uv_stream_t* stream, ssize_t size, const uv_buf_t*) {
  auto* all = static_cast<Conversation*>(stream->data);
  if (size < 0) {
    close(stream);
    if (++all->closed == kClients) close(&all->server);
    return;
  }
  ++all->answered;
  for (auto& client : all->clients) {
    if (reinterpret_cast<uv_stream_t*>(&client.socket) != stream) continue;
    uv_shutdown(&client.shutdown, stream, nullptr);
  }
}

void on_connected(uv_connect_t* request, int status) {
  ASSERT_EQ(status, 0);
  auto* all = static_cast<Conversation*>(request->handle->data);
  for (auto& client : all->clients) {
    if (&client.connect != request) continue;
    uv_read_start(request->handle, allocate, on_answer);
    EXPECT_EQ(uv_read_start(request->handle, allocate, on_answer), UV_EALREADY);
    EXPECT_EQ(uv_read_start(nullptr, allocate, on_answer), UV_EINVAL);
    EXPECT_EQ(uv_read_start(request->handle, allocate, nullptr), UV_EINVAL);
    const uv_buf_t question = text("ping");
    uv_write(&client.write, request->handle, &question, 1, nullptr);
  }
}

TEST(Tcp, EveryRequestOfAConversationIsCreatedAndFinished) {
  Recording recording;
  UvLoop loop;
  Conversation all;
  memset(static_cast<void*>(all.clients), 0xff, sizeof all.clients);
  sockaddr_in address;
  uv_ip4_addr("127.0.0.1", 0, &address);
  uv_tcp_init(loop, &all.server);
  ASSERT_EQ(uv_tcp_bind(&all.server, reinterpret_cast<sockaddr*>(&address), 0), 0);
  ASSERT_EQ(uv_listen(reinterpret_cast<uv_stream_t*>(&all.server), 17, on_connection), 0);
  int size = sizeof address;
  uv_tcp_getsockname(&all.server, reinterpret_cast<sockaddr*>(&address), &size);
  for (auto& client : all.clients) {
    uv_tcp_init(loop, &client.socket);
    client.socket.data = &all;
    ASSERT_EQ(
        uv_tcp_connect(&client.connect, &client.socket, reinterpret_cast<sockaddr*>(&address), on_connected),
        0);
    EXPECT_EQ(
        uv_tcp_connect(&client.connect, &client.socket, reinterpret_cast<sockaddr*>(&address), on_connected),
        UV_EALREADY);
  }
  loop.run();
  EXPECT_EQ(all.answered, kClients);
  EXPECT_EQ(recording.spans("uv_listen"), kClients);
  EXPECT_EQ(recording.finished("uv_tcp_connect", LOOPSCOPE_OUTCOME_OK), kClients);
  EXPECT_EQ(recording.finished("uv_tcp_connect", LOOPSCOPE_OUTCOME_ERROR), kClients)
      << "those that were refused";
  EXPECT_EQ(recording.created("uv_write"), 2 * kClients);
  EXPECT_EQ(recording.finished("uv_write", LOOPSCOPE_OUTCOME_OK), 2 * kClients);
  EXPECT_EQ(recording.spans("uv_write"), kClients) << "the others have no callback";
  EXPECT_EQ(recording.bytes("uv_write"), std::vector<std::int64_t>(2 * kClients, 4)) << "\"ping\", \"pong\"";
  EXPECT_EQ(recording.bytes("uv_read"), std::vector<std::int64_t>(2 * kClients, 4));
  EXPECT_EQ(recording.created("uv_write2"), 0) << "libuv's own way to write";
  EXPECT_EQ(recording.finished("uv_shutdown", LOOPSCOPE_OUTCOME_OK), kClients);
  EXPECT_EQ(recording.finished("uv_read", LOOPSCOPE_OUTCOME_OK), 2 * kClients);
  EXPECT_EQ(recording.finished("uv_listen", LOOPSCOPE_OUTCOME_OK), 1);
  EXPECT_EQ(recording.created("uv_close"), 2 * kClients + 1);
  EXPECT_TRUE(recording.pending().empty());
  recording.expect_consistent();
}

TEST(Tcp, AWriteThatIsClosedAwayIsCancelled) {
  Recording recording;
  UvLoop loop;
  uv_pipe_t ends[2];
  int pair[2];
  ASSERT_EQ(uv_socketpair(SOCK_STREAM, 0, pair, UV_NONBLOCK_PIPE, UV_NONBLOCK_PIPE), 0);
  for (int i = 0; i < 2; ++i) {
    uv_pipe_init(loop, &ends[i], 0);
    ASSERT_EQ(uv_pipe_open(&ends[i], pair[i]), 0);
  }
  static char much[1 << 22];
  uv_buf_t buffer = uv_buf_init(much, sizeof much);
  uv_write_t write;
  static int status;
  status = 0;
  uv_write(&write, reinterpret_cast<uv_stream_t*>(&ends[0]), &buffer, 1,
           [](uv_write_t*, int given) { status = given; });
  close(&ends[0]);
  close(&ends[1]);
  loop.run();
  EXPECT_EQ(status, UV_ECANCELED);
  EXPECT_EQ(recording.finished("uv_write", LOOPSCOPE_OUTCOME_CANCELLED), 1);
  EXPECT_TRUE(recording.bytes("uv_write").empty()) << "nobody knows how much of it was written";
  recording.expect_consistent();
}

TEST(Pipe, AFailedConnectionIsAnErrorWithItsName) {
  Recording recording;
  UvLoop loop;
  uv_pipe_t pipe;
  uv_connect_t connect;
  uv_pipe_init(loop, &pipe, 0);
  uv_pipe_connect(&connect, &pipe, "/nonexistent/socket",
                  [](uv_connect_t* request, int) { close(request->handle); });
  loop.run();
  const auto finished = recording.first(fake::What::finished, "uv_pipe_connect");
  EXPECT_EQ(finished.outcome, LOOPSCOPE_OUTCOME_ERROR);
  EXPECT_EQ(finished.code, UV_ENOENT);
  EXPECT_EQ(finished.text, "ENOENT");
  EXPECT_TRUE(recording.pending().empty());
}

TEST(Udp, DatagramsAreRequestsAndReceivingIsASubscription) {
  Recording recording;
  UvLoop loop;
  uv_udp_t receiver;
  uv_udp_t sender;
  sockaddr_in address;
  uv_ip4_addr("127.0.0.1", 0, &address);
  uv_udp_init(loop, &receiver);
  uv_udp_init(loop, &sender);
  ASSERT_EQ(uv_udp_bind(&receiver, reinterpret_cast<sockaddr*>(&address), 0), 0);
  int size = sizeof address;
  uv_udp_getsockname(&receiver, reinterpret_cast<sockaddr*>(&address), &size);
  static int received;
  received = 0;
  uv_udp_recv_start(&receiver, allocate,
                    [](uv_udp_t* handle, ssize_t length, const uv_buf_t*, const sockaddr*, unsigned) {
                      if (length > 0 && ++received == 5) uv_udp_recv_stop(handle);
                    });
  uv_udp_send_t requests[5];
  const uv_buf_t datagram = text("loop");
  for (auto& request : requests) {
    ASSERT_EQ(uv_udp_send(&request, &sender, &datagram, 1, reinterpret_cast<sockaddr*>(&address),
                          [](uv_udp_send_t*, int) {}),
              0);
  }
  loop.run();
  EXPECT_EQ(received, 5);
  EXPECT_EQ(recording.finished("uv_udp_send", LOOPSCOPE_OUTCOME_OK), 5);
  EXPECT_EQ(recording.bytes("uv_udp_send"), std::vector<std::int64_t>(5, 4));
  EXPECT_EQ(recording.bytes("uv_udp_recv"), std::vector<std::int64_t>(5, 4));
  EXPECT_EQ(recording.created("uv_udp_recv"), 1);
  EXPECT_EQ(recording.finished("uv_udp_recv", LOOPSCOPE_OUTCOME_OK), 1);
  recording.expect_consistent();
  close(&receiver);
  close(&sender);
}

}  // namespace
