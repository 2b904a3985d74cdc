#include "emulator/backend/user_network.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include "emulator/devices/fake_clock.h"

namespace lockstep::backend {
namespace {

using Bytes = std::vector<uint8_t>;

constexpr uint8_t kGuestMac[] = {0x52, 0x54, 0, 0x12, 0x34, 0x56};

void Append(Bytes& bytes, std::initializer_list<int> more) {
  for (int byte : more) bytes.push_back(static_cast<uint8_t>(byte));
}

// "Who has 10.0.2.2? Tell 10.0.2.15."
Bytes ArpRequest() {
  Bytes frame(6, 0xff);
  frame.insert(frame.end(), std::begin(kGuestMac), std::end(kGuestMac));
  Append(frame, {8, 6, 0, 1, 8, 0, 6, 4, 0, 1});
  frame.insert(frame.end(), std::begin(kGuestMac), std::end(kGuestMac));
  Append(frame, {10, 0, 2, 15, 0, 0, 0, 0, 0, 0, 10, 0, 2, 2});
  return frame;
}

// A datagram from 10.0.2.15:4000 to 10.0.2.2:port.
Bytes Datagram(uint16_t port, const std::string& text) {
  Bytes frame = {0x52, 0x55, 10, 0, 2, 2};  // the host's address in libslirp
  frame.insert(frame.end(), std::begin(kGuestMac), std::end(kGuestMac));
  const int udp_bytes = 8 + static_cast<int>(text.size()), ip_bytes = 20 + udp_bytes;
  Append(frame, {8, 0, 0x45, 0, ip_bytes >> 8, ip_bytes & 255, 0, 1, 0, 0, 64, 17, 0, 0});
  Append(frame, {10, 0, 2, 15, 10, 0, 2, 2});
  uint32_t sum = 0;
  for (size_t i = 14; i < 34; i += 2) sum += static_cast<uint32_t>(frame[i] << 8 | frame[i + 1]);
  sum = ~((sum & 0xffff) + (sum >> 16));
  frame[24] = static_cast<uint8_t>(sum >> 8);
  frame[25] = static_cast<uint8_t>(sum);
  Append(frame,
         {4000 >> 8, 4000 & 255, port >> 8, port & 255, udp_bytes >> 8, udp_bytes & 255, 0, 0});
  frame.insert(frame.end(), text.begin(), text.end());
  return frame;
}

struct UserNetworkTest : ::testing::Test {
  void Open(const UserNetworkSpec& spec = {}) {
    auto opened = OpenUserNetwork(spec);
    ASSERT_TRUE(opened.ok()) << opened.status();
    link = *std::move(opened);
    link->Attach(&clock);
  }
  void Poll() {
    std::vector<pollfd> fds;
    int wait_ms = 100;
    link->AddPollFds(&fds, &wait_ms);
    poll(fds.data(), fds.size(), wait_ms);
    link->HandlePolled(fds);
    clock.now_ns += 1'000'000;
  }
  devices::FakeClock clock;
  std::unique_ptr<NetLink> link;
};

TEST_F(UserNetworkTest, TheHostAnswersAtOnce) {
  Open();
  EXPECT_FALSE(link->MayCome());
  link->Send(ArpRequest());
  ASSERT_FALSE(link->waiting().empty());
  const Bytes& reply = link->waiting().front();
  EXPECT_TRUE(std::equal(std::begin(kGuestMac), std::end(kGuestMac), reply.begin()));
  EXPECT_EQ(reply[21], 2) << "an ARP reply";
}

TEST_F(UserNetworkTest, DatagramsReachTheHostAndComeBack) {
  const int server = socket(AF_INET, SOCK_DGRAM, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  ASSERT_EQ(bind(server, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(getsockname(server, reinterpret_cast<sockaddr*>(&address), &size), 0);
  Open();
  link->Send(ArpRequest());  // the host learns the guest's address
  link->waiting().clear();
  link->Send(Datagram(ntohs(address.sin_port), "ping"));
  char text[16] = {};
  sockaddr_in peer = {};
  size = sizeof(peer);
  ASSERT_EQ(recvfrom(server, text, sizeof(text), 0, reinterpret_cast<sockaddr*>(&peer), &size), 4);
  EXPECT_STREQ(text, "ping");
  ASSERT_EQ(sendto(server, "answer", 6, 0, reinterpret_cast<sockaddr*>(&peer), size), 6);
  while (link->waiting().empty()) Poll();
  EXPECT_TRUE(link->MayCome()) << "the association is open";
  const Bytes& frame = link->waiting().front();
  EXPECT_EQ(std::string(frame.begin() + 42, frame.begin() + 48), "answer");
  close(server);
}

// TFTP: a request to port 69 of the host is answered with the file, before anybody waits.
TEST_F(UserNetworkTest, AFileIsServedAtOnce) {
  std::string directory = ::testing::TempDir() + "/tftp-XXXXXX";
  ASSERT_NE(mkdtemp(directory.data()), nullptr);
  std::ofstream(directory + "/greeting") << "hello";
  UserNetworkSpec spec;
  spec.restricted = true;
  spec.tftp_directory = directory;
  Open(spec);
  link->Send(ArpRequest());
  link->waiting().clear();
  const auto request = [](const std::string& name) {
    return std::string("\0\1", 2) + name + std::string("\0octet\0", 7);
  };
  link->Send(Datagram(69, request("greeting")));
  ASSERT_EQ(link->waiting().size(), 1u);
  const Bytes& data = link->waiting().front();
  EXPECT_EQ(std::string(data.begin() + 42, data.end()), std::string("\0\3\0\1hello", 9));
  EXPECT_FALSE(link->MayCome());
  link->waiting().clear();
  for (const char* name : {"absent", "../greeting", "/etc/passwd"}) {
    link->Send(Datagram(69, request(name)));
    ASSERT_EQ(link->waiting().size(), 1u) << name;
    EXPECT_EQ(link->waiting().front()[43], 5) << "an error for " << name;
    link->waiting().clear();
  }
}

TEST_F(UserNetworkTest, ADirectoryThatIsNotThere) {
  UserNetworkSpec spec;
  spec.tftp_directory = "/nowhere";
  EXPECT_EQ(OpenUserNetwork(spec).status().message(),
            "tftp=/nowhere: no such directory; give one with the files to offer");
}

TEST_F(UserNetworkTest, HostilePacketsAreDropped) {
  UserNetworkSpec spec;
  spec.restricted = true;  // whatever the packets say, none leaves the host
  Open(spec);
  Bytes frame = Datagram(9, "x");
  for (size_t n_bytes = 0; n_bytes < frame.size(); ++n_bytes) {
    link->Send(Bytes(frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(n_bytes)));
  }
  for (size_t i = 12; i < frame.size(); ++i) {
    Bytes changed = frame;
    changed[i] ^= 0xff;
    link->Send(changed);
  }
  Poll();
}

TEST_F(UserNetworkTest, ForwardedPorts) {
  auto forward = ParseHostForward("tcp:127.0.0.1:0-:22");
  ASSERT_TRUE(forward.ok()) << forward.status();
  Open({.host_name = {}, .tftp_directory = {}, .forwards = {*forward}});
  EXPECT_TRUE(link->MayCome()) << "somebody may connect";
  EXPECT_FALSE(ParseHostForward("tcp:1-2").ok());
  EXPECT_FALSE(ParseHostForward("sctp::1-:2").ok());
  EXPECT_FALSE(ParseHostForward("tcp::99999-:2").ok());
  EXPECT_FALSE(ParseHostForward("").ok());
}

TEST_F(UserNetworkTest, APortThatIsTaken) {
  const int server = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  ASSERT_EQ(bind(server, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(listen(server, 1), 0);
  ASSERT_EQ(getsockname(server, reinterpret_cast<sockaddr*>(&address), &size), 0);
  const std::string text = "tcp:127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "-:22";
  UserNetworkSpec spec;
  spec.forwards.push_back(*ParseHostForward(text));
  EXPECT_EQ(
      OpenUserNetwork(spec).status().message(),
      "hostfwd=" + text + ": cannot listen on the port (Address already in use); take another");
  close(server);
}

}  // namespace
}  // namespace lockstep::backend
