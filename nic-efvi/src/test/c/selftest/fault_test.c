/* Each fault that a test can order. Part of double_test.c. */
#include "nic.h"

static void inject_udp(unsigned payload) {
  uint8_t f[4096];
  card_inject(0, f, (int)checked_frame(f, 5000, payload));
}

static void discards_of_every_kind(void) {
  section = "discards";
  one_port();
  nic a;
  event e[16];
  uint8_t f[200];
  nic_open(&a, "nic0", 0, 64);
  CHECK_EQ(0, filter_udp(&a, host(2), 5000, NULL));
  for (int kind = 0; kind < 8; kind++) {
    CHECK_EQ(0, card_vi_fault(a.vi, CARD_FAULT_DISCARD, kind));
    inject_udp(58);
    card_run(10);
    CHECK_EQ(1, poll_events(a.vi, e, 16));
    CHECK_EQ(2, type_of(e[0]));
    CHECK_EQ(kind, discard_kind(e[0]));
    CHECK_EQ(kind, rx_id(e[0]));
    CHECK_EQ((kind == 3 ? 50 : 100) + a.prefix, rx_len(e[0]));
  }
  /* Natural ones: a wrong UDP checksum, which a mask lets through. */
  unsigned length = checked_frame(f, 5000, 20);
  f[45] ^= 1;
  card_inject(0, f, (int)length);
  card_run(10);
  CHECK_EQ(1, poll_events(a.vi, e, 16));
  CHECK_EQ(2, type_of(e[0]));
  CHECK_EQ(0, discard_kind(e[0]));
  CHECK_EQ(0, set_discards(a.vi, 0));
  card_inject(0, f, (int)length);
  card_run(10);
  CHECK_EQ(1, poll_events(a.vi, e, 16));
  CHECK_EQ(0, type_of(e[0]));
  CHECK_EQ(9, card_count(0, CARD_RX_DISCARDS));
  nic_close(&a);
  NO_MISUSE();
}

static void refuses_frames_above_the_mtu(void) {
  section = "over MTU";
  one_port();
  nic a;
  event e[16];
  uint32_t ids[64];
  nic_open(&a, "nic0", 0, 32);
  CHECK_EQ(0, filter_udp(&a, host(2), 5000, NULL));
  inject_udp(1477); /* 1519 bytes */
  card_run(10);
  CHECK_EQ(0, poll_events(a.vi, e, 16));
  CHECK_EQ(1, card_count(0, CARD_RX_OVER_MTU));
  CHECK_EQ(0, transmit(a.vi, address(&a, TX_FIRST), 1519, 3));
  card_run(10);
  CHECK_EQ(1, poll_events(a.vi, e, 16));
  CHECK_EQ(3, type_of(e[0]));
  CHECK_EQ(2, layout == 81 ? e[0].w0 >> 48 : e[0].w1 & 0xffff);
  CHECK_EQ(1, tx_ids(&a, e[0], ids));
  nic_close(&a);
  NO_MISUSE();
}

static void fails_sends_of_every_kind(void) {
  section = "TX errors";
  one_port();
  nic a;
  event e[16];
  uint32_t ids[64];
  for (int subtype = 0; subtype < 4; subtype++) {
    nic_open(&a, "nic0", 0, 0);
    CHECK_EQ(0, transmit(a.vi, address(&a, TX_FIRST), 60, 3));
    card_run(10);
    CHECK_EQ(0, card_vi_fault(a.vi, CARD_FAULT_TX_ERROR, subtype));
    CHECK_EQ(0, transmit(a.vi, address(&a, TX_FIRST + 1), 60, 4));
    CHECK_EQ(0, transmit(a.vi, address(&a, TX_FIRST + 2), 60, 5));
    card_run(10);
    CHECK_EQ(2, poll_events(a.vi, e, 16));
    CHECK_EQ(1, type_of(e[0]));
    CHECK_EQ(1, tx_ids(&a, e[0], ids));
    CHECK_EQ(3, ids[0]);
    CHECK_EQ(3, type_of(e[1]));
    CHECK_EQ(subtype, layout == 81 ? e[1].w0 >> 48 : e[1].w1 & 0xffff);
    CHECK_EQ(1, tx_ids(&a, e[1], ids));
    CHECK_EQ(4, ids[0]);
    card_run(10), card_run(10);
    CHECK_EQ(0, poll_events(a.vi, e, 16)); /* the queue stands still */
    CHECK_EQ(1, card_vi_ring(a.vi, CARD_TX_WAITING));
    nic_close(&a);
  }
  NO_MISUSE();
}

