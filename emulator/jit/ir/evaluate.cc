// Constant operands: what each integer operation gives.

#include <bit>
#include <limits>

#include "emulator/base/check.h"
#include "emulator/jit/ir/passes.h"

namespace lockstep::jit::ir {
namespace {

__extension__ typedef __int128 Int128;
__extension__ typedef unsigned __int128 Uint128;

int64_t Signed(uint64_t value) { return static_cast<int64_t>(value); }
uint32_t Low(uint64_t value) { return static_cast<uint32_t>(value); }
int32_t SignedLow(uint64_t value) { return static_cast<int32_t>(value); }
uint64_t Extend(uint32_t value) {
  return static_cast<uint64_t>(int64_t{static_cast<int32_t>(value)});
}

template <typename S>
S Quotient(S a, S b) {
  if (b == 0) return -1;
  if (b == -1 && a == std::numeric_limits<S>::min()) return a;
  return a / b;
}
template <typename S>
S Remainder(S a, S b) {
  if (b == 0) return a;
  return b == -1 ? S{0} : a % b;
}

uint64_t EvaluateMultiply(Op op, uint64_t a, uint64_t b) {
  switch (op) {
    case Op::kMul:
      return a * b;
    case Op::kMulW:
      return Extend(Low(a) * Low(b));
    case Op::kMulHigh:
      return static_cast<uint64_t>(Int128{Signed(a)} * Int128{Signed(b)} >> 64);
    case Op::kMulHighU:
      return static_cast<uint64_t>(Uint128{a} * Uint128{b} >> 64);
    case Op::kMulHighSu:
      return static_cast<uint64_t>(Int128{Signed(a)} * static_cast<Int128>(Uint128{b}) >> 64);
    case Op::kDiv:
      return static_cast<uint64_t>(Quotient(Signed(a), Signed(b)));
    case Op::kDivU:
      return b == 0 ? ~uint64_t{0} : a / b;
    case Op::kRem:
      return static_cast<uint64_t>(Remainder(Signed(a), Signed(b)));
    case Op::kRemU:
      return b == 0 ? a : a % b;
    case Op::kDivW:
      return Extend(static_cast<uint32_t>(Quotient(SignedLow(a), SignedLow(b))));
    case Op::kDivUW:
      return Extend(Low(b) == 0 ? ~0u : Low(a) / Low(b));
    case Op::kRemW:
      return Extend(static_cast<uint32_t>(Remainder(SignedLow(a), SignedLow(b))));
    case Op::kRemUW:
      return Extend(Low(b) == 0 ? Low(a) : Low(a) % Low(b));
    default:
      LOCKSTEP_CHECK(false) << "cannot evaluate " << Name(op);
      return 0;
  }
}

}  // namespace

uint64_t Evaluate(Op op, uint64_t a, uint64_t b) {
  switch (op) {
    case Op::kAdd:
      return a + b;
    case Op::kSub:
      return a - b;
    case Op::kAnd:
      return a & b;
    case Op::kOr:
      return a | b;
    case Op::kXor:
      return a ^ b;
    case Op::kShl:
      return a << (b & 63);
    case Op::kShr:
      return a >> (b & 63);
    case Op::kSar:
      return static_cast<uint64_t>(Signed(a) >> (b & 63));
    case Op::kAddW:
      return Extend(Low(a) + Low(b));
    case Op::kSubW:
      return Extend(Low(a) - Low(b));
    case Op::kShlW:
      return Extend(Low(a) << (b & 31));
    case Op::kShrW:
      return Extend(Low(a) >> (b & 31));
    case Op::kSarW:
      return static_cast<uint64_t>(int64_t{SignedLow(a) >> (b & 31)});
    case Op::kRor:
      return std::rotr(a, static_cast<int>(b & 63));
    case Op::kRorW:
      return Extend(std::rotr(Low(a), static_cast<int>(b & 31)));
    case Op::kSlt:
      return Signed(a) < Signed(b);
    case Op::kSltu:
      return a < b;
    default:
      return EvaluateMultiply(op, a, b);
  }
}

}  // namespace lockstep::jit::ir
