/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "plugins/sdk/lockstep_producer.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum {
  PUBLISH_EVERY = 256, /* records between two stores of `published` */
  SPINS = 400,         /* looks at `consumed` before sleeping: some 10 us */
  WAIT_SLICE_MS = 100, /* how often a sleeping producer looks whether the agent lives */
  STOP_GRACE_MS = 200, /* how long an agent that has asked to stop may take to make room */
};

/* One vCPU. Only its thread touches it. The hot path reads head, limit and ring. */
struct vcpu {
  union {
    struct lockstep_writer writer;
    struct {          /* the same */
      uint64_t head;  /* slots written */
      uint64_t limit; /* head at which the slow path must look: publish, wait, or drop */
      struct lockstep_slot* ring;
      uint64_t mask;
      uint64_t* written;
      uint64_t groups[LOCKSTEP_GROUPS]; /* as last sent */
    };
  };
  struct lockstep_cursors* cursors;
  /* The ring, mapped twice in a row when there are runs; else null. Then `ring` is in there. */
  void* twice;
  /* Blocks that the run has room for in all; 0: none is open. Its header is at head. */
  uint32_t run_room;
  uint32_t* scratch; /* what is left out goes here */
  uint64_t published;
  uint64_t consumed; /* as last seen */
  /* While `silent`, records are left out and the groups and the step base only remembered. */
  int silent;
  uint64_t silent_until;
  int muted; /* ended, or nobody reads: everything is dropped */
  uint64_t step_base;
  uint32_t n_registers;
};

struct lockstep_producer {
  struct lockstep_control* control;
  size_t bytes;
  int fd;
  uint32_t n_vcpus;
  pid_t parent;      /* at lockstep_open() */
  int agent_visible; /* its pid means something in our pid namespace */
  uint32_t groups;   /* that the emulator supplies */
  struct lockstep_request request;
  struct lockstep_rules rules;
  struct vcpu vcpus[];
};

/* ---- waiting and waking ---------------------------------------------------------------------- */

static void futex_wait(uint32_t* word, uint32_t expected, int milliseconds) {
  struct timespec timeout = {milliseconds / 1000, (milliseconds % 1000) * 1000000L};
  syscall(SYS_futex, word, FUTEX_WAIT, expected, &timeout, NULL, 0);
}

