#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "emulator/base/check.h"
#include "emulator/isa/inst.h"

namespace lockstep::isa {
namespace {

// Volume I, chapter 25.
constexpr std::string_view kIntNames[32] = {"zero", "ra", "sp",  "gp",  "tp", "t0", "t1", "t2",
                                            "s0",   "s1", "a0",  "a1",  "a2", "a3", "a4", "a5",
                                            "a6",   "a7", "s2",  "s3",  "s4", "s5", "s6", "s7",
                                            "s8",   "s9", "s10", "s11", "t3", "t4", "t5", "t6"};
constexpr std::string_view kFloatNames[32] = {
    "ft0", "ft1", "ft2", "ft3", "ft4",  "ft5",  "ft6", "ft7", "fs0",  "fs1", "fa0",
    "fa1", "fa2", "fa3", "fa4", "fa5",  "fa6",  "fa7", "fs2", "fs3",  "fs4", "fs5",
    "fs6", "fs7", "fs8", "fs9", "fs10", "fs11", "ft8", "ft9", "ft10", "ft11"};

struct CsrEntry {
  uint16_t number = 0;
  std::string_view name;
};

// Volume I, table 24.3; Volume II, tables 2.2 to 2.6; the numbered families hpmcounter,
// mhpmcounter, mhpmevent, pmpcfg and pmpaddr are in kFamilies. Extensions that the base does not
// have are named too (hypervisor, AIA, Sstc, state enable, vector), since a guest may probe for
// them.
constexpr CsrEntry kCsrs[] = {
    // Unprivileged.
    {0x001, "fflags"},
    {0x002, "frm"},
    {0x003, "fcsr"},
    {0x008, "vstart"},
    {0x009, "vxsat"},
    {0x00a, "vxrm"},
    {0x00f, "vcsr"},
    {0x015, "seed"},
    // Supervisor.
    {0x100, "sstatus"},
    {0x104, "sie"},
    {0x105, "stvec"},
    {0x106, "scounteren"},
    {0x10a, "senvcfg"},
    {0x10c, "sstateen0"},
    {0x10d, "sstateen1"},
    {0x10e, "sstateen2"},
    {0x10f, "sstateen3"},
    {0x114, "sieh"},
    {0x140, "sscratch"},
    {0x141, "sepc"},
    {0x142, "scause"},
    {0x143, "stval"},
    {0x144, "sip"},
    {0x14d, "stimecmp"},
    {0x150, "siselect"},
    {0x151, "sireg"},
    {0x154, "siph"},
    {0x15c, "stopei"},
    {0x15d, "stimecmph"},
    {0x180, "satp"},
    // Virtual supervisor.
    {0x200, "vsstatus"},
    {0x204, "vsie"},
    {0x205, "vstvec"},
    {0x214, "vsieh"},
    {0x240, "vsscratch"},
    {0x241, "vsepc"},
    {0x242, "vscause"},
    {0x243, "vstval"},
    {0x244, "vsip"},
    {0x24d, "vstimecmp"},
    {0x250, "vsiselect"},
    {0x251, "vsireg"},
    {0x254, "vsiph"},
    {0x25c, "vstopei"},
    {0x25d, "vstimecmph"},
    {0x280, "vsatp"},
    // Machine.
    {0x300, "mstatus"},
    {0x301, "misa"},
    {0x302, "medeleg"},
    {0x303, "mideleg"},
    {0x304, "mie"},
    {0x305, "mtvec"},
    {0x306, "mcounteren"},
    {0x308, "mvien"},
    {0x309, "mvip"},
    {0x30a, "menvcfg"},
    {0x30c, "mstateen0"},
    {0x30d, "mstateen1"},
    {0x30e, "mstateen2"},
    {0x30f, "mstateen3"},
    {0x310, "mstatush"},
    {0x313, "midelegh"},
    {0x314, "mieh"},
    {0x318, "mvienh"},
    {0x319, "mviph"},
    {0x31a, "menvcfgh"},
    {0x31c, "mstateen0h"},
    {0x31d, "mstateen1h"},
    {0x31e, "mstateen2h"},
    {0x31f, "mstateen3h"},
    {0x320, "mcountinhibit"},
    {0x340, "mscratch"},
    {0x341, "mepc"},
    {0x342, "mcause"},
    {0x343, "mtval"},
    {0x344, "mip"},
    {0x34a, "mtinst"},
    {0x34b, "mtval2"},
    {0x350, "miselect"},
    {0x351, "mireg"},
    {0x354, "miph"},
    {0x35c, "mtopei"},
    {0x5a8, "scontext"},
    // Hypervisor.
    {0x600, "hstatus"},
    {0x602, "hedeleg"},
    {0x603, "hideleg"},
    {0x604, "hie"},
    {0x605, "htimedelta"},
    {0x606, "hcounteren"},
    {0x607, "hgeie"},
    {0x608, "hvien"},
    {0x609, "hvictl"},
    {0x60a, "henvcfg"},
    {0x60c, "hstateen0"},
    {0x60d, "hstateen1"},
    {0x60e, "hstateen2"},
    {0x60f, "hstateen3"},
    {0x613, "hidelegh"},
    {0x615, "htimedeltah"},
    {0x618, "hvienh"},
    {0x61a, "henvcfgh"},
    {0x61c, "hstateen0h"},
    {0x61d, "hstateen1h"},
    {0x61e, "hstateen2h"},
    {0x61f, "hstateen3h"},
    {0x643, "htval"},
    {0x644, "hip"},
    {0x645, "hvip"},
    {0x646, "hviprio1"},
    {0x647, "hviprio2"},
    {0x64a, "htinst"},
    {0x655, "hviph"},
    {0x656, "hviprio1h"},
    {0x657, "hviprio2h"},
    {0x680, "hgatp"},
    {0x6a8, "hcontext"},
    // Machine security configuration, triggers, debug mode.
    {0x747, "mseccfg"},
    {0x757, "mseccfgh"},
    {0x7a0, "tselect"},
    {0x7a1, "tdata1"},
    {0x7a2, "tdata2"},
    {0x7a3, "tdata3"},
    {0x7a4, "tinfo"},
    {0x7a5, "tcontrol"},
    {0x7a8, "mcontext"},
    {0x7aa, "mscontext"},
    {0x7b0, "dcsr"},
    {0x7b1, "dpc"},
    {0x7b2, "dscratch0"},
    {0x7b3, "dscratch1"},
    // Counters.
    {0xb00, "mcycle"},
    {0xb02, "minstret"},
    {0xb80, "mcycleh"},
    {0xb82, "minstreth"},
    {0xc00, "cycle"},
    {0xc01, "time"},
    {0xc02, "instret"},
    {0xc20, "vl"},
    {0xc21, "vtype"},
    {0xc22, "vlenb"},
    {0xc80, "cycleh"},
    {0xc81, "timeh"},
    {0xc82, "instreth"},
    {0xda0, "scountovf"},
    {0xdb0, "stopi"},
    // Read-only.
    {0xe12, "hgeip"},
    {0xeb0, "vstopi"},
    {0xf11, "mvendorid"},
    {0xf12, "marchid"},
    {0xf13, "mimpid"},
    {0xf14, "mhartid"},
    {0xf15, "mconfigptr"},
    {0xfb0, "mtopi"},
};

// CSRs `first` and following are `prefix` + n + `suffix` for n from `from` to `to`.
struct CsrFamily {
  uint16_t first;
  std::string_view prefix;
  int from;
  int to;
  std::string_view suffix;
};

constexpr CsrFamily kFamilies[] = {
    {0x323, "mhpmevent", 3, 31, ""},   {0x723, "mhpmevent", 3, 31, "h"},
    {0x3a0, "pmpcfg", 0, 15, ""},      {0x3b0, "pmpaddr", 0, 63, ""},
    {0xb03, "mhpmcounter", 3, 31, ""}, {0xb83, "mhpmcounter", 3, 31, "h"},
    {0xc03, "hpmcounter", 3, 31, ""},  {0xc83, "hpmcounter", 3, 31, "h"},
};

constexpr size_t kMaxNameLength = 15;

struct Name {
  std::array<char, kMaxNameLength> text{};
  uint8_t length = 0;

