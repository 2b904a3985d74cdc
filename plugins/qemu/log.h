/* SPDX-License-Identifier: MIT */
/* What QEMU's log tells of a RISC-V guest and the plugin interface does not: TLB fills (-d mmu) and
 * traps (-d int). The log goes to standard error, in the vCPU's own thread and before the next
 * block is entered; so standard error is made a file in memory, and read after every block. Other
 * lines go on to where standard error went.
 *
 * Not thread-safe: vCPU 0's thread, and the end of the process. What QEMU prints when it crashes
 * is lost.
 */
#ifndef PLUGINS_QEMU_LOG_H_
#define PLUGINS_QEMU_LOG_H_

#include <stddef.h>
#include <stdint.h>

enum log_kind {
  LOG_OTHER = 0,   /* not of these */
  LOG_PARTIAL = 1, /* a fill's other lines */
  LOG_FILL = 2,
  LOG_EXCEPTION = 3,
  LOG_INTERRUPT = 4,
};

struct log_event {
  uint64_t va, pa;            /* of a fill */
  uint32_t access, privilege; /* 0 load, 1 store, 2 fetch; 0 U, 1 S, 3 M */
  uint32_t permissions;       /* R1 W2 X4 */
  uint64_t cause, epc, tval;  /* of a trap; an interrupt's cause without the top bit */
};

/* A fill is told in several lines; `fill` remembers the first. */
struct log_parser {
  struct log_event fill;
  int in_fill;
};

/* Takes one line, NUL-terminated, without its newline. For LOG_FILL and later *event is set. */
enum log_kind log_parse(struct log_parser* parser, const char* line, struct log_event* event);

struct log_capture {
  struct log_parser parser;
  char* text;    /* the file, mapped; NULL: not captured */
  size_t at;     /* first byte that was not read */
  int file;      /* descriptor of the file in memory */
  int forwarded; /* where standard error went */
};

typedef void (*log_sink)(enum log_kind kind, const struct log_event* event);

/* From now on standard error is read. Returns 0 or a negative errno value. */
int log_open(struct log_capture* capture);

static inline int log_pending(const struct log_capture* capture) {
  return *(volatile const char*)(capture->text + capture->at) != 0;
}

/* Hands out all that was logged since the last time; with a null `sink` events are dropped. */
void log_drain(struct log_capture* capture, log_sink sink);

/* Standard error goes again where it went. */
void log_close(struct log_capture* capture);

#endif /* PLUGINS_QEMU_LOG_H_ */
