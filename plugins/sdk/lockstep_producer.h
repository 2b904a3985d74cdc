/* SPDX-License-Identifier: MIT */
/* The producer library: how an emulator becomes an instance of a Lockstep run.
 *
 * An emulator calls lockstep_open() once; when it was started by `lockstep run` or `join`, it then
 * tells of every translation block (lockstep_block_info), of every entry into one (lockstep_enter),
 * of what happens between (lockstep_event), and of the end (lockstep_end). The library writes
 * fixed-size records into shared memory (lockstep_ring.h); it makes no system call but a futex wait
 * when the ring is full and a futex wake when the agent sleeps, allocates nothing after
 * lockstep_open(), and knows no RPC.
 *
 * What the run does not want is left out by the library, so that an emulator may call and not
 * ask: groups and events outside of the request's masks, and everything but infos and End below
 * silent_until_icount. After the agent has died, or has asked to stop and takes no more
 * records, calls do nothing.
 *
 * Counting: icount is the number of instructions that a vCPU has *begun* since reset, one by
 * one. An instruction that raises a synchronous exception has begun and counts; a fetch that
 * faults has begun nothing; an interrupt counts nothing; an instruction restarted internally counts
 * once.
 *
 * Order: records of one vCPU are written in the order in which things happen. Events and group
 * digests that precede a block's entry are written before it. An exception or interrupt carries the
 * icount at which its handler's first instruction will begin, so it always stands right before a
 * block with that icount.
 *
 * Threads: one thread at a time per vCPU. No call throws. Functions that can fail return 0 or a
 * negative errno value; lockstep_open() prints nothing.
 */
#ifndef PLUGINS_SDK_LOCKSTEP_PRODUCER_H_
#define PLUGINS_SDK_LOCKSTEP_PRODUCER_H_

#include <stddef.h>
#include <stdint.h>

#include "plugins/sdk/lockstep_ring.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Digest groups; the bit of group g is 1u << g. */
enum lockstep_group { LOCKSTEP_GPR = 0, LOCKSTEP_FPR = 1, LOCKSTEP_CSR = 2, LOCKSTEP_MEM = 3 };
#define LOCKSTEP_GROUPS 4

enum lockstep_ability {
  LOCKSTEP_ABILITY_STEP = 1 << 0,       /* honours request.step and silent_until_icount */
  LOCKSTEP_ABILITY_REGISTERS = 1 << 1,  /* can send LOCKSTEP_REC_REGISTERS */
  LOCKSTEP_ABILITY_LAYOUT = 1 << 2,     /* block infos carry the offsets of all instructions */
  LOCKSTEP_ABILITY_TLB_EVENTS = 1 << 3, /* sends tlb_fill and tlb_flush */
  LOCKSTEP_ABILITY_REWIND = 1 << 4,
  LOCKSTEP_ABILITY_INPUTS = 1 << 5,
  LOCKSTEP_ABILITY_WINDOWS = 1 << 6, /* honours request.window_insns and digest_at */
  LOCKSTEP_ABILITY_TRAPS = 1 << 7,   /* sends every exception and interrupt: they are compared */
  LOCKSTEP_ABILITY_MASKS = 1 << 8,   /* honours csr_masks and extra_csrs of lockstep_rules() */
  LOCKSTEP_ABILITY_RANGES = 1 << 9,  /* honours ranges of lockstep_rules() */
};

enum lockstep_engine {
  LOCKSTEP_ENGINE_OTHER = 0,
  LOCKSTEP_ENGINE_INTERPRETER = 1,
  LOCKSTEP_ENGINE_JIT = 2
};

/* Fields are uint64_t, in the order given. */
enum lockstep_event_kind {
  LOCKSTEP_EV_EXCEPTION = 1, /* cause, epc, tval, from privilege, to privilege, handler pc */
  LOCKSTEP_EV_INTERRUPT =
      2, /* cause (without the top bit), epc, 0, from privilege, to privilege, handler pc */
  LOCKSTEP_EV_TLB_FILL =
      3, /* va, pa, page size in bytes, access (0 load 1 store 2 fetch), asid, paging mode
            (satp.MODE), permissions (R1 W2 X4 U8 G16 A64 D128), privilege of the access */
  LOCKSTEP_EV_TLB_FLUSH = 4, /* va, asid, scope (0 all, 1 by va, 2 by asid, 3 by both, 4 satp write,
                                5 permission change) */
  LOCKSTEP_EV_MMIO = 5,      /* pa, value, size in bytes, is_write */
  LOCKSTEP_EV_INPUT = 6,     /* source, byte or length */
  LOCKSTEP_EV_RESET = 7,     /* pc */
};
#define LOCKSTEP_MAX_EVENT_FIELDS 8

