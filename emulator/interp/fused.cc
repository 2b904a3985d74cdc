// Superinstructions: one handler for two instructions in a row, made of the handlers of both.
//
// The first slot has the handler of the pair; the second keeps its own, so that a first instruction
// that goes its slow way goes on there.

#include <array>
#include <cstddef>
#include <cstdint>

#include "emulator/interp/rv_i.h"
#include "emulator/interp/slot.h"

namespace lockstep::interp {
namespace {

using namespace rv_i;  // NOLINT: the handlers
using isa::Op;

template <auto kFirst, Handler kSecond>
[[gnu::flatten]] uint32_t PlainThen(HartState* h, const Slot* s) {
  kFirst(*h, *s);
  return kSecond(h, s + 1);
}
template <typename T, Handler kSecond>
[[gnu::flatten]] uint32_t LoadThen(HartState* h, const Slot* s) {
  return Load<T, kSecond>(h, s);
}
template <typename T, Handler kSecond>
[[gnu::flatten]] uint32_t StoreThen(HartState* h, const Slot* s) {
  return Store<T, false, kSecond>(h, s);
}

// Handlers of pairs by both operations.
class PairTable {
 public:
  PairTable();
  Handler Of(Op first, Op second) const {
    return pairs_[row_[static_cast<size_t>(first)]][row_[static_cast<size_t>(second)]];
  }

 private:
  static constexpr size_t kRows = 33;  // row 0: in no pair

  void Set(Op first, Op second, Handler handler) { pairs_[Row(first)][Row(second)] = handler; }
  size_t Row(Op op) {
    uint8_t& row = row_[static_cast<size_t>(op)];
    if (row == 0) row = ++n_rows_;
    return row;
  }
  template <Handler kSecond>
  void AddSecond(Op second);

  uint8_t n_rows_ = 0;
  std::array<uint8_t, HandlerTable::kOps> row_{};
  std::array<std::array<Handler, kRows>, kRows> pairs_{};
};

template <Handler kSecond>
void PairTable::AddSecond(Op second) {
  Set(Op::kLui, second, PlainThen<Lui, kSecond>);
  Set(Op::kAuipc, second, PlainThen<Auipc, kSecond>);
  Set(Op::kAddi, second, PlainThen<Addi, kSecond>);
  Set(Op::kAdd, second, PlainThen<Add, kSecond>);
  Set(Op::kSub, second, PlainThen<Sub, kSecond>);
  Set(Op::kAnd, second, PlainThen<And, kSecond>);
  Set(Op::kOr, second, PlainThen<Or, kSecond>);
  Set(Op::kXor, second, PlainThen<Xor, kSecond>);
  Set(Op::kAndi, second, PlainThen<Andi, kSecond>);
  Set(Op::kSlli, second, PlainThen<Slli, kSecond>);
  Set(Op::kSrli, second, PlainThen<Srli, kSecond>);
  Set(Op::kAddiw, second, PlainThen<Addiw, kSecond>);
  Set(Op::kAddw, second, PlainThen<Addw, kSecond>);
  Set(Op::kSlliw, second, PlainThen<Slliw, kSecond>);
  Set(Op::kSrliw, second, PlainThen<Srliw, kSecond>);
  Set(Op::kLbu, second, LoadThen<uint8_t, kSecond>);
  Set(Op::kLw, second, LoadThen<int32_t, kSecond>);
  Set(Op::kLd, second, LoadThen<int64_t, kSecond>);
  Set(Op::kSw, second, StoreThen<uint32_t, kSecond>);
  Set(Op::kSd, second, StoreThen<uint64_t, kSecond>);
}

PairTable::PairTable() {
  AddSecond<Plain<Addi>>(Op::kAddi);
  AddSecond<Plain<Add>>(Op::kAdd);
  AddSecond<Plain<Sub>>(Op::kSub);
  AddSecond<Plain<And>>(Op::kAnd);
  AddSecond<Plain<Or>>(Op::kOr);
  AddSecond<Plain<Xor>>(Op::kXor);
  AddSecond<Plain<Andi>>(Op::kAndi);
  AddSecond<Plain<Slli>>(Op::kSlli);
  AddSecond<Plain<Srli>>(Op::kSrli);
  AddSecond<Plain<Addiw>>(Op::kAddiw);
  AddSecond<Plain<Addw>>(Op::kAddw);
  AddSecond<Plain<Slliw>>(Op::kSlliw);
  AddSecond<Plain<Srliw>>(Op::kSrliw);
  AddSecond<Load<uint8_t>>(Op::kLbu);
  AddSecond<Load<int32_t>>(Op::kLw);
  AddSecond<Load<int64_t>>(Op::kLd);
  AddSecond<Store<uint8_t, false>>(Op::kSb);
  AddSecond<Store<uint32_t, false>>(Op::kSw);
  AddSecond<Store<uint64_t, false>>(Op::kSd);
  AddSecond<BranchAndGoOn<IsEqual>>(Op::kBeq);
  AddSecond<BranchAndGoOn<IsNotEqual>>(Op::kBne);
  AddSecond<BranchAndGoOn<IsLess>>(Op::kBlt);
  AddSecond<BranchAndGoOn<IsNotLess>>(Op::kBge);
  AddSecond<BranchAndGoOn<IsBelow>>(Op::kBltu);
  AddSecond<BranchAndGoOn<IsNotBelow>>(Op::kBgeu);
  AddSecond<JalAndGoOn>(Op::kJal);
  AddSecond<JalrAndGoOn>(Op::kJalr);
}

}  // namespace

Handler PairHandler(Op first, Op second) {
  static const PairTable table;
  return table.Of(first, second);
}

}  // namespace lockstep::interp
