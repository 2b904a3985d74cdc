#include "emulator/observe/ring_observer.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "plugins/sdk/ring_memory.h"
#include "plugins/sdk/ring_reader.h"

namespace lockstep::observe {
namespace {

const std::vector<std::string> kNames = {"pc:pc", "gpr:ra"};

struct lockstep_request Request() {
  struct lockstep_request request = {};
  request.stop_at_icount = UINT64_MAX;
  request.groups = 0xf;
  request.events = ~0u;
  return request;
}

// A ring that the environment names, with an observer at its other end.
struct RingObserverTest : ::testing::Test {
  RingObserverTest()
      : memory(ring::RingMemory::Create(1, LOCKSTEP_MIN_RING_SLOTS, Request()).value()) {
    setenv(LOCKSTEP_RING_ENV, std::to_string(memory.fd()).c_str(), 1);
    auto opened = RingObserver::Open("test 1", 1);
    EXPECT_TRUE(opened.ok()) << opened.status();
    observer = *std::move(opened);
    EXPECT_TRUE(observer->DeclareRegisters(kNames).ok());
  }
  ~RingObserverTest() override { unsetenv(LOCKSTEP_RING_ENV); }

  void Translate(uint32_t id) {
    const std::vector<uint16_t> offsets = {0, 4, 6};
    const std::vector<uint8_t> code = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
    observer->BlockTranslated(
        0, {id, 0x80000000 + 0x100 * id, LOCKSTEP_SPACE(3, 0, 0), offsets, code});
  }
  // All that was written, after an End record.
  state::Batch Read() {
    observer->End(0, {LOCKSTEP_END_EXIT, 9, 9, {1, 2, 3, 4}, 77, 5, "done"});
    ring::RingReader reader(memory, 0, memory.Identity().value());
    auto batch = reader.Drain();
    EXPECT_TRUE(batch.ok()) << batch.status();
    return *std::move(batch);
  }

