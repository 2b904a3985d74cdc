/* SPDX-License-Identifier: MIT */
/* The plugin's one state, and what its parts offer to each other. Internal.
 *
 *   plugin.c     install, options, end of QEMU
 *   translate.c  what is planted into each translation
 *   stream.c     what happens when a block is entered, and the end of the stream
 *   memory.c     what happens when memory is accessed
 *   traps.c      events from QEMU's log
 */
#ifndef PLUGINS_QEMU_PLUGIN_H_
#define PLUGINS_QEMU_PLUGIN_H_

#include <pthread.h>
#include <stdint.h>

#include "plugins/qemu/blocks.h"
#include "plugins/qemu/devices.h"
#include "plugins/qemu/log.h"
#include "plugins/qemu/options.h"
#include "plugins/qemu/qemu_api.h"
#include "plugins/qemu/registers.h"
#include "plugins/sdk/lockstep_producer.h"

enum stream_state {
  STREAM_WAITING = 0, /* for the guest to reach start=ADDR */
  STREAM_RUNNING = 1,
  STREAM_ENDED = 2,
};

/* Slots of the ring that on_block fills without looking at the producer's state: see settle() and
 * rearm(). */
struct record_run {
  struct lockstep_slot* next;
  struct lockstep_slot* stop; /* end of the run: the slow path makes another */
  struct lockstep_slot* begin;
  uint64_t* written; /* the ring's count of complete slots, kept up to date for a crash */
};

struct plugin {
  struct options options;
  lockstep_producer* producer;
  const struct lockstep_request* request;
  int api; /* version of the plugin interface that QEMU was told */
  int is_system;
  uint32_t riscv_xlen;  /* 32 or 64; 0: another architecture */
  int64_t exit_syscall; /* number of exit_group; -1: unknown */

  /* Decided at the start. */
  int sparse; /* count by sparse additions */
  int pc_from_register;
  uint32_t digests; /* groups of registers whose digests the run has asked for */
  int memory;       /* so are those of stores */
  int at_windows;   /* digests are right at multiples of the window only */
  int step;         /* one instruction per block, and registers */
  int step_registers;
  int limit_by_insn; /* a callback per instruction ends the stream exactly at the limit */
  enum device_stores devices;
  /* Blocks of one instruction, by which a block ends where it must: before the limit, or the end of
   * a window. */
  bool* one_insn;      /* QEMU's switch; NULL: out of reach, or on for good */
  int always_one_insn; /* QEMU was started so */
  int cuts;            /* at the ends of windows */
  int cuts_limit;      /* at the limit */

  /* Running. */
  uint64_t count_api1;                  /* instructions begun, where QEMU adds to an address */
  struct qemu_plugin_scoreboard* score; /* else: where it adds to a value per vCPU */
  uint64_t* count;                      /* one of the two */
  enum stream_state state;
  uint64_t slow_at;      /* from this count on on_block must do more than write a record */
  struct record_run run; /* the stretch of the ring that on_block may fill */
  uint64_t next_sample;  /* UINT64_MAX: no samples */
  uint64_t next_window;  /* where a block must begin next; UINT64_MAX: nowhere */
  uint64_t cut_from;     /* from this count on blocks must be of one instruction */
  int cutting;           /* they are */
  uint64_t stored;       /* digest of the stores */
  struct block* last;    /* entered last, at last_icount; see settle() */
  uint64_t last_icount;
  uint64_t next_look; /* when to look whether the agent wants the end */
  uint64_t pc_shift;  /* step with pc_from_register: where the block is, minus where it was */
  int extra_vcpu;     /* the guest started a second thread */
  int has_vcpu_thread;
  pthread_t vcpu_thread; /* the thread that translates and runs vCPU 0 */
  struct blocks blocks;
  struct registers registers;
  struct uart uart;
  const char* unknown_csr; /* in the policy */
  char sentence[160];
  int reads_log;
  struct log_capture log;
};

extern struct plugin plugin;

/* One line to standard error, "lockstep: ..." */
void plugin_say(const char* format, ...) __attribute__((format(printf, 1, 2)));

/* translate.c */
void on_translate(qemu_plugin_id_t id, struct qemu_plugin_tb* tb);

/* stream.c: callbacks; userdata is a struct block, or where it says so, its id as a pointer: so the
 * usual path touches no memory of the block's own. */
void on_block_api1(unsigned vcpu, void* id); /* the count is where QEMU adds to an address */
void on_block(unsigned vcpu, void* id);
void on_block_marked(unsigned vcpu, void* userdata);   /* start= or stop= is here */
void on_block_anywhere(unsigned vcpu, void* userdata); /* the pc is the register's */
void on_marker(unsigned vcpu, void* userdata);         /* start= or stop= inside of a block */
void on_step_block(unsigned vcpu, void* userdata);     /* --step: where the block is */
void on_step(unsigned vcpu, void* userdata);           /* --step: one instruction */
void on_limit(unsigned vcpu, void* userdata);          /* at every instruction */
void on_syscall(qemu_plugin_id_t id, unsigned vcpu, int64_t num, uint64_t a1, uint64_t a2,
                uint64_t a3, uint64_t a4, uint64_t a5, uint64_t a6, uint64_t a7, uint64_t a8);

/* traps.c */
/* Tells of what was logged before the block at `pc`, entered at `icount`. */
void tell_of_log(uint64_t icount, uint64_t pc);
/* What QEMU has logged goes on to standard error, and is no event any more. */
void log_forward(void);

/* memory.c: callbacks; userdata is the block of the one instruction. */
void on_store(unsigned vcpu, qemu_plugin_meminfo_t info, uint64_t vaddr, void* userdata);
void on_access(unsigned vcpu, qemu_plugin_meminfo_t info, uint64_t vaddr, void* userdata);

/* The producer, ready for other calls than lockstep_enter(); after them, stream_rearm(). */
lockstep_producer* stream_settle(void);
void stream_rearm(void);
/* Tells of the windows that have ended before `icount`, where something is to be told of. */
void stream_catch_up(uint64_t icount);
/* QEMU throws all translations away. */
void stream_forget_blocks(void);
/* The guest may wait now: the agent is told of all blocks. */
void stream_flush_records(void);
/* Another vCPU has come: the stream ends at the next block. */
void stream_disturb(void);
/* Tells of a block that will be run, unless that was done. */
void stream_describe(struct block* b);
/* Whether start= or stop= name the address of `b`. */
void mark_block(struct block* b);
void stream_begin(void); /* counting starts: icount 0 */
/* Ends the stream at `icount`; nothing happens after it. `live`: registers can be read now. */
void stream_end(enum lockstep_end_reason reason, uint64_t icount, int64_t exit_code, int live,
                const char* text);

#endif /* PLUGINS_QEMU_PLUGIN_H_ */
