/*
 * libciul as a program sees that knows neither its headers nor its release: symbols by name, operations by probing.
 * Included by one file of each test program.
 */
#ifndef BINDING_H
#define BINDING_H

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int checks, failures;
static const char* section = "";

#define CHECK(condition) check((condition) != 0, __FILE__, __LINE__, #condition, 0, 0, 0)
#define CHECK_EQ(expected, actual) check_equal((long long)(expected), (long long)(actual), __FILE__, __LINE__, #actual)

static void check(int good, const char* file, int line, const char* text, int with_values, long long expected, long long actual) {
  checks++;
  if (good) return;
  failures++;
  printf("%s:%d: [%s] %s", file, line, section, text);
  if (with_values) printf(": expected %lld (0x%llx), got %lld (0x%llx)", expected, expected, actual, actual);
  printf("\n");
}

static inline void check_equal(long long expected, long long actual, const char* file, int line, const char* text) {
  check(expected == actual, file, line, text, 1, expected, actual);
}

typedef struct { uint64_t w0, w1; } event;
typedef struct { uint64_t base; uint32_t len, reserved; } vec;
typedef struct { uint64_t* dma; void* base; } memreg;

static inline unsigned type_of(event e) { return e.w0 & 0xffff; }
static inline uint32_t rx_id(event e) { return (uint32_t)(e.w0 >> 32); }
static inline unsigned rx_len(event e) { return e.w1 & 0xffff; }
static inline unsigned rx_flags(event e) { return e.w1 >> 16 & 0xffff; }
static inline unsigned discard_kind(event e) { return e.w1 >> 32 & 0xffff; }

static void* library;
static unsigned ops_base, vi_bytes, state_slot, layout; /* layout: 81 or 90 */

static inline void* symbol(const char* name) {
  void* at = dlsym(library, name);
  if (!at) {
    printf("no symbol %s\n", name);
    exit(2);
  }
  return at;
}

#define SYMBOL(result, name, ...) ((result(*)(__VA_ARGS__))symbol(name))

/* Offsets from ops_base: at least 9.0, and 8.1. */
static inline void* operation(void* vi, unsigned from_90, unsigned from_81) {
  void* at;
  memcpy(&at, (char*)vi + ops_base + (layout == 81 ? from_81 : from_90), sizeof at);
  return at;
}

static inline int transmit(void* vi, uint64_t addr, int len, uint32_t id) {
  return ((int (*)(void*, uint64_t, int, uint32_t))operation(vi, 0, 0))(vi, addr, len, id);
}
static inline int transmitv(void* vi, vec* v, int n, uint32_t id) {
  return ((int (*)(void*, vec*, int, uint32_t))operation(vi, 8, 8))(vi, v, n, id);
}
static inline int transmitv_init(void* vi, vec* v, int n, uint32_t id) {
  return ((int (*)(void*, vec*, int, uint32_t))operation(vi, 16, 16))(vi, v, n, id);
}
static inline void transmit_push(void* vi) { ((void (*)(void*))operation(vi, 24, 24))(vi); }
static inline void ctpio(void* vi, void* data, size_t len, unsigned threshold) {
  struct { void* base; size_t len; } one = {data, len};
  ((void (*)(void*, size_t, void*, int, unsigned))operation(vi, 80, 64))(vi, len, &one, 1, threshold);
}
static inline int ctpio_fallback(void* vi, uint64_t addr, size_t len, uint32_t id) {
  return ((int (*)(void*, uint64_t, size_t, uint32_t))operation(vi, 240, 224))(vi, addr, len, id);
}
static inline int receive_init(void* vi, uint64_t addr, uint32_t id) {
  return ((int (*)(void*, uint64_t, uint32_t))operation(vi, 152, 136))(vi, addr, id);
}
static inline void receive_push(void* vi) { ((void (*)(void*))operation(vi, 160, 144))(vi); }
static inline int set_discards(void* vi, unsigned mask) { return ((int (*)(void*, unsigned))operation(vi, 128, 112))(vi, mask); }
static inline int poll_events(void* vi, event* e, int n) { return ((int (*)(void*, event*, int))operation(vi, 176, 152))(vi, e, n); }
static inline void prime_queue(void* vi) { ((void (*)(void*))operation(vi, 184, 160))(vi); }
static inline uint32_t current_event(void* vi) {
  uint32_t* state;
  memcpy(&state, (char*)vi + state_slot, sizeof state);
  return *state;
}

static int in_library(void* at) {
  Dl_info here, there;
  return at && dladdr(symbol("ef10_ef_eventq_poll"), &here) && dladdr(at, &there) && here.dli_fbase == there.dli_fbase;
}

/* The self-probe: sets ops_base, vi_bytes, state_slot, layout. Returns whether it understood the library. */
static inline int probe(const char* path) {
  library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    printf("%s\n", dlerror());
    return 0;
  }
  size_t room = 16384;
  unsigned char* vi = malloc(room);
  void* state = calloc(1, 8192);
  memset(vi, 0xA5, room);
  int rc = SYMBOL(int, "ef_vi_init", void*, int, int, int, uint64_t, uint8_t, void*)(vi, 1, 'D', 0x5a, 0, 0x7e, state);
  void* words[2048];
  memcpy(words, vi, room);
  for (vi_bytes = (unsigned)room; vi_bytes > 0 && vi[vi_bytes - 1] == 0xA5;) vi_bytes--;
  unsigned at = 0, first;
  while (at < 2048 && words[at] != symbol("ef10_ef_eventq_poll")) at++;
  for (first = at; at < 2048 && first > 0 && in_library(words[first - 1]);) first--;
  for (unsigned i = 0; i < 2048; i++) {
    if (words[i] == state) state_slot = i * 8;
  }
  ops_base = first * 8;
  layout = (at - first) * 8 == 176 ? 90 : (at - first) * 8 == 152 ? 81 : 0;
  int good = rc == 0 && at < 2040 && layout && state_slot && words[at + 1] == symbol("ef10_ef_eventq_prime") &&
             words[at + 2] == symbol("ef10_ef_eventq_timer_prime") && words[at + 3] == symbol("ef10_ef_eventq_timer_run") &&
             words[at + 4] == symbol("ef10_ef_eventq_timer_clear") && words[at + 5] == symbol("ef10_ef_eventq_timer_zero");
  free(vi);
  free(state);
  return good;
}

#endif
