/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "plugins/qemu/registers.h"

#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "plugins/qemu/qemu_api.h"
#include "plugins/sdk/lockstep_digest.h"
#include "plugins/sdk/lockstep_producer.h"

enum { GDB_PC = 32 };

void registers_init(struct registers* r, int is_riscv) {
  memset(r, 0, sizeof(*r));
  r->is_riscv = is_riscv;
  if (g_byte_array_new == NULL || g_byte_array_set_size == NULL) return;
  if (qemu_plugin_get_registers != NULL && qemu_plugin_read_register != NULL) {
    r->source = REGISTERS_INTERFACE;
  } else if (is_riscv && qemu_get_cpu != NULL && riscv_cpu_gdb_read_register != NULL) {
    r->source = REGISTERS_GDB;
  }
}

uint32_t registers_groups(const struct registers* r, uint32_t xlen, int is_system) {
  uint32_t groups = 0;
  if (xlen == 0 || r->source == REGISTERS_NONE) return 0;
  groups |= 1u << LOCKSTEP_GPR;
  if (r->source == REGISTERS_GDB) return groups;
  groups |= 1u << LOCKSTEP_FPR;
  if (xlen == 64 && is_system) groups |= 1u << LOCKSTEP_CSR;
  return groups;
}

/* ---- reading -------------------------------------------------------------------------------- */

/* Which of our registers QEMU means; x8 goes by two names. */
static int index_of(struct registers* r, const char* name) {
  static const char* const kPcNames[] = {"pc", "rip", "eip", "r15"};
  if (!r->is_riscv) {
    for (uint32_t i = 0; i < 4; i++) {
      if (strcmp(name, kPcNames[i]) == 0) return PC_PLACE;
    }
    return -1;
  }
  struct guest_register* g = registers_find(r, strcmp(name, "fp") == 0 ? "s0" : name);
  return g != NULL ? (int)(g - r->list) : -1;
}

static const char* bind_interface(struct registers* r) {
  struct glib_array* list = qemu_plugin_get_registers();
  if (list == NULL) return "QEMU lists no registers";
  const struct qemu_register_descriptor* d = (const void*)list->data;
  /* A vector unit's feature could repeat a name: the first is of the core. */
  for (unsigned i = 0; i < list->len; i++) {
    int index = index_of(r, d[i].name);
    if (index >= 0 && r->list[index].handle == NULL) r->list[index].handle = d[i].handle;
  }
  if (!r->is_riscv) {
    return r->list[PC_PLACE].handle == NULL
               ? "QEMU lists no pc among this guest's registers: give pc=block"
               : NULL;
  }
  for (uint32_t i = 0; i < r->n; i++) {
    if (r->list[i].handle != NULL) continue;
    snprintf(
        r->missing, sizeof(r->missing),
        "this CPU of QEMU's has no register %s: leave its group out of groups=", r->list[i].name);
    return r->missing;
  }
  return NULL;
}

const char* registers_bind(struct registers* r) {
  const char* missing = NULL;
  if (r->source == REGISTERS_NONE) return "this QEMU has no way to read registers";
  r->buffer = g_byte_array_new();
  if (r->source == REGISTERS_INTERFACE) {
    missing = bind_interface(r);
  } else {
    r->cpu = qemu_get_cpu(0);
    if (r->cpu == NULL) missing = "QEMU has no CPU 0";
  }
  r->bound = missing == NULL;
  return missing;
}

static uint64_t read_one(struct registers* r, uint32_t index) {
  struct glib_array* buffer = r->buffer;
  g_byte_array_set_size(buffer, 0);
  if (r->source == REGISTERS_INTERFACE) {
    qemu_plugin_read_register(r->list[index].handle, buffer);
  } else {
    riscv_cpu_gdb_read_register(r->cpu, buffer, index == PC_PLACE ? GDB_PC : (int)index + 1);
  }
  uint64_t value = 0; /* the guest and the host are little-endian */
  memcpy(&value, buffer->data, buffer->len < sizeof(value) ? buffer->len : sizeof(value));
  return value;
}

uint64_t registers_pc(struct registers* r) { return read_one(r, PC_PLACE); }

/* Reads our own memory, wherever it is: returns how much of it there is. */
static size_t peek(const void* at, void* to, size_t n) {
  struct iovec local = {to, n};
  struct iovec remote = {(void*)(uintptr_t)at, n};
  const ssize_t got = process_vm_readv(getpid(), &local, 1, &remote, 1, 0);
  return got > 0 ? (size_t)got : 0;
}

/* How far behind the address of QEMU's CPU its registers are looked for. */
#define CPU_BYTES (128u << 10)

static void first_pc_candidates(struct registers* r, uint64_t pc) {
  const uint64_t* cpu = qemu_get_cpu != NULL ? qemu_get_cpu(0) : NULL;
  uint64_t words[512];
  for (size_t at = 0; cpu != NULL && at < CPU_BYTES / sizeof(*cpu); at += 512) {
    const size_t n = peek(cpu + at, words, sizeof(words)) / sizeof(*words);
    for (size_t i = 0; i < n && r->n_pc_candidates < MAX_PC_CANDIDATES; i++) {
      if (words[i] == pc) r->pc_candidates[r->n_pc_candidates++] = cpu + at + i;
    }
    if (n < 512) return;
  }
}

/* One more look at which words are equal to the pc. */
static void narrow_pc_candidates(struct registers* r, uint64_t pc) {
  if (pc == r->last_pc) return;
  r->last_pc = pc;
  if (r->pc_looks++ == 0) {
    first_pc_candidates(r, pc);
    return;
  }
  uint32_t kept = 0;
  for (uint32_t i = 0; i < r->n_pc_candidates; i++) {
    uint64_t word;
    if (peek(r->pc_candidates[i], &word, sizeof(word)) == sizeof(word) && word == pc) {
      r->pc_candidates[kept++] = r->pc_candidates[i];
    }
  }
  r->n_pc_candidates = kept;
  if (r->pc_looks == PC_LOOKS && kept != 0) r->pc_place = r->pc_candidates[0];
}

uint64_t registers_block_pc(struct registers* r) {
  if (r->pc_place != NULL) return *r->pc_place;
  const uint64_t pc = registers_pc(r);
  if (r->source == REGISTERS_INTERFACE && r->pc_looks < PC_LOOKS) narrow_pc_candidates(r, pc);
  return pc;
}

int registers_pc_is_sound(struct registers* r) {
  return r->pc_place == NULL || *r->pc_place == registers_pc(r);
}

uint64_t registers_gpr(struct registers* r, uint32_t x) { return x == 0 ? 0 : read_one(r, x - 1); }

void registers_read(struct registers* r, uint64_t* values) {
  for (uint32_t i = 0; i < r->n; i++) {
    if (i != PC_PLACE) values[i] = read_one(r, i);
  }
}

uint64_t registers_digest(struct registers* r, uint32_t group) {
  static const char kFirst[] = {'g', 'f', 'c'};
  uint64_t sum = 0;
  for (uint32_t i = 0; i < r->n; i++) {
    const struct guest_register* g = &r->list[i];
    if (g->name[0] != kFirst[group]) continue;
    sum += lockstep_mum((read_one(r, i) & ~g->ignored_bits) ^ g->term_a, g->term_b);
  }
  return sum;
}