  ring::RingMemory memory;
  std::unique_ptr<RingObserver> observer;
};

TEST_F(RingObserverTest, SaysWhatItIs) {
  state::ProducerIdentity identity = memory.Identity().value();
  EXPECT_EQ(identity.vcpus, 1u);
  EXPECT_EQ(identity.groups, 0xfu);
  EXPECT_NE(identity.abilities & LOCKSTEP_ABILITY_STEP, 0u);
  EXPECT_NE(identity.abilities & LOCKSTEP_ABILITY_WINDOWS, 0u);
}

TEST_F(RingObserverTest, BlocksWithDigests) {
  Translate(1);
  Translate(2);
  observer->BlockEntered(0, 1, 0, {10, 20, 30, 40});
  observer->BlockEntered(0, 2, 3, {11, 20, 31, 40});
  state::Batch batch = Read();
  EXPECT_EQ(batch.block_ids, (std::vector<uint32_t>{1, 2}));
  EXPECT_EQ(batch.icount_offsets, (std::vector<uint32_t>{0, 3}));
  EXPECT_EQ(batch.gpr_digests, (std::vector<uint64_t>{10, 11}));
  ASSERT_EQ(batch.infos.size(), 2u);
  EXPECT_EQ(batch.infos[0].value.pc, 0x80000100u);
  EXPECT_EQ(batch.infos[0].value.offsets, (std::vector<uint16_t>{0, 4, 6}));
  // fpr, csr and mem before the first block; only csr has changed before the second.
  ASSERT_EQ(batch.group_updates.size(), 4u);
  EXPECT_EQ(batch.group_updates[3].before, 1u);
  EXPECT_EQ(batch.group_updates[3].value.digest, 31u);
}

// Translated code writes a group's record itself and leaves the digest in the writer.
TEST_F(RingObserverTest, WhatTranslatedCodeHasSentIsNotSentAgain) {
  Translate(1);
  observer->BlockEntered(0, 1, 0, {10, 20, 30, 40});
  struct lockstep_writer* writer = observer->InlineOf(0).writer;
  EXPECT_EQ(writer->groups[LOCKSTEP_MEM], 40u);
  writer->groups[LOCKSTEP_MEM] = 41;
  const uint64_t head = writer->head;
  observer->BlockEntered(0, 1, 3, {10, 20, 30, 41});
  EXPECT_EQ(writer->head, head + 1) << "the block alone";
  observer->BlockEntered(0, 1, 6, {10, 20, 30, 40});
  EXPECT_EQ(writer->head, head + 3) << "the group is as at first, but not as last sent";
}

// A digest of a group that the run does not want is not written, nor asked for at every block.
TEST(RingObserverGroupsTest, OnlyTheGroupsOfTheRequest) {
  struct lockstep_request request = Request();
  request.groups = 1u << LOCKSTEP_GPR | 1u << LOCKSTEP_CSR;
  ring::RingMemory memory = ring::RingMemory::Create(1, LOCKSTEP_MIN_RING_SLOTS, request).value();
  setenv(LOCKSTEP_RING_ENV, std::to_string(memory.fd()).c_str(), 1);
  std::unique_ptr<RingObserver> observer = RingObserver::Open("test 1", 1).value();
  unsetenv(LOCKSTEP_RING_ENV);
  const std::vector<uint16_t> offsets = {0, 4, 8};
  observer->BlockTranslated(0, {1, 0x1000, LOCKSTEP_SPACE(3, 0, 0), offsets, {}});
  observer->BlockEntered(0, 1, 0, {10, 20, 30, 40});
  observer->BlockEntered(0, 1, 3, {11, 21, 30, 41});
  observer->End(0, {LOCKSTEP_END_EXIT, 6, 6, {1, 2, 3, 4}, 77, 5, "done"});
  auto batch = ring::RingReader(memory, 0, memory.Identity().value()).Drain();
  ASSERT_TRUE(batch.ok()) << batch.status();
  EXPECT_EQ(batch->gpr_digests, (std::vector<uint64_t>{10, 11}));
  ASSERT_EQ(batch->group_updates.size(), 1u);
  EXPECT_EQ(batch->group_updates[0].value.digest, 30u);
}

TEST_F(RingObserverTest, EventsRegistersAndConsole) {
  Translate(1);
  const std::vector<uint64_t> fields = {7, 0x80000104, 0, 3, 3, 0x80001000};
  observer->Event(0, EventKind::kInterrupt, 0, fields);
  const std::vector<uint64_t> values = {0x80000100, 42};
  observer->Registers(0, 0, values);
  observer->BlockEntered(0, 1, 0, {});
  for (char c : std::string("hi\nyou")) observer->ConsoleByte(0, 2, static_cast<uint8_t>(c));
  state::Batch batch = Read();
  ASSERT_EQ(batch.events.size(), 1u);
  EXPECT_EQ(batch.events[0].value.fields[5], 0x80001000u);
  ASSERT_EQ(batch.registers.size(), 1u);
  EXPECT_EQ(batch.registers[0].value.values, values);
  ASSERT_EQ(batch.register_names.size(), 2u);
  ASSERT_EQ(batch.console.size(), 2u) << "a record a line, the rest at the end";
}

// The prompt of a shell waits for its line's end while the guest runs on.
TEST_F(RingObserverTest, AnUnfinishedLineIsPlacedInTheBlockWhereItIsSent) {
  Translate(1);
  observer->BlockEntered(0, 1, 0, {});
  for (char c : std::string("=> ")) observer->ConsoleByte(0, 2, static_cast<uint8_t>(c));
  observer->BlockEntered(0, 1, 3, {});
  observer->BlockEntered(0, 1, 6, {});
  state::Batch batch = Read();
  ASSERT_EQ(batch.console.size(), 1u);
  EXPECT_EQ(batch.console[0].value.bytes, "=> ");
  EXPECT_EQ(batch.console[0].value.icount, 6u);
}

TEST_F(RingObserverTest, EndCarriesTheVerdictOfTheRun) {
  state::Batch batch = Read();
  ASSERT_TRUE(batch.end.has_value());
  EXPECT_EQ(batch.end->reason, state::EndReason::kExit);
  EXPECT_EQ(batch.end->icount, 9u);
  EXPECT_EQ(batch.end->exit_code, 5);
  EXPECT_EQ(batch.end->console_digest, 77u);
  EXPECT_EQ(batch.end->text, "done");
  EXPECT_EQ(batch.end->digests, (state::Digests{1, 2, 3, 4}));
}

// Two harts: each has its stream, with the step at which its turns began.
TEST(RingObserverHartsTest, EachHartHasItsStream) {
  ring::RingMemory memory = ring::RingMemory::Create(2, LOCKSTEP_MIN_RING_SLOTS, Request()).value();
  setenv(LOCKSTEP_RING_ENV, std::to_string(memory.fd()).c_str(), 1);
  std::unique_ptr<RingObserver> observer = RingObserver::Open("test 1", 2).value();
  unsetenv(LOCKSTEP_RING_ENV);
  const std::vector<uint16_t> offsets = {0, 4, 8, 12};
  for (uint32_t hart : {0u, 1u}) {
    observer->BlockTranslated(hart, {hart, 0x1000 * hart, LOCKSTEP_SPACE(3, 0, 0), offsets, {}});
  }
  observer->TurnBegins(0, 0);
  observer->BlockEntered(0, 0, 0, {10, 20, 30, 40});
  for (char c : std::string("ab")) observer->ConsoleByte(0, 2, static_cast<uint8_t>(c));
  observer->TurnBegins(1, 4);
  observer->BlockEntered(1, 1, 0, {11, 20, 30, 40});
  observer->ConsoleByte(1, 1, 'c');
  observer->TurnBegins(0, 4);
  observer->BlockEntered(0, 0, 4, {12, 20, 30, 40});
  observer->End(0, {LOCKSTEP_END_EXIT, 8, 12, {1, 2, 3, 4}, 77, 5, "done"});
  observer->End(1, {LOCKSTEP_END_EXIT, 4, 12, {5, 6, 7, 8}, 77, 5, "done"});
  std::vector<state::Batch> batches;
  for (uint32_t hart : {0u, 1u}) {
    auto batch = ring::RingReader(memory, hart, memory.Identity().value()).Drain();
    ASSERT_TRUE(batch.ok()) << batch.status();
    batches.push_back(*std::move(batch));
    EXPECT_EQ(batches[hart].group_updates.size(), 3u) << "each hart's digests are its own";
    ASSERT_TRUE(batches[hart].end.has_value());
    EXPECT_EQ(batches[hart].end->step, 12u);
    ASSERT_EQ(batches[hart].step_bases.size(), 1u);
    EXPECT_EQ(batches[hart].step_bases[0].value, 4u);
  }
  EXPECT_EQ(batches[0].gpr_digests, (std::vector<uint64_t>{10, 12}));
  EXPECT_EQ(batches[0].step_bases[0].before, 1u);
  EXPECT_EQ(batches[1].step_bases[0].before, 0u);
  EXPECT_EQ(batches[1].end->digests, (state::Digests{5, 6, 7, 8}));
  ASSERT_EQ(batches[0].console.size(), 1u);
  EXPECT_EQ(batches[0].console[0].value.bytes, "ab") << "one hart's output is not another's";
  ASSERT_EQ(batches[1].console.size(), 1u);
  EXPECT_EQ(batches[1].console[0].value.bytes, "c");
}

TEST_F(RingObserverTest, SeesTheRequestToStop) {
  EXPECT_FALSE(observer->stop_requested());
  memory.RequestStop();
  EXPECT_TRUE(observer->stop_requested());
}

TEST(RingObserverOpenTest, NoRingIsNoError) {
  unsetenv(LOCKSTEP_RING_ENV);
  auto opened = RingObserver::Open("test 1", 1);
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_EQ(*opened, nullptr);
}

TEST(RingObserverOpenTest, UnusableRingIsOneLine) {
  setenv(LOCKSTEP_RING_ENV, "nonsense", 1);
  auto opened = RingObserver::Open("test 1", 1);
  EXPECT_FALSE(opened.ok());
  EXPECT_EQ(opened.status().message().substr(0, 18), "LOCKSTEP_RING_FD: ");
  unsetenv(LOCKSTEP_RING_ENV);
}

}  // namespace
}  // namespace lockstep::observe
