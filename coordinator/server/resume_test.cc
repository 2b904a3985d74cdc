// Broken connections, and clients that do not keep to the contract, over real connections: the
// server in this process, a relay that cuts, the real sink, and raw calls.
#include <grpcpp/grpcpp.h>
#include <stdlib.h>
#include <unistd.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "coordinator/ingest/channel.h"
#include "coordinator/ingest/coordinator_client.h"
#include "coordinator/ingest/stream_sink.h"
#include "coordinator/server/message_testing.h"
#include "coordinator/server/server.h"
#include "coordinator/server/stream_testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proto/cc/mode.h"
#include "proto/cc/session_convert.h"
#include "tests/remote/relay.h"

namespace lockstep::server {
namespace {

namespace v1 = ::lockstep::v1;
using remotetest::Relay;
using testing::Blocks;
using testing::Details;
using testing::EndAt;
using ::testing::HasSubstr;
using testing::Hello;
using testing::Identity;
using testing::kInsnsPerBlock;
using ::testing::MatchesRegex;
using testing::Message;
using testing::Windows;

constexpr uint32_t kBlocks = 500;  // of a batch
constexpr uint32_t kBatches = 200;
constexpr absl::Duration kForever = absl::Seconds(60);

// Batch number `sequence` of an endless run of one block.
state::Batch BatchOf(uint64_t sequence, uint32_t blocks = kBlocks) {
  return Blocks(sequence, sequence * blocks, blocks);
}

// One call made by hand.
class RawCall {
 public:
  explicit RawCall(v1::Coordinator::StubInterface* stub) {
    context_.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
    stream_ = stub->Stream(&context_);
  }
  bool Write(const v1::ProducerMessage& message) { return stream_->Write(message); }
  v1::Welcome ReadWelcome() {
    v1::CoordinatorMessage message;
    EXPECT_TRUE(stream_->Read(&message));
    EXPECT_TRUE(message.has_welcome());
    return message.welcome();
  }
  v1::DetailRequest ReadDetailRequest() {
    v1::CoordinatorMessage message;
    while (stream_->Read(&message)) {
      if (message.has_detail_request()) return message.detail_request();
    }
    ADD_FAILURE() << "no details are asked for";
    return {};
  }
  // Reads until `number` is acknowledged. False: there is nothing more to read.
  bool WaitUntilAcknowledged(uint64_t number) {
    v1::CoordinatorMessage message;
    while (acknowledged_ < number && stream_->Read(&message)) {
      if (message.has_credit()) acknowledged_ = message.credit().acknowledged_messages();
    }
    return acknowledged_ >= number;
  }
  // Reads to the end.
  grpc::Status Finish() {
    v1::CoordinatorMessage message;
    while (stream_->Read(&message)) {
    }
    return stream_->Finish();
  }
  void Break() {
    context_.TryCancel();
    stream_->Finish();
  }

 private:
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriterInterface<v1::ProducerMessage, v1::CoordinatorMessage>>
      stream_;
  uint64_t acknowledged_ = 0;
};

class ResumeTest : public ::testing::Test {
 protected:
  void SetUp() override {
    char directory[] = "/tmp/lockstep-resume-XXXXXX";
    ASSERT_NE(mkdtemp(directory), nullptr);
    directory_ = directory;
    address_ = absl::StrCat("unix:", directory_, "/s");
  }
  void TearDown() override {
    client_.reset();
    far_client_.reset();
    relay_.reset();
    server_.reset();
    unlink((directory_ + "/s").c_str());
    rmdir(directory_.c_str());
  }

  void StartServer(const RegistryOptions& options = {}) {
    auto server = Server::Start(address_, &symbols_, options);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    if (client_ == nullptr) client_ = Connect(address_);
    if (relay_ == nullptr) {
      relay_ = std::make_unique<Relay>(address_);
      far_client_ = Connect(relay_->address());
    }
  }

  static std::unique_ptr<ingest::CoordinatorClient> Connect(const std::string& address) {
    ingest::ChannelOptions options;
    options.address = address;
    auto channel = ingest::OpenChannel(options);
    EXPECT_TRUE(channel.ok()) << channel.status();
    return std::make_unique<ingest::CoordinatorClient>(*channel);
  }

