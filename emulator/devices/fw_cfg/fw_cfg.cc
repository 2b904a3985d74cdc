#include "emulator/devices/fw_cfg/fw_cfg.h"

#include <algorithm>
#include <array>

namespace lockstep::devices {
namespace {

constexpr uint64_t kDataOffset = 0x0;
constexpr uint64_t kSelectorOffset = 0x8;
constexpr uint64_t kDmaOffset = 0x10;

enum Key : uint16_t {
  kSignature = 0x00,
  kId = 0x01,
  kUuid = 0x02,
  kNoGraphic = 0x04,
  kCpuCount = 0x05,
  kBootMenu = 0x0e,
  kFileDirectory = 0x19,
  kFirstFile = 0x20,
};
constexpr uint16_t kKeyMask = 0x3fff;  // the two upper bits choose write and architecture space
constexpr uint16_t kNoKey = 0xffff;

constexpr uint32_t kDmaError = 0x01;
constexpr uint32_t kDmaRead = 0x02;
constexpr uint32_t kDmaSkip = 0x04;
constexpr uint32_t kDmaSelect = 0x08;
constexpr uint32_t kDmaWrite = 0x10;
constexpr uint64_t kDmaSignature = 0x51454d5520434647;  // "QEMU CFG"
constexpr size_t kDmaAccessBytes = 16;
constexpr size_t kDmaChunkBytes = 4096;

constexpr size_t kFileNameBytes = 56;

void AppendBigEndian(std::vector<uint8_t>& out, uint64_t value, unsigned size_bytes) {
  for (unsigned i = size_bytes; i-- > 0;) out.push_back(static_cast<uint8_t>(value >> (8 * i)));
}

uint64_t SwapBytes(uint64_t value, unsigned size_bytes) {
  uint64_t swapped = 0;
  for (unsigned i = 0; i < size_bytes; ++i) swapped = swapped << 8 | ((value >> (8 * i)) & 0xff);
  return swapped;
}

}  // namespace

FwCfg::FwCfg(DmaMemory* memory, unsigned harts) : memory_(memory) {
  items_[kSignature] = {'Q', 'E', 'M', 'U'};
  items_[kId] = {3, 0, 0, 0};  // traditional interface and DMA
  items_[kUuid] = std::vector<uint8_t>(16, 0);
  items_[kNoGraphic] = {0, 0};
  items_[kCpuCount] = {static_cast<uint8_t>(harts), 0};
  items_[kBootMenu] = {0, 0};
  RebuildDirectory();
}

void FwCfg::AddFile(const std::string& name, std::vector<uint8_t> contents) {
  uint16_t key = static_cast<uint16_t>(kFirstFile + files_.size());
  files_.emplace_back(name.substr(0, kFileNameBytes - 1), static_cast<uint32_t>(contents.size()));
  items_[key] = std::move(contents);
  RebuildDirectory();
}

void FwCfg::RebuildDirectory() {
  std::vector<uint8_t> directory;
  AppendBigEndian(directory, files_.size(), 4);
  for (size_t i = 0; i < files_.size(); ++i) {
    AppendBigEndian(directory, files_[i].second, 4);
    AppendBigEndian(directory, kFirstFile + i, 2);
    AppendBigEndian(directory, 0, 2);
    std::vector<uint8_t> name(files_[i].first.begin(), files_[i].first.end());
    name.resize(kFileNameBytes, 0);
    directory.insert(directory.end(), name.begin(), name.end());
  }
  items_[kFileDirectory] = std::move(directory);
}

const std::vector<uint8_t>* FwCfg::Selected() const {
  auto it = items_.find(state_.selected);
  return it == items_.end() ? nullptr : &it->second;
}

uint8_t FwCfg::NextByte() {
  const std::vector<uint8_t>* item = Selected();
  if (item == nullptr || state_.position >= item->size()) return 0;
  return (*item)[state_.position++];
}

bool FwCfg::Read(uint64_t offset, unsigned size_bytes, uint64_t* value) {
  *value = 0;
  if (offset == kDataOffset) {
    // A string-preserving window: the first byte of the item is the lowest in memory.
    for (unsigned i = 0; i < size_bytes; ++i) *value |= uint64_t{NextByte()} << (8 * i);
    return true;
  }
  if (offset < kDmaOffset) return false;
  unsigned shift = static_cast<unsigned>((kDmaOffset + 8 - offset - size_bytes) * 8);
  *value = SwapBytes(Truncate(kDmaSignature >> shift, size_bytes), size_bytes);
  return true;
}

bool FwCfg::Write(uint64_t offset, unsigned size_bytes, uint64_t value) {
  if (offset == kDataOffset) return true;  // items are read-only
  if (offset == kSelectorOffset) {
    if (size_bytes != 2) return false;
    uint16_t key = static_cast<uint16_t>(SwapBytes(value, 2));
    // The architecture's own space (bit 15) is empty.
    state_.selected = (key & 0x8000) != 0 ? kNoKey : key & kKeyMask;
    state_.position = 0;
    return true;
  }
  if (offset == kDmaOffset && size_bytes == 8) {
    state_.dma_address = SwapBytes(value, 8);
    RunDma();
    return true;
  }
  if (offset == kDmaOffset && size_bytes == 4) {
    state_.dma_address = SwapBytes(value, 4) << 32;
    return true;
  }
  if (offset == kDmaOffset + 4 && size_bytes == 4) {
    state_.dma_address |= SwapBytes(value, 4);
    RunDma();
    return true;
  }
  return false;
}

void FwCfg::RunDma() {
  uint64_t where = state_.dma_address;
  state_.dma_address = 0;
  std::array<uint8_t, kDmaAccessBytes> access;
  std::array<uint8_t, 4> result{};
  if (!memory_->DmaRead(where, access)) {
    result[3] = kDmaError;
    memory_->DmaWrite(where, result);
    return;
  }
  auto field = [&access](size_t first, size_t bytes) {
    uint64_t value = 0;
    for (size_t i = 0; i < bytes; ++i) value = value << 8 | access[first + i];
    return value;
  };
  uint32_t control = static_cast<uint32_t>(field(0, 4));
  uint32_t length = static_cast<uint32_t>(field(4, 4));
  uint64_t address = field(8, 8);
  if ((control & kDmaSelect) != 0) {
    uint16_t key = static_cast<uint16_t>(control >> 16);
    state_.selected = (key & 0x8000) != 0 ? kNoKey : key & kKeyMask;
    state_.position = 0;
  }
  bool ok = true;
  if ((control & kDmaRead) != 0) {
    ok = ReadItem(address, length);
  } else if ((control & kDmaWrite) != 0) {
    ok = length == 0;
  } else if ((control & kDmaSkip) != 0) {
    const std::vector<uint8_t>* item = Selected();
    uint64_t size = item == nullptr ? 0 : item->size();
    state_.position =
        static_cast<uint32_t>(std::min<uint64_t>(size, uint64_t{state_.position} + length));
  }
  if (!ok) result[3] = kDmaError;
  memory_->DmaWrite(where, result);
}

bool FwCfg::ReadItem(uint64_t address, uint32_t length) {
  std::vector<uint8_t> chunk;
  while (length != 0) {
    chunk.resize(std::min<size_t>(length, kDmaChunkBytes));
    for (uint8_t& byte : chunk) byte = NextByte();
    if (!memory_->DmaWrite(address, chunk)) return false;
    address += chunk.size();
    length -= static_cast<uint32_t>(chunk.size());
  }
  return true;
}

}  // namespace lockstep::devices
