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

static const char* const kGprNames[32] = {
    "gpr:ra", "gpr:sp",  "gpr:gp",  "gpr:tp", "gpr:t0", "gpr:t1", "gpr:t2", "gpr:s0",
    "gpr:s1", "gpr:a0",  "gpr:a1",  "gpr:a2", "gpr:a3", "gpr:a4", "gpr:a5", "gpr:a6",
    "gpr:a7", "gpr:s2",  "gpr:s3",  "gpr:s4", "gpr:s5", "gpr:s6", "gpr:s7", "gpr:s8",
    "gpr:s9", "gpr:s10", "gpr:s11", "gpr:t3", "gpr:t4", "gpr:t5", "gpr:t6", "pc:pc",
};

static const char* const kFprNames[32] = {
    "fpr:ft0", "fpr:ft1", "fpr:ft2",  "fpr:ft3",  "fpr:ft4", "fpr:ft5", "fpr:ft6",  "fpr:ft7",
    "fpr:fs0", "fpr:fs1", "fpr:fa0",  "fpr:fa1",  "fpr:fa2", "fpr:fa3", "fpr:fa4",  "fpr:fa5",
    "fpr:fa6", "fpr:fa7", "fpr:fs2",  "fpr:fs3",  "fpr:fs4", "fpr:fs5", "fpr:fs6",  "fpr:fs7",
    "fpr:fs8", "fpr:fs9", "fpr:fs10", "fpr:fs11", "fpr:ft8", "fpr:ft9", "fpr:ft10", "fpr:ft11",
};

/* The CSRs of the group, and those that a policy can add. Not time and the counters: QEMU ends when
 * one of them is read in the middle of a block under -icount. */
static const struct {
  uint16_t number;
  uint8_t in_group;
  const char* name;
} kCsrs[] = {
    {0x300, 1, "csr:mstatus"},       {0x302, 1, "csr:medeleg"},   {0x303, 1, "csr:mideleg"},
    {0x304, 1, "csr:mie"},           {0x305, 1, "csr:mtvec"},     {0x306, 1, "csr:mcounteren"},
    {0x340, 1, "csr:mscratch"},      {0x341, 1, "csr:mepc"},      {0x342, 1, "csr:mcause"},
    {0x343, 1, "csr:mtval"},         {0x3a0, 1, "csr:pmpcfg0"},   {0x3a2, 1, "csr:pmpcfg2"},
    {0x3b0, 1, "csr:pmpaddr0"},      {0x3b1, 1, "csr:pmpaddr1"},  {0x3b2, 1, "csr:pmpaddr2"},
    {0x3b3, 1, "csr:pmpaddr3"},      {0x3b4, 1, "csr:pmpaddr4"},  {0x3b5, 1, "csr:pmpaddr5"},
    {0x3b6, 1, "csr:pmpaddr6"},      {0x3b7, 1, "csr:pmpaddr7"},  {0x3b8, 1, "csr:pmpaddr8"},
    {0x3b9, 1, "csr:pmpaddr9"},      {0x3ba, 1, "csr:pmpaddr10"}, {0x3bb, 1, "csr:pmpaddr11"},
    {0x3bc, 1, "csr:pmpaddr12"},     {0x3bd, 1, "csr:pmpaddr13"}, {0x3be, 1, "csr:pmpaddr14"},
    {0x3bf, 1, "csr:pmpaddr15"},     {0x105, 1, "csr:stvec"},     {0x106, 1, "csr:scounteren"},
    {0x140, 1, "csr:sscratch"},      {0x141, 1, "csr:sepc"},      {0x142, 1, "csr:scause"},
    {0x143, 1, "csr:stval"},         {0x180, 1, "csr:satp"},      {0x344, 0, "csr:mip"},
    {0x320, 0, "csr:mcountinhibit"}, {0x30a, 0, "csr:menvcfg"},   {0x10a, 0, "csr:senvcfg"},
    {0x301, 0, "csr:misa"},
};
#define N_CSRS (sizeof(kCsrs) / sizeof(kCsrs[0]))

/* "mepc" of "csr:mepc". */
static const char* bare(const char* name) { return strchr(name, ':') + 1; }

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

/* ---- the list ------------------------------------------------------------------------------- */

static void add(struct registers* r, const char* name, uint32_t element) {
  struct guest_register* g = &r->list[r->n++];
  memset(g, 0, sizeof(*g));
  g->name = name;
  g->element = element;
  g->term_a = lockstep_digest_a(element);
  g->term_b = lockstep_digest_b(element);
}

static struct guest_register* find(struct registers* r, const char* name) {
  for (uint32_t i = 0; i < r->n; i++) {
    if (strcmp(bare(r->list[i].name), name) == 0) return &r->list[i];
  }
  return NULL;
}

static const char* add_extra(struct registers* r, const char* name) {
  if (find(r, name) != NULL) return NULL;
  for (size_t i = 0; i < N_CSRS; i++) {
    if (strcmp(bare(kCsrs[i].name), name) != 0) continue;
    add(r, kCsrs[i].name, LOCKSTEP_ELEMENT_CSR + kCsrs[i].number);
    return NULL;
  }
  return name;
}

const char* registers_choose(struct registers* r, uint32_t groups,
                             const struct lockstep_rules* rules) {
  r->groups = groups;
  for (uint32_t x = 1; x < 32; x++) add(r, kGprNames[x - 1], x);
  add(r, kGprNames[PC_PLACE], 0);
  if ((groups & 1u << LOCKSTEP_FPR) != 0) {
    for (uint32_t f = 0; f < 32; f++) add(r, kFprNames[f], LOCKSTEP_ELEMENT_F0 + f);
    add(r, "fpr:fcsr", LOCKSTEP_ELEMENT_FCSR);
  }
  if ((groups & 1u << LOCKSTEP_CSR) == 0) return NULL;
  add(r, "csr:priv", LOCKSTEP_ELEMENT_PRIVILEGE);
  for (size_t i = 0; i < N_CSRS; i++) {
    if (kCsrs[i].in_group) add(r, kCsrs[i].name, LOCKSTEP_ELEMENT_CSR + kCsrs[i].number);
  }
  for (uint32_t i = 0; i < rules->n_extra_csrs; i++) {
    const char* unknown = add_extra(r, rules->extra_csrs[i]);
    if (unknown != NULL) return unknown;
  }
  for (uint32_t i = 0; i < rules->n_csr_masks; i++) {
    const char* name = rules->csr_masks[i].csr;
    struct guest_register* g = find(r, name);
    if (g == NULL || g->element < LOCKSTEP_ELEMENT_FCSR) {
      if (add_extra(r, name) != NULL) return name;
      r->n--; /* a register that nobody digests: nothing to ignore */
      continue;
    }
    g->ignored_bits |= rules->csr_masks[i].ignored_bits;
  }
  return NULL;
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
  const struct guest_register* g = find(r, strcmp(name, "fp") == 0 ? "s0" : name);
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