  std::string CreateRun() {
    auto id = client_->CreateRun({"A", "B"}, ingest::RunSettings());
    EXPECT_TRUE(id.ok()) << id.status();
    return id.value_or("");
  }

  report::Report WaitForReport(const std::string& id) {
    ingest::RunWatcher watcher(client_.get(), id, absl::Milliseconds(100));
    EXPECT_TRUE(watcher.Wait(kForever));
    auto report = watcher.Report();
    EXPECT_TRUE(report.ok()) << report.status();
    return report.value_or(report::Report());
  }

  void WaitForJoined(const std::string& id, int count) {
    for (;;) {
      grpc::ClientContext context;
      v1::ListRunsResponse runs;
      const grpc::Status status = client_->stub()->ListRuns(&context, v1::ListRunsRequest(), &runs);
      ASSERT_TRUE(status.ok()) << status.error_message();
      for (const v1::Run& run : runs.runs()) {
        if (run.run_id() == id && run.joined_size() >= count) return;
      }
      absl::SleepFor(absl::Milliseconds(1));
    }
  }

  // Streams all batches through the real sink; `before` is called before each.
  void Stream(ingest::CoordinatorClient* client, const std::string& id, const std::string& name,
              const std::function<void(uint32_t)>& before = nullptr,
              ingest::ReliableStreamOptions options = {}) {
    ingest::StreamSink sink(client->stub(), {id, name, "command of " + name, {}, {}},
                            std::move(options));
    const auto opened = sink.Open(Identity());
    ASSERT_TRUE(opened.ok()) << opened.status();
    for (uint32_t i = 0; i <= kBatches; ++i) {
      if (before) before(i);
      while (sink.Allowance(0) < kBlocks + 5) sink.WaitForAllowance(absl::Seconds(10));
      state::Batch batch = i < kBatches ? BatchOf(i) : EndAt(i, i * kBlocks);
      const absl::Status sent = sink.Deliver(&batch);
      ASSERT_TRUE(sent.ok()) << sent;
    }
    sink.Close({});
    EXPECT_TRUE(sink.stream().Wait(kForever));
    EXPECT_TRUE(sink.stream().stop().has_value()) << sink.stream().status();
  }

  // Both sides, A through the relay; the report must be that of connections which never broke.
  void ExpectIdentical(const std::function<void(uint32_t)>& before_a) {
    const std::string id = CreateRun();
    std::thread b([&] { Stream(client_.get(), id, "B"); });
    Stream(far_client_.get(), id, "A", before_a);
    b.join();
    const report::Report report = WaitForReport(id);
    EXPECT_EQ(report.outcome, report::Outcome::kIdentical)
        << report.trouble.value_or(report::Trouble()).reason;
    EXPECT_EQ(report.compared.insns, uint64_t{kBatches} * kBlocks * kInsnsPerBlock);
    EXPECT_EQ(report.compared.blocks, uint64_t{kBatches} * kBlocks);
    EXPECT_EQ(report.compared.splits, 0u);
    for (const report::Instance& instance : report.instances) {
      EXPECT_EQ(instance.records, uint64_t{kBatches} * kBlocks + 3 + 5) << instance.name;
      EXPECT_EQ(instance.blocks, uint64_t{kBatches} * kBlocks) << instance.name;
    }
  }

  // A by hand, B welcomed: A may send. B has sent two batches, so that the run waits for A.
  struct Pair {
    std::string id;
    std::unique_ptr<RawCall> a, b;
    v1::Welcome welcome;
  };
  Pair Join(bool b_sends = true) {
    Pair pair;
    pair.id = CreateRun();
    pair.a = std::make_unique<RawCall>(client_->stub());
    pair.b = std::make_unique<RawCall>(client_->stub());
    EXPECT_TRUE(pair.a->Write(Hello(pair.id, "A")));
    EXPECT_TRUE(pair.b->Write(Hello(pair.id, "B")));
    pair.welcome = pair.a->ReadWelcome();
    pair.b->ReadWelcome();
    if (b_sends) BSends(pair);
    return pair;
  }

