// Networks on the host for the guest's network cards.
//
// A link takes frames from a card at once and gives frames that have come to it in the order in
// which they came. `Networks` brings the links of all cards together for the machine
// (machine/outside.h). Links keep time by the machine's clock; only Poll() waits on the host. Not
// thread-safe.
#ifndef EMULATOR_BACKEND_NETWORK_H_
#define EMULATOR_BACKEND_NETWORK_H_

#include <poll.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <vector>

#include "emulator/devices/virtio/net.h"
#include "emulator/machine/outside.h"

namespace lockstep::backend {

class NetLink {
 public:
  // A link stops taking frames in when so many wait for the card.
  static constexpr size_t kMaxWaiting = 1024;

  virtual ~NetLink() = default;

  virtual void Attach(const devices::Clock* clock) = 0;
  // A frame from the card.
  virtual void Send(std::span<const uint8_t> frame) = 0;
  // Adds what Poll() is to wait for, and lowers `wait_ms` when something is due earlier.
  virtual void AddPollFds(std::vector<pollfd>* fds, int* wait_ms) = 0;
  // `fds` are those that this link has added, with their events.
  virtual void HandlePolled(std::span<const pollfd> fds) = 0;
  // Frames may come though the card sends none.
  virtual bool MayCome() const = 0;

  // Frames for the card, first in front.
  std::deque<std::vector<uint8_t>>& waiting() { return waiting_; }

 protected:
  // Drops the frame when too many wait.
  void Take(std::span<const uint8_t> frame);
  std::deque<std::vector<uint8_t>> waiting_;
};

class Networks : public machine::Outside {
 public:
  // `card` and `link` outlive this object.
  void Add(devices::VirtioNet* card, NetLink* link) { pairs_.push_back({card, link}); }

  void Attach(const devices::Clock* clock) override;
  void Poll(int wait_ms) override;
  bool HasInput() const override;
  bool Deliver() override;
  bool MayCome() const override;

 private:
  struct Pair {
    devices::VirtioNet* card;
    NetLink* link;
  };
  std::vector<Pair> pairs_;
};

}  // namespace lockstep::backend

#endif  // EMULATOR_BACKEND_NETWORK_H_
