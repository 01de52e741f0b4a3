/*
 * Tests of the card half: what a program can do with it, each fault (fault_test.c), each misuse (misuse_test.c). Both layouts,
 * from the directory above, in one line:
 *
 *   for L in 92 81; do F="-g -pthread -Wall -Wextra -Werror -fsanitize=address,undefined -DLIBCIUL_LAYOUT=$L"; cc $F -shared -fPIC -o /tmp/double-$L.so *.c && cc $F -o /tmp/double-test-$L selftest/double_test.c /tmp/double-$L.so -ldl && cc $F -o /tmp/heap-test-$L selftest/heap_test.c -ldl && /tmp/heap-test-$L /tmp/double-$L.so && /tmp/double-test-$L /tmp/double-$L.so || break; done
 */
#include "nic.h"

#include <pthread.h>

#include "fault_test.c"
#include "misuse_test.c"

/* ---- the ordinary life of a VI ---- */

static void carries_frames_between_two_ports(void) {
  section = "two ports";
  two_ports();
  nic a, b;
  event e[16];
  uint32_t ids[64];
  uint8_t expected[2048];
  nic_open(&a, "nic0", 0, 64);
  nic_open(&b, "nic1", 0, 64);
  CHECK_EQ(0, filter_udp(&b, host(2), 5000, NULL));
  CHECK(a.mr.dma[0] != (uint64_t)(uintptr_t)a.memory);
  CHECK(a.mr.dma[1] != a.mr.dma[0] + 4096);

  unsigned length = udp_frame(buffer_at(&a, TX_FIRST), 5000, 100);
  CHECK_EQ(0, transmit(a.vi, address(&a, TX_FIRST), (int)length, 900));
  CHECK_EQ(1, card_vi_ring(a.vi, CARD_TX_WAITING));
  CHECK_EQ(0, poll_events(a.vi, e, 16));
  card_run(100);
  CHECK_EQ(0, poll_events(a.vi, e, 16)); /* the completion comes a run later than the frame */
  CHECK_EQ(1, poll_events(b.vi, e, 16));
  CHECK_EQ(0, type_of(e[0]));
  CHECK_EQ(0, rx_id(e[0]));
  CHECK_EQ(length + b.prefix, rx_len(e[0]));
  CHECK_EQ(1, rx_flags(e[0]));
  uint16_t bytes = 0;
  CHECK_EQ(0, SYMBOL(int, "ef_vi_receive_get_bytes", void*, void*, uint16_t*)(b.vi, buffer_at(&b, 0), &bytes));
  CHECK_EQ(length, bytes);
  checked_frame(expected, 5000, 100); /* the card has filled in what was missing */
  CHECK_EQ(0, memcmp(expected, buffer_at(&b, 0) + b.prefix, length));
  card_run(100);
  CHECK_EQ(1, poll_events(a.vi, e, 16));
  CHECK_EQ(1, type_of(e[0]));
  CHECK_EQ(1, tx_ids(&a, e[0], ids));
  CHECK_EQ(900, ids[0]);
  nic_close(&a);
  nic_close(&b);
  NO_MISUSE();
  nothing_alive();
}

static void leaves_checksums_alone_if_told(void) {
  section = "no checksums";
  one_port();
  nic a;
  uint8_t got[2048];
  nic_open(&a, "nic0", 0x180, 0);
  unsigned length = udp_frame(buffer_at(&a, TX_FIRST), 5000, 33);
  CHECK_EQ(0, transmit(a.vi, address(&a, TX_FIRST), (int)length, 1));
  card_run(10);
  CHECK_EQ(length, card_take(0, got, sizeof got));
  CHECK_EQ(0, memcmp(got, buffer_at(&a, TX_FIRST), length));
  CHECK_EQ(-EAGAIN, card_take(0, got, sizeof got));
  nic_close(&a);
  NO_MISUSE();
}

