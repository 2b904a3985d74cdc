// Names for places in guest code.
#ifndef COORDINATOR_STORE_SYMBOL_SOURCE_H_
#define COORDINATOR_STORE_SYMBOL_SOURCE_H_

#include <cstdint>

#include "proto/cc/report.h"

namespace lockstep::store {

class SymbolSource {
 public:
  virtual ~SymbolSource() = default;
  // The place of `pc`: place.pc is `pc`; symbol and source are empty when unknown. Never fails.
  virtual report::CodePlace Lookup(uint64_t pc) const = 0;
};

// Knows nothing.
class NoSymbols final : public SymbolSource {
 public:
  report::CodePlace Lookup(uint64_t pc) const override { return {pc, {}, {}}; }
};

}  // namespace lockstep::store

#endif  // COORDINATOR_STORE_SYMBOL_SOURCE_H_
