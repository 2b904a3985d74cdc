#include "emulator/machine/device_tree.h"

#include <libfdt.h>

#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "emulator/base/check.h"
#include "emulator/machine/memory_map.h"

namespace lockstep::machine {
namespace {

using std::literals::string_view_literals::operator""sv;

constexpr size_t kTreeBytes = 64 << 10;
constexpr size_t kPatchBytes = 16 << 10;

// Interrupt numbers at a hart's local controller.
constexpr uint32_t kHartSoftware = 3, kHartTimer = 7, kHartSupervisorExternal = 9,
                   kHartExternal = 11;

// Writes a tree from beginning to end. Fails only by a bug: the buffer is large enough for any
// number of harts.
class Writer {
 public:
  Writer() : buffer_(kTreeBytes) {
    Check(fdt_create(buffer_.data(), static_cast<int>(buffer_.size())));
    Check(fdt_finish_reservemap(buffer_.data()));
  }
  void Begin(const std::string& name) { Check(fdt_begin_node(buffer_.data(), name.c_str())); }
  void End() { Check(fdt_end_node(buffer_.data())); }
  void Flag(const char* name) { Check(fdt_property(buffer_.data(), name, nullptr, 0)); }
  void Cells(const char* name, const std::vector<uint32_t>& cells) {
    std::vector<uint8_t> bytes;
    for (uint32_t cell : cells) {
      for (int shift = 24; shift >= 0; shift -= 8) {
        bytes.push_back(static_cast<uint8_t>(cell >> shift));
      }
    }
    Check(fdt_property(buffer_.data(), name, bytes.data(), static_cast<int>(bytes.size())));
  }
  // Several strings are separated by a NUL.
  void String(const char* name, std::string_view value) {
    std::string bytes(value);
    Check(fdt_property(buffer_.data(), name, bytes.c_str(), static_cast<int>(bytes.size()) + 1));
  }
  void Reg(const std::vector<Range>& ranges) {
    std::vector<uint32_t> cells;
    for (const Range& range : ranges) {
      for (uint64_t value : {range.base, range.size_bytes}) {
        cells.push_back(static_cast<uint32_t>(value >> 32));
        cells.push_back(static_cast<uint32_t>(value));
      }
    }
    Cells("reg", cells);
  }
  std::vector<uint8_t> Finish() {
    Check(fdt_finish(buffer_.data()));
    buffer_.resize(fdt_totalsize(buffer_.data()));
    return std::move(buffer_);
  }

 private:
  static void Check(int result) { LOCKSTEP_CHECK(result == 0) << fdt_strerror(result); }
  std::vector<uint8_t> buffer_;
};

// Phandles: each hart's cpu node and controller, then the PLIC and the finisher.
class Phandles {
 public:
  explicit Phandles(unsigned harts) : harts_(harts) {}
  uint32_t cpu(unsigned hart) const { return 1 + 2 * (harts_ - 1 - hart); }
  uint32_t controller(unsigned hart) const { return cpu(hart) + 1; }
  uint32_t plic() const { return 2 * harts_ + 1; }
  uint32_t finisher() const { return plic() + 1; }
  unsigned harts() const { return harts_; }

