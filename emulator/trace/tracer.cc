#include "emulator/trace/tracer.h"

#include <charconv>
#include <cstring>
#include <string_view>
#include <utility>

#include "emulator/isa/inst.h"
#include "emulator/trace/device_names.h"
#include "emulator/trace/words.h"

namespace lockstep::trace {
namespace {

using observe::EventKind;

// Where events have their fields (plugins/sdk/lockstep_producer.h).
enum FillField {
  kFillVa,
  kFillPa,
  kFillBytes,
  kFillAccess,
  kFillAsid,
  kFillMode,
  kFillPermissions,
  kFillPrivilege
};
enum FlushField { kFlushVa, kFlushAsid, kFlushScope };
enum MmioField { kMmioPa, kMmioValue, kMmioBytes, kMmioIsWrite };
enum TrapField { kTrapCause, kTrapEpc, kTrapTval, kTrapFrom, kTrapTo, kTrapPc };

constexpr uint64_t kWrite = 2, kDirty = 0x80, kAllProtection = 7;  // of permissions
constexpr uint64_t kPageOffset = 4095;
constexpr uint64_t kBare = 0;

// Parts of LOCKSTEP_SPACE.
uint64_t PrivilegeOf(uint64_t space) { return space & 0xff; }
uint64_t ModeOf(uint64_t space) { return space >> 8 & 0xff; }
uint64_t AsidOf(uint64_t space) { return space >> 16 & 0xffff; }

void AddNumber(std::string* text, uint64_t value, int base, size_t width) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof(digits), value, base).ptr;
  const size_t size = static_cast<size_t>(end - digits);
  if (size < width) text->append(width - size, '0');
  text->append(digits, size);
}
void AddDec(std::string* text, std::string_view label, uint64_t value) {
  *text += label;
  AddNumber(text, value, 10, 0);
}
void AddHex(std::string* text, std::string_view label, uint64_t value) {
  *text += label;
  *text += "0x";
  AddNumber(text, value, 16, 0);
}
// Without 0x, with leading zeros.
void AddHexDigits(std::string* text, std::string_view label, uint64_t value, size_t width = 16) {
  *text += label;
  AddNumber(text, value, 16, width);
}
void AddWord(std::string* text, std::string_view label, std::string_view word) {
  *text += label;
  *text += word;
}

}  // namespace

Tracer::Tracer(const Spec& spec, image::SymbolTable symbols, LogFile* log)
    : spec_(spec), symbols_(std::move(symbols)), log_(*log) {}

std::string& Tracer::Begin(std::string_view kind, uint32_t hart, uint64_t icount) {
  std::string& text = log_.text();
  AddDec(&text, kind, hart);
  AddDec(&text, " icount=", icount);
  return text;
}

void Tracer::End() {
  log_.text() += '\n';
  log_.Written();
}

void Tracer::Event(uint32_t hart, EventKind kind, uint64_t icount,
                   std::span<const uint64_t> fields) {
  if (!spec_.icount.Contains(icount)) return;
  switch (kind) {
    case EventKind::kTlbFill:
      Fill(hart, icount, fields);
      break;
    case EventKind::kTlbFlush:
      Flush(hart, icount, fields);
      break;
    case EventKind::kMmio:
      Mmio(hart, icount, fields);
      break;
    case EventKind::kException:
    case EventKind::kInterrupt:
      Trap(hart, icount, kind == EventKind::kInterrupt, fields);
      break;
    case EventKind::kReset:
      Reset(hart, icount, fields);
      break;
    case EventKind::kInput:
      break;
  }
}

