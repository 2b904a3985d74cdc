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
  if (p->unknown_csr != NULL) {
    snprintf(p->sentence, sizeof(p->sentence),
             "policy.csr_masks or extra_csrs: the plugin knows no register %s", p->unknown_csr);
    stream_end(LOCKSTEP_END_ERROR, 0, 0, 0, p->sentence);
    return;
  }
  if (missing == NULL) return;
  /* SPARC's registers are not listed; nor does it run a translation at two addresses. */
  if (p->riscv_xlen == 0 && p->options.pc == PC_AUTO) p->pc_from_register = 0;
  if (p->pc_from_register || p->digests != 0 || p->step_registers ||
      (p->options.sample_insns != 0 && p->riscv_xlen != 0)) {
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
  log_forward();
  stream_end(LOCKSTEP_END_STOPPED, *plugin.count, 0, 0,
             plugin.is_system ? "QEMU ended, and not by the guest's test finisher"
                              : "QEMU ended, and not by the guest's exit");
}

/* QEMU 7's test finisher calls exit(), in the vCPU's thread and in the middle of the store: here
 * the count is exact, and the status is the guest's. Other devices may do the same. */
static void on_exit_of_process(int status, void* userdata) {
  (void)userdata;
  log_forward();
  struct plugin* p = &plugin;
  if (p->state == STREAM_RUNNING && p->is_system && p->has_vcpu_thread &&
      pthread_equal(pthread_self(), p->vcpu_thread)) {
    stream_end(LOCKSTEP_END_EXIT, *p->count, status, 1, "power off");
  }
}

/* A child of the guest's fork() shares the ring: it must not write. */
static void on_fork_child(void) {
  plugin.state = STREAM_ENDED;
  plugin.slow_at = 0;
}

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
  p->one_insn = &singlestep != NULL ? (bool*)&singlestep : &one_insn_per_tb; /* little-endian */
  if (&cpu_exit == NULL || &qemu_get_cpu == NULL) p->one_insn = NULL;
  p->always_one_insn = p->one_insn != NULL && *p->one_insn;
  if (p->always_one_insn) p->one_insn = NULL;
}

/* Whether a block can be made to begin where a window does, so that digests are right there. */
static int windows_with_digests(void) { return plugin.one_insn != NULL || plugin.always_one_insn; }

static void declare_registers(uint32_t groups) {
  struct plugin* p = &plugin;
  const char* names[MAX_RISCV_REGISTERS];
  const char* unknown = registers_choose(&p->registers, groups, lockstep_rules(p->producer));
  /* It matters where such registers are compared. */
  if ((p->digests & (1u << LOCKSTEP_FPR | 1u << LOCKSTEP_CSR)) != 0) p->unknown_csr = unknown;
  for (uint32_t i = 0; i < p->registers.n; i++) names[i] = p->registers.list[i].name;
  lockstep_register_names(p->producer, 0, names, p->registers.n);
}

/* Decides how blocks come to end where the run needs a right digest: at the limit, at the ends of
 * windows, and at every instruction of a step run. By the plugin interface registers are right at
 * every instruction; by the function of the GDB stub only at a block's first. Returns a sentence if
 * it cannot be had. */
static const char* arrange_cuts(void) {
  struct plugin* p = &plugin;
  const int any = p->digests != 0 || p->memory;
  const int limited = p->request->stop_at_icount != UINT64_MAX;
  const int by_interface = p->registers.source == REGISTERS_INTERFACE;
  p->step_registers = p->step && p->riscv_xlen != 0 && p->registers.source != REGISTERS_NONE;
  if (p->step) {
    if (p->step_registers && !by_interface) {
      p->step_registers = windows_with_digests();
      if (p->one_insn != NULL) *p->one_insn = 1;
    }
    if (any && p->digests != 0 && !p->step_registers) {
      return "regs= with a step run needs a QEMU that lets registers be read everywhere";
    }
    return NULL;
  }
  p->cuts = any && p->request->window_insns != 0 && windows_with_digests();
  if (!any || !limited) return NULL;
  if (p->one_insn != NULL || p->always_one_insn) {
    p->cuts_limit = 1;
    return NULL;
  }
  if (!by_interface) {
    return "regs= with a limit needs a QEMU that lets registers be read everywhere";
  }
  p->limit_by_insn = 1;
  p->sparse = 0;
  return NULL;
}