  constexpr void Append(std::string_view s) {
    for (char ch : s) text[length++] = ch;
  }
  constexpr void AppendNumber(int n) {
    if (n >= 10) text[length++] = static_cast<char>('0' + n / 10);
    text[length++] = static_cast<char>('0' + n % 10);
  }
};

constexpr std::array<Name, 4096> kCsrNames = [] {
  std::array<Name, 4096> names{};
  for (const CsrEntry& csr : kCsrs) names[csr.number].Append(csr.name);
  for (const CsrFamily& family : kFamilies) {
    for (int n = family.from; n <= family.to; ++n) {
      Name& name = names[family.first + n - family.from];
      name.Append(family.prefix);
      name.AppendNumber(n);
      name.Append(family.suffix);
    }
  }
  return names;
}();

}  // namespace

std::string_view IntRegisterName(int number) {
  LOCKSTEP_CHECK(number >= 0 && number < 32) << number;
  return kIntNames[number];
}

std::string_view FloatRegisterName(int number) {
  LOCKSTEP_CHECK(number >= 0 && number < 32) << number;
  return kFloatNames[number];
}

std::string_view CsrName(uint16_t csr) {
  if (csr >= kCsrNames.size()) return {};
  return {kCsrNames[csr].text.data(), kCsrNames[csr].length};
}

}  // namespace lockstep::isa
