// Planted faults: known bugs that a build can be told to have, the checker's own test.
//
// A fault is active from an instruction count on. Each names the instruction that a report must
// blame. Pure data; safe from any thread.
#ifndef EMULATOR_FAULTS_CATALOGUE_H_
#define EMULATOR_FAULTS_CATALOGUE_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "absl/status/statusor.h"

namespace lockstep::faults {

enum class Fault : uint8_t {
  kNone = 0,
#define LOCKSTEP_FAULT(id, ...) id,
#include "emulator/faults/catalogue.def"
#include "emulator/faults/catalogue_jit.def"
#undef LOCKSTEP_FAULT
};

struct FaultInfo {
  Fault id;
  std::string_view name;         // "lw-zero-extends": what --inject takes
  std::string_view fault_class;  // "sign extension"
  std::string_view
      instruction;           // mnemonic that must be blamed: "lw"; of a device fault "interrupt"
  std::string_view summary;  // one line
};

// All faults, in the order of catalogue.def (without kNone).
std::span<const FaultInfo> Catalogue();

// A fault and when it begins to act.
struct Injection {
  Fault fault = Fault::kNone;
  uint64_t from_icount = 0;
  std::optional<uint32_t> hart = std::nullopt;  // the only one that has it
};

// Parses "NAME" or "NAME@ICOUNT", and ",hart=N" behind it. InvalidArgument names the text and near
// catalogue entries.
absl::StatusOr<Injection> ParseInjection(std::string_view text);

}  // namespace lockstep::faults

#endif  // EMULATOR_FAULTS_CATALOGUE_H_