static void runs_out_of_descriptors(void) {
  section = "no descriptors";
  one_port();
  nic a;
  event e[16];
  nic_open(&a, "nic0", 0, 8);
  CHECK_EQ(0, filter_udp(&a, host(2), 5000, NULL));
  for (int i = 0; i < 9; i++) inject_udp(20);
  card_run(100);
  CHECK_EQ(8, poll_events(a.vi, e, 16)); /* silently */
  CHECK_EQ(1, card_count(0, CARD_RX_NO_DESC));
  card_set(0, CARD_NO_DESC_EVENTS, 1);
  inject_udp(20);
  card_run(100);
  CHECK_EQ(1, poll_events(a.vi, e, 16));
  CHECK_EQ(4, type_of(e[0]));
  nic_post(&a, 8);
  inject_udp(20);
  CHECK_EQ(0, card_vi_fault(a.vi, CARD_FAULT_NO_DESC, 0));
  card_run(100);
  CHECK_EQ(2, poll_events(a.vi, e, 16));
  CHECK_EQ(4, type_of(e[0]));
  CHECK_EQ(0, type_of(e[1]));
  CHECK_EQ(8, rx_id(e[1]));
  nic_close(&a);
  NO_MISUSE();
}

static void overflows_the_event_queue(void) {
  section = "overflow";
  one_port();
  nic a;
  event e[16];
  nic_open_bare(&a, "nic0");
  CHECK(vi_alloc(&a, 512, 4096, 512, 0) >= 0);
  CHECK_EQ(0, memreg_alloc(&a, &a.mr, a.memory, BUFFERS * 2048));
  nic_post(&a, 1000);
  CHECK_EQ(0, filter_udp(&a, host(2), 5000, NULL));
  for (int i = 0; i < 511; i++) inject_udp(20);
  card_run(1000);
  CHECK_EQ(2, poll_events(a.vi, e, 2)); /* just full is well */
  CHECK_EQ(0, type_of(e[0]));
  for (int i = 0; i < 3; i++) inject_udp(20);
  card_run(1000);
  for (int i = 0; i < 3; i++) {
    CHECK_EQ(1, poll_events(a.vi, e, 16));
    CHECK_EQ(6, type_of(e[0]));
  }
  CHECK_EQ(1, card_count(0, CARD_EVQ_OVERFLOWS));
  CHECK(filter_udp(&a, host(2), 5001, NULL) < 0);
  EXPECT_MISUSE("ef_vi_filter_add on a VI that dead");
  nic_close(&a);

  nic_open(&a, "nic0", 0, 8); /* by order */
  CHECK_EQ(0, card_vi_fault(a.vi, CARD_FAULT_OFLOW, 0));
  CHECK_EQ(1, poll_events(a.vi, e, 16));
  CHECK_EQ(6, type_of(e[0]));
  CHECK_EQ(1, poll_events(a.vi, e, 16));
  nic_close(&a);
  NO_MISUSE();
}

static void resets(void) {
  section = "reset";
  one_port();
  nic a;
  event e[16];
  nic_open(&a, "nic0", 0, 8);
  CHECK_EQ(0, filter_udp(&a, host(2), 5000, NULL));
  CHECK_EQ(0, transmit(a.vi, address(&a, TX_FIRST), 60, 3));
  CHECK_EQ(0, card_vi_fault(a.vi, CARD_FAULT_SW, 0x1234));
  CHECK_EQ(0, card_vi_fault(a.vi, CARD_FAULT_RESET, 0));
  CHECK_EQ(2, poll_events(a.vi, e, 16));
  CHECK_EQ(5, type_of(e[0]));
  CHECK_EQ(0x1234, e[0].w0 >> 32 & 0xffff);
  CHECK_EQ(12, type_of(e[1]));
  inject_udp(20);
  card_run(10), card_run(10);
  CHECK_EQ(0, poll_events(a.vi, e, 16));
  CHECK_EQ(1, card_count(0, CARD_RX_TO_DEAD));
  CHECK_EQ(0, card_count(0, CARD_TX_DMA));
  nic_close(&a);
  NO_MISUSE();
}

