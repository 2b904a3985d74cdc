// A small virtual machine with registers, interpreted by a switch; its program counts steps of the
// 3n+1 problem and sieves primes.
#include "tests/bench/guest/bench.h"

enum { LIMIT = 4000 };

enum op {
  SET,
  MOVE,
  ADD,
  ADDI,
  MUL,
  AND,
  SHR,
  LOAD,
  STORE,
  JUMP,
  JUMP_LESS,
  JUMP_ODD,
  JUMP_ZERO,
  HALT
};

struct insn {
  uint8_t op, a, b, c;
  int32_t value;  // an immediate, or the instruction jumped to
};

// r1: a number; r2: its n; r3: steps in all; r4: LIMIT; r5, r6: of the sieve; r7: primes; r0: 0.
static const struct insn program[] = {
    {SET, 0, 0, 0, 0},         // 0
    {SET, 3, 0, 0, 0},         //
    {SET, 4, 0, 0, LIMIT},     //
    {SET, 1, 0, 0, 1},         //
    {MOVE, 2, 1, 0, 0},        // 4: for each number
    {ADDI, 8, 2, 0, -1},       // 5: while n is not 1
    {JUMP_ZERO, 8, 0, 0, 15},  //
    {ADDI, 3, 3, 0, 1},        //
    {JUMP_ODD, 2, 0, 0, 11},   //
    {SHR, 2, 2, 0, 1},         //
    {JUMP, 0, 0, 0, 5},        //
    {ADD, 8, 2, 2, 0},         // 11
    {ADD, 2, 2, 8, 0},         //
    {ADDI, 2, 2, 0, 1},        //
    {JUMP, 0, 0, 0, 5},        //
    {ADDI, 1, 1, 0, 1},        // 15
    {JUMP_LESS, 1, 12, 0, 4},  //
    {SET, 7, 0, 0, 0},         // 17: the sieve
    {SET, 1, 0, 0, 2},         //
    {STORE, 0, 1, 0, 0},       // 19: all are primes at first
    {ADDI, 1, 1, 0, 1},        //
    {JUMP_LESS, 1, 4, 0, 19},  //
    {SET, 1, 0, 0, 2},         // 22
    {LOAD, 8, 1, 0, 0},        // 23
    {JUMP_ZERO, 8, 0, 0, 26},  //
    {JUMP, 0, 0, 0, 33},       //
    {ADDI, 7, 7, 0, 1},        // 26: a prime
    {SET, 9, 0, 0, 1},         //
    {MUL, 5, 1, 1, 0},         //
    {JUMP_LESS, 4, 5, 0, 33},  //
    {STORE, 9, 5, 0, 0},       // 30
    {ADD, 5, 5, 1, 0},         //
    {JUMP_LESS, 5, 4, 0, 30},  //
    {ADDI, 1, 1, 0, 1},        // 33
    {JUMP_LESS, 1, 4, 0, 23},  //
    {AND, 8, 3, 7, 0},         //
    {HALT, 0, 0, 0, 0},        //
};

static int64_t memory[LIMIT + 1];

// `numbers` is where the first part stops. Values are unsigned so that overflow is defined.
static uint64_t interpret(int64_t numbers) {
  int64_t r[16] = {0};
  r[12] = numbers;
  const struct insn* at = program;
  for (;;) {
    const struct insn i = *at++;
    switch ((enum op)i.op) {
      case SET:
        r[i.a] = i.value;
        break;
      case MOVE:
        r[i.a] = r[i.b];
        break;
      case ADD:
        r[i.a] = (int64_t)((uint64_t)r[i.b] + (uint64_t)r[i.c]);
        break;
      case ADDI:
        r[i.a] = (int64_t)((uint64_t)r[i.b] + (uint64_t)i.value);
        break;
      case MUL:
        r[i.a] = (int64_t)((uint64_t)r[i.b] * (uint64_t)r[i.c]);
        break;
      case AND:
        r[i.a] = r[i.b] & r[i.c];
        break;
      case SHR:
        r[i.a] = (int64_t)((uint64_t)r[i.b] >> i.value);
        break;
      case LOAD:
        r[i.a] = memory[r[i.b]];
        break;
      case STORE:
        memory[r[i.b]] = r[i.a];
        break;
      case JUMP:
        at = program + i.value;
        break;
      case JUMP_LESS:
        if (r[i.a] < r[i.b]) at = program + i.value;
        break;
      case JUMP_ODD:
        if (r[i.a] & 1) at = program + i.value;
        break;
      case JUMP_ZERO:
        if (r[i.a] == 0) at = program + i.value;
        break;
      case HALT:
        return (uint64_t)r[3] << 32 | (uint64_t)r[7];
    }
  }
}

uint64_t bench_run(uint64_t iterations) {
  uint64_t sum = 0;
  for (uint64_t i = 0; i < iterations; i++) {
    sum = bench_mix(sum, interpret(500 + (int64_t)(i % 50)));
  }
  return sum;
}

const char bench_name[] = "interpreter";
const struct bench_check bench_checks[BENCH_CHECKS] = {{500, 0x77ff8e952ac7a24du},
                                                       {3, 0x1affbd2e91edd43fu}};
