// Tells several observers what one hart, or several, tell.
//
// Thread: that of the harts.
#ifndef EMULATOR_OBSERVE_FAN_OUT_H_
#define EMULATOR_OBSERVE_FAN_OUT_H_

#include <cstdint>
#include <span>
#include <vector>

#include "emulator/observe/observer.h"

namespace lockstep::observe {

class FanOut : public Observer {
 public:
  // None is null; all outlive this object. They are told in this order.
  explicit FanOut(std::vector<Observer*> observers);

  bool wants_blocks() const override { return !of_blocks_.empty(); }
  void BlockTranslated(uint32_t hart, const BlockView& block) override;
  void BlockEntered(uint32_t hart, uint32_t id, uint64_t icount, const Digests& digests) override;
  Inline InlineOf(uint32_t hart) override;
  uint32_t OpenRun(uint32_t hart, uint64_t icount, uint32_t n_blocks) override;
  void Sum(uint32_t hart, uint64_t icount, uint32_t n_insns, uint64_t flow,
           uint64_t written) override;
  void Event(uint32_t hart, EventKind kind, uint64_t icount,
             std::span<const uint64_t> fields) override;
  void TurnBegins(uint32_t hart, uint64_t others_insns) override;
  void TrapReturned(uint32_t hart, uint64_t icount, uint8_t from, uint8_t to) override;
  void Registers(uint32_t hart, uint64_t icount, std::span<const uint64_t> values) override;

 private:
  std::vector<Observer*> all_;
  std::vector<Observer*> of_blocks_;  // those that want them
};

}  // namespace lockstep::observe

#endif  // EMULATOR_OBSERVE_FAN_OUT_H_
