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
  // With `has_runs` blocks are told of by their ids.
  Recorder(bool has_ring, uint64_t seed, bool has_runs = false);

  Inline InlineOf(uint32_t hart) override;
  uint32_t OpenRun(uint32_t hart, uint64_t icount, uint32_t n_blocks) override;
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
  void DrainRun();
  void AddRecord(const lockstep_slot& slot);

  const bool has_ring_, has_runs_;
  uint64_t random_;
  std::vector<lockstep_slot> slots_;
  struct lockstep_writer writer_ {};
  uint64_t written_ = 0;
  uint64_t tail_ = 0;
  uint64_t entered_icount_ = 0;
  uint64_t records_ = 0;
  std::vector<uint32_t> run_;  // ids, from its beginning to where run_at_ points
  uint64_t run_at_ = 0;
  struct Known {
    uint64_t pc = 0;
    uint64_t n_insns = 0;
  };
  std::map<uint32_t, Known> blocks_;  // by id
  uint32_t last_id_ = 0;              // entered last
  uint64_t next_icount_ = 0;          // where a run's next block begins
  observe::Digests digests_{};        // as told last; of gpr meaningless
  std::vector<Entry> entries_;
};

}  // namespace lockstep::testing

#endif  // TESTS_RANDOM_RECORDER_H_
