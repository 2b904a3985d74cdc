// The service over a real gRPC connection: what a client may do, and what it may not.
#include "coordinator/server/service.h"

#include <grpcpp/grpcpp.h>
#include <stdlib.h>
#include <unistd.h>

#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "coordinator/ingest/coordinator_client.h"
#include "coordinator/ingest/stream_sink.h"
#include "coordinator/server/message_testing.h"
#include "coordinator/server/server.h"
#include "coordinator/server/stream_testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep::server {
namespace {

namespace v1 = ::lockstep::v1;
using testing::BatchMessage;
using testing::Blocks;
using ::testing::ElementsAre;
using testing::EndAt;
using ::testing::HasSubstr;
using testing::Hello;
using testing::Identity;
using testing::kInsnsPerBlock;

class ServiceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    char directory[] = "/tmp/lockstep-service-XXXXXX";
    ASSERT_NE(mkdtemp(directory), nullptr);
    directory_ = directory;
    address_ = absl::StrCat("unix:", directory_, "/s");
    auto server = Server::Start(address_, &symbols_);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    client_ = std::make_unique<ingest::CoordinatorClient>(address_);
  }
  void TearDown() override {
    client_.reset();
    server_.reset();
    unlink((directory_ + "/s").c_str());
    rmdir(directory_.c_str());
  }

  std::string CreateRun(std::vector<std::string> names = {"A", "B"}) {
    auto id = client_->CreateRun(names, ingest::RunSettings());
    EXPECT_TRUE(id.ok()) << id.status();
    return id.value_or("");
  }

  report::Report WaitForReport(const std::string& id) {
    ingest::RunWatcher watcher(client_.get(), id, absl::Milliseconds(100));
    EXPECT_TRUE(watcher.Wait(absl::Seconds(30)));
    auto report = watcher.Report();
    EXPECT_TRUE(report.ok()) << report.status();
    return report.value_or(report::Report());
  }

  // Sends the messages on one call and half-closes; the call's status.
  grpc::Status Talk(const std::vector<v1::ProducerMessage>& messages) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
    auto stream = client_->stub()->Stream(&context);
    for (const v1::ProducerMessage& message : messages) {
      if (!stream->Write(message)) break;
    }
    stream->WritesDone();
    v1::CoordinatorMessage answer;
    while (stream->Read(&answer)) {
    }
    return stream->Finish();
  }

  // The status of a call whose first message is a good Hello.
  grpc::Status TalkAsA(const std::string& id, std::vector<v1::ProducerMessage> messages) {
    messages.insert(messages.begin(), Hello(id, "A"));
    return Talk(messages);
  }

  std::string directory_, address_;
  store::NoSymbols symbols_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<ingest::CoordinatorClient> client_;
};

// Streams through the real sink; `blocks` in `batches` batches, then the end.
void StreamInOrder(ingest::CoordinatorClient* client, const std::string& id,
                   const std::string& name, uint32_t blocks, uint32_t batches) {
  ingest::StreamSink sink(client->stub(), id, name, "command of " + name);
  ASSERT_TRUE(sink.Open(Identity()).ok());
  for (uint32_t i = 0; i < batches; ++i) {
    while (sink.Allowance(0) < blocks + 1) sink.WaitForAllowance(absl::Seconds(10));
    state::Batch batch = Blocks(i, uint64_t{i} * blocks, blocks);
    ASSERT_TRUE(sink.Deliver(&batch).ok());
  }
  state::Batch end = EndAt(batches, uint64_t{batches} * blocks);
  ASSERT_TRUE(sink.Deliver(&end).ok());
  sink.Close({});
  // The sink breaks its call off when it goes; the verdict must be reached before.
  ingest::RunWatcher watcher(client, id, absl::Milliseconds(100));
  EXPECT_TRUE(watcher.Wait(absl::Seconds(30)));
}

