/* SPDX-License-Identifier: MIT */
/* Layout of the shared memory between a producer (an emulator) and its agent (in `lockstep`).
 *
 * One memfd, its number in the environment variable LOCKSTEP_RING_FD, holds
 *
 *     +0        struct lockstep_control                       one page
 *     +4096     struct lockstep_cursors, one page per vCPU    (max_vcpus of them)
 *     +ring_offset + v*ring_slots*16   ring of vCPU v         ring_slots 16-byte slots each
 *
 * A ring has one writer (the thread that runs the vCPU) and one reader (the agent). Positions are
 * 64-bit slot counts that never wrap; slot = position & (ring_slots - 1). A record is one slot, or
 * a header slot followed by its payload in whole slots; a payload may run over the ring's end. All
 * integers are little-endian (the host is). Nothing in it is trusted by the agent.
 *
 * docs/formats/ring.md has a drawing.
 */
#ifndef PLUGINS_SDK_LOCKSTEP_RING_H_
#define PLUGINS_SDK_LOCKSTEP_RING_H_

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__cplusplus)
#define LOCKSTEP_ALIGN64 alignas(64)
#elif defined(__STDC_VERSION__) && __STDC_VERSION__ >= 201112L
#define LOCKSTEP_ALIGN64 _Alignas(64)
#else
#define LOCKSTEP_ALIGN64 __attribute__((aligned(64)))
#endif

#define LOCKSTEP_RING_MAGIC UINT64_C(0x31474e52504b434c) /* "LCKPRNG1" */
#define LOCKSTEP_RING_VERSION 4u
#define LOCKSTEP_RING_ENV "LOCKSTEP_RING_FD"
#define LOCKSTEP_PAGE_BYTES 4096u
#define LOCKSTEP_MAX_VCPUS 64u
#define LOCKSTEP_NAME_BYTES 64u
/* Largest payload of one record, in bytes; the agent refuses larger ones. */
#define LOCKSTEP_MAX_PAYLOAD_BYTES 65536u
/* Most blocks of one run: a full payload. */
#define LOCKSTEP_RUN_BLOCKS 16384u
/* Fewest slots of a ring: the largest record fits twice less one slot. */
#define LOCKSTEP_MIN_RING_SLOTS 8192u
#define LOCKSTEP_MAX_RING_SLOTS (UINT64_C(1) << 32)
/* Most registers that a producer may declare. */
#define LOCKSTEP_MAX_REGISTERS 4096u
/* Sizes of the tables of lockstep_rules. */
#define LOCKSTEP_MAX_CSR_MASKS 32u
#define LOCKSTEP_MAX_EXTRA_CSRS 32u
#define LOCKSTEP_MAX_RANGES 16u
#define LOCKSTEP_CSR_NAME_BYTES 24u

enum lockstep_digest_at {
  LOCKSTEP_DIGEST_AT_BLOCK = 0, /* on every block entry */
  LOCKSTEP_DIGEST_AT_WINDOW =
      1,                      /* on blocks entered at a multiple of window_insns, and at the end */
  LOCKSTEP_DIGEST_AT_INSN = 2 /* on every block entry; with request.step, but without registers */
};

/* What the producer is asked to do; written by the agent before the emulator starts, constant
 * after. */
struct lockstep_request {
  uint64_t
      silent_until_icount; /* no records but infos and End below this icount (0: from the start) */
  uint64_t
      stop_at_icount; /* begin no instruction at or past it: End(LIMIT); UINT64_MAX: no limit */
  uint32_t step; /* 1: one instruction per block, once not silent; and registers after each, unless
                    digest_at is LOCKSTEP_DIGEST_AT_INSN */
  uint32_t groups;    /* bit mask of LOCKSTEP_GROUP_*: digests wanted */
  uint32_t events;    /* bit mask of 1 << enum lockstep_event_kind: events wanted */
  uint32_t digest_at; /* enum lockstep_digest_at: when digests must be right */
  /* Not 0: a block begins exactly at every multiple of it (LOCKSTEP_ABILITY_WINDOWS). */
  uint32_t window_insns;
  /* Of several vCPUs. 0: stop_at_icount counts the instructions of all of them together, and
   * silent_until_icount is 0. v + 1: both are of vCPU v; the others stay silent to their end, which
   * is where vCPU v stops. */
  uint32_t only_vcpu;
  /* 1: stretches may be told of by a sum alone (LOCKSTEP_REC_SUM), and nobody asks for the blocks
   * of a window. Not with LOCKSTEP_DIGEST_AT_INSN; events that are not compared are not asked for.
   * With LOCKSTEP_DIGEST_AT_BLOCK digests need be right at window ends only, but sums take in what
   * each block writes. */
  uint32_t sums;
  uint32_t reserved;
};