static void steers_by_filters(void) {
  section = "filters";
  one_port();
  nic a, b;
  event e[16];
  uint8_t f[2048];
  uint64_t cookie = 0;
  nic_open(&a, "nic0", 0, 32);
  nic_open(&b, "nic0", 0, 32);
  CHECK_EQ(0, filter_udp(&a, host(2), 5000, &cookie));
  CHECK_EQ(-EEXIST, filter_udp(&a, host(2), 5000, NULL));
  CHECK_EQ(-EEXIST, filter_udp(&b, host(2), 5000, NULL));
  CHECK_EQ(0, filter_full(&b, 17, host(2), 5000, host(1), 0x1234)); /* more exact: wins */
  CHECK_EQ(2, card_alive(CARD_FILTERS));
  unsigned length = checked_frame(f, 5000, 20);
  card_inject(0, f, (int)length);
  card_run(10);
  CHECK_EQ(0, poll_events(a.vi, e, 16));
  CHECK_EQ(1, poll_events(b.vi, e, 16));
  f[26] = 10, f[29] = 9; /* from another host: the wider one */
  f[24] = f[25] = f[40] = f[41] = 0;
  card_inject(0, f, (int)length);
  card_run(10);
  CHECK_EQ(1, poll_events(a.vi, e, 16));
  CHECK_EQ(2, type_of(e[0])); /* its IP checksum is wrong now */

  checked_frame(f, 5000, 20);
  f[20] = 0x20; /* a fragment */
  card_inject(0, f, (int)length);
  checked_frame(f, 5001, 20); /* another port */
  card_inject(0, f, (int)length);
  checked_frame(f, 5000, 20);
  f[23] = 6; /* another protocol */
  card_inject(0, f, (int)length);
  card_run(10);
  CHECK_EQ(0, poll_events(a.vi, e, 16));
  CHECK_EQ(0, poll_events(b.vi, e, 16));
  CHECK_EQ(3, card_count(0, CARD_RX_TO_KERNEL));
  CHECK_EQ(length, card_kernel_take(0, f, sizeof f));

  CHECK_EQ(0, SYMBOL(int, "ef_vi_filter_del", void*, int, void*)(a.vi, a.dh, &cookie));
  CHECK_EQ(1, card_alive(CARD_FILTERS));
  card_set(0, CARD_FILTER_LIMIT, 1);
  CHECK_EQ(-EBUSY, filter_udp(&a, host(2), 5000, NULL));
  nic_close(&a);
  nic_close(&b);
  NO_MISUSE();
  nothing_alive();
}

static void steers_ip6_mac_and_vlan(void) {
  section = "other filters";
  one_port();
  nic a;
  event e[16];
  uint8_t f[200] = {0};
  uint64_t fs[7];
  nic_open(&a, "nic0", 0, 32);
  void (*init)(void*, unsigned) = SYMBOL(void, "ef_filter_spec_init", void*, unsigned);
  int (*add)(void*, int, void*, void*) = SYMBOL(int, "ef_vi_filter_add", void*, int, void*, void*);
  memcpy(f, mac_a, 6);
  f[12] = 0x86, f[13] = 0xdd, f[14] = 0x60, f[19] = 8, f[20] = 17, f[53] = 7, f[56] = 0x13, f[57] = 0x88;
  init(fs, 0);
  CHECK_EQ(0, SYMBOL(int, "ef_filter_spec_set_ip6_local", void*, int, void*, int)(fs, 17, f + 38, 0x8813));
  CHECK_EQ(0, add(a.vi, a.dh, fs, NULL));
  card_inject(0, f, 62);
  card_run(10);
  CHECK_EQ(1, poll_events(a.vi, e, 16));
  CHECK_EQ(2, type_of(e[0])); /* UDP over IPv6 must have a checksum */

  f[13] = 1;
  init(fs, 0);
  CHECK_EQ(0, SYMBOL(int, "ef_filter_spec_set_eth_local", void*, int, const void*)(fs, 7, mac_a));
  CHECK_EQ(0, add(a.vi, a.dh, fs, NULL));
  card_inject(0, f, 62);
  uint8_t tagged[200] = {0};
  memcpy(tagged, f, 12);
  tagged[12] = 0x81, tagged[15] = 7, tagged[16] = 0x88;
  card_inject(0, tagged, 64);
  card_run(10);
  CHECK_EQ(1, poll_events(a.vi, e, 16));
  CHECK_EQ(64 + a.prefix, rx_len(e[0]));
  init(fs, 0);
  CHECK_EQ(0, SYMBOL(int, "ef_filter_spec_set_multicast_all", void*)(fs));
  CHECK_EQ(0, add(a.vi, a.dh, fs, NULL));
  f[0] = 1;
  card_inject(0, f, 62);
  card_run(10);
  CHECK_EQ(1, poll_events(a.vi, e, 16));
  CHECK_EQ(9, rx_flags(e[0]));
  nic_close(&a);
  NO_MISUSE();
}

