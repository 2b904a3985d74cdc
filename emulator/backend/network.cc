#include "emulator/backend/network.h"

#include <algorithm>

namespace lockstep::backend {

void NetLink::Take(std::span<const uint8_t> frame) {
  if (waiting_.size() < kMaxWaiting) waiting_.emplace_back(frame.begin(), frame.end());
}

void Networks::Attach(const devices::Clock* clock) {
  for (Pair& pair : pairs_) pair.link->Attach(clock);
}

void Networks::Poll(int wait_ms) {
  std::vector<pollfd> fds;
  std::vector<size_t> ends;
  for (Pair& pair : pairs_) {
    pair.link->AddPollFds(&fds, &wait_ms);
    ends.push_back(fds.size());
  }
  // An interrupted wait has no events.
  if (poll(fds.data(), fds.size(), wait_ms) < 0) {
    for (pollfd& fd : fds) fd.revents = 0;
  }
  size_t start = 0;
  for (size_t i = 0; i < pairs_.size(); ++i) {
    pairs_[i].link->HandlePolled(std::span(fds).subspan(start, ends[i] - start));
    start = ends[i];
  }
}

bool Networks::HasInput() const {
  return std::ranges::any_of(pairs_, [](const Pair& p) { return !p.link->waiting().empty(); });
}

bool Networks::Deliver() {
  bool has_given = false;
  for (Pair& pair : pairs_) {
    auto& waiting = pair.link->waiting();
    while (!waiting.empty() && pair.card->Receive(waiting.front())) {
      waiting.pop_front();
      has_given = true;
    }
  }
  return has_given;
}

bool Networks::MayCome() const {
  return std::ranges::any_of(pairs_, [](const Pair& p) { return p.link->MayCome(); });
}

}  // namespace lockstep::backend