 private:
  unsigned harts_;
};

std::string At(std::string_view name, uint64_t base) {
  return absl::StrFormat("%s@%x", name, base);
}

void WriteCpus(Writer& tree, const Phandles& handles, const DeviceTreeConfig& config) {
  tree.Begin("cpus");
  tree.Cells("#address-cells", {1});
  tree.Cells("#size-cells", {0});
  tree.Cells("timebase-frequency", {static_cast<uint32_t>(kTimebaseHz)});
  for (unsigned hart = 0; hart < handles.harts(); ++hart) {
    tree.Begin(At("cpu", hart));
    tree.Cells("phandle", {handles.cpu(hart)});
    tree.String("device_type", "cpu");
    tree.Cells("reg", {hart});
    tree.String("status", "okay");
    tree.String("compatible", "riscv");
    tree.String("riscv,isa", isa::IsaString(config.extensions));
    tree.String("mmu-type", config.has_mmu ? "riscv,sv48" : "riscv,none");
    tree.Begin("interrupt-controller");
    tree.Cells("#interrupt-cells", {1});
    tree.Flag("interrupt-controller");
    tree.String("compatible", "riscv,cpu-intc");
    tree.Cells("phandle", {handles.controller(hart)});
    tree.End();
    tree.End();
  }
  tree.Begin("cpu-map");
  tree.Begin("cluster0");
  for (unsigned hart = 0; hart < handles.harts(); ++hart) {
    tree.Begin(absl::StrCat("core", hart));
    tree.Cells("cpu", {handles.cpu(hart)});
    tree.End();
  }
  tree.End();
  tree.End();
  tree.End();
}

// Pairs of interrupts of every hart, for `interrupts-extended`.
std::vector<uint32_t> HartInterrupts(const Phandles& handles, uint32_t first, uint32_t second) {
  std::vector<uint32_t> cells;
  for (unsigned hart = 0; hart < handles.harts(); ++hart) {
    cells.insert(cells.end(), {handles.controller(hart), first, handles.controller(hart), second});
  }
  return cells;
}

void WriteInterruptControllers(Writer& tree, const Phandles& handles) {
  tree.Begin(At("plic", kPlic.base));
  tree.Cells("phandle", {handles.plic()});
  tree.Cells("riscv,ndev", {96});
  tree.Reg({kPlic});
  tree.Cells("interrupts-extended",
             HartInterrupts(handles, kHartExternal, kHartSupervisorExternal));
  tree.Flag("interrupt-controller");
  tree.String("compatible", "sifive,plic-1.0.0\0riscv,plic0"sv);
  tree.Cells("#address-cells", {0});
  tree.Cells("#interrupt-cells", {1});
  tree.End();

  tree.Begin(At("clint", kClint.base));
  tree.Cells("interrupts-extended", HartInterrupts(handles, kHartSoftware, kHartTimer));
  tree.Reg({kClint});
  tree.String("compatible", "sifive,clint0\0riscv,clint0"sv);
  tree.End();
}

void WriteWithInterrupt(Writer& tree, const Phandles& handles, std::string_view name, Range range,
                        uint32_t irq, std::string_view compatible, uint32_t clock_hz = 0) {
  tree.Begin(At(name, range.base));
  tree.Cells("interrupts", {irq});
  tree.Cells("interrupt-parent", {handles.plic()});
  if (clock_hz != 0) tree.Cells("clock-frequency", {clock_hz});
  tree.Reg({range});
  tree.String("compatible", compatible);
  tree.End();
}

void WriteSoc(Writer& tree, const Phandles& handles) {
  tree.Begin("soc");
  tree.Cells("#address-cells", {2});
  tree.Cells("#size-cells", {2});
  tree.String("compatible", "simple-bus");
  tree.Flag("ranges");
  WriteWithInterrupt(tree, handles, "rtc", kRtc, kRtcIrq, "google,goldfish-rtc");
  WriteWithInterrupt(tree, handles, "serial", kUart, kUartIrq, "ns16550a", 3686400);
  tree.Begin(At("test", kFinisher.base));
  tree.Cells("phandle", {handles.finisher()});
  tree.Reg({kFinisher});
  tree.String("compatible", "sifive,test1\0sifive,test0\0syscon"sv);
  tree.End();
  for (unsigned slot = kVirtioSlots; slot-- > 0;) {
    Range range = {kVirtio.base + slot * kVirtio.size_bytes, kVirtio.size_bytes};
    WriteWithInterrupt(tree, handles, "virtio_mmio", range, kVirtioFirstIrq + slot, "virtio,mmio");
  }
  WriteInterruptControllers(tree, handles);
  tree.End();
}

// A syscon register that ends (0x5555) or resets (0x7777) the machine.
void WriteSyscon(Writer& tree, const Phandles& handles, const std::string& name, uint32_t value) {
  tree.Begin(name);
  tree.Cells("value", {value});
  tree.Cells("offset", {0});
  tree.Cells("regmap", {handles.finisher()});
  tree.String("compatible", absl::StrCat("syscon-", name));
  tree.End();
}

void WritePlatform(Writer& tree, const Phandles& handles) {
  // Event to counter map of the SBI PMU extension: cycles, instructions, TLB misses; ends with one
  // empty entry, as the reference has it.
  tree.Begin("pmu");
  tree.Cells(
      "riscv,event-to-mhpmcounters",
      {0x1,     0x1,     0x7fff9, 0x2,     0x2,     0x7fffc, 0x10019, 0x10019, 0x7fff8, 0x1001b,
       0x1001b, 0x7fff8, 0x10021, 0x10021, 0x7fff8, 0,       0,       0,       0,       0});
  tree.String("compatible", "riscv,pmu");
  tree.End();
  tree.Begin(At("fw-cfg", kFwCfg.base));
  tree.Flag("dma-coherent");
  tree.Reg({kFwCfg});
  tree.String("compatible", "qemu,fw-cfg-mmio");
  tree.End();
  tree.Begin(At("flash", kFlash.base));
  tree.Cells("bank-width", {4});
  uint64_t bank_bytes = kFlash.size_bytes / 2;
  tree.Reg({{kFlash.base, bank_bytes}, {kFlash.base + bank_bytes, bank_bytes}});
  tree.String("compatible", "cfi-flash");
  tree.End();
  tree.Begin("chosen");
  tree.String("stdout-path", "/soc/" + At("serial", kUart.base));
  tree.End();
  WriteSyscon(tree, handles, "poweroff", 0x5555);
  WriteSyscon(tree, handles, "reboot", 0x7777);
  tree.Begin(At("platform-bus", kPlatformBus.base));
  tree.Cells("interrupt-parent", {handles.plic()});
  tree.Cells("ranges", {0, 0, static_cast<uint32_t>(kPlatformBus.base),
                        static_cast<uint32_t>(kPlatformBus.size_bytes)});
  tree.Cells("#address-cells", {1});
  tree.Cells("#size-cells", {1});
  tree.String("compatible", "qemu,platform\0simple-bus"sv);
  tree.End();
}

}  // namespace

std::array<uint8_t, 32> RngSeed(uint64_t seed) {
  std::array<uint8_t, 32> bytes;
  uint64_t state = seed;
  for (size_t word = 0; word < bytes.size() / 8; ++word) {
    state += 0x9e3779b97f4a7c15;
    uint64_t z = state;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    z ^= z >> 31;
    for (size_t i = 0; i < 8; ++i) bytes[word * 8 + i] = static_cast<uint8_t>(z >> (8 * i));
  }
  return bytes;
}

std::vector<uint8_t> GenerateDeviceTree(const DeviceTreeConfig& config) {
  Phandles handles(config.harts);
  Writer tree;
  tree.Begin("");
  tree.Cells("#address-cells", {2});
  tree.Cells("#size-cells", {2});
  tree.String("compatible", "riscv-virtio");
  tree.String("model", "riscv-virtio,qemu");
  WritePlatform(tree, handles);
  tree.Begin(At("memory", kRamBase));
  tree.String("device_type", "memory");
  tree.Reg({{kRamBase, config.ram_bytes}});
  tree.End();
  WriteCpus(tree, handles, config);
  WriteSoc(tree, handles);
  tree.End();
  return tree.Finish();
}

absl::Status CheckDeviceTree(std::span<const uint8_t> tree) {
  int result = tree.size() < sizeof(fdt_header) ? -FDT_ERR_TRUNCATED
                                                : fdt_check_full(tree.data(), tree.size());
  if (result == 0) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("not a valid device tree blob (", fdt_strerror(result), "); make one with dtc"));
}

