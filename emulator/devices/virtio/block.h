// virtio-blk: a disk with one queue.
//
// Feature bits, configuration and answers are those of QEMU 7.2's virtio-blk-device, measured:
// sectors of 512 bytes, requests of up to 254 segments announced (more are taken), flush, write
// cache on or off by configuration, discard and write-zeroes of one segment each, the serial number
// by get-id; the used length of a request is all of its writable bytes. A request without room for
// a header or a status byte breaks the device; all other faults are a status byte: 1 for what is
// outside the disk or no multiple of a sector, a failing medium, a write to a read-only disk; 2 for
// an unknown request. Source: Virtio 1.2, section 5.2.
#ifndef EMULATOR_DEVICES_VIRTIO_BLOCK_H_
#define EMULATOR_DEVICES_VIRTIO_BLOCK_H_

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "emulator/devices/virtio/transport.h"

namespace lockstep::devices {

// What a disk holds. Offsets and lengths are bytes, multiples of kSectorBytes, inside the disk.
// False: the medium failed.
class BlockBackend {
 public:
  virtual ~BlockBackend() = default;

  // Constant; rounded down to whole sectors.
  virtual uint64_t size_bytes() const = 0;
  virtual bool is_read_only() const = 0;
  virtual bool Read(uint64_t offset, std::span<uint8_t> bytes) = 0;
  virtual bool Write(uint64_t offset, std::span<const uint8_t> bytes) = 0;
  // What was written is on the medium.
  virtual bool Flush() = 0;
  // The bytes are not needed any more: they may read as before or as zeros.
  virtual bool Discard(uint64_t offset, uint64_t n_bytes) = 0;
  virtual bool WriteZeroes(uint64_t offset, uint64_t n_bytes) = 0;
};

class VirtioBlock : public VirtioDevice {
 public:
  static constexpr uint32_t kSectorBytes = 512;

  struct State {
    bool write_cache = true;
  };

  // Owns the backend. `serial`: at most 20 bytes count.
  VirtioBlock(std::unique_ptr<BlockBackend> backend, std::string serial);

  void Attach(Transport* transport) override { transport_ = transport; }
  uint32_t device_id() const override { return 2; }
  uint64_t features() const override;
  std::vector<uint32_t> queue_entries() const override { return {256}; }
  std::vector<uint8_t> Config() const override;
  void SetConfig(std::span<const uint8_t> config) override;
  void Notify(unsigned queue) override;
  void StatusChanged(uint8_t status) override;
  void Reset() override {}

  const State& state() const { return state_; }
  void set_state(const State& state) { state_ = state; }

 private:
  // Does one request. False: it is malformed.
  bool Handle(const Chain& chain);
  uint8_t Transfer(uint64_t sector, bool is_write, SegmentRun& data);
  uint8_t Erase(SegmentRun& data, bool is_write_zeroes);
  uint8_t GetId(SegmentRun& data);
  bool InDisk(uint64_t sector, uint64_t n_bytes) const;

  std::unique_ptr<BlockBackend> backend_;
  std::string serial_;
  Transport* transport_ = nullptr;
  State state_;
  std::vector<uint8_t> buffer_;
};

}  // namespace lockstep::devices

#endif  // EMULATOR_DEVICES_VIRTIO_BLOCK_H_
