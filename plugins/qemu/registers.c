/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "plugins/qemu/registers.h"

#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "plugins/qemu/qemu_api.h"
#include "plugins/sdk/lockstep_digest.h"

enum { PC = N_RISCV_REGISTERS - 1, GDB_PC = 32 };

const char* const kRiscvRegisterNames[N_RISCV_REGISTERS] = {
    "gpr:ra", "gpr:sp",  "gpr:gp",  "gpr:tp", "gpr:t0", "gpr:t1", "gpr:t2", "gpr:s0",
    "gpr:s1", "gpr:a0",  "gpr:a1",  "gpr:a2", "gpr:a3", "gpr:a4", "gpr:a5", "gpr:a6",
    "gpr:a7", "gpr:s2",  "gpr:s3",  "gpr:s4", "gpr:s5", "gpr:s6", "gpr:s7", "gpr:s8",
    "gpr:s9", "gpr:s10", "gpr:s11", "gpr:t3", "gpr:t4", "gpr:t5", "gpr:t6", "pc:pc",
};

void registers_init(struct registers* r, int is_riscv) {
  memset(r, 0, sizeof(*r));
  r->is_riscv = is_riscv;
  for (uint32_t x = 1; x < 32; x++) {
    r->term_a[x] = lockstep_digest_a(x);
    r->term_b[x] = lockstep_digest_b(x);
  }
  if (g_byte_array_new == NULL || g_byte_array_set_size == NULL) return;
  if (qemu_plugin_get_registers != NULL && qemu_plugin_read_register != NULL) {
    r->source = REGISTERS_INTERFACE;
  } else if (is_riscv && qemu_get_cpu != NULL && riscv_cpu_gdb_read_register != NULL) {
    r->source = REGISTERS_GDB;
  }
}

/* Which of our registers QEMU means; x8 goes by two names. */
static int index_of(const struct registers* r, const char* name) {
  static const char* const kPcNames[] = {"pc", "rip", "eip", "r15"};
  if (!r->is_riscv) {
    for (uint32_t i = 0; i < 4; i++) {
      if (strcmp(name, kPcNames[i]) == 0) return PC;
    }
    return -1;
  }
  for (uint32_t i = 0; i < N_RISCV_REGISTERS; i++) {
    if (strcmp(name, strchr(kRiscvRegisterNames[i], ':') + 1) == 0) return (int)i;
  }
  return strcmp(name, "fp") == 0 ? 7 : -1;
}

static const char* bind_interface(struct registers* r) {
  struct glib_array* list = qemu_plugin_get_registers();
  if (list == NULL) return "QEMU lists no registers";
  const struct qemu_register_descriptor* d = (const void*)list->data;
  /* A vector unit's feature could repeat a name: the first is of the core. */
  for (unsigned i = 0; i < list->len; i++) {
    int index = index_of(r, d[i].name);
    if (index >= 0 && r->handles[index] == NULL) r->handles[index] = d[i].handle;
  }
  for (uint32_t i = r->is_riscv ? 0 : PC; i < N_RISCV_REGISTERS; i++) {
    if (r->handles[i] == NULL) return "QEMU lists no register of a name that the plugin knows";
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

static uint64_t read_one(struct registers* r, uint32_t index, int gdb_number) {
  struct glib_array* buffer = r->buffer;
  g_byte_array_set_size(buffer, 0);
  if (r->source == REGISTERS_INTERFACE) {
    qemu_plugin_read_register(r->handles[index], buffer);
  } else {
    riscv_cpu_gdb_read_register(r->cpu, buffer, gdb_number);
  }
  uint64_t value = 0; /* the guest and the host are little-endian */
  memcpy(&value, buffer->data, buffer->len < sizeof(value) ? buffer->len : sizeof(value));
  return value;
}

uint64_t registers_pc(struct registers* r) { return read_one(r, PC, GDB_PC); }

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

uint64_t registers_gpr(struct registers* r, uint32_t x) {
  return x == 0 ? 0 : read_one(r, x - 1, (int)x);
}

uint64_t registers_gpr_digest(struct registers* r) {
  uint64_t sum = 0;
  for (uint32_t x = 1; x < 32; x++) {
    sum += lockstep_mum(registers_gpr(r, x) ^ r->term_a[x], r->term_b[x]);
  }
  return sum;
}
