#include "tests/remote/serve_process.h"

#include <signal.h>
#include <stdlib.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <utility>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "coordinator/ingest/channel.h"
#include "gtest/gtest.h"
#include "proto/cc/state_convert.h"

namespace lockstep::remotetest {
namespace {

constexpr absl::Duration kPatience = absl::Minutes(1);
constexpr uint32_t kInsnsPerBlock = 4;

state::ProducerIdentity Identity() {
  state::ProducerIdentity identity;
  identity.producer = "test";
  identity.guest_arch = "toy";
  identity.groups = state::MaskOf(state::Group::kGpr);
  identity.abilities = state::kAbilityLayout;
  return identity;
}

}  // namespace

Serve::Serve(std::vector<std::string> args) {
  args.insert(args.begin(), "serve");
  if (std::find(args.begin(), args.end(), "--listen") == args.end()) {
    args.insert(args.begin() + 1, {"--listen", "127.0.0.1:0"});
  }
  process_ = std::make_unique<clitest::Lockstep>(args);
  const std::string line = WaitForText("listening on ");
  address_ = line.substr(0, line.find(" ("));
}

std::string Serve::WaitForText(const std::string& text) const {
  const absl::Time limit = absl::Now() + kPatience;
  for (;;) {
    const std::string all = err();
    const size_t begin = all.find(text);
    const size_t end = begin == std::string::npos ? begin : all.find('\n', begin);
    if (end != std::string::npos) {
      return all.substr(begin + text.size(), end - begin - text.size());
    }
    if (absl::Now() > limit) {
      ADD_FAILURE() << "'" << text << "' is not in: " << all;
      return "";
    }
    absl::SleepFor(absl::Milliseconds(5));
  }
}

clitest::Result Serve::Stop() {
  process_->Signal(SIGTERM);
  return process_->Wait();
}

void Serve::Kill() {
  process_->Signal(SIGKILL);
  process_->Wait();
}

SocketPlace::SocketPlace() {
  char directory[] = "/tmp/lockstep-socket-XXXXXX";
  EXPECT_NE(mkdtemp(directory), nullptr);
  directory_ = directory;
}

SocketPlace::~SocketPlace() { std::filesystem::remove_all(directory_); }

std::unique_ptr<v1::Coordinator::Stub> Connect(const ingest::ChannelOptions& options) {
  auto channel = ingest::OpenChannel(options);
  EXPECT_TRUE(channel.ok()) << channel.status();
  return channel.ok() ? v1::Coordinator::NewStub(*channel) : nullptr;
}

std::unique_ptr<v1::Coordinator::Stub> Connect(const std::string& address) {
  ingest::ChannelOptions options;
  options.address = address;
  return Connect(options);
}

std::unique_ptr<grpc::ClientContext> Context() {
  auto context = std::make_unique<grpc::ClientContext>();
  context->set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
  return context;
}

Instance::Instance(v1::Coordinator::Stub* stub, const std::string& run_id, const std::string& name,
                   const std::string& token)
    : stream_(stub->Stream(&context_)) {
  v1::ProducerMessage hello;
  hello.mutable_hello()->set_run_id(run_id);
  hello.mutable_hello()->set_instance(name);
  hello.mutable_hello()->set_token(token);
  *hello.mutable_hello()->mutable_identity() = wire::ToProto(Identity());
  stream_->Write(hello);
}

Instance::~Instance() {
  if (finished_) return;
  context_.TryCancel();
  Finish();
}

void Instance::Send(v1::ProducerMessage message) {
  message.set_message_number(++message_number_);
  stream_->Write(message);
}

bool Instance::WaitForWelcome() {
  v1::CoordinatorMessage message;
  while (stream_->Read(&message)) {
    if (message.has_welcome()) return true;
  }
  return false;
}

void Instance::SendBlocks(uint32_t blocks, uint64_t corrupt_from) {
  state::Batch batch;
  batch.sequence = sequence_++;
  batch.first_icount = blocks_ * kInsnsPerBlock;
  if (batch.sequence == 0) {
    state::BlockInfo info;
    info.id = 1;
    info.pc = 0x1000;
    info.n_insns = kInsnsPerBlock;
    info.offsets = {0, 4, 8, 12};
    batch.infos.push_back({0, info});
  }
  for (uint32_t i = 0; i < blocks; ++i, ++blocks_) {
    batch.block_ids.push_back(1);
    batch.icount_offsets.push_back(i * kInsnsPerBlock);
    batch.gpr_digests.push_back(blocks_ * 7 + (blocks_ >= corrupt_from ? 1 : 0));
  }
  batch.records = blocks + 3 * batch.infos.size();
  v1::ProducerMessage message;
  wire::ToProto(batch, message.mutable_batch());
  Send(std::move(message));
}

void Instance::SendEnd() {
  state::Batch batch;
  batch.sequence = sequence_++;
  state::End end;
  end.reason = state::EndReason::kExit;
  end.icount = end.step = blocks_ * kInsnsPerBlock;
  end.digests[0] = blocks_ * 7;
  batch.end = end;
  batch.records = 5;
  v1::ProducerMessage message;
  wire::ToProto(batch, message.mutable_batch());
  Send(std::move(message));
}

grpc::Status Instance::Finish() {
  finished_ = true;
  stream_->WritesDone();
  v1::CoordinatorMessage message;
  while (stream_->Read(&message)) {
  }
  return stream_->Finish();
}

}  // namespace lockstep::remotetest
