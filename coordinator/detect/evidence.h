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
#include "proto/cc/report.h"
#include "proto/cc/state.h"

namespace lockstep::detect {

struct EvidenceOptions {
  std::vector<std::string> instances;  // names
  std::string guest_arch;
  uint32_t vcpu = 0;
  uint32_t history_blocks = 16;  // rows
  uint32_t history_fills = 64;
  uint32_t history_events = 32;
  uint32_t retained_fills = 0;  // sizes of the aligner's rings: whether a trace is complete
  uint32_t retained_events = 0;
};

// REQUIRES: aligner.state() is kDiverged.
report::Divergence BuildDivergence(const align::VcpuAligner& aligner,
                                   const EvidenceOptions& options);

// The register sets of the streams that were taken at `icount`, side by side, differing ones
// first. Empty when no stream has any.
std::vector<report::RegisterRow> RegisterRowsAt(const align::VcpuAligner& aligner, size_t instances,
                                                uint64_t icount);

// Fills in symbol and source of every place in the divergence.
void Symbolise(const store::SymbolSource& symbols, report::Divergence* divergence);

}  // namespace lockstep::detect

#endif  // COORDINATOR_DETECT_EVIDENCE_H_
