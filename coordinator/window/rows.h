// Windows of several instances side by side, and how they differ as rows alone tell. Internal to
// this package; see window_checker.h for the rules.
//
// Pure functions.
#ifndef COORDINATOR_WINDOW_ROWS_H_
#define COORDINATOR_WINDOW_ROWS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "coordinator/align/aligner.h"
#include "coordinator/window/window_checker.h"
#include "proto/cc/report.h"
#include "proto/cc/state.h"

namespace lockstep::window {

// One window of one stream.
struct Row {
  uint64_t icount = 0;
  uint64_t step = 0;
  uint64_t pc = 0;
  state::Digests digests{};
  uint64_t flow = 0;
  uint64_t traps = 0;
  uint64_t trap_count = 0;
  uint64_t blocks = 0;  // their digest
  uint32_t block_count = 0;
  bool ends = false;
};

// What one instance says of the window that is compared.
struct Side {
  size_t instance = 0;
  const Row* row = nullptr;
  const state::End* end = nullptr;        // of a row that ends
  const state::Digests* start = nullptr;  // of the stream's first window, else null
};

// Whether the stream ended without having come to the guest's end.
bool Stopped(const state::End& end);
// What is to be said of that: of kError and kStopped.
std::string StoppedText(const state::End& end);

bool DigestsDiffer(const state::Digests& a, const state::Digests& b, state::GroupMask groups);

// Whether what happened in the window is equal, as it is in correct instances however they cut
// blocks.
bool SameWay(const Side& a, const Side& b, const Options& options);
// Whether everything that is compared is.
bool SameWindow(const Side& a, const Side& b, const Options& options);

// The divergence of a window that begins at `start`, known from rows alone: it lies somewhere
// between there and mismatch.icount. REQUIRES: two sides at least, not all SameWindow().
align::Mismatch MismatchOfRows(const std::vector<Side>& sides, uint64_t start,
                               const Options& options);

// The same of rows that differ in SameWay() though all blocks begin alike. REQUIRES: two sides.
align::Mismatch MismatchInsideBlocks(const std::vector<Side>& sides, uint64_t start,
                                     const Options& options);

}  // namespace lockstep::window

#endif  // COORDINATOR_WINDOW_ROWS_H_