enum lockstep_end_reason {
  LOCKSTEP_END_EXIT = 1,    /* the guest powered the machine off, with exit_code */
  LOCKSTEP_END_LIMIT = 2,   /* stop_at_icount was reached */
  LOCKSTEP_END_HALTED = 3,  /* nothing can ever wake the guest again */
  LOCKSTEP_END_STOPPED = 4, /* asked to stop (stop_requested, a signal) */
  LOCKSTEP_END_ERROR = 5,   /* the emulator gave up; the reason text says why */
};

/* Address space of a block, as one number: privilege (0 U, 1 S, 3 M), paging mode (satp.MODE),
 * ASID. LOCKSTEP_SPACE_UNKNOWN from a producer that cannot tell. */
#define LOCKSTEP_SPACE(privilege, mode, asid) \
  (((uint64_t)(privilege)) | ((uint64_t)(mode) << 8) | ((uint64_t)(asid) << 16))
#define LOCKSTEP_SPACE_UNKNOWN (UINT64_C(1) << 63)

typedef struct lockstep_producer lockstep_producer;

struct lockstep_open_params {
  const char* producer;   /* name and version, at most 63 bytes */
  const char* guest_arch; /* "riscv64", "aarch64" ... at most 15 bytes */
  uint32_t vcpus;
  uint32_t groups;    /* mask of 1u << enum lockstep_group that it can supply */
  uint32_t abilities; /* mask of enum lockstep_ability */
  uint32_t engine;    /* enum lockstep_engine */
};

struct lockstep_block {
  uint32_t id; /* below 2^31; may be reused only after a new info with the same id */
  uint64_t pc;
  uint64_t space;
  uint32_t n_insns;
  const uint16_t* offsets; /* n_insns byte offsets from pc; NULL only without ABILITY_LAYOUT (then
                              n_insns is the nominal count) */
  const uint8_t* code;     /* n_code bytes at pc, or NULL */
  uint32_t n_code;
};

struct lockstep_end {
  uint32_t reason; /* enum lockstep_end_reason */
  uint64_t icount;
  uint64_t step;
  uint64_t digests[LOCKSTEP_GROUPS];
  uint64_t console_digest;
  int64_t exit_code;
  const char* text; /* one line, or NULL */
};

/* Maps the ring that the environment names. Returns 0 and sets *out; or
 *   -ENOENT           the environment names none (the emulator was started by itself: run as usual)
 *   -EINVAL           a name in `params` is too long or empty, vcpus is 0, or the environment
 *                     variable is no number
 *   -EBADF            the environment variable names no open file (it was closed on the way)
 *   -EPROTONOSUPPORT  the ring is of another version
 *   -EPROTO           the file is no ring, or its sizes or tables contradict each other
 *   -E2BIG            more vCPUs than the ring has room for
 *   -EBUSY            another producer has opened this ring
 *   -ENOMEM           no memory, or no address space. */
int lockstep_open(const struct lockstep_open_params* params, lockstep_producer** out);

/* What this run asks of the producer. Valid until lockstep_close(). */
const struct lockstep_request* lockstep_request(const lockstep_producer* p);

/* Which parts of the digested state this run ignores and adds. Checked: counts are within the
 * tables, names end with NUL and are not empty, ranges do not wrap. Valid until lockstep_close().
 */
const struct lockstep_rules* lockstep_rules(const lockstep_producer* p);

/* The bits of the control register `csr` that the run ignores; 0 for most. */
uint64_t lockstep_ignored_bits(const struct lockstep_rules* rules, const char* csr);

/* Declares the registers that lockstep_registers() will send: names[i] is "gpr:a0", "csr:mepc",
 * "pc:pc" ... Once, before the first. -EINVAL: no or more than LOCKSTEP_MAX_REGISTERS names, or a
 * second call; -EMSGSIZE: the names are too long together. */
int lockstep_register_names(lockstep_producer* p, uint32_t vcpu, const char* const* names,
                            uint32_t n);

/* Tells of a translation. Before the first lockstep_enter() with this id. -EINVAL: id, n_insns or
 * an offset is out of range; -EMSGSIZE: longer than LOCKSTEP_MAX_PAYLOAD_BYTES. */
int lockstep_block_info(lockstep_producer* p, uint32_t vcpu, const struct lockstep_block* block);

/* A block is entered: `icount` instructions had begun before it, `gpr_digest` is the state's. */
void lockstep_enter(lockstep_producer* p, uint32_t vcpu, uint32_t id, uint64_t icount,
                    uint64_t gpr_digest);

/* The digest of group FPR, CSR or MEM has changed; holds for the blocks entered from now on.
 * Initially 0. */
void lockstep_set_group(lockstep_producer* p, uint32_t vcpu, enum lockstep_group group,
                        uint64_t digest);

