// What producers tell about an execution: domain types of lockstep.v1/state.proto.
//
// Plain values without behaviour. A Batch is columnar: one array per field of the block
// states, and side lists for what is rare, each with the index of the block that it precedes.
// Source: docs/design/alignment.md.
#ifndef PROTO_CC_STATE_H_
#define PROTO_CC_STATE_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace lockstep::state {

// Digest groups. The bit of group g in a GroupMask is 1u << g. Numbers are those of the wire and
// the ring.
enum class Group : uint8_t { kGpr = 0, kFpr = 1, kCsr = 2, kMem = 3 };
inline constexpr int kGroups = 4;
using GroupMask = uint32_t;
constexpr GroupMask MaskOf(Group g) { return 1u << static_cast<int>(g); }
using Digests = std::array<uint64_t, kGroups>;

// What a producer can do; bits as LOCKSTEP_ABILITY_* of plugins/sdk.
enum Ability : uint32_t {
  kAbilityStep = 1u << 0,
  kAbilityRegisters = 1u << 1,
  kAbilityLayout = 1u << 2,
  kAbilityTlbEvents = 1u << 3,
  kAbilityRewind = 1u << 4,
  kAbilityInputs = 1u << 5,
  kAbilityWindows = 1u << 6,
  kAbilityTraps = 1u << 7,
  kAbilityMasks = 1u << 8,
  kAbilityRanges = 1u << 9,
};

enum class Engine : uint8_t { kOther = 0, kInterpreter = 1, kJit = 2 };

// Who is at the other end of a stream.
struct ProducerIdentity {
  std::string producer;    // "lockstep-emu 0.1 (interp)"
  std::string guest_arch;  // "riscv64"
  uint32_t vcpus = 1;
  GroupMask groups = 0;
  uint32_t abilities = 0;  // mask of Ability
  Engine engine = Engine::kOther;
};

// Address space tag of a block: privilege, paging mode, ASID. See LOCKSTEP_SPACE in plugins/sdk.
struct Space {
  static constexpr uint64_t kUnknown = uint64_t{1} << 63;
  uint64_t tag = 0;
  bool known() const { return (tag & kUnknown) == 0; }
  uint8_t privilege() const { return tag & 0xff; }           // 0 U, 1 S, 3 M
  uint8_t paging_mode() const { return (tag >> 8) & 0xff; }  // satp.MODE: 0, 8, 9, 10
  uint64_t asid() const { return tag >> 16; }
};

// One translation of guest code.
struct BlockInfo {
  uint32_t id = 0;
  uint64_t pc = 0;
  Space space;
  uint32_t n_insns = 0;  // nominal instruction count, at least 1
  std::vector<uint16_t>
      offsets;  // bytes from pc, one per instruction, first 0; empty if the producer has no LAYOUT
  std::vector<uint8_t> code;  // guest bytes at pc; may be empty
};

// Numbers and fields as enum lockstep_event_kind in plugins/sdk/lockstep_producer.h.
enum class EventKind : uint8_t {
  kException = 1,  // cause, epc, tval, from privilege, to privilege, handler pc
  kInterrupt = 2,  // cause, epc, 0, from privilege, to privilege, handler pc
  kTlbFill = 3,    // va, pa, page bytes, access (0 load 1 store 2 fetch), asid, paging mode,
                   // permissions, privilege
  kTlbFlush = 4,   // va, asid, scope
  kMmio = 5,       // pa, value, bytes, is_write
  kInput = 6,      // source, byte or length
  kReset = 7,      // pc
};

struct Event {
  EventKind kind = EventKind::kReset;
  uint8_t n_fields = 0;
  uint64_t icount = 0;
  std::array<uint64_t, 8> fields{};
  friend bool operator==(const Event&, const Event&) = default;
};

enum class EndReason : uint8_t { kExit = 1, kLimit = 2, kHalted = 3, kStopped = 4, kError = 5 };

// The end of one vCPU's stream.
struct End {
  EndReason reason = EndReason::kError;
  uint64_t icount = 0;
  uint64_t step = 0;
  Digests digests{};
  uint64_t console_digest = 0;
  int64_t exit_code = 0;
  std::string text;
};

// Values of all declared registers when `icount` instructions had begun.
struct Registers {
  uint64_t icount = 0;
  std::vector<uint64_t> values;  // in the order of the names
};

// A register's name with its group: "gpr", "fpr", "csr" or "pc".
struct RegisterName {
  std::string group;
  std::string name;
  friend bool operator==(const RegisterName&, const RegisterName&) = default;
};

// A value that stands before block number `before` of the batch (before == number of blocks: after
// the last).
template <typename T>
struct Placed {
  uint32_t before = 0;
  T value;
};

// The digest of a group other than gpr changed.
struct GroupUpdate {
  Group group = Group::kMem;
  uint64_t digest = 0;
};

struct ConsoleBytes {
  uint64_t icount = 0;
  std::string bytes;
};

// A run of consecutive records of one vCPU of one instance.
struct Batch {
  uint32_t vcpu = 0;
  uint64_t sequence = 0;  // number of the batch in its vCPU's stream, from 0, without gaps

  // Block states, in order; the arrays have equal length.
  uint64_t first_icount = 0;  // icount of the first block
  std::vector<uint32_t> block_ids;
  std::vector<uint32_t> icount_offsets;  // from first_icount, not decreasing
  std::vector<uint64_t> gpr_digests;     // empty if the producer does not supply gpr

  // In order of `before`.
  std::vector<Placed<BlockInfo>> infos;
  std::vector<Placed<GroupUpdate>> group_updates;
  std::vector<Placed<Event>> events;
  std::vector<Placed<Registers>> registers;
  std::vector<Placed<uint64_t>> step_bases;  // step - icount
  std::vector<Placed<ConsoleBytes>> console;
  std::vector<RegisterName> register_names;  // non-empty once, before the first registers
  std::optional<End> end;                    // after everything else

  // Ring slots that the batch took: the unit of credit.
  uint64_t records = 0;
};

}  // namespace lockstep::state

#endif  // PROTO_CC_STATE_H_
