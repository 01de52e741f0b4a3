/* Each misuse is noticed, named, and survived. Part of double_test.c. */
#include "nic.h"

static void notices_rx_buffers_in_foreign_hands(void) {
  section = "RX buffers";
  one_port();
  nic a;
  event e[16];
  uint8_t f[200];
  card_set(0, CARD_CHECK_RX_BUFFERS, 1);
  nic_open(&a, "nic0", 0, 8);
  CHECK_EQ(0, filter_udp(&a, host(2), 5000, NULL));
  unsigned length = checked_frame(f, 5000, 20);
  card_inject(0, f, (int)length);
  card_run(10);
  NO_MISUSE();
  buffer_at(&a, 1)[1700] = 1; /* of 1792 */
  card_inject(0, f, (int)length);
  card_run(10);
  EXPECT_MISUSE("request id 1, was written by software");
  CHECK_EQ(2, poll_events(a.vi, e, 16));

  CHECK_EQ(0, receive_init(a.vi, address(&a, 20), 2));
  EXPECT_MISUSE("request id 2 posted on VI 0 while it is outstanding");
  CHECK_EQ(0, receive_init(a.vi, address(&a, 21), 0)); /* that one came back */
  NO_MISUSE();
  CHECK_EQ(0, receive_init(a.vi, address(&a, 22) + 512, 30));
  nic_close(&a);
}

static void notices_wrong_addresses(void) {
  section = "addresses";
  one_port();
  nic a, b;
  event e[16];
  uint32_t ids[64];
  nic_open(&a, "nic0", 0, 0);
  nic_open(&b, "nic0", 0, 0);
  CHECK_EQ(0, filter_udp(&a, host(2), 5000, NULL));
  CHECK_EQ(0, receive_init(a.vi, (uint64_t)(uintptr_t)a.memory, 0));
  EXPECT_MISUSE("outside registered memory");
  CHECK_EQ(0, receive_init(a.vi, address(&a, 0) + 8192, 1));
  EXPECT_MISUSE("outside registered memory");
  CHECK_EQ(0, receive_init(a.vi, address(&a, 1) + 1024, 2));
  EXPECT_MISUSE("crosses a 4 KiB page");
  CHECK_EQ(0, receive_init(a.vi, address(&a, 1) + 8, 3));
  EXPECT_MISUSE("not a multiple of 64");
  CHECK_EQ(0, receive_init(a.vi, address(&b, 1), 4));
  EXPECT_MISUSE("another protection domain");
  for (unsigned i = 5; i < 8; i++) CHECK_EQ(0, receive_init(a.vi, address(&a, i), i));
  receive_push(a.vi);
  NO_MISUSE();
  inject_udp(20);
  card_run(10);
  CHECK_EQ(1, poll_events(a.vi, e, 16));
  CHECK_EQ(2, type_of(e[0]));
  CHECK_EQ(5, discard_kind(e[0]));
  CHECK_EQ(1, card_count(0, CARD_RX_UNREGISTERED));

  CHECK_EQ(0, transmit(a.vi, address(&a, TX_FIRST + 1) + 2040, 60, 9));
  EXPECT_MISUSE("TX buffer of 60 bytes");
  card_run(10);
  CHECK_EQ(1, poll_events(a.vi, e, 16));
  CHECK_EQ(3, type_of(e[0]));
  CHECK_EQ(3, layout == 81 ? e[0].w0 >> 48 : e[0].w1 & 0xffff);
  CHECK_EQ(1, tx_ids(&a, e[0], ids));
  nic_close(&a);
  CHECK_EQ(0, transmit(b.vi, address(&b, TX_FIRST), 60, 1));
  CHECK_EQ(0, memreg_free(&b));
  NO_MISUSE(); /* the documented order */
  poll_events(b.vi, e, 16);
  EXPECT_MISUSE("eventq_poll on VI 1 after ef_memreg_free");
  card_run(10); /* reads nothing */
  CHECK_EQ(1, card_count(0, CARD_TX_ERRORS) - 1);
  CHECK_EQ(0, vi_free(&b));
  CHECK_EQ(0, pd_free(&b));
  CHECK_EQ(0, driver_close(&b));
  free(b.vi), free(b.memory);
  card_misuse_clear();

  nic_open(&a, "nic0", 0, 8);
  card_set(0, CARD_STRICT_MEMREG, 1);
  CHECK_EQ(0, memreg_free(&a));
  EXPECT_MISUSE("with 8 buffers of it in its rings");
  CHECK_EQ(0, vi_free(&a));
  CHECK_EQ(0, pd_free(&a));
  CHECK_EQ(0, driver_close(&a));
  free(a.vi), free(a.memory);
  NO_MISUSE();
  nothing_alive();
}

