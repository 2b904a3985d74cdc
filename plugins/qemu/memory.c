/* SPDX-License-Identifier: MIT */
/* Accesses to memory: the console and the power-off of the RISC-V boards, and with memory=on the
 * digest of all stores (docs/design/digests.md). */
#include <stddef.h>

#include "plugins/qemu/plugin.h"
#include "plugins/qemu/riscv.h"
#include "plugins/sdk/lockstep_digest.h"

/* The value just stored by the last instruction of `b`; 0 if there is no way to know it. */
static int stored_value(const struct block* b, qemu_plugin_meminfo_t info, uint64_t* value) {
  struct plugin* p = &plugin;
  if (qemu_plugin_mem_get_value != NULL) {
    struct qemu_mem_value v = qemu_plugin_mem_get_value(info);
    *value = v.type == 0 ? v.data.u8 : v.type == 1 ? v.data.u16 : v.data.u32;
    return 1;
  }
  if (!p->registers.bound || b->n_code < 2) return 0;
  uint32_t last = block_offsets(b)[b->n_insns - 1];
  uint32_t bytes;
  int source =
      riscv_store_source(riscv_word(block_code(b) + last, b->n_code - last), p->riscv_xlen, &bytes);
  if (source < 0) return 0;
  *value = registers_gpr(&p->registers, (uint32_t)source);
  if (bytes < 8) *value &= (UINT64_C(1) << 8 * bytes) - 1;
  return 1;
}

static void on_poweroff_store(uint64_t value, int known) {
  int64_t exit_code = 0;
  switch (known ? finisher_store((uint32_t)value, &exit_code) : FINISHER_EXIT) {
    case FINISHER_EXIT:
      /* QEMU goes on for a while, at random: the stream ends here. */
      stream_end(LOCKSTEP_END_EXIT, *plugin.count, exit_code, 1,
                 known ? "power off" : "power off (this QEMU does not tell the exit code)");
      break;
    case FINISHER_RESET:
      stream_end(LOCKSTEP_END_ERROR, *plugin.count, 0, 1,
                 "the guest reset the machine, which QEMU does at a random moment");
      break;
    case FINISHER_NOTHING:
      break;
  }
}

/* A store to the device at `pa`. */
static void on_device_store(const struct block* b, qemu_plugin_meminfo_t info, uint64_t pa) {
  struct plugin* p = &plugin;
  if (pa != p->options.poweroff && pa - p->options.uart >= 8) return;
  uint64_t value = 0;
  int known = stored_value(b, info, &value);
  if (pa == p->options.poweroff) {
    if (p->state == STREAM_RUNNING) on_poweroff_store(value, known);
    return;
  }
  uint8_t byte = (uint8_t)value;
  if (known && uart_store(&p->uart, pa - p->options.uart, byte) && p->state == STREAM_RUNNING) {
    stream_catch_up(*p->count);
    lockstep_console(stream_settle(), 0, *p->count, &byte, 1);
    stream_rearm();
  }
}

void on_store(unsigned vcpu, qemu_plugin_meminfo_t info, uint64_t vaddr, void* userdata) {
  struct plugin* p = &plugin;
  if (vcpu != 0 || p->state == STREAM_ENDED) return;
  struct qemu_plugin_hwaddr* hwaddr = qemu_plugin_get_hwaddr(info, vaddr);
  if (hwaddr == NULL || !qemu_plugin_hwaddr_is_io(hwaddr)) return;
  on_device_store(userdata, info, qemu_plugin_hwaddr_phys_addr(hwaddr));
}

/* ---- memory=on ------------------------------------------------------------------------------- */

static uint64_t value_of(qemu_plugin_meminfo_t info) {
  const struct qemu_mem_value v = qemu_plugin_mem_get_value(info);
  switch (v.type) {
    case 0:
      return v.data.u8;
    case 1:
      return v.data.u16;
    case 2:
      return v.data.u32;
    default:
      return v.data.u64;
  }
}

/* The guest-physical address; in user mode, where there is none, the virtual one. */
static uint64_t physical(qemu_plugin_meminfo_t info, uint64_t vaddr, int* is_io) {
  struct qemu_plugin_hwaddr* hwaddr = qemu_plugin_get_hwaddr(info, vaddr);
  *is_io = hwaddr != NULL && qemu_plugin_hwaddr_is_io(hwaddr);
  return hwaddr != NULL ? qemu_plugin_hwaddr_phys_addr(hwaddr) : vaddr;
}

static void digest_store(uint64_t pa, uint64_t value, uint32_t n_bytes) {
  const struct lockstep_rules* rules = lockstep_rules(plugin.producer);
  uint64_t kept = n_bytes == 8 ? UINT64_MAX : (UINT64_C(1) << 8 * n_bytes) - 1;
  if (rules->n_ranges != 0) {
    kept &= lockstep_kept_bits(rules->ranges, rules->n_ranges, pa, n_bytes);
  }
  if (kept != 0) plugin.stored += lockstep_mem_term(pa, value & kept, n_bytes);
}

/* A store to RAM; one that crosses a page is a store to each, with its bytes. */
static void on_ram_store(qemu_plugin_meminfo_t info, uint64_t vaddr, uint64_t pa, uint64_t value,
                         uint32_t n_bytes) {
  const uint32_t in_page = 4096 - (uint32_t)(vaddr & 4095);
  if (n_bytes <= in_page) {
    digest_store(pa, value, n_bytes);
    return;
  }
  int is_io;
  const uint64_t second = physical(info, vaddr + in_page, &is_io);
  digest_store(pa, value, in_page);
  if (!is_io) digest_store(second, value >> 8 * in_page, n_bytes - in_page);
}

void on_access(unsigned vcpu, qemu_plugin_meminfo_t info, uint64_t vaddr, void* userdata) {
  struct plugin* p = &plugin;
  if (vcpu != 0 || p->state == STREAM_ENDED) return;
  const int is_store = qemu_plugin_mem_is_store(info);
  int is_io;
  const uint64_t pa = physical(info, vaddr, &is_io);
  if (!is_io && (!is_store || p->state != STREAM_RUNNING)) return;
  const uint64_t value = value_of(info);
  const uint32_t n_bytes = 1u << qemu_plugin_mem_size_shift(info);
  if (!is_io) {
    on_ram_store(info, vaddr, pa, value, n_bytes);
    return;
  }
  if (p->state == STREAM_RUNNING) {
    const uint64_t fields[4] = {pa, value, n_bytes, (uint64_t)is_store};
    stream_catch_up(*p->count);
    lockstep_event(stream_settle(), 0, LOCKSTEP_EV_MMIO, *p->count, fields, 4);
    stream_rearm();
  }
  if (is_store) on_device_store(userdata, info, pa);
}
