#include "emulator/devices/virtio/block.h"

#include <algorithm>
#include <array>
#include <utility>

#include "emulator/devices/virtio/little_endian.h"

namespace lockstep::devices {
namespace {

constexpr uint64_t kSegMax = 1u << 2, kGeometry = 1u << 4, kReadOnly = 1u << 5, kBlkSize = 1u << 6,
                   kFlush = 1u << 9, kTopology = 1u << 10, kConfigWce = 1u << 11,
                   kDiscard = 1u << 13, kWriteZeroes = 1u << 14;

constexpr uint32_t kTypeOut = 1;  // also a flag: the request writes
constexpr uint32_t kTypeIn = 0, kTypeFlush = 4, kTypeGetId = 8, kTypeDiscard = 11,
                   kTypeWriteZeroes = 13;
constexpr uint32_t kTypeBarrier = 0x80000000;  // a flag that is ignored

constexpr uint8_t kOk = 0, kIoError = 1, kUnsupported = 2;

constexpr size_t kHeaderBytes = 16, kEraseHeaderBytes = 16, kIdBytes = 20;
constexpr uint32_t kMaxSegments = 254;
constexpr uint32_t kMaxRequestSectors = 0x3fffff;  // 2 GiB
constexpr size_t kBufferBytes = 256 << 10;

// Offsets in the configuration.
constexpr size_t kConfigBytes = 57, kConfigWriteback = 32;

}  // namespace

VirtioBlock::VirtioBlock(std::unique_ptr<BlockBackend> backend, std::string serial)
    : backend_(std::move(backend)), serial_(std::move(serial)) {}

uint64_t VirtioBlock::features() const {
  return kSegMax | kGeometry | kBlkSize | kTopology | kConfigWce | kDiscard | kWriteZeroes |
         kFlush | (backend_->is_read_only() ? kReadOnly : 0);
}

std::vector<uint8_t> VirtioBlock::Config() const {
  std::vector<uint8_t> config(kConfigBytes);
  const std::span<uint8_t> all = config;
  const uint64_t sectors = backend_->size_bytes() / kSectorBytes;
  constexpr uint64_t kHeads = 16, kSectorsPerTrack = 63;
  const uint64_t cylinders = std::clamp<uint64_t>(sectors / (kHeads * kSectorsPerTrack), 2, 16383);
  StoreLittle<uint64_t>(all, sectors);
  StoreLittle<uint32_t>(all.subspan(12), kMaxSegments);
  StoreLittle<uint16_t>(all.subspan(16), static_cast<uint16_t>(cylinders));
  config[18] = kHeads;
  config[19] = kSectorsPerTrack;
  StoreLittle<uint32_t>(all.subspan(20), kSectorBytes);
  config[kConfigWriteback] = state_.write_cache;
  StoreLittle<uint16_t>(all.subspan(34), 1);                   // queues
  StoreLittle<uint32_t>(all.subspan(36), kMaxRequestSectors);  // of a discard
  StoreLittle<uint32_t>(all.subspan(40), 1);                   // segments of a discard
  StoreLittle<uint32_t>(all.subspan(44), 1);                   // its alignment in sectors
  StoreLittle<uint32_t>(all.subspan(48), kMaxRequestSectors);  // of a write-zeroes
  StoreLittle<uint32_t>(all.subspan(52), 1);
  config[56] = 1;  // may unmap
  return config;
}

void VirtioBlock::SetConfig(std::span<const uint8_t> config) {
  state_.write_cache = config[kConfigWriteback] != 0;
}

void VirtioBlock::StatusChanged(uint8_t status) {
  // A driver that cannot choose the cache mode gets write-back only if it knows to flush.
  const uint64_t accepted = transport_->accepted_features();
  if ((status & kStatusDriverOk) == 0 || (accepted & kConfigWce) != 0) return;
  state_.write_cache = (accepted & kFlush) != 0;
}

void VirtioBlock::Notify(unsigned queue) {
  Chain chain;
  while (transport_->Next(queue, &chain)) {
    if (!Handle(chain)) {
      transport_->Fail();
      return;
    }
    // Each request has its own look at whether the driver wants to be interrupted.
    transport_->Interrupt(queue);
  }
  transport_->queue(queue).WantNotification();
}

bool VirtioBlock::Handle(const Chain& chain) {
  SegmentRun out(transport_->memory(), chain.readable);
  SegmentRun in(transport_->memory(), chain.writable);
  std::array<uint8_t, kHeaderBytes> header;
  if (out.Read(header) != kHeaderBytes || in.remaining() == 0) return false;
  in.DropBack(1);
  const std::span<const uint8_t> fields = header;
  const uint32_t type = LoadLittle<uint32_t>(fields) & ~kTypeBarrier;
  const uint64_t sector = LoadLittle<uint64_t>(fields.subspan(8));
  uint8_t status = kUnsupported;
  switch (type & ~kTypeOut) {
    case kTypeIn:
      status = (type & kTypeOut) != 0 ? Transfer(sector, true, out) : Transfer(sector, false, in);
      break;
    case kTypeFlush:
      status = backend_->Flush() ? kOk : kIoError;
      break;
    case kTypeGetId:
      status = GetId(in);
      break;
    case kTypeDiscard & ~kTypeOut:
    case kTypeWriteZeroes & ~kTypeOut:
      if ((type & kTypeOut) == 0 || out.remaining() > kEraseHeaderBytes) break;
      if (out.remaining() < kEraseHeaderBytes) return false;
      status = Erase(out, type == kTypeWriteZeroes);
      break;
    default:
      break;
  }
  const Segment& last = chain.writable.back();
  const uint8_t status_byte[] = {status};
  transport_->memory()->DmaWrite(last.pa + last.n_bytes - 1, status_byte);
  transport_->queue(0).Push(chain.head, static_cast<uint32_t>(chain.writable_bytes()));
  return true;
}

bool VirtioBlock::InDisk(uint64_t sector, uint64_t n_bytes) const {
  const uint64_t sectors = n_bytes / kSectorBytes;
  const uint64_t disk_sectors = backend_->size_bytes() / kSectorBytes;
  return n_bytes % kSectorBytes == 0 && sectors <= kMaxRequestSectors && sector <= disk_sectors &&
         sectors <= disk_sectors - sector;
}

uint8_t VirtioBlock::Transfer(uint64_t sector, bool is_write, SegmentRun& data) {
  if (!InDisk(sector, data.remaining())) return kIoError;
  if (is_write && backend_->is_read_only()) return kIoError;
  buffer_.resize(kBufferBytes);
  uint64_t offset = sector * kSectorBytes;
  while (data.remaining() != 0) {
    const size_t n_bytes = std::min<uint64_t>(data.remaining(), buffer_.size());
    const std::span<uint8_t> part = std::span(buffer_).first(n_bytes);
    if (is_write) {
      data.Read(part);
      if (!backend_->Write(offset, part)) return kIoError;
    } else {
      if (!backend_->Read(offset, part)) return kIoError;
      data.Write(part);
    }
    offset += n_bytes;
  }
  // Without a write cache, what was written is on the medium when the request is done.
  if (is_write && !state_.write_cache && !backend_->Flush()) return kIoError;
  return kOk;
}

uint8_t VirtioBlock::Erase(SegmentRun& data, bool is_write_zeroes) {
  std::array<uint8_t, kEraseHeaderBytes> header;
  data.Read(header);
  const std::span<const uint8_t> fields = header;
  const uint64_t sector = LoadLittle<uint64_t>(fields);
  const uint64_t n_bytes = uint64_t{LoadLittle<uint32_t>(fields.subspan(8))} * kSectorBytes;
  const uint32_t flags = LoadLittle<uint32_t>(fields.subspan(12));
  constexpr uint32_t kUnmap = 1;
  if (!InDisk(sector, n_bytes)) return kIoError;
  if ((flags & ~kUnmap) != 0) return kUnsupported;
  if (!is_write_zeroes && (flags & kUnmap) != 0) return kUnsupported;
  if (backend_->is_read_only()) return kIoError;
  const uint64_t offset = sector * kSectorBytes;
  bool done =
      is_write_zeroes ? backend_->WriteZeroes(offset, n_bytes) : backend_->Discard(offset, n_bytes);
  if (done && is_write_zeroes && !state_.write_cache) done = backend_->Flush();
  return done ? kOk : kIoError;
}

uint8_t VirtioBlock::GetId(SegmentRun& data) {
  // With its terminator where there is room for one.
  const size_t n_bytes = std::min(serial_.size() + 1, kIdBytes);
  const auto* text = reinterpret_cast<const uint8_t*>(serial_.c_str());
  data.Write(std::span(text, n_bytes));
  return kOk;
}

}  // namespace lockstep::devices
