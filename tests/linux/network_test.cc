// Debian 13's kernel and the network: the host by the user network, another machine by a socket.

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <random>
#include <string>
#include <thread>
#include <vector>

#include "tests/linux/linux_guest.h"
#include "tests/support/guests.h"
#include "tests/support/process.h"

namespace lockstep {
namespace {

using testing::Initramfs;
using testing::ProcessResult;
using Words = std::vector<std::string>;

Words Concat(Words a, const Words& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

// A socket that listens on the loopback, and its port.
int Listen(uint16_t* port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  EXPECT_EQ(bind(fd, reinterpret_cast<sockaddr*>(&address), size), 0);
  EXPECT_EQ(listen(fd, 8), 0);
  EXPECT_EQ(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size), 0);
  *port = ntohs(address.sin_port);
  return fd;
}

// Answers one request with a document. Ends when `listener` is shut down.
void Serve(int listener, const std::string& document) {
  const int fd = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
  if (fd < 0) return;
  std::string request;
  char buffer[4096];
  while (request.find("\r\n\r\n") == std::string::npos) {
    const ssize_t n = recv(fd, buffer, sizeof(buffer), 0);
    if (n <= 0) break;
    request.append(buffer, static_cast<size_t>(n));
  }
  const std::string reply =
      "HTTP/1.0 200 OK\r\nContent-Length: " + std::to_string(document.size()) + "\r\n\r\n" +
      document;
  for (size_t done = 0; done < reply.size();) {
    const ssize_t n = send(fd, reply.data() + done, reply.size() - done, MSG_NOSIGNAL);
    if (n <= 0) break;
    done += static_cast<size_t>(n);
  }
  close(fd);
}

std::string Md5(const std::string& contents) {
  const std::string path = testing::MakeTempDir() + "/document";
  testing::WriteFile(path, contents);
  return testing::RunProcess({"md5sum", path}).out.substr(0, 32);
}

// A RAM disk that brings the card up with this address and goes on with `commands`.
std::string NetworkInitrd(const std::string& address, const std::string& commands) {
  Initramfs initramfs;
  for (const char* module : {"virtio_mmio", "virtio_net"}) initramfs.AddModule(module);
  return initramfs.Write(initramfs.LoadModules() + "busybox ifconfig eth0 " + address +
                         " netmask 255.255.255.0 up\n" + commands + "busybox poweroff -f\n");
}

struct LinuxNetworkTest : ::testing::Test {
  void SetUp() override {
    if (!testing::HaveLinux()) GTEST_SKIP() << testing::kGuestsMissing;
  }
};

TEST_F(LinuxNetworkTest, WgetFromTheLoopbackOfTheHost) {
  std::string document(4 << 20, '\0');
  std::mt19937 random(1);
  for (char& c : document) c = static_cast<char>(random());
  uint16_t port = 0;
  const int listener = Listen(&port);
  std::thread server(Serve, listener, std::cref(document));
  const ProcessResult result = testing::RunEmulator(
      Concat(
          testing::LinuxOptions(NetworkInitrd(
              "10.0.2.15", "busybox wget -q -O /tmp/document http://10.0.2.2:" +
                               std::to_string(port) + "/document\nbusybox md5sum /tmp/document\n")),
          {"-smp", "4", "-netdev", "user,id=n", "-device", "virtio-net-device,netdev=n"}),
      "");
  shutdown(listener, SHUT_RDWR);
  close(listener);
  server.join();
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NE(result.out.find(Md5(document)), std::string::npos) << result.out;
}

TEST_F(LinuxNetworkTest, TwoMachinesOverASocket) {
  uint16_t port = 0;
  close(Listen(&port));  // a free one
  const auto options = [&](const std::string& initrd, const std::string& end,
                           const std::string& mac) {
    return Concat(testing::LinuxOptions(initrd),
                  {"-netdev", "socket,id=n," + end + "=127.0.0.1:" + std::to_string(port),
                   "-device", "virtio-net-device,netdev=n,mac=" + mac});
  };
  const std::string first = NetworkInitrd(
      "10.1.1.1", "busybox nc -l -p 9 > /tmp/got\necho \"got $(busybox cat /tmp/got)\"\n");
  // Tries until the other one listens.
  const std::string second = NetworkInitrd(
      "10.1.1.2",
      "until echo 'a word over the wire' | busybox nc 10.1.1.1 9; do busybox sleep 1; done\n");
  ProcessResult listener;
  std::thread other(
      [&] { listener = testing::RunEmulator(options(first, "listen", "52:54:00:00:00:01"), ""); });
  // Until the first machine listens, the second one does not start.
  ProcessResult connector;
  do {
    connector = testing::RunEmulator(options(second, "connect", "52:54:00:00:00:02"), "");
  } while (connector.exit_code == 2 &&
           connector.err.find("start the machine that listens first") != std::string::npos);
  other.join();
  EXPECT_EQ(connector.exit_code, 0) << connector.out << connector.err;
  EXPECT_EQ(listener.exit_code, 0) << listener.err;
  EXPECT_NE(listener.out.find("got a word over the wire"), std::string::npos) << listener.out;
}

}  // namespace
}  // namespace lockstep