static void notices_tx_buffers_in_foreign_hands(void) {
  section = "TX buffers";
  one_port();
  nic a;
  event e[16];
  uint32_t ids[64];
  nic_open(&a, "nic0", 0, 0);
  CHECK_EQ(0, transmit(a.vi, address(&a, TX_FIRST), 60, 1));
  buffer_at(&a, TX_FIRST)[17] ^= 1;
  card_run(10);
  EXPECT_MISUSE("request id 1, changed between its doorbell and the DMA, at byte 17 of 60");
  CHECK_EQ(0, transmit(a.vi, address(&a, TX_FIRST + 1), 60, 2));
  card_run(10);
  NO_MISUSE();
  buffer_at(&a, TX_FIRST + 1)[0] ^= 1;
  card_run(10);
  EXPECT_MISUSE("request id 2, changed before its completion");
  CHECK_EQ(0, transmit(a.vi, address(&a, TX_FIRST + 2), 60, 2));
  EXPECT_MISUSE("request id 2 sent on VI 0 while it is outstanding"); /* no unbundle yet */
  card_run(10), card_run(10);
  int n = poll_events(a.vi, e, 16);
  for (int i = 0; i < n; i++) tx_ids(&a, e[i], ids);
  CHECK_EQ(0, transmit(a.vi, address(&a, TX_FIRST), 60, 2));
  CHECK_EQ(0, transmit(a.vi, address(&a, TX_FIRST), 60, 0x7fffffff));
  NO_MISUSE();
  CHECK_EQ(0, transmit(a.vi, address(&a, TX_FIRST), 60, 0x7fffffff));
  EXPECT_MISUSE("request id 2147483647 sent");
  CHECK_EQ(0, transmit(a.vi, address(&a, TX_FIRST), 60, 0xffffffff));
  EXPECT_MISUSE("reserved request id");
  receive_init(a.vi, address(&a, 0), 0xffffffff);
  EXPECT_MISUSE("reserved request id");
  CHECK_EQ(0, transmit(a.vi, address(&a, TX_FIRST), 10, 3));
  EXPECT_MISUSE("not even an Ethernet header");
  nic_close(&a);
  NO_MISUSE();
}

static void notices_ctpio_out_of_order(void) {
  section = "CTPIO order";
  one_port();
  nic a;
  uint8_t got[2048];
  nic_open(&a, "nic0", 0x1000000, 0);
  unsigned length = udp_frame(buffer_at(&a, TX_FIRST), 5000, 100);
  CHECK_EQ(0, ctpio_fallback(a.vi, address(&a, TX_FIRST), length, 0));
  EXPECT_MISUSE("without a CTPIO send before it");
  card_run(10), card_run(10);
  CHECK_EQ(length, card_take(0, got, sizeof got));

  ctpio(a.vi, buffer_at(&a, TX_FIRST), length, 0xffff);
  CHECK_EQ(0, transmit(a.vi, address(&a, TX_FIRST + 1), 60, 1));
  EXPECT_MISUSE("transmit on VI 0 before the ctpio_fallback");
  card_run(10), card_run(10);
  CHECK_EQ(length, card_take(0, got, sizeof got));
  CHECK_EQ(-EAGAIN, card_take(0, got, sizeof got)); /* the card takes it for the fallback, and it is lost */

  ctpio(a.vi, buffer_at(&a, TX_FIRST), length, 0xffff);
  ctpio(a.vi, buffer_at(&a, TX_FIRST), length, 0xffff);
  EXPECT_MISUSE("CTPIO send on VI 0 before the ctpio_fallback");
  CHECK_EQ(0, ctpio_fallback(a.vi, address(&a, TX_FIRST), length - 1, 2));
  EXPECT_MISUSE("of 141 bytes, but 142 were sent");
  ctpio(a.vi, buffer_at(&a, TX_FIRST), length, 0xffff);
  buffer_at(&a, TX_FIRST)[70] ^= 1;
  CHECK_EQ(0, ctpio_fallback(a.vi, address(&a, TX_FIRST), length, 3));
  EXPECT_MISUSE("with other bytes");
  card_misuse_clear();
  nic b;
  nic_open(&b, "nic0", 0, 0);
  ctpio(b.vi, buffer_at(&a, TX_FIRST), length, 0xffff);
  EXPECT_MISUSE("without the flag");
  nic_close(&b);
  nic_close(&a);
}

