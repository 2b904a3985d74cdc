#include "emulator/observe/fan_out.h"

#include <utility>

namespace lockstep::observe {

FanOut::FanOut(std::vector<Observer*> observers) : all_(std::move(observers)) {
  for (Observer* observer : all_) {
    if (observer->wants_blocks()) of_blocks_.push_back(observer);
  }
}

void FanOut::BlockTranslated(uint32_t hart, const BlockView& block) {
  for (Observer* observer : of_blocks_) observer->BlockTranslated(hart, block);
}

void FanOut::BlockEntered(uint32_t hart, uint32_t id, uint64_t icount, const Digests& digests) {
  for (Observer* observer : of_blocks_) observer->BlockEntered(hart, id, icount, digests);
}

// As if it were alone, when it alone is told of blocks.
Observer::Inline FanOut::InlineOf(uint32_t hart) {
  return of_blocks_.size() == 1 ? of_blocks_[0]->InlineOf(hart) : Inline();
}

uint32_t FanOut::OpenRun(uint32_t hart, uint64_t icount, uint32_t n_blocks) {
  return of_blocks_[0]->OpenRun(hart, icount, n_blocks);
}

void FanOut::Sum(uint32_t hart, uint64_t icount, uint32_t n_insns, uint64_t flow,
                 uint64_t written) {
  of_blocks_[0]->Sum(hart, icount, n_insns, flow, written);
}

void FanOut::Event(uint32_t hart, EventKind kind, uint64_t icount,
                   std::span<const uint64_t> fields) {
  for (Observer* observer : all_) observer->Event(hart, kind, icount, fields);
}

void FanOut::TurnBegins(uint32_t hart, uint64_t others_insns) {
  for (Observer* observer : all_) observer->TurnBegins(hart, others_insns);
}

void FanOut::TrapReturned(uint32_t hart, uint64_t icount, uint8_t from, uint8_t to) {
  for (Observer* observer : all_) observer->TrapReturned(hart, icount, from, to);
}

void FanOut::Registers(uint32_t hart, uint64_t icount, std::span<const uint64_t> values) {
  for (Observer* observer : of_blocks_) observer->Registers(hart, icount, values);
}

}  // namespace lockstep::observe