static void chains_large_frames(void) {
  section = "chains";
  card_reset();
  CHECK_EQ(0, card_port_create("nic0", 0, mac_a, 9000));
  nic a;
  event e[16];
  uint8_t f[9100], got[9100];
  nic_open(&a, "nic0", 0, 8);
  CHECK_EQ(0, filter_udp(&a, host(2), 5000, NULL));
  unsigned length = checked_frame(f, 5000, 3000 - 42);
  card_inject(0, f, (int)length);
  card_run(10);
  CHECK_EQ(2, poll_events(a.vi, e, 16));
  CHECK_EQ(3, rx_flags(e[0]));
  CHECK_EQ(1792, rx_len(e[0]));
  CHECK_EQ(0, rx_flags(e[1]));
  CHECK_EQ(3014, rx_len(e[1]));
  memcpy(got, buffer_at(&a, 0) + 14, 1778);
  memcpy(got + 1778, buffer_at(&a, 1), 3000 - 1778);
  CHECK_EQ(0, memcmp(f, got, length));

  vec v[3] = {{address(&a, TX_FIRST), 42, 0}, {address(&a, TX_FIRST + 1), 2000, 0}, {address(&a, TX_FIRST + 2), 2000, 0}};
  udp_frame(buffer_at(&a, TX_FIRST), 5000, 4000);
  CHECK_EQ(0, transmitv(a.vi, v, 3, 1));
  card_run(10);
  CHECK_EQ(4042, card_take(0, got, sizeof got));

  length = checked_frame(f, 5000, 8900); /* six buffers are left, which is one too few for two of these */
  card_inject(0, f, (int)length);
  card_inject(0, f, (int)length);
  card_run(10);
  int n = poll_events(a.vi, e, 16);
  CHECK_EQ(8, n); /* six buffers and, in the middle of the second frame, the end of it; the TX event */
  int aborted = 0;
  for (int i = 0; i < n; i++) aborted += type_of(e[i]) == 4;
  CHECK_EQ(1, aborted);
  nic_close(&a);
  NO_MISUSE();
}

static void merges_events(void) {
  section = "RX_MULTI";
  one_port();
  nic a;
  event e[16];
  uint32_t ids[64];
  uint8_t f[200];
  nic_open(&a, "nic0", 0x200000, 64);
  CHECK_EQ(14, a.prefix);
  CHECK_EQ(0, filter_udp(&a, host(2), 5000, NULL));
  unsigned length = checked_frame(f, 5000, 50);
  for (int i = 0; i < 11; i++) card_inject(0, f, (int)length);
  f[60] ^= 1;
  card_inject(0, f, (int)length);
  card_run(100);
  CHECK_EQ(3, poll_events(a.vi, e, 16));
  CHECK_EQ(9, type_of(e[0]));
  CHECK_EQ(9, type_of(e[1]));
  CHECK_EQ(11, type_of(e[2]));
  CHECK_EQ(8, rx_ids(&a, e[0], ids));
  CHECK_EQ(7, ids[7]);
  CHECK_EQ(3, rx_ids(&a, e[1], ids));
  CHECK_EQ(10, ids[2]);
  CHECK_EQ(1, rx_ids(&a, e[2], ids));
  CHECK_EQ(11, ids[0]);
  nic_close(&a);
  nic_open(&a, "nic0", 0, 64); /* without the flag, on request */
  CHECK_EQ(0, filter_udp(&a, host(2), 5000, NULL));
  card_set(0, CARD_RX_MULTI, 4);
  checked_frame(f, 5000, 50);
  for (int i = 0; i < 5; i++) card_inject(0, f, (int)length);
  card_run(100);
  CHECK_EQ(2, poll_events(a.vi, e, 16));
  CHECK_EQ(9, type_of(e[0]));
  CHECK_EQ(4, rx_ids(&a, e[0], ids));
  CHECK_EQ(0, type_of(e[1]));
  CHECK_EQ(4, rx_id(e[1]));
  nic_close(&a);
  NO_MISUSE();
}

