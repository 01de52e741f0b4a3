/*
 * The library half on plain heap memory, with this program as the card. Runs on a real libciul just as on the double, and must:
 * that is how the double is known to behave as the original.
 *
 *   cc -g -Wall -Wextra heap_test.c -o /tmp/heap_test -ldl && /tmp/heap_test /tmp/libciul-double.so [more libraries]
 */
#include "binding.h"

#define RING 512

static unsigned char *vi, *io, *state, *aperture, *buffers;
static uint64_t *evq, *rxq, *txq;
static unsigned evq_at, prefix;

static uint32_t io32(unsigned offset) {
  uint32_t v;
  memcpy(&v, io + offset, 4);
  return v;
}

static void setup(unsigned rx_prefix) {
  prefix = rx_prefix;
  evq_at = 0;
  vi = calloc(1, 8192);
  io = calloc(1, 8192);
  aperture = aligned_alloc(4096, 8192);
  memset(aperture, 0, 8192);
  buffers = aligned_alloc(4096, 1 << 21);
  evq = aligned_alloc(4096, RING * 2 * 8);
  rxq = aligned_alloc(4096, RING * 8);
  txq = aligned_alloc(4096, RING * 8);
  memset(evq, 0xff, RING * 2 * 8);
  int (*bytes)(int, int) = SYMBOL(int, "ef_vi_calc_state_bytes", int, int);
  state = calloc(1, (size_t)bytes(RING, RING));
  CHECK_EQ(0, SYMBOL(int, "ef_vi_init", void*, int, int, int, uint64_t, uint8_t, void*)(vi, 1, 'D', 0x5a, 0x1000060, 0, state));
  SYMBOL(void, "ef_vi_init_io", void*, void*)(vi, io);
  SYMBOL(void, "ef_vi_init_evq", void*, int, void*, unsigned)(vi, RING * 2, evq, 0);
  void* ids = state + bytes(0, 0);
  SYMBOL(void, "ef_vi_init_rxq", void*, int, void*, void*, int)(vi, RING, rxq, ids, (int)prefix);
  SYMBOL(void, "ef_vi_init_txq", void*, int, void*, void*)(vi, RING, txq, (char*)ids + RING * 4);
  SYMBOL(void, "ef_vi_init_state", void*)(vi);
  CHECK_EQ(0, SYMBOL(int, "ef_vi_add_queue", void*, void*)(vi, vi));
  memcpy(vi + 96, &aperture, sizeof aperture);
}

static void teardown(void) {
  free(vi), free(io), free(aperture), free(buffers), free(evq), free(rxq), free(txq), free(state);
}

static void put_event(uint64_t hw) { evq[evq_at++ % (RING * 2)] = hw; }

static void rx_event(unsigned bytes, int more, unsigned descriptors, uint64_t errors) {
  put_event(bytes | (uint64_t)(more != 0) << 14 | (uint64_t)(descriptors & 15) << 48 | errors);
}

static void tx_event(unsigned last, unsigned kind) { put_event(UINT64_C(2) << 60 | last | (uint64_t)kind << 24); }

static uint64_t buffer(unsigned n) { return (uint64_t)(uintptr_t)(buffers + n * 2048); }

