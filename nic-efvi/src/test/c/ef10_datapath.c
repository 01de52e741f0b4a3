/* Descriptors and doorbells of an EF10 VI, both directions, and the table of operations. */
#include <errno.h>
#include <string.h>

#include "card_hooks.h"

/* As the original: the first frames of an idle queue carry their descriptor with the doorbell. */
#define PUSH_THRESHOLD 16

static void write_io32(ef_vi* vi, unsigned offset, uint32_t value) {
  __atomic_store_n((uint32_t*)(void*)(vi->io + offset), value, __ATOMIC_RELEASE);
}

/* ---- transmit ---- */

static unsigned tx_space(const ef_vi* vi) {
  const ef_vi_state* s = vi->ep_state;
  return vi->txq_mask - (s->tx_added - s->tx_removed);
}

static void put_tx(ef_vi* vi, ef_addr addr, size_t length, ef_request_id id, int more, enum tx_kind kind) {
  ef_vi_state* s = vi->ep_state;
  unsigned index = s->tx_added++ & vi->txq_mask;
  vi->txq[index] = (addr & DESC_ADDR_MASK) | (uint64_t)(length & DESC_LEN_MASK) << DESC_LEN_SHIFT | (more ? DESC_CONT : 0);
  vi->tx_ids[index] = more ? REQUEST_ID_NONE : id;
  if (vi->card) card_on_tx_descriptor(vi, index, more ? REQUEST_ID_NONE : id, kind);
}

static int put_frame(ef_vi* vi, const char* operation, const ef_iovec* iov, int count, ef_request_id id, enum tx_kind kind) {
  if (id == REQUEST_ID_NONE) card_note_misuse("%s with the reserved request id 0xffffffff", operation);
  if (vi->card) {
    size_t total = 0;
    for (int i = 0; i < count; i++) total += iov[i].len;
    int refused = card_on_send(vi, operation, kind, count > 0 ? iov[0].base : 0, total);
    if (refused) return refused;
  }
  if (count <= 0) return -EINVAL;
  if ((unsigned)count > tx_space(vi)) return -EAGAIN;
  for (int i = 0; i < count; i++) put_tx(vi, iov[i].base, iov[i].len, id, i < count - 1, kind);
  return 0;
}

static void ring_tx(ef_vi* vi, int may_push_descriptor) {
  if (vi->card && card_on_use(vi, "transmit_push")) return;
  ef_vi_state* s = vi->ep_state;
  if (s->tx_pushed == s->tx_added) return;
  uint32_t write_pointer = s->tx_added & vi->txq_mask;
  if (may_push_descriptor && s->tx_pushed - s->tx_removed < PUSH_THRESHOLD) {
    memcpy(vi->io + IO_TX_DOORBELL, &vi->txq[s->tx_pushed & vi->txq_mask], 8);
  }
  s->tx_pushed = s->tx_added;
  write_io32(vi, IO_TX_WPTR, write_pointer);
  if (vi->card) card_on_tx_doorbell(vi);
}

static int transmitv_init(ef_vi* vi, const ef_iovec* iov, int count, ef_request_id id) {
  return put_frame(vi, "transmitv_init", iov, count, id, TX_DMA);
}

static void transmit_push(ef_vi* vi) { ring_tx(vi, 1); }

static int transmitv(ef_vi* vi, const ef_iovec* iov, int count, ef_request_id id) {
  int rc = put_frame(vi, "transmitv", iov, count, id, TX_DMA);
  if (rc == 0) transmit_push(vi);
  return rc;
}

static int transmit(ef_vi* vi, ef_addr addr, int length, ef_request_id id) {
  ef_iovec one = {addr, (uint32_t)length, 0};
  int rc = put_frame(vi, "transmit", &one, 1, id, TX_DMA);
  if (rc == 0) transmit_push(vi);
  return rc;
}

int ef_vi_transmit_init(ef_vi* vi, ef_addr addr, int length, ef_request_id id) {
  ef_iovec one = {addr, (uint32_t)length, 0};
  return put_frame(vi, "transmit_init", &one, 1, id, TX_DMA);
}

void ef_vi_transmit_init_undo(ef_vi* vi) {
  if (vi->card && card_on_use(vi, "transmit_init_undo")) return;
  ef_vi_state* s = vi->ep_state;
  while (s->tx_added != s->tx_pushed) {
    unsigned index = --s->tx_added & vi->txq_mask;
    if (vi->card) card_on_tx_undo(vi, vi->tx_ids[index]);
    vi->tx_ids[index] = REQUEST_ID_NONE;
  }
}

