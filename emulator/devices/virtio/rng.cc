#include "emulator/devices/virtio/rng.h"

#include <algorithm>
#include <utility>

namespace lockstep::devices {

VirtioRng::VirtioRng(std::function<void(std::span<uint8_t>)> entropy)
    : entropy_(std::move(entropy)) {}

void VirtioRng::Notify(unsigned queue) {
  Chain chain;
  while (transport_->Next(queue, &chain)) {
    SegmentRun data(transport_->memory(), chain.writable);
    std::vector<uint8_t> bytes(std::min(data.remaining(), kMaxRequestBytes));
    entropy_(bytes);
    data.Write(bytes);
    transport_->queue(queue).Push(chain.head, static_cast<uint32_t>(bytes.size()));
    transport_->Interrupt(queue);
  }
  transport_->queue(queue).WantNotification();
}

void SeededEntropy::Fill(std::span<uint8_t> bytes) {
  for (uint8_t& byte : bytes) {
    if (bytes_left_ == 0) {
      state_ += 0x9e3779b97f4a7c15;
      word_ = state_;
      word_ = (word_ ^ (word_ >> 30)) * 0xbf58476d1ce4e5b9;
      word_ = (word_ ^ (word_ >> 27)) * 0x94d049bb133111eb;
      word_ ^= word_ >> 31;
      bytes_left_ = 8;
    }
    byte = static_cast<uint8_t>(word_);
    word_ >>= 8;
    --bytes_left_;
  }
}

}  // namespace lockstep::devices
