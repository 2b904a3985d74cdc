/* SPDX-License-Identifier: MIT */
/* Which registers of a RISC-V guest are read, and what a run's policy says of them. */
#include <string.h>

#include "plugins/qemu/registers.h"
#include "plugins/sdk/lockstep_digest.h"
#include "plugins/sdk/lockstep_producer.h"

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

static void add(struct registers* r, const char* name, uint32_t element) {
  struct guest_register* g = &r->list[r->n++];
  memset(g, 0, sizeof(*g));
  g->name = name;
  g->element = element;
  g->term_a = lockstep_digest_a(element);
  g->term_b = lockstep_digest_b(element);
}

struct guest_register* registers_find(struct registers* r, const char* name) {
  for (uint32_t i = 0; i < r->n; i++) {
    if (strcmp(bare(r->list[i].name), name) == 0) return &r->list[i];
  }
  return NULL;
}

/* The place in kCsrs, or N_CSRS. */
static size_t csr_place(const char* name) {
  size_t i = 0;
  while (i < N_CSRS && strcmp(bare(kCsrs[i].name), name) != 0) i++;
  return i;
}

/* Registers that exist, and are not read in this run. */
static int is_known(const char* name) {
  static const char* const kOthers[] = {"fcsr",    "priv",   "time",    "cycle",
                                        "instret", "mcycle", "minstret"};
  for (size_t i = 0; i < sizeof(kOthers) / sizeof(kOthers[0]); i++) {
    if (strcmp(kOthers[i], name) == 0) return 1;
  }
  return csr_place(name) != N_CSRS;
}

static const char* add_extras(struct registers* r, const struct lockstep_rules* rules) {
  for (uint32_t i = 0; i < rules->n_extra_csrs; i++) {
    const char* name = rules->extra_csrs[i];
    const struct guest_register* g = registers_find(r, name);
    if (g != NULL && g->element >= LOCKSTEP_ELEMENT_FCSR) continue; /* digested anyway */
    const size_t place = csr_place(name);
    if (place == N_CSRS) return name;
    add(r, kCsrs[place].name, LOCKSTEP_ELEMENT_CSR + kCsrs[place].number);
  }
  return NULL;
}

static const char* apply_masks(struct registers* r, const struct lockstep_rules* rules) {
  for (uint32_t i = 0; i < rules->n_csr_masks; i++) {
    const char* name = rules->csr_masks[i].csr;
    struct guest_register* g = registers_find(r, name);
    if (g != NULL && g->element >= LOCKSTEP_ELEMENT_FCSR) {
      g->ignored_bits |= rules->csr_masks[i].ignored_bits;
    } else if (g != NULL || !is_known(name)) {
      return name;
    }
  }
  return NULL;
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
  const char* unknown = NULL;
  if ((groups & 1u << LOCKSTEP_CSR) != 0) {
    add(r, "csr:priv", LOCKSTEP_ELEMENT_PRIVILEGE);
    for (size_t i = 0; i < N_CSRS; i++) {
      if (kCsrs[i].in_group) add(r, kCsrs[i].name, LOCKSTEP_ELEMENT_CSR + kCsrs[i].number);
    }
    unknown = add_extras(r, rules);
  }
  const char* unknown_mask = apply_masks(r, rules);
  return unknown != NULL ? unknown : unknown_mask;
}