/* ---- CTPIO ---- */

static void transmitv_ctpio(ef_vi* vi, size_t length, const struct iovec* iov, int count, unsigned threshold) {
  if (vi->card && card_on_ctpio_begin(vi)) return;
  if (!vi->ctpio) {
    card_note_misuse("CTPIO on a VI without the flag EF_VI_TX_CTPIO");
    return;
  }
  if (length == 0 || length > 4092 || threshold > 0xffff) {
    card_note_misuse("CTPIO of %zu bytes with threshold %u: the aperture takes 1 to 4092 bytes", length, threshold);
    return;
  }
  uint32_t control = (uint32_t)length | threshold << 16;
  memcpy(vi->ctpio, &control, 4);
  size_t at = 0;
  for (int i = 0; i < count && at < length; i++) {
    size_t part = iov[i].iov_len < length - at ? iov[i].iov_len : length - at;
    memcpy(vi->ctpio + 4 + at, iov[i].iov_base, part);
    at += part;
  }
  if (at < length) card_note_misuse("CTPIO of %zu bytes, but the vector has only %zu", length, at);
  __atomic_thread_fence(__ATOMIC_RELEASE);
  if (vi->card) card_on_ctpio_end(vi);
}

static void transmitv_ctpio_copy(ef_vi* vi, size_t length, const struct iovec* iov, int count, unsigned threshold, void* fallback) {
  uint8_t* to = fallback;
  size_t left = length;
  for (int i = 0; i < count && left > 0; i++) {
    size_t part = iov[i].iov_len < left ? iov[i].iov_len : left;
    memcpy(to, iov[i].iov_base, part);
    to += part;
    left -= part;
  }
  transmitv_ctpio(vi, length, iov, count, threshold);
}

/* Never pushes the descriptor with the doorbell: the card would send it although CTPIO has sent it. */
static int ctpiov_fallback(ef_vi* vi, const ef_iovec* iov, int count, ef_request_id id) {
  int rc = put_frame(vi, "ctpio_fallback", iov, count, id, TX_FALLBACK);
  if (rc == 0) ring_tx(vi, 0);
  return rc;
}

static int ctpio_fallback(ef_vi* vi, ef_addr addr, size_t length, ef_request_id id) {
  ef_iovec one = {addr, (uint32_t)length, 0};
  return ctpiov_fallback(vi, &one, 1, id);
}

/* ---- receive ---- */

static int receive_init(ef_vi* vi, ef_addr addr, ef_request_id id) {
  ef_vi_state* s = vi->ep_state;
  if (id == REQUEST_ID_NONE) card_note_misuse("receive_init with the reserved request id 0xffffffff");
  if (vi->card) {
    int refused = card_on_receive(vi, addr, id);
    if (refused) return refused;
  }
  if (s->rx_added - s->rx_removed >= vi->rxq_mask) {
    if (vi->card) card_on_rx_full(vi);
    return -EAGAIN;
  }
  unsigned index = s->rx_added++ & vi->rxq_mask;
  vi->rx_ids[index] = id;
  vi->rxq[index] = (addr & DESC_ADDR_MASK) | (uint64_t)(vi->rx_buffer_len & DESC_LEN_MASK) << DESC_LEN_SHIFT;
  if (vi->card) card_on_rx_descriptor(vi, index, id);
  return 0;
}

/* EF10 takes descriptors only in groups of eight. */
static void receive_push(ef_vi* vi) {
  if (vi->card && card_on_use(vi, "receive_push")) return;
  ef_vi_state* s = vi->ep_state;
  uint32_t posted = s->rx_added & ~7u;
  if (posted == s->rx_posted) return;
  s->rx_posted = posted;
  write_io32(vi, IO_RX_DOORBELL, posted & vi->rxq_mask);
  if (vi->card) card_on_rx_doorbell(vi);
}

int ef_vi_receive_post(ef_vi* vi, ef_addr addr, ef_request_id id) {
  int rc = receive_init(vi, addr, id);
  if (rc == 0) receive_push(vi);
  return rc;
}

