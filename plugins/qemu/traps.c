/* SPDX-License-Identifier: MIT */
/* What QEMU's log says, as events of the stream: traps=on, tlb=on. */
#include <stddef.h>

#include "plugins/qemu/plugin.h"

/* Where the guest is while the log is drained. */
static struct {
  uint64_t icount;
  uint64_t pc;
} log_place;

static void on_log(enum log_kind kind, const struct log_event* event) {
  struct plugin* p = &plugin;
  if (kind == LOG_FILL) {
    if (!p->options.tlb) return;
    const uint64_t mode = event->va != event->pa ? 8 : 0; /* Sv39, or no paging */
    const uint64_t fields[8] = {event->va,
                                event->pa & ~UINT64_C(0xfff),
                                4096,
                                event->access,
                                0,
                                mode,
                                event->permissions,
                                event->privilege};
    lockstep_event(p->producer, 0, LOCKSTEP_EV_TLB_FILL, log_place.icount, fields, 8);
    return;
  }
  if (!p->options.traps) return;
  const uint64_t unknown = 2; /* the log does not tell of privileges */
  const uint64_t fields[6] = {event->cause, event->epc, event->tval,
                              unknown,      unknown,    log_place.pc};
  lockstep_event(p->producer, 0,
                 kind == LOG_INTERRUPT ? LOCKSTEP_EV_INTERRUPT : LOCKSTEP_EV_EXCEPTION,
                 log_place.icount, fields, 6);
}

void tell_of_log(uint64_t icount, uint64_t pc) {
  log_place.icount = icount;
  log_place.pc = pc;
  if (!log_pending(&plugin.log)) return;
  stream_settle();
  log_drain(&plugin.log, on_log);
  stream_rearm();
}

void log_forward(void) { log_drain(&plugin.log, NULL); }