void Tracer::Fill(uint32_t hart, uint64_t icount, std::span<const uint64_t> f) {
  if (!spec_.tlb && !spec_.log_mmu) return;
  const uint64_t va = f[kFillVa], pa = f[kFillPa];
  if (!spec_.address.Overlaps(va, va | kPageOffset) &&
      !spec_.address.Overlaps(pa, pa | kPageOffset)) {
    return;
  }
  const uint64_t permissions = f[kFillPermissions];
  if (spec_.log_mmu) {
    std::string& text = log_.text();
    AddHexDigits(&text, "riscv_cpu_tlb_fill address=", va, 0);
    AddHexDigits(&text, " ret 0 physical ", pa);
    const bool may_write = f[kFillMode] == kBare || (permissions & kDirty) != 0;
    AddDec(&text, " prot ", permissions & (may_write ? kAllProtection : kAllProtection & ~kWrite));
    AddDec(&text, " rw ", f[kFillAccess]);
    AddDec(&text, " mmu_idx ", f[kFillPrivilege]);
    AddDec(&text, " hart:", hart);
    End();
  }
  if (!spec_.tlb) return;
  std::string& text = Begin("tlb hart=", hart, icount);
  AddWord(&text, " fill access=", AccessName(f[kFillAccess]));
  AddHex(&text, " va=", va);
  AddHex(&text, " pa=", pa);
  AddWord(&text, " size=", f[kFillMode] == kBare ? "4K" : PageName(f[kFillBytes]));
  AddWord(&text, " perm=", PermissionName(permissions));
  AddWord(&text, " priv=", PrivilegeName(f[kFillPrivilege]));
  AddWord(&text, " mode=", PagingName(f[kFillMode]));
  AddDec(&text, " asid=", f[kFillAsid]);
  End();
}

void Tracer::Flush(uint32_t hart, uint64_t icount, std::span<const uint64_t> f) {
  if (!spec_.tlb) return;
  // One that is not of an address is of all.
  const bool has_address = f[kFlushScope] == 1 || f[kFlushScope] == 3;
  const uint64_t va = f[kFlushVa];
  if (has_address && !spec_.address.Overlaps(va & ~kPageOffset, va | kPageOffset)) return;
  std::string& text = Begin("tlb hart=", hart, icount);
  AddWord(&text, " flush scope=", FlushName(f[kFlushScope]));
  AddHex(&text, " va=", va);
  AddDec(&text, " asid=", f[kFlushAsid]);
  End();
}

void Tracer::Mmio(uint32_t hart, uint64_t icount, std::span<const uint64_t> f) {
  if (!spec_.mmio) return;
  const uint64_t pa = f[kMmioPa];
  if (!spec_.address.Overlaps(pa, pa + f[kMmioBytes] - 1)) return;
  const bool is_write = f[kMmioIsWrite] != 0;
  std::string& text = Begin("mmio hart=", hart, icount);
  AddHex(&text, is_write ? " write pa=" : " read pa=", pa);
  AddDec(&text, " size=", f[kMmioBytes]);
  AddHex(&text, " value=", f[kMmioValue]);
  const RegisterName name = NameRegister(pa, is_write);
  AddWord(&text, " reg=", name.device);
  AddWord(&text, ".", name.reg);
  End();
}

void Tracer::Trap(uint32_t hart, uint64_t icount, bool is_interrupt, std::span<const uint64_t> f) {
  const uint64_t cause = f[kTrapCause], epc = f[kTrapEpc], tval = f[kTrapTval];
  const bool has_address = !is_interrupt && AccessOfCause(cause) >= 0;
  if (!spec_.address.Contains(epc) && !(has_address && spec_.address.Contains(tval))) return;
  const bool is_page_fault = !is_interrupt && cause >= 12;
  if (spec_.log_mmu && is_page_fault) {
    std::string& text = log_.text();
    AddHexDigits(&text, "riscv_cpu_tlb_fill address=", tval, 0);
    AddHexDigits(&text, " ret 1 physical ", 0);
    AddDec(&text, " prot 0 rw ", static_cast<uint64_t>(AccessOfCause(cause)));
    AddDec(&text, " mmu_idx ", f[kTrapFrom]);
    AddDec(&text, " hart:", hart);
    End();
  }
  const std::string_view name = CauseName(is_interrupt, cause);
  if (spec_.log_int) {
    std::string& text = log_.text();
    AddDec(&text, "riscv_cpu_do_interrupt: hart:", hart);
    AddDec(&text, ", async:", is_interrupt);
    AddHexDigits(&text, ", cause:", cause);
    AddHexDigits(&text, ", epc:0x", epc);
    AddHexDigits(&text, ", tval:0x", tval);
    AddWord(&text, ", desc=", name);
    End();
  }
  if (!spec_.trap) return;
  std::string& text = Begin("trap hart=", hart, icount);
  AddDec(&text, is_interrupt ? " interrupt cause=" : " exception cause=", cause);
  AddWord(&text, " ", name);
  AddHex(&text, " epc=", epc);
  AddHex(&text, " tval=", tval);
  AddWord(&text, " from=", PrivilegeName(f[kTrapFrom]));
  AddWord(&text, " to=", PrivilegeName(f[kTrapTo]));
  AddHex(&text, " handler=", f[kTrapPc]);
  End();
}

