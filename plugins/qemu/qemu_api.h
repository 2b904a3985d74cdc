/* SPDX-License-Identifier: MIT */
/* The part of QEMU's TCG plugin interface that the Lockstep plugin uses, for plugin API 1 (QEMU
 * 4.2 to 8.2) to 4 (QEMU 9.2 and later).
 *
 * Distributions do not package qemu-plugin.h, and one binary shall serve all versions; so the
 * functions are declared here, from the interface's documentation. Those that not every version
 * has are weak: their address is null where they are missing.
 *
 * Differences that matter:
 *   API 1      inline additions go to an address; qemu_plugin_insn_data() returns a pointer
 *   API 2      inline additions go to a scoreboard (one value per vCPU)
 *   API 3      qemu_plugin_insn_data() copies
 *   9.0 on     registers can be read
 *   9.2 on     a memory callback can read the value
 */
#ifndef PLUGINS_QEMU_QEMU_API_H_
#define PLUGINS_QEMU_QEMU_API_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QEMU_API __attribute__((visibility("default")))
#define QEMU_WEAK __attribute__((weak))

typedef uint64_t qemu_plugin_id_t;

struct qemu_info {
  const char* target_name; /* "riscv64" */
  struct {
    int min;
    int cur;
  } version; /* of the plugin API */
  bool system_emulation;
  struct {
    int smp_vcpus;
    int max_vcpus;
  } system; /* only of system emulation */
};

struct qemu_plugin_tb;
struct qemu_plugin_insn;
struct qemu_plugin_hwaddr;
struct qemu_plugin_scoreboard;
struct qemu_plugin_register;

enum { QEMU_CB_NO_REGS = 0, QEMU_CB_R_REGS = 1 };
enum { QEMU_INLINE_ADD_U64 = 0 };
enum { QEMU_MEM_R = 1, QEMU_MEM_W = 2, QEMU_MEM_RW = 3 };

typedef uint32_t qemu_plugin_meminfo_t;
typedef void (*qemu_udata_cb)(qemu_plugin_id_t id, void* userdata);
typedef void (*qemu_simple_cb)(qemu_plugin_id_t id);
typedef void (*qemu_vcpu_cb)(qemu_plugin_id_t id, unsigned vcpu);
typedef void (*qemu_vcpu_udata_cb)(unsigned vcpu, void* userdata);
typedef void (*qemu_tb_trans_cb)(qemu_plugin_id_t id, struct qemu_plugin_tb* tb);
typedef void (*qemu_mem_cb)(unsigned vcpu, qemu_plugin_meminfo_t info, uint64_t vaddr,
                            void* userdata);
typedef void (*qemu_syscall_cb)(qemu_plugin_id_t id, unsigned vcpu, int64_t num, uint64_t a1,
                                uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5, uint64_t a6,
                                uint64_t a7, uint64_t a8);

/* In every version. */
void qemu_plugin_register_vcpu_init_cb(qemu_plugin_id_t id, qemu_vcpu_cb cb);
void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id, qemu_tb_trans_cb cb);
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb* tb, qemu_vcpu_udata_cb cb,
                                          int flags, void* userdata);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn* insn, qemu_vcpu_udata_cb cb,
                                            int flags, void* userdata);
void qemu_plugin_register_vcpu_mem_cb(struct qemu_plugin_insn* insn, qemu_mem_cb cb, int flags,
                                      int rw, void* userdata);
