// SPDX-License-Identifier: MIT
#include "plugins/sdk/ring_records.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "plugins/sdk/lockstep_producer.h"

namespace lockstep::ring {
namespace {

constexpr uint32_t kMaxEndText = 4096;

// Number of fields of each event kind.
constexpr uint32_t kEventFields[] = {0, 6, 6, 8, 3, 4, 2, 1};

absl::Status Wrong(absl::string_view what) { return absl::DataLossError(what); }

// Text of a producer, made safe to print.
std::string Printable(absl::Span<const uint8_t> bytes) {
  std::string text(bytes.begin(), bytes.end());
  for (char& c : text) {
    if (c < ' ' || c > '~') c = '?';
  }
  return text;
}

absl::Status CheckOffsets(absl::Span<const uint16_t> offsets, uint32_t n_code) {
  for (size_t i = 0; i < offsets.size(); ++i) {
    if (i == 0 ? offsets[0] != 0 : offsets[i] <= offsets[i - 1]) {
      return Wrong("the offsets of a block info do not rise from 0");
    }
  }
  if (n_code != 0 && n_code <= offsets.back()) {
    return Wrong("the code of a block info ends before its last instruction");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Span<const uint8_t> CopyPayload(const lockstep_slot* slots, uint64_t ring_slots,
                                      uint64_t position, uint32_t bytes,
                                      absl::Span<uint8_t> buffer) {
  const uint64_t first = (position + 1) & (ring_slots - 1);
  const size_t until_wrap = static_cast<size_t>((ring_slots - first) * LOCKSTEP_SLOT_BYTES);
  const size_t head = std::min<size_t>(bytes, until_wrap);
  memcpy(buffer.data(), &slots[first], head);
  memcpy(buffer.data() + head, slots, bytes - head);
  return buffer.first(bytes);
}

void CompleteRun(lockstep_cursors* cursors, lockstep_slot* slots, uint64_t ring_slots) {
  const uint64_t written = __atomic_load_n(&cursors->written, __ATOMIC_ACQUIRE);
  if (__atomic_load_n(&cursors->run_position, __ATOMIC_ACQUIRE) != written) return;
  const uint64_t bytes = __atomic_load_n(&cursors->run_at, __ATOMIC_ACQUIRE) -
                         __atomic_load_n(&cursors->run_begin, __ATOMIC_RELAXED);
  const uint64_t n = bytes / sizeof(uint32_t);
  if (n == 0 || n > LOCKSTEP_RUN_BLOCKS) return;
  const uint32_t payload = static_cast<uint32_t>(n * sizeof(uint32_t));
  slots[written & (ring_slots - 1)] = {LOCKSTEP_CONTROL_BIT | LOCKSTEP_REC_RUN << 16, payload, 0};
  __atomic_store_n(&cursors->written, written + SlotsOf(payload), __ATOMIC_RELEASE);
}

absl::Status CheckHeader(const SlotWords& header, state::GroupMask groups, uint32_t n_names) {
  const uint32_t type = TypeOf(header);
  const uint32_t argument = ArgumentOf(header);
  const uint32_t bytes = header.word1;
  const bool takes_argument =
      type == LOCKSTEP_REC_GROUP || type == LOCKSTEP_REC_EVENT || type == LOCKSTEP_REC_END;
  if (!takes_argument && argument != 0) {
    return Wrong(absl::StrFormat("record 0x%08x has an argument", header.word0));
  }
  switch (type) {
    case LOCKSTEP_REC_BLOCK_INFO:
      if (bytes < sizeof(lockstep_block_info_wire)) return Wrong("a block info is too short");
      if (header.value >= LOCKSTEP_CONTROL_BIT) {
        return Wrong(absl::StrCat("block id ", header.value, " is not below 2^31"));
      }
      return absl::OkStatus();
    case LOCKSTEP_REC_GROUP:
      if (argument == LOCKSTEP_GPR || argument >= LOCKSTEP_GROUPS ||
          (groups & 1u << argument) == 0 || bytes != 0) {
        return Wrong(
            absl::StrFormat("a digest of group %d, which the producer does not "
                            "supply or was not asked for, with %d bytes",
                            argument, bytes));
      }
      return absl::OkStatus();
    case LOCKSTEP_REC_EVENT:
      if (argument == 0 || argument >= std::size(kEventFields)) {
        return Wrong(absl::StrCat("unknown kind of event, ", argument));
      }
      if (bytes != kEventFields[argument] * sizeof(uint64_t)) {
        return Wrong(absl::StrFormat("an event of kind %d has %d bytes, not %d", argument, bytes,
                                     kEventFields[argument] * sizeof(uint64_t)));
      }
      return absl::OkStatus();
    case LOCKSTEP_REC_NAMES:
      if (n_names != 0) return Wrong("register names come a second time");
      if (header.value == 0 || header.value > LOCKSTEP_MAX_REGISTERS) {
        return Wrong(absl::StrCat("the producer declares ", header.value, " registers"));
      }
      return absl::OkStatus();
    case LOCKSTEP_REC_END:
      if (argument < LOCKSTEP_END_EXIT || argument > LOCKSTEP_END_ERROR) {
        return Wrong(absl::StrCat("unknown reason of an end, ", argument));
      }
      if (bytes < sizeof(lockstep_end_wire) || bytes > sizeof(lockstep_end_wire) + kMaxEndText) {
        return Wrong(absl::StrCat("an end of ", bytes, " bytes"));
      }
      return absl::OkStatus();
    case LOCKSTEP_REC_STEP:
      return bytes == 0 ? absl::OkStatus() : Wrong("a step record has a payload");
    case LOCKSTEP_REC_RUN:
      if (bytes == 0 || bytes % sizeof(uint32_t) != 0 || header.value != 0) {
        return Wrong(
            absl::StrFormat("a run of blocks has %d bytes and the value %d", bytes, header.value));
      }
      return absl::OkStatus();
    case LOCKSTEP_REC_SUM:
      return bytes == sizeof(lockstep_sum_wire) ? absl::OkStatus()
                                                : Wrong(absl::StrCat("a sum of ", bytes, " bytes"));
    case LOCKSTEP_REC_REGISTERS:
    case LOCKSTEP_REC_CONSOLE:
      return absl::OkStatus();
    default:
      return Wrong(absl::StrFormat("unknown record 0x%08x", header.word0));
  }
}

absl::StatusOr<state::BlockInfo> DecodeInfo(const SlotWords& header,
                                            absl::Span<const uint8_t> payload, Offsets offsets) {
  lockstep_block_info_wire wire;
  memcpy(&wire, payload.data(), sizeof(wire));
  if (wire.n_insns == 0 || wire.n_insns > 65535) {
    return Wrong(absl::StrCat("a block info has ", wire.n_insns, " instructions"));
  }
  payload.remove_prefix(sizeof(wire));
  const bool without = offsets != Offsets::kNeeded && payload.size() == wire.n_code;
  const uint64_t offsets_bytes = without ? 0 : uint64_t{wire.n_insns} * 2;
  if (offsets_bytes + wire.n_code != payload.size()) {
    return Wrong(
        absl::StrFormat("a block info of %d instructions%s and %d bytes of code has %d "
                        "bytes",
                        wire.n_insns, offsets == Offsets::kNeeded ? ", with their offsets," : "",
                        wire.n_code, header.word1));
  }
  if (without && offsets == Offsets::kClaimed) {
    return Wrong("a block info has no offsets, and the producer claims LAYOUT");
  }
  state::BlockInfo info;
  info.id = static_cast<uint32_t>(header.value);
  info.pc = wire.pc;
  info.space.tag = wire.space;
  info.n_insns = wire.n_insns;
  if (!without) {
    info.offsets.resize(wire.n_insns);
    memcpy(info.offsets.data(), payload.data(), offsets_bytes);
    absl::Status status = CheckOffsets(info.offsets, wire.n_code);
    if (!status.ok()) return status;
  }
  payload.remove_prefix(offsets_bytes);
  info.code.assign(payload.begin(), payload.end());
  return info;
}

state::Event DecodeEvent(const SlotWords& header, absl::Span<const uint8_t> payload) {
  const uint32_t kind = ArgumentOf(header);
  state::Event event;
  event.kind = static_cast<state::EventKind>(kind);
  event.n_fields = static_cast<uint8_t>(kEventFields[kind]);
  event.icount = header.value;
  memcpy(event.fields.data(), payload.data(), payload.size());
  return event;
}

state::End DecodeEnd(const SlotWords& header, absl::Span<const uint8_t> payload) {
  lockstep_end_wire wire;
  memcpy(&wire, payload.data(), sizeof(wire));
  state::End end;
  end.reason = static_cast<state::EndReason>(ArgumentOf(header));
  end.icount = header.value;
  end.step = wire.step;
  std::copy_n(wire.digests, state::kGroups, end.digests.begin());
  end.console_digest = wire.console_digest;
  end.exit_code = wire.exit_code;
  end.text = Printable(payload.subspan(sizeof(wire)));
  return end;
}

}  // namespace lockstep::ring
