/* SPDX-License-Identifier: MIT */
/* The QEMU plugin: makes a QEMU an instance of a Lockstep run. docs/howto/qemu.md.
 *
 * Nothing is ever unloaded or freed at exit: QEMU's threads may still run the callbacks.
 */
#define _GNU_SOURCE
#include "plugins/qemu/plugin.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct plugin plugin;

/* How long before the limit QEMU starts to make blocks of one instruction: more than two of its
 * longest blocks. */
#define LIMIT_MARGIN_INSNS 2048u

/* The version of the plugin interface that we speak; QEMU reads it after it has opened the
 * library. */
QEMU_API int qemu_plugin_version = 1;
QEMU_API int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info* info, int argc,
                                 char** argv);

static void __attribute__((constructor)) choose_version(void) {
  if (qemu_plugin_read_memory_vaddr != NULL) {
    qemu_plugin_version = 4;
  } else if (qemu_plugin_register_vcpu_tb_exec_cond_cb != NULL) {
    qemu_plugin_version = 3;
  } else if (qemu_plugin_register_vcpu_insn_exec_inline_per_vcpu != NULL) {
    qemu_plugin_version = 2;
  }
}

void plugin_say(const char* format, ...) {
  char line[512];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(line, sizeof(line), format, arguments);
  va_end(arguments);
  fprintf(stderr, "lockstep: %s\n", line);
}

/* Ends QEMU, as it would by itself when a plugin's installation fails; so the sentence stands last,
 * where `lockstep` looks for it. */
static void refuse(const char* sentence) {
  plugin_say("%s", sentence);
  exit(1);
}

/* ---- what is known of the emulator ------------------------------------------------------------
 */

/* Whether QEMU's command line has this option. */
static int command_line_has(const char* option) {
  char text[65536];
  int fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  ssize_t n = read(fd, text, sizeof(text) - 1);
  close(fd);
  if (n <= 0) return 0;
  text[n] = 0;
  for (const char* word = text; word < text + n; word += strlen(word) + 1) {
    const char* name = word[0] == '-' && word[1] == '-' ? word + 1 : word;
    if (strcmp(name, option) == 0) return 1;
  }
  return 0;
}

static void producer_name(char* name, size_t bytes) {
  char path[4096];
  ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);
  path[n > 0 ? n : 0] = 0;
  const char* slash = strrchr(path, '/');
  const char* program = slash != NULL ? slash + 1 : "qemu";
  snprintf(name, bytes, "%.32s (plugin API %d)", program, qemu_plugin_version);
}

/* Number of the system call that ends the process, by QEMU's name of the architecture. */
static int64_t exit_syscall_of(const char* target) {
  static const struct {
    const char* target;
    int number;
  } kNumbers[] = {
      {"riscv64", 94},     {"riscv32", 94}, {"aarch64", 94},      {"aarch64_be", 94},
      {"loongarch64", 94}, {"x86_64", 231}, {"i386", 252},        {"arm", 248},
      {"armeb", 248},      {"sparc", 188},  {"sparc32plus", 188}, {"sparc64", 188},
      {"ppc", 234},        {"ppc64", 234},  {"ppc64le", 234},     {"s390x", 248},
  };
  for (size_t i = 0; i < sizeof(kNumbers) / sizeof(kNumbers[0]); i++) {
    if (strcmp(target, kNumbers[i].target) == 0) return kNumbers[i].number;
  }
  return -1;
}

/* ---- callbacks --------------------------------------------------------------------------------
 */

static void on_vcpu_init(qemu_plugin_id_t id, unsigned vcpu) {
  (void)id;
  struct plugin* p = &plugin;
  if (vcpu != 0) stream_disturb();
  /* The array behind the scoreboard moves when a vCPU comes. */
  if (p->score != NULL) p->count = qemu_plugin_scoreboard_find(p->score, 0);
  if (vcpu != 0) return;
  const char* missing = registers_bind(&p->registers);
  if (!p->options.has_start) stream_begin();
  if (missing == NULL) return;
  /* SPARC's registers are not listed; nor does it run a translation at two addresses. */
  if (p->riscv_xlen == 0 && p->options.pc == PC_AUTO) p->pc_from_register = 0;
  if (p->pc_from_register || p->digest || p->step_registers) {
    stream_end(LOCKSTEP_END_ERROR, 0, 0, 0, missing);
  }
}

static void on_idle(qemu_plugin_id_t id, unsigned vcpu) {
  (void)id;
  if (vcpu == 0 && plugin.state == STREAM_RUNNING) stream_flush_records();
}

