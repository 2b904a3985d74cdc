/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "plugins/qemu/plugin.h"
/* Not linked but included, so that the record of a block is written without a call. */
#include "plugins/sdk/lockstep_producer.c"

#define UNLIKELY(x) __builtin_expect(!!(x), 0)

/* How many instructions go by between two looks whether the agent wants the end. */
#define LOOK_EVERY_INSNS 16384u
/* Most blocks that the agent is not told of yet. Telling it costs some dozens of cycles; before a
 * wait of the guest's it is told of all. */
#define RUN_SLOTS 256u
/* How long before a limit or the end of a window blocks of one instruction begin: two of QEMU's
 * longest blocks, and what leaving one takes. */
#define CUT_MARGIN_INSNS (2 * QEMU_MAX_BLOCK_INSNS + 64)

static uint64_t min64(uint64_t a, uint64_t b) { return a < b ? a : b; }

/* Sets the count from which on_block takes the slow path. */
static void set_slow_at(void) {
  struct plugin* p = &plugin;
  const int digests = p->digests != 0 || p->memory;
  p->slow_at =
      min64(min64(p->request->stop_at_icount, p->next_sample), min64(p->next_look, p->next_window));
  if (!p->cutting) p->slow_at = min64(p->slow_at, p->cut_from);
  if (p->state != STREAM_RUNNING || (digests && !p->at_windows) || p->extra_vcpu || p->reads_log) {
    p->slow_at = 0;
  }
}

/* ---- the way into the ring -------------------------------------------------------------------

   on_block writes block records into run.next .. run.stop by itself, in a dozen instructions. Every
   other use of the producer stands between settle(), after which the producer's state is what the
   ring is, and rearm(), which makes the next run. */

static struct vcpu* ring_vcpu(void) { return &plugin.producer->vcpus[0]; }

static void settle(void) {
  struct plugin* p = &plugin;
  struct record_run* run = &p->run;
  if (run->next == run->begin) return;
  const struct lockstep_slot* slot = run->next - 1;
  const uint64_t icount = *p->count;
  p->last = blocks_by_id(&p->blocks, slot->word0);
  p->last_icount = icount - (uint32_t)((uint32_t)icount - slot->word1);
  ring_vcpu()->head += (uint64_t)(run->next - run->begin);
  run->begin = run->next;
}

static void rearm(void) {
  struct record_run* run = &plugin.run;
  struct vcpu* v = ring_vcpu();
  const uint64_t at = v->head & v->mask;
  uint64_t end = min64(v->published + RUN_SLOTS, v->consumed + v->mask + 1);
  if (v->silent || v->muted || end < v->head) end = v->head;
  run->begin = run->next = v->ring + at;
  run->stop = run->next + min64(end - v->head, v->mask + 1 - at);
  run->written = &v->cursors->written;
}

void stream_disturb(void) {
  plugin.extra_vcpu = 1;
  set_slow_at();
}

/* From which count on blocks are cut, after a window's or the stream's beginning. */
static void set_cut(void) {
  struct plugin* p = &plugin;
  uint64_t target = p->cuts ? p->next_window : UINT64_MAX;
  if (p->cuts_limit) target = min64(target, p->request->stop_at_icount);
  p->cut_from = target == UINT64_MAX        ? UINT64_MAX
                : target > CUT_MARGIN_INSNS ? target - CUT_MARGIN_INSNS
                                            : 0;
}

/* Lets QEMU make blocks of one instruction, or no longer. */
static void cut(int on) {
  struct plugin* p = &plugin;
  if (p->one_insn == NULL || p->cutting == on) return;
  if (on && *p->one_insn) { /* QEMU was told so after the plugin was loaded: it stays on */
    p->one_insn = NULL;
    return;
  }
  p->cutting = on;
  *p->one_insn = on != 0;
  if (on) cpu_exit(qemu_get_cpu(0));
}

void stream_begin(void) {
  struct plugin* p = &plugin;
  *p->count = 0;
  p->state = STREAM_RUNNING;
  /* With digests windows need cuts: what holds inside of a block is not known afterwards. */
  const int windows = p->cuts || (p->digests == 0 && !p->memory);
  p->next_window =
      p->request->window_insns != 0 && !p->step && windows ? p->request->window_insns : UINT64_MAX;
  set_cut();
  p->next_sample =
      p->options.sample_insns != 0 && p->registers.bound && p->riscv_xlen != 0 ? 0 : UINT64_MAX;
  set_slow_at();
}

