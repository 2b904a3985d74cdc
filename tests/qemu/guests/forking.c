// A parent that waits for its child, which does some work of its own. Exit code 8.
#include <sys/wait.h>
#include <unistd.h>

static volatile unsigned sum;

static void Work(unsigned n) {
  for (unsigned i = 0; i < n; i++) sum += i * i;
}

int main(void) {
  Work(1000);
  const pid_t child = fork();
  if (child == 0) {
    Work(200000);
    _exit(3);
  }
  int status = 0;
  waitpid(child, &status, 0);
  Work(2000);
  return 5 + WEXITSTATUS(status);
}
