// Instruction words for hand-written test programs.
#ifndef EMULATOR_CPU_TESTING_ENCODE_H_
#define EMULATOR_CPU_TESTING_ENCODE_H_

#include <cstdint>

namespace lockstep::cpu::testing {

enum Reg : uint32_t {
  zero = 0,
  ra = 1,
  sp = 2,
  t0 = 5,
  t1 = 6,
  t2 = 7,
  a0 = 10,
  a1 = 11,
  a2 = 12,
  a3 = 13,
  a4 = 14,
  a5 = 15
};

constexpr uint32_t IType(uint32_t opcode, uint32_t funct3, Reg rd, Reg rs1, int32_t imm) {
  return static_cast<uint32_t>(imm) << 20 | rs1 << 15 | funct3 << 12 | rd << 7 | opcode;
}
constexpr uint32_t SType(uint32_t funct3, Reg rs2, Reg rs1, int32_t imm) {
  const uint32_t bits = static_cast<uint32_t>(imm);
  return (bits >> 5 & 0x7f) << 25 | rs2 << 20 | rs1 << 15 | funct3 << 12 | (bits & 31) << 7 | 0x23;
}
constexpr uint32_t Addi(Reg rd, Reg rs1, int32_t imm) { return IType(0x13, 0, rd, rs1, imm); }
constexpr uint32_t Slli(Reg rd, Reg rs1, int32_t n) { return IType(0x13, 1, rd, rs1, n); }
constexpr uint32_t Lui(Reg rd, uint32_t upper20) { return upper20 << 12 | rd << 7 | 0x37; }
constexpr uint32_t Auipc(Reg rd, uint32_t upper20) { return upper20 << 12 | rd << 7 | 0x17; }
constexpr uint32_t Lw(Reg rd, int32_t imm, Reg rs1) { return IType(3, 2, rd, rs1, imm); }
constexpr uint32_t Ld(Reg rd, int32_t imm, Reg rs1) { return IType(3, 3, rd, rs1, imm); }
constexpr uint32_t Lbu(Reg rd, int32_t imm, Reg rs1) { return IType(3, 4, rd, rs1, imm); }
constexpr uint32_t Sb(Reg rs2, int32_t imm, Reg rs1) { return SType(0, rs2, rs1, imm); }
constexpr uint32_t Sh(Reg rs2, int32_t imm, Reg rs1) { return SType(1, rs2, rs1, imm); }
constexpr uint32_t Sw(Reg rs2, int32_t imm, Reg rs1) { return SType(2, rs2, rs1, imm); }
constexpr uint32_t Sd(Reg rs2, int32_t imm, Reg rs1) { return SType(3, rs2, rs1, imm); }
constexpr uint32_t Csrrw(Reg rd, uint32_t csr, Reg rs1) {
  return csr << 20 | rs1 << 15 | 1u << 12 | rd << 7 | 0x73;
}
constexpr uint32_t Csrrs(Reg rd, uint32_t csr, Reg rs1) {
  return csr << 20 | rs1 << 15 | 2u << 12 | rd << 7 | 0x73;
}
constexpr uint32_t Csrrc(Reg rd, uint32_t csr, Reg rs1) {
  return csr << 20 | rs1 << 15 | 3u << 12 | rd << 7 | 0x73;
}
constexpr uint32_t Jalr(Reg rd, Reg rs1) { return IType(0x67, 0, rd, rs1, 0); }
constexpr uint32_t JumpBack(uint32_t bytes) {  // jal zero, -bytes; below 2 KiB
  const uint32_t imm = 0u - bytes;
  return (imm >> 20 & 1) << 31 | (imm >> 1 & 0x3ff) << 21 | (imm >> 11 & 1) << 20 |
         (imm >> 12 & 0xff) << 12 | 0x6f;
}
inline constexpr uint32_t kNop = 0x00000013, kEcall = 0x00000073, kEbreak = 0x00100073,
                          kMret = 0x30200073, kSret = 0x10200073, kWfi = 0x10500073,
                          kSfenceVma = 0x12000073, kFenceI = 0x0000100f, kIllegal = 0xffffffff,
                          kCNop = 0x0001, kJumpHere = 0x0000006f;
// lr.d rd, (rs1); sc.d rd, rs2, (rs1)
constexpr uint32_t LrD(Reg rd, Reg rs1) { return 2u << 27 | rs1 << 15 | 3u << 12 | rd << 7 | 0x2f; }
constexpr uint32_t ScD(Reg rd, Reg rs2, Reg rs1) {
  return 3u << 27 | rs2 << 20 | rs1 << 15 | 3u << 12 | rd << 7 | 0x2f;
}
constexpr uint32_t AmoaddD(Reg rd, Reg rs2, Reg rs1) {
  return rs2 << 20 | rs1 << 15 | 3u << 12 | rd << 7 | 0x2f;
}

}  // namespace lockstep::cpu::testing

#endif  // EMULATOR_CPU_TESTING_ENCODE_H_
