#include "coordinator/server/presence.h"

#include "absl/strings/str_cat.h"
#include "emulator/base/check.h"

namespace lockstep::server {
namespace {

// Acknowledged at least as often: what the agent must keep stays small.
constexpr uint64_t kMessagesPerReceipt = 16;
constexpr uint64_t kBytesPerReceipt = uint64_t{2} << 20;
// Byte credit is renewed in eighths of the window.
constexpr uint64_t kGrantFraction = 8;

}  // namespace

Presence::Presence(uint64_t byte_window) : window_(byte_window) {
  LOCKSTEP_CHECK(byte_window >= kMinByteWindow);
  told_.byte_limit = window_;
}

absl::StatusOr<bool> Presence::Receive(uint64_t number, uint64_t bytes, bool counted) {
  last_bytes_ = 0;
  if (number == 0) {
    unnumbered_ = true;
    return true;
  }
  if (number <= received_) return false;
  if (number != received_ + 1) {
    return absl::DataLossError(
        absl::StrCat("sent message ", number, " after message ", received_, ": some are lost"));
  }
  if (counted && received_bytes_ + bytes > told_.byte_limit) {
    return absl::ResourceExhaustedError(absl::StrCat("sent ", bytes, " bytes more after ",
                                                     received_bytes_, ", but has credit for ",
                                                     told_.byte_limit));
  }
  received_ = number;
  received_bytes_ += bytes;
  last_bytes_ = bytes;
  return true;
}

void Presence::Hold(uint32_t vcpu, uint64_t end_record) {
  if (last_bytes_ == 0) return;
  if (vcpu >= holds_.size()) holds_.resize(vcpu + 1);
  holds_[vcpu].emplace_back(end_record, last_bytes_);
  held_ += last_bytes_;
  last_bytes_ = 0;
}

void Presence::Consumed(uint32_t vcpu, uint64_t records) {
  if (vcpu >= holds_.size()) return;
  auto& holds = holds_[vcpu];
  while (!holds.empty() && holds.front().first <= records) {
    held_ -= holds.front().second;
    holds.pop_front();
  }
}

Receipt Presence::TakeReceipt() {
  told_ = {received_, Limit()};
  told_bytes_ = received_bytes_;
  return told_;
}

bool Presence::ReceiptDue() const {
  return received_ - told_.acknowledged >= kMessagesPerReceipt ||
         received_bytes_ - told_bytes_ >= kBytesPerReceipt ||
         Limit() - told_.byte_limit >= window_ / kGrantFraction;
}

void Presence::Leave(absl::Time now, std::string reason) {
  if (!away_since_.has_value()) away_since_ = now;
  away_reason_ = std::move(reason);
}

std::optional<std::string> Presence::Overdue(absl::Time now, absl::Duration timeout) const {
  if (!away_since_.has_value() || now - *away_since_ < timeout) return std::nullopt;
  return absl::StrCat(away_reason_, " at ",
                      absl::FormatTime("%H:%M:%S UTC", *away_since_, absl::UTCTimeZone()),
                      " and it did not come back within ", absl::FormatDuration(timeout));
}

}  // namespace lockstep::server