static int64_t now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void relax(void) {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

static int agent_died(const lockstep_producer* p) {
  pid_t agent = (pid_t)p->control->agent_pid;
  pid_t parent = getppid();
  if (p->agent_visible && kill(agent, 0) != 0 && errno == ESRCH) return 1;
  /* A zombie still has its pid, but its children have another parent at once. */
  if (!p->agent_visible || p->parent == agent) return parent != p->parent;
  return 0;
}

/* Makes everything up to head readable. The agent is woken if it waits for no more than there is
 * now, or if `urgent`. */
static void publish(lockstep_producer* p, struct vcpu* v, int urgent) {
  struct lockstep_control* c = p->control;
  v->published = v->head;
  if (urgent) __atomic_store_n(&v->cursors->flushed, v->head, __ATOMIC_RELAXED);
  /* The agent stores agent_waiting, then loads published: one of us must see the other. */
  __atomic_store_n(&v->cursors->published, v->head, __ATOMIC_SEQ_CST);
  uint32_t wanted = __atomic_load_n(&c->agent_waiting, __ATOMIC_SEQ_CST);
  if (wanted == 0) return;
  uint64_t unread = v->head - __atomic_load_n(&v->cursors->consumed, __ATOMIC_RELAXED);
  if (!urgent && unread < wanted) return;
  if (__atomic_exchange_n(&c->agent_waiting, 0, __ATOMIC_ACQ_REL) == 0) return;
  __atomic_add_fetch(&c->data_futex, 1, __ATOMIC_RELEASE);
  syscall(SYS_futex, &c->data_futex, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

static uint64_t free_slots(struct vcpu* v) {
  v->consumed = __atomic_load_n(&v->cursors->consumed, __ATOMIC_SEQ_CST);
  return v->mask + 1 - (v->head - v->consumed);
}

/* Returns 1 when `need` slots are free, 0 when there is nobody to free them. */
static int wait_for_space(lockstep_producer* p, struct vcpu* v, uint64_t need) {
  struct lockstep_control* c = p->control;
  publish(p, v, 1);
  for (int i = 0; i < SPINS; i++) {
    if (free_slots(v) >= need) return 1;
    relax();
  }
  int64_t give_up_ms = INT64_MAX; /* set once a stop is requested */
  int found = 0;
  for (;;) {
    uint32_t seen = __atomic_load_n(&c->space_futex, __ATOMIC_ACQUIRE);
    /* The agent stores consumed, then loads producer_waiting: likewise. */
    __atomic_store_n(&v->cursors->producer_waiting, 1, __ATOMIC_SEQ_CST);
    if (free_slots(v) >= need) {
      found = 1;
      break;
    }
    if (agent_died(p)) {
      __atomic_store_n(&c->stop_requested, 1, __ATOMIC_RELAXED);
      break;
    }
    if (lockstep_stop_requested(p)) {
      int64_t now = now_ms();
      if (give_up_ms == INT64_MAX) give_up_ms = now + STOP_GRACE_MS;
      if (now >= give_up_ms) break;
    }
    futex_wait(&c->space_futex, seen, WAIT_SLICE_MS);
  }
  __atomic_store_n(&v->cursors->producer_waiting, 0, __ATOMIC_RELAXED);
  return found;
}

/* ---- records --------------------------------------------------------------------------------- */

/* Sets the next head at which the slow path must look. */
static void set_limit(struct vcpu* v) {
  if (v->silent || v->muted || v->run_room != 0) {
    v->limit = 0;
    return;
  }
  uint64_t publish_at = v->published + PUBLISH_EVERY;
  uint64_t full_at = v->consumed + v->mask + 1;
  v->limit = publish_at < full_at ? publish_at : full_at;
}

static void advance(struct vcpu* v, uint64_t slots) {
  v->head += slots;
  __atomic_store_n(&v->cursors->written, v->head, __ATOMIC_RELEASE);
}

/* Makes what was told of in a run a record. Returns how many more blocks it had room for. */
static uint32_t close_run(struct vcpu* v) {
  if (v->run_room == 0) return 0;
  struct lockstep_cursors* c = v->cursors;
  uint32_t n = (uint32_t)((c->run_at - c->run_begin) / sizeof(uint32_t));
  uint32_t left = v->run_room - n;
  v->run_room = 0;
  if (n == 0 || c->run_begin == (uint64_t)(uintptr_t)v->scratch) return left;
  struct lockstep_slot* header = &v->ring[v->head & v->mask];
  header->word0 = LOCKSTEP_CONTROL_BIT | (uint32_t)LOCKSTEP_REC_RUN << 16;
  header->word1 = n * (uint32_t)sizeof(uint32_t);
  header->value = 0;
  uint32_t* ids = (uint32_t*)(uintptr_t)c->run_begin;
  while (n % (LOCKSTEP_SLOT_BYTES / sizeof(uint32_t)) != 0) ids[n++] = 0;
  advance(v, 1 + n * sizeof(uint32_t) / LOCKSTEP_SLOT_BYTES);
  return left;
}

/* From now on records are dropped, at the cost of one comparison. */
static void mute(struct vcpu* v) {
  v->muted = 1;
  set_limit(v);
}

/* Makes room for `need` slots at head. Returns 0 if the record must be dropped. */
static int reserve(lockstep_producer* p, struct vcpu* v, uint64_t need) {
  if (v->muted) return 0;
  if (v->head - v->published >= PUBLISH_EVERY) publish(p, v, 0);
  if (v->consumed + v->mask + 1 - v->head < need && free_slots(v) < need &&
      !wait_for_space(p, v, need)) {
    mute(v);
    return 0;
  }
  return 1;
}

/* REQUIRES: none is open; 0 < room <= LOCKSTEP_RUN_BLOCKS. */
static void open_run(lockstep_producer* p, struct vcpu* v, uint32_t room) {
  struct lockstep_cursors* c = v->cursors;
  uint64_t payload_slots =
      (room * sizeof(uint32_t) + LOCKSTEP_SLOT_BYTES - 1) / LOCKSTEP_SLOT_BYTES;
  int is_told = !v->silent && reserve(p, v, 1 + payload_slots);
  void* ids = is_told ? (void*)(&v->ring[v->head & v->mask] + 1) : (void*)v->scratch;
  c->run_begin = (uint64_t)(uintptr_t)ids;
  __atomic_store_n(&c->run_at, c->run_begin, __ATOMIC_RELAXED);
  /* For whoever reads it after a crash: run_begin and run_at are right before. */
  __atomic_store_n(&c->run_position, is_told ? v->head : UINT64_MAX, __ATOMIC_RELEASE);
  v->run_room = room;
  v->limit = 0;
}

struct part {
  const void* bytes;
  size_t n;
};

/* Writes one control record with its payload in `parts`, ending at the first without bytes. */
static void put(lockstep_producer* p, struct vcpu* v, enum lockstep_record_type type,
                uint32_t argument, uint64_t value, const struct part* parts, size_t n_parts) {
  size_t payload = 0;
  for (size_t i = 0; i < n_parts; i++) payload += parts[i].n;
  uint64_t slots = 1 + (payload + LOCKSTEP_SLOT_BYTES - 1) / LOCKSTEP_SLOT_BYTES;
  uint32_t run_room = close_run(v);
  if (!reserve(p, v, slots)) {
    if (run_room != 0) open_run(p, v, run_room);
    return;
  }
  struct lockstep_slot* header = &v->ring[v->head & v->mask];
  header->word0 = LOCKSTEP_CONTROL_BIT | (uint32_t)type << 16 | argument;
  header->word1 = (uint32_t)payload;
  header->value = value;
  char* ring = (char*)v->ring;
  size_t ring_bytes = (size_t)(v->mask + 1) * LOCKSTEP_SLOT_BYTES;
  size_t at = (size_t)((v->head + 1) & v->mask) * LOCKSTEP_SLOT_BYTES;
  for (size_t i = 0; i < n_parts; i++) {
    const char* from = parts[i].bytes;
    size_t left = parts[i].n;
    while (left != 0) {
      size_t n = left < ring_bytes - at ? left : ring_bytes - at;
      memcpy(ring + at, from, n);
      from += n;
      left -= n;
      at = (at + n) % ring_bytes;
    }
  }
  if (at % LOCKSTEP_SLOT_BYTES != 0) {
    memset(ring + at, 0, LOCKSTEP_SLOT_BYTES - at % LOCKSTEP_SLOT_BYTES);
  }
  advance(v, slots);
  set_limit(v);
  /* Translated code may go on with it. */
  if (run_room != 0) open_run(p, v, run_room);
}

/* The state that was only remembered while silent; called right before the first block. */
static void leave_silence(lockstep_producer* p, struct vcpu* v) {
  v->silent = 0;
  for (uint32_t g = LOCKSTEP_FPR; g < LOCKSTEP_GROUPS; g++) {
    if (v->groups[g] != 0) put(p, v, LOCKSTEP_REC_GROUP, g, v->groups[g], NULL, 0);
  }
  if (v->step_base != 0) put(p, v, LOCKSTEP_REC_STEP, 0, v->step_base, NULL, 0);
}

/* Whether a record at `icount` is left out. */
static int quiet(lockstep_producer* p, struct vcpu* v, uint64_t icount) {
  if (v->muted) return 1;
  if (!v->silent) return 0;
  if (icount < v->silent_until) return 1;
  leave_silence(p, v);
  return 0;
}

/* ---- the ABI --------------------------------------------------------------------------------- */

static int check_params(const struct lockstep_open_params* params) {
  if (params->producer == NULL || params->producer[0] == 0 ||
      strlen(params->producer) >= LOCKSTEP_NAME_BYTES) {
    return -EINVAL;
  }
  if (params->guest_arch == NULL || params->guest_arch[0] == 0 ||
      strlen(params->guest_arch) >= sizeof(((struct lockstep_control*)0)->guest_arch)) {
    return -EINVAL;
  }
  return params->vcpus == 0 ? -EINVAL : 0;
}

static int check_name(const char* name) {
  size_t length = strnlen(name, LOCKSTEP_CSR_NAME_BYTES);
  return length != 0 && length != LOCKSTEP_CSR_NAME_BYTES;
}

static int check_rules(const struct lockstep_rules* rules) {
  if (rules->n_csr_masks > LOCKSTEP_MAX_CSR_MASKS ||
      rules->n_extra_csrs > LOCKSTEP_MAX_EXTRA_CSRS || rules->n_ranges > LOCKSTEP_MAX_RANGES) {
    return -EPROTO;
  }
  for (uint32_t i = 0; i < rules->n_csr_masks; i++) {
    if (!check_name(rules->csr_masks[i].csr)) return -EPROTO;
  }
  for (uint32_t i = 0; i < rules->n_extra_csrs; i++) {
    if (!check_name(rules->extra_csrs[i])) return -EPROTO;
  }
  for (uint32_t i = 0; i < rules->n_ranges; i++) {
    const struct lockstep_range* range = &rules->ranges[i];
    if (range->bytes == 0 || range->base + (range->bytes - 1) < range->base) return -EPROTO;
  }
  return 0;
}

static int check_control(const struct lockstep_control* c, uint64_t file_bytes,
                         const struct lockstep_open_params* params) {
  if (c->magic != LOCKSTEP_RING_MAGIC) return -EPROTO;
  if (c->version != LOCKSTEP_RING_VERSION) return -EPROTONOSUPPORT;
  if (c->total_bytes != file_bytes || c->max_vcpus == 0 || c->max_vcpus > LOCKSTEP_MAX_VCPUS) {
    return -EPROTO;
  }
  uint64_t slots = c->ring_slots;
  if (slots < LOCKSTEP_MIN_RING_SLOTS || slots > LOCKSTEP_MAX_RING_SLOTS ||
      (slots & (slots - 1)) != 0) {
    return -EPROTO;
  }
  uint64_t cursors_end = (uint64_t)LOCKSTEP_PAGE_BYTES * (1 + (uint64_t)c->max_vcpus);
  if (c->ring_offset < cursors_end || c->ring_offset % LOCKSTEP_PAGE_BYTES != 0 ||
      c->ring_offset > file_bytes ||
      (file_bytes - c->ring_offset) / (slots * LOCKSTEP_SLOT_BYTES) < c->max_vcpus) {
    return -EPROTO;
  }
  if (params->vcpus > c->max_vcpus) return -E2BIG;
  return check_rules(&c->rules);
}

/* Maps the file that the environment names; 0 or a negative errno value. */
static int map_ring(struct lockstep_control** control, size_t* bytes, int* out_fd) {
  const char* text = getenv(LOCKSTEP_RING_ENV);
  if (text == NULL || text[0] == 0) return -ENOENT;
  char* end;
  errno = 0;
  long fd = strtol(text, &end, 10);
  if (errno != 0 || *end != 0 || fd < 0 || fd > INT_MAX) return -EINVAL;
  struct stat st;
  if (fstat((int)fd, &st) != 0) return -errno;
  if (!S_ISREG(st.st_mode) || st.st_size < (off_t)LOCKSTEP_PAGE_BYTES) return -EPROTO;
  void* map = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, (int)fd, 0);
  if (map == MAP_FAILED) return -errno;
  fcntl((int)fd, F_SETFD, FD_CLOEXEC); /* the emulator's own children have no business with it */
  *control = map;
  *bytes = (size_t)st.st_size;
  *out_fd = (int)fd;
  return 0;
}

static void free_vcpus(lockstep_producer* p) {
  uint64_t ring_bytes = p->control->ring_slots * LOCKSTEP_SLOT_BYTES;
  for (uint32_t i = 0; i < p->n_vcpus; i++) {
    if (p->vcpus[i].twice != NULL) munmap(p->vcpus[i].twice, 2 * ring_bytes);
    free(p->vcpus[i].scratch);
  }
}

static void init_vcpu(lockstep_producer* p, uint32_t i) {
  struct lockstep_control* c = p->control;
  struct vcpu* v = &p->vcpus[i];
  char* base = (char*)c;
  v->mask = c->ring_slots - 1;
  v->ring =
      (struct lockstep_slot*)(base + c->ring_offset + i * c->ring_slots * LOCKSTEP_SLOT_BYTES);
  v->cursors = (struct lockstep_cursors*)(base + (uint64_t)LOCKSTEP_PAGE_BYTES * (1 + i));
  v->written = &v->cursors->written;
  uint32_t only = p->request.only_vcpu;
  v->silent_until = only == 0 || only == i + 1 ? p->request.silent_until_icount : UINT64_MAX;
  v->silent = v->silent_until != 0;
  set_limit(v);
}

int lockstep_open(const struct lockstep_open_params* params, lockstep_producer** out) {
  int error = check_params(params);
  if (error != 0) return error;
  struct lockstep_control* c = NULL;
  size_t bytes = 0;
  int fd = -1;
  error = map_ring(&c, &bytes, &fd);
  if (error != 0) return error;
  error = check_control(c, bytes, params);
  uint32_t not_opened = LOCKSTEP_NOT_OPENED;
  if (error == 0 && !__atomic_compare_exchange_n(&c->state, &not_opened, LOCKSTEP_OPENING, 0,
                                                 __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) {
    error = -EBUSY;
  }
  lockstep_producer* p = NULL;
  if (error == 0) {
    p = calloc(1, sizeof(*p) + params->vcpus * sizeof(struct vcpu));
    if (p == NULL) {
      __atomic_store_n(&c->state, LOCKSTEP_NOT_OPENED, __ATOMIC_RELEASE);
      error = -ENOMEM;
    }
  }
  if (error != 0) {
    munmap(c, bytes);
    return error;
  }
  p->control = c;
  p->bytes = bytes;
  p->fd = fd;
  p->n_vcpus = params->vcpus;
  p->request = c->request;
  p->rules = c->rules;
  p->groups = params->groups;
  p->parent = getppid();
  p->agent_visible = c->agent_pid != 0 && (kill((pid_t)c->agent_pid, 0) == 0 || errno == EPERM);
  for (uint32_t i = 0; i < params->vcpus; i++) init_vcpu(p, i);
  memcpy(c->producer, params->producer, strlen(params->producer) + 1);
  memcpy(c->guest_arch, params->guest_arch, strlen(params->guest_arch) + 1);
  c->vcpus = params->vcpus;
  c->groups = params->groups;
  c->abilities = params->abilities;
  c->engine = params->engine;
  __atomic_store_n(&c->state, LOCKSTEP_OPENED, __ATOMIC_RELEASE);
  publish(p, &p->vcpus[0], 1); /* an agent that waits for us need not wait for the first block */
  *out = p;
  return 0;
}

const struct lockstep_request* lockstep_request(const lockstep_producer* p) { return &p->request; }

const struct lockstep_rules* lockstep_rules(const lockstep_producer* p) { return &p->rules; }

uint64_t lockstep_ignored_bits(const struct lockstep_rules* rules, const char* csr) {
  uint64_t bits = 0;
  for (uint32_t i = 0; i < rules->n_csr_masks; i++) {
    if (strcmp(rules->csr_masks[i].csr, csr) == 0) bits |= rules->csr_masks[i].ignored_bits;
  }
  return bits;
}

int lockstep_register_names(lockstep_producer* p, uint32_t vcpu, const char* const* names,
                            uint32_t n) {
  struct vcpu* v = &p->vcpus[vcpu];
  if (n == 0 || n > LOCKSTEP_MAX_REGISTERS || v->n_registers != 0) return -EINVAL;
  size_t bytes = 0;
  for (uint32_t i = 0; i < n; i++) bytes += strlen(names[i]) + 1;
  if (bytes > LOCKSTEP_MAX_PAYLOAD_BYTES) return -EMSGSIZE;
  v->n_registers = n;
  /* put() takes few parts, so the text is made whole here; once per run. */
  char text[LOCKSTEP_MAX_PAYLOAD_BYTES];
  size_t at = 0;
  for (uint32_t i = 0; i < n; i++) {
    size_t length = strlen(names[i]);
    memcpy(text + at, names[i], length);
    at += length;
    text[at++] = '\n';
  }
  struct part part = {text, at};
  put(p, v, LOCKSTEP_REC_NAMES, 0, n, &part, 1);
  return 0;
}

int lockstep_block_info(lockstep_producer* p, uint32_t vcpu, const struct lockstep_block* block) {
  if (block->id >= LOCKSTEP_CONTROL_BIT || block->n_insns == 0 || block->n_insns > 65535) {
    return -EINVAL;
  }
  if (block->offsets != NULL) {
    if (block->offsets[0] != 0) return -EINVAL;
    for (uint32_t i = 1; i < block->n_insns; i++) {
      if (block->offsets[i] <= block->offsets[i - 1]) return -EINVAL;
    }
  }
  uint32_t n_code = block->code != NULL ? block->n_code : 0;
  struct lockstep_block_info_wire wire = {block->pc, block->space, block->n_insns, n_code};
  size_t offsets_bytes = block->offsets != NULL ? block->n_insns * sizeof(uint16_t) : 0;
  if (sizeof(wire) + offsets_bytes + n_code > LOCKSTEP_MAX_PAYLOAD_BYTES) return -EMSGSIZE;
  struct part parts[] = {
      {&wire, sizeof(wire)}, {block->offsets, offsets_bytes}, {block->code, n_code}};
  put(p, &p->vcpus[vcpu], LOCKSTEP_REC_BLOCK_INFO, 0, block->id, parts, 3);
  return 0;
}

static inline void write_block(struct vcpu* v, uint32_t id, uint64_t icount, uint64_t digest) {
  struct lockstep_slot* slot = &v->ring[v->head & v->mask];
  slot->word0 = id;
  slot->word1 = (uint32_t)icount;
  slot->value = digest;
  advance(v, 1);
}

/* Out of line, so that lockstep_enter() needs no stack frame on its hot path. */
static __attribute__((noinline)) void enter_slow(lockstep_producer* p, struct vcpu* v, uint32_t id,
                                                 uint64_t icount, uint64_t digest) {
  close_run(v);
  if (quiet(p, v, icount) || !reserve(p, v, 1)) return;
  write_block(v, id, icount, digest);
  set_limit(v);
}

void lockstep_enter(lockstep_producer* p, uint32_t vcpu, uint32_t id, uint64_t icount,
                    uint64_t gpr_digest) {
  struct vcpu* v = &p->vcpus[vcpu];
  /* A record of several slots can have put the head past the limit. */
  if (__builtin_expect(v->head >= v->limit, 0)) {
    enter_slow(p, v, id, icount, gpr_digest);
    return;
  }
  write_block(v, id, icount, gpr_digest);
}

struct lockstep_writer* lockstep_writer(lockstep_producer* p, uint32_t vcpu) {
  return &p->vcpus[vcpu].writer;
}

void lockstep_set_group(lockstep_producer* p, uint32_t vcpu, enum lockstep_group group,
                        uint64_t digest) {
  struct vcpu* v = &p->vcpus[vcpu];
  uint32_t g = (uint32_t)group;
  if (g == LOCKSTEP_GPR || g >= LOCKSTEP_GROUPS || (p->request.groups & 1u << g) == 0 ||
      (p->groups & 1u << g) == 0 || v->groups[g] == digest) {
    return;
  }
  v->groups[g] = digest;
  if (!v->silent) put(p, v, LOCKSTEP_REC_GROUP, g, digest, NULL, 0);
}

/* So that the payload of a run is in one piece, wherever it begins. 0: no memory, or no address
 * space. */
static int map_twice(lockstep_producer* p, uint32_t vcpu) {
  struct lockstep_control* c = p->control;
  struct vcpu* v = &p->vcpus[vcpu];
  uint64_t bytes = c->ring_slots * LOCKSTEP_SLOT_BYTES;
  char* at = mmap(NULL, 2 * bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) return 0;
  for (uint64_t half = 0; half < 2; half++) {
    void* map = mmap(at + half * bytes, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
                     p->fd, (off_t)(c->ring_offset + vcpu * bytes));
    if (map == MAP_FAILED) {
      munmap(at, 2 * bytes);
      return 0;
    }
  }
  v->twice = at;
  v->ring = v->twice;
  return 1;
}

uint64_t* lockstep_run_at(lockstep_producer* p, uint32_t vcpu) {
  struct vcpu* v = &p->vcpus[vcpu];
  if (p->request.digest_at != LOCKSTEP_DIGEST_AT_WINDOW) return NULL;
  if (v->scratch == NULL) v->scratch = malloc(LOCKSTEP_RUN_BLOCKS * sizeof(uint32_t));
  if (v->scratch == NULL || (v->twice == NULL && !map_twice(p, vcpu))) return NULL;
  return &v->cursors->run_at;
}

uint32_t lockstep_open_run(lockstep_producer* p, uint32_t vcpu, uint64_t icount,
                           uint32_t n_blocks) {
  struct vcpu* v = &p->vcpus[vcpu];
  uint64_t until = v->silent_until;
  uint32_t room = n_blocks < LOCKSTEP_RUN_BLOCKS ? n_blocks : LOCKSTEP_RUN_BLOCKS;
  if (icount < until && until - icount < room) room = (uint32_t)(until - icount);
  close_run(v);
  if (room != 0) open_run(p, v, room);
  return room;
}

/* Not where a block has to begin at silent_until_icount, nor where registers are added that may
 * change by themselves. */
int lockstep_takes_sums(const lockstep_producer* p) {
  const struct lockstep_request* r = &p->request;
  return r->sums != 0 && r->digest_at != LOCKSTEP_DIGEST_AT_INSN && r->window_insns != 0 &&
         r->step == 0 && r->silent_until_icount == 0 && p->rules.n_extra_csrs == 0;
}

void lockstep_sum(lockstep_producer* p, uint32_t vcpu, uint64_t icount, uint32_t n_insns,
                  uint64_t flow, uint64_t written) {
  struct vcpu* v = &p->vcpus[vcpu];
  if ((n_insns | flow | written) == 0 || v->silent) return;
  struct lockstep_sum_wire wire = {(uint32_t)icount, n_insns, written};
  struct part part = {&wire, sizeof(wire)};
  put(p, v, LOCKSTEP_REC_SUM, 0, flow, &part, 1);
  /* Records are few: what stands still must be seen up to its last window. */
  if (v->muted || v->head == v->published) return;
  publish(p, v, 0);
  set_limit(v);
}

void lockstep_set_step_base(lockstep_producer* p, uint32_t vcpu, uint64_t step_minus_icount) {
  struct vcpu* v = &p->vcpus[vcpu];
  if (v->step_base == step_minus_icount) return;
  v->step_base = step_minus_icount;
  if (!v->silent) put(p, v, LOCKSTEP_REC_STEP, 0, step_minus_icount, NULL, 0);
}

void lockstep_event(lockstep_producer* p, uint32_t vcpu, enum lockstep_event_kind kind,
                    uint64_t icount, const uint64_t* fields, uint32_t n_fields) {
  struct vcpu* v = &p->vcpus[vcpu];
  uint32_t bit = (uint32_t)kind;
  if (bit > 31 || (p->request.events & 1u << bit) == 0 || n_fields > LOCKSTEP_MAX_EVENT_FIELDS ||
      quiet(p, v, icount)) {
    return;
  }
  struct part part = {fields, n_fields * sizeof(uint64_t)};
  put(p, v, LOCKSTEP_REC_EVENT, (uint32_t)kind, icount, &part, 1);
}

void lockstep_registers(lockstep_producer* p, uint32_t vcpu, uint64_t icount,
                        const uint64_t* values, uint32_t n) {
  struct vcpu* v = &p->vcpus[vcpu];
  if (n == 0 || n != v->n_registers || quiet(p, v, icount)) return;
  if (lockstep_request(p)->digest_at == LOCKSTEP_DIGEST_AT_INSN) return;
  struct part part = {values, n * sizeof(uint64_t)};
  put(p, v, LOCKSTEP_REC_REGISTERS, 0, icount, &part, 1);
}

void lockstep_console(lockstep_producer* p, uint32_t vcpu, uint64_t icount, const void* bytes,
                      size_t n) {
  struct vcpu* v = &p->vcpus[vcpu];
  const char* from = bytes;
  if (lockstep_takes_sums(p)) return;
  while (n != 0 && !quiet(p, v, icount)) {
    size_t chunk = n < LOCKSTEP_MAX_PAYLOAD_BYTES ? n : LOCKSTEP_MAX_PAYLOAD_BYTES;
    struct part part = {from, chunk};
    put(p, v, LOCKSTEP_REC_CONSOLE, 0, icount, &part, 1);
    from += chunk;
    n -= chunk;
  }
}

int lockstep_stop_requested(const lockstep_producer* p) {
  return __atomic_load_n(&p->control->stop_requested, __ATOMIC_RELAXED) != 0;
}

void lockstep_end(lockstep_producer* p, uint32_t vcpu, const struct lockstep_end* end) {
  struct vcpu* v = &p->vcpus[vcpu];
  if (v->muted) return;
  struct lockstep_end_wire wire = {end->step, {0}, end->console_digest, end->exit_code};
  memcpy(wire.digests, end->digests, sizeof(wire.digests));
  size_t text_bytes = end->text != NULL ? strnlen(end->text, 1024) : 0;
  struct part parts[] = {{&wire, sizeof(wire)}, {end->text, text_bytes}};
  put(p, v, LOCKSTEP_REC_END, end->reason, end->icount, parts, 2);
  if (v->muted) return;
  publish(p, v, 1);
  mute(v);
}

void lockstep_flush(lockstep_producer* p, uint32_t vcpu) {
  struct vcpu* v = &p->vcpus[vcpu];
  uint32_t run_room = close_run(v);
  if (v->head != v->published) publish(p, v, 1);
  set_limit(v);
  if (run_room != 0) open_run(p, v, run_room);
}

int lockstep_close(lockstep_producer* p) {
  __atomic_store_n(&p->control->state, LOCKSTEP_CLOSED, __ATOMIC_RELEASE);
  for (uint32_t i = 0; i < p->n_vcpus; i++) publish(p, &p->vcpus[i], 1);
  free_vcpus(p);
  munmap(p->control, p->bytes);
  free(p);
  return 0;
}
