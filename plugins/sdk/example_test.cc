// SPDX-License-Identifier: MIT
// The example producer as a process of its own: what docs/howto tells people to copy must work.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <map>

#include "plugins/sdk/ring_test_util.h"

namespace lockstep::ring {
namespace {

struct Outcome {
  int status = 0;                       // as waitpid() gave it
  std::map<uint64_t, uint64_t> states;  // icount of a block's entry -> digest
  std::vector<state::Registers> registers;
  std::optional<state::End> end;
  absl::Status error;
};

// Runs it to its end, or until its ring is broken.
Outcome RunExample(std::vector<std::string> args, struct lockstep_request request = WantAll()) {
  RingMemory memory = RingMemory::Create(1, 1 << 16, request).value();
  const pid_t child = fork();
  if (child == 0) {
    NameRing(memory);
    fcntl(memory.fd(), F_SETFD, 0);
    args.insert(args.begin(), "plugins/sdk/example_producer");
    std::vector<char*> argv;
    for (std::string& arg : args) argv.push_back(arg.data());
    argv.push_back(nullptr);
    execv(argv[0], argv.data());
    _exit(127);
  }
  Outcome outcome;
  std::optional<RingReader> reader;
  bool dead = false;
  while (!reader.has_value() || !reader->exhausted()) {
    memory.WaitForData(absl::Milliseconds(20), 1024);
    if (!dead && waitpid(child, &outcome.status, WNOHANG) == child) {
      dead = true;
      if (reader.has_value()) reader->set_producer_dead();
    }
    if (!reader.has_value()) {
      const absl::StatusOr<state::ProducerIdentity> identity = memory.Identity();
      if (!identity.ok() && dead) return outcome;
      if (!identity.ok()) continue;
      reader.emplace(memory, 0, *identity);
      if (dead) reader->set_producer_dead();
    }
    const absl::StatusOr<state::Batch> batch = reader->Drain();
    if (!batch.ok()) {
      outcome.error = batch.status();
      kill(child, SIGKILL);
      break;
    }
    for (size_t i = 0; i < batch->block_ids.size(); ++i) {
      outcome.states[batch->first_icount + batch->icount_offsets[i]] = batch->gpr_digests[i];
    }
    for (const auto& registers : batch->registers) outcome.registers.push_back(registers.value);
    if (batch->end.has_value()) outcome.end = batch->end;
  }
  if (!dead) waitpid(child, &outcome.status, 0);
  return outcome;
}

// The first icount at which both have a boundary and differ; UINT64_MAX if none.
uint64_t FirstDifference(const Outcome& a, const Outcome& b) {
  for (const auto& [icount, digest] : a.states) {
    const auto it = b.states.find(icount);
    if (it != b.states.end() && it->second != digest) return icount;
  }
  return UINT64_MAX;
}

TEST(Example, SplitsDoNotChangeTheState) {
  const Outcome whole = RunExample({"--insns", "50000"});
  ASSERT_TRUE(whole.end.has_value());
  EXPECT_EQ(whole.end->reason, state::EndReason::kExit);
  EXPECT_EQ(whole.end->icount, 50000u);
  EXPECT_EQ(whole.status, 0);
  EXPECT_GT(whole.states.size(), 4000u);
  for (const char* split : {"1", "2", "5", "7"}) {
    const Outcome other = RunExample({"--insns", "50000", "--split", split});
    EXPECT_GT(other.states.size(), whole.states.size());
    EXPECT_EQ(FirstDifference(whole, other), UINT64_MAX);
    EXPECT_EQ(other.end->digests, whole.end->digests);
  }
}

TEST(Example, AFaultShowsAtTheNextBoundary) {
  const Outcome good = RunExample({"--insns", "50000", "--split", "1"});
  const Outcome bad = RunExample({"--insns", "50000", "--split", "1", "--fault-at", "12345"});
  EXPECT_EQ(FirstDifference(good, bad), 12346u);
}

TEST(Example, StepsWithRegisters) {
  struct lockstep_request request = WantAll();
  request.step = 1;
  request.silent_until_icount = 1000;
  request.stop_at_icount = 1010;
  const Outcome outcome = RunExample({}, request);
  EXPECT_EQ(outcome.states.size(), 10u);
  EXPECT_EQ(outcome.states.begin()->first, 1000u);
  ASSERT_EQ(outcome.registers.size(), 10u);
  EXPECT_EQ(outcome.registers[0].values.size(), 8u);
  ASSERT_TRUE(outcome.end.has_value());
  EXPECT_EQ(outcome.end->reason, state::EndReason::kLimit);
  EXPECT_EQ(outcome.end->icount, 1010u);
}

TEST(Example, Misbehaves) {
  Outcome outcome = RunExample({"--crash-at", "777"});
  EXPECT_TRUE(WIFSIGNALED(outcome.status));
  EXPECT_FALSE(outcome.end.has_value());
  EXPECT_GT(outcome.states.rbegin()->first, 777u - 24) << "the last blocks are still there";
  outcome = RunExample({"--quit-at", "777"});
  EXPECT_EQ(WEXITSTATUS(outcome.status), 3);
  EXPECT_FALSE(outcome.end.has_value());
  outcome = RunExample({"--garbage"});
  EXPECT_EQ(outcome.error.code(), absl::StatusCode::kDataLoss) << outcome.error;
  outcome = RunExample({"--no-such-option"});
  EXPECT_EQ(WEXITSTATUS(outcome.status), 2);
}

}  // namespace
}  // namespace lockstep::ring
