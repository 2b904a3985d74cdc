// Guest memory: the TLB's compare, the access, and the digest of a store.

#include <bit>
#include <cstddef>

#include "emulator/jit/x64/emitter.h"

namespace lockstep::jit::x64 {

namespace x86 = asmjit::x86;
using asmjit::imm;
using ir::Inst;
using ir::Ref;
namespace Id = x86::Inst;

namespace {

x86::Gp Temp(int reg) { return x86::gpq(static_cast<uint32_t>(reg)); }

}  // namespace

// One compare of page and flags: it misses on another page, on any flag of the entry, and where the
// last byte lies in the next page.
Emitter::Address Emitter::Check(const Inst& inst, bool is_store) {
  const Ref base_value = inst.args[0];
  const Gp base = InGp(base_value);
  const int32_t offset = static_cast<int32_t>(inst.imm);
  Address address;
  address.va = base;
  if (offset != 0 || (is_store && options_.digest)) {
    address.va = Temp(TakeGp());
    a_.lea(address.va, x86::ptr(base, offset));
    // The base may make room.
    if (IsTemp(static_cast<int>(base.id()))) gps_[base.id()].locked = false;
  }
  address.entry = Temp(TakeGp());
  address.host = Temp(TakeGp());
  const Gp entry = address.entry, tag = address.host;
  a_.rorx(entry, address.va, kPageShift - kTlbEntryShift);
  a_.and_(entry.r32(), State(layout_.tlb_mask, 4));
  a_.add(entry, State(is_store ? layout_.store_tlb : layout_.load_tlb, 8));
  const int32_t last = HasFault(faults::Fault::kJitPageCross) ? 0 : inst.bytes - 1;
  a_.lea(tag, x86::ptr(address.va, last));
  a_.and_(tag, -(1 << kPageShift));
  a_.cmp(tag, x86::qword_ptr(entry, kTlbTag));
  a_.jne(SlowPath());
  a_.mov(address.host, x86::qword_ptr(entry, kTlbAddend));
  return address;
}

void Emitter::EmitLoad(const Inst& inst) {
  const Address address = Check(inst, /*is_store=*/false);
  gps_[address.entry.id()].locked = false;
  const x86::Mem from(address.va, address.host, 0, 0, inst.bytes);
  const Gp d = Define();
  switch (inst.bytes) {
    case 8:
      a_.mov(d, from);
      break;
    case 4:
      if (inst.is_signed) {
        a_.movsxd(d, from);
      } else {
        a_.mov(d.r32(), from);
      }
      break;
    default:
      if (inst.is_signed) {
        a_.movsx(d, from);
      } else {
        a_.movzx(d.r32(), from);
      }
      break;
  }
}

void Emitter::EmitLoadF(const Inst& inst) {
  const Address address = Check(inst, /*is_store=*/false);
  const x86::Mem from(address.va, address.host, 0, 0, inst.bytes);
  const Xmm d = DefineXmm();
  if (inst.bytes == 8) {
    a_.vmovsd(d, from);
  } else {
    a_.vmovss(d, from);
    a_.vorpd(d, d, Mask(offsetof(FloatMasks, box)));
  }
}

// Stores what `value` says, a register or a constant of the right size, to the checked address.
void Emitter::EmitStore(const Inst& inst) {
  const Address address = Check(inst, /*is_store=*/true);
  const Ref v = inst.args[1];
  if (options_.digest) {
    // The address becomes the physical one, the entry's register the value's. The temporaries are
    // all taken: what is in a register is pinned.
    const int pin = PinnedHome(values_[v]);
    if (pin >= 0) {
      StoreGp(x86::Mem(address.va, address.host, 0, 0, inst.bytes), Temp(pin), inst.bytes);
    } else {
      a_.add(address.host, address.va);
    }
    a_.and_(address.va.r32(), (1 << kPageShift) - 1);
    a_.or_(address.va, x86::qword_ptr(address.entry, kTlbPagePa));
    if (pin < 0) {
      LoadInto(address.entry, v);
      StoreGp(x86::Mem(address.host, 0, inst.bytes), address.entry, inst.bytes);
    }
    DigestStore(inst.bytes, pin >= 0 ? Temp(pin) : address.entry, address);
    return;
  }
  const x86::Mem to(address.va, address.host, 0, 0, inst.bytes);
  const int64_t value = IsConst(v) ? static_cast<int64_t>(ConstOf(v)) : 0;
  if (IsConst(v) && (inst.bytes < 8 || value == static_cast<int32_t>(value))) {
    const int32_t narrow = static_cast<int32_t>(value);
    a_.mov(to, inst.bytes == 1   ? imm(static_cast<int8_t>(narrow))
               : inst.bytes == 2 ? imm(static_cast<int16_t>(narrow))
                                 : imm(narrow));
    return;
  }
  const int reg = values_[v].reg >= 0 ? values_[v].reg : PinnedHome(values_[v]);
  if (reg >= 0) {
    StoreGp(to, Temp(reg), inst.bytes);
  } else {
    LoadInto(address.entry, v);
    StoreGp(to, address.entry, inst.bytes);
  }
}

void Emitter::StoreGp(const x86::Mem& to, const Gp& value, uint32_t bytes) {
  switch (bytes) {
    case 1:
      a_.mov(to, value.r8());
      break;
    case 2:
      a_.mov(to, value.r16());
      break;
    case 4:
      a_.mov(to, value.r32());
      break;
    default:
      a_.mov(to, value);
      break;
  }
}

void Emitter::EmitStoreF(const Inst& inst) {
  const Xmm value = InXmm(inst.args[1]);
  const Address address = Check(inst, /*is_store=*/true);
  x86::Mem to(address.va, address.host, 0, 0, inst.bytes);
  if (options_.digest) {
    a_.add(address.host, address.va);
    a_.and_(address.va.r32(), (1 << kPageShift) - 1);
    a_.or_(address.va, x86::qword_ptr(address.entry, kTlbPagePa));
    to = x86::Mem(address.host, 0, inst.bytes);
  }
  if (inst.bytes == 8) {
    a_.vmovsd(to, value);
  } else {
    a_.vmovss(to, value);
  }
  if (!options_.digest) return;
  a_.vmovq(address.entry, value);
  DigestStore(inst.bytes, address.entry, address);
}

// mem += mum(pa ^ C, (from + bytes * K) ^ D). The physical address is in `va`; the three registers
// are rax, rcx and rdx in some order.
void Emitter::DigestStore(uint32_t bytes, const Gp& from, const Address& address) {
  const Gp pa = address.va, value = address.entry, other = address.host;
  switch (bytes) {
    case 1:
      a_.movzx(value.r32(), from.r8());
      break;
    case 2:
      a_.movzx(value.r32(), from.r16());
      break;
    case 4:
      a_.mov(value.r32(), from.r32());
      break;
    default:
      if (value.id() != from.id()) a_.mov(value, from);
      break;
  }
  const auto key = [this](size_t offset) {
    return State(layout_.mem_keys + static_cast<int32_t>(offset), 8);
  };
  a_.xor_(pa, key(offsetof(MemKeys, c)));
  a_.add(value, key(offsetof(MemKeys, sizes) + 8 * static_cast<size_t>(std::countr_zero(bytes))));
  a_.xor_(value, key(offsetof(MemKeys, d)));
  Gp high = other, low = value;
  if (value.id() == x86::rdx.id()) {
    low = pa;
    a_.mulx(high, low, pa);
  } else if (pa.id() == x86::rdx.id()) {
    a_.mulx(high, low, value);
  } else {
    a_.mov(x86::rdx, pa);
    high = pa;
    a_.mulx(high, low, value);
  }
  a_.xor_(high, low);
  a_.add(State(layout_.mem_digest, 8), high);
}

}  // namespace lockstep::jit::x64
