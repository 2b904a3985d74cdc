// SPDX-License-Identifier: MIT
#include "plugins/sdk/ring_records.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <numeric>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "plugins/sdk/lockstep_producer.h"

namespace lockstep::ring {
namespace {

using Bytes = std::vector<uint8_t>;

SlotWords Header(uint32_t type, uint32_t argument, uint64_t value, size_t bytes) {
  return {LOCKSTEP_CONTROL_BIT | type << 16 | argument, static_cast<uint32_t>(bytes), value};
}

template <typename T>
void Append(Bytes* bytes, const T& value) {
  const auto* begin = reinterpret_cast<const uint8_t*>(&value);
  bytes->insert(bytes->end(), begin, begin + sizeof(value));
}

// Payload of a block info at 0x8000, in S mode; `code` bytes 0, 1, ...
Bytes Info(uint32_t n_insns, const std::vector<uint16_t>& offsets, uint32_t n_code) {
  Bytes bytes;
  Append(&bytes, lockstep_block_info_wire{0x8000, LOCKSTEP_SPACE(1, 8, 5), n_insns, n_code});
  for (uint16_t offset : offsets) Append(&bytes, offset);
  for (uint32_t i = 0; i < n_code; ++i) bytes.push_back(static_cast<uint8_t>(i));
  return bytes;
}

absl::StatusOr<state::BlockInfo> Decode(const Bytes& payload, Offsets offsets) {
  const SlotWords header = Header(LOCKSTEP_REC_BLOCK_INFO, 0, 7, payload.size());
  EXPECT_TRUE(CheckHeader(header, 0, 0).ok());
  return DecodeInfo(header, payload, offsets);
}

std::string Message(const absl::Status& status) {
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  return std::string(status.message());
}

TEST(RingRecordsTest, PayloadsGoAroundTheEndOfTheRing) {
  std::vector<lockstep_slot> slots(4);
  std::iota(reinterpret_cast<uint8_t*>(slots.data()),
            reinterpret_cast<uint8_t*>(slots.data() + slots.size()), 0);
  Bytes buffer(40);
  const auto from = [&](uint64_t position, uint32_t bytes) {
    const absl::Span<const uint8_t> span =
        CopyPayload(slots.data(), slots.size(), position, bytes, absl::MakeSpan(buffer));
    EXPECT_EQ(span.data(), buffer.data());
    return Bytes(span.begin(), span.end());
  };
  EXPECT_EQ(from(0, 3), (Bytes{16, 17, 18}));
  EXPECT_EQ(from(4 + 3, 2), (Bytes{0, 1}));
  EXPECT_EQ(from(8, 0), Bytes());
  Bytes around(32);
  std::iota(around.begin(), around.begin() + 16, 48);
  std::iota(around.begin() + 16, around.end(), 0);
  EXPECT_EQ(from(2, 32), around);
  EXPECT_EQ(from(2, 17), Bytes(around.begin(), around.begin() + 17));
}

TEST(RingRecordsTest, SlotsOfAPayload) {
  EXPECT_EQ(SlotsOf(0), 1);
  EXPECT_EQ(SlotsOf(1), 2);
  EXPECT_EQ(SlotsOf(16), 2);
  EXPECT_EQ(SlotsOf(17), 3);
  EXPECT_EQ(SlotsOf(UINT32_MAX), uint64_t{1} + (1u << 28));
}

TEST(RingRecordsTest, HeadersThatAreRight) {
  constexpr size_t kEnd = sizeof(lockstep_end_wire);
  const SlotWords kRight[] = {
      Header(LOCKSTEP_REC_BLOCK_INFO, 0, 0x7fffffff, sizeof(lockstep_block_info_wire)),
      Header(LOCKSTEP_REC_GROUP, LOCKSTEP_CSR, ~uint64_t{0}, 0),
      Header(LOCKSTEP_REC_EVENT, LOCKSTEP_EV_EXCEPTION, 1, 6 * 8),
      Header(LOCKSTEP_REC_EVENT, LOCKSTEP_EV_INTERRUPT, 1, 6 * 8),
      Header(LOCKSTEP_REC_EVENT, LOCKSTEP_EV_TLB_FILL, 1, 8 * 8),
      Header(LOCKSTEP_REC_EVENT, LOCKSTEP_EV_TLB_FLUSH, 1, 3 * 8),
      Header(LOCKSTEP_REC_EVENT, LOCKSTEP_EV_MMIO, 1, 4 * 8),
      Header(LOCKSTEP_REC_EVENT, LOCKSTEP_EV_INPUT, 1, 2 * 8),
      Header(LOCKSTEP_REC_EVENT, LOCKSTEP_EV_RESET, 1, 1 * 8),
      Header(LOCKSTEP_REC_REGISTERS, 0, 1, 8),
      Header(LOCKSTEP_REC_NAMES, 0, 1, 6),
      Header(LOCKSTEP_REC_NAMES, 0, LOCKSTEP_MAX_REGISTERS, 6),
      Header(LOCKSTEP_REC_END, LOCKSTEP_END_EXIT, 1, kEnd),
      Header(LOCKSTEP_REC_END, LOCKSTEP_END_ERROR, 1, kEnd + 4096),
      Header(LOCKSTEP_REC_STEP, 0, 1, 0),
      Header(LOCKSTEP_REC_SUM, 0, 1, 16),
      Header(LOCKSTEP_REC_CONSOLE, 0, 1, 3),
  };
  for (const SlotWords& header : kRight) {
    EXPECT_TRUE(CheckHeader(header, 1u << LOCKSTEP_CSR, 0).ok())
        << CheckHeader(header, 1u << LOCKSTEP_CSR, 0);
  }
}

TEST(RingRecordsTest, HeadersThatAreWrong) {
  constexpr size_t kEnd = sizeof(lockstep_end_wire);
  const std::string group =
      ", which the producer does not supply or was not asked for, with 0 bytes";
  const struct {
    SlotWords header;
    std::string message;
  } kWrong[] = {
      {Header(0, 0, 0, 0), "unknown record 0x80000000"},
      {Header(11, 0, 0, 0), "unknown record 0x800b0000"},
      {Header(11, 1, 0, 0), "record 0x800b0001 has an argument"},
      {Header(LOCKSTEP_REC_SUM, 1, 0, 16), "record 0x800a0001 has an argument"},
      {Header(LOCKSTEP_REC_SUM, 0, 0, 8), "a sum of 8 bytes"},
      {Header(LOCKSTEP_REC_RUN, 1, 0, 4), "record 0x80090001 has an argument"},
      {Header(LOCKSTEP_REC_RUN, 0, 0, 0), "a run of blocks has 0 bytes and the value 0"},
      {Header(LOCKSTEP_REC_RUN, 0, 0, 6), "a run of blocks has 6 bytes and the value 0"},
      {Header(LOCKSTEP_REC_RUN, 0, 7, 8), "a run of blocks has 8 bytes and the value 7"},
      {Header(LOCKSTEP_REC_STEP, 2, 0, 0), "record 0x80070002 has an argument"},
      {Header(LOCKSTEP_REC_BLOCK_INFO, 0, 0, 23), "a block info is too short"},
      {Header(LOCKSTEP_REC_BLOCK_INFO, 0, 1u << 31, 24), "block id 2147483648 is not below 2^31"},
      {Header(LOCKSTEP_REC_GROUP, LOCKSTEP_GPR, 0, 0), "a digest of group 0" + group},
      {Header(LOCKSTEP_REC_GROUP, LOCKSTEP_FPR, 0, 0), "a digest of group 1" + group},
      {Header(LOCKSTEP_REC_GROUP, LOCKSTEP_GROUPS, 0, 0), "a digest of group 4" + group},
      {Header(LOCKSTEP_REC_GROUP, 0xffff, 0, 0), "a digest of group 65535" + group},
      {Header(LOCKSTEP_REC_EVENT, 0, 0, 0), "unknown kind of event, 0"},
      {Header(LOCKSTEP_REC_EVENT, 8, 0, 8), "unknown kind of event, 8"},
      {Header(LOCKSTEP_REC_EVENT, 7, 0, 16), "an event of kind 7 has 16 bytes, not 8"},
      {Header(LOCKSTEP_REC_NAMES, 0, 0, 0), "the producer declares 0 registers"},
      {Header(LOCKSTEP_REC_NAMES, 0, 4097, 0), "the producer declares 4097 registers"},
      {Header(LOCKSTEP_REC_END, 0, 0, kEnd), "unknown reason of an end, 0"},
      {Header(LOCKSTEP_REC_END, 6, 0, kEnd), "unknown reason of an end, 6"},
      {Header(LOCKSTEP_REC_END, 1, 0, kEnd - 1), "an end of 55 bytes"},
      {Header(LOCKSTEP_REC_END, 1, 0, kEnd + 4097), "an end of 4153 bytes"},
      {Header(LOCKSTEP_REC_STEP, 0, 0, 1), "a step record has a payload"},
  };
  for (const auto& wrong : kWrong) {
    // GPR is supplied, and has no record of its own all the same.
    const state::GroupMask groups = 1u << LOCKSTEP_GPR | 1u << LOCKSTEP_CSR | 1u << LOCKSTEP_GROUPS;
    EXPECT_EQ(Message(CheckHeader(wrong.header, groups, 0)), wrong.message);
  }
  EXPECT_EQ(Message(CheckHeader(Header(LOCKSTEP_REC_NAMES, 0, 1, 6), 0, 1)),
            "register names come a second time");
  EXPECT_EQ(Message(CheckHeader(Header(LOCKSTEP_REC_GROUP, LOCKSTEP_CSR, 0, 1), ~0u, 0)),
            "a digest of group 2, which the producer does not supply or was not asked for, with 1 "
            "bytes");
}

TEST(RingRecordsTest, InfoWithOffsets) {
  for (Offsets offsets : {Offsets::kOptional, Offsets::kClaimed, Offsets::kNeeded}) {
    const absl::StatusOr<state::BlockInfo> info = Decode(Info(3, {0, 4, 6}, 8), offsets);
    ASSERT_TRUE(info.ok()) << info.status();
    EXPECT_EQ(info->id, 7);
    EXPECT_EQ(info->pc, 0x8000);
    EXPECT_EQ(info->space.privilege(), 1);
    EXPECT_EQ(info->space.paging_mode(), 8);
    EXPECT_EQ(info->space.asid(), 5);
    EXPECT_EQ(info->n_insns, 3);
    EXPECT_EQ(info->offsets, (std::vector<uint16_t>{0, 4, 6}));
    EXPECT_EQ(info->code, (Bytes{0, 1, 2, 3, 4, 5, 6, 7}));
    const absl::StatusOr<state::BlockInfo> no_code = Decode(Info(2, {0, 2}, 0), offsets);
    ASSERT_TRUE(no_code.ok()) << no_code.status();
    EXPECT_EQ(no_code->offsets, (std::vector<uint16_t>{0, 2}));
    EXPECT_TRUE(no_code->code.empty());
  }
}

TEST(RingRecordsTest, InfoWithoutOffsets) {
  const Bytes payload = Info(2, {}, 8);
  const absl::StatusOr<state::BlockInfo> info = Decode(payload, Offsets::kOptional);
  ASSERT_TRUE(info.ok()) << info.status();
  EXPECT_EQ(info->n_insns, 2);
  EXPECT_TRUE(info->offsets.empty());
  EXPECT_EQ(info->code, (Bytes{0, 1, 2, 3, 4, 5, 6, 7}));
  EXPECT_EQ(Message(Decode(payload, Offsets::kClaimed).status()),
            "a block info has no offsets, and the producer claims LAYOUT");
  EXPECT_EQ(Message(Decode(payload, Offsets::kNeeded).status()),
            "a block info of 2 instructions, with their offsets, and 8 bytes of code has 32 bytes");
}

TEST(RingRecordsTest, InfosThatAreWrong) {
  for (Offsets offsets : {Offsets::kOptional, Offsets::kClaimed, Offsets::kNeeded}) {
    const auto message = [&](const Bytes& payload) {
      return Message(Decode(payload, offsets).status());
    };
    EXPECT_EQ(message(Info(0, {}, 0)), "a block info has 0 instructions");
    EXPECT_EQ(message(Info(65536, {}, 0)), "a block info has 65536 instructions");
    EXPECT_EQ(message(Info(2, {4, 6}, 0)), "the offsets of a block info do not rise from 0");
    EXPECT_EQ(message(Info(3, {0, 4, 4}, 0)), "the offsets of a block info do not rise from 0");
    EXPECT_EQ(message(Info(2, {0, 4}, 4)),
              "the code of a block info ends before its last instruction");
    const std::string with = offsets == Offsets::kNeeded ? ", with their offsets," : "";
    EXPECT_EQ(message(Info(2, {0}, 0)),
              "a block info of 2 instructions" + with + " and 0 bytes of code has 26 bytes");
    Bytes huge_code = Info(2, {0, 4}, 0);
    memset(huge_code.data() + offsetof(lockstep_block_info_wire, n_code), 0xff, 4);
    EXPECT_EQ(message(huge_code), "a block info of 2 instructions" + with +
                                      " and 4294967295 bytes of code has 28 bytes");
  }
}

TEST(RingRecordsTest, Event) {
  Bytes payload;
  for (uint64_t field : {0x1000, 0x55, 4, 1}) Append(&payload, field);
  const state::Event event =
      DecodeEvent(Header(LOCKSTEP_REC_EVENT, LOCKSTEP_EV_MMIO, 99, payload.size()), payload);
  EXPECT_EQ(event, (state::Event{state::EventKind::kMmio, 4, 99, {0x1000, 0x55, 4, 1}}));
}

TEST(RingRecordsTest, End) {
  Bytes payload;
  Append(&payload, lockstep_end_wire{1234, {1, 2, 3, 4}, 5, -6});
  for (char c : std::string("a\nb ~\x7f\xff")) payload.push_back(static_cast<uint8_t>(c));
  const state::End end =
      DecodeEnd(Header(LOCKSTEP_REC_END, LOCKSTEP_END_HALTED, 99, payload.size()), payload);
  EXPECT_EQ(end.reason, state::EndReason::kHalted);
  EXPECT_EQ(end.icount, 99);
  EXPECT_EQ(end.step, 1234);
  EXPECT_EQ(end.digests, (state::Digests{1, 2, 3, 4}));
  EXPECT_EQ(end.console_digest, 5);
  EXPECT_EQ(end.exit_code, -6);
  EXPECT_EQ(end.text, "a?b ~??");
}

}  // namespace
}  // namespace lockstep::ring
