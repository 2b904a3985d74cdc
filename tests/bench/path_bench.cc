// What the machine gives at best for the two halves of the way from a producer to the coordinator,
// to set our own figures beside (tests/bench/path_figures.py):
//
//   ring   one thread fills a ring of 16-byte slots, another copies them out, nothing is looked at
//   echo   messages of 1 MiB go through a gRPC stream over a unix socket and come back
//   sink   they go one way only, as block batches do
//
// Bytes/s and, at 16 bytes a record, records/s.
#include <benchmark/benchmark.h>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <stdlib.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <cstring>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "emulator/base/check.h"
#include "plugins/sdk/lockstep_ring.h"

namespace lockstep {
namespace {

constexpr size_t kSlots = 65536;  // as of a dense run
constexpr uint64_t kCopiedSlots = uint64_t{1} << 24;
constexpr size_t kMessageBytes = size_t{1} << 20;
constexpr int kMessages = 512;

void CountRecords(benchmark::State& state, uint64_t records) {
  const auto total = static_cast<int64_t>(records * state.iterations());
  state.SetItemsProcessed(total);
  state.SetBytesProcessed(total * LOCKSTEP_SLOT_BYTES);
}

struct Ring {
  std::vector<lockstep_slot> slots = std::vector<lockstep_slot>(kSlots);
  alignas(64) std::atomic<uint64_t> published{0};
  alignas(64) std::atomic<uint64_t> consumed{0};
};

void Fill(Ring& ring) {
  constexpr uint64_t kPublishEvery = 64;  // as the producer library
  for (uint64_t at = 0; at < kCopiedSlots; ++at) {
    while (at - ring.consumed.load(std::memory_order_acquire) >= kSlots) std::this_thread::yield();
    ring.slots[at % kSlots] = {static_cast<uint32_t>(at), 0, at};
    if ((at + 1) % kPublishEvery == 0) ring.published.store(at + 1, std::memory_order_release);
  }
}

void BM_Ring(benchmark::State& state) {
  std::vector<lockstep_slot> out(kSlots);
  for (auto _ : state) {
    Ring ring;
    std::thread producer([&] { Fill(ring); });
    uint64_t at = 0;
    while (at < kCopiedSlots) {
      const uint64_t end = ring.published.load(std::memory_order_acquire);
      if (end - at < kSlots / 4 && end != kCopiedSlots) {
        std::this_thread::yield();
        continue;
      }
      const size_t from = at % kSlots;
      const size_t n = std::min<uint64_t>(end - at, kSlots - from);
      memcpy(out.data(), &ring.slots[from], n * LOCKSTEP_SLOT_BYTES);
      benchmark::DoNotOptimize(out.data());
      at += n;
      ring.consumed.store(at, std::memory_order_release);
    }
    producer.join();
  }
  CountRecords(state, kCopiedSlots);
}
BENCHMARK(BM_Ring)->UseRealTime()->Unit(benchmark::kMillisecond);

// Reads what comes; writes each message back if the method is called "/echo".
class Peer final : public grpc::ServerGenericBidiReactor {
 public:
  explicit Peer(bool echo) : echo_(echo) { StartRead(&message_); }
  void OnReadDone(bool ok) override {
    if (!ok) {
      Finish(grpc::Status::OK);
    } else if (echo_) {
      StartWrite(&message_);
    } else {
      StartRead(&message_);
    }
  }
  void OnWriteDone(bool ok) override {
    if (ok) StartRead(&message_);
  }
  void OnDone() override { delete this; }

 private:
  const bool echo_;
  grpc::ByteBuffer message_;
};

class PeerService final : public grpc::CallbackGenericService {
  grpc::ServerGenericBidiReactor* CreateReactor(
      grpc::GenericCallbackServerContext* context) override {
    return new Peer(context->method() == "/echo");
  }
};

// Sends kMessages and, if they are echoed, reads as many.
class Sender final : public grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  Sender(grpc::GenericStub* stub, const grpc::ByteBuffer& message, bool echo) : message_(message) {
    stub->PrepareBidiStreamingCall(&context_, echo ? "/echo" : "/sink", {}, this);
    StartWrite(&message_);
    StartRead(&incoming_);
    StartCall();
  }
  grpc::Status Wait() {
    std::unique_lock<std::mutex> lock(mutex_);
    ended_.wait(lock, [this] { return done_; });
    return status_;
  }

 private:
  void OnWriteDone(bool ok) override {
    if (!ok) return;
    if (++sent_ < kMessages) {
      StartWrite(&message_);
    } else {
      StartWritesDone();
    }
  }
  void OnReadDone(bool ok) override {
    if (ok) StartRead(&incoming_);
  }
  void OnDone(const grpc::Status& status) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    status_ = status;
    done_ = true;
    ended_.notify_all();
  }

  grpc::ClientContext context_;
  const grpc::ByteBuffer message_;
  grpc::ByteBuffer incoming_;
  int sent_ = 0;  // by OnWriteDone() only
  std::mutex mutex_;
  std::condition_variable ended_;
  bool done_ = false;
  grpc::Status status_;
};

void BM_Grpc(benchmark::State& state, bool echo) {
  char directory[] = "/tmp/lockstep-path-bench-XXXXXX";
  LOCKSTEP_CHECK(mkdtemp(directory) != nullptr);
  const std::string address = std::string("unix:") + directory + "/socket";
  PeerService service;
  grpc::ServerBuilder builder;
  builder.AddListeningPort(address, grpc::InsecureServerCredentials());
  builder.RegisterCallbackGenericService(&service);
  builder.SetMaxReceiveMessageSize(2 * kMessageBytes);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  LOCKSTEP_CHECK(server != nullptr) << address;
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(2 * kMessageBytes);
  grpc::GenericStub stub(
      grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments));
  const std::string bytes(kMessageBytes, 'x');
  const grpc::Slice slice(bytes.data(), bytes.size());
  const grpc::ByteBuffer message(&slice, 1);
  for (auto _ : state) {
    const grpc::Status status = Sender(&stub, message, echo).Wait();
    if (!status.ok()) {
      state.SkipWithError(status.error_message().c_str());
      break;
    }
  }
  server->Shutdown();
  CountRecords(state, kMessages * kMessageBytes / LOCKSTEP_SLOT_BYTES);
  unlink((std::string(directory) + "/socket").c_str());
  rmdir(directory);
}
BENCHMARK_CAPTURE(BM_Grpc, echo, true)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BM_Grpc, sink, false)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace lockstep
