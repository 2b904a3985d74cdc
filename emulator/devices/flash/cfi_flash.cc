#include "emulator/devices/flash/cfi_flash.h"

#include <cstring>

namespace lockstep::devices {
namespace {

constexpr uint8_t kReady = 0x80;  // status register

enum Command : uint8_t {
  kReadArrayInternal = 0x00,
  kProgramAlternate = 0x10,
  kErase = 0x20,
  kEraseFull = 0x28,
  kProgram = 0x40,
  kClearStatus = 0x50,
  kLock = 0x60,
  kReadStatus = 0x70,
  kReadId = 0x90,
  kQuery = 0x98,
  kConfirm = 0xd0,
  kBufferedWrite = 0xe8,
  kReadArrayCommand = 0xff,
};

// The CFI table by word address, from 0x10 on; the rest is zero. Intel command set, Vcc 4.5-5.5 V,
// program and erase timeouts, 16 MiB per chip (2^24), buffer of 2^11 bytes, one region of 128
// blocks of 128 KiB per chip, then the primary table "PRI" 1.0.
constexpr uint8_t kQueryTable[] = {
    /*0x10*/ 'Q',  'R',  'Y',  0x01, 0x00, 0x31, 0x00, 0x00,
    0x00,          0x00, 0x00, 0x45, 0x55, 0x00, 0x00, 0x07,
    /*0x20*/ 0x07, 0x0a, 0x00, 0x04, 0x04, 0x04, 0x00, 0x18,
    0x02,          0x00, 0x0b, 0x00, 0x01, 0x7f, 0x00, 0x00,
    /*0x30*/ 0x02, 'P',  'R',  'I',  '1',  '0',  0x00, 0x00,
    0x00,          0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01};
constexpr uint64_t kQueryFirst = 0x10;

uint32_t Query(uint64_t word) {
  if (word < kQueryFirst || word - kQueryFirst >= sizeof(kQueryTable)) return 0;
  return kQueryTable[word - kQueryFirst];
}

uint32_t Identifier(uint64_t word) {
  switch (word & 0xff) {
    case 0:
      return 0x89;  // Intel
    case 1:
      return 0x18;
    default:
      return 0;
  }
}

// Both chips answer alike, each on its half of the bus.
uint32_t OnBothChips(uint32_t value) { return value | value << 16; }

}  // namespace

CfiFlash::CfiFlash(std::span<uint8_t> storage) : storage_(storage) {}

bool CfiFlash::Read(uint64_t offset, unsigned size_bytes, uint64_t* value) {
  if (size_bytes == 8) {
    *value = ReadPart(offset, 4);
    *value |= uint64_t{ReadPart(offset + 4, 4)} << 32;
  } else {
    *value = ReadPart(offset, size_bytes);
  }
  return true;
}

bool CfiFlash::Write(uint64_t offset, unsigned size_bytes, uint64_t value) {
  WritePart(offset, size_bytes == 8 ? 4 : size_bytes, static_cast<uint32_t>(value));
  if (size_bytes == 8) WritePart(offset + 4, 4, static_cast<uint32_t>(value >> 32));
  return true;
}

uint32_t CfiFlash::ReadPart(uint64_t offset, unsigned size_bytes) {
  switch (state_.command) {
    case kProgramAlternate:
    case kErase:
    case kEraseFull:
    case kProgram:
    case kClearStatus:
    case kLock:
    case kReadStatus:
    case kBufferedWrite:
      return static_cast<uint32_t>(Truncate(OnBothChips(state_.status), size_bytes));
    case kReadId:
      return static_cast<uint32_t>(Truncate(OnBothChips(Identifier(offset / 4)), size_bytes));
    case kQuery:
      return static_cast<uint32_t>(Truncate(OnBothChips(Query(offset / 4)), size_bytes));
    default: {
      uint32_t value = 0;
      std::memcpy(&value, storage_.data() + offset, size_bytes);
      return value;
    }
  }
}

void CfiFlash::WritePart(uint64_t offset, unsigned size_bytes, uint32_t value) {
  switch (state_.cycle) {
    case 0:
      FirstCycle(offset, static_cast<uint8_t>(value));
      break;
    case 1:
      SecondCycle(offset, size_bytes, value);
      break;
    case 2:
      BufferCycle(offset, size_bytes, value);
      break;
    default:
      Confirm(static_cast<uint8_t>(value));
      break;
  }
}

void CfiFlash::FirstCycle(uint64_t offset, uint8_t command) {
  switch (command) {
    case kErase:
      std::memset(storage_.data() + offset / kSectorBytes * kSectorBytes, 0xff, kSectorBytes);
      state_.status |= kReady;
      break;
    case kBufferedWrite:
      state_.status |= kReady;
      break;
    case kProgramAlternate:
    case kProgram:
    case kLock:
    case kQuery:
      break;
    case kReadStatus:
    case kReadId:
      state_.command = command;
      return;  // complete in one cycle
    case kClearStatus:
      state_.status = 0;
      ReadArray();
      return;
    default:
      ReadArray();
      return;
  }
  state_.command = command;
  state_.cycle = 1;
}

void CfiFlash::SecondCycle(uint64_t offset, unsigned size_bytes, uint32_t value) {
  uint8_t command = static_cast<uint8_t>(value);
  switch (state_.command) {
    case kProgramAlternate:
    case kProgram:
      Store(offset, size_bytes, value);
      state_.status |= kReady;
      state_.cycle = 0;
      break;
    case kErase:
      Confirm(command);
      break;
    case kBufferedWrite:
      state_.words_left = static_cast<uint16_t>(value);
      state_.cycle = 2;
      break;
    case kLock:
      if (command == kConfirm || command == 0x01) {
        state_.cycle = 0;
        state_.status |= kReady;
      } else {
        ReadArray();
      }
      break;
    case kQuery:
      if (command == kReadArrayCommand) ReadArray();
      break;
    default:
      ReadArray();
      break;
  }
}

void CfiFlash::BufferCycle(uint64_t offset, unsigned size_bytes, uint32_t value) {
  Store(offset, size_bytes, value);
  state_.status |= kReady;
  if (state_.words_left == 0) state_.cycle = 3;
  --state_.words_left;
}

void CfiFlash::Confirm(uint8_t command) {
  if (command != kConfirm) {
    ReadArray();
    return;
  }
  state_.cycle = 0;
  state_.status |= kReady;
}

void CfiFlash::Store(uint64_t offset, unsigned size_bytes, uint32_t value) {
  std::memcpy(storage_.data() + offset, &value, size_bytes);
}

void CfiFlash::ReadArray() {
  state_.cycle = 0;
  state_.command = kReadArrayInternal;
}

}  // namespace lockstep::devices