  static void BSends(Pair& pair) {
    EXPECT_TRUE(pair.b->Write(Message(1, BatchOf(0))));
    EXPECT_TRUE(pair.b->Write(Message(2, BatchOf(1))));
  }

  void ExpectTroubleOfA(Pair& pair, const grpc::Status& status, grpc::StatusCode code,
                        const std::string& reason) {
    EXPECT_EQ(status.error_code(), code) << status.error_message();
    const report::Report report = WaitForReport(pair.id);
    ASSERT_EQ(report.outcome, report::Outcome::kTrouble);
    EXPECT_EQ(report.trouble->instance, "A");
    EXPECT_THAT(report.trouble->reason, HasSubstr(reason));
  }

  std::string directory_, address_;
  store::NoSymbols symbols_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<Relay> relay_;
  std::unique_ptr<ingest::CoordinatorClient> client_, far_client_;
};

TEST_F(ResumeTest, ConnectionCutInMidRun) {
  StartServer();
  ExpectIdentical([&](uint32_t batch) {
    if (batch == kBatches / 2) relay_->Cut();
  });
  EXPECT_EQ(relay_->lost(), 1);
  EXPECT_EQ(relay_->accepted(), 2);
}

TEST_F(ResumeTest, SeveralCutsAtAnyByte) {
  StartServer();
  // A batch is some 8 KB: messages are cut at many places.
  relay_->CutAfter(123'457, 6);
  ExpectIdentical(nullptr);
  EXPECT_EQ(relay_->lost(), 6);
}

TEST_F(ResumeTest, CutAtHello) {
  StartServer();
  relay_->CutAfter(200, 3);
  ExpectIdentical(nullptr);
  EXPECT_EQ(relay_->lost(), 3);
}

TEST_F(ResumeTest, CutWhileWaitingForTheOthers) {
  StartServer();
  const std::string id = CreateRun();
  std::thread a([&] { Stream(far_client_.get(), id, "A"); });
  WaitForJoined(id, 1);
  relay_->Cut();
  while (relay_->accepted() < 2) absl::SleepFor(absl::Milliseconds(1));
  Stream(client_.get(), id, "B");
  a.join();
  EXPECT_EQ(WaitForReport(id).outcome, report::Outcome::kIdentical);
}

// What was asked for is asked for again, over the new connection.
TEST_F(ResumeTest, CutWhileADetailRequestIsOut) {
  StartServer();
  const std::string id = CreateRun();
  state::ProducerIdentity identity = Identity();
  identity.abilities |= state::kAbilityWindows;
  constexpr uint64_t kOddBlock = 20000;  // in window 1
  auto a = std::make_unique<RawCall>(client_->stub());
  auto b = std::make_unique<RawCall>(client_->stub());
  ASSERT_TRUE(a->Write(Hello(id, "A", false, identity)));
  ASSERT_TRUE(b->Write(Hello(id, "B", false, identity)));
  EXPECT_EQ(a->ReadWelcome().window_insns(), state::kWindowInsns);
  b->ReadWelcome();
  ASSERT_TRUE(a->Write(Message(1, Windows(state::kWindowInsns, 0, 3))));
  ASSERT_TRUE(b->Write(Message(1, Windows(state::kWindowInsns, 0, 3, false, 1))));
  const v1::DetailRequest first = b->ReadDetailRequest();
  EXPECT_EQ(first.first_icount(), state::kWindowInsns);
  EXPECT_EQ(first.end_icount(), 2 * state::kWindowInsns);
  b->Break();
  ASSERT_TRUE(a->Write(Message(2, Details(*wire::FromProto(a->ReadDetailRequest())))));
  b = std::make_unique<RawCall>(client_->stub());
  ASSERT_TRUE(b->Write(Hello(id, "B", true, identity)));
  const v1::Welcome welcome = b->ReadWelcome();
  EXPECT_EQ(welcome.acknowledged_messages(), 1u);
  EXPECT_EQ(welcome.vcpus(0).next_sequence(), 3u);
  const v1::DetailRequest again = b->ReadDetailRequest();
  EXPECT_EQ(again.DebugString(), first.DebugString());
  ASSERT_TRUE(b->Write(Message(2, Details(*wire::FromProto(again), kOddBlock))));
  const report::Report report = WaitForReport(id);
  ASSERT_EQ(report.outcome, report::Outcome::kDiverged);
  EXPECT_EQ(report.divergence->icount, kOddBlock * kInsnsPerBlock);
  EXPECT_EQ(report.compared.detailed_windows, 1u);
  a->Finish();
  b->Finish();
}

TEST_F(ResumeTest, OneThatDoesNotComeBackIsTrouble) {
  RegistryOptions options;
  options.reconnect_timeout = absl::Milliseconds(200);
  StartServer(options);
  Pair pair = Join();
  ASSERT_TRUE(pair.a->Write(Message(1, BatchOf(0))));
  pair.a->Break();
  const report::Report report = WaitForReport(pair.id);
  ASSERT_EQ(report.outcome, report::Outcome::kTrouble);
  EXPECT_EQ(report.trouble->instance, "A");
  EXPECT_THAT(report.trouble->reason,
              MatchesRegex("its connection broke off at ..:..:.. UTC and it did not come back "
                           "within 200ms.*"));
  pair.b->Finish();
}

TEST_F(ResumeTest, CoordinatorThatStaysAwayEndsTheSink) {
  StartServer();
  const std::string id = CreateRun();
  RawCall other(client_->stub());
  ASSERT_TRUE(other.Write(Hello(id, "B")));
  std::vector<std::string> notes;
  ingest::ReliableStreamOptions options;
  options.reconnect_timeout = absl::Milliseconds(400);
  options.note = [&](const std::string& note) { notes.push_back(note); };
  ingest::StreamSink sink(far_client_->stub(), {id, "A", "", {}, {}}, options);
  ASSERT_TRUE(sink.Open(Identity()).ok());
  relay_->Refuse(true);
  absl::Status status;
  for (uint32_t i = 0; status.ok(); ++i) {
    state::Batch batch = BatchOf(i);
    status = sink.Deliver(&batch);
  }
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("broke and could not be restored within 400ms"));
  EXPECT_TRUE(sink.stream().Wait(absl::ZeroDuration()));
  EXPECT_EQ(notes.size(), 1u);
  other.Break();
}

TEST_F(ResumeTest, CoordinatorStartedAnewDoesNotKnowTheRun) {
  StartServer();
  const std::string id = CreateRun();
  ingest::StreamSink sink(client_->stub(), {id, "A", "", {}, {}}, {});
  absl::Status status;
  std::thread opening([&] { status = sink.Open(Identity()).status(); });
  WaitForJoined(id, 1);
  server_.reset();
  StartServer();
  opening.join();
  EXPECT_THAT(std::string(status.message()), HasSubstr("no run"));
}

TEST_F(ResumeTest, WaitsEndWhenInterrupted) {
  StartServer();
  const std::string id = CreateRun();
  ingest::StreamSink sink(client_->stub(), {id, "A", "", {}, {}}, {});
  absl::Status status;
  std::thread opening([&] { status = sink.Open(Identity()).status(); });  // B never comes
  WaitForJoined(id, 1);
  sink.Interrupt();
  opening.join();
  EXPECT_EQ(status.code(), absl::StatusCode::kCancelled);
  sink.Close({.cause = ingest::StreamEnd::Cause::kDropped, .text = "stopped by its user"});
  const report::Report report = WaitForReport(id);
  EXPECT_EQ(report.trouble->instance, "A");
  EXPECT_THAT(report.trouble->reason, HasSubstr("stopped by its user"));
}

TEST_F(ResumeTest, DuplicatesAreIgnored) {
  StartServer();
  const std::string id = CreateRun();
  std::thread b([&] { Stream(client_.get(), id, "B"); });
  RawCall a(client_->stub());
  ASSERT_TRUE(a.Write(Hello(id, "A")));
  a.ReadWelcome();
  for (uint32_t i = 0; i <= kBatches; ++i) {
    const v1::ProducerMessage message =
        Message(i + 1, i < kBatches ? BatchOf(i) : EndAt(i, i * kBlocks));
    ASSERT_TRUE(a.Write(message));
    if (i % 7 == 0) a.Write(message);
  }
  EXPECT_TRUE(a.Finish().ok());
  b.join();
  const report::Report report = WaitForReport(id);
  EXPECT_EQ(report.outcome, report::Outcome::kIdentical);
  EXPECT_EQ(report.compared.blocks, uint64_t{kBatches} * kBlocks);
  EXPECT_EQ(report.instances[0].records, report.instances[1].records);
}

TEST_F(ResumeTest, MissingMessageIsTrouble) {
  StartServer();
  Pair pair = Join();
  pair.a->Write(Message(1, BatchOf(0)));
  pair.a->Write(Message(3, BatchOf(2)));
  ExpectTroubleOfA(pair, pair.a->Finish(), grpc::StatusCode::DATA_LOSS,
                   "protocol error: sent message 3 after message 1: some are lost");
  pair.b->Finish();
}

TEST_F(ResumeTest, ReorderedMessagesAreTrouble) {
  StartServer();
  Pair pair = Join();
  pair.a->Write(Message(2, BatchOf(1)));
  pair.a->Write(Message(1, BatchOf(0)));
  ExpectTroubleOfA(pair, pair.a->Finish(), grpc::StatusCode::DATA_LOSS, "sent message 2 after");
  pair.b->Finish();
}

TEST_F(ResumeTest, ReorderedBatchesAreTrouble) {
  StartServer();
  Pair pair = Join();
  pair.a->Write(Message(1, BatchOf(1)));
  pair.a->Finish();
  const report::Report report = WaitForReport(pair.id);
  EXPECT_EQ(report.trouble->instance, "A");
  EXPECT_THAT(report.trouble->reason, HasSubstr("sends batch 1 where batch 0 is due"));
  pair.b->Finish();
}

TEST_F(ResumeTest, TruncatedBatchIsTrouble) {
  StartServer();
  Pair pair = Join();
  v1::ProducerMessage torn = Message(1, BatchOf(0));
  torn.mutable_batch()->mutable_gpr_digests()->resize(kBlocks * 4);
  pair.a->Write(torn);
  ExpectTroubleOfA(pair, pair.a->Finish(), grpc::StatusCode::INVALID_ARGUMENT, "gpr_digests");
  pair.b->Finish();
}

TEST_F(ResumeTest, BytesBeyondTheCreditAreTrouble) {
  StartServer();
  Pair pair = Join(/*b_sends=*/false);
  ASSERT_GT(pair.welcome.byte_limit(), 0u);
  // Few records, many bytes: in a field that this version does not know.
  const std::string padding(1 << 20, 'x');
  uint64_t sent = 0;
  bool open = true;
  for (uint64_t number = 1; open && sent <= pair.welcome.byte_limit() + (8u << 20); ++number) {
    v1::ProducerMessage message = Message(number, BatchOf(number - 1));
    message.GetReflection()->MutableUnknownFields(&message)->AddLengthDelimited(1000, padding);
    sent += message.ByteSizeLong();
    open = pair.a->Write(message);
  }
  // Stopped at the credit: no more than what was under way is beyond it.
  EXPECT_GT(sent, pair.welcome.byte_limit());
  const grpc::Status status = pair.a->Finish();
  std::thread b([&] {
    for (uint64_t i = 0; pair.b->Write(Message(i + 1, BatchOf(i))) && i < 200; ++i) {
    }
  });
  ExpectTroubleOfA(pair, status, grpc::StatusCode::RESOURCE_EXHAUSTED, "has credit for");
  b.join();
  pair.b->Finish();
}

TEST_F(ResumeTest, ResumeReplacesALiveConnection) {
  StartServer();
  Pair pair = Join();
  for (uint64_t i = 0; i < 16; ++i) ASSERT_TRUE(pair.a->Write(Message(i + 1, BatchOf(i))));
  EXPECT_TRUE(pair.a->WaitUntilAcknowledged(16));
  RawCall second(client_->stub());
  ASSERT_TRUE(second.Write(Hello(pair.id, "A")));
  EXPECT_EQ(second.Finish().error_code(), grpc::StatusCode::ALREADY_EXISTS);
  RawCall newer(client_->stub());
  ASSERT_TRUE(newer.Write(Hello(pair.id, "A", /*resume=*/true)));
  const v1::Welcome welcome = newer.ReadWelcome();
  EXPECT_EQ(welcome.acknowledged_messages(), 16u);
  EXPECT_EQ(welcome.vcpus(0).next_sequence(), 16u);
  EXPECT_EQ(welcome.vcpus(0).record_limit(), pair.welcome.vcpus(0).record_limit());
  EXPECT_GT(welcome.byte_limit(), 0u);
  const grpc::Status old = pair.a->Finish();
  EXPECT_EQ(old.error_code(), grpc::StatusCode::ALREADY_EXISTS);
  EXPECT_THAT(old.error_message(), HasSubstr("has connected anew"));
  EXPECT_TRUE(client_->CancelRun(pair.id, "enough").ok());
  EXPECT_TRUE(newer.Finish().ok());
  pair.b->Finish();
}

TEST_F(ResumeTest, AnotherProducerCannotResume) {
  StartServer();
  Pair pair = Join();
  v1::ProducerMessage hello = Hello(pair.id, "A", /*resume=*/true);
  hello.mutable_hello()->mutable_identity()->set_producer("another");
  RawCall other(client_->stub());
  ASSERT_TRUE(other.Write(hello));
  EXPECT_EQ(other.Finish().error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_TRUE(client_->CancelRun(pair.id, "enough").ok());
  EXPECT_TRUE(pair.a->Finish().ok());
  pair.b->Finish();
}

TEST_F(ResumeTest, ResumeAfterTheEndLearnsOfIt) {
  StartServer();
  Pair pair = Join();
  pair.a->Break();
  EXPECT_TRUE(client_->CancelRun(pair.id, "enough").ok());
  WaitForReport(pair.id);
  RawCall again(client_->stub());
  ASSERT_TRUE(again.Write(Hello(pair.id, "A", /*resume=*/true)));
  EXPECT_TRUE(again.Finish().ok());
  pair.b->Finish();
}

TEST_F(ResumeTest, ClientThatNeverReadsIsGivenUp) {
  RegistryOptions options;
  options.stall_timeout = absl::Milliseconds(300);
  StartServer(options);
  const std::string id = CreateRun();
  RawCall b(client_->stub());
  ASSERT_TRUE(b.Write(Hello(id, "B")));
  // A connection of its own, on which almost nothing fits that is not read.
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  arguments.SetInt(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, 5);
  auto stub = v1::Coordinator::NewStub(
      grpc::CreateCustomChannel(address_, grpc::InsecureChannelCredentials(), arguments));
  grpc::ClientContext context;
  auto deaf = stub->Stream(&context);
  ASSERT_TRUE(deaf->Write(Hello(id, "A")));
  b.ReadWelcome();
  // Of sixteen messages one is acknowledged, however little is in it. What the acknowledgements
  // take fills a buffer or two on the way. B waits for its own, so that A's are not drawn together.
  constexpr uint64_t kMessages = 16;
  bool open = true;
  const absl::Time limit = absl::Now() + absl::Seconds(50);
  for (uint64_t sent = 0; open && absl::Now() < limit; sent += kMessages) {
    for (uint64_t i = sent; i < sent + kMessages && open; ++i) {
      open = b.Write(Message(i + 1, BatchOf(i, 1))) && deaf->Write(Message(i + 1, BatchOf(i, 1)));
    }
    open = open && b.WaitUntilAcknowledged(sent + 1);
  }
  EXPECT_FALSE(open);
  const report::Report report = WaitForReport(id);
  ASSERT_EQ(report.outcome, report::Outcome::kTrouble);
  EXPECT_EQ(report.trouble->instance, "A");
  EXPECT_THAT(report.trouble->reason,
              HasSubstr("did not read what the coordinator sent for 300ms"));
  context.TryCancel();
  deaf->Finish();
  b.Finish();
}

}  // namespace
}  // namespace lockstep::server
