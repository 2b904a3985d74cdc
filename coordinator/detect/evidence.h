// From a mismatch and the retained history of the streams to the evidence in the report.
//
// Pure functions; symbols are filled in afterwards by Symbolise().
#ifndef COORDINATOR_DETECT_EVIDENCE_H_
#define COORDINATOR_DETECT_EVIDENCE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "coordinator/align/aligner.h"
#include "coordinator/store/symbol_source.h"
#include "proto/cc/policy.h"
#include "proto/cc/report.h"
#include "proto/cc/state.h"

namespace lockstep::detect {

struct EvidenceOptions {
  std::vector<std::string> instances;  // names
  std::string guest_arch;
  std::vector<policy::CsrMask> csr_masks;  // bits of registers that do not count as differing
  uint32_t vcpu = 0;
  uint32_t history_blocks = 16;  // rows
  uint32_t history_fills = 64;
  uint32_t history_events = 32;
  uint32_t retained_fills = 0;  // sizes of the aligner's rings: whether a trace is complete
  uint32_t retained_events = 0;
  // The faulty instruction lies anywhere between the last agreed boundary and the mismatch: no
  // block is suspect.
  bool inside_window = false;
};

// What is kept of one stream, oldest first.
struct Trail {
  std::vector<align::RetainedBlock> blocks;
  std::vector<state::Event> fills;   // TLB fills and flushes
  std::vector<state::Event> events;  // the others
  std::vector<state::RegisterName> register_names;
  std::vector<state::Registers> register_sets;
};

Trail TrailOf(const align::VcpuAligner& aligner, size_t instance);

// REQUIRES: one trail per instance.
report::Divergence BuildDivergence(const align::Mismatch& mismatch,
                                   const std::vector<Trail>& trails,
                                   const EvidenceOptions& options);

// The register sets of the streams that were taken at `icount`, side by side, differing ones
// first; a difference in bits that `masks` ignore is none. Empty when no stream has any.
std::vector<report::RegisterRow> RegisterRowsAt(const std::vector<Trail>& trails, uint64_t icount,
                                                const std::vector<policy::CsrMask>& masks);

// Fills in symbol and source of every place in the divergence.
void Symbolise(const store::SymbolSource& symbols, report::Divergence* divergence);

}  // namespace lockstep::detect

#endif  // COORDINATOR_DETECT_EVIDENCE_H_