/* Bits of a control register that are digested as 0. */
struct lockstep_csr_mask {
  char csr[LOCKSTEP_CSR_NAME_BYTES]; /* as the producer names it: "mip"; NUL-terminated */
  uint64_t ignored_bits;
};

/* A guest-physical range whose bytes are digested as 0; stores that write no others are not
 * digested. */
struct lockstep_range {
  uint64_t base;
  uint64_t bytes; /* not 0; base + bytes - 1 does not wrap */
};

/* What the run's policy says of the state that is digested; written by the agent before the
 * emulator starts, constant after. A producer without LOCKSTEP_ABILITY_MASKS (of csr_masks and
 * extra_csrs) or LOCKSTEP_ABILITY_RANGES need not look. One that does not know a register ends its
 * stream with LOCKSTEP_END_ERROR and a text that names it. */
struct lockstep_rules {
  uint32_t n_csr_masks;
  uint32_t n_extra_csrs;
  uint32_t n_ranges;
  uint32_t reserved;
  struct lockstep_csr_mask csr_masks[LOCKSTEP_MAX_CSR_MASKS];
  /* Registers that the csr group has beside those of its definition. */
  char extra_csrs[LOCKSTEP_MAX_EXTRA_CSRS][LOCKSTEP_CSR_NAME_BYTES];
  struct lockstep_range ranges[LOCKSTEP_MAX_RANGES];
};

enum lockstep_state {
  LOCKSTEP_NOT_OPENED = 0,
  LOCKSTEP_OPENED = 1,
  LOCKSTEP_CLOSED = 2,
  LOCKSTEP_OPENING = 3
};

struct lockstep_control {
  /* Written by the agent before the emulator starts. */
  uint64_t magic;
  uint32_t version;
  uint32_t max_vcpus;
  uint64_t total_bytes;
  uint64_t ring_offset;
  uint64_t ring_slots; /* a power of two */
  struct lockstep_request request;
  /* Written by the producer in lockstep_open(). */
  char producer[LOCKSTEP_NAME_BYTES]; /* "lockstep-emu 0.1 (interp)", NUL-terminated */
  char guest_arch[16];                /* "riscv64" */
  uint32_t vcpus;
  uint32_t groups;    /* LOCKSTEP_GROUP_* that it supplies */
  uint32_t abilities; /* LOCKSTEP_ABILITY_* */
  uint32_t engine;    /* enum lockstep_engine */
  /* enum lockstep_state. Store-release by the producer; what it writes above is valid from
   * LOCKSTEP_OPENED on. */
  uint32_t state;
  /* Futex word: the agent adds 1 and wakes after it has freed slots that a producer waits for. */
  uint32_t space_futex;
  /* Futex word: a producer adds 1 and wakes when it has published and the agent waits. */
  uint32_t data_futex;
  /* Set by the agent before it waits, cleared by the producer that wakes it: wake when a ring has
   * at least so many unread slots, or a producer flushes, ends or runs out of space. 0: awake. */
  uint32_t agent_waiting;
  /* Set by the agent to end the run: the producer ends at the next block (End(STOPPED)). */
  uint32_t stop_requested;
  /* Written by the agent at the start: its process id, by which a producer that waits for space
   * sees that the agent has died. 0: unknown. */
  uint32_t agent_pid;
  /* Written by the agent before the emulator starts. */
  struct lockstep_rules rules;
};