static void on_flush(qemu_plugin_id_t id) {
  (void)id;
  stream_forget_blocks();
}

static void on_exit_of_qemu(qemu_plugin_id_t id, void* userdata) {
  (void)id, (void)userdata;
  stream_forward_log();
  stream_end(LOCKSTEP_END_STOPPED, *plugin.count, 0, 0,
             plugin.is_system ? "QEMU ended, and not by the guest's test finisher"
                              : "QEMU ended, and not by the guest's exit");
}

/* QEMU 7's test finisher calls exit(), in the vCPU's thread and in the middle of the store: here
 * the count is exact, and the status is the guest's. Other devices may do the same. */
static void on_exit_of_process(int status, void* userdata) {
  (void)userdata;
  stream_forward_log();
  struct plugin* p = &plugin;
  if (p->state == STREAM_RUNNING && p->is_system && p->has_vcpu_thread &&
      pthread_equal(pthread_self(), p->vcpu_thread)) {
    stream_end(LOCKSTEP_END_EXIT, *p->count, status, 1, "power off");
  }
}

/* A child of the guest's fork() shares the ring: it must not write. */
static void on_fork_child(void) { plugin.state = STREAM_ENDED; }

/* ---- install ----------------------------------------------------------------------------------
 */

static void decide(const struct qemu_info* info) {
  struct plugin* p = &plugin;
  const struct options* o = &p->options;
  p->api = qemu_plugin_version;
  p->is_system = info->system_emulation;
  p->riscv_xlen = strcmp(info->target_name, "riscv64") == 0   ? 64
                  : strcmp(info->target_name, "riscv32") == 0 ? 32
                                                              : 0;
  p->exit_syscall = exit_syscall_of(info->target_name);
  registers_init(&p->registers, p->riscv_xlen != 0);
  /* From QEMU 8 on a system emulator runs one translation at all addresses of its page. An x86
   * block's address has the code segment's base in it, which no register shows. */
  p->pc_from_register =
      o->pc == PC_REGISTER ||
      (o->pc == PC_AUTO && p->is_system && p->registers.source == REGISTERS_INTERFACE &&
       strcmp(info->target_name, "i386") != 0 && strcmp(info->target_name, "x86_64") != 0);
  p->devices = o->devices;
  if (p->riscv_xlen == 0 || !p->is_system) {
    p->devices = DEVICES_OFF;
  } else if (p->devices == DEVICES_AUTO) {
    p->devices = command_line_has("-icount") ? DEVICES_LAST : DEVICES_ALL;
  }
  p->sparse = p->riscv_xlen != 0 && o->count == COUNT_AUTO;
}

/* Makes sure that registers are right where the run needs them: everywhere to step, and at the
 * limit to end there. By the plugin interface they are right at every instruction; by the function
 * of the GDB stub only at a block's first, so that QEMU must make blocks of one instruction.
 * Returns 0 if it cannot be had. */
static int arrange_registers(void) {
  struct plugin* p = &plugin;
  const uint64_t stop_at = p->request->stop_at_icount;
  p->single_step_from = UINT64_MAX;
  if (p->riscv_xlen == 0 || p->registers.source == REGISTERS_NONE) return 0;
  if (p->registers.source == REGISTERS_INTERFACE) {
    p->limit_by_insn = p->digest && stop_at != UINT64_MAX && !p->step;
    if (p->limit_by_insn) p->sparse = 0;
    return 1;
  }
  if (!p->step && stop_at == UINT64_MAX) return 1;
  if (&singlestep == NULL || cpu_exit == NULL) return 0;
  if (p->step) {
    singlestep = 1;
  } else if (p->digest && singlestep == 0) {
    p->single_step_from = stop_at > LIMIT_MARGIN_INSNS ? stop_at - LIMIT_MARGIN_INSNS : 0;
  }
  return 1;
}

/* Opens the ring, and decides what depends on the run's request. Returns 0 or a negative errno
 * value. */
