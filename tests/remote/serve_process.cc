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
#include "coordinator/server/message_testing.h"
#include "coordinator/server/stream_testing.h"
#include "gtest/gtest.h"

namespace lockstep::remotetest {
namespace {

constexpr absl::Duration kPatience = absl::Minutes(1);
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
  v1::ProducerMessage hello = server::testing::Hello(run_id, name);
  hello.mutable_hello()->set_token(token);
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
  Send(server::testing::BatchMessage(
      server::testing::Blocks(sequence_++, blocks_, blocks, corrupt_from)));
  blocks_ += blocks;
}

void Instance::SendEnd() {
  Send(server::testing::BatchMessage(server::testing::EndAt(sequence_++, blocks_)));
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
