// Guest memory: the TLB's compare, the access, and the digest of a store.

#include <bit>
#include <cstddef>
#include <optional>

#include "emulator/jit/x64/emitter.h"
#include "plugins/sdk/lockstep_digest.h"

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
void Emitter::CompareTag(const Inst& inst, bool is_store, const Address& address) {
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
}

Emitter::Address Emitter::Check(const Inst& inst, bool is_store) {
  const Gp base = InGp(inst.args[0]);
  const int32_t offset = static_cast<int32_t>(inst.imm);
  Address address;
  address.va = base;
  if (offset != 0) {
    address.va = Temp(TakeGp());
    a_.lea(address.va, x86::ptr(base, offset));
    // The base may make room.
    if (IsTemp(static_cast<int>(base.id()))) gps_[base.id()].locked = false;
  }
  address.entry = Temp(TakeGp());
  address.host = Temp(TakeGp());
  CompareTag(inst, is_store, address);
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

// Stores a register, or a constant of the right size, to the checked address.
void Emitter::EmitStore(const Inst& inst) {
  if (options_.digest) {
    EmitDigestedStore(inst);
    return;
  }
  const Address address = Check(inst, /*is_store=*/true);
  const Ref v = inst.args[1];
  const x86::Mem to(address.va, address.host, 0, 0, inst.bytes);
  if (IsImmediate(v, inst.bytes)) {
    StoreImmediate(to, v);
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

// Whether a store of it needs no register.
bool Emitter::IsImmediate(Ref v, uint32_t bytes) const {
  if (!IsConst(v)) return false;
  const int64_t value = static_cast<int64_t>(ConstOf(v));
  return bytes < 8 || value == static_cast<int32_t>(value);
}

void Emitter::StoreImmediate(const x86::Mem& to, Ref v) {
  const int32_t narrow = static_cast<int32_t>(ConstOf(v));
  a_.mov(to, to.size() == 1   ? imm(static_cast<int8_t>(narrow))
             : to.size() == 2 ? imm(static_cast<int16_t>(narrow))
                              : imm(narrow));
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
  int none = -1;
  const Address address =
      options_.digest ? CheckDigested(inst, ir::kNoRef, &none) : Check(inst, /*is_store=*/true);
  const x86::Mem to(address.va, address.host, 0, 0, inst.bytes);
  if (inst.bytes == 8) {
    a_.vmovsd(to, value);
  } else {
    a_.vmovss(to, value);
  }
  if (!options_.digest) return;
  const Factors factors = FactorsOf(address);
  if (inst.bytes == 8) {
    a_.vmovq(factors.y, value);
  } else {
    a_.vmovd(factors.y.r32(), value);
  }
  AddToDigest(factors, factors.y, static_cast<int32_t>(lockstep_mem_size(inst.bytes)));
}

// Makes rdx free. What is needed of it goes to another temporary, if that leaves one.
void Emitter::TakeRdx() {
  Cached& cached = gps_[kRdx];
  const int v = cached.value;
  if (v >= 0 && values_[v].last_use >= at_ && !IsConst(static_cast<Ref>(v))) {
    int n_free = 0, last = -1;
    for (int reg = 0; reg < kHostRegs; ++reg) {
      if (reg == kRdx || !IsTemp(reg) || gps_[reg].locked || gps_[reg].value >= 0) continue;
      ++n_free;
      last = reg;
    }
    if (n_free > 1) MoveGp(kRdx, last);
  }
  EvictGp(kRdx);
  cached.locked = true;
  cached.since = guest_;
}

// To a temporary that is free. The value counts as there since it was loaded.
void Emitter::MoveGp(int from, int to) {
  const Ref v = static_cast<Ref>(gps_[from].value);
  a_.mov(Temp(to), Temp(from));
  gps_[to].since = gps_[from].since;
  DropReg(v);
  Bind(v, to);
}

// As Check(), for a store with its digest of `v`, which may be kNoRef. All registers are taken
// before it may go out of line: *from is that of the value, or stays -1 where there is none left
// for it; then `va` is a temporary.
Emitter::Address Emitter::CheckDigested(const Inst& inst, Ref v, int* from) {
  const Ref base = inst.args[0];
  const int32_t offset = static_cast<int32_t>(inst.imm);
  Address address;
  address.is_pinned = offset == 0 && values_[base].reg < 0 && PinnedHome(values_[base]) >= 0;
  if (v != ir::kNoRef) {
    const bool has_room = std::popcount(temps_) > (address.is_pinned ? 2 : 3);
    const bool is_pinned = values_[v].reg < 0 && PinnedHome(values_[v]) >= 0;
    if (is_pinned || has_room) *from = static_cast<int>(InGp(v).id());
    if (*from == kRdx && LivesOn(v)) {
      *from = TakeGp();
      MoveGp(kRdx, *from);
      gps_[kRdx].locked = false;
    }
  }
  address.va = InGp(base);
  const bool dies = base != v && !LivesOn(base);
  if (!address.is_pinned && (offset != 0 || !dies)) {
    const int old = static_cast<int>(address.va.id());
    address.va = Temp(TakeGp());
    a_.lea(address.va, x86::ptr(Temp(old), offset));
    // The base makes room.
    if (old != *from) gps_[old].locked = false;
    if (dies) DropReg(base);
  }
  if (gps_[kRdx].locked) {
    address.entry = Temp(TakeGp());
  } else {
    TakeRdx();
    address.entry = x86::rdx;
  }
  address.host = Temp(TakeGp());
  CompareTag(inst, /*is_store=*/true, address);
  return address;
}

// The factors of the term (lockstep_mem_term_at()): x, and where the other one shall be. One of
// them is rdx, or the value's register is.
Emitter::Factors Emitter::FactorsOf(const Address& address) {
  const x86::Mem addend = x86::qword_ptr(address.entry, kTlbDigestAddend);
  if (address.is_pinned) {
    a_.mov(address.entry, addend);
    a_.add(address.entry, address.va);
    return {address.entry, address.host};
  }
  a_.add(address.va, addend);
  return {address.va, address.entry};
}

void Emitter::EmitDigestedStore(const Inst& inst) {
  const Ref v = inst.args[1];
  const uint32_t bytes = inst.bytes;
  const bool is_immediate = IsImmediate(v, bytes);
  int from = -1;
  const Address address = CheckDigested(inst, is_immediate ? ir::kNoRef : v, &from);
  const x86::Mem to(address.va, address.host, 0, 0, bytes);
  if (is_immediate) {
    StoreImmediate(to, v);
  } else if (from >= 0) {
    StoreGp(to, Temp(from), bytes);
  } else {
    a_.add(address.host, address.va);
  }
  Factors factors = FactorsOf(address);
  if (from == kRdx) factors.y = x86::rdx;
  if (from < 0 && !is_immediate) {
    LoadInto(factors.y, v);
    StoreGp(x86::Mem(address.host, 0, bytes), factors.y, bytes);
    from = static_cast<int>(factors.y.id());
  }
  const int64_t size = lockstep_mem_size(bytes);
  if (is_immediate) {
    const int64_t value = static_cast<int64_t>(ConstOf(v) & ~uint64_t{0} >> (64 - 8 * bytes));
    if (size + value == static_cast<int32_t>(size + value)) {
      AddToDigest(factors, std::nullopt, static_cast<int32_t>(size + value));
      return;
    }
    a_.mov(factors.y, value);
    from = static_cast<int>(factors.y.id());
  } else if (bytes < 8) {
    ZeroExtend(factors.y, Temp(from), bytes);
    from = static_cast<int>(factors.y.id());
  }
  AddToDigest(factors, Temp(from), static_cast<int32_t>(size));
}

void Emitter::ZeroExtend(const Gp& to, const Gp& from, uint32_t bytes) {
  switch (bytes) {
    case 1:
      a_.movzx(to.r32(), from.r8());
      break;
    case 2:
      a_.movzx(to.r32(), from.r16());
      break;
    default:
      a_.mov(to.r32(), from.r32());
      break;
  }
}

// mem += mum(x, 8*x + value + addend).
void Emitter::AddToDigest(const Factors& factors, const std::optional<Gp>& value, int32_t addend) {
  const Gp x = factors.x, y = factors.y;
  if (value.has_value()) {
    a_.lea(y, x86::ptr(*value, x, 3, addend));
  } else {
    a_.lea(y, x86::ptr(static_cast<uint64_t>(int64_t{addend}), x, 3));
  }
  a_.mulx(x, y, y.id() == kRdx ? x : y);
  a_.xor_(x, y);
  a_.add(State(layout_.mem_digest, 8), x);
}

}  // namespace lockstep::jit::x64
