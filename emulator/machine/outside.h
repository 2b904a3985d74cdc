// What reaches the machine from outside while it runs, beside the serial port: network frames,
// input of virtio consoles.
//
// Outside input is the one thing that makes runs differ, so it enters here and nowhere else. It is
// looked for between runs of the hart (at block boundaries) and given to a device there. An idle
// guest jumps over its waiting time; while input may still come the jump is made only when the host
// has waited as long, so that a guest's time-outs mean something to its peers.
#ifndef EMULATOR_MACHINE_OUTSIDE_H_
#define EMULATOR_MACHINE_OUTSIDE_H_

#include <cstdint>

#include "emulator/devices/device.h"

namespace lockstep::machine {

// Not thread-safe: called by the thread that runs the harts.
class Outside {
 public:
  virtual ~Outside() = default;

  // The machine's clock, for back ends that keep time with the guest. Called once, before all else;
  // `clock` outlives the use of this object.
  virtual void Attach(const devices::Clock* clock) = 0;
  // Takes in what has come on the host; waits for something at most `wait_ms`.
  virtual void Poll(int wait_ms) = 0;
  // Input has been taken in and not been given to its device.
  virtual bool HasInput() const = 0;
  // Gives input to its device. False: no device has room for any.
  virtual bool Deliver() = 0;
  // Input may still come: a connection is open, a port is listened on.
  virtual bool MayCome() const = 0;
};

}  // namespace lockstep::machine

#endif  // EMULATOR_MACHINE_OUTSIDE_H_
