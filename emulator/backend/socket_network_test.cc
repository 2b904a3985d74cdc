#include "emulator/backend/socket_network.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace lockstep::backend {
namespace {

using Bytes = std::vector<uint8_t>;

// A port that nobody listens on.
uint16_t FreePort() {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  EXPECT_EQ(bind(fd, reinterpret_cast<sockaddr*>(&address), size), 0);
  EXPECT_EQ(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size), 0);
  close(fd);
  return ntohs(address.sin_port);
}

void Poll(NetLink& link) {
  std::vector<pollfd> fds;
  int wait_ms = 100;
  link.AddPollFds(&fds, &wait_ms);
  poll(fds.data(), fds.size(), wait_ms);
  link.HandlePolled(fds);
}

std::unique_ptr<NetLink> Open(const SocketNetworkSpec& spec) {
  auto link = OpenSocketNetwork(spec);
  EXPECT_TRUE(link.ok()) << link.status();
  return *std::move(link);
}

// Polls both until `to` has so many frames.
void PollUntil(NetLink& from, NetLink& to, size_t n_frames) {
  while (to.waiting().size() < n_frames) {
    Poll(from);
    Poll(to);
  }
}

TEST(SocketNetworkTest, FramesGoBothWaysInOrder) {
  const uint16_t port = FreePort();
  auto listener = Open({.listens = true, .host = "127.0.0.1", .port = port});
  EXPECT_TRUE(listener->MayCome());
  listener->Send(Bytes(60));  // nobody is there
  auto connector = Open({.listens = false, .host = "", .port = port});
  for (int i = 0; i < 100; ++i) connector->Send(Bytes(1000 + i * 10, static_cast<uint8_t>(i)));
  PollUntil(*connector, *listener, 100);
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(listener->waiting()[static_cast<size_t>(i)],
              Bytes(1000 + static_cast<size_t>(i) * 10, static_cast<uint8_t>(i)));
  }
  listener->Send(Bytes(42, 7));
  PollUntil(*listener, *connector, 1);
  EXPECT_EQ(connector->waiting().front(), Bytes(42, 7));
}

TEST(SocketNetworkTest, ListensAgainAfterTheEnd) {
  const uint16_t port = FreePort();
  auto listener = Open({.listens = true, .host = "", .port = port});
  for (int round = 0; round < 2; ++round) {
    auto connector = Open({.listens = false, .host = "127.0.0.1", .port = port});
    connector->Send(Bytes(60, static_cast<uint8_t>(round)));
    const size_t n_frames = listener->waiting().size() + 1;
    PollUntil(*connector, *listener, n_frames);
    connector.reset();
    Poll(*listener);  // sees the end
  }
  EXPECT_EQ(listener->waiting().back(), Bytes(60, 1));
}

TEST(SocketNetworkTest, APeerThatSpeaksSomethingElseIsLeft) {
  const uint16_t port = FreePort();
  auto listener = Open({.listens = true, .host = "127.0.0.1", .port = port});
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  Poll(*listener);
  ASSERT_EQ(send(fd, "GET / HTTP/1.1", 14, 0), 14);
  Poll(*listener);
  uint8_t byte;
  EXPECT_LE(recv(fd, &byte, 1, 0), 0) << "closed";
  close(fd);
  EXPECT_TRUE(listener->waiting().empty());
  EXPECT_TRUE(listener->MayCome()) << "listens on";
}

TEST(SocketNetworkTest, Errors) {
  const uint16_t port = FreePort();
  const std::string place = ":" + std::to_string(port);
  EXPECT_EQ(
      OpenSocketNetwork({.listens = false, .host = "127.0.0.1", .port = port}).status().message(),
      "connect=127.0.0.1" + place + ": Connection refused; start the machine that listens first");
  auto listener = Open({.listens = true, .host = "127.0.0.1", .port = port});
  EXPECT_EQ(
      OpenSocketNetwork({.listens = true, .host = "127.0.0.1", .port = port}).status().message(),
      "listen=127.0.0.1" + place + ": Address already in use; take another port");
}

}  // namespace
}  // namespace lockstep::backend
