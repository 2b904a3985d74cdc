/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "plugins/qemu/log.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define LOG_BYTES ((size_t)64 << 20)
/* Begin anew in the file when so much of it was read; far more than one block logs remains. */
#define LOG_REWIND_BYTES (LOG_BYTES / 2)
#define MAX_LINE_BYTES 1024u

static const char kFill[] = "riscv_cpu_tlb_fill ";
static const char kTrap[] = "riscv_cpu_do_interrupt: ";

static enum log_kind parse_fill(struct log_parser* p, const char* text, struct log_event* event) {
  uint64_t va, pa;
  int access, mmu_idx, result, permissions;
  if (sscanf(text, "ad %" SCNx64 " rw %d mmu_idx %d", &va, &access, &mmu_idx) == 3) {
    memset(&p->fill, 0, sizeof(p->fill));
    p->fill.va = va;
    p->fill.access = (uint32_t)access;
    p->fill.privilege = (uint32_t)mmu_idx & 3;
    p->in_fill = 1;
    return LOG_PARTIAL;
  }
  /* "address=..." or "1st-stage address=..." */
  const char* address = strstr(text, "address=");
  if (address != NULL && strncmp(text, "PMP ", 4) != 0 && strncmp(text, "2nd-stage", 9) != 0 &&
      sscanf(address, "address=%" SCNx64 " ret %d physical %" SCNx64 " prot %d", &va, &result, &pa,
             &permissions) == 4) {
    if (result != 0) p->in_fill = 0; /* a page fault fills nothing */
    p->fill.pa = pa;
    p->fill.permissions = (uint32_t)permissions & 7;
    return LOG_PARTIAL;
  }
  if (sscanf(text, "PMP address=%" SCNx64 " ret %d prot %d", &pa, &result, &permissions) == 3) {
    if (!p->in_fill || result != 0) return LOG_PARTIAL;
    p->in_fill = 0;
    p->fill.permissions &= (uint32_t)permissions;
    *event = p->fill;
    return LOG_FILL;
  }
  return LOG_PARTIAL;
}

enum log_kind log_parse(struct log_parser* parser, const char* line, struct log_event* event) {
  if (strncmp(line, kFill, sizeof(kFill) - 1) == 0) {
    return parse_fill(parser, line + sizeof(kFill) - 1, event);
  }
  if (strncmp(line, kTrap, sizeof(kTrap) - 1) != 0) return LOG_OTHER;
  int hart, async;
  memset(event, 0, sizeof(*event));
  if (sscanf(line + sizeof(kTrap) - 1,
             "hart:%d, async:%d, cause:%" SCNx64 ", epc:%" SCNx64 ", tval:%" SCNx64, &hart, &async,
             &event->cause, &event->epc, &event->tval) != 5) {
    return LOG_OTHER;
  }
  return async != 0 ? LOG_INTERRUPT : LOG_EXCEPTION;
}

int log_open(struct log_capture* c) {
  memset(c, 0, sizeof(*c));
  c->file = memfd_create("qemu-log", MFD_CLOEXEC);
  if (c->file < 0) return -errno;
  c->forwarded = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
  void* text = MAP_FAILED;
  if (c->forwarded >= 0 && ftruncate(c->file, (off_t)LOG_BYTES) == 0) {
    text = mmap(NULL, LOG_BYTES, PROT_READ, MAP_SHARED, c->file, 0);
  }
  if (text == MAP_FAILED || dup2(c->file, STDERR_FILENO) < 0) return -errno;
  c->text = text;
  return 0;
}

static void forward(const struct log_capture* c, const char* line, size_t n) {
  while (n != 0) {
    const ssize_t written = write(c->forwarded, line, n);
    if (written <= 0) return;
    line += written;
    n -= (size_t)written;
  }
}

void log_close(struct log_capture* c) {
  if (c->text == NULL) return;
  dup2(c->forwarded, STDERR_FILENO);
  log_drain(c, NULL);
}

void log_drain(struct log_capture* c, log_sink sink) {
  if (c->text == NULL) return;
  while (log_pending(c)) {
    const char* begin = c->text + c->at;
    const char* end = memchr(begin, '\n', LOG_BYTES - c->at);
    if (end == NULL) break; /* the rest of the line is to come */
    const size_t n = (size_t)(end - begin);
    char line[MAX_LINE_BYTES];
    struct log_event event;
    enum log_kind kind = LOG_OTHER;
    if (n < sizeof(line)) {
      memcpy(line, begin, n);
      line[n] = 0;
      kind = log_parse(&c->parser, line, &event);
    }
    if (kind == LOG_OTHER) forward(c, begin, n + 1);
    if (kind >= LOG_FILL && sink != NULL) sink(kind, &event);
    c->at += n + 1;
  }
  if (c->at < LOG_REWIND_BYTES) return;
  fallocate(c->file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, (off_t)LOG_BYTES);
  lseek(c->file, 0, SEEK_SET);
  c->at = 0;
}