void Tracer::Reset(uint32_t hart, uint64_t icount, std::span<const uint64_t> f) {
  if (!spec_.trap || !spec_.address.Contains(f[0])) return;
  AddHex(&Begin("trap hart=", hart, icount), " reset pc=", f[0]);
  End();
}

void Tracer::BlockTranslated(uint32_t hart, const observe::BlockView& view) {
  if (harts_.size() <= hart) harts_.resize(hart + 1);
  Hart& of = harts_[hart];
  if (of.blocks.size() <= view.id) of.blocks.resize(view.id + 1);
  of.blocks[view.id] = {view.pc, view.space, static_cast<uint32_t>(view.offsets.size()),
                        static_cast<uint32_t>(view.code.size())};
  if (!spec_.log_in_asm) return;
  of.has_new = true;
  of.new_offsets.assign(view.offsets.begin(), view.offsets.end());
  of.new_code.assign(view.code.begin(), view.code.end());
}

void Tracer::BlockEntered(uint32_t hart, uint32_t id, uint64_t icount, const observe::Digests&) {
  Hart& of = harts_[hart];
  const bool is_new = std::exchange(of.has_new, false);
  if (!spec_.icount.Contains(icount)) return;
  const Block& block = of.blocks[id];
  if (!spec_.address.Overlaps(block.pc, block.last_byte())) return;
  if (is_new) LogCode(hart, block);
  if (spec_.log_exec) LogEntry(hart, icount, block);
  if (spec_.block) TraceEntry(hart, icount, block);
}

void Tracer::LogCode(uint32_t hart, const Block& block) {
  const Hart& of = harts_[hart];
  std::string& text = log_.text();
  AddWord(&text, "----------------\nIN: ", symbols_.Name(block.pc));
  AddDec(&text, "\nPriv: ", PrivilegeOf(block.space));
  AddDec(&text, "; Virt: 0; hart: ", hart);
  text += '\n';
  for (size_t i = 0; i < of.new_offsets.size(); ++i) {
    const size_t begin = of.new_offsets[i];
    const size_t end = i + 1 < of.new_offsets.size() ? of.new_offsets[i + 1] : of.new_code.size();
    uint32_t word = 0;
    std::memcpy(&word, &of.new_code[begin], end - begin);
    const uint64_t pc = block.pc + begin;
    AddHexDigits(&text, "0x", pc);
    const size_t digits = 2 * (end - begin);
    AddHexDigits(&text, ":  ", word, digits);
    text.append(18 - digits, ' ');
    text += isa::Disassemble(isa::Decode(word), pc);
    text += '\n';
  }
  End();
}

void Tracer::LogEntry(uint32_t hart, uint64_t icount, const Block& block) {
  std::string& text = log_.text();
  AddDec(&text, "Trace ", hart);
  AddHex(&text, ": ", icount);
  AddHexDigits(&text, " [", 0);
  AddHexDigits(&text, "/", block.pc);
  AddHexDigits(&text, "/", block.space, 8);
  AddHexDigits(&text, "/", block.n_insns, 8);
  AddWord(&text, "] ", symbols_.Name(block.pc));
  End();
}

void Tracer::TraceEntry(uint32_t hart, uint64_t icount, const Block& block) {
  std::string& text = Begin("block hart=", hart, icount);
  AddHex(&text, " pc=", block.pc);
  AddDec(&text, " insns=", block.n_insns);
  AddWord(&text, " priv=", PrivilegeName(PrivilegeOf(block.space)));
  AddWord(&text, " mode=", PagingName(ModeOf(block.space)));
  AddDec(&text, " asid=", AsidOf(block.space));
  if (!symbols_.empty()) {
    const std::string name = symbols_.Name(block.pc);
    if (!name.empty()) AddWord(&text, " sym=", name);
  }
  End();
}

}  // namespace lockstep::trace
