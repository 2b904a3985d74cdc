/* SPDX-License-Identifier: MIT */
#include "plugins/qemu/devices.h"

enum { UART_THR = 0, UART_LCR = 3, UART_MCR = 4, LCR_DLAB = 0x80, MCR_LOOPBACK = 0x10 };

int uart_store(struct uart* u, uint64_t offset, uint8_t value) {
  switch (offset) {
    case UART_THR:
      if ((u->lcr & LCR_DLAB) != 0 || (u->mcr & MCR_LOOPBACK) != 0) return 0;
      if (u->digest == 0) u->digest = UINT64_C(0xcbf29ce484222325);
      u->digest = (u->digest ^ value) * UINT64_C(0x100000001b3);
      return 1;
    case UART_LCR:
      u->lcr = value;
      return 0;
    case UART_MCR:
      u->mcr = value & 0x1f;
      return 0;
    default:
      return 0;
  }
}

enum finisher_action finisher_store(uint32_t value, int64_t* exit_code) {
  switch (value & 0xffff) {
    case 0x5555:
      *exit_code = 0;
      return FINISHER_EXIT;
    case 0x3333:
      *exit_code = value >> 16;
      return FINISHER_EXIT;
    case 0x7777:
      return FINISHER_RESET;
    default:
      return FINISHER_NOTHING;
  }
}