static void sends_by_ctpio(void) {
  section = "CTPIO";
  one_port();
  nic a;
  event e[16];
  uint32_t ids[64];
  uint8_t got[2048];
  nic_open(&a, "nic0", 0x1000000, 0);
  unsigned length = udp_frame(buffer_at(&a, TX_FIRST), 5000, 100);
  ctpio(a.vi, buffer_at(&a, TX_FIRST), length, 0xffff);
  CHECK_EQ(length, card_take(0, got, sizeof got)); /* at once, and without checksums */
  CHECK_EQ(0, memcmp(got, buffer_at(&a, TX_FIRST), length));
  CHECK_EQ(0, ctpio_fallback(a.vi, address(&a, TX_FIRST), length, 4));
  card_run(10), card_run(10);
  CHECK_EQ(-EAGAIN, card_take(0, got, sizeof got));
  CHECK_EQ(1, poll_events(a.vi, e, 16));
  CHECK_EQ(1, e[0].w0 >> 24 & 15);
  CHECK_EQ(1, tx_ids(&a, e[0], ids));
  CHECK_EQ(4, ids[0]);

  /* Behind a DMA send it fails until that is complete, and the fallback keeps the order. */
  CHECK_EQ(0, transmit(a.vi, address(&a, TX_FIRST), (int)length, 5));
  memcpy(buffer_at(&a, TX_FIRST + 1), buffer_at(&a, TX_FIRST), length);
  buffer_at(&a, TX_FIRST + 1)[50] = 0xee;
  ctpio(a.vi, buffer_at(&a, TX_FIRST + 1), length, 0xffff);
  CHECK_EQ(-EAGAIN, card_take(0, got, sizeof got));
  CHECK_EQ(0, ctpio_fallback(a.vi, address(&a, TX_FIRST + 1), length, 6));
  card_run(10), card_run(10);
  CHECK_EQ(length, card_take(0, got, sizeof got));
  CHECK(got[50] != 0xee);
  CHECK_EQ(length, card_take(0, got, sizeof got));
  CHECK_EQ(0xee, got[50]);
  CHECK_EQ(1, poll_events(a.vi, e, 16));
  CHECK_EQ(0, e[0].w0 >> 24 & 15);
  CHECK_EQ(2, tx_ids(&a, e[0], ids));
  CHECK_EQ(1, card_count(0, CARD_TX_CTPIO));
  CHECK_EQ(1, card_count(0, CARD_TX_CTPIO_FAILED));
  nic_close(&a);
  NO_MISUSE();
}

static void works_by_itself_when_automatic(void) {
  section = "automatic";
  two_ports();
  card_auto(1);
  nic a, b;
  event e[16];
  uint32_t ids[64], sent = 0, received = 0, freed = 0;
  card_set(-1, CARD_CHECK_RX_BUFFERS, 1);
  nic_open(&a, "nic0", 0, 64);
  nic_open(&b, "nic1", 0, 504);
  CHECK_EQ(0, filter_udp(&b, host(2), 5000, NULL));
  while (received < 20000) {
    while (sent - freed < 400) {
      unsigned slot = TX_FIRST + sent % 512, length = udp_frame(buffer_at(&a, slot), 5000, 18 + sent % 1000);
      CHECK_EQ(0, transmit(a.vi, address(&a, slot), (int)length, sent++ % 512));
    }
    int n = poll_events(a.vi, e, 16);
    for (int i = 0; i < n; i++) {
      int done = tx_ids(&a, e[i], ids);
      for (int k = 0; k < done; k++) CHECK_EQ(freed++ % 512, ids[k]);
    }
    n = poll_events(b.vi, e, 16);
    for (int i = 0; i < n; i++) {
      CHECK_EQ(0, type_of(e[i]));
      CHECK_EQ(60 + received % 1000 + 14, rx_len(e[i]));
      CHECK_EQ(received++ % 504, rx_id(e[i]));
      CHECK_EQ(0, receive_init(b.vi, address(&b, rx_id(e[i])), rx_id(e[i])));
      receive_push(b.vi);
    }
  }
  nic_close(&a);
  nic_close(&b);
  NO_MISUSE();
  nothing_alive();
}

