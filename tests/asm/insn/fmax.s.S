# fmax.s: the larger of rs1 and rs2; -0 < +0; one NaN gives the other operand, two the canonical
# NaN; a signalling NaN raises NV. Results in f registers, their fflags in x registers.
# expect: fa0=0xffffffff40000000 a0=0x0 fa1=0xffffffff40000000 a1=0x0 fa2=0xffffffff3f800000 a2=0x0
# expect: fa3=0xffffffffbf800000 a3=0x0 fa4=0xffffffff00000000 a4=0x0 fa5=0xffffffff00000000 a5=0x0
# expect: fa6=0xffffffff7f800000 a6=0x0 fa7=0xffffffffff7fffff a7=0x0 fs0=0xffffffff3f800000 s0=0x0
# expect: fs1=0xffffffff3f800000 s1=0x0 fs2=0xffffffff3f800000 s2=0x10 fs3=0xffffffffc0000000
# expect: s3=0x10 fs4=0xffffffff7fc00000 s4=0x0 fs5=0xffffffff7fc00000 s5=0x10
# expect: fs6=0xffffffff00000001 s6=0x0 fs7=0xffffffff3f800000 s7=0x0 fs8=0xffffffff40400000
# expect: fs9=0xffffffff3f800000 s8=0x0 fcsr=0x0

.include "../common.inc"

test:
  OPERANDS 0xffffffff3f800000, 0xffffffff40000000  # 1, 2
  fmax.s fa0, ft10, ft11
  FLAGS a0
  OPERANDS 0xffffffff40000000, 0xffffffff3f800000  # 2, 1
  fmax.s fa1, ft10, ft11
  FLAGS a1
  OPERANDS 0xffffffffbf800000, 0xffffffff3f800000  # -1, 1
  fmax.s fa2, ft10, ft11
  FLAGS a2
  OPERANDS 0xffffffffbf800000, 0xffffffffc0000000  # -1, -2
  fmax.s fa3, ft10, ft11
  FLAGS a3
  OPERANDS 0xffffffff00000000, 0xffffffff80000000  # 0, -0
  fmax.s fa4, ft10, ft11
  FLAGS a4
  OPERANDS 0xffffffff80000000, 0xffffffff00000000  # -0, 0
  fmax.s fa5, ft10, ft11
  FLAGS a5
  OPERANDS 0xffffffff7f800000, 0xffffffff7f7fffff  # inf, largest finite
  fmax.s fa6, ft10, ft11
  FLAGS a6
  OPERANDS 0xffffffffff800000, 0xffffffffff7fffff  # -inf, minus largest finite
  fmax.s fa7, ft10, ft11
  FLAGS a7
  OPERANDS 0xffffffff7fc00123, 0xffffffff3f800000  # qnan, 1
  fmax.s fs0, ft10, ft11
  FLAGS s0
  OPERANDS 0xffffffff3f800000, 0xffffffff7fc00123  # 1, qnan
  fmax.s fs1, ft10, ft11
  FLAGS s1
  OPERANDS 0xffffffff7f800123, 0xffffffff3f800000  # snan, 1
  fmax.s fs2, ft10, ft11
  FLAGS s2
  OPERANDS 0xffffffffc0000000, 0xffffffff7f800123  # -2, snan
  fmax.s fs3, ft10, ft11
  FLAGS s3
  OPERANDS 0xffffffff7fc00123, 0xffffffffffc00123  # qnan, -qnan
  fmax.s fs4, ft10, ft11
  FLAGS s4
  OPERANDS 0xffffffff7f800123, 0xffffffff7fc00123  # snan, qnan
  fmax.s fs5, ft10, ft11
  FLAGS s5
  OPERANDS 0xffffffff00000001, 0xffffffff80000001  # smallest subnormal, minus smallest subnormal
  fmax.s fs6, ft10, ft11
  FLAGS s6
  OPERANDS 0xffffffff3f800000, 0xffffffff3f800000  # 1, 1
  fmax.s fs7, ft10, ft11
  FLAGS s7
  # The destination is also a source.
  OPERANDS 0xffffffff40400000, 0xffffffffc0000000
  fmv.d fs8, ft11
  fmax.s fs8, ft10, fs8
  # An operand that is not NaN-boxed is the canonical (quiet) NaN, whatever its low half is.
  OPERANDS 0x7f800123, 0xffffffff3f800000
  fmax.s fs9, ft10, ft11
  FLAGS s8
  DONE