static void delays_batches_and_loses(void) {
  section = "delays";
  two_ports();
  nic a;
  event e[16];
  uint32_t ids[64];
  nic_open(&a, "nic0", 0, 0);
  card_set(0, CARD_TX_DELAY, 2);
  card_set(0, CARD_COMPLETION_DELAY, 3);
  card_set(0, CARD_COMPLETION_BATCH, 4);
  for (unsigned i = 0; i < 10; i++) CHECK_EQ(0, transmit(a.vi, address(&a, TX_FIRST + i), 60, i));
  card_run(100);
  CHECK_EQ(0, card_count(0, CARD_TX_DMA));
  card_run(100);
  CHECK_EQ(10, card_count(0, CARD_TX_DMA));
  for (int i = 0; i < 2; i++) card_run(100);
  CHECK_EQ(0, poll_events(a.vi, e, 16));
  card_run(100);
  CHECK_EQ(3, poll_events(a.vi, e, 16));
  CHECK_EQ(4, tx_ids(&a, e[0], ids));
  CHECK_EQ(4, tx_ids(&a, e[1], ids));
  CHECK_EQ(2, tx_ids(&a, e[2], ids));

  card_set(0, CARD_TX_DELAY, 0);
  card_set(0, CARD_EAGAIN_NTH, 3);
  int again = 0;
  for (unsigned i = 0; i < 9; i++) again += transmit(a.vi, address(&a, TX_FIRST + i), 60, i) == -EAGAIN;
  CHECK_EQ(3, again);
  CHECK_EQ(3, card_count(0, CARD_EAGAINS));
  card_set(0, CARD_EAGAIN_NTH, 0);
  card_set(0, CARD_TX_DROP_NTH, 2);
  card_set(1, CARD_RX_DROP_NTH, 3);
  card_run(100);
  CHECK_EQ(3, card_count(0, CARD_TX_DROPPED));
  CHECK_EQ(12, card_count(1, CARD_RX_TO_KERNEL)); /* 10 before, then 6 without the 3 lost here and the 1 there */
  card_set(0, CARD_LINK_DOWN, 1);
  CHECK_EQ(0, card_kernel_send(0, a.memory, 60));
  CHECK_EQ(4, card_count(0, CARD_TX_DROPPED));
  nic_close(&a);
  NO_MISUSE();
}

static void fills_the_transmit_ring(void) {
  section = "ring full";
  one_port();
  nic a;
  event e[64];
  uint32_t ids[64], freed = 0;
  nic_open(&a, "nic0", 0, 0);
  CHECK_EQ(0, card_vi_fault(a.vi, CARD_FAULT_STALL, 1));
  for (unsigned i = 0; i < 511; i++) CHECK_EQ(0, transmit(a.vi, address(&a, TX_FIRST + i), 60, i));
  CHECK_EQ(-EAGAIN, transmit(a.vi, address(&a, TX_FIRST), 60, 511));
  card_run(1000);
  CHECK_EQ(0, poll_events(a.vi, e, 64));
  CHECK_EQ(0, card_vi_fault(a.vi, CARD_FAULT_STALL, 0));
  card_set(0, CARD_COMPLETION_BATCH, 1000);
  card_run(1000), card_run(1000);
  int n = poll_events(a.vi, e, 64);
  CHECK_EQ(8, n);
  for (int i = 0; i < n; i++) freed += (uint32_t)tx_ids(&a, e[i], ids);
  CHECK_EQ(511, freed);
  nic_close(&a);
  NO_MISUSE();
}

static void fails_ctpio(void) {
  section = "CTPIO fails";
  two_ports();
  nic a;
  event e[16];
  nic_open(&a, "nic0", 0x1000000, 0);
  card_set(0, CARD_CTPIO_FAIL_NTH, 2);
  unsigned length = checked_frame(buffer_at(&a, TX_FIRST), 5000, 100);
  for (int i = 0; i < 4; i++) {
    ctpio(a.vi, buffer_at(&a, TX_FIRST), length, i < 2 ? 0xffff : 64);
    CHECK_EQ(0, ctpio_fallback(a.vi, address(&a, TX_FIRST), length, (uint32_t)i));
    card_run(10), card_run(10);
    CHECK_EQ(1, poll_events(a.vi, e, 16));
    CHECK_EQ(i % 2 ? 0 : 1, e[0].w0 >> 24 & 15);
    tx_ids(&a, e[0], (uint32_t[64]){0});
  }
  CHECK_EQ(4, card_count(1, CARD_RX_TO_KERNEL));
  CHECK_EQ(1, card_count(0, CARD_TX_POISONED)); /* cut-through only */
  CHECK_EQ(1, card_count(1, CARD_RX_BAD_FCS));
  card_set(0, CARD_NO_CTPIO, 1);
  nic b;
  nic_open_bare(&b, "nic0");
  CHECK_EQ(-EOPNOTSUPP, vi_alloc(&b, -1, -1, -1, 0x1000000));
  CHECK_EQ(0, pd_free(&b));
  CHECK_EQ(0, driver_close(&b));
  free(b.vi), free(b.memory);
  nic_close(&a);
  NO_MISUSE();
}