static void* send_many(void* argument) {
  nic* a = argument;
  event e[16];
  uint32_t ids[64], sent = 0, freed = 0;
  while (freed < 3000) {
    for (; sent < 3000 && sent - freed < 100; sent++) {
      unsigned slot = TX_FIRST + sent % 512;
      int length = (int)udp_frame(buffer_at(a, slot), 5000, 100);
      if (transmit(a->vi, address(a, slot), length, sent) != 0) break;
    }
    int n = poll_events(a->vi, e, 16);
    for (int i = 0; i < n; i++) freed += (uint32_t)tx_ids(a, e[i], ids);
  }
  return NULL;
}

static void serves_two_threads(void) {
  section = "threads";
  two_ports();
  card_auto(1);
  nic a, b;
  event e[16];
  pthread_t sender;
  int received = 0;
  nic_open(&a, "nic0", 0, 0);
  nic_open(&b, "nic1", 0, 504);
  CHECK_EQ(0, filter_udp(&b, host(2), 5000, NULL));
  CHECK_EQ(0, pthread_create(&sender, NULL, send_many, &a));
  for (int quiet = 0; received < 3000 && quiet < 20000000; quiet++) {
    int n = poll_events(b.vi, e, 16);
    for (int i = 0; i < n; i++, received++) {
      CHECK_EQ(142 + 14, rx_len(e[i]));
      CHECK_EQ(0, receive_init(b.vi, address(&b, rx_id(e[i])), rx_id(e[i])));
      receive_push(b.vi);
    }
    if (received + (int)card_count(1, CARD_RX_NO_DESC) >= 3000) break; /* B may have slept too long */
  }
  CHECK_EQ(0, pthread_join(sender, NULL));
  CHECK_EQ(3000, received + (int)card_count(1, CARD_RX_NO_DESC));
  nic_close(&a);
  nic_close(&b);
  NO_MISUSE();
}

static int readable(int fd, int timeout_ms) {
  struct pollfd p = {fd, POLLIN, 0};
  return poll(&p, 1, timeout_ms);
}

static void wakes_a_sleeper(void) {
  section = "sleep";
  one_port();
  nic a;
  event e[16];
  uint8_t f[200];
  struct timeval short_time = {0, 5000};
  int (*wait)(void*, int, unsigned, void*) = SYMBOL(int, "ef_eventq_wait", void*, int, unsigned, void*);
  int (*prime)(void*, int, unsigned) = SYMBOL(int, "ef_vi_prime", void*, int, unsigned);
  nic_open(&a, "nic0", 0, 32);
  CHECK_EQ(0, filter_udp(&a, host(2), 5000, NULL));
  CHECK_EQ(-ETIMEDOUT, wait(a.vi, a.dh, current_event(a.vi), &short_time));
  CHECK_EQ(0, prime(a.vi, a.dh, current_event(a.vi)));
  CHECK_EQ(0, readable(a.dh, 0));
  card_inject(0, f, (int)checked_frame(f, 5000, 20));
  CHECK_EQ(1, readable(a.dh, 0)); /* the frame waits for a run of the card */
  card_run(10);
  CHECK_EQ(1, poll_events(a.vi, e, 16));
  CHECK_EQ(0, readable(a.dh, 0));
  CHECK_EQ(0, prime(a.vi, a.dh, current_event(a.vi)));
  card_inject(0, f, (int)checked_frame(f, 5000, 20));
  card_run(10);
  CHECK_EQ(1, readable(a.dh, 0));
  CHECK_EQ(0, wait(a.vi, a.dh, current_event(a.vi), &short_time));
  CHECK_EQ(1, poll_events(a.vi, e, 16));
  nic_close(&a);
  NO_MISUSE();
}

