/* SPDX-License-Identifier: MIT */
#include <stddef.h>
#include <string.h>

#include "plugins/qemu/plugin.h"
#include "plugins/qemu/riscv.h"

/* A translation as QEMU shows it. Static: QEMU translates one block at a time. */
static struct {
  uint64_t pc;
  uint32_t n;
  uint32_t n_code;
  struct qemu_plugin_insn* insns[QEMU_MAX_BLOCK_INSNS];
  uint16_t offsets[QEMU_MAX_BLOCK_INSNS];
  uint8_t sizes[QEMU_MAX_BLOCK_INSNS];
  uint8_t code[QEMU_MAX_BLOCK_BYTES + 16];
} tb_view;

static void read_code(const struct qemu_plugin_insn* insn, uint8_t* to, size_t n) {
  if (plugin.api >= 3) {
    qemu_plugin_insn_data(insn, to, n);
  } else {
    memcpy(to, (const void*)qemu_plugin_insn_data(insn, NULL, 0), n);
  }
}

/* Fills tb_view. Returns 0 if the block is of a shape that no block has. */
static int view(struct qemu_plugin_tb* tb) {
  size_t n = qemu_plugin_tb_n_insns(tb);
  if (n == 0 || n > QEMU_MAX_BLOCK_INSNS) return 0;
  tb_view.n = (uint32_t)n;
  tb_view.pc = qemu_plugin_tb_vaddr(tb);
  tb_view.n_code = 0;
  int contiguous = 1;
  for (uint32_t i = 0; i < n; i++) {
    struct qemu_plugin_insn* insn = qemu_plugin_tb_get_insn(tb, i);
    size_t size = qemu_plugin_insn_size(insn);
    uint64_t offset = qemu_plugin_insn_vaddr(insn) - tb_view.pc;
    if (size > 16 || offset > QEMU_MAX_BLOCK_BYTES || offset + size > sizeof(tb_view.code)) {
      return 0;
    }
    if (i == 0 ? offset != 0 : offset <= tb_view.offsets[i - 1]) return 0;
    contiguous &= offset == tb_view.n_code;
    tb_view.insns[i] = insn;
    tb_view.sizes[i] = (uint8_t)size;
    tb_view.offsets[i] = (uint16_t)offset;
    if (contiguous) {
      read_code(insn, tb_view.code + offset, size);
      tb_view.n_code = (uint32_t)(offset + size);
    }
  }
  if (!contiguous || tb_view.n_code > QEMU_MAX_BLOCK_BYTES) tb_view.n_code = 0;
  return 1;
}

/* The block of instructions [first, first + n) of the view, or NULL and the stream has ended. */
static struct block* block_of(uint32_t first, uint32_t n) {
  uint16_t offsets[QEMU_MAX_BLOCK_INSNS];
  uint32_t at = tb_view.offsets[first];
  for (uint32_t i = 0; i < n; i++) offsets[i] = (uint16_t)(tb_view.offsets[first + i] - at);
  uint32_t last = first + n - 1;
  uint32_t n_code =
      tb_view.n_code != 0 ? tb_view.offsets[last] + (uint32_t)tb_view.sizes[last] - at : 0;
  struct block* b = blocks_get(&plugin.blocks, tb_view.pc + at, n, offsets,
                               n_code != 0 ? tb_view.code + at : NULL, n_code);
  if (b == NULL) {
    stream_end(LOCKSTEP_END_ERROR, *plugin.count, 0, 0,
               "the plugin has no memory for another block");
    return NULL;
  }
  mark_block(b);
  return b;
}

static void add_to_count(struct qemu_plugin_insn* insn, uint64_t n) {
  struct plugin* p = &plugin;
  if (p->score != NULL) {
    struct qemu_u64 entry = {p->score, 0};
    qemu_plugin_register_vcpu_insn_exec_inline_per_vcpu(insn, QEMU_INLINE_ADD_U64, entry, n);
  } else {
    qemu_plugin_register_vcpu_insn_exec_inline(insn, QEMU_INLINE_ADD_U64, p->count, n);
  }
}

static uint32_t word_at(uint32_t i) {
  return tb_view.n_code != 0 ? riscv_word(tb_view.code + tb_view.offsets[i], tb_view.sizes[i]) : 0;
}

static int is_marker(uint32_t i) {
  uint64_t pc = tb_view.pc + tb_view.offsets[i];
  return (plugin.options.has_start && pc == plugin.options.start) ||
         (plugin.options.has_stop && pc == plugin.options.stop);
}

/* Additions at each instruction after which the count must be right: one that may leave the block,
 * the one before a marker, and the last. Each adds all that have begun since the one before it. */