static void answers_as_the_driver_does(void) {
  section = "driver errors";
  one_port();
  nic a;
  int dh;
  uint64_t pd[8], vi[1024] = {0};
  memreg mr;
  static const int open_errors[] = {ENOENT, EACCES, ELIBACC};
  for (int i = 0; i < 3; i++) {
    CHECK_EQ(0, card_fail("ef_driver_open", open_errors[i], 0));
    CHECK_EQ(-open_errors[i], driver_open(&dh));
  }
  CHECK_EQ(0, card_alive(CARD_DRIVERS));
  nic_open_bare(&a, "nic0");
  CHECK_EQ(-ENODEV, SYMBOL(int, "ef_pd_alloc_by_name", void*, int, const char*, unsigned)(pd, a.dh, "eth9", 0));
  CHECK_EQ(-ENODEV, SYMBOL(int, "ef_pd_alloc", void*, int, int, unsigned)(pd, a.dh, 99, 0));
  CHECK_EQ(0, card_fail("ef_pd_alloc", EPERM, 0));
  CHECK_EQ(-EPERM, SYMBOL(int, "ef_pd_alloc", void*, int, int, unsigned)(pd, a.dh, 71, 0));
  CHECK_EQ(-EFAULT, memreg_alloc(&a, &mr, NULL, 4096));
  CHECK_EQ(0, card_fail("ef_memreg_alloc", ENOMEM, 1));
  CHECK_EQ(0, memreg_alloc(&a, &a.mr, a.memory, BUFFERS * 2048));
  CHECK_EQ(-ENOMEM, memreg_alloc(&a, &mr, a.memory, 4096));
  NO_MISUSE();
  CHECK_EQ(-EINVAL, memreg_alloc(&a, &mr, a.memory + 64, 4096));
  EXPECT_MISUSE("start a multiple of 4096");
  CHECK_EQ(-EINVAL, memreg_alloc(&a, &mr, a.memory, 4000));
  EXPECT_MISUSE("length of 2048");

  static const int sizes[][3] = {{-1, 500, 512}, {-1, 8192, 512}, {-1, 512, 4096}, {256, 512, 512}, {0, 512, 512}};
  for (int i = 0; i < 5; i++) CHECK_EQ(-EINVAL, vi_alloc(&a, sizes[i][0], sizes[i][1], sizes[i][2], 0));
  CHECK_EQ(-EOPNOTSUPP, vi_alloc(&a, -1, -1, -1, 0x400000));
  CHECK_EQ(0, card_fail("ef_vi_alloc_from_pd", EBUSY, 0));
  CHECK_EQ(-EBUSY, vi_alloc(&a, -1, -1, -1, 0));
  CHECK_EQ(7, card_alive(CARD_VI_SLOTS)); /* kept by the driver until the handle closes */
  card_set(0, CARD_VI_LIMIT, 7);
  CHECK_EQ(-ENOMEM, vi_alloc(&a, -1, -1, -1, 0));
  card_set(0, CARD_VI_LIMIT, 8);
  uint64_t* failed = a.vi;
  a.vi = vi;
  CHECK(vi_alloc(&a, -1, -1, -1, 0) >= 0);
  CHECK_EQ(0, card_fail("ef_vi_filter_add", EPERM, 0));
  CHECK_EQ(-EPERM, filter_udp(&a, host(2), 5000, NULL));
  CHECK_EQ(0, filter_udp(&a, host(2), 5000, NULL));
  CHECK_EQ(0, card_fail("transmit", EAGAIN, 0));
  CHECK_EQ(-EAGAIN, transmit(a.vi, address(&a, 1), 60, 1));
  CHECK_EQ(0, card_fail("ef_eventq_wait", EINTR, 0));
  CHECK_EQ(-EINTR, SYMBOL(int, "ef_eventq_wait", void*, int, unsigned, void*)(a.vi, a.dh, 0, NULL));
  NO_MISUSE();
  CHECK_EQ(0, memreg_free(&a));
  CHECK_EQ(0, vi_free(&a));
  CHECK_EQ(1, card_alive(CARD_FILTERS)); /* only close releases */
  CHECK_EQ(0, pd_free(&a));
  CHECK_EQ(0, driver_close(&a));
  nothing_alive();
  free(failed), free(a.memory);
  NO_MISUSE();
}

static void gives_events_as_they_are(void) {
  section = "raw events";
  one_port();
  nic a;
  event e[4];
  nic_open(&a, "nic0", 0, 8);
  for (unsigned i = 0; i < 64; i++) CHECK_EQ(0, card_vi_event(a.vi, 13 | i << 16, i));
  CHECK(card_vi_event(a.vi, 0, 0) < 0);
  for (unsigned i = 0; i < 64; i += 4) {
    CHECK_EQ(4, poll_events(a.vi, e, 4));
    CHECK_EQ(13 | i << 16, e[0].w0);
    CHECK_EQ(i + 3, e[3].w1);
  }
  CHECK_EQ(0, poll_events(a.vi, e, 4));
  nic_close(&a);
  NO_MISUSE();
}

static void faults(void) {
  discards_of_every_kind();
  refuses_frames_above_the_mtu();
  fails_sends_of_every_kind();
  runs_out_of_descriptors();
  overflows_the_event_queue();
  resets();
  delays_batches_and_loses();
  fills_the_transmit_ring();
  fails_ctpio();
  answers_as_the_driver_does();
  gives_events_as_they_are();
}
