// Who gets in: tokens, certificates, and what `lockstep serve` refuses to begin with.
#include <grpcpp/generic/generic_stub.h>
#include <signal.h>
#include <sys/stat.h>

#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "coordinator/ingest/channel.h"
#include "coordinator/net/certificate_testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/cli/run_lockstep.h"
#include "tests/remote/serve_process.h"

namespace lockstep::remotetest {
namespace {

using clitest::Result;
using clitest::RunLockstep;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kOps[] = "ops-0123456789abcdef";
constexpr char kCi[] = "ci--0123456789abcdef";
constexpr char kWrong[] = "wrong0123456789abcdef";

std::string TokenFile(const std::string& token) {
  return net::WriteTestFile(absl::StrCat("token.", token), absl::StrCat(token, "\n"));
}

std::string ServerTokens() {
  return net::WriteTestFile("tokens", absl::StrCat(kOps, " *\n", kCi, " ci-*\n"));
}

grpc::StatusCode Create(v1::Coordinator::Stub& stub, const std::string& id) {
  v1::CreateRunRequest request;
  request.set_run_id(id);
  request.add_instances("A");
  request.add_instances("B");
  v1::Run run;
  return stub.CreateRun(Context().get(), request, &run).error_code();
}

// What every rpc says about the run "other", to a caller with this stub.
std::vector<grpc::StatusCode> AskAbout(v1::Coordinator::Stub& stub, const std::string& id) {
  std::vector<grpc::StatusCode> codes;
  codes.push_back(Create(stub, id));
  v1::GetReportRequest report_request;
  report_request.set_run_id(id);
  v1::Report report;
  codes.push_back(stub.GetReport(Context().get(), report_request, &report).error_code());
  v1::CancelRunRequest cancel_request;
  cancel_request.set_run_id(id);
  v1::Run run;
  codes.push_back(stub.CancelRun(Context().get(), cancel_request, &run).error_code());
  v1::WatchRunRequest watch_request;
  watch_request.set_run_id(id);
  auto context = Context();
  auto watch = stub.WatchRun(context.get(), watch_request);
  v1::RunProgress progress;
  while (watch->Read(&progress)) {
  }
  codes.push_back(watch->Finish().error_code());
  codes.push_back(Instance(&stub, id, "A").Finish().error_code());
  return codes;
}

// A unary call of a service whose stubs are not linked here; empty request.
grpc::Status CallRaw(const std::shared_ptr<grpc::Channel>& channel, const std::string& method,
                     const std::string& request, std::string* answer) {
  grpc::GenericStub stub(channel);
  grpc::CompletionQueue queue;
  auto context = Context();
  auto call = stub.PrepareCall(context.get(), method, &queue);
  const auto wait = [&] {
    void* tag = nullptr;
    bool ok = false;
    return queue.Next(&tag, &ok) && ok;
  };
  call->StartCall(nullptr);
  wait();
  const grpc::Slice slice(request);
  call->Write(grpc::ByteBuffer(&slice, 1), nullptr);
  wait();
  call->WritesDone(nullptr);
  wait();
  grpc::ByteBuffer received;
  call->Read(&received, nullptr);
  if (wait()) {
    std::vector<grpc::Slice> slices;
    received.Dump(&slices);
    for (const grpc::Slice& s : slices) {
      answer->append(reinterpret_cast<const char*>(s.begin()), s.size());
    }
  }
  grpc::Status status;
  call->Finish(&status, nullptr);
  wait();
  return status;
}

std::shared_ptr<grpc::Channel> Channel(const std::string& address, const std::string& token = "") {
  ingest::ChannelOptions options;
  options.address = address;
  if (!token.empty()) options.token_file = TokenFile(token);
  auto channel = ingest::OpenChannel(options);
  EXPECT_TRUE(channel.ok()) << channel.status();
  return *channel;
}

constexpr char kHealth[] = "/grpc.health.v1.Health/Check";
constexpr char kReflection[] = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo";
constexpr char kListServices[] = "\x3a\x01*";
constexpr char kChannelz[] = "/grpc.channelz.v1.Channelz/GetServers";

TEST(Access, StandardServices) {
  Serve serve;
  std::string answer;
  EXPECT_TRUE(CallRaw(Channel(serve.address()), kHealth, "", &answer).ok());
  EXPECT_EQ(answer, "\x08\x01");  // SERVING
  answer.clear();
  EXPECT_TRUE(CallRaw(Channel(serve.address()), kReflection, kListServices, &answer).ok());
  EXPECT_THAT(answer, HasSubstr("lockstep.v1.Coordinator"));
  EXPECT_THAT(answer, HasSubstr("grpc.health.v1.Health"));
  answer.clear();
  EXPECT_TRUE(CallRaw(Channel(serve.address()), kChannelz, "", &answer).ok());
  EXPECT_FALSE(answer.empty());
}

TEST(Access, Tokens) {
  Serve serve({"--token-file", ServerTokens(), "-v"});
  EXPECT_THAT(serve.err(), HasSubstr("no encryption, this machine only, tokens)"));
  const auto ops = v1::Coordinator::NewStub(Channel(serve.address(), kOps));
  const auto ci = v1::Coordinator::NewStub(Channel(serve.address(), kCi));
  const auto wrong = v1::Coordinator::NewStub(Channel(serve.address(), kWrong));
  const auto none = v1::Coordinator::NewStub(Channel(serve.address()));
  ASSERT_EQ(Create(*ops, "release"), grpc::StatusCode::OK);
  ASSERT_EQ(Create(*ci, "ci-1"), grpc::StatusCode::OK);
  EXPECT_THAT(AskAbout(*ci, "release"), ::testing::Each(grpc::StatusCode::PERMISSION_DENIED));
  EXPECT_THAT(AskAbout(*wrong, "release"), ::testing::Each(grpc::StatusCode::UNAUTHENTICATED));
  EXPECT_THAT(AskAbout(*none, "release"), ::testing::Each(grpc::StatusCode::UNAUTHENTICATED));
  // A run that does not exist looks the same.
  EXPECT_THAT(AskAbout(*none, "nope"), ::testing::Each(grpc::StatusCode::UNAUTHENTICATED));
  // Where there is no metadata, Hello has the token.
  EXPECT_EQ(Instance(none.get(), "ci-1", "C", kCi).Finish().error_code(),
            grpc::StatusCode::NOT_FOUND);  // let in; there is no such instance
  EXPECT_EQ(Instance(none.get(), "release", "A", kCi).Finish().error_code(),
            grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(Instance(none.get(), "ci-1", "A", kWrong).Finish().error_code(),
            grpc::StatusCode::UNAUTHENTICATED);
  // The list has what the token may see.
  v1::ListRunsResponse list;
  ASSERT_TRUE(ci->ListRuns(Context().get(), v1::ListRunsRequest(), &list).ok());
  ASSERT_EQ(list.runs_size(), 1);
  EXPECT_EQ(list.runs(0).run_id(), "ci-1");
  EXPECT_EQ(none->ListRuns(Context().get(), v1::ListRunsRequest(), &list).error_code(),
            grpc::StatusCode::UNAUTHENTICATED);
  const Result result = serve.Stop();
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("run release ended: TROUBLE"));
  EXPECT_THAT(result.err, Not(HasSubstr("0123456789abcdef")));
}

TEST(Access, StandardServicesWithTokens) {
  Serve serve({"--token-file", ServerTokens()});
  std::string answer;
  EXPECT_TRUE(CallRaw(Channel(serve.address()), kHealth, "", &answer).ok());
  for (const char* method : {kReflection, kChannelz}) {
    const std::string request = method == kReflection ? kListServices : "";
    answer.clear();
    EXPECT_FALSE(CallRaw(Channel(serve.address()), method, request, &answer).ok()) << method;
    EXPECT_EQ(answer, "") << method;
    EXPECT_FALSE(CallRaw(Channel(serve.address(), kWrong), method, request, &answer).ok());
    EXPECT_EQ(answer, "") << method;
    EXPECT_TRUE(CallRaw(Channel(serve.address(), kCi), method, request, &answer).ok());
    EXPECT_NE(answer, "") << method;
  }
}

TEST(Access, TokensAreReadAgain) {
  const std::string path = net::WriteTestFile("changing", absl::StrCat(kOps, " *\n"));
  Serve serve({"--token-file", path});
  const auto ci = v1::Coordinator::NewStub(Channel(serve.address(), kCi));
  EXPECT_EQ(Create(*ci, "ci-1"), grpc::StatusCode::UNAUTHENTICATED);
  net::WriteTestFile("changing", absl::StrCat(kCi, " ci-*\n", kWrong, " x\n"));
  serve.process().Signal(SIGHUP);
  serve.WaitForText("SIGHUP: 2 tokens");
  EXPECT_EQ(Create(*ci, "ci-1"), grpc::StatusCode::OK);
  const auto ops = v1::Coordinator::NewStub(Channel(serve.address(), kOps));
  EXPECT_EQ(Create(*ops, "ci-2"), grpc::StatusCode::UNAUTHENTICATED);
  // A bad file changes nothing.
  net::WriteTestFile("changing", "bad");
  serve.process().Signal(SIGHUP);
  serve.WaitForText("the tokens stay as they were");
  EXPECT_EQ(Create(*ci, "ci-3"), grpc::StatusCode::OK);
}

class Tls : public ::testing::Test {
 protected:
  std::string Cert(const std::string& name, const std::string& pem) {
    return net::WriteTestFile(name, pem);
  }
  // Options of `serve`; with `extra`.
  std::vector<std::string> ServeArgs(std::vector<std::string> extra = {}) {
    extra.insert(extra.end(), {"--tls-cert", Cert("s.crt", server_.cert_pem), "--tls-key",
                               Cert("s.key", server_.key_pem)});
    return extra;
  }
  std::vector<std::string> MutualArgs() {
    return ServeArgs({"--tls-ca", Cert("ca.crt", authority_.cert_pem())});
  }
  grpc::StatusCode List(const ingest::ChannelOptions& options) {
    v1::ListRunsResponse list;
    return Connect(options)->ListRuns(Context().get(), v1::ListRunsRequest(), &list).error_code();
  }
  ingest::ChannelOptions To(const Serve& serve) {
    ingest::ChannelOptions options;
    options.address = serve.address();
    options.files.ca = Cert("ca.crt", authority_.cert_pem());
    return options;
  }
  net::TestAuthority authority_{"ours"};
  net::TestAuthority stranger_{"theirs"};
  net::TestCertificate server_ = authority_.Issue("server");
  net::TestCertificate client_ = authority_.Issue("client");
};

TEST_F(Tls, ServerIsVouchedFor) {
  Serve serve(ServeArgs());
  EXPECT_THAT(serve.err(), HasSubstr("(TLS, everyone there may take part)"));
  EXPECT_EQ(List(To(serve)), grpc::StatusCode::OK);
  ingest::ChannelOptions other = To(serve);
  other.files.ca = Cert("other.crt", stranger_.cert_pem());
  EXPECT_EQ(List(other), grpc::StatusCode::UNAVAILABLE);
  ingest::ChannelOptions plain;
  plain.address = serve.address();
  EXPECT_EQ(List(plain), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(Tls, TokensTravelEncrypted) {
  Serve serve(ServeArgs({"--token-file", ServerTokens()}));
  ingest::ChannelOptions options = To(serve);
  EXPECT_EQ(List(options), grpc::StatusCode::UNAUTHENTICATED);
  options.token_file = TokenFile(kOps);
  EXPECT_EQ(List(options), grpc::StatusCode::OK);
}

TEST_F(Tls, ClientsNeedACertificate) {
  Serve serve(MutualArgs());
  EXPECT_THAT(serve.err(), HasSubstr("(TLS with client certificates)"));
  ingest::ChannelOptions options = To(serve);
  EXPECT_EQ(List(options), grpc::StatusCode::UNAVAILABLE);
  options.files.cert = Cert("c.crt", client_.cert_pem);
  options.files.key = Cert("c.key", client_.key_pem);
  EXPECT_EQ(List(options), grpc::StatusCode::OK);
  const net::TestCertificate foreign = stranger_.Issue("client");
  options.files.cert = Cert("f.crt", foreign.cert_pem);
  options.files.key = Cert("f.key", foreign.key_pem);
  EXPECT_EQ(List(options), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(Tls, ExpiredClientCertificate) {
  Serve serve(MutualArgs());
  const net::TestCertificate old = authority_.Issue("client", -absl::Minutes(1));
  const std::string cert = Cert("old.crt", old.cert_pem), key = Cert("old.key", old.key_pem);
  // Ours says so before it connects ...
  const Result result =
      RunLockstep({"watch", "--coordinator", serve.address(), "--tls-ca",
                   Cert("ca.crt", authority_.cert_pem()), "--tls-cert", cert, "--tls-key", key});
  EXPECT_EQ(result.status, 2);
  EXPECT_THAT(result.err, HasSubstr("expired on"));
  // ... and who does not is refused.
  grpc::SslCredentialsOptions ssl{authority_.cert_pem(), old.key_pem, old.cert_pem};
  const auto stub =
      v1::Coordinator::NewStub(grpc::CreateChannel(serve.address(), grpc::SslCredentials(ssl)));
  v1::ListRunsResponse list;
  EXPECT_EQ(stub->ListRuns(Context().get(), v1::ListRunsRequest(), &list).error_code(),
            grpc::StatusCode::UNAVAILABLE);
}

TEST_F(Tls, BadFilesEndItAtOnce) {
  const net::TestCertificate old = authority_.Issue("server", -absl::Minutes(1));
  const std::string cert = Cert("s.crt", server_.cert_pem), key = Cert("s.key", server_.key_pem);
  const struct {
    std::vector<std::string> args;
    std::string message;
  } kCases[] = {
      {{"--tls-cert", "/nope", "--tls-key", key}, "cannot read '/nope'"},
      {{"--tls-cert", cert}, "--tls-cert needs --tls-key"},
      {{"--tls-cert", cert, "--tls-key", Cert("c.key", client_.key_pem)}, "is not the key of"},
      {{"--tls-cert", Cert("old.crt", old.cert_pem), "--tls-key", Cert("old.key", old.key_pem)},
       "expired on"},
      {{"--tls-ca", cert}, "--tls-ca needs --tls-cert"},
  };
  for (const auto& c : kCases) {
    std::vector<std::string> args = {"serve", "--listen", "127.0.0.1:0"};
    args.insert(args.end(), c.args.begin(), c.args.end());
    const Result result = RunLockstep(args);
    EXPECT_EQ(result.status, 2) << result.err;
    EXPECT_THAT(result.err, HasSubstr(c.message));
    EXPECT_EQ(clitest::Lines(result.err).size(), 1u) << result.err;
  }
}

TEST(Access, RefusesToBeginInsecurely) {
  net::TestAuthority authority("ours");
  const net::TestCertificate server = authority.Issue("server");
  const std::string cert = net::WriteTestFile("s.crt", server.cert_pem);
  const std::string key = net::WriteTestFile("s.key", server.key_pem);
  const std::string open = net::WriteTestFile("open", absl::StrCat(kOps, " *\n"));
  ASSERT_EQ(chmod(open.c_str(), 0644), 0);
  const struct {
    std::vector<std::string> args;
    std::string message;
  } kCases[] = {
      {{"--listen", "0.0.0.0:0"}, "can be reached from other machines: give --tls-cert"},
      {{"--listen", "[::]:0", "--token-file", ServerTokens()},
       "can be reached from other machines: give --tls-cert"},
      {{"--listen", "0.0.0.0:0", "--tls-cert", cert, "--tls-key", key}, "say who may take part"},
      {{"--listen", "127.0.0.1:0", "--token-file", open}, "chmod 600"},
      {{"--listen", "127.0.0.1:0", "--token-file", "/nope"}, "cannot read '/nope'"},
      {{"--listen", "unix:/no/such/directory/s"}, "cannot listen on unix:/no/such/directory/s"},
      {{"--listen", "192.0.2.1:1", "--tls-cert", cert, "--tls-key", key, "--tls-ca", cert},
       "cannot listen on 192.0.2.1:1"},
  };
  for (const auto& c : kCases) {
    std::vector<std::string> args = {"serve"};
    args.insert(args.end(), c.args.begin(), c.args.end());
    const Result result = RunLockstep(args);
    EXPECT_EQ(result.status, 2) << result.err;
    EXPECT_THAT(result.err, HasSubstr(c.message));
    EXPECT_EQ(clitest::Lines(result.err).size(), 1u) << result.err;
  }
}

TEST(Access, UnixSocketIsTheUsersOnly) {
  const SocketPlace place;
  const std::string path = place.path();
  Serve serve({"--listen", place.address()});
  EXPECT_THAT(serve.err(), HasSubstr("(no encryption, this user only)"));
  struct stat info;
  ASSERT_EQ(stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 077, 0u);
  EXPECT_EQ(RunLockstep({"watch", "--coordinator", place.address()}).status, 0);
  const Result second = RunLockstep({"serve", "--listen", place.address()});
  EXPECT_EQ(second.status, 2);
  EXPECT_THAT(second.err, HasSubstr("another process listens there"));
  EXPECT_EQ(serve.Stop().status, 0);
}

TEST(Access, WatchSaysWhatIsWrong) {
  Serve serve({"--token-file", ServerTokens()});
  const auto watch = [&](std::vector<std::string> args) {
    args.insert(args.begin(), {"watch", "--coordinator", serve.address()});
    const Result result = RunLockstep(args);
    EXPECT_EQ(result.status, 2) << result.err;
    EXPECT_EQ(clitest::Lines(result.err).size(), 1u) << result.err;
    return result.err;
  };
  EXPECT_THAT(watch({}), HasSubstr("no token"));
  EXPECT_THAT(watch({"--token-file", TokenFile(kWrong)}), HasSubstr("does not know the token"));
  EXPECT_THAT(watch({"--token-file", TokenFile(kCi), "--run", "release"}),
              HasSubstr("may not watch run 'release'"));
  EXPECT_THAT(watch({"--token-file", TokenFile(kCi), "--create", "A,B"}),
              HasSubstr("name the run"));
}

}  // namespace
}  // namespace lockstep::remotetest