static void describe(struct block* b) {
  struct lockstep_block info;
  memset(&info, 0, sizeof(info));
  info.id = b->id;
  info.pc = b->pc;
  info.space = LOCKSTEP_SPACE_UNKNOWN; /* a plugin is not told */
  info.n_insns = b->n_insns;
  info.offsets = block_offsets(b);
  info.code = b->n_code != 0 ? block_code(b) : NULL;
  info.n_code = b->n_code;
  settle();
  lockstep_block_info(plugin.producer, 0, &info);
  b->described = 1;
  rearm();
}

void stream_describe(struct block* b) {
  if (!b->described && plugin.state != STREAM_ENDED) describe(b);
}

static void put_record(struct block* b, uint64_t icount, uint64_t digest) {
  struct plugin* p = &plugin;
  if (UNLIKELY(!b->described)) describe(b);
  settle();
  lockstep_enter(p->producer, 0, b->id, icount, digest);
  rearm();
  p->last = b;
  p->last_icount = icount;
}

/* Begins a block at each multiple of the run's window that lies in the block entered last, now that
 * execution is known to have got to `icount` there: its rest, entered at that count. Nothing is
 * supplied there but the pc. */
static void catch_up_windows(uint64_t icount) {
  struct plugin* p = &plugin;
  settle();
  while (p->next_window < icount) {
    const uint64_t at = p->next_window;
    const struct block* b = p->last;
    p->next_window = UINT64_MAX; /* should there be no rest */
    if (p->cuts) {
      stream_end(LOCKSTEP_END_ERROR, icount, 0, 0, "a block of QEMU's passed the end of a window");
      return;
    }
    if (b == NULL || at <= p->last_icount || at - p->last_icount >= b->n_insns) {
      stream_end(LOCKSTEP_END_ERROR, icount, 0, 0, "the plugin counted more than QEMU's block has");
      return;
    }
    struct block* rest = blocks_tail(&p->blocks, b, (uint32_t)(at - p->last_icount));
    if (rest == NULL) {
      stream_end(LOCKSTEP_END_ERROR, icount, 0, 0, "the plugin has no memory for another block");
      return;
    }
    put_record(rest, at, 0);
    p->next_window = at + p->request->window_insns;
  }
}

void stream_forget_blocks(void) {
  struct plugin* p = &plugin;
  settle();
  /* The block entered last may have to be cut yet. */
  static union {
    struct block block;
    uint8_t bytes[sizeof(struct block) + QEMU_MAX_BLOCK_INSNS * sizeof(uint16_t) +
                  QEMU_MAX_BLOCK_BYTES];
  } last;
  if (p->last != NULL && p->last != &last.block) {
    memcpy(last.bytes, p->last,
           sizeof(struct block) + p->last->n_insns * sizeof(uint16_t) + p->last->n_code);
    p->last = &last.block;
  }
  blocks_flush(&p->blocks);
}

/* The digests here; those of other groups than gpr are told of. */
static void take_digests(uint64_t digests[LOCKSTEP_GROUPS]) {
  struct plugin* p = &plugin;
  memset(digests, 0, LOCKSTEP_GROUPS * sizeof(digests[0]));
  for (uint32_t g = LOCKSTEP_GPR; g <= LOCKSTEP_CSR; g++) {
    if ((p->digests & 1u << g) != 0) digests[g] = registers_digest(&p->registers, g);
  }
  if (p->memory) digests[LOCKSTEP_MEM] = p->stored;
  settle();
  for (uint32_t g = LOCKSTEP_FPR; g < LOCKSTEP_GROUPS; g++) {
    lockstep_set_group(p->producer, 0, (enum lockstep_group)g, digests[g]);
  }
  rearm();
}

void stream_end(enum lockstep_end_reason reason, uint64_t icount, int64_t exit_code, int live,
                const char* text) {
  struct plugin* p = &plugin;
  if (p->state == STREAM_ENDED) return;
  if (p->state == STREAM_RUNNING) catch_up_windows(icount);
  p->state = STREAM_ENDED;
  cut(0);
  set_slow_at();
  struct lockstep_end end;
  memset(&end, 0, sizeof(end));
  end.reason = reason;
  end.icount = icount;
  end.step = icount;
  if (live && (p->digests != 0 || p->memory)) take_digests(end.digests);
  end.console_digest = p->uart.digest;
  end.exit_code = exit_code;
  end.text = text;
  settle();
  lockstep_end(p->producer, 0, &end);
  if (p->reads_log) log_close(&p->log);
}

/* The run wants no more of this emulator. A user-mode guest is let go on: what it does to files
 * and pipes is not ours to cut. */
static void leave(void) {
  if (plugin.is_system) kill(getpid(), SIGTERM);
}

/* The pc is the block's: QEMU does not write its register between blocks that are chained. */
static void send_registers(const struct block* b, uint64_t icount) {
  uint64_t values[MAX_RISCV_REGISTERS];
  registers_read(&plugin.registers, values);
  values[PC_PLACE] = b->pc;
  settle();
  lockstep_registers(plugin.producer, 0, icount, values, plugin.registers.n);
  rearm();
}

