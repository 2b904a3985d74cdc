/* SPDX-License-Identifier: MIT */
/* Two devices of the RISC-V boards, seen through the guest's stores: the 16550 that is the console,
 * and the SiFive test finisher that powers the machine off. Pure state machines.
 */
#ifndef PLUGINS_QEMU_DEVICES_H_
#define PLUGINS_QEMU_DEVICES_H_

#include <stdint.h>

/* What decides whether a byte stored to THR is printed, and a digest of all that were. */
struct uart {
  uint8_t lcr, mcr;
  uint64_t digest; /* FNV-1a 64; 0 when nothing was printed */
};

/* A store of the byte `value` to the register at `offset`. Returns 1 if it was printed. */
int uart_store(struct uart* u, uint64_t offset, uint8_t value);

enum finisher_action { FINISHER_NOTHING, FINISHER_EXIT, FINISHER_RESET };

/* A store of `value` to the finisher; sets *exit_code for FINISHER_EXIT. */
enum finisher_action finisher_store(uint32_t value, int64_t* exit_code);

#endif /* PLUGINS_QEMU_DEVICES_H_ */