static void receives(void) {
  section = "receive";
  setup(14);
  event e[16];
  for (unsigned i = 0; i < 7; i++) CHECK_EQ(0, receive_init(vi, buffer(i), 100 + i));
  receive_push(vi);
  CHECK_EQ(0, io32(0x830));
  CHECK_EQ(0, receive_init(vi, buffer(7), 107));
  receive_push(vi);
  CHECK_EQ(8, io32(0x830));
  CHECK_EQ(buffer(3) | UINT64_C(1792) << 48, rxq[3]);
  for (unsigned i = 8; i < 511; i++) CHECK_EQ(0, receive_init(vi, buffer(i), 100 + i));
  CHECK_EQ(-EAGAIN, receive_init(vi, buffer(511), 611));
  receive_push(vi);
  CHECK_EQ(504, io32(0x830));

  CHECK_EQ(0, poll_events(vi, e, 16));
  rx_event(114, 0, 1, UINT64_C(1) << 35);
  CHECK_EQ(1, poll_events(vi, e, 16));
  CHECK_EQ(0, type_of(e[0]));
  CHECK_EQ(100, rx_id(e[0]));
  CHECK_EQ(114, rx_len(e[0]));
  CHECK_EQ(1, rx_flags(e[0]) & 3);

  rx_event(100, 0, 2, UINT64_C(1) << 26);
  rx_event(100, 0, 3, UINT64_C(1) << 25);
  rx_event(1792, 1, 4, 0);
  rx_event(1222, 0, 5, 0);
  CHECK_EQ(4, poll_events(vi, e, 16));
  CHECK_EQ(2, type_of(e[0]));
  CHECK_EQ(101, rx_id(e[0]));
  CHECK_EQ(0, discard_kind(e[0]));
  CHECK_EQ(2, type_of(e[1]));
  CHECK_EQ(0, type_of(e[2]));
  CHECK_EQ(3, rx_flags(e[2]) & 3);
  CHECK_EQ(1792, rx_len(e[2]));
  CHECK_EQ(0, rx_flags(e[3]) & 3);
  CHECK_EQ(3014, rx_len(e[3]));
  CHECK_EQ(104, rx_id(e[3]));
  CHECK_EQ(0, poll_events(vi, e, 16));

  set_discards(vi, 0);
  rx_event(100, 0, 6, UINT64_C(1) << 26);
  CHECK_EQ(1, poll_events(vi, e, 16));
  CHECK_EQ(0, type_of(e[0]));

  /* The order of the ring goes on over its end. */
  for (unsigned i = 0; i < 2000; i++) {
    rx_event(60, 0, 7 + i, 0);
    CHECK_EQ(1, poll_events(vi, e, 16));
    CHECK_EQ(106 + i % 505, rx_id(e[0]));
    CHECK_EQ(0, receive_init(vi, buffer(rx_id(e[0]) - 100), rx_id(e[0])));
    receive_push(vi);
  }
  prime_queue(vi);
  CHECK_EQ(current_event(vi) / 8 % (RING * 2), io32(0x400));
  CHECK_EQ(evq_at % (RING * 2), io32(0x400));
  teardown();
}

static void query_layout(void) {
  section = "layout";
  struct entry { int32_t type, offset; const char* text; } * entries;
  int n = 0;
  for (unsigned p = 0; p <= 14; p += 14) {
    setup(p);
    CHECK_EQ(0, SYMBOL(int, "ef_vi_receive_query_layout", void*, void*, int*)(vi, &entries, &n));
    CHECK(n >= 1);
    CHECK_EQ(p, entries[0].offset);
    teardown();
  }
}

static void transmits(void) {
  section = "transmit";
  setup(0);
  event e[16];
  uint32_t ids[64];
  int (*unbundle)(void*, event*, uint32_t*) = SYMBOL(int, "ef_vi_transmit_unbundle", void*, event*, uint32_t*);
  CHECK_EQ(0, transmit(vi, buffer(0), 60, 7));
  CHECK_EQ(1, io32(0xA18));
  CHECK_EQ(buffer(0) | UINT64_C(60) << 48, txq[0]);
  uint64_t pushed;
  memcpy(&pushed, io + 0xA10, 8);
  CHECK_EQ(txq[0], pushed);
  vec v[2] = {{buffer(1), 54, 0}, {buffer(2), 900, 0}};
  CHECK_EQ(0, transmitv(vi, v, 2, 8));
  CHECK_EQ(3, io32(0xA18));
  CHECK_EQ(buffer(1) | UINT64_C(54) << 48 | UINT64_C(1) << 62, txq[1]);
  CHECK_EQ(0, transmitv_init(vi, v, 1, 9));
  CHECK_EQ(3, io32(0xA18));
  transmit_push(vi);
  CHECK_EQ(4, io32(0xA18));
  tx_event(2, 0);
  CHECK_EQ(1, poll_events(vi, e, 16));
  CHECK_EQ(1, type_of(e[0]));
  CHECK_EQ(0, e[0].w0 >> 24 & 15);
  CHECK_EQ(2, unbundle(vi, e, ids));
  CHECK_EQ(7, ids[0]);
  CHECK_EQ(8, ids[1]);
  tx_event(3, 0);
  CHECK_EQ(1, poll_events(vi, e, 16));
  CHECK_EQ(1, unbundle(vi, e, ids));

  CHECK_EQ(0, SYMBOL(int, "ef_vi_transmit_init", void*, uint64_t, int, uint32_t)(vi, buffer(0), 60, 1));
  SYMBOL(void, "ef_vi_transmit_init_undo", void*)(vi);
  for (unsigned i = 0; i < 511; i++) CHECK_EQ(0, transmit(vi, buffer(i), 60, i));
  CHECK_EQ(-EAGAIN, transmit(vi, buffer(511), 60, 511));
  CHECK_EQ((4 + 511) % RING, io32(0xA18));
  for (unsigned done = 4; done < 4 + 511;) {
    unsigned upto = done + 64 < 4 + 511 ? done + 64 : 4 + 511;
    tx_event((upto - 1) % RING, 0);
    CHECK_EQ(1, poll_events(vi, e, 16));
    CHECK_EQ(upto - done, unbundle(vi, e, ids));
    CHECK_EQ(done - 4, ids[0]);
    done = upto;
  }
  teardown();
}

