// The registers of a hart as a list of names and values, for reports and tests.
#ifndef EMULATOR_CPU_REGISTERS_H_
#define EMULATOR_CPU_REGISTERS_H_

#include <cstdint>
#include <string>
#include <vector>

namespace lockstep::cpu {

struct HartState;

// "group:name", see Hart::RegisterNames().
const std::vector<std::string>& RegisterNameList();
// In the same order.
std::vector<uint64_t> RegisterValues(const HartState& hart);

}  // namespace lockstep::cpu

#endif  // EMULATOR_CPU_REGISTERS_H_