void ef10_set_discards(ef_vi* vi, unsigned flags) {
  static const struct { unsigned flag, bit; } each[] = {
      {MASK_L4_CSUM, HW_L4_BIT}, {MASK_L3_CSUM, HW_L3_BIT},       {MASK_FCS, HW_ECRC_BIT},
      {MASK_LEN, HW_TRUNC_BIT},  {MASK_INNER_L3, HW_INNER_L3_BIT}, {MASK_INNER_L4, HW_INNER_L4_BIT},
  };
  vi->discard_flags = flags;
  vi->rx_discard_mask = 0;
  for (unsigned i = 0; i < sizeof each / sizeof *each; i++) {
    if (flags & each[i].flag) vi->rx_discard_mask |= UINT64_C(1) << each[i].bit;
  }
#if LIBCIUL_LAYOUT != 81
  if (flags & MASK_FCS) vi->rx_discard_mask |= UINT64_C(1) << HW_TRUNC_BIT;
#endif
}

static int receive_set_discards(ef_vi* vi, unsigned flags) {
  ef10_set_discards(vi, flags);
  return 0;
}

static uint64_t receive_get_discards(ef_vi* vi) { return vi->discard_flags; }

/* ---- what this double's card has not ---- */

static int no_pio(ef_vi* vi, int offset, int length, ef_request_id id) {
  (void)vi, (void)offset, (void)length, (void)id;
  return -EOPNOTSUPP;
}

static int no_copy_pio(ef_vi* vi, int offset, const void* frame, int length, ef_request_id id) {
  (void)frame;
  return no_pio(vi, offset, length, id);
}

static void no_pio_warm(ef_vi* vi) { (void)vi; }

static void no_copy_pio_warm(ef_vi* vi, int offset, const void* frame, int length) { (void)vi, (void)offset, (void)frame, (void)length; }

static int no_alt(ef_vi* vi, unsigned id) {
  (void)vi, (void)id;
  return -EOPNOTSUPP;
}

static int no_alt_default(ef_vi* vi) {
  (void)vi;
  return -EOPNOTSUPP;
}

#if LIBCIUL_LAYOUT != 81
/* A caller that warms would send for real, because nothing here holds it back. */
static void start_transmit_warm(ef_vi* vi, void* state, char* buffer) {
  (void)vi, (void)state, (void)buffer;
  card_note_misuse("start_transmit_warm: this double has no warming");
}

static void stop_transmit_warm(ef_vi* vi, void* state) { (void)vi, (void)state; }

static int no_timestamp(ef_vi* vi, const void* packet, ef_precisetime* out) {
  (void)vi, (void)packet, (void)out;
  return -ENODATA;
}

static int has_event(const ef_vi* vi) { return ef10_ef_eventq_has_many_events(vi, 0); }
#endif

const struct ef_vi_ops ef10_ops = {
    .transmit = transmit,
    .transmitv = transmitv,
    .transmitv_init = transmitv_init,
    .transmit_push = transmit_push,
    .transmit_pio = no_pio,
    .transmit_copy_pio = no_copy_pio,
    .transmit_pio_warm = no_pio_warm,
    .transmit_copy_pio_warm = no_copy_pio_warm,
    .transmitv_ctpio = transmitv_ctpio,
    .transmitv_ctpio_copy = transmitv_ctpio_copy,
    .alt_select = no_alt,
    .alt_select_default = no_alt_default,
    .alt_stop = no_alt,
    .alt_go = no_alt,
    .alt_discard = no_alt,
    .receive_set_discards = receive_set_discards,
    .receive_get_discards = receive_get_discards,
    .receive_init = receive_init,
    .receive_push = receive_push,
    .eventq_poll = ef10_ef_eventq_poll,
    .eventq_prime = ef10_ef_eventq_prime,
    .eventq_timer_prime = ef10_ef_eventq_timer_prime,
    .eventq_timer_run = ef10_ef_eventq_timer_run,
    .eventq_timer_clear = ef10_ef_eventq_timer_clear,
    .eventq_timer_zero = ef10_ef_eventq_timer_zero,
    .ctpio_fallback = ctpio_fallback,
    .ctpiov_fallback = ctpiov_fallback,
#if LIBCIUL_LAYOUT == 81
    .unused = {no_alt_default, no_alt_default, no_alt_default},
#else
    .start_transmit_warm = start_transmit_warm,
    .stop_transmit_warm = stop_transmit_warm,
    .receive_get_timestamp = no_timestamp,
    .has_event = has_event,
    .has_many_events = ef10_ef_eventq_has_many_events,
#endif
};
