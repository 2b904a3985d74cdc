#include "coordinator/ingest/agent.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep::ingest {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

// The example producer's machine: 24 instructions, blocks of 12 and 6.
std::string Example() {
  const char* path = getenv("EXAMPLE_PRODUCER");
  return path != nullptr ? path : "plugins/sdk/example_producer";
}

std::string TempPath(const std::string& name) {
  const char* directory = getenv("TEST_TMPDIR");
  return absl::StrCat(directory != nullptr ? directory : "/tmp", "/", getpid(), ".", name);
}

// Keeps the counts of what it is given.
class CountingSink : public Sink {
 public:
  absl::StatusOr<state::StreamTerms> Open(const state::ProducerIdentity& identity) override {
    identity_ = identity;
    if (!open_status_.ok()) return open_status_;
    return state::StreamTerms();
  }
  uint64_t Allowance(uint32_t) override {
    return window_ - std::min(window_.load(), records_.load());
  }
  void WaitForAllowance(absl::Duration timeout) override {
    ++credit_waits_;
    absl::SleepFor(std::min(timeout, absl::Milliseconds(1)));
  }
  absl::Status Deliver(state::Batch* batch) override {
    EXPECT_EQ(batch->sequence, batches_);
    EXPECT_EQ(batch->block_ids.size(), batch->icount_offsets.size());
    ++batches_;
    records_ += batch->records;
    blocks_ += batch->block_ids.size();
    if (!batch->block_ids.empty()) {
      last_icount_ = batch->first_icount + batch->icount_offsets.back();
    }
    if (batch->end.has_value()) end_ = batch->end;
    return deliver_status_;
  }
  void Close(const StreamEnd& end) override {
    cause_ = end.cause;
    failure_ = end.text;
    closed_.Notify();
  }

  absl::Status open_status_, deliver_status_;
  std::atomic<uint64_t> window_ = UINT64_MAX;
  std::atomic<uint64_t> records_ = 0;
  std::atomic<uint64_t> blocks_ = 0;
  std::atomic<uint64_t> credit_waits_ = 0;
  uint64_t batches_ = 0;
  uint64_t last_icount_ = 0;
  std::optional<state::ProducerIdentity> identity_;
  std::optional<state::End> end_;
  StreamEnd::Cause cause_ = StreamEnd::Cause::kInOrder;
  std::string failure_;
  absl::Notification closed_;
};

AgentOptions Options(std::vector<std::string> argv) {
  AgentOptions options;
  options.name = "A";
  options.argv = std::move(argv);
  options.request.stop_at_icount = UINT64_MAX;
  options.request.groups = 0xf;
  options.request.events = ~0u;
  options.stdout_path = TempPath("out");
  options.stderr_path = TempPath("err");
  return options;
}

std::unique_ptr<Agent> StartExample(std::vector<std::string> arguments, Sink* sink) {
  arguments.insert(arguments.begin(), Example());
  absl::StatusOr<std::unique_ptr<Agent>> agent =
      Agent::Start(Options(std::move(arguments)), sink, nullptr);
  EXPECT_TRUE(agent.ok()) << agent.status();
  return agent.ok() ? *std::move(agent) : nullptr;
}

TEST(Agent, StreamsToTheEnd) {
  CountingSink sink;
  auto agent = StartExample({"--insns", "1000000"}, &sink);
  EXPECT_EQ(agent->Finish(absl::Seconds(30)).status, 0);
  EXPECT_EQ(sink.failure_, "");
  EXPECT_EQ(sink.cause_, StreamEnd::Cause::kInOrder);
  ASSERT_TRUE(sink.identity_.has_value());
  EXPECT_EQ(sink.identity_->guest_arch, "toy8");
  EXPECT_EQ(agent->identity()->producer, sink.identity_->producer);
  ASSERT_TRUE(sink.end_.has_value());
  EXPECT_EQ(sink.end_->icount, 1000000u);
  EXPECT_EQ(sink.end_->reason, state::EndReason::kExit);
  EXPECT_NEAR(static_cast<double>(sink.blocks_), 1000000.0 / 9, 10);
}

TEST(Agent, PassesTheRequest) {
  CountingSink sink;
  AgentOptions options = Options({Example(), "--insns", "1000"});
  options.request.silent_until_icount = 396;
  options.request.stop_at_icount = 500;
  options.request.step = 1;
  auto agent = Agent::Start(options, &sink, nullptr);
  ASSERT_TRUE(agent.ok());
  (*agent)->Finish(absl::Seconds(30));
  EXPECT_EQ(sink.blocks_, 104u);
  EXPECT_EQ(sink.end_->reason, state::EndReason::kLimit);
}

