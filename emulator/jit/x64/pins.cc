// Which guest registers a region keeps in which host registers.
//
// Those that its blocks use most. A host register keeps the guest register that it has between
// regions wherever that is among them, so ways in and out move only the others. Floating-point
// registers are written through, so that only ways in have to do with them.

#include <algorithm>
#include <array>
#include <bit>
#include <vector>

#include "emulator/jit/x64/emitter.h"

namespace lockstep::jit::x64 {

namespace x86 = asmjit::x86;
using ir::Op;

namespace {

// What it costs to have other guest registers inside than outside must be saved again: two uses
// more in a loop do.
constexpr uint64_t kGain = 16;

x86::Gp Host(int number) { return x86::gpq(static_cast<uint32_t>(number)); }

// How often each slot would be read from memory or written there, were none pinned.
std::array<uint64_t, 32> CountUses(std::span<const Part> parts) {
  std::array<uint64_t, 32> uses{};
  for (const Part& part : parts) {
    for (const ir::Inst& inst : part.unit->insts) {
      if (inst.op == Op::kSet) uses[inst.slot] += part.weight;
      for (const ir::Ref arg : inst.args) {
        if (arg == ir::kNoRef || part.unit->insts[arg].op != Op::kGet) continue;
        uses[part.unit->insts[arg].slot] += part.weight;
      }
    }
  }
  return uses;
}

}  // namespace

void Emitter::ChoosePins() {
  for (int reg = 0; reg < kFixedTemps; ++reg) temps_ |= 1u << reg;
  float_pins_.fill(-1);
  if (!options_.joins) return;
  ChooseFloatPins();
  const std::array<uint64_t, 32> uses = CountUses(parts_);
  while (true) {
    // The least used inside against the most used outside.
    int least = -1, most = -1;
    for (int slot = 1; slot < 32; ++slot) {
      int& chosen = PinOf(slot) >= 0 ? least : most;
      const bool is_better =
          chosen < 0 || (PinOf(slot) >= 0 ? uses[slot] < uses[chosen] : uses[slot] > uses[chosen]);
      if (is_better) chosen = slot;
    }
    if (uses[most] < uses[least] + kGain) break;
    const int8_t host = pins_.host[least];
    pins_.host[least] = -1;
    pins_.host[most] = host;
    pins_.slot[host] = static_cast<int8_t>(most);
  }
  AddTemps(uses);
  FindSwaps();
}

// What keeping values on the stack costs, in accesses, with so many temporaries: at each moment the
// values that are needed last go there.
uint64_t Emitter::SpillCost(size_t n_temps) const {
  uint64_t cost = 0;
  std::vector<size_t> last, active;  // uses: of all values, and of those in temporaries
  for (const Part& part : parts_) {
    const std::vector<ir::Inst>& insts = part.unit->insts;
    last.assign(insts.size(), 0);
    active.clear();
    for (size_t i = 0; i < insts.size(); ++i) {
      for (const ir::Ref arg : insts[i].args) {
        if (arg != ir::kNoRef) last[arg] = i;
      }
    }
    for (size_t i = 0; i < insts.size(); ++i) {
      const ir::Inst& inst = insts[i];
      std::erase_if(active, [i](size_t use) { return use <= i; });
      const bool is_access = inst.op == Op::kLoad || inst.op == Op::kStore;
      const bool is_elsewhere = inst.op == Op::kConst || inst.op == Op::kGet ||
                                (i + 1 < insts.size() && insts[i + 1].op == Op::kSet &&
                                 insts[i + 1].args[0] == i && PinOf(insts[i + 1].slot) >= 0);
      const bool is_int = ir::ResultOf(inst.op) == ir::Type::kInt;
      if (is_int && !is_elsewhere && last[i] > i) active.push_back(last[i]);
      const size_t room = is_access ? n_temps - 2 : n_temps;
      for (; active.size() > room; cost += 2 * part.weight) {
        active.erase(std::ranges::max_element(active));
      }
    }
  }
  return cost;
}

// Host registers that are of more use to values than to the guest registers used least.
void Emitter::AddTemps(const std::array<uint64_t, 32>& uses) {
  size_t n_temps = kFixedTemps;
  uint64_t cost = SpillCost(n_temps);
  while (true) {
    int least = -1;
    for (int slot = 1; slot < 32; ++slot) {
      if (PinOf(slot) >= 0 && (least < 0 || uses[slot] < uses[least])) least = slot;
    }
    if (least < 0 || cost < uses[least] + kGain) return;
    const int8_t host = pins_.host[least];
    pins_.host[least] = -1;
    const uint64_t new_cost = SpillCost(n_temps + 1);
    if (new_cost + uses[least] + kGain > cost) {
      pins_.host[least] = host;
      return;
    }
    pins_.slot[host] = -1;
    ++n_temps;
    cost = new_cost;
  }
}

void Emitter::FindSwaps() {
  uint64_t written = 0;
  for (const Part& part : parts_) {
    for (const ir::Inst& inst : part.unit->insts) {
      if (inst.op == Op::kSet) written |= uint64_t{1} << inst.slot;
    }
  }
  for (const Pin& pin : PinsOf(options_.sums)) {
    const int8_t inside = pins_.slot[pin.host];
    if (inside == pin.slot) continue;
    const bool is_written = inside >= 0 && (written >> inside & 1) != 0;
    swaps_.push_back({pin.host, pin.slot, inside, is_written});
    if (inside < 0) temps_ |= 1u << pin.host;
  }
}

// Those that loops read most.
void Emitter::ChooseFloatPins() {
  std::array<uint64_t, 32> uses{};
  for (const Part& part : parts_) {
    if (part.weight == 1) continue;
    for (const ir::Inst& inst : part.unit->insts) {
      for (const ir::Ref arg : inst.args) {
        if (arg == ir::kNoRef || part.unit->insts[arg].op != Op::kGetF) continue;
        uses[static_cast<size_t>(part.unit->insts[arg].slot - 32)] += part.weight;
      }
    }
  }
  for (int n = 0; n < kFloatPins; ++n) {
    const auto most = std::ranges::max_element(uses);
    if (*most == 0) break;
    *most = 0;
    float_pins_[static_cast<size_t>(most - uses.begin())] = static_cast<int8_t>(kFirstFloatPin + n);
    float_pin_mask_ |= 1u << (kFirstFloatPin + n);
  }
}

void Emitter::LoadFloatPins() {
  for (int slot = 32; slot < 64; ++slot) {
    const int pin = FloatPinOf(slot);
    if (pin >= 0) a_.vmovsd(x86::xmm(static_cast<uint32_t>(pin)), Slot(slot, 8));
  }
}

void Emitter::ToStandard() {
  for (const Swap& swap : swaps_) {
    if (swap.is_written) a_.mov(Slot(swap.inside, 8), Host(swap.host));
  }
  for (const Swap& swap : swaps_) a_.mov(Host(swap.host), Slot(swap.outside, 8));
}

void Emitter::FromStandard() {
  for (const Swap& swap : swaps_) a_.mov(Slot(swap.outside, 8), Host(swap.host));
  for (const Swap& swap : swaps_) {
    if (swap.inside >= 0) a_.mov(Host(swap.host), Slot(swap.inside, 8));
  }
  LoadFloatPins();
}

void Emitter::CallInterpreter(uint64_t site) {
  ToStandard();
  a_.mov(x86::rax, site);
  a_.call(asmjit::imm(reinterpret_cast<uint64_t>(thunks_.interpret)));
  // What is pinned between regions is in memory, too.
  for (const Swap& swap : swaps_) {
    if (swap.inside >= 0) a_.mov(Host(swap.host), Slot(swap.inside, 8));
  }
  LoadFloatPins();
}

}  // namespace lockstep::jit::x64
