// Makes the emulator an instance of a Lockstep run: execution goes into the producer's ring.
//
// One per machine, used on the thread that runs the harts. Source: plugins/sdk/lockstep_producer.h.
#ifndef EMULATOR_OBSERVE_RING_OBSERVER_H_
#define EMULATOR_OBSERVE_RING_OBSERVER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "emulator/observe/observer.h"
#include "plugins/sdk/lockstep_producer.h"

namespace lockstep::observe {

class RingObserver : public Observer {
 public:
  // Opens the ring that the environment names. Null when it names none: the emulator was started by
  // itself. An error when there is one that cannot be used. `producer` is name and version.
  static absl::StatusOr<std::unique_ptr<RingObserver>> Open(
      const std::string& producer, uint32_t harts,
      lockstep_engine engine = LOCKSTEP_ENGINE_INTERPRETER);
  // Names what Registers() will send: cpu::Hart::RegisterNames(rules). Needed in step mode.
  // Errors: FailedPrecondition if it cannot be.
  absl::Status DeclareRegisters(const std::vector<std::string>& names);
  ~RingObserver() override;

  const struct lockstep_request& request() const { return *lockstep_request(producer_); }
  // Blocks are told of by sums, and digests are right at window ends only.
  bool takes_sums() const { return lockstep_takes_sums(producer_) != 0; }
  // What the run leaves out of the digests, and adds to them.
  const struct lockstep_rules& rules() const { return *lockstep_rules(producer_); }
  bool stop_requested() const { return lockstep_stop_requested(producer_) != 0; }

  void BlockTranslated(uint32_t hart, const BlockView& block) override;
  void BlockEntered(uint32_t hart, uint32_t id, uint64_t icount, const Digests& digests) override;
  Inline InlineOf(uint32_t hart) override;
  uint32_t OpenRun(uint32_t hart, uint64_t icount, uint32_t n_blocks) override;
  void Sum(uint32_t hart, uint64_t icount, uint32_t n_insns, uint64_t flow,
           uint64_t written) override;
  void Event(uint32_t hart, EventKind kind, uint64_t icount,
             std::span<const uint64_t> fields) override;
  void Registers(uint32_t hart, uint64_t icount, std::span<const uint64_t> values) override;

  void TurnBegins(uint32_t hart, uint64_t others_insns) override;

  // A hart printed a byte; bytes are gathered into lines, as far as one hart prints them.
  void ConsoleByte(uint32_t hart, uint64_t icount, uint8_t byte);
  // Publishes what is pending: before a wait of the host's.
  void Flush();

  struct EndState {
    lockstep_end_reason reason = LOCKSTEP_END_ERROR;
    uint64_t icount = 0;
    uint64_t step = 0;  // instructions begun by all harts
    Digests digests{};
    uint64_t console_digest = 0;
    int64_t exit_code = 0;
    std::string text;  // one line, may be empty
  };
  // The stream of a hart is complete.
  void End(uint32_t hart, const EndState& end);

 private:
  RingObserver(lockstep_producer* producer, uint32_t harts);
  void SendConsole();

  struct Hart {
    const struct lockstep_writer* writer;  // knows which digests were sent last, by whomever
    uint64_t entered_icount = 0;           // of the current block
  };

  lockstep_producer* producer_;
  uint32_t groups_;  // bit mask of the groups that are sent beside the block
  std::vector<Hart> harts_;
  std::string console_;
  uint32_t console_hart_ = 0;    // that printed it
  uint64_t console_icount_ = 0;  // of the last byte
};

}  // namespace lockstep::observe

#endif  // EMULATOR_OBSERVE_RING_OBSERVER_H_
