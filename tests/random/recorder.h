// An observer that notes every block that is entered, whoever tells of it: the run loop by a call,
// or translated code by records in a small ring.
//
// Not thread-safe.
#ifndef TESTS_RANDOM_RECORDER_H_
#define TESTS_RANDOM_RECORDER_H_

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "emulator/observe/observer.h"
#include "plugins/sdk/lockstep_producer.h"

namespace lockstep::testing {

class Recorder : public observe::Observer {
 public:
  struct Entry {
    uint64_t pc = 0;
    uint64_t icount = 0;
    observe::Digests digests{};
    friend bool operator==(const Entry&, const Entry&) = default;
  };

  // With `has_ring` engines may write records; `seed` decides how often they run out of room.
  Recorder(bool has_ring, uint64_t seed);

  Inline InlineOf(uint32_t hart) override;
  void BlockTranslated(uint32_t hart, const observe::BlockView& block) override;
  void BlockEntered(uint32_t hart, uint32_t id, uint64_t icount,
                    const observe::Digests& digests) override;
  void Event(uint32_t hart, observe::EventKind kind, uint64_t icount,
             std::span<const uint64_t> fields) override;
  void Registers(uint32_t, uint64_t, std::span<const uint64_t>) override {}

  // What was entered since the last call.
  std::vector<Entry> Take();
  uint64_t records() const { return records_; }  // read from the ring so far

 private:
  void Drain();

  const bool has_ring_;
  uint64_t random_;
  std::vector<lockstep_slot> slots_;
  struct lockstep_writer writer_ {};
  uint64_t written_ = 0;
  uint64_t tail_ = 0;
  uint64_t entered_icount_ = 0;
  uint64_t records_ = 0;
  std::map<uint32_t, uint64_t> pcs_;  // of the blocks by id
  observe::Digests digests_{};        // as told last; of gpr meaningless
  std::vector<Entry> entries_;
};

}  // namespace lockstep::testing

#endif  // TESTS_RANDOM_RECORDER_H_
