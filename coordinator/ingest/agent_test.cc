#include "coordinator/ingest/agent.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

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
  agent = StartExample({"--insns", "1000000000000"}, &refusing);
  agent->Finish(absl::Seconds(30));
  EXPECT_EQ(refusing.failure_, "unknown run");
}

TEST(LastLine, SkipsBlankLinesAndControlCharacters) {
  const std::string path = TempPath("lines");
  std::ofstream(path) << "one\ntwo \033[1mbold\n\n  \n";
  EXPECT_EQ(LastLine(path), "two  [1mbold");
  std::ofstream(path) << "";
  EXPECT_EQ(LastLine(path), "");
  EXPECT_EQ(LastLine("/no/such/file"), "");
  std::ofstream(path) << std::string(10000, 'x');
  EXPECT_EQ(LastLine(path), std::string(200, 'x'));
}

}  // namespace
}  // namespace lockstep::ingest
