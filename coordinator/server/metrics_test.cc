#include "coordinator/server/metrics.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include "absl/synchronization/notification.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep::server {
namespace {

using ::testing::HasSubstr;

class MetricsTest : public ::testing::Test {
 protected:
  std::shared_ptr<::lockstep::server::Run> Create(const std::string& id) {
    RunConfig config;
    config.id = id;
    config.instances = {"A", "B"};
    return *registry_.Create(std::move(config));
  }
  store::NoSymbols symbols_;
  Registry registry_{&symbols_, {}};
  CallCounts calls_;
};

std::string Get(uint16_t port) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  EXPECT_EQ(connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  const std::string request = "GET /metrics HTTP/1.0\r\n\r\n";
  EXPECT_EQ(write(fd, request.data(), request.size()), static_cast<ssize_t>(request.size()));
  std::string answer;
  char buffer[4096];
  for (ssize_t n; (n = read(fd, buffer, sizeof(buffer))) > 0;) answer.append(buffer, n);
  close(fd);
  return answer;
}

TEST_F(MetricsTest, CountsRunsAndCalls) {
  Create("r1");
  auto run = Create("r2");
  absl::Notification done;
  run->Cancel("x");
  run->Watch([&](const Snapshot& s) {
    if (s.phase == Phase::kDone) done.Notify();
  });
  done.WaitForNotification();
  calls_.Count(grpc::StatusCode::NOT_FOUND);
  calls_.Count(grpc::StatusCode::NOT_FOUND);
  const std::string text = MetricsText(registry_, calls_);
  EXPECT_THAT(text, HasSubstr("lockstep_runs{state=\"waiting\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("lockstep_runs{state=\"ended\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("lockstep_runs_created_total 2\n"));
  EXPECT_THAT(text, HasSubstr("lockstep_verdicts_total{outcome=\"trouble\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("lockstep_rpcs_total{code=\"NOT_FOUND\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("# TYPE lockstep_verified_insns_total counter\n"));
}

TEST_F(MetricsTest, Serves) {
  auto server = MetricsServer::Start(*net::ParseAddress("127.0.0.1:0"), &registry_, &calls_);
  ASSERT_TRUE(server.ok()) << server.status();
  ASSERT_NE((*server)->address().port, 0);
  const std::string answer = Get((*server)->address().port);
  EXPECT_THAT(answer, HasSubstr("200 OK"));
  EXPECT_THAT(answer, HasSubstr("lockstep_runs{state=\"waiting\"} 0"));
  // The port is taken now.
  auto second = MetricsServer::Start((*server)->address(), &registry_, &calls_);
  EXPECT_EQ(second.status().code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace lockstep::server