TEST(RulesOf, TakesThePolicysTables) {
  policy::Policy policy;
  policy.csr_masks = {{"mip", 0x80}};
  policy.extra_csrs = {"time"};
  policy.volatile_ranges = {{0x80000000, 4096}};
  absl::StatusOr<struct lockstep_rules> rules = RulesOf(policy);
  ASSERT_TRUE(rules.ok()) << rules.status();
  EXPECT_EQ(rules->n_csr_masks, 1u);
  EXPECT_STREQ(rules->csr_masks[0].csr, "mip");
  EXPECT_EQ(rules->csr_masks[0].ignored_bits, 0x80u);
  EXPECT_EQ(rules->n_extra_csrs, 1u);
  EXPECT_STREQ(rules->extra_csrs[0], "time");
  EXPECT_EQ(rules->n_ranges, 1u);
  EXPECT_EQ(rules->ranges[0].bytes, 4096u);
  policy.extra_csrs = {std::string(24, 'x')};
  EXPECT_THAT(std::string(RulesOf(policy).status().message()), StartsWith("policy.extra_csrs"));
  policy.extra_csrs.clear();
  policy.volatile_ranges.resize(17);
  EXPECT_FALSE(RulesOf(policy).ok());
  policy.volatile_ranges.clear();
  policy.csr_masks.resize(33, {"mip", 1});
  EXPECT_FALSE(RulesOf(policy).ok());
}

TEST(Agent, NothingIsLostWhenTheProducerIsKilled) {
  CountingSink sink;
  auto agent = StartExample({"--crash-at", "500004"}, &sink);
  EXPECT_EQ(agent->Finish(absl::Seconds(30)).signal, 0);  // the default is 100000 instructions
  CountingSink crashing;
  auto crash = StartExample({"--insns", "1000000", "--crash-at", "500004"}, &crashing);
  EXPECT_EQ(crash->Finish(absl::Seconds(30)).signal, SIGKILL);
  EXPECT_EQ(crashing.failure_, "exited with status 137 (SIGKILL)");
  EXPECT_EQ(crashing.cause_, StreamEnd::Cause::kSignalled);
  EXPECT_FALSE(crashing.end_.has_value());
  // The block that holds the instruction was entered and its record written.
  EXPECT_LE(crashing.last_icount_, 500004u);
  EXPECT_GT(crashing.last_icount_, 500004u - 12);
}

TEST(Agent, ExitWithoutAnEnd) {
  CountingSink sink;
  auto agent = StartExample({"--quit-at", "700"}, &sink);
  EXPECT_EQ(agent->Finish(absl::Seconds(30)).status, 3);
  EXPECT_EQ(sink.failure_, "exited with status 3");
  EXPECT_EQ(sink.cause_, StreamEnd::Cause::kExited);
  EXPECT_GT(sink.blocks_, 70u);
}

TEST(Agent, ExitBeforeOpening) {
  CountingSink sink;
  auto agent = Agent::Start(Options({"sh", "-c", "echo first >&2; echo no image >&2; exit 4"}),
                            &sink, nullptr);
  ASSERT_TRUE(agent.ok());
  (*agent)->Finish(absl::Seconds(30));
  EXPECT_EQ(sink.failure_, "exited with status 4 before it opened its ring; it said: no image");
  EXPECT_EQ(sink.cause_, StreamEnd::Cause::kNeverOpened);
  EXPECT_FALSE(sink.identity_.has_value());
}

TEST(Agent, ExitBeforeOpeningInSilence) {
  CountingSink sink;
  auto agent = Agent::Start(Options({"true"}), &sink, nullptr);
  ASSERT_TRUE(agent.ok());
  (*agent)->Finish(absl::Seconds(30));
  EXPECT_EQ(sink.failure_,
            "exited with status 0 before it opened its ring: is it a Lockstep producer?");
}

TEST(Agent, NeverOpens) {
  CountingSink sink;
  AgentOptions options = Options({"sleep", "60"});
  options.open_grace = absl::Milliseconds(100);
  auto agent = Agent::Start(options, &sink, nullptr);
  ASSERT_TRUE(agent.ok());
  EXPECT_EQ((*agent)->Finish(absl::Seconds(30)).signal, SIGKILL);
  EXPECT_EQ(sink.failure_, "did not open its ring within 100ms: is it a Lockstep producer?");
  EXPECT_EQ(sink.cause_, StreamEnd::Cause::kTimedOut);
}

