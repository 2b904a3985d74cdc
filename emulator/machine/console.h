// A console: where the output of a port goes and where its input comes from. The port is the serial
// port or one of a virtio console.
//
// Output goes to a sink at once. Input waits in a queue: it is due kInputGapInsns instructions of
// virtual time after both it is queued and the port has room, and then the port is given as much as
// it takes: the serial port one byte (none may wait for the guest), a virtio console what the
// guest's buffers hold. Scripted input is queued by the guest's own output and by
// virtual time, so that it is a function of the guest's history. Live input (a terminal, a pipe) is
// queued between runs of the hart, by the host's clock. Not thread-safe.
#ifndef EMULATOR_MACHINE_CONSOLE_H_
#define EMULATOR_MACHINE_CONSOLE_H_

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "emulator/devices/device.h"
#include "emulator/devices/input_port.h"
#include "emulator/machine/console_script.h"

namespace lockstep::machine {

// Where input comes from while the machine runs, if not from a script.
class LiveInput {
 public:
  virtual ~LiveInput() = default;
  // Bytes that are there; waits for some at most `timeout_ms` (0: not at all, -1: for ever). Empty
  // after a wait without bytes or at the end of input.
  virtual std::string Take(int timeout_ms) = 0;
  // No byte will ever come again.
  virtual bool ended() const = 0;
};

class Console {
 public:
  static constexpr uint64_t kInputGapInsns = 1000;

  struct Config {
    // Takes each byte that the guest prints. Empty: dropped.
    std::function<void(uint8_t)> output;
    std::vector<ScriptStep> script;
    LiveInput* live = nullptr;  // outlives the console
    unsigned icount_shift = 0;
  };

  explicit Console(Config config);

  // Both outlive the console. REQUIRES: called once, before anything else.
  void Attach(const devices::Clock* clock, devices::InputPort* port);

  // The guest printed a byte.
  void PutByte(uint8_t byte);
  // The guest or a reset has changed the port: input may have become acceptable.
  void PortChanged() { ScheduleInput(); }

  // Virtual time at which OnDeadline() is due.
  uint64_t DeadlineNs() const;
  void OnDeadline();

  // Queues live input that is there. With `wait_ms`, waits for it (see LiveInput::Take). True when
  // some came.
  bool PollLive(int wait_ms);
  // True while live input could still come.
  bool MayGetLiveInput() const { return config_.live != nullptr && !config_.live->ended(); }

  // The script step that waits for its output, if the script is not at its end.
  const ScriptStep* PendingStep() const;
  // FNV-1a 64 of all bytes printed; 0 when there were none.
  uint64_t digest() const { return bytes_printed_ == 0 ? 0 : digest_; }
  uint64_t bytes_printed() const { return bytes_printed_; }

  // Called with input when the port has taken it.
  void set_on_input(std::function<void(std::span<const uint8_t>)> callback) {
    on_input_ = std::move(callback);
  }

 private:
  // Goes on with the script until it has to wait.
  void AdvanceScript();
  void ScheduleInput();

  Config config_;
  const devices::Clock* clock_ = nullptr;
  devices::InputPort* port_ = nullptr;
  std::function<void(std::span<const uint8_t>)> on_input_;
  size_t step_ = 0;
  std::string seen_;  // output since the current kExpect began, as much as can still match
  uint64_t delay_deadline_ns_ = devices::kNeverNs;
  std::vector<uint8_t> queue_;
  size_t n_taken_ = 0;  // of queue_, by the port
  uint64_t input_deadline_ns_ = devices::kNeverNs;
  uint64_t digest_ = 0xcbf29ce484222325;
  uint64_t bytes_printed_ = 0;
};

}  // namespace lockstep::machine

#endif  // EMULATOR_MACHINE_CONSOLE_H_