/* Per vCPU; each group of fields on a cache line of its own. */
struct lockstep_cursors {
  LOCKSTEP_ALIGN64 uint64_t published; /* producer: slots readable */
  uint32_t producer_waiting;           /* producer: 1 while it waits for space */
  uint64_t flushed; /* producer: `published` when it last flushed, ended or ran out of space */
  LOCKSTEP_ALIGN64 uint64_t
      written; /* producer: slots complete, maybe not yet published; what a crash left */
  /* Producer, of the run that it writes now: the position of its header, which is `written` while
   * it is open; and where its first block and the next one go, as addresses of the producer's, so
   * that translated code can do with one of them. After a crash the agent completes it. */
  uint64_t run_position;
  uint64_t run_begin;
  uint64_t run_at;
  LOCKSTEP_ALIGN64 uint64_t consumed; /* agent: slots free for reuse */
};

/* word0 bit 31 clear: a block is entered. word0 = block id, word1 = low half of icount,
 *   value = gpr digest on entry (0 if the group is not supplied).
 * word0 bit 31 set: word0 = 0x80000000 | type << 16 | argument, word1 = payload bytes, value by
 * type. */
struct lockstep_slot {
  uint32_t word0;
  uint32_t word1;
  uint64_t value;
};

#define LOCKSTEP_CONTROL_BIT 0x80000000u
#define LOCKSTEP_SLOT_BYTES 16u

enum lockstep_record_type {
  LOCKSTEP_REC_BLOCK_INFO =
      1, /* argument 0; value: block id; payload: lockstep_block_info_wire + offsets + code */
  LOCKSTEP_REC_GROUP =
      2, /* argument: group number 1..3; value: its digest from the next block on; no payload */
  LOCKSTEP_REC_EVENT =
      3, /* argument: enum lockstep_event_kind; value: icount; payload: uint64_t fields */
  LOCKSTEP_REC_REGISTERS =
      4, /* argument 0; value: icount; payload: uint64_t per declared register, at that icount */
  LOCKSTEP_REC_NAMES = 5, /* argument 0; value: number of registers; payload: "group:name\n" each */
  LOCKSTEP_REC_END = 6,   /* argument: enum lockstep_end_reason; value: icount; payload:
                             lockstep_end_wire + reason text */
  LOCKSTEP_REC_STEP = 7,  /* argument 0; value: step - icount of this vCPU from the next block on */
  LOCKSTEP_REC_CONSOLE = 8, /* argument 0; value: icount; payload: bytes that the guest printed */
  /* Only when digests are wanted at window ends. Blocks that were entered one after the other, all
   * of whose instructions but the last's have begun: the first begins behind the block that was
   * entered last, and none at a multiple of window_insns. Argument and value 0; payload: their ids,
   * uint32_t each. */
  LOCKSTEP_REC_RUN = 9,
  /* Only when request.sums is set. Instructions that began one after the other in blocks that are
   * not told of, none past a multiple of window_insns. Argument: 0; value: their flow digest, from
   * 0 (docs/design/sparse.md); payload: lockstep_sum_wire. The next block begins behind them. */
  LOCKSTEP_REC_SUM = 10,
};

struct lockstep_block_info_wire {
  uint64_t pc;
  uint64_t space;   /* LOCKSTEP_SPACE(): privilege, paging mode, ASID */
  uint32_t n_insns; /* 1..65535 */
  uint32_t n_code;  /* bytes of code that follow the offsets; 0 when unknown */
  /* then n_insns uint16_t byte offsets from pc, the first 0, rising (none of them from a producer
   * without LOCKSTEP_ABILITY_LAYOUT); then n_code bytes */
};

struct lockstep_sum_wire {
  uint32_t icount;  /* low half, of where they began */
  uint32_t n_insns; /* may be 0 */
  uint64_t written; /* of lockstep_sum() */
};

struct lockstep_end_wire {
  uint64_t step;
  uint64_t digests[4];     /* by group number */
  uint64_t console_digest; /* FNV-1a 64 of all console output; 0 when the guest printed nothing */
  int64_t exit_code;       /* of LOCKSTEP_END_EXIT */
};

#ifdef __cplusplus
}
#endif

#endif /* PLUGINS_SDK_LOCKSTEP_RING_H_ */