TEST(Agent, GarbageOnTheRing) {
  CountingSink sink;
  auto agent = StartExample({"--garbage"}, &sink);
  agent->Finish(absl::Seconds(30));
  EXPECT_THAT(sink.failure_, StartsWith("garbage on its ring: ring of vCPU 0, slot "));
  EXPECT_EQ(sink.cause_, StreamEnd::Cause::kBadRecords);
}

TEST(Agent, DoesNotExist) {
  CountingSink sink;
  auto agent = Agent::Start(Options({"/no/such/emulator"}), &sink, nullptr);
  EXPECT_THAT(std::string(agent.status().message()), HasSubstr("/no/such/emulator"));
  EXPECT_FALSE(sink.closed_.HasBeenNotified());
}

TEST(Agent, CreditHoldsTheProducer) {
  CountingSink sink;
  sink.window_ = 100000;
  auto agent = StartExample({"--insns", "100000000"}, &sink);
  while (sink.credit_waits_ < 20) absl::SleepFor(absl::Milliseconds(1));
  // A record is not cut, so the last one may go a little past the window.
  EXPECT_GE(sink.records_, 100000u);
  EXPECT_LE(sink.records_, 100100u);
  sink.window_ = UINT64_MAX;
  EXPECT_EQ(agent->Finish(absl::Seconds(60)).status, 0);
  EXPECT_EQ(sink.failure_, "");
  EXPECT_EQ(sink.end_->icount, 100000000u);
}

TEST(Agent, StopEndsItSoon) {
  CountingSink sink;
  auto agent = StartExample({"--insns", "1000000000000"}, &sink);
  while (sink.blocks_ == 0) absl::SleepFor(absl::Milliseconds(1));
  const absl::Time start = absl::Now();
  agent->RequestStop();
  EXPECT_EQ(agent->Finish(absl::Seconds(30)).signal, 0);  // it ended by itself
  EXPECT_LT(absl::Now() - start, absl::Seconds(10));
  EXPECT_EQ(sink.cause_, StreamEnd::Cause::kDropped);
}

TEST(Agent, StopEndsAHangingProducer) {
  CountingSink sink;
  auto agent = StartExample({"--hang-at", "5000"}, &sink);
  // Asked to stop on its way there, it would.
  for (uint64_t before = UINT64_MAX; sink.blocks_ == 0 || sink.records_ != before;) {
    before = sink.records_;
    absl::SleepFor(absl::Milliseconds(200));
  }
  agent->RequestStop();
  EXPECT_EQ(agent->Finish(absl::Seconds(30)).signal, SIGKILL);
}

TEST(Agent, DestructionEndsTheProcess) {
  CountingSink sink;
  StartExample({"--hang-at", "5000"}, &sink).reset();
  EXPECT_TRUE(sink.closed_.HasBeenNotified());
}

TEST(Agent, BrokenSinkEndsTheAgent) {
  CountingSink sink;
  sink.deliver_status_ = absl::UnavailableError("the coordinator has gone");
  auto agent = StartExample({"--insns", "1000000000000"}, &sink);
  agent->Finish(absl::Seconds(30));
  EXPECT_EQ(sink.failure_, "the coordinator has gone");
  CountingSink refusing;
  refusing.open_status_ = absl::FailedPreconditionError("unknown run");
  auto refused = StartExample({"--insns", "1000000000000"}, &refusing);
  refused->Finish(absl::Seconds(30));
  EXPECT_EQ(refusing.failure_, "unknown run");
}

