// What a run knows of one instance's connection: which messages have come, how many bytes of them
// are held, and since when the instance is away.
//
// A plain value; the run locks. Source: docs/formats/wire.md, "Sequence numbers and resuming".
#ifndef COORDINATOR_SERVER_PRESENCE_H_
#define COORDINATOR_SERVER_PRESENCE_H_

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace lockstep::server {

// What the coordinator tells an agent of its numbered messages.
struct Receipt {
  uint64_t acknowledged = 0;  // messages up to this number are here
  uint64_t byte_limit = 0;    // encoded bytes that may have been sent in all

  friend bool operator==(const Receipt&, const Receipt&) = default;
};

class Presence {
 public:
  // At most `byte_window` bytes are to be held. REQUIRES: at least kMinByteWindow.
  explicit Presence(uint64_t byte_window);

  static constexpr uint64_t kMinByteWindow = uint64_t{16} << 20;

  // A message has come, of so many encoded bytes; `number` 0: its sender numbers none. False: it is
  // here already. `counted`: the byte credit must cover it.
  // Errors: DataLoss for a gap, ResourceExhausted beyond the credit.
  absl::StatusOr<bool> Receive(uint64_t number, uint64_t bytes, bool counted);

  // The message received last is held until so many records of the vCPU are consumed.
  void Hold(uint32_t vcpu, uint64_t end_record);
  // So many records of the vCPU are consumed.
  void Consumed(uint32_t vcpu, uint64_t records);

  // As of now; counts as told.
  Receipt TakeReceipt();
  // Whether the instance should be told anew: enough has come or was consumed since.
  bool ReceiptDue() const;

  // Whether the instance can go on over a new connection: it numbers its messages, or has not sent
  // any.
  bool CanResume() const { return !unnumbered_; }

  // The connection is lost; the reason is one clause ("its connection broke off").
  void Leave(absl::Time now, std::string reason);
  void Return() { away_since_.reset(); }
  bool away() const { return away_since_.has_value(); }
  // One line, when the instance has been away for longer than `timeout`.
  std::optional<std::string> Overdue(absl::Time now, absl::Duration timeout) const;

  uint64_t held_bytes() const { return held_; }
  uint64_t received_bytes() const { return received_bytes_; }

 private:
  uint64_t Limit() const { return received_bytes_ - held_ + window_; }

  const uint64_t window_;
  bool unnumbered_ = false;
  uint64_t received_ = 0;  // messages
  uint64_t received_bytes_ = 0;
  uint64_t last_bytes_ = 0;  // of the message received last
  uint64_t held_ = 0;
  // Per vCPU: end record, bytes.
  std::vector<std::deque<std::pair<uint64_t, uint64_t>>> holds_;
  Receipt told_;
  uint64_t told_bytes_ = 0;  // received_bytes_ when told
  std::optional<absl::Time> away_since_;
  std::string away_reason_;
};

}  // namespace lockstep::server

#endif  // COORDINATOR_SERVER_PRESENCE_H_
