#include "emulator/trace/device_names.h"

#include <algorithm>
#include <iterator>
#include <span>

#include "emulator/machine/memory_map.h"

namespace lockstep::trace {
namespace {

namespace map = machine;

// From `offset` on, up to the next entry.
struct Part {
  uint64_t offset;
  std::string_view name;
};

std::string_view Find(std::span<const Part> parts, uint64_t offset) {
  const auto next = std::upper_bound(parts.begin(), parts.end(), offset,
                                     [](uint64_t at, const Part& p) { return at < p.offset; });
  return std::prev(next)->name;
}

// 16550A.
constexpr std::string_view kUartReads[] = {"rbr", "ier", "iir", "lcr", "mcr", "lsr", "msr", "scr"};
constexpr std::string_view kUartWrites[] = {"thr", "ier", "fcr", "lcr", "mcr", "lsr", "msr", "scr"};

// SiFive CLINT.
constexpr Part kClint[] = {{0, "msip"}, {0x4000, "mtimecmp"}, {0xbff8, "mtime"}};

// SiFive PLIC.
constexpr Part kPlic[] = {{0, "priority"}, {0x1000, "pending"}, {0x2000, "enable"}};
constexpr uint64_t kPlicContexts = 0x200000, kPlicContextStride = 0x1000;

// Goldfish RTC.
constexpr Part kRtc[] = {{0x00, "time_low"},     {0x04, "time_high"},       {0x08, "alarm_low"},
                         {0x0c, "alarm_high"},   {0x10, "irq_enabled"},     {0x14, "clear_alarm"},
                         {0x18, "alarm_status"}, {0x1c, "clear_interrupt"}, {0x20, "reserved"}};

// QEMU's fw_cfg, memory-mapped.
constexpr Part kFwCfg[] = {{0, "data"}, {8, "selector"}, {16, "dma"}};

// Virtio 1.2, table 4.1.
constexpr Part kVirtio[] = {{0x00, "magic"},
                            {0x04, "version"},
                            {0x08, "device_id"},
                            {0x0c, "vendor_id"},
                            {0x10, "device_features"},
                            {0x14, "device_features_sel"},
                            {0x18, "reserved"},
                            {0x20, "driver_features"},
                            {0x24, "driver_features_sel"},
                            {0x28, "reserved"},
                            {0x30, "queue_sel"},
                            {0x34, "queue_num_max"},
                            {0x38, "queue_num"},
                            {0x3c, "reserved"},
                            {0x44, "queue_ready"},
                            {0x48, "reserved"},
                            {0x50, "queue_notify"},
                            {0x54, "reserved"},
                            {0x60, "interrupt_status"},
                            {0x64, "interrupt_ack"},
                            {0x68, "reserved"},
                            {0x70, "status"},
                            {0x74, "reserved"},
                            {0x80, "queue_desc"},
                            {0x88, "reserved"},
                            {0x90, "queue_driver"},
                            {0x98, "reserved"},
                            {0xa0, "queue_device"},
                            {0xa8, "reserved"},
                            {0xb0, "shm_len"},
                            {0xb8, "reserved"},
                            {0xc0, "queue_reset"},
                            {0xc4, "reserved"},
                            {0xfc, "config_generation"},
                            {0x100, "config"}};
constexpr std::string_view kVirtioSlots[] = {"virtio0", "virtio1", "virtio2", "virtio3",
                                             "virtio4", "virtio5", "virtio6", "virtio7"};
static_assert(std::size(kVirtioSlots) == map::kVirtioSlots);

bool Holds(const map::Range& range, uint64_t pa) { return pa - range.base < range.size_bytes; }

}  // namespace

RegisterName NameRegister(uint64_t pa, bool is_write) {
  if (Holds(map::kUart, pa)) {
    const uint64_t number = std::min<uint64_t>(pa - map::kUart.base, 7);
    return {"uart", is_write ? kUartWrites[number] : kUartReads[number]};
  }
  if (Holds(map::kClint, pa)) return {"clint", Find(kClint, pa - map::kClint.base)};
  if (Holds(map::kPlic, pa)) {
    const uint64_t offset = pa - map::kPlic.base;
    if (offset < kPlicContexts) return {"plic", Find(kPlic, offset)};
    const uint64_t within = offset % kPlicContextStride;
    return {"plic", within < 4 ? "threshold" : is_write ? "complete" : "claim"};
  }
  if (Holds(map::kRtc, pa)) return {"rtc", Find(kRtc, pa - map::kRtc.base)};
  if (Holds(map::kFinisher, pa)) return {"finisher", "finish"};
  if (Holds(map::kFwCfg, pa)) return {"fw_cfg", Find(kFwCfg, pa - map::kFwCfg.base)};
  if (Holds(map::kFlash, pa)) return {"flash", "flash"};
  const uint64_t offset = pa - map::kVirtio.base;
  if (offset < map::kVirtio.size_bytes * map::kVirtioSlots) {
    return {kVirtioSlots[offset / map::kVirtio.size_bytes],
            Find(kVirtio, offset % map::kVirtio.size_bytes)};
  }
  return {"none", "none"};
}

}  // namespace lockstep::trace
