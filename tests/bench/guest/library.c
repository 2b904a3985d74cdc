// What a C compiler calls without being asked to. For the guests; the host has its own.
#include <stddef.h>

void* memcpy(void* to, const void* from, size_t bytes) {
  unsigned char* t = to;
  const unsigned char* f = from;
  while (bytes-- != 0) *t++ = *f++;
  return to;
}

void* memset(void* to, int value, size_t bytes) {
  unsigned char* t = to;
  while (bytes-- != 0) *t++ = (unsigned char)value;
  return to;
}