/* Whether what the run asks for by its --digest is what regs= and memory= offer. */
static void check_digest_at(void) {
  const struct plugin* p = &plugin;
  const int at_windows = p->request->digest_at == LOCKSTEP_DIGEST_AT_WINDOW;
  if (p->options.digests == DIGESTS_WINDOW && !at_windows && p->digests != 0 && !p->step) {
    refuse(
        "regs=window reads registers at the ends of windows only: give --digest=window, or "
        "regs=block");
  }
  if (at_windows && (p->digests != 0 || p->memory) && !windows_with_digests()) {
    refuse(
        "--digest=window needs a QEMU whose blocks the plugin can cut, as Debian's "
        "qemu-system-*: leave it out, or regs= and memory=");
  }
}

/* The groups of registers whose digests are offered to the run. */
static uint32_t offered_groups(uint32_t available) {
  const struct options* o = &plugin.options;
  if ((o->groups & ~available) != 0) {
    refuse(
        "groups=: fpr and csr are told by QEMU 9 and later, of 64-bit RISC-V guests, csr not in "
        "user mode");
  }
  if (o->digests == DIGESTS_OFF) return 0;
  if ((available & 1u << LOCKSTEP_GPR) == 0) {
    refuse("regs= needs a RISC-V guest, and a QEMU that lets registers be read");
  }
  if (o->groups != 0) return o->groups;
  return o->digests == DIGESTS_WINDOW ? available : 1u << LOCKSTEP_GPR;
}

static void check_options(void) {
  const struct options* o = &plugin.options;
  const int is_riscv_system = plugin.is_system && plugin.riscv_xlen != 0;
  if ((o->tlb || o->traps) && !is_riscv_system) {
    refuse("tlb=on and traps=on are for RISC-V system guests");
  }
  if ((o->tlb || o->traps) && !command_line_has("-d")) {
    refuse(o->tlb ? "tlb=on needs QEMU's option -d mmu" : "traps=on needs QEMU's option -d int");
  }
  if ((o->tlb || o->traps) && command_line_has("-D")) {
    refuse("tlb=on and traps=on read QEMU's log from standard error: leave out -D");
  }
  if (o->memory && qemu_plugin_mem_get_value == NULL) {
    refuse("memory=on needs QEMU 9.2 or later: before, a plugin is not told what is stored");
  }
}

/* Opens the ring, and decides what depends on the run's request. Returns 0 or a negative errno
 * value. */
static int open_producer(const struct qemu_info* info) {
  struct plugin* p = &plugin;
  const struct options* o = &p->options;
  char name[LOCKSTEP_NAME_BYTES];
  producer_name(name, sizeof(name));
  check_options();
  const uint32_t available = registers_groups(&p->registers, p->riscv_xlen, p->is_system);
  const uint32_t offered = offered_groups(available);
  struct lockstep_open_params params;
  memset(&params, 0, sizeof(params));
  params.producer = name;
  params.guest_arch = info->target_name;
  params.vcpus = 1;
  params.engine = LOCKSTEP_ENGINE_JIT;
  params.groups = offered | (o->memory ? 1u << LOCKSTEP_MEM : 0);
  params.abilities = LOCKSTEP_ABILITY_LAYOUT | LOCKSTEP_ABILITY_STEP | LOCKSTEP_ABILITY_MASKS |
                     LOCKSTEP_ABILITY_RANGES;
  if (o->traps) params.abilities |= LOCKSTEP_ABILITY_TRAPS;
  if (params.groups == 0 || windows_with_digests()) params.abilities |= LOCKSTEP_ABILITY_WINDOWS;
  if (available != 0) params.abilities |= LOCKSTEP_ABILITY_REGISTERS;
  int error = lockstep_open(&params, &p->producer);
  if (error != 0) return error;
  p->request = lockstep_request(p->producer);
  p->digests = offered & p->request->groups;
  p->memory = o->memory && (p->request->groups & 1u << LOCKSTEP_MEM) != 0;
  p->step = p->request->step != 0;
  p->at_windows = p->request->digest_at == LOCKSTEP_DIGEST_AT_WINDOW && !p->step;
  check_digest_at();
  const char* impossible = arrange_cuts();
  if (impossible != NULL) refuse(impossible);
  if (available != 0) declare_registers(o->groups != 0 ? o->groups : available);
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