static void sends_by_ctpio(void) {
  section = "ctpio";
  setup(0);
  event e[16];
  uint32_t ids[64];
  memset(buffers, 0x5c, 100);
  buffers[99] = 1;
  ctpio(vi, buffers, 100, 0xffff);
  uint32_t control;
  memcpy(&control, aperture, 4);
  CHECK_EQ(100, control & 0xfff);
  CHECK_EQ(0, memcmp(aperture + 4, buffers, 100));
  CHECK_EQ(0xffff0064, control);
  CHECK_EQ(0, ctpio_fallback(vi, buffer(0), 100, 3));
  CHECK_EQ(1, io32(0xA18));
  tx_event(0, 0x11);
  CHECK_EQ(1, poll_events(vi, e, 16));
  CHECK_EQ(1, type_of(e[0]));
  CHECK_EQ(1, e[0].w0 >> 24 & 15);
  CHECK_EQ(1, SYMBOL(int, "ef_vi_transmit_unbundle", void*, event*, uint32_t*)(vi, e, ids));
  CHECK_EQ(3, ids[0]);
  ctpio(vi, buffers, 100, 500);
  memcpy(&control, aperture, 4);
  CHECK_EQ(500 << 16 | 100, control);
  teardown();
}

static void stream(void) {
  section = "100,000 frames";
  setup(14);
  event e[16];
  uint32_t ids[64], sent = 0, received = 0, posted = 0;
  for (; posted < 504; posted++) CHECK_EQ(0, receive_init(vi, buffer(posted), posted));
  receive_push(vi);
  while (received < 100000) {
    for (unsigned i = 0; i < 8; i++, sent++) CHECK_EQ(0, transmit(vi, buffer(sent % 512), 60, sent % 512));
    tx_event((sent - 1) % RING, 0);
    for (unsigned i = 0; i < 8; i++) rx_event(74, 0, received + i + 1, 0);
    int n = poll_events(vi, e, 16), rx = 0;
    CHECK_EQ(9, n);
    for (int i = 0; i < n; i++) {
      if (type_of(e[i]) == 1) {
        CHECK_EQ(8, SYMBOL(int, "ef_vi_transmit_unbundle", void*, event*, uint32_t*)(vi, &e[i], ids));
        CHECK_EQ((sent - 8) % 512, ids[0]);
        continue;
      }
      CHECK_EQ(received++ % 504, rx_id(e[i]));
      rx++;
    }
    for (int i = 0; i < rx; i++, posted++) CHECK_EQ(0, receive_init(vi, buffer(posted % 504), posted % 504));
    receive_push(vi);
  }
  teardown();
}

/* Only where the double says what the original does, too: the rest of this file is the claim. */
int main(int count, char** paths) {
  for (int i = 1; i < count; i++) {
    if (!probe(paths[i])) {
      printf("%s: not understood: ops at %u, layout %u\n", paths[i], ops_base, layout);
      return 1;
    }
    printf("%s: %s, ops at %u, layout %u, %u bytes\n", paths[i], SYMBOL(const char*, "ef_vi_version_str", void)(), ops_base, layout,
           vi_bytes);
    receives();
    query_layout();
    transmits();
    sends_by_ctpio();
    stream();
  }
  printf("%d checks, %d failures\n", checks, failures);
  return failures != 0;
}