static void shares_an_event_queue_and_a_set(void) {
  section = "sharing";
  one_port();
  nic a, b;
  event e[16];
  uint8_t f[200];
  uint64_t set[2], fs[7];
  nic_open_bare(&a, "nic0");
  CHECK_EQ(0, memreg_alloc(&a, &a.mr, a.memory, BUFFERS * 2048));
  CHECK_EQ(0, SYMBOL(int, "ef_vi_set_alloc_from_pd", void*, int, void*, int, int)(set, a.dh, a.pd, a.dh, 2));
  int (*alloc)(void*, int, void*, int, int, int, int, int, void*, int, uint64_t) =
      SYMBOL(int, "ef_vi_alloc_from_set", void*, int, void*, int, int, int, int, int, void*, int, uint64_t);
  CHECK(alloc(a.vi, a.dh, set, a.dh, -1, -1, 512, 0, NULL, -1, 0) >= 0);
  b = a;
  b.vi = calloc(1, 8192);
  CHECK(alloc(b.vi, a.dh, set, a.dh, -1, 0, 512, 0, a.vi, a.dh, 0) >= 0);
  nic_post(&a, 32);
  b.posted = 32;
  nic_post(&b, 32);
  SYMBOL(void, "ef_filter_spec_init", void*, unsigned)(fs, 0);
  CHECK_EQ(0, SYMBOL(int, "ef_filter_spec_set_ip4_local", void*, int, unsigned, int)(fs, 17, host(2), 0x8813));
  CHECK_EQ(0, SYMBOL(int, "ef_vi_set_filter_add", void*, int, void*, void*)(set, a.dh, fs, NULL));
  int queues[2] = {0, 0};
  for (int i = 0; i < 16; i++) {
    unsigned length = checked_frame(f, 5000, 20);
    f[34] = (uint8_t)i; /* another source port, spread over the set; without a UDP checksum */
    f[40] = f[41] = 0;
    card_inject(0, f, (int)length);
  }
  card_run(100);
  int n = poll_events(a.vi, e, 16);
  CHECK_EQ(16, n);
  for (int i = 0; i < n; i++) {
    CHECK_EQ(0, type_of(e[i]));
    queues[e[i].w0 >> 16 & 1]++;
    CHECK_EQ(e[i].w0 >> 16 & 1, rx_id(e[i]) / 32);
  }
  CHECK(queues[0] > 0 && queues[1] > 0);
  CHECK_EQ(0, SYMBOL(int, "ef_vi_free", void*, int)(b.vi, a.dh));
  free(b.vi);
  CHECK_EQ(0, SYMBOL(int, "ef_vi_set_free", void*, int)(set, a.dh));
  nic_close(&a);
  NO_MISUSE();
  nothing_alive();
}

static void answers_questions(void) {
  section = "questions";
  one_port();
  nic a;
  uint8_t mac[6];
  unsigned long value;
  nic_open(&a, "nic0", 0, 0);
  CHECK_EQ(0, SYMBOL(int, "ef_vi_get_mac", void*, int, void*)(a.vi, a.dh, mac));
  CHECK_EQ(0, memcmp(mac, mac_a, 6));
  CHECK_EQ(1514, SYMBOL(unsigned, "ef_vi_mtu", void*, int)(a.vi, a.dh));
  int (*capability)(int, int, unsigned, unsigned long*) = SYMBOL(int, "ef_vi_capabilities_get", int, int, unsigned, unsigned long*);
  CHECK_EQ(0, capability(a.dh, 71, 46, &value));
  CHECK_EQ(1, value);
  CHECK_EQ(0, capability(a.dh, 71, 34, &value));
  CHECK_EQ(7680, value);
  CHECK_EQ(-ENODEV, capability(a.dh, 99, 34, &value));
  CHECK_EQ(512, card_vi_ring(a.vi, CARD_RX_SIZE));
  CHECK_EQ(2048, card_vi_ring(a.vi, CARD_EVQ_SIZE));
  nic_close(&a);
  card_set(0, CARD_RX_PREFIX, 0);
  nic_open(&a, "nic0", 0, 0);
  CHECK_EQ(0, a.prefix);
  nic_close(&a);
  NO_MISUSE();
}

int main(int count, char** arguments) {
  if (count < 2 || !probe(arguments[1])) return 2;
  printf("%s: ops at %u, layout %u\n", arguments[1], ops_base, layout);
  carries_frames_between_two_ports();
  leaves_checksums_alone_if_told();
  steers_by_filters();
  steers_ip6_mac_and_vlan();
  chains_large_frames();
  merges_events();
  sends_by_ctpio();
  works_by_itself_when_automatic();
  serves_two_threads();
  wakes_a_sleeper();
  shares_an_event_queue_and_a_set();
  answers_questions();
  faults();
  misuses();
  card_reset();
  printf("%d checks, %d failures\n", checks, failures);
  return failures != 0;
}