/* `here`: digests are wanted of this place. */
static void enter(struct block* b, uint64_t icount, int here) {
  struct plugin* p = &plugin;
  uint64_t digests[LOCKSTEP_GROUPS] = {0};
  if (here && (p->digests != 0 || p->memory) && icount >= p->request->silent_until_icount) {
    take_digests(digests);
  }
  put_record(b, icount, digests[LOCKSTEP_GPR]);
}

/* Returns 1 if the stream ends before the instruction that would be number `icount`. */
static int ends_here(uint64_t icount) {
  struct plugin* p = &plugin;
  if (UNLIKELY(p->extra_vcpu)) {
    stream_end(LOCKSTEP_END_ERROR, icount, 0, 0,
               "the guest started a second thread; QEMU's threads have no deterministic order");
    return 1;
  }
  if (icount >= p->request->stop_at_icount) {
    uint64_t limit = p->request->stop_at_icount;
    stream_end(LOCKSTEP_END_LIMIT, limit, 0, icount == limit, "limit of instructions");
    leave();
    return 1;
  }
  if (lockstep_stop_requested(p->producer)) {
    stream_end(LOCKSTEP_END_STOPPED, icount, 0, 1, "asked to stop");
    leave();
    return 1;
  }
  return 0;
}

void mark_block(struct block* b) {
  b->start = plugin.options.has_start && b->pc == plugin.options.start;
  b->stop = plugin.options.has_stop && b->pc == plugin.options.stop;
}

/* The block where the guest really is: QEMU 10 runs one translation at several addresses. NULL:
 * the stream has ended. */
static struct block* relocate(struct block* b, uint64_t pc) {
  struct plugin* p = &plugin;
  if (b->pc == pc) return b;
  b = blocks_at(&p->blocks, b, pc);
  if (b == NULL) {
    stream_end(LOCKSTEP_END_ERROR, *p->count, 0, 1, "the plugin has no memory for another block");
  } else {
    mark_block(b);
  }
  return b;
}

static int marker(struct block* b, uint64_t icount) {
  if (b->stop && plugin.state == STREAM_RUNNING) {
    stream_end(LOCKSTEP_END_LIMIT, icount, 0, 1, "stop address");
    return 1;
  }
  return 0;
}

static int icount_is_silent(void) {
  return plugin.state != STREAM_RUNNING || *plugin.count < plugin.request->silent_until_icount;
}

/* Everything that a block may need besides its record. */
static void __attribute__((noinline)) on_block_slow(struct block* b) {
  struct plugin* p = &plugin;
  if (p->state == STREAM_ENDED) return;
  if (p->state == STREAM_WAITING) {
    if (p->reads_log) log_forward();
    if (!b->start) return;
    stream_begin();
  }
  uint64_t icount = *p->count;
  if (marker(b, icount) || ends_here(icount)) return;
  catch_up_windows(icount);
  if (p->reads_log) tell_of_log(icount, b->pc);
  const int here = !p->at_windows || icount == 0 || icount == p->next_window;
  if (icount == p->next_window) {
    p->next_window += p->request->window_insns;
    set_cut();
  }
  cut(icount >= p->cut_from);
  set_slow_at();
  if (icount >= p->next_look) {
    if (p->pc_from_register && !registers_pc_is_sound(&p->registers)) {
      stream_end(LOCKSTEP_END_ERROR, icount, 0, 0,
                 "the plugin does not find the pc of this QEMU: give pc=block");
      return;
    }
    p->next_look = icount + LOOK_EVERY_INSNS;
    set_slow_at();
  }
  if (icount >= p->next_sample) {
    if (icount >= p->request->silent_until_icount) send_registers(b, icount);
    p->next_sample = (icount / p->options.sample_insns + 1) * p->options.sample_insns;
    set_slow_at();
  }
  enter(b, icount, here);
}

/* The run of slots is full, or there is more to do. */
static void __attribute__((noinline)) on_block_refill(struct block* b) {
  const uint64_t icount = *plugin.count;
  if (icount >= plugin.slow_at) {
    on_block_slow(b);
  } else {
    put_record(b, icount, 0);
  }
}

static void __attribute__((noinline)) on_id_refill(void* id) {
  on_block_refill(blocks_by_id(&plugin.blocks, (uint32_t)(uintptr_t)id));
}

/* Writes the record of a block if that is all there is to do; returns 0 if not. */
static inline __attribute__((always_inline)) int write_quickly(uint32_t id, uint64_t icount) {
  struct record_run* run = &plugin.run;
  struct lockstep_slot* slot = run->next;
  if (UNLIKELY(icount >= plugin.slow_at || slot == run->stop)) return 0;
  const uint64_t words[2] = {icount << 32 | id, 0};
  memcpy(slot, words, sizeof(words));
  run->next = slot + 1;
  __atomic_store_n(run->written, *run->written + 1, __ATOMIC_RELEASE);
  return 1;
}

