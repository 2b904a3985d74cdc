// The registers of a hart as a list of names and values, for reports and tests.
#ifndef EMULATOR_CPU_REGISTERS_H_
#define EMULATOR_CPU_REGISTERS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "emulator/cpu/digest_rules.h"
#include "plugins/sdk/lockstep_ring.h"

namespace lockstep::cpu {

struct HartState;

// "group:name", see Hart::RegisterNames().
const std::vector<std::string>& RegisterNameList();
// The same, and the registers that the rules add.
std::vector<std::string> RegisterNameList(const DigestRules& rules);

// See Hart::ResolveRules().
absl::StatusOr<DigestRules> ResolveRules(const struct lockstep_rules& rules);

// In the order of RegisterNameList(hart.config.digest_rules).
std::vector<uint64_t> RegisterValues(const HartState& hart);

}  // namespace lockstep::cpu

#endif  // EMULATOR_CPU_REGISTERS_H_
