// What a virtio device and its transport know of each other.
//
// The device (a disk, a network card) acts during the driver's notification, to the end: when the
// store that notifies has completed, all requests that were available are done, their used entries
// are written and the interrupt line is driven. That is the instruction at which requests
// complete. What comes from outside (network frames, console input) is given to a device between
// blocks. Not thread-safe.
#ifndef EMULATOR_DEVICES_VIRTIO_TRANSPORT_H_
#define EMULATOR_DEVICES_VIRTIO_TRANSPORT_H_

#include <cstdint>
#include <span>
#include <vector>

#include "emulator/devices/dma_memory.h"
#include "emulator/devices/virtio/queue.h"

namespace lockstep::devices {

// Feature bits of the ring and the transport.
inline constexpr uint64_t kFeatureIndirect = uint64_t{1} << 28;
inline constexpr uint64_t kFeatureEventIndex = uint64_t{1} << 29;
inline constexpr uint64_t kFeatureVersion1 = uint64_t{1} << 32;
inline constexpr uint64_t kFeatureRingReset = uint64_t{1} << 40;

inline constexpr uint8_t kStatusDriverOk = 4, kStatusFeaturesOk = 8, kStatusNeedsReset = 0x40;

// The device's view of its transport.
class Transport {
 public:
  virtual ~Transport() = default;

  virtual DmaMemory* memory() = 0;
  // REQUIRES: index < the number of queues of the device.
  virtual VirtQueue& queue(unsigned index) = 0;
  // What the driver has accepted, of what was offered.
  virtual uint64_t accepted_features() const = 0;
  virtual bool driver_ok() const = 0;

  // Takes the next chain of a queue that is in use. False: there is none, or it was hostile and the
  // device has been given up (Fail()).
  virtual bool Next(unsigned index, Chain* chain) = 0;
  // Interrupts the driver if it wants to hear of what was pushed.
  virtual void Interrupt(unsigned index) = 0;
  // The configuration has changed: its generation counts, the driver is interrupted.
  virtual void ConfigChanged() = 0;
  // The driver has broken the protocol: nothing more is done until it resets the device.
  virtual void Fail() = 0;
};

// A kind of device behind a transport.
class VirtioDevice {
 public:
  virtual ~VirtioDevice() = default;

  // REQUIRES: called once, before all else. `transport` outlives the device's use.
  virtual void Attach(Transport* transport) = 0;

  virtual uint32_t device_id() const = 0;
  // Beside the features of ring and transport, which every device offers.
  virtual uint64_t features() const = 0;
  // Entries of each queue after a reset.
  virtual std::vector<uint32_t> queue_entries() const = 0;

  // The configuration space as it is now, and as the driver has changed it.
  virtual std::vector<uint8_t> Config() const = 0;
  virtual void SetConfig(std::span<const uint8_t> config) = 0;

  // The driver notifies. Also called for queues that are empty or not set up.
  virtual void Notify(unsigned queue) = 0;
  // The driver writes its status; `status` is the new one.
  virtual void StatusChanged(uint8_t) {}
  virtual void Reset() = 0;
};

}  // namespace lockstep::devices

#endif  // EMULATOR_DEVICES_VIRTIO_TRANSPORT_H_