void on_block_api1(unsigned vcpu, void* id) {
  if (UNLIKELY(vcpu != 0)) return;
  if (UNLIKELY(!write_quickly((uint32_t)(uintptr_t)id, plugin.count_api1))) on_id_refill(id);
}

void on_block(unsigned vcpu, void* id) {
  if (UNLIKELY(vcpu != 0)) return;
  if (UNLIKELY(!write_quickly((uint32_t)(uintptr_t)id, *plugin.count))) on_id_refill(id);
}

void on_block_marked(unsigned vcpu, void* userdata) {
  if (vcpu == 0) on_block_slow(userdata);
}

/* The same code at another address than it was translated for. */
static void __attribute__((noinline)) on_block_elsewhere(struct block* b, uint64_t pc) {
  b = relocate(b, pc);
  if (b == NULL) return;
  if (b->stop) {
    on_block_slow(b);
  } else {
    on_block_refill(b);
  }
}

void on_block_anywhere(unsigned vcpu, void* userdata) {
  struct plugin* p = &plugin;
  struct block* b = userdata;
  if (UNLIKELY(vcpu != 0 || p->state == STREAM_ENDED)) return;
  const uint64_t pc = registers_block_pc(&p->registers);
  if (UNLIKELY(pc != b->pc)) {
    on_block_elsewhere(b, pc);
  } else if (UNLIKELY(b->stop)) {
    on_block_slow(b);
  } else if (UNLIKELY(!write_quickly(b->id, *p->count))) {
    on_block_refill(b);
  }
}

lockstep_producer* stream_settle(void) {
  settle();
  return plugin.producer;
}

void stream_rearm(void) { rearm(); }

void stream_catch_up(uint64_t icount) { catch_up_windows(icount); }

void stream_flush_records(void) {
  settle();
  lockstep_flush(plugin.producer, 0);
  rearm();
}

void on_marker(unsigned vcpu, void* userdata) {
  struct plugin* p = &plugin;
  struct block* b = userdata;
  if (vcpu != 0) return;
  if (p->state == STREAM_WAITING && b->start) {
    stream_begin();
    if (!marker(b, 0)) enter(b, 0, 1);
  } else {
    marker(b, *p->count);
  }
}

void on_step_block(unsigned vcpu, void* userdata) {
  const struct block* b = userdata;
  if (vcpu != 0 || plugin.state == STREAM_ENDED) return;
  plugin.pc_shift = registers_pc(&plugin.registers) - b->pc;
}

void on_step(unsigned vcpu, void* userdata) {
  struct plugin* p = &plugin;
  struct block* b = userdata;
  if (vcpu != 0 || p->state == STREAM_ENDED) return;
  if (p->reads_log && icount_is_silent()) log_forward();
  if (p->state == STREAM_WAITING) {
    if (!b->start) return;
    stream_begin();
  }
  uint64_t icount = *p->count;
  if (marker(b, icount) || ends_here(icount)) return;
  if (icount >= p->request->silent_until_icount) {
    b = relocate(b, b->pc + p->pc_shift);
    if (b == NULL) return;
    if (p->reads_log) tell_of_log(icount, b->pc);
    if (p->step_registers && p->request->digest_at != LOCKSTEP_DIGEST_AT_INSN) {
      send_registers(b, icount);
    }
    enter(b, icount, 1);
  }
  *p->count = icount + 1;
}

void on_limit(unsigned vcpu, void* userdata) {
  (void)userdata;
  struct plugin* p = &plugin;
  if (vcpu == 0 && p->state == STREAM_RUNNING && *p->count >= p->request->stop_at_icount) {
    ends_here(*p->count);
  }
}

/* ---- user mode ------------------------------------------------------------------------------- */

void on_syscall(qemu_plugin_id_t id, unsigned vcpu, int64_t num, uint64_t a1, uint64_t a2,
                uint64_t a3, uint64_t a4, uint64_t a5, uint64_t a6, uint64_t a7, uint64_t a8) {
  (void)id, (void)a2, (void)a3, (void)a4, (void)a5, (void)a6, (void)a7, (void)a8;
  if (vcpu == 0 && plugin.state == STREAM_RUNNING) stream_flush_records();
  if (vcpu != 0 || plugin.state != STREAM_RUNNING || num != plugin.exit_syscall) return;
  stream_end(LOCKSTEP_END_EXIT, *plugin.count, (int64_t)(a1 & 0xff), 1, "exit");
}
