/* SPDX-License-Identifier: MIT */
#include "plugins/qemu/options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int parse_number(const char* text, uint64_t* value) {
  char* end;
  errno = 0;
  if (text[0] == 0 || strchr(text, '-') != NULL) return -1;
  *value = strtoull(text, &end, 0);
  return errno != 0 || *end != 0 ? -1 : 0;
}

/* The index of `text` in the NULL-terminated list, or -1. */
static int parse_word(const char* text, const char* const* words) {
  for (int i = 0; words[i] != NULL; i++) {
    if (strcmp(text, words[i]) == 0) return i;
  }
  return -1;
}

/* "gpr+csr" as a mask. */
static int parse_groups(const char* text, uint32_t* groups) {
  static const char* const kGroups[] = {"gpr", "fpr", "csr"};
  *groups = 0;
  while (*text != 0) {
    const size_t n = strcspn(text, "+");
    uint32_t g = 0;
    while (g < 3 && (n != 3 || strncmp(text, kGroups[g], n) != 0)) g++;
    if (g == 3) return -1;
    *groups |= 1u << g;
    text += n;
    if (*text == '+' && *++text == 0) return -1;
  }
  return *groups != 0 ? 0 : -1;
}

static int parse_one(const char* key, const char* value, struct options* o) {
  static const char* const kCount[] = {"auto", "insn", NULL};
  static const char* const kPc[] = {"auto", "block", "register", NULL};
  static const char* const kDevices[] = {"auto", "off", "last", "all", NULL};
  static const char* const kRegs[] = {"off", "block", "window", NULL};
  static const char* const kSwitch[] = {"off", "on", NULL};
  int word = 0;
  if (strcmp(key, "count") == 0) {
    word = parse_word(value, kCount);
    if (word >= 0) o->count = (enum count_mode)word;
  } else if (strcmp(key, "pc") == 0) {
    word = parse_word(value, kPc);
    if (word >= 0) o->pc = (enum pc_source)word;
  } else if (strcmp(key, "devices") == 0) {
    word = parse_word(value, kDevices);
    if (word >= 0) o->devices = (enum device_stores)word;
  } else if (strcmp(key, "regs") == 0) {
    word = parse_word(value, kRegs);
    if (word >= 0) o->digests = (enum register_digests)word;
  } else if (strcmp(key, "groups") == 0) {
    word = parse_groups(value, &o->groups);
  } else if (strcmp(key, "memory") == 0) {
    word = parse_word(value, kSwitch);
    o->memory = word == 1;
  } else if (strcmp(key, "tlb") == 0) {
    word = parse_word(value, kSwitch);
    o->tlb = word == 1;
  } else if (strcmp(key, "traps") == 0) {
    word = parse_word(value, kSwitch);
    o->traps = word == 1;
  } else if (strcmp(key, "sample") == 0) {
    word = parse_number(value, &o->sample_insns);
  } else if (strcmp(key, "start") == 0) {
    o->has_start = 1;
    word = parse_number(value, &o->start);
  } else if (strcmp(key, "stop") == 0) {
    o->has_stop = 1;
    word = parse_number(value, &o->stop);
  } else if (strcmp(key, "poweroff") == 0) {
    word = parse_number(value, &o->poweroff);
  } else if (strcmp(key, "uart") == 0) {
    word = parse_number(value, &o->uart);
  } else {
    return -2;
  }
  return word < 0 ? -1 : 0;
}

int options_parse(int argc, char** argv, struct options* options, char* error, size_t error_bytes) {
  memset(options, 0, sizeof(*options));
  options->poweroff = 0x100000;
  options->uart = 0x10000000;
  for (int i = 0; i < argc; i++) {
    const char* equals = strchr(argv[i], '=');
    char key[16] = "";
    size_t n = equals != NULL ? (size_t)(equals - argv[i]) : strlen(argv[i]);
    if (n < sizeof(key)) memcpy(key, argv[i], n);
    int result = parse_one(key, equals != NULL ? equals + 1 : "", options);
    if (result == -2) {
      snprintf(error, error_bytes,
               "unknown option '%.100s'; there are start, stop, count, regs, groups, sample, "
               "memory, traps, tlb, pc, devices, poweroff, uart",
               argv[i]);
      return -1;
    }
    if (result != 0) {
      snprintf(error, error_bytes, "option '%.100s' has no valid value", argv[i]);
      return -1;
    }
  }
  return 0;
}
