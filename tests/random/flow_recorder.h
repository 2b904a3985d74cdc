// What a hart tells, taken together as the agent of a run does it: the flow digest of all that
// began, whether it was told of block by block or in sums.
#ifndef TESTS_RANDOM_FLOW_RECORDER_H_
#define TESTS_RANDOM_FLOW_RECORDER_H_

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "emulator/observe/observer.h"
#include "plugins/sdk/lockstep_producer.h"

namespace lockstep::testing {

class FlowRecorder : public observe::Observer {
 public:
  enum class Mode : uint8_t { kBlocks, kSums, kSumsOfValues };
  explicit FlowRecorder(Mode mode) : mode_(mode) {}

  Inline InlineOf(uint32_t hart) override;
  void BlockTranslated(uint32_t hart, const observe::BlockView& block) override;
  void BlockEntered(uint32_t hart, uint32_t id, uint64_t icount,
                    const observe::Digests& digests) override;
  void Sum(uint32_t hart, uint64_t icount, uint32_t n_insns, uint64_t flow,
           uint64_t written) override;
  void Event(uint32_t hart, observe::EventKind kind, uint64_t icount,
             std::span<const uint64_t> fields) override;
  void Registers(uint32_t, uint64_t, std::span<const uint64_t>) override {}

  // Of all that began before `icount`, where the hart is now.
  uint64_t FlowAt(uint64_t icount);
  uint64_t written() const { return written_; }
  uint64_t blocks() const { return blocks_told_; }
  uint64_t sums() const { return sums_told_; }

 private:
  struct Known {
    uint64_t pc = 0;
    std::vector<uint16_t> offsets;
  };

  const Mode mode_;
  struct lockstep_writer writer_ {};
  uint64_t entered_icount_ = 0;
  std::map<uint32_t, Known> known_;  // by id
  Known current_;                    // of what is open
  uint64_t icount_ = 0;              // where that began
  uint64_t flow_ = 0, written_ = 0;
  uint64_t blocks_told_ = 0, sums_told_ = 0;
};

}  // namespace lockstep::testing

#endif  // TESTS_RANDOM_FLOW_RECORDER_H_