void qemu_plugin_register_vcpu_syscall_cb(qemu_plugin_id_t id, qemu_syscall_cb cb);
void qemu_plugin_register_vcpu_idle_cb(qemu_plugin_id_t id, qemu_vcpu_cb cb);
void qemu_plugin_register_flush_cb(qemu_plugin_id_t id, qemu_simple_cb cb);
void qemu_plugin_register_atexit_cb(qemu_plugin_id_t id, qemu_udata_cb cb, void* userdata);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb* tb);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb* tb);
struct qemu_plugin_insn* qemu_plugin_tb_get_insn(const struct qemu_plugin_tb* tb, size_t index);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn* insn);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn* insn);
/* API 1 and 2: one argument, and the return value is the address of the bytes. */
uintptr_t qemu_plugin_insn_data(const struct qemu_plugin_insn* insn, void* to, size_t n);
bool qemu_plugin_mem_is_store(qemu_plugin_meminfo_t info);
unsigned qemu_plugin_mem_size_shift(qemu_plugin_meminfo_t info);
struct qemu_plugin_hwaddr* qemu_plugin_get_hwaddr(qemu_plugin_meminfo_t info, uint64_t vaddr);
bool qemu_plugin_hwaddr_is_io(const struct qemu_plugin_hwaddr* hwaddr);
uint64_t qemu_plugin_hwaddr_phys_addr(const struct qemu_plugin_hwaddr* hwaddr);
void qemu_plugin_outs(const char* text);

/* API 1. */
QEMU_WEAK void qemu_plugin_register_vcpu_insn_exec_inline(struct qemu_plugin_insn* insn, int op,
                                                          void* value, uint64_t immediate);

/* API 2 and later. */
struct qemu_u64 {
  struct qemu_plugin_scoreboard* score;
  size_t offset;
};
QEMU_WEAK void qemu_plugin_register_vcpu_insn_exec_inline_per_vcpu(struct qemu_plugin_insn* insn,
                                                                   int op, struct qemu_u64 entry,
                                                                   uint64_t immediate);
QEMU_WEAK struct qemu_plugin_scoreboard* qemu_plugin_scoreboard_new(size_t element_bytes);
QEMU_WEAK void* qemu_plugin_scoreboard_find(struct qemu_plugin_scoreboard* score, unsigned vcpu);
/* Came with API 3, and with API 4: by them the version is told. */
QEMU_WEAK void qemu_plugin_register_vcpu_tb_exec_cond_cb(void);
QEMU_WEAK void qemu_plugin_read_memory_vaddr(void);

/* QEMU 9.0 and later. The arrays are GLib's: the head is public. */
struct glib_array {
  uint8_t* data;
  unsigned len;
};
struct qemu_register_descriptor {
  struct qemu_plugin_register* handle;
  const char* name;
  const char* feature;
};
QEMU_WEAK struct glib_array* qemu_plugin_get_registers(void);
QEMU_WEAK int qemu_plugin_read_register(struct qemu_plugin_register* handle,
                                        struct glib_array* buffer);
/* GLib, which every QEMU has loaded. */
QEMU_WEAK struct glib_array* g_byte_array_new(void);
QEMU_WEAK struct glib_array* g_byte_array_set_size(struct glib_array* array, unsigned bytes);

/* QEMU 9.2 and later. */
struct qemu_mem_value {
  int type; /* log2 of the size in bytes */
  union {
    uint8_t u8;
    uint16_t u16;
    uint32_t u32;
    uint64_t u64;
    struct {
      uint64_t low;
      uint64_t high;
    } u128;
  } data;
};
QEMU_WEAK struct qemu_mem_value qemu_plugin_mem_get_value(qemu_plugin_meminfo_t info);

/* Not of the plugin interface: functions of QEMU 7 and 8 themselves, exported by builds with
 * modules (Debian's). `n` is the register's number in GDB's numbering; appends to `buffer`. */
QEMU_WEAK void* qemu_get_cpu(int index);
QEMU_WEAK int riscv_cpu_gdb_read_register(void* cpu, struct glib_array* buffer, int n);

/* The variables behind -singlestep of QEMU 7 and one-insn-per-tb of QEMU 8 and later: when they
 * are not 0, blocks looked up from then on have one instruction. cpu_exit() makes the vCPU leave
 * the blocks that are chained already, at the next one. */
extern QEMU_WEAK int singlestep;
extern QEMU_WEAK bool one_insn_per_tb;
QEMU_WEAK void cpu_exit(void* cpu);

#endif /* PLUGINS_QEMU_QEMU_API_H_ */