/* Where the next records of a vCPU go, for translators whose code writes them itself. In place of
 * lockstep_set_group() and lockstep_enter(), on the vCPU's thread:
 *
 *   while head < limit: write ring[head & mask], add 1 to head, store it to *written (release);
 *   a group that has changed: {LOCKSTEP_CONTROL_BIT | LOCKSTEP_REC_GROUP << 16 | group, 0, digest},
 *     if the run wants the group, and groups[group] = digest;
 *   a block that is entered: {id, low half of icount, gpr digest}.
 *
 * With head at limit or past it call lockstep_enter(), which moves the limit on. `limit` may be set
 * to 0, so that this happens at the next block. The rest is the library's. */
struct lockstep_writer {
  uint64_t head; /* slots written */
  uint64_t limit;
  struct lockstep_slot* ring;
  uint64_t mask;
  uint64_t* written;
  uint64_t groups[LOCKSTEP_GROUPS]; /* as last sent; that of gpr is not used */
};

/* Valid until lockstep_close(). */
struct lockstep_writer* lockstep_writer(lockstep_producer* p, uint32_t vcpu);

/* The same where digests are wanted at window ends only (request.digest_at): ids alone, in a run.
 * Blocks that are entered each right behind all of the one ahead of it, and none at a multiple of
 * window_insns, are told of by
 *
 *   store the id (uint32_t) where *lockstep_run_at() points, and add 4 to *lockstep_run_at().
 *
 * lockstep_run_at() is valid until lockstep_close(); NULL: digests are wanted elsewhere, or there
 * is no memory or no address space. lockstep_open_run() makes room after lockstep_enter() has told
 * of a block at `icount`: for n_blocks, at most LOCKSTEP_RUN_BLOCKS, more. It returns how many
 * instructions from `icount` on may begin in blocks that are told of so: n_blocks or, just before
 * silent_until_icount, fewer. Any other call for this vCPU may move *lockstep_run_at();
 * lockstep_enter() and lockstep_end() end the run. REQUIRES: lockstep_run_at() is
 * not NULL. */
uint64_t* lockstep_run_at(lockstep_producer* p, uint32_t vcpu);
uint32_t lockstep_open_run(lockstep_producer* p, uint32_t vcpu, uint64_t icount, uint32_t n_blocks);

/* Nonzero: stretches of whole blocks may be told of by lockstep_sum() in place of lockstep_enter().
 * Constant. The run then wants no events but exceptions and interrupts, and no console output. */
int lockstep_takes_sums(const lockstep_producer* p);

/* `n_insns` instructions began one after the other from `icount` on, where the block that was
 * entered last was left, or the sum before ended; none is past a multiple of window_insns. `flow`
 * is their flow digest, from 0 (lockstep_digest.h). When digests are wanted on every block, it also
 * has, added to the digest behind each block, what that block has written to registers, and
 * `written` is a sum over what else was written; both by the producer's own rule, so that only
 * producers which share it are found equal. Without effect if n_insns, flow and written are 0.
 * REQUIRES: lockstep_takes_sums(). */
void lockstep_sum(lockstep_producer* p, uint32_t vcpu, uint64_t icount, uint32_t n_insns,
                  uint64_t flow, uint64_t written);

/* step - icount of this vCPU changes (more than one vCPU only). Initially 0. */
void lockstep_set_step_base(lockstep_producer* p, uint32_t vcpu, uint64_t step_minus_icount);

void lockstep_event(lockstep_producer* p, uint32_t vcpu, enum lockstep_event_kind kind,
                    uint64_t icount, const uint64_t* fields, uint32_t n_fields);

/* Values of all declared registers when `icount` instructions had begun; written before the block
 * entered there. */
void lockstep_registers(lockstep_producer* p, uint32_t vcpu, uint64_t icount,
                        const uint64_t* values, uint32_t n);

/* Bytes that the guest printed on its console. */
void lockstep_console(lockstep_producer* p, uint32_t vcpu, uint64_t icount, const void* bytes,
                      size_t n);

/* Nonzero when the agent has asked the producer to end, or has died. Cheap: one load. */
int lockstep_stop_requested(const lockstep_producer* p);

/* The vCPU's stream is complete. Publishes everything. */
void lockstep_end(lockstep_producer* p, uint32_t vcpu, const struct lockstep_end* end);

/* Publishes what is pending (done by itself every 256 records and by lockstep_end). Call before a
 * long host wait. */
void lockstep_flush(lockstep_producer* p, uint32_t vcpu);

/* Unmaps. Returns 0. */
int lockstep_close(lockstep_producer* p);

#ifdef __cplusplus
}
#endif

#endif /* PLUGINS_SDK_LOCKSTEP_PRODUCER_H_ */