// Takes windows, agrees on them at once or when it is told to, and asks for details.
class WindowSink : public Sink {
 public:
  void SetWake(std::function<void()> wake) override {
    absl::MutexLock lock(&mutex_);
    wake_ = std::move(wake);
  }
  absl::StatusOr<state::StreamTerms> Open(const state::ProducerIdentity& identity) override {
    return state::StreamTerms{
        .groups = identity.groups, .window_insns = kWindow, .block_digests = true};
  }
  uint64_t Allowance(uint32_t) override { return 0; }
  void WaitForAllowance(absl::Duration timeout) override {
    absl::MutexLock lock(&mutex_);
    mutex_.AwaitWithTimeout(absl::Condition(this, &WindowSink::HasNews), timeout);
  }
  absl::Status Deliver(state::Batch*) override { return absl::InternalError("not dense"); }
  absl::Status DeliverWindows(state::WindowBatch* batch) override {
    absl::MutexLock lock(&mutex_);
    EXPECT_EQ(batch->first_window, windows_);
    EXPECT_GT(batch->rows(), 0u);
    windows_ += batch->rows();
    for (uint32_t count : batch->block_counts) blocks_ += count;
    if (batch->end.has_value()) end_ = batch->end;
    if (agrees_) Order({{{0, windows_}}, {}});
    return absl::OkStatus();
  }
  absl::Status DeliverDetail(state::DetailReply* reply) override {
    absl::MutexLock lock(&mutex_);
    EXPECT_EQ(reply->request_id, request_id_);
    for (const state::Batch& batch : reply->batches) {
      if (detail_blocks_ == 0) detail_icount_ = batch.first_icount;
      detail_blocks_ += batch.block_ids.size();
    }
    if (!reply->more) ++answers_;
    return absl::OkStatus();
  }
  absl::Status TakeOrders(Orders* orders) override {
    absl::MutexLock lock(&mutex_);
    *orders = std::exchange(orders_, {});
    return over_ ? absl::CancelledError("the run is over") : absl::OkStatus();
  }
  void EndStream(const StreamEnd& end) override {
    absl::MutexLock lock(&mutex_);
    failure_ = end.text;
    stream_ended_ = true;
  }
  void Close(const StreamEnd& end) override {
    SetWake(nullptr);
    absl::MutexLock lock(&mutex_);
    if (!stream_ended_) failure_ = end.text;
    closed_ = true;
  }

  // From the test's thread.
  void Agree(uint64_t windows) {
    absl::MutexLock lock(&mutex_);
    Order({{{0, windows}}, {}});
  }
  void Ask(uint64_t first_icount) {
    absl::MutexLock lock(&mutex_);
    detail_blocks_ = 0;
    Order({{}, {{++request_id_, 0, first_icount, first_icount + kWindow}}});
  }
  void Repeat(uint64_t first_icount) {
    absl::MutexLock lock(&mutex_);
    Order({{}, {{request_id_, 0, first_icount, first_icount + kWindow}}});
  }
  void Stop() {
    absl::MutexLock lock(&mutex_);
    over_ = true;
    Order({});
  }
  void AwaitAnswers(uint64_t n) {
    absl::MutexLock lock(&mutex_);
    const auto answered = [this, n] { return answers_ >= n; };
    EXPECT_TRUE(mutex_.AwaitWithTimeout(absl::Condition(&answered), absl::Seconds(60)));
  }
  void AwaitWindows(uint64_t n) {
    absl::MutexLock lock(&mutex_);
    const auto there = [this, n] { return windows_ >= n; };
    EXPECT_TRUE(mutex_.AwaitWithTimeout(absl::Condition(&there), absl::Seconds(60)));
  }
  void AwaitStreamEnd() {
    absl::MutexLock lock(&mutex_);
    EXPECT_TRUE(mutex_.AwaitWithTimeout(absl::Condition(&stream_ended_), absl::Seconds(60)));
  }

  static constexpr uint32_t kWindow = 65536;
  bool agrees_ = true;
  absl::Mutex mutex_;
  std::function<void()> wake_;
  Orders orders_;
  bool over_ = false, stream_ended_ = false, closed_ = false;
  uint64_t windows_ = 0, blocks_ = 0, request_id_ = 0, answers_ = 0;
  uint64_t detail_blocks_ = 0, detail_icount_ = 0;
  std::optional<state::End> end_;
  std::string failure_;

 private:
  bool HasNews() const { return over_ || !orders_.credits.empty() || !orders_.details.empty(); }
  void Order(Orders orders) {
    for (const auto& credit : orders.credits) orders_.credits.push_back(credit);
    for (const auto& detail : orders.details) orders_.details.push_back(detail);
    if (wake_) wake_();
  }
};

std::unique_ptr<Agent> StartSparse(std::vector<std::string> arguments, Sink* sink,
                                   uint64_t ring_slots = 65536) {
  arguments.insert(arguments.begin(), Example());
  AgentOptions options = Options(std::move(arguments));
  options.request.window_insns = WindowSink::kWindow;
  options.ring_slots = ring_slots;
  absl::StatusOr<std::unique_ptr<Agent>> agent = Agent::Start(options, sink, nullptr);
  EXPECT_TRUE(agent.ok()) << agent.status();
  return agent.ok() ? *std::move(agent) : nullptr;
}

