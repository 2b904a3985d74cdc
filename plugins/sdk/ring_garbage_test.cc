// SPDX-License-Identifier: MIT
// Rings that break their format or an invariant: always an error that says what, never a crash.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <functional>
#include <random>

#include "plugins/sdk/ring_test_util.h"

namespace lockstep::ring {
namespace {

using ::testing::HasSubstr;

// Writes records slot by slot, with no regard for the rules.
class RawWriter {
 public:
  explicit RawWriter(RingMemory* memory) : memory_(memory) {}
  void Slot(uint32_t word0, uint32_t word1, uint64_t value) {
    memory_->slots(0)[at_++ % memory_->ring_slots()] = {word0, word1, value};
  }
  void Block(uint32_t id, uint32_t icount) { Slot(id, icount, 0); }
  void Control(uint32_t type, uint32_t argument, uint64_t value, std::string payload,
               int32_t claim = -1) {
    Slot(LOCKSTEP_CONTROL_BIT | type << 16 | argument,
         claim >= 0 ? static_cast<uint32_t>(claim) : static_cast<uint32_t>(payload.size()), value);
    payload.resize((payload.size() + 15) / 16 * 16);
    for (size_t i = 0; i < payload.size(); i += 16) {
      memcpy(&memory_->slots(0)[at_++ % memory_->ring_slots()], &payload[i], 16);
    }
  }
  void Info(uint32_t id, uint32_t n_insns, std::vector<uint16_t> offsets, uint32_t n_code = 0) {
    const lockstep_block_info_wire wire = {0x1000, 3, n_insns, n_code};
    std::string payload(reinterpret_cast<const char*>(&wire), sizeof(wire));
    payload.append(reinterpret_cast<const char*>(offsets.data()), offsets.size() * 2);
    payload.append(n_code, 'c');
    Control(LOCKSTEP_REC_BLOCK_INFO, 0, id, payload);
  }
  void Publish() {
    memory_->cursors(0)->written = at_;
    __atomic_store_n(&memory_->cursors(0)->published, at_, __ATOMIC_RELEASE);
  }
  uint64_t at_ = 0;