absl::StatusOr<std::vector<uint8_t>> PatchDeviceTree(std::span<const uint8_t> tree,
                                                     const BootProperties& boot) {
  std::vector<uint8_t> out(tree.size() + kPatchBytes + boot.bootargs.size());
  void* fdt = out.data();
  int result = fdt_open_into(tree.data(), fdt, static_cast<int>(out.size()));
  int chosen = 0;
  if (result == 0) {
    chosen = fdt_path_offset(fdt, "/chosen");
    if (chosen == -FDT_ERR_NOTFOUND) chosen = fdt_add_subnode(fdt, 0, "chosen");
    if (chosen < 0) result = chosen;
  }
  if (result == 0 && !boot.bootargs.empty()) {
    result = fdt_setprop_string(fdt, chosen, "bootargs", boot.bootargs.c_str());
  }
  if (result == 0 && boot.initrd.has_value()) {
    result = fdt_setprop_u32(fdt, chosen, "linux,initrd-start",
                             static_cast<uint32_t>(boot.initrd->start));
    if (result == 0) {
      result =
          fdt_setprop_u32(fdt, chosen, "linux,initrd-end", static_cast<uint32_t>(boot.initrd->end));
    }
  }
  if (result == 0) {
    result = fdt_setprop(fdt, chosen, "rng-seed", boot.rng_seed.data(),
                         static_cast<int>(boot.rng_seed.size()));
  }
  if (result == 0) result = fdt_pack(fdt);
  if (result != 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("cannot patch the device tree (", fdt_strerror(result), ")"));
  }
  out.resize(fdt_totalsize(fdt));
  return out;
}

}  // namespace lockstep::machine
