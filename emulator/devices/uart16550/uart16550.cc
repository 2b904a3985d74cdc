#include "emulator/devices/uart16550/uart16550.h"

#include <utility>

namespace lockstep::devices {
namespace {

// Register numbers; two of them are the divisor latch while LCR.DLAB is set.
enum : unsigned { kData = 0, kIer = 1, kIirFcr = 2, kLcr = 3, kMcr = 4, kLsr = 5, kMsr = 6 };

constexpr uint8_t kIerReceive = 0x01;
constexpr uint8_t kIerTransmit = 0x02;
constexpr uint8_t kIerLineStatus = 0x04;
constexpr uint8_t kIerModemStatus = 0x08;

constexpr uint8_t kIirNone = 0x01;
constexpr uint8_t kIirModemStatus = 0x00;
constexpr uint8_t kIirTransmit = 0x02;
constexpr uint8_t kIirReceive = 0x04;
constexpr uint8_t kIirLineStatus = 0x06;
constexpr uint8_t kIirTimeout = 0x0c;
constexpr uint8_t kIirIdMask = 0x06;
constexpr uint8_t kIirFifosOn = 0xc0;

constexpr uint8_t kFcrEnable = 0x01;
constexpr uint8_t kFcrClearReceive = 0x02;
constexpr uint8_t kFcrClearTransmit = 0x04;

constexpr uint8_t kLcrDlab = 0x80;

constexpr uint8_t kMcrOut2 = 0x08;
constexpr uint8_t kMcrLoop = 0x10;

constexpr uint8_t kLsrDataReady = 0x01;
constexpr uint8_t kLsrOverrun = 0x02;
constexpr uint8_t kLsrBreak = 0x10;
constexpr uint8_t kLsrThrEmpty = 0x20;
constexpr uint8_t kLsrIdle = 0x40;
constexpr uint8_t kLsrErrors = 0x1e;

constexpr uint8_t kMsrDeltas = 0x0f;
constexpr uint8_t kMsrConnected = 0xb0;  // carrier, data set ready, clear to send

constexpr unsigned kBaudBase = 399193;
constexpr uint64_t kDefaultCharTimeNs = 1'000'000'000 / 9600 * 10;
constexpr uint16_t kDefaultDivisor = 12;

Uart16550::State PowerOnState() {
  Uart16550::State state;
  state.iir = kIirNone;
  state.mcr = kMcrOut2;
  state.lsr = kLsrThrEmpty | kLsrIdle;
  state.msr = kMsrConnected;
  state.divisor = kDefaultDivisor;
  state.char_time_ns = kDefaultCharTimeNs;
  return state;
}

}  // namespace

Uart16550::Uart16550(const Clock* clock, std::function<void(uint8_t)> output, InterruptLine line)
    : clock_(clock), output_(std::move(output)), line_(std::move(line)), state_(PowerOnState()) {}

bool Uart16550::fifos_on() const { return (state_.fcr & kFcrEnable) != 0; }
bool Uart16550::loopback() const { return (state_.mcr & kMcrLoop) != 0; }

unsigned Uart16550::trigger_level() const {
  static constexpr uint8_t kLevels[4] = {1, 4, 8, 14};
  return kLevels[state_.fcr >> 6];
}

void Uart16550::Reset() {
  state_ = PowerOnState();
  line_(false);
}

bool Uart16550::Read(uint64_t offset, unsigned, uint64_t* value) {
  *value = ReadRegister(static_cast<unsigned>(offset));
  return true;
}

bool Uart16550::Write(uint64_t offset, unsigned, uint64_t value) {
  WriteRegister(static_cast<unsigned>(offset), static_cast<uint8_t>(value));
  return true;
}

uint8_t Uart16550::ReadRegister(unsigned index) {
  bool latch = (state_.lcr & kLcrDlab) != 0;
  switch (index) {
    case kData:
      return latch ? static_cast<uint8_t>(state_.divisor) : ReadReceiver();
    case kIer:
      return latch ? static_cast<uint8_t>(state_.divisor >> 8) : state_.ier;
    case kIirFcr: {
      uint8_t iir = state_.iir;
      if ((iir & kIirIdMask) == kIirTransmit) {
        state_.thr_pending = false;
        UpdateInterrupt();
      }
      return iir;
    }
    case kLcr:
      return state_.lcr;
    case kMcr:
      return state_.mcr;
    case kLsr: {
      uint8_t lsr = state_.lsr;
      if ((lsr & (kLsrBreak | kLsrOverrun)) != 0) {
        state_.lsr = static_cast<uint8_t>(lsr & ~(kLsrBreak | kLsrOverrun));
        UpdateInterrupt();
      }
      return lsr;
    }
    case kMsr:
      return ReadModemStatus();
    default:
      return state_.scr;
  }
}

uint8_t Uart16550::ReadReceiver() {
  uint8_t byte = 0;
  if (fifos_on()) {
    if (state_.rx_count != 0) {
      byte = state_.rx[state_.rx_head];
      state_.rx_head = static_cast<uint8_t>((state_.rx_head + 1) % kFifoBytes);
      --state_.rx_count;
    }
    if (state_.rx_count == 0) {
      state_.lsr = static_cast<uint8_t>(state_.lsr & ~(kLsrDataReady | kLsrBreak));
    } else {
      ArmTimeout();
    }
    state_.timeout_pending = false;
  } else {
    byte = state_.rbr;
    state_.lsr = static_cast<uint8_t>(state_.lsr & ~(kLsrDataReady | kLsrBreak));
  }
  UpdateInterrupt();
  return byte;
}

uint8_t Uart16550::ReadModemStatus() {
  if (loopback()) {
    // The modem outputs are connected to the inputs: OUT2, OUT1, DTR, RTS to DCD, RI, DSR, CTS.
    return static_cast<uint8_t>((state_.mcr & 0x0c) << 4 | (state_.mcr & 0x02) << 3 |
                                (state_.mcr & 0x01) << 5);
  }
  uint8_t msr = state_.msr;
  if ((msr & kMsrDeltas) != 0) {
    state_.msr = static_cast<uint8_t>(msr & ~kMsrDeltas);
    UpdateInterrupt();
  }
  return msr;
}

void Uart16550::WriteRegister(unsigned index, uint8_t value) {
  bool latch = (state_.lcr & kLcrDlab) != 0;
  switch (index) {
    case kData:
      if (latch) {
        state_.divisor = static_cast<uint16_t>((state_.divisor & 0xff00) | value);
        UpdateCharTime();
      } else {
        Transmit(value);
      }
      break;
    case kIer:
      if (latch) {
        state_.divisor = static_cast<uint16_t>((state_.divisor & 0x00ff) | value << 8);
        UpdateCharTime();
      } else {
        WriteInterruptEnable(value);
      }
      break;
    case kIirFcr:
      WriteFifoControl(value);
      break;
    case kLcr:
      state_.lcr = value;
      UpdateCharTime();
      break;
    case kMcr:
      state_.mcr = value & 0x1f;
      break;
    case kLsr:
    case kMsr:
      break;
    default:
      state_.scr = value;
      break;
  }
}

void Uart16550::Transmit(uint8_t byte) {
  state_.thr_pending = false;
  state_.lsr = static_cast<uint8_t>(state_.lsr & ~(kLsrThrEmpty | kLsrIdle));
  UpdateInterrupt();
  // The byte moves on at once, which empties the holding register (or FIFO) again.
  state_.lsr |= kLsrThrEmpty;
  state_.thr_pending = true;
  UpdateInterrupt();
  if (loopback()) {
    Receive(byte);
  } else {
    output_(byte);
  }
  state_.lsr |= kLsrIdle;
}

void Uart16550::WriteInterruptEnable(uint8_t value) {
  uint8_t changed = (state_.ier ^ value) & 0x0f;
  state_.ier = value & 0x0f;
  if ((changed & kIerTransmit) != 0) {
    state_.thr_pending = (state_.ier & kIerTransmit) != 0 && (state_.lsr & kLsrThrEmpty) != 0;
  }
  if (changed != 0) UpdateInterrupt();
}

void Uart16550::WriteFifoControl(uint8_t value) {
  // Switching the FIFOs on or off clears them.
  if (((value ^ state_.fcr) & kFcrEnable) != 0) value |= kFcrClearReceive | kFcrClearTransmit;
  if ((value & kFcrClearReceive) != 0) {
    state_.lsr = static_cast<uint8_t>(state_.lsr & ~(kLsrDataReady | kLsrBreak));
    state_.timeout_deadline_ns = kNeverNs;
    state_.timeout_pending = false;
    state_.rx_count = 0;
    state_.rx_head = 0;
  }
  if ((value & kFcrClearTransmit) != 0) {
    state_.lsr |= kLsrThrEmpty;
    state_.thr_pending = true;
  }
  state_.fcr = value & 0xc9;
  state_.iir = static_cast<uint8_t>((state_.iir & ~kIirFifosOn) | (fifos_on() ? kIirFifosOn : 0));
  UpdateInterrupt();
}

void Uart16550::UpdateCharTime() {
  if (state_.divisor == 0 || state_.divisor > kBaudBase) return;
  unsigned bits = 1 + 5 + (state_.lcr & 0x03);  // start, data
  bits += (state_.lcr & 0x08) != 0 ? 1 : 0;     // parity
  bits += (state_.lcr & 0x04) != 0 ? 2 : 1;     // stop
  // Single precision, as the reference computes it: the result is part of the guest's history.
  float speed = static_cast<float>(kBaudBase) / static_cast<float>(state_.divisor);
  state_.char_time_ns = static_cast<uint64_t>(1e9F / speed * static_cast<float>(bits));
}

void Uart16550::ArmTimeout() {
  state_.timeout_deadline_ns = clock_->NowNs() + state_.char_time_ns * 4;
}

void Uart16550::OnDeadline() {
  state_.timeout_deadline_ns = kNeverNs;
  if (state_.rx_count == 0) return;
  state_.timeout_pending = true;
  UpdateInterrupt();
}

bool Uart16550::ReadyForInput() {
  if (loopback()) return false;
  return fifos_on() ? state_.rx_count == 0 : (state_.lsr & kLsrDataReady) == 0;
}

void Uart16550::Receive(uint8_t byte) {
  if (fifos_on()) {
    if (state_.rx_count < kFifoBytes) {
      state_.rx[(state_.rx_head + state_.rx_count) % kFifoBytes] = byte;
      ++state_.rx_count;
    } else {
      state_.lsr |= kLsrOverrun;
    }
    ArmTimeout();
  } else {
    if ((state_.lsr & kLsrDataReady) != 0) state_.lsr |= kLsrOverrun;
    state_.rbr = byte;
  }
  state_.lsr |= kLsrDataReady;
  UpdateInterrupt();
}

void Uart16550::UpdateInterrupt() {
  uint8_t id = kIirNone;
  if ((state_.ier & kIerLineStatus) != 0 && (state_.lsr & kLsrErrors) != 0) {
    id = kIirLineStatus;
  } else if ((state_.ier & kIerReceive) != 0 && state_.timeout_pending) {
    id = kIirTimeout;
  } else if ((state_.ier & kIerReceive) != 0 && (state_.lsr & kLsrDataReady) != 0 &&
             (!fifos_on() || state_.rx_count >= trigger_level())) {
    id = kIirReceive;
  } else if ((state_.ier & kIerTransmit) != 0 && state_.thr_pending) {
    id = kIirTransmit;
  } else if ((state_.ier & kIerModemStatus) != 0 && (state_.msr & kMsrDeltas) != 0) {
    id = kIirModemStatus;
  }
  state_.iir = static_cast<uint8_t>((state_.iir & 0xf0) | id);
  line_(id != kIirNone);
}

}  // namespace lockstep::devices