 private:
  RingMemory* memory_;
};

struct Case {
  const char* name;
  std::function<void(RawWriter&)> write;  // after the description of block 1, of 3 instructions
  const char* message;
};

std::string Fields(size_t n) { return std::string(8 * n, 0); }
std::string EndWire() { return std::string(sizeof(lockstep_end_wire), 0); }

const Case kCases[] = {
    {"unknown block", [](RawWriter& w) { w.Block(2, 0); }, "block 2 was never described"},
    {"huge unknown block", [](RawWriter& w) { w.Block(0x7fffffff, 0); }, "never described"},
    {"icount back", [](RawWriter& w) { w.Block(1, 10), w.Block(1, 9); },
     "slot 4: icount goes back: block 1 begins 1 instructions before icount 10"},
    {"icount gap", [](RawWriter& w) { w.Block(1, 10), w.Block(1, 14); },
     "begins 4 instructions after the block ahead of it, which has 3 (from icount 10 on)"},
    {"unknown record", [](RawWriter& w) { w.Control(11, 0, 0, ""); }, "unknown record"},
    {"empty sum", [](RawWriter& w) { w.Block(1, 0), w.Control(10, 0, 0, ""); }, "a sum of 0 bytes"},
    {"empty run", [](RawWriter& w) { w.Block(1, 0), w.Control(9, 0, 0, ""); }, "has 0 bytes"},
    {"record 0", [](RawWriter& w) { w.Control(0, 0, 0, ""); }, "unknown record"},
    {"huge payload", [](RawWriter& w) { w.Control(8, 0, 0, "", 65537); }, "payload of 65537"},
    {"argument", [](RawWriter& w) { w.Control(8, 1, 0, ""); }, "has an argument"},
    {"short info", [](RawWriter& w) { w.Control(1, 0, 1, Fields(2)); }, "too short"},
    {"info id", [](RawWriter& w) { w.Control(1, 0, 1ull << 31, Fields(3)); }, "below 2^31"},
    {"info of nothing", [](RawWriter& w) { w.Info(2, 0, {}); }, "has 0 instructions"},
    {"info of too much", [](RawWriter& w) { w.Info(2, 65536, {}); }, "has 65536 instructions"},
    {"info without offsets", [](RawWriter& w) { w.Info(2, 2, {}); }, "no offsets"},
    {"info with odd length", [](RawWriter& w) { w.Info(2, 2, {0}); }, "has 26 bytes"},
    {"info offset 0",
     [](RawWriter& w) {
       w.Info(2, 2, {2, 4});
     },
     "do not rise"},
    {"info falling",
     [](RawWriter& w) {
       w.Info(2, 3, {0, 4, 4});
     },
     "do not rise"},
    {"info short code",
     [](RawWriter& w) {
       w.Info(2, 2, {0, 4}, 4);
     },
     "ends before"},
    {"group 0", [](RawWriter& w) { w.Control(2, 0, 1, ""); }, "digest of group 0"},
    {"group 4", [](RawWriter& w) { w.Control(2, 4, 1, ""); }, "digest of group 4"},
    {"group payload", [](RawWriter& w) { w.Control(2, 1, 1, "x"); }, "digest of group 1"},
    {"event kind", [](RawWriter& w) { w.Control(3, 8, 0, ""); }, "kind of event, 8"},
    {"event kind 0", [](RawWriter& w) { w.Control(3, 0, 0, ""); }, "kind of event, 0"},
    {"event size", [](RawWriter& w) { w.Control(3, 1, 0, Fields(5)); }, "has 40 bytes, not 48"},
    {"event outside", [](RawWriter& w) { w.Block(1, 5), w.Control(3, 7, 9, Fields(1)); },
     "an event at icount 9 lies outside of the block of 3 instructions that began at icount 5"},
    {"undeclared", [](RawWriter& w) { w.Control(4, 0, 0, Fields(1)); }, "0 were declared"},
    {"register count",
     [](RawWriter& w) { w.Control(5, 0, 1, "pc:pc\n"), w.Control(4, 0, 0, Fields(2)); },
     "1 were declared"},
    {"names twice",
     [](RawWriter& w) { w.Control(5, 0, 1, "pc:pc\n"), w.Control(5, 0, 1, "pc:pc\n"); },
     "second time"},
    {"names none", [](RawWriter& w) { w.Control(5, 0, 0, ""); }, "declares 0 registers"},
    {"names count", [](RawWriter& w) { w.Control(5, 0, 2, "pc:pc\n"); }, "and names 1"},
    {"names form", [](RawWriter& w) { w.Control(5, 0, 1, "pc\n:a\n"); }, "group:name"},
    {"names unended", [](RawWriter& w) { w.Control(5, 0, 1, "pc:pc"); }, "group:name"},
    {"names group", [](RawWriter& w) { w.Control(5, 0, 1, "vec:v0\n"); }, "none of gpr"},
    {"names bytes", [](RawWriter& w) { w.Control(5, 0, 1, "gpr:\033\n"); }, "not printable"},
    {"end reason", [](RawWriter& w) { w.Control(6, 6, 0, EndWire()); }, "reason of an end, 6"},
    {"end short", [](RawWriter& w) { w.Control(6, 1, 0, Fields(5)); }, "an end of 40 bytes"},
    {"end text", [](RawWriter& w) { w.Control(6, 1, 0, std::string(9000, 'x')); }, "9000 bytes"},
    {"end outside", [](RawWriter& w) { w.Block(1, 5), w.Control(6, 1, 4, EndWire()); },
     "the end at icount 4"},
    {"after end", [](RawWriter& w) { w.Control(6, 1, 0, EndWire()), w.Block(1, 0); },
     "follows the end"},
    {"step payload", [](RawWriter& w) { w.Control(7, 0, 0, "x"); }, "has a payload"},
    {"console outside", [](RawWriter& w) { w.Block(1, 5), w.Control(8, 0, 1, "x"); },
     "console output at icount 1"},
    {"too much", [](RawWriter& w) { w.at_ = 9000; }, "the producer claims to have written 9000"},
};

TEST(Garbage, EachFaultIsNamed) {
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    Pair pair;
    RingReader reader = pair.Reader();
    RawWriter writer(&pair.memory);
    writer.Info(1, 3, {0, 4, 8});
    c.write(writer);
    writer.Publish();
    absl::Status status;
    for (int i = 0; i < 3 && status.ok(); ++i) status = reader.Drain().status();
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
    EXPECT_THAT(std::string(status.message()), HasSubstr("ring of vCPU 0, slot"));
    EXPECT_THAT(std::string(status.message()), HasSubstr(c.message));
    EXPECT_EQ(reader.Drain().status(), status) << "the error must stay";
    EXPECT_TRUE(reader.exhausted());
  }
}

TEST(Garbage, WhatStoodBeforeIsKept) {
  Pair pair;
  RingReader reader = pair.Reader();
  RawWriter writer(&pair.memory);
  writer.Info(1, 3, {0, 4, 8});
  writer.Block(1, 0);
  writer.Block(1, 3);
  writer.Block(9, 6);
  writer.Publish();
  const absl::StatusOr<state::Batch> batch = reader.Drain();
  ASSERT_TRUE(batch.ok());
  EXPECT_EQ(batch->block_ids.size(), 2u);
  EXPECT_THAT(std::string(reader.Drain().status().message()), HasSubstr("slot 5"));
}

TEST(Garbage, CursorsThatGoBack) {
  Pair pair;
  RingReader reader = pair.Reader();
  RawWriter writer(&pair.memory);
  writer.Info(1, 3, {0, 4, 8});
  writer.Block(1, 0);
  writer.Publish();
  ASSERT_TRUE(reader.Drain().ok());
  pair.memory.cursors(0)->published = 1;
  EXPECT_THAT(std::string(reader.Drain().status().message()), HasSubstr("written 1 slots after"));
}

TEST(Garbage, WrittenThatDoesNotFollow) {
  Pair pair;
  RingReader reader = pair.Reader();
  RawWriter writer(&pair.memory);
  writer.Info(1, 3, {0, 4, 8});
  writer.Publish();
  pair.memory.cursors(0)->written = 1;
  reader.set_producer_dead();
  EXPECT_THAT(std::string(reader.Drain().status().message()), HasSubstr("`written` is 1"));
}

// Ids that are few and huge cost no memory to speak of.
TEST(Garbage, HugeIds) {
  Pair pair;
  RingReader reader = pair.Reader();
  RawWriter writer(&pair.memory);
  for (uint32_t i = 1; i < 100; ++i) {
    writer.Info(0x7fffffff - i, 1, {0});
    writer.Block(0x7fffffff - i, i);
  }
  writer.Info(0x7ffffff0, 1, {0});
  writer.Publish();
  const absl::StatusOr<state::Batch> batch = reader.Drain();
  ASSERT_TRUE(batch.ok()) << batch.status();
  EXPECT_EQ(batch->block_ids.size(), 99u);
}

// A valid stream with a few bytes changed, and pure noise: a Status each time.
TEST(Garbage, RandomBytes) {
  std::mt19937_64 random(1);
  int failed = 0;
  for (int round = 0; round < 300; ++round) {
    Pair pair;
    RingReader reader = pair.Reader();
    RawWriter writer(&pair.memory);
    char* bytes = reinterpret_cast<char*>(pair.memory.slots(0));
    const bool noise = round % 3 == 0;
    if (noise) {
      for (uint32_t i = 0; i < 512 * 16; ++i) bytes[i] = static_cast<char>(random());
      if (round % 2 == 0) {  // control records only, of known types, so that one gets further
        for (uint32_t i = 0; i < 512; ++i) {
          lockstep_slot& slot = pair.memory.slots(0)[i];
          slot.word0 = LOCKSTEP_CONTROL_BIT | (1 + random() % 8) << 16 | random() % 8;
          slot.word1 %= 256;
        }
      }
      writer.at_ = 512;
    } else {
      writer.Control(LOCKSTEP_REC_NAMES, 0, 2, "gpr:a0\npc:pc\n");
      for (uint32_t i = 0; i < 300; ++i) {
        if (i % 10 == 0) writer.Info(i / 10 + 1, 4, {0, 2, 4, 8}, 12);
        if (i % 7 == 0) writer.Control(LOCKSTEP_REC_EVENT, 1 + i % 2, 2 * i, Fields(6));
        if (i % 9 == 0) writer.Control(LOCKSTEP_REC_REGISTERS, 0, 2 * i, Fields(2));
        writer.Block(i / 10 + 1, 2 * i);
      }
      writer.Control(LOCKSTEP_REC_END, 1, 600, EndWire() + "bye");
      const uint64_t changes = 1 + random() % 4;
      for (uint64_t i = 0; i < changes; ++i) {
        bytes[random() % (writer.at_ * 16)] = static_cast<char>(random());
      }
    }
    writer.Publish();
    if (random() % 2 == 0) reader.set_producer_dead();
    absl::Status status;
    for (int i = 0; i < 600 && status.ok(); ++i) {
      const absl::StatusOr<state::Batch> batch = reader.Drain(1 + random() % 50);
      status = batch.status();
      if (status.ok() && batch->records == 0) break;
    }
    if (!status.ok()) {
      ++failed;
      EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
    }
  }
  EXPECT_GT(failed, 150);
}

}  // namespace
}  // namespace lockstep::ring