static void notices_objects_in_the_wrong_order(void) {
  section = "life cycle";
  one_port();
  nic a, b;
  event e[16];
  uint32_t ids[64];
  nic_open_bare(&a, "nic0");
  CHECK_EQ(-EINVAL, vi_alloc(&a, -1, 3, 512, 0));
  CHECK_EQ(-EINVAL, filter_udp(&a, host(2), 5000, NULL));
  EXPECT_MISUSE("ef_vi_filter_add on a VI that failed to allocate");
  CHECK_EQ(-EINVAL, vi_free(&a));
  EXPECT_MISUSE("failed to allocate");
  memset(a.vi, 0, 8192);
  CHECK_EQ(-EINVAL, filter_udp(&a, host(2), 5000, NULL));
  EXPECT_MISUSE("does not exist");
  CHECK_EQ(0, pd_free(&a));
  CHECK_EQ(-EINVAL, pd_free(&a));
  EXPECT_MISUSE("was freed");
  CHECK_EQ(0, driver_close(&a));
  CHECK_EQ(-1, driver_close(&a));
  EXPECT_MISUSE("not an open driver handle");
  free(a.vi), free(a.memory);

  nic_open(&a, "nic0", 0, 8);
  CHECK_EQ(0, poll_events(a.vi, e, 1));
  EXPECT_MISUSE("room for 1 events");
  for (unsigned i = 8; i < 511; i++) CHECK_EQ(0, receive_init(a.vi, address(&a, i), i));
  NO_MISUSE();
  CHECK_EQ(-EAGAIN, receive_init(a.vi, address(&a, 511), 511));
  EXPECT_MISUSE("beyond its capacity of 511");
  CHECK_EQ(0, filter_udp(&a, host(2), 5000, NULL));
  CHECK_EQ(0, transmit(a.vi, address(&a, TX_FIRST), 60, 1));
  card_run(10), card_run(10);
  CHECK_EQ(1, poll_events(a.vi, e, 16));
  CHECK_EQ(0, pd_free(&a));
  EXPECT_MISUSE("before 2 VIs and registrations");
  CHECK_EQ(0, memreg_free(&a));
  CHECK_EQ(-EINVAL, memreg_free(&a));
  EXPECT_MISUSE("not registered");
  CHECK_EQ(0, vi_free(&a));
  CHECK_EQ(-EINVAL, vi_free(&a));
  EXPECT_MISUSE("was freed");

  /* A VI after its end, and after the end of everything. */
  for (int i = 0; i < 2; i++) {
    CHECK_EQ(0, poll_events(a.vi, e + 1, 15));
    EXPECT_MISUSE("eventq_poll on a VI that");
    CHECK_EQ(-EINVAL, transmit(a.vi, 4096, 60, 1));
    EXPECT_MISUSE("transmit on a VI that");
    CHECK_EQ(-EINVAL, receive_init(a.vi, 4096, 1));
    EXPECT_MISUSE("receive_init on a VI that");
    receive_push(a.vi);
    EXPECT_MISUSE("receive_push on a VI that");
    transmit_push(a.vi);
    EXPECT_MISUSE("transmit_push on a VI that");
    prime_queue(a.vi);
    EXPECT_MISUSE("eventq_prime on a VI that");
    CHECK_EQ(0, tx_ids(&a, e[0], ids));
    EXPECT_MISUSE("transmit_unbundle on a VI that");
    ctpio(a.vi, e, 60, 0xffff);
    EXPECT_MISUSE("transmitv_ctpio on a VI that");
    inject_udp(20); /* the filter still points to it, until the handle closes */
    card_run(10);
    if (i == 0) {
      CHECK_EQ(1, card_count(0, CARD_RX_TO_DEAD));
      CHECK_EQ(0, driver_close(&a));
      NO_MISUSE();
      nothing_alive();
      one_port();
    }
  }
  free(a.vi), free(a.memory);

  nic_open(&b, "nic0", 0, 0);
  CHECK_EQ(0, driver_close(&b));
  EXPECT_MISUSE("ef_driver_close before VI");
  CHECK_EQ(0, card_alive(CARD_VIS));
  CHECK_EQ(1, card_alive(CARD_PDS));
  CHECK_EQ(1, card_alive(CARD_MEMREGS));
  free(b.vi), free(b.memory);
  card_reset();
  nothing_alive();
}

static void misuses(void) {
  notices_rx_buffers_in_foreign_hands();
  notices_wrong_addresses();
  notices_tx_buffers_in_foreign_hands();
  notices_ctpio_out_of_order();
  notices_objects_in_the_wrong_order();
}
