// SPDX-License-Identifier: MIT
// Producers that crash, producers that are told to stop, and agents that die.
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "plugins/sdk/ring_test_util.h"

namespace lockstep::ring {
namespace {

// Opens the ring that the environment names and describes block 1, of one instruction.
lockstep_producer* OpenInChild() {
  struct lockstep_open_params params = AllParams();
  lockstep_producer* p = nullptr;
  if (lockstep_open(&params, &p) != 0) _exit(9);
  Describe(p, 1, 1);
  return p;
}

TEST(Crash, LosesNothing) {
  RingMemory memory = RingMemory::Create(1, 8192, WantAll()).value();
  NameRing(memory);
  const pid_t child = fork();
  if (child == 0) {
    lockstep_producer* p = OpenInChild();
    for (uint64_t i = 0; i < 1000; ++i) lockstep_enter(p, 0, 1, i, i);
    kill(getpid(), SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  RingReader reader(memory, 0, memory.Identity().value());
  absl::StatusOr<state::Batch> batch = reader.Drain();
  ASSERT_TRUE(batch.ok());
  const size_t published = batch->block_ids.size();
  EXPECT_GE(published, 1000u - 256);
  EXPECT_LT(published, 1000u);
  EXPECT_FALSE(reader.exhausted());
  reader.set_producer_dead();
  EXPECT_FALSE(reader.exhausted());
  batch = reader.Drain();
  ASSERT_TRUE(batch.ok()) << batch.status();
  EXPECT_EQ(published + batch->block_ids.size(), 1000u);
  EXPECT_EQ(batch->gpr_digests.back(), 999u);
  EXPECT_EQ(reader.last_icount(), 999u);
  EXPECT_TRUE(reader.exhausted());
  EXPECT_FALSE(reader.ended());
}

// A producer of another make may publish a header before its payload.
TEST(Crash, IncompleteRecordIsLeftOut) {
  Pair pair;
  RingReader reader = pair.Reader();
  Describe(pair.producer, 1, 1);
  lockstep_enter(pair.producer, 0, 1, 0, 0);
  lockstep_flush(pair.producer, 0);
  lockstep_cursors* cursors = pair.memory.cursors(0);
  const uint64_t at = cursors->published;
  pair.memory.slots(0)[at] = {LOCKSTEP_CONTROL_BIT | LOCKSTEP_REC_CONSOLE << 16, 32, 0};
  __atomic_store_n(&cursors->published, at + 2, __ATOMIC_RELEASE);  // one payload slot of two
  cursors->written = at + 2;
  absl::StatusOr<state::Batch> batch = reader.Drain();
  ASSERT_TRUE(batch.ok()) << batch.status();
  EXPECT_EQ(batch->block_ids.size(), 1u);
  EXPECT_EQ(batch->records, at);
  batch = reader.Drain();
  ASSERT_TRUE(batch.ok());
  EXPECT_EQ(batch->records, 0u);
  EXPECT_FALSE(reader.exhausted());
  reader.set_producer_dead();
  EXPECT_TRUE(reader.exhausted());
  EXPECT_EQ(reader.Drain()->records, 0u);
}

TEST(Stop, EndsTheWaitForSpace) {
  Pair pair;
  std::thread producer([&] {
    Describe(pair.producer, 1, 1);
    for (uint64_t i = 0; lockstep_stop_requested(pair.producer) == 0; ++i) {
      lockstep_enter(pair.producer, 0, 1, i, i);
    }
    struct lockstep_end end {};
    end.reason = LOCKSTEP_END_STOPPED;
    lockstep_end(pair.producer, 0, &end);  // dropped, as nobody reads
  });
  absl::SleepFor(absl::Milliseconds(50));  // the ring is full by now
  const absl::Time start = absl::Now();
  pair.memory.RequestStop();
  producer.join();
  EXPECT_LT(absl::Now() - start, absl::Seconds(5));
  RingReader reader = pair.Reader();
  const absl::StatusOr<state::Batch> batch = reader.Drain();
  ASSERT_TRUE(batch.ok()) << batch.status();
  EXPECT_EQ(batch->records, uint64_t{LOCKSTEP_MIN_RING_SLOTS});
  EXPECT_FALSE(reader.ended());
}

TEST(Stop, EndComesWhenTheAgentGoesOnReading) {
  Pair pair;
  std::thread producer([&] {
    Describe(pair.producer, 1, 1);
    uint64_t i = 0;
    for (; lockstep_stop_requested(pair.producer) == 0; ++i) {
      lockstep_enter(pair.producer, 0, 1, i, i);
    }
    struct lockstep_end end {};
    end.reason = LOCKSTEP_END_STOPPED;
    end.icount = i;
    lockstep_end(pair.producer, 0, &end);
  });
  absl::SleepFor(absl::Milliseconds(20));
  pair.memory.RequestStop();
  RingReader reader = pair.Reader();
  std::optional<state::End> end;
  while (!reader.exhausted()) {
    const absl::StatusOr<state::Batch> batch = reader.Drain(1000);
    ASSERT_TRUE(batch.ok()) << batch.status();
    if (batch->end.has_value()) end = batch->end;
  }
  producer.join();
  ASSERT_TRUE(end.has_value());
  EXPECT_EQ(end->reason, state::EndReason::kStopped);
  EXPECT_EQ(end->icount, reader.last_icount() + 1);
}

// The agent is killed while its producer waits for space: the producer must not hang for ever.
// `through_wrapper`: a shell-like process stands between the two.
void KillAgent(bool through_wrapper) {
  int pipe_fds[2];
  ASSERT_EQ(pipe(pipe_fds), 0);
  const pid_t agent = fork();
  if (agent == 0) {
    RingMemory memory = RingMemory::Create(1, 8192, WantAll()).value();
    NameRing(memory);
    if (fork() == 0) {
      if (through_wrapper && fork() != 0) {
        close(pipe_fds[1]);
        wait(nullptr);
        _exit(0);
      }
      lockstep_producer* p = OpenInChild();
      for (uint64_t i = 0; lockstep_stop_requested(p) == 0; ++i) {
        if (i == 1000 && write(pipe_fds[1], "r", 1) != 1) _exit(9);
        lockstep_enter(p, 0, 1, i, i);
      }
      if (write(pipe_fds[1], "e", 1) != 1) _exit(9);
      _exit(0);
    }
    pause();
    _exit(0);
  }
  close(pipe_fds[1]);
  char c = 0;
  ASSERT_EQ(read(pipe_fds[0], &c, 1), 1);
  ASSERT_EQ(c, 'r');
  absl::SleepFor(absl::Milliseconds(50));
  kill(agent, SIGKILL);
  if (through_wrapper) waitpid(agent, nullptr, 0);  // else: it stays a zombie
  pollfd poll_fd = {pipe_fds[0], POLLIN, 0};
  EXPECT_EQ(poll(&poll_fd, 1, 10'000), 1) << "the producer still waits";
  EXPECT_EQ(read(pipe_fds[0], &c, 1), 1);
  EXPECT_EQ(c, 'e');
  if (!through_wrapper) waitpid(agent, nullptr, 0);
  close(pipe_fds[0]);
}

TEST(AgentDeath, OrphanEnds) { KillAgent(/*through_wrapper=*/false); }

TEST(AgentDeath, OrphanBehindAWrapperEnds) { KillAgent(/*through_wrapper=*/true); }

}  // namespace
}  // namespace lockstep::ring
