// main() of every benchmark program.
//
//     NAME [full|full/N|test|ITERATIONS]
//
// Prints "bench begin NAME ITERATIONS" before the work and "bench end NAME ITERATIONS SUM TICKS
// WORD" after it, where TICKS are those of the guest's `time` in between (0 on the host), and WORD
// is "ok" or "WRONG" beside the known sum, or "unknown" if none is known. Status 1 if it is wrong.
#include "tests/bench/guest/bench.h"

#if defined(__riscv)
enum { CALL_WRITE = 64 };
static uint64_t ticks(void) {
  uint64_t now;
  __asm__ volatile("rdtime %0" : "=r"(now));
  return now;
}
#else
enum { CALL_WRITE = 1 };
static uint64_t ticks(void) { return 0; }
#endif

// A line being put together.
struct line {
  char text[160];
  size_t length;
};

static void add_text(struct line* line, const char* text) {
  while (*text != 0 && line->length < sizeof(line->text)) line->text[line->length++] = *text++;
}

static void add_number(struct line* line, uint64_t number, unsigned base) {
  char digits[21];
  char* at = digits + sizeof(digits) - 1;
  *at = 0;
  do {
    *--at = "0123456789abcdef"[number % base];
    number /= base;
  } while (number != 0);
  add_text(line, at);
}

static void begin_line(struct line* line, const char* what, uint64_t iterations) {
  line->length = 0;
  add_text(line, "bench ");
  add_text(line, what);
  add_text(line, " ");
  add_text(line, bench_name);
  add_text(line, " ");
  add_number(line, iterations, 10);
}

static void print(struct line* line) {
  add_text(line, "\n");
  bench_call(CALL_WRITE, 1, (long)line->text, (long)line->length);
}

static int same(const char* a, const char* b) {
  while (*a != 0 && *a == *b) {
    a++;
    b++;
  }
  return *a == *b;
}

// 0 if it is none.
static uint64_t number_of(const char* digits) {
  uint64_t number = 0;
  for (; *digits >= '0' && *digits <= '9'; digits++) {
    number = 10 * number + (uint64_t)(*digits - '0');
  }
  return *digits == 0 ? number : 0;
}

// 0 if the word is none.
static uint64_t iterations_of(const char* word) {
  const uint64_t full = bench_checks[BENCH_FULL].iterations;
  if (same(word, "full")) return full;
  if (same(word, "test")) return bench_checks[BENCH_TEST].iterations;
  const char* part = "full/";
  const char* at = word;
  while (*part != 0 && *at == *part) {
    at++;
    part++;
  }
  if (*part != 0) return number_of(word);
  const uint64_t divisor = number_of(at);
  if (divisor == 0) return 0;
  return full / divisor != 0 ? full / divisor : 1;
}

int main(int argc, char** argv) {
  struct line line;
  const uint64_t iterations = iterations_of(argc > 1 ? argv[1] : "full");
  if (iterations == 0) {
    line.length = 0;
    add_text(&line, "usage: ");
    add_text(&line, bench_name);
    add_text(&line, " [full|full/N|test|ITERATIONS]");
    print(&line);
    return 2;
  }
  begin_line(&line, "begin", iterations);
  print(&line);

  const uint64_t begin = ticks();
  const uint64_t sum = bench_run(iterations);
  const uint64_t end = ticks();

  const char* word = "unknown";
  for (int i = 0; i < BENCH_CHECKS; i++) {
    if (bench_checks[i].iterations != iterations) continue;
    word = bench_checks[i].sum == sum ? "ok" : "WRONG";
  }
  begin_line(&line, "end", iterations);
  add_text(&line, " 0x");
  add_number(&line, sum, 16);
  add_text(&line, " ");
  add_number(&line, end - begin, 10);
  add_text(&line, " ");
  add_text(&line, word);
  print(&line);
  return same(word, "WRONG");
}
