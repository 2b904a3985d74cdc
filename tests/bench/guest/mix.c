// A mix as small controllers run it: a linked list (sorted, searched, reversed), an integer matrix,
// a state machine over text, and a CRC of the results.
#include "tests/bench/guest/bench.h"

enum { NODES = 128, DIM = 12, TEXT = 512 };

struct node {
  struct node* next;
  uint32_t key;
  uint32_t index;
};

static struct node nodes[NODES];
static int16_t left[DIM][DIM], right[DIM][DIM];
static int32_t product[DIM][DIM];
static char text[TEXT];

static uint16_t crc16(uint16_t crc, uint32_t value) {
  for (int i = 0; i < 32; i++) {
    const uint32_t bit = (crc ^ value) & 1;
    crc = (uint16_t)((crc >> 1) ^ (bit ? 0xa001 : 0));
    value >>= 1;
  }
  return crc;
}

static struct node* merge(struct node* a, struct node* b) {
  struct node head, *tail = &head;
  while (a != 0 && b != 0) {
    struct node** smaller = a->key <= b->key ? &a : &b;
    tail->next = *smaller;
    tail = *smaller;
    *smaller = tail->next;
  }
  tail->next = a != 0 ? a : b;
  return head.next;
}

static struct node* sort(struct node* list) {
  if (list == 0 || list->next == 0) return list;
  struct node *slow = list, *fast = list->next;
  while (fast != 0 && fast->next != 0) {
    slow = slow->next;
    fast = fast->next->next;
  }
  struct node* half = slow->next;
  slow->next = 0;
  return merge(sort(list), sort(half));
}

static struct node* reverse(struct node* list) {
  struct node* reversed = 0;
  while (list != 0) {
    struct node* next = list->next;
    list->next = reversed;
    reversed = list;
    list = next;
  }
  return reversed;
}

static uint16_t lists(uint16_t crc, uint64_t* random) {
  for (int i = 0; i < NODES; i++) {
    nodes[i].key = (uint32_t)(bench_random(random) >> 40) % 1000;
    nodes[i].index = (uint32_t)i;
    nodes[i].next = i + 1 < NODES ? &nodes[i + 1] : 0;
  }
  struct node* list = reverse(sort(&nodes[0]));
  for (uint32_t wanted = 0; wanted < 1000; wanted += 97) {
    struct node* at = list;
    while (at != 0 && at->key > wanted) at = at->next;
    crc = crc16(crc, at == 0 ? 0xffff : at->index << 16 | at->key);
  }
  return crc;
}

static uint16_t matrices(uint16_t crc, uint64_t* random) {
  for (int i = 0; i < DIM; i++) {
    for (int j = 0; j < DIM; j++) {
      left[i][j] = (int16_t)(bench_random(random) >> 20);
      right[i][j] = (int16_t)(i * 31 + j * 7);
    }
  }
  for (int i = 0; i < DIM; i++) {
    for (int j = 0; j < DIM; j++) {
      int32_t sum = 0;
      for (int k = 0; k < DIM; k++) sum += (left[i][k] * right[k][j]) >> 8;
      product[i][j] = sum;
    }
  }
  for (int i = 0; i < DIM; i++) crc = crc16(crc, (uint32_t)product[i][DIM - 1 - i]);
  return crc;
}

enum state {
  START,
  INTEGER,
  SIGN,
  POINT,
  FRACTION,
  EXPONENT,
  EXPONENT_SIGN,
  POWER,
  INVALID,
  STATES
};

static enum state step(enum state state, char c) {
  const int digit = c >= '0' && c <= '9';
  switch (state) {
    case START:
      if (digit) return INTEGER;
      if (c == '+' || c == '-') return SIGN;
      return c == '.' ? POINT : INVALID;
    case SIGN:
      if (digit) return INTEGER;
      return c == '.' ? POINT : INVALID;
    case INTEGER:
      if (digit) return INTEGER;
      if (c == '.') return FRACTION;
      return c == 'e' ? EXPONENT : INVALID;
    case POINT:
      return digit ? FRACTION : INVALID;
    case FRACTION:
      if (digit) return FRACTION;
      return c == 'e' ? EXPONENT : INVALID;
    case EXPONENT:
      if (digit) return POWER;
      return c == '+' || c == '-' ? EXPONENT_SIGN : INVALID;
    case EXPONENT_SIGN:
    case POWER:
      return digit ? POWER : INVALID;
    default:
      return INVALID;
  }
}

static uint16_t numbers(uint16_t crc, uint64_t* random) {
  static const char letters[] = "0123456789012345,,,.e+-x";
  uint32_t counts[STATES] = {0};
  for (int i = 0; i < TEXT; i++) text[i] = letters[(bench_random(random) >> 30) % 24];
  enum state state = START;
  for (int i = 0; i < TEXT; i++) {
    if (text[i] == ',') {
      counts[state]++;
      state = START;
    } else {
      state = step(state, text[i]);
    }
  }
  for (int i = 0; i < STATES; i++) crc = crc16(crc, counts[i]);
  return crc;
}

uint64_t bench_run(uint64_t iterations) {
  uint64_t random = 42, sum = 0;
  for (uint64_t i = 0; i < iterations; i++) {
    uint16_t crc = lists((uint16_t)sum, &random);
    crc = matrices(crc, &random);
    crc = numbers(crc, &random);
    sum = bench_mix(sum, crc);
  }
  return sum;
}

const char bench_name[] = "mix";
const struct bench_check bench_checks[BENCH_CHECKS] = {{30000, 0x889a90af0790c27au},
                                                       {100, 0x76c10d064113b353u}};