TEST_F(ServiceTest, IdenticalStreamsBeyondTheWindow) {
  const std::string id = CreateRun();
  constexpr uint32_t kBlocks = 60000, kBatches = 60;  // 3.6 M records, the window is 1 Mi
  std::thread a([&] { StreamInOrder(client_.get(), id, "A", kBlocks, kBatches); });
  std::thread b([&] { StreamInOrder(client_.get(), id, "B", kBlocks, kBatches); });
  const report::Report report = WaitForReport(id);
  a.join();
  b.join();
  EXPECT_EQ(report.outcome, report::Outcome::kIdentical)
      << report.trouble.value_or(report::Trouble()).reason;
  EXPECT_EQ(report.compared.insns, uint64_t{kBlocks} * kBatches * kInsnsPerBlock);
  EXPECT_EQ(report.instances[1].command, "command of B");
  auto again = client_->GetReport(id);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->compared.blocks, report.compared.blocks);
}

TEST_F(ServiceTest, SinkOfAnInstanceThatNeverStarted) {
  const std::string id = CreateRun();
  ingest::StreamSink sink(client_->stub(), id, "B", "nope");
  sink.Close({.cause = ingest::StreamEnd::Cause::kNotStarted, .text = "cannot start 'nope'"});
  const report::Report report = WaitForReport(id);
  EXPECT_EQ(report.outcome, report::Outcome::kTrouble);
  EXPECT_EQ(report.trouble->instance, "B");
  EXPECT_EQ(report.trouble->reason, "cannot start 'nope'");
}

TEST_F(ServiceTest, SinkLearnsThatTheRunIsOver) {
  const std::string id = CreateRun();
  absl::Status status;
  std::thread waiting([&] {
    ingest::StreamSink sink(client_->stub(), id, "A", "");
    status = sink.Open(Identity()).status();  // B never comes
    sink.Close({.cause = ingest::StreamEnd::Cause::kDropped, .text = "stopped"});
  });
  absl::SleepFor(absl::Milliseconds(50));
  EXPECT_TRUE(client_->CancelRun(id, "enough").ok());
  waiting.join();
  EXPECT_EQ(status.code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(WaitForReport(id).trouble->reason, "enough");
}

TEST_F(ServiceTest, SinkOfAnUnknownRun) {
  ingest::StreamSink sink(client_->stub(), "nope", "A", "");
  const absl::Status status = sink.Open(Identity()).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(status.message()), HasSubstr("no run 'nope'"));
  EXPECT_THAT(std::string(client_->GetRun("a\nb").status().message()), HasSubstr("'a\\nb'"));
}