static void plant_counting(void) {
  uint32_t counted = 0;
  for (uint32_t i = 0; i < tb_view.n; i++) {
    int last = i + 1 == tb_view.n;
    if (last || !plugin.sparse || !riscv_falls_through(word_at(i), plugin.riscv_xlen) ||
        is_marker(i + 1)) {
      add_to_count(tb_view.insns[i], i + 1 - counted);
      counted = i + 1;
    }
  }
}

/* Callbacks at start= and stop= inside of the block; before the additions of the same instruction,
 * as QEMU keeps the order. */
static void plant_markers(void) {
  for (uint32_t i = 1; i < tb_view.n; i++) {
    if (!is_marker(i)) continue;
    struct block* rest = block_of(i, tb_view.n - i);
    if (rest == NULL) return;
    qemu_plugin_register_vcpu_insn_exec_cb(tb_view.insns[i], on_marker, QEMU_CB_R_REGS, rest);
  }
}

static void plant_accesses(void) {
  for (uint32_t i = 0; i < tb_view.n; i++) {
    if (riscv_falls_through(word_at(i), plugin.riscv_xlen) && plugin.riscv_xlen != 0) continue;
    struct block* one = block_of(i, 1);
    if (one == NULL) return;
    qemu_plugin_register_vcpu_mem_cb(tb_view.insns[i], on_access, QEMU_CB_R_REGS, QEMU_MEM_RW, one);
  }
}

static void plant_device_stores(void) {
  struct plugin* p = &plugin;
  if (p->devices == DEVICES_OFF) return;
  for (uint32_t i = p->devices == DEVICES_LAST ? tb_view.n - 1 : 0; i < tb_view.n; i++) {
    uint32_t bytes;
    if (riscv_store_source(word_at(i), p->riscv_xlen, &bytes) < 0) continue;
    struct block* store = block_of(i, 1);
    if (store == NULL) return;
    qemu_plugin_register_vcpu_mem_cb(tb_view.insns[i], on_store, QEMU_CB_R_REGS, QEMU_MEM_W, store);
  }
}

static void plant_steps(struct qemu_plugin_tb* tb, struct block* b) {
  if (plugin.pc_from_register) {
    qemu_plugin_register_vcpu_tb_exec_cb(tb, on_step_block, QEMU_CB_R_REGS, b);
  }
  for (uint32_t i = 0; i < tb_view.n; i++) {
    struct block* one = block_of(i, 1);
    if (one == NULL) return;
    qemu_plugin_register_vcpu_insn_exec_cb(tb_view.insns[i], on_step, QEMU_CB_R_REGS, one);
  }
}

static void plant_entry(struct qemu_plugin_tb* tb, struct block* b) {
  struct plugin* p = &plugin;
  const int reads = p->digests != 0 || p->pc_from_register || p->options.sample_insns != 0;
  const int flags = reads ? QEMU_CB_R_REGS : QEMU_CB_NO_REGS;
  if (p->pc_from_register) {
    stream_describe(b);
    qemu_plugin_register_vcpu_tb_exec_cb(tb, on_block_anywhere, flags, b);
  } else if (b->start || b->stop) {
    qemu_plugin_register_vcpu_tb_exec_cb(tb, on_block_marked, flags, b);
  } else {
    stream_describe(b);
    qemu_plugin_register_vcpu_tb_exec_cb(tb, p->api == 1 ? on_block_api1 : on_block, flags,
                                         (void*)(uintptr_t)b->id);
  }
}

void on_translate(qemu_plugin_id_t id, struct qemu_plugin_tb* tb) {
  (void)id;
  struct plugin* p = &plugin;
  if (p->state == STREAM_ENDED) return;
  p->vcpu_thread = pthread_self();
  p->has_vcpu_thread = 1;
  if (!view(tb)) {
    stream_end(LOCKSTEP_END_ERROR, *p->count, 0, 0,
               "QEMU made a translation of a shape that the plugin does not know");
    return;
  }
  struct block* b = block_of(0, tb_view.n);
  if (b == NULL) return;
  if (p->step) {
    plant_steps(tb, b);
  } else {
    plant_entry(tb, b);
    if (p->options.has_start || p->options.has_stop) plant_markers();
    for (uint32_t i = 1; p->limit_by_insn && i < tb_view.n; i++) {
      qemu_plugin_register_vcpu_insn_exec_cb(tb_view.insns[i], on_limit, QEMU_CB_R_REGS, NULL);
    }
    plant_counting();
  }
  if (p->memory) {
    plant_accesses();
  } else {
    plant_device_stores();
  }
}
