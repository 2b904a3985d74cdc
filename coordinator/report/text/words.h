// Words for the enumerations and values of a report. Pure functions.
#ifndef COORDINATOR_REPORT_TEXT_WORDS_H_
#define COORDINATOR_REPORT_TEXT_WORDS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "proto/cc/report.h"
#include "proto/cc/state.h"

namespace lockstep::report {

const char* KindName(Kind kind);         // "gpr": as in the verdict line
const char* KindDescription(Kind kind);  // "integer registers differ"
const char* GroupName(int group);        // "gpr"

const char* SplitCauseName(SplitCause cause);  // "page end"

// "page end 3, device 1", largest first; empty if nothing was counted.
std::string SplitCausesText(const SplitCauses& causes);

// "cause 7 (machine timer), 3 instructions apart: A at icount 100, B at icount 103".
std::string SkewText(const Skew& skew, const std::vector<Instance>& instances,
                     const std::string& guest_arch);

// "pc,gpr,mem": what was compared.
std::string ComparedList(state::GroupMask groups, const char* separator);

// "S-mode, Sv39, ASID 3"; RISC-V's names. Empty if the producer does not know.
std::string SpaceText(const state::Space& space);

// "A", "A and B", "A, B and C".
std::string NameList(const std::vector<std::string>& names);

// "4K"
std::string BytesText(uint64_t bytes);

// "exception 13 (load page fault) at 0x80000010, tval 0x1234, S to M, handler 0x80000200"; without
// the icount. Flushes and fills as well.
std::string EventText(const state::Event& event, const std::string& guest_arch);

// "0x80001000 4K rwxuad": what a fill found, without the va.
std::string FillText(const state::Event& fill);
const char* AccessName(uint64_t access);  // "load", "store", "fetch"

}  // namespace lockstep::report

#endif  // COORDINATOR_REPORT_TEXT_WORDS_H_
