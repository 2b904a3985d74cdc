#include "emulator/isa/random_encoding.h"

#include "emulator/base/check.h"
#include "emulator/isa/table.h"

namespace lockstep::isa {

uint64_t NextRandom(uint64_t& state) {
  uint64_t z = state += 0x9e3779b97f4a7c15u;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
  z = (z ^ z >> 27) * 0x94d049bb133111ebu;
  return z ^ z >> 31;
}

uint32_t RandomEncoding(Op op, uint64_t& state) {
  LOCKSTEP_CHECK(op > Op::kIllegal && op < Op::kCount) << static_cast<int>(op);
  const Encoding& e = RowOf(op).encoding_bits;
  const uint32_t word_bits = e.length_bytes == 2 ? 0xffff : 0xffffffff;
  // A word may belong to a finer row or have a zero where none may be: draw again. Both are rare;
  // the bound only keeps a row that no word can reach from hanging a test.
  for (int draw = 0; draw < 10000; ++draw) {
    const uint32_t random = static_cast<uint32_t>(NextRandom(state));
    const uint32_t word = (e.match | (random & ~e.mask)) & word_bits;
    if (Decode(word).op == op) return word;
  }
  LOCKSTEP_CHECK(false) << "no word decodes to " << Mnemonic(op);
  return 0;
}

uint32_t RandomEdgeWord(uint64_t& state) {
  const uint64_t row = NextRandom(state) % kRowCount;
  uint32_t word = RandomEncoding(kRows[row].op, state);
  if (NextRandom(state) % 2 == 0) {
    word ^= 1u << NextRandom(state) % (8 * kRows[row].encoding_bits.length_bytes);
  } else {
    word = static_cast<uint32_t>(NextRandom(state)) << 7 | (word & 0x7f);
  }
  return (word & 3) == 3 ? word : word & 0xffff;
}

}  // namespace lockstep::isa
