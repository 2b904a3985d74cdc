// 16550A serial port.
//
// Registers, FIFOs, interrupt sources and modem loopback as the 16550A data sheet has them, with
// QEMU 7.2's choices: output leaves at once (no transmit time), the interrupt line is driven again
// each
// time its condition is evaluated, THRE is raised again when its enable bit is set, an access
// of any size is an access to the one byte register. The character timeout comes four character
// times after the last byte or read, from the divisor and a base of 399193 baud. Measured with
// tests/e2e/guest/device_probe.c.
#ifndef EMULATOR_DEVICES_UART16550_UART16550_H_
#define EMULATOR_DEVICES_UART16550_UART16550_H_

#include <array>
#include <functional>

#include "emulator/devices/device.h"
#include "emulator/devices/input_port.h"

namespace lockstep::devices {

class Uart16550 : public Device, public InputPort {
 public:
  static constexpr uint64_t kWindowBytes = 8;
  static constexpr unsigned kFifoBytes = 16;

  struct State {
    std::array<uint8_t, kFifoBytes> rx{};  // ring; also the holding register when FIFOs are off
    uint8_t rx_head = 0;
    uint8_t rx_count = 0;
    uint8_t rbr = 0;
    uint8_t ier = 0;
    uint8_t iir = 0;
    uint8_t fcr = 0;
    uint8_t lcr = 0;
    uint8_t mcr = 0;
    uint8_t lsr = 0;
    uint8_t msr = 0;
    uint8_t scr = 0;
    uint16_t divisor = 0;
    bool thr_pending = false;      // THRE interrupt condition
    bool timeout_pending = false;  // character timeout condition
    uint64_t char_time_ns = 0;
    uint64_t timeout_deadline_ns = kNeverNs;
  };

  // `output` takes each byte that the guest sends, during the store. `clock` outlives the device.
  Uart16550(const Clock* clock, std::function<void(uint8_t)> output, InterruptLine line);

  bool Read(uint64_t offset, unsigned size_bytes, uint64_t* value) override;
  bool Write(uint64_t offset, unsigned size_bytes, uint64_t value) override;
  void Reset() override;
  uint64_t DeadlineNs() const override { return state_.timeout_deadline_ns; }
  void OnDeadline() override;

  // True when nothing received waits for the guest and the port is not in loopback: the next byte
  // of input may come.
  bool ReadyForInput() override;
  // One byte of them, as Receive().
  size_t TakeInput(std::span<const uint8_t> bytes) override {
    Receive(bytes.front());
    return 1;
  }
  // A byte arrives on the line. One that finds no room is lost (overrun).
  void Receive(uint8_t byte);

  const State& state() const { return state_; }
  void set_state(const State& state) { state_ = state; }

 private:
  bool fifos_on() const;
  bool loopback() const;
  unsigned trigger_level() const;
  uint8_t ReadRegister(unsigned index);
  void WriteRegister(unsigned index, uint8_t value);
  uint8_t ReadReceiver();
  uint8_t ReadModemStatus();
  void Transmit(uint8_t byte);
  void WriteInterruptEnable(uint8_t value);
  void WriteFifoControl(uint8_t value);
  void UpdateCharTime();
  void ArmTimeout();
  void UpdateInterrupt();

  const Clock* clock_;
  std::function<void(uint8_t)> output_;
  InterruptLine line_;
  State state_;
};

}  // namespace lockstep::devices

#endif  // EMULATOR_DEVICES_UART16550_UART16550_H_
