// What descriptors are called, made here one by one.
#include "agent/watch/descriptors.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <unistd.h>

#include <string>

namespace {

using loopscope::watch::descriptor_of;
using loopscope::watch::descriptor_text;

std::string fd(int descriptor) { return " (fd " + std::to_string(descriptor) + ")"; }

struct Tcp {
  sockaddr_in address{};
  int listening = socket(AF_INET, SOCK_STREAM, 0);
  int client = socket(AF_INET, SOCK_STREAM, 0);
  int accepted = -1;

  Tcp() {
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    socklen_t bytes = sizeof address;
    if (bind(listening, any, bytes) != 0 || listen(listening, 1) != 0) return;
    getsockname(listening, any, &bytes);
    if (connect(client, any, bytes) == 0) accepted = accept(listening, nullptr, nullptr);
  }
  ~Tcp() {
    for (const int descriptor : {listening, client, accepted}) close(descriptor);
  }
  std::string port() const { return std::to_string(ntohs(address.sin_port)); }
};

TEST(Descriptor, OfATcpSocketHasItsAddresses) {
  const Tcp tcp;
  ASSERT_GE(tcp.accepted, 0);
  EXPECT_EQ(descriptor_text(tcp.listening), "listening 127.0.0.1:" + tcp.port() + fd(tcp.listening));
  sockaddr_in own{};
  socklen_t bytes = sizeof own;
  getsockname(tcp.client, reinterpret_cast<sockaddr*>(&own), &bytes);
  EXPECT_EQ(descriptor_text(tcp.accepted), "tcp 127.0.0.1:" + tcp.port() + " from 127.0.0.1:" +
                                               std::to_string(ntohs(own.sin_port)) + fd(tcp.accepted));
}

TEST(Descriptor, OfAnUnboundUdpSocketIsASocket) {
  const int udp = socket(AF_INET, SOCK_DGRAM, 0);
  EXPECT_EQ(descriptor_text(udp), "socket" + fd(udp)) << "the kernel lists it when it is bound";
  close(udp);
}

TEST(Descriptor, OfALocalSocketHasItsPath) {
  const std::string path = ::testing::TempDir() + "descriptor." + std::to_string(getpid());
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  const int local = socket(AF_UNIX, SOCK_STREAM, 0);
  ASSERT_EQ(bind(local, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  EXPECT_EQ(descriptor_text(local), "unix " + path + fd(local));
  int pair[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
  EXPECT_EQ(descriptor_text(pair[0]), "unix socket" + fd(pair[0]));
  for (const int descriptor : {local, pair[0], pair[1]}) close(descriptor);
  unlink(path.c_str());
}

TEST(Descriptor, OfTheKernelsOwnIsItsKind) {
  const int timer = timerfd_create(CLOCK_MONOTONIC, 0);
  const int event = eventfd(0, 0);
  int pipe_ends[2];
  ASSERT_EQ(pipe(pipe_ends), 0);
  EXPECT_EQ(descriptor_text(timer), "timerfd" + fd(timer));
  EXPECT_EQ(descriptor_text(event), "eventfd" + fd(event));
  EXPECT_EQ(descriptor_text(pipe_ends[0]), "pipe" + fd(pipe_ends[0]));
  for (const int descriptor : {timer, event, pipe_ends[0], pipe_ends[1]}) close(descriptor);
}

TEST(Descriptor, ThatIsClosedIsANumber) { EXPECT_EQ(descriptor_text(4711), "fd 4711"); }

TEST(Descriptor, OfAnEventIsFoundByItsData) {
  const int epoll = epoll_create1(0);
  const int first = eventfd(0, 0), second = eventfd(0, 0);
  const auto watch = [&](int descriptor, std::uint64_t data) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = data;
    ASSERT_EQ(epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event), 0);
  };
  watch(first, 0x7f0012345678);
  watch(second, 23);
  EXPECT_EQ(descriptor_of(epoll, 0x7f0012345678), first);
  EXPECT_EQ(descriptor_of(epoll, 23), second);
  EXPECT_EQ(descriptor_of(epoll, 24), -1);
  EXPECT_EQ(descriptor_of(first, 23), -1) << "no epoll";
  const int third = eventfd(0, 0);
  watch(third, 23);
  EXPECT_EQ(descriptor_of(epoll, 23), -1) << "two have it";
  for (const int descriptor : {epoll, first, second, third}) close(descriptor);
}

}  // namespace