static int open_producer(const struct qemu_info* info) {
  struct plugin* p = &plugin;
  char name[LOCKSTEP_NAME_BYTES];
  producer_name(name, sizeof(name));
  struct lockstep_open_params params;
  memset(&params, 0, sizeof(params));
  params.producer = name;
  params.guest_arch = info->target_name;
  params.vcpus = 1;
  params.engine = LOCKSTEP_ENGINE_JIT;
  params.abilities = LOCKSTEP_ABILITY_LAYOUT | LOCKSTEP_ABILITY_STEP;
  int can_digest = p->options.digest && p->riscv_xlen != 0 && p->registers.source != REGISTERS_NONE;
  if (p->options.digest && !can_digest) {
    refuse("regs=block needs a RISC-V guest, and a QEMU that lets registers be read");
  }
  if (can_digest) params.groups = 1u << LOCKSTEP_GPR;
  if (p->options.traps) params.abilities |= LOCKSTEP_ABILITY_TRAPS;
  /* Blocks are cut where a window ends after the fact, when no register can be read any more. */
  if (!p->options.digest) params.abilities |= LOCKSTEP_ABILITY_WINDOWS;
  if (p->riscv_xlen != 0 && p->registers.source != REGISTERS_NONE) {
    params.abilities |= LOCKSTEP_ABILITY_REGISTERS;
  }
  if ((p->options.tlb || p->options.traps) && (!p->is_system || p->riscv_xlen == 0)) {
    refuse("tlb=on and traps=on are for RISC-V system guests");
  }
  const char* needed = p->options.tlb ? "mmu" : "int";
  if ((p->options.tlb || p->options.traps) && !command_line_has("-d")) {
    plugin_say("tlb=on needs '-d mmu', traps=on '-d int'; QEMU has no -d %s", needed);
    exit(1);
  }
  if ((p->options.tlb || p->options.traps) && command_line_has("-D")) {
    refuse("tlb=on and traps=on read QEMU's log from standard error: leave out -D");
  }
  int error = lockstep_open(&params, &p->producer);
  if (error != 0) return error;
  p->request = lockstep_request(p->producer);
  p->digest = can_digest && (p->request->groups & 1u << LOCKSTEP_GPR) != 0;
  p->step = p->request->step != 0;
  const int arranged = arrange_registers();
  p->step_registers = p->step && arranged;
  if (p->digest && !arranged) {
    refuse("regs=block with a limit needs a QEMU that lets registers be read everywhere");
  }
  if ((params.abilities & LOCKSTEP_ABILITY_REGISTERS) != 0) {
    lockstep_register_names(p->producer, 0, kRiscvRegisterNames, N_RISCV_REGISTERS);
  }
  return 0;
}

static int install(qemu_plugin_id_t id) {
  struct plugin* p = &plugin;
  p->count = &p->count_api1;
  blocks_init(&p->blocks, 1u << 20);
  if (p->api >= 2) p->score = qemu_plugin_scoreboard_new(sizeof(uint64_t));
  if (!p->is_system) {
    pthread_atfork(NULL, NULL, on_fork_child);
    if (p->exit_syscall >= 0) qemu_plugin_register_vcpu_syscall_cb(id, on_syscall);
  }
  if (p->is_system) on_exit(on_exit_of_process, NULL);
  p->reads_log = p->options.tlb || p->options.traps;
  if (p->reads_log && log_open(&p->log) != 0) refuse("no memory to read QEMU's log");
  qemu_plugin_register_vcpu_init_cb(id, on_vcpu_init);
  qemu_plugin_register_vcpu_tb_trans_cb(id, on_translate);
  qemu_plugin_register_vcpu_idle_cb(id, on_idle);
  qemu_plugin_register_flush_cb(id, on_flush);
  qemu_plugin_register_atexit_cb(id, on_exit_of_qemu, NULL);
  return 0;
}

/* Why the ring could not be opened, and what to do. */
static const char* explain(int error) {
  switch (error) {
    case -EPROTONOSUPPORT:
      return "the ring is of another version: use the plugin that came with this lockstep";
    case -EBUSY:
      return "another emulator of this instance has opened the ring already";
    case -EBADF:
      return "the ring's file descriptor was closed on the way: start QEMU directly, not through "
             "a program that closes descriptors";
    default:
      return strerror(-error);
  }
}

int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info* info, int argc, char** argv) {
  struct plugin* p = &plugin;
  char message[256];
  if (options_parse(argc, argv, &p->options, message, sizeof(message)) != 0) refuse(message);
  const char* ring = getenv(LOCKSTEP_RING_ENV);
  if (ring == NULL || ring[0] == 0) {
    plugin_say("QEMU was not started by 'lockstep run': the plugin does nothing");
    return 0;
  }
  if (info->system_emulation && info->system.smp_vcpus > 1) {
    refuse("QEMU schedules several vCPUs at random: start it with -smp 1");
  }
  decide(info);
  const int error = open_producer(info);
  if (error != 0) refuse(explain(error));
  return install(id);
}