TEST(SparseAgent, SendsWindowsAndStaysForDetails) {
  WindowSink sink;
  sink.agrees_ = false;
  auto agent = StartSparse({"--insns", "300000"}, &sink);
  sink.AwaitStreamEnd();
  EXPECT_EQ(sink.windows_, 5u);
  EXPECT_NEAR(static_cast<double>(sink.blocks_), 300000.0 / 9, 15);
  EXPECT_EQ(sink.end_->icount, 300000u);
  sink.Ask(131072);
  sink.AwaitAnswers(1);
  EXPECT_EQ(sink.detail_icount_, 131072u);
  EXPECT_NEAR(static_cast<double>(sink.detail_blocks_), 65536.0 / 9, 10);
  sink.Repeat(131072);  // as after a broken connection: answered once
  sink.Agree(3);
  sink.Ask(131072);  // not there any more
  sink.AwaitAnswers(2);
  EXPECT_EQ(sink.detail_blocks_, 0u);
  EXPECT_EQ(sink.answers_, 2u);
  sink.Stop();
  EXPECT_EQ(agent->Finish(absl::Seconds(30)).status, 0);
  EXPECT_TRUE(sink.closed_);
  EXPECT_EQ(sink.failure_, "");
}

TEST(SparseAgent, CreditHoldsTheProducer) {
  WindowSink sink;
  sink.agrees_ = false;
  auto agent = StartSparse({"--insns", "20000000"}, &sink, 16384);
  // Two windows have more records than the ring has slots.
  sink.AwaitWindows(1);
  for (uint64_t agreed = 1; agreed < 300; ++agreed) {
    sink.Agree(agreed);
    sink.AwaitWindows(agreed + 1);
    absl::MutexLock lock(&sink.mutex_);
    EXPECT_LE(sink.windows_, agreed + 3);
  }
  {
    absl::MutexLock lock(&sink.mutex_);
    sink.agrees_ = true;
  }
  sink.Agree(300);
  sink.AwaitStreamEnd();
  sink.Stop();
  EXPECT_EQ(agent->Finish(absl::Seconds(60)).status, 0);
  EXPECT_EQ(sink.end_->icount, 20000000u);
}

TEST(SparseAgent, ACrashLosesNothing) {
  for (const bool crash : {true, false}) {
    WindowSink sink;
    auto agent =
        StartSparse({"--insns", "1000000", crash ? "--crash-at" : "--quit-at", "500004"}, &sink);
    sink.AwaitStreamEnd();
    EXPECT_EQ(sink.failure_, crash ? "exited with status 137 (SIGKILL)" : "exited with status 3");
    EXPECT_EQ(sink.windows_, 7u);
    // The window in which it stopped has all of its records.
    sink.Ask(458752);
    sink.AwaitAnswers(1);
    EXPECT_NEAR(static_cast<double>(sink.detail_blocks_), (500004.0 - 458752) / 9, 10);
    sink.Stop();
    agent->Finish(absl::Seconds(30));
    EXPECT_TRUE(sink.closed_);
  }
}

TEST(SparseAgent, GarbageOnTheRing) {
  WindowSink sink;
  auto agent = StartSparse({"--garbage"}, &sink);
  // It does not say that it can do windows.
  agent->Finish(absl::Seconds(30));
  EXPECT_THAT(sink.failure_, HasSubstr("lacks the ability WINDOWS"));
}

TEST(SparseAgent, StopEndsItSoon) {
  WindowSink sink;
  auto agent = StartSparse({"--insns", "1000000000000"}, &sink);
  sink.AwaitWindows(3);
  agent->RequestStop();
  EXPECT_EQ(agent->Finish(absl::Seconds(30)).signal, 0);  // it ended by itself
  EXPECT_TRUE(sink.closed_);
}

TEST(SparseAgent, AVcpuThatNobodyLooksAtIsDiscarded) {
  WindowSink sink;
  sink.agrees_ = false;
  auto agent = StartSparse({"--insns", "20000000"}, &sink, 16384);
  sink.AwaitWindows(1);
  sink.Agree(UINT64_MAX);
  sink.AwaitStreamEnd();
  sink.Stop();
  EXPECT_EQ(agent->Finish(absl::Seconds(60)).status, 0);
}

TEST(LastLine, SkipsBlankLinesAndControlCharacters) {
  const std::string path = TempPath("lines");
  std::ofstream(path) << "one\ntwo \033[1mbold\n\n  \n";
  EXPECT_EQ(LastLine(path), "two  [1mbold");
  std::ofstream(path) << "";
  EXPECT_EQ(LastLine(path), "");
  EXPECT_EQ(LastLine("/no/such/file"), "");
  const std::string half(200, 'x'), other_half(200, 'y');
  std::ofstream(path) << half << other_half;
  EXPECT_EQ(LastLine(path), half + other_half);
  std::ofstream(path) << half << "left out" << other_half;
  EXPECT_EQ(LastLine(path), half + " ... " + other_half);
}

}  // namespace
}  // namespace lockstep::ingest