TEST_F(ServiceTest, BadMessages) {
  const std::string id = CreateRun();
  EXPECT_EQ(Talk({}).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(Talk({v1::ProducerMessage()}).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(Talk({BatchMessage(Blocks(0, 0, 1))}).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(Talk({Hello("nope", "A")}).error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(Talk({Hello(id, "C")}).error_code(), grpc::StatusCode::NOT_FOUND);
  v1::ProducerMessage hello = Hello(id, "A");
  hello.mutable_hello()->mutable_identity()->set_vcpus(1000);
  EXPECT_EQ(Talk({hello}).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  // None of these has harmed the run.
  EXPECT_EQ(client_->GetReport(id).status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(ServiceTest, BadBatchesAreTroubleOfTheirInstance) {
  v1::ProducerMessage torn = BatchMessage(Blocks(0, 0, 8));
  torn.mutable_batch()->mutable_block_ids()->pop_back();
  v1::ProducerMessage far_away = BatchMessage(Blocks(0, 0, 8));
  far_away.mutable_batch()->set_vcpu(63);
  for (const v1::ProducerMessage& message : {torn, far_away, Hello("x", "A")}) {
    const std::string id = CreateRun();
    ingest::StreamSink other(client_->stub(), id, "B", "");
    std::thread b([&] { other.Open(Identity()).IgnoreError(); });
    EXPECT_EQ(TalkAsA(id, {message}).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    const report::Report report = WaitForReport(id);
    EXPECT_EQ(report.outcome, report::Outcome::kTrouble);
    EXPECT_EQ(report.trouble->instance, "A");
    EXPECT_THAT(report.trouble->reason, HasSubstr("protocol error"));
    b.join();
  }
}

TEST_F(ServiceTest, SecondStreamOfAnInstanceIsRefused) {
  const std::string id = CreateRun();
  ingest::StreamSink first(client_->stub(), id, "A", "");
  std::thread a([&] { first.Open(Identity()).IgnoreError(); });
  const auto joined = [&] {
    grpc::ClientContext context;
    v1::ListRunsResponse page;
    EXPECT_TRUE(client_->stub()->ListRuns(&context, v1::ListRunsRequest(), &page).ok());
    return page.runs(0).joined_size() == 1;
  };
  while (!joined()) absl::SleepFor(absl::Milliseconds(1));
  EXPECT_EQ(Talk({Hello(id, "A")}).error_code(), grpc::StatusCode::ALREADY_EXISTS);
  EXPECT_TRUE(client_->CancelRun(id, "").ok());
  a.join();
}

TEST_F(ServiceTest, UnaryErrors) {
  ingest::RunSettings empty_name;
  empty_name.policy.csr_masks = {{"", 1}};
  const absl::Status refused = client_->CreateRun({"A", "B"}, empty_name).status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_NE(refused.message().find("policy.csr_masks[0].csr: empty"), std::string::npos) << refused;
  EXPECT_EQ(client_->CreateRun({"A"}, ingest::RunSettings()).status().code(),
            absl::StatusCode::kInvalidArgument);
  ingest::RunSettings long_history;
  long_history.history_blocks = 1u << 30;
  EXPECT_EQ(client_->CreateRun({"A", "B"}, long_history).status().code(),
            absl::StatusCode::kInvalidArgument);
  ingest::RunSettings odd_start;
  odd_start.start_icount = 65537;
  EXPECT_EQ(client_->CreateRun({"A", "B"}, odd_start).status().message(),
            "start_icount: 65537 is no multiple of 65536");
  odd_start.start_icount = 131072;
  const auto late = client_->CreateRun({"A", "B"}, odd_start);
  ASSERT_TRUE(late.ok()) << late.status();
  EXPECT_EQ(client_->GetRun(*late)->settings.start_icount, 131072u) << "whoever joins must know";
  EXPECT_EQ(client_->GetReport("nope").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(client_->CancelRun("nope", "").code(), absl::StatusCode::kNotFound);
  ingest::RunWatcher watcher(client_.get(), "nope", absl::Seconds(1));
  EXPECT_TRUE(watcher.Wait(absl::Seconds(10)));
  EXPECT_FALSE(watcher.Report().ok());
}

TEST_F(ServiceTest, ListsRunsInPages) {
  std::vector<std::string> ids;
  for (int i = 0; i < 3; ++i) ids.push_back(CreateRun());
  grpc::ClientContext first_context;
  v1::ListRunsRequest request;
  request.set_page_size(2);
  v1::ListRunsResponse page;
  ASSERT_TRUE(client_->stub()->ListRuns(&first_context, request, &page).ok());
  ASSERT_EQ(page.runs_size(), 2);
  EXPECT_EQ(page.runs(0).run_id(), ids[2]);
  EXPECT_EQ(page.runs(0).state(), v1::RUN_STATE_WAITING);
  EXPECT_THAT(page.runs(0).instances(), ElementsAre("A", "B"));
  EXPECT_EQ(page.runs(1).run_id(), ids[1]);
  request.set_page_token(page.next_page_token());
  grpc::ClientContext second_context;
  ASSERT_TRUE(client_->stub()->ListRuns(&second_context, request, &page).ok());
  ASSERT_EQ(page.runs_size(), 1);
  EXPECT_EQ(page.runs(0).run_id(), ids[0]);
  EXPECT_EQ(page.next_page_token(), "");
  request.set_page_token("garbage");
  grpc::ClientContext third_context;
  EXPECT_EQ(client_->stub()->ListRuns(&third_context, request, &page).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(ServiceTest, ServerGoesWhileAStreamIsOpen) {
  const std::string id = CreateRun();
  ingest::ReliableStreamOptions options;
  options.reconnect_timeout = absl::Milliseconds(200);
  ingest::StreamSink sink(client_->stub(), {id, "A", "", {}, {}}, options);
  absl::Status status;
  std::thread a([&] { status = sink.Open(Identity()).status(); });
  absl::SleepFor(absl::Milliseconds(50));
  server_.reset();
  a.join();
  EXPECT_FALSE(status.ok());
}

TEST(ServerStart, UnusableAddress) {
  store::NoSymbols symbols;
  EXPECT_EQ(Server::Start("unix:/no/such/directory/s", &symbols).status().code(),
            absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace lockstep::server
