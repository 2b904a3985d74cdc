// What a hostile driver may do to a virtio device: any register accesses, any memory, at any time.
// The device never crashes, never writes outside the RAM, and comes to an end.
//
// Input: one byte chooses the device; then operations of one byte, each with what it needs:
// register access (offset, value), a write to the rings or the data (place, length, bytes), a
// notification, a set-up of a queue, a frame or a key from outside.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "emulator/devices/virtio/block.h"
#include "emulator/devices/virtio/console.h"
#include "emulator/devices/virtio/guest_driver.h"
#include "emulator/devices/virtio/net.h"
#include "emulator/devices/virtio/rng.h"

namespace {

using namespace lockstep::devices;  // NOLINT: every name here is one of its

struct FuzzDisk : BlockBackend {
  uint64_t size_bytes() const override { return bytes.size(); }
  bool is_read_only() const override { return false; }
  bool Read(uint64_t offset, std::span<uint8_t> out) override {
    std::ranges::copy(std::span(bytes).subspan(offset, out.size()), out.begin());
    return true;
  }
  bool Write(uint64_t offset, std::span<const uint8_t> in) override {
    std::ranges::copy(in, std::span(bytes).subspan(offset, in.size()).begin());
    return true;
  }
  bool Flush() override { return true; }
  bool Discard(uint64_t, uint64_t) override { return true; }
  bool WriteZeroes(uint64_t offset, uint64_t n_bytes) override {
    std::ranges::fill(std::span(bytes).subspan(offset, n_bytes), uint8_t{0});
    return true;
  }
  std::vector<uint8_t> bytes = std::vector<uint8_t>(16 << 10);
};

class Input {
 public:
  explicit Input(std::span<const uint8_t> bytes) : bytes_(bytes) {}
  bool empty() const { return bytes_.empty(); }
  uint64_t Take(unsigned n_bytes) {
    uint64_t value = 0;
    for (unsigned i = 0; i < n_bytes && !bytes_.empty(); ++i) {
      value |= uint64_t{bytes_.front()} << (8 * i);
      bytes_ = bytes_.subspan(1);
    }
    return value;
  }
  std::span<const uint8_t> TakeBytes(size_t n_bytes) {
    const auto taken = bytes_.first(std::min(n_bytes, bytes_.size()));
    bytes_ = bytes_.subspan(taken.size());
    return taken;
  }

 private:
  std::span<const uint8_t> bytes_;
};

constexpr size_t kRamBytes = 512 << 10;
constexpr unsigned kConsolePorts = 3;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Input input(std::span(data, size));
  VirtioNet* net = nullptr;
  VirtioConsole* console = nullptr;
  std::unique_ptr<VirtioDevice> device;
  unsigned queues = 1;
  switch (input.Take(1) % 4) {
    case 0:
      device = std::make_unique<VirtioBlock>(std::make_unique<FuzzDisk>(), "fuzz");
      break;
    case 1: {
      auto card = std::make_unique<VirtioNet>(MacAddress{2}, [](std::span<const uint8_t>) {});
      net = card.get();
      device = std::move(card);
      queues = 3;
      break;
    }
    case 2:
      device = std::make_unique<VirtioRng>(
          [](std::span<uint8_t> bytes) { std::ranges::fill(bytes, uint8_t{0x5a}); });
      break;
    default: {
      const auto drop = [](std::span<const uint8_t>) {};
      auto ports = std::make_unique<VirtioConsole>(
          kConsolePorts, std::map<unsigned, VirtioConsole::Port>{{0, {"", true, drop}},
                                                                 {2, {"fuzz", false, drop}}});
      console = ports.get();
      device = std::move(ports);
      queues = 2 * (kConsolePorts + 1);
      break;
    }
  }
  GuestDriver driver(std::move(device), kRamBytes);
  driver.Start(~uint64_t{0}, queues);
  // What a driver does in a thousand steps shows what it can do.
  for (int step = 0; step < 1000 && !input.empty(); ++step) {
    switch (input.Take(1) % 6) {
      case 0:
        driver.slot.Write(input.Take(1) * 2, 1u << input.Take(1) % 4, input.Take(4));
        break;
      case 1: {
        uint64_t value = 0;
        driver.slot.Read(input.Take(1) * 2, 1u << input.Take(1) % 4, &value);
        break;
      }
      case 2: {
        const uint64_t place = TestRam::kBase + input.Take(3) % kRamBytes;
        driver.ram.DmaWrite(place, input.TakeBytes(input.Take(1)));
        break;
      }
      case 3:
        driver.Notify(static_cast<unsigned>(input.Take(1)) % std::max(4u, queues + 1));
        break;
      case 4: {
        // A descriptor, made available.
        const unsigned queue = static_cast<unsigned>(input.Take(1)) % queues;
        const unsigned index = static_cast<unsigned>(input.Take(1)) % GuestDriver::kEntries;
        driver.WriteDescriptor(driver.Desc(queue), index, TestRam::kBase + input.Take(3),
                               static_cast<uint32_t>(input.Take(2)),
                               static_cast<uint16_t>(input.Take(1)),
                               static_cast<uint16_t>(input.Take(1)) % (GuestDriver::kEntries + 1));
        const uint64_t avail = driver.Avail(queue);
        const uint16_t next = driver.ram.Load<uint16_t>(avail + 2);
        driver.ram.Store<uint16_t>(avail + 4 + 2 * (next % GuestDriver::kEntries),
                                   static_cast<uint16_t>(index));
        driver.ram.Store<uint16_t>(avail + 2, static_cast<uint16_t>(next + 1));
        break;
      }
      default:
        if (net != nullptr) net->Receive(input.TakeBytes(input.Take(1)));
        if (console != nullptr) {
          const unsigned port = static_cast<unsigned>(input.Take(1)) % kConsolePorts;
          VirtioConsolePort end(console, port);
          const auto bytes = input.TakeBytes(input.Take(1));
          if (end.ReadyForInput() && !bytes.empty()) end.TakeInput(bytes);
          console->set_state(console->state());
        }
        if (input.Take(1) == 0) driver.Start(input.Take(8), queues);
        break;
    }
  }
  return 0;
}
