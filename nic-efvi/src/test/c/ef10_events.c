/* The event ring of an EF10 VI: hardware words in, 16-byte ef_events out. */
#include <string.h>

#include "card_hooks.h"

static uint64_t field(uint64_t word, unsigned low, unsigned bits) { return word >> low & ((UINT64_C(1) << bits) - 1); }

/*
 * The original leaves bits of an ef_event that have no meaning as they were in the caller's array. Here they are always dirty, so
 * that a caller that forgets to mask them is caught.
 */
#define JUNK UINT64_C(0xa55a3cc3a55a3cc3)
#define ABOVE(bits) (JUNK << (bits))

/* Bytes in evq_ptr, and slots here. */
static uint64_t* slot(const ef_vi* vi, int ahead) {
  return &vi->evq[((vi->ep_state->evq_ptr >> 3) + (uint32_t)ahead) & vi->evq_mask];
}

static uint64_t load(const uint64_t* at) { return __atomic_load_n(at, __ATOMIC_ACQUIRE); }

/* has_many_events(0) asks for one, (n) for n more behind it. */
int ef10_ef_eventq_has_many_events(const ef_vi* vi, int ahead) {
  if (vi->card && card_on_use(vi, "has_many_events")) return 0;
  return load(slot(vi, ahead)) != HW_NO_EVENT;
}

int ef_eventq_capacity(ef_vi* vi) { return (int)vi->evq_mask - 1; }

void ef10_ef_eventq_prime(ef_vi* vi) {
  if (vi->card && card_on_use(vi, "eventq_prime")) return;
  uint32_t position = (vi->ep_state->evq_ptr >> 3) & vi->evq_mask;
  __atomic_store_n((uint32_t*)(void*)(vi->io + IO_EVQ_PRIME), position, __ATOMIC_RELEASE);
}

static void write_timer(ef_vi* vi, uint32_t value) {
  if (vi->card && card_on_use(vi, "eventq_timer")) return;
  memcpy(vi->io + IO_EVQ_TIMER, &value, 4);
}
void ef10_ef_eventq_timer_prime(ef_vi* vi, unsigned v) { write_timer(vi, 2u << 14 | (v & 0x3fff)); }
void ef10_ef_eventq_timer_run(ef_vi* vi, unsigned v) { write_timer(vi, 1u << 14 | (v & 0x3fff)); }
void ef10_ef_eventq_timer_clear(ef_vi* vi) { write_timer(vi, 0); }
void ef10_ef_eventq_timer_zero(ef_vi* vi) { write_timer(vi, 3u << 14); }

/* ---- receive ---- */

/* Events are seen in order, but the ids of a merged one are only taken when the caller unbundles it. */
static ef_request_id take_rx(ef_vi* vi, unsigned position) {
  unsigned index = position & vi->rxq_mask;
  ef_request_id id = vi->rx_ids[index];
  vi->rx_ids[index] = REQUEST_ID_NONE;
  vi->ep_state->rx_removed++;
  if (vi->card) card_on_rx_returned(vi, id);
  return id;
}

/* The kind of discard that the errors of an event mean under the VI's mask, or -1. */
static int discard_kind(const ef_vi* vi, uint64_t hw) {
  if (field(hw, 60, 4) == HW_OWN_DISCARD) return (int)field(hw, 40, 4);
  uint64_t errors = hw & vi->rx_discard_mask;
  /* On hardware a truncated frame shows as a bad CRC, too; DISCARD_TRUNC only the card's own code can say. */
  if (field(errors, HW_ECRC_BIT, 1) || field(errors, HW_TRUNC_BIT, 1)) return DISCARD_CRC_BAD;
  if (field(errors, HW_L3_BIT, 1) || field(errors, HW_L4_BIT, 1)) return DISCARD_CSUM_BAD;
  if (field(errors, HW_INNER_L3_BIT, 1) || field(errors, HW_INNER_L4_BIT, 1)) return DISCARD_INNER_CSUM_BAD;
  return -1;
}

static void decode_rx(ef_vi* vi, uint64_t label, uint64_t hw, ef_event* out) {
  ef_vi_state* s = vi->ep_state;
  unsigned descriptors = (unsigned)(field(hw, 48, 4) - s->rx_seen) & 15;
  uint64_t flags = field(hw, 35, 1) ? EVF_MULTICAST : 0;
  int kind = discard_kind(vi, hw);
  if (descriptors == 0) { /* an abort: the frame ends without a further buffer */
    out->w0 = EV_RX_NO_DESC_TRUNC | label << 16 | ABOVE(32);
    out->w1 = JUNK;
    s->rx_in_chain = 0;
    return;
  }
  if (descriptors > 1 || vi->flags & VIF_EVENT_MERGE) {
    if (!s->rx_in_chain) flags |= EVF_SOP;
    s->rx_in_chain = (uint32_t)field(hw, 14, 1);
    if (s->rx_in_chain) flags |= EVF_CONT;
    out->w0 = (kind < 0 ? EV_RX_MULTI : EV_RX_MULTI_DISCARD) | label << 16 | (uint64_t)descriptors << 32 | flags << 48;
    out->w1 = (kind < 0 ? 0 : (uint64_t)kind) | (uint64_t)(JUNK & 0xffff0000) | (uint64_t)s->rx_seen << 32; /* for unbundle */
    s->rx_seen += descriptors;
    return;
  }
  ef_request_id id = take_rx(vi, s->rx_seen++);
  if (!s->rx_in_chain) {
    flags |= EVF_SOP;
    s->rx_chain_bytes = 0;
  }
  s->rx_chain_bytes += (uint32_t)field(hw, 0, 14);
  s->rx_in_chain = (uint32_t)field(hw, 14, 1);
  if (s->rx_in_chain) flags |= EVF_CONT;
  out->w0 = (kind < 0 ? EV_RX : EV_RX_DISCARD) | label << 16 | (uint64_t)id << 32;
  out->w1 = (s->rx_chain_bytes & 0xffff) | flags << 16 | (kind < 0 ? 0 : (uint64_t)kind << 32) | ABOVE(48);
}

int ef_vi_receive_unbundle(ef_vi* evq_vi, const ef_event* event, ef_request_id* ids) {
  unsigned type = event->w0 & 0xffff;
  if (type != EV_RX_MULTI && type != EV_RX_MULTI_DISCARD) return 0;
  ef_vi* vi = evq_vi->queues[event->w0 >> 16 & (MAX_QUEUES_PER_EVQ - 1)];
  if (!vi || (vi->card && card_on_use(vi, "receive_unbundle"))) return 0;
  int count = (int)(event->w0 >> 32 & 0xffff);
  if (count > RECEIVE_BATCH) count = RECEIVE_BATCH;
  for (int i = 0; i < count; i++) ids[i] = take_rx(vi, (unsigned)(event->w1 >> 32) + (unsigned)i);
  return count;
}

/* ---- transmit ---- */

static void decode_tx(uint64_t label, uint64_t hw, ef_event* out) {
  uint64_t descriptor = field(hw, 0, 16);
  uint64_t flags = field(hw, 24, 7) == HW_TX_CTPIO ? EVF_TX_CTPIO : 0;
  out->w0 = EV_TX | label << 16 | flags << 24 | descriptor << 32 | ABOVE(48);
  out->w1 = JUNK;
}

static void decode_tx_error(uint64_t label, uint64_t hw, ef_event* out) {
  uint64_t descriptor = field(hw, 0, 16), subtype = field(hw, 24, 7);
#if LIBCIUL_LAYOUT == 81
  out->w0 = EV_TX_ERROR | label << 16 | descriptor << 32 | subtype << 48;
  out->w1 = JUNK;
#else
  out->w0 = EV_TX_ERROR | label << 16 | descriptor << 32 | ABOVE(48);
  out->w1 = subtype | ABOVE(16);
#endif
}

int ef_vi_transmit_unbundle(ef_vi* evq_vi, const ef_event* event, ef_request_id* ids) {
  unsigned type = event->w0 & 0xffff;
  if (type != EV_TX && type != EV_TX_ERROR) return 0;
  ef_vi* vi = evq_vi->queues[event->w0 >> 16 & (MAX_QUEUES_PER_EVQ - 1)];
  if (!vi || !vi->txq || (vi->card && card_on_use(vi, "transmit_unbundle"))) return 0;
  ef_vi_state* s = vi->ep_state;
  uint32_t stop = (uint32_t)(event->w0 >> 32 & 0xffff) + 1;
  int count = 0;
  for (int i = 0; i < TRANSMIT_BATCH && ((s->tx_removed ^ stop) & vi->txq_mask); i++) {
    ef_request_id* id = &vi->tx_ids[s->tx_removed++ & vi->txq_mask];
    if (*id == REQUEST_ID_NONE) continue; /* not the last descriptor of its frame */
    ids[count++] = *id;
    if (vi->card) card_on_tx_returned(vi, *id);
    *id = REQUEST_ID_NONE;
  }
  return count;
}

/* ---- poll ---- */

/* Returns whether the word makes an event for the caller. */
static int decode(ef_vi* evq_vi, uint64_t hw, ef_event* out) {
  uint64_t label = field(hw, 16, 5);
  ef_vi* vi = evq_vi->queues[label];
  switch (field(hw, 60, 4)) {
    case HW_RX:
    case HW_OWN_DISCARD:
      if (!vi || !vi->rxq) return 0;
      decode_rx(vi, label, hw, out);
      return 1;
    case HW_TX:
      decode_tx(label, hw, out);
      return 1;
    case HW_OWN_TX_ERROR:
      decode_tx_error(label, hw, out);
      return 1;
    case HW_OWN_DRIVER:
      out->w0 = field(hw, 56, 4) == HW_DRIVER_RESET ? EV_RESET | ABOVE(32) : EV_SW | field(hw, 0, 16) << 32 | ABOVE(48);
      out->w1 = JUNK;
      return 1;
    default:
      return 0;
  }
}

int ef10_ef_eventq_poll(ef_vi* vi, ef_event* events, int capacity) {
  if (capacity < 2) {
    card_note_misuse("eventq_poll with room for %d events: at least 2", capacity);
    return 0;
  }
  if (vi->card) {
    int ready = card_on_poll(vi, events, capacity);
    if (ready != 0) return ready < 0 ? 0 : ready;
  }
  /* The slot behind the oldest event is always free, unless the card has run into the reader. */
  if (load(slot(vi, 0)) != HW_NO_EVENT && load(slot(vi, -1)) != HW_NO_EVENT) {
    events[0] = (ef_event){EV_OFLOW | ABOVE(16), JUNK};
    return 1;
  }
  int count = 0;
  while (count < capacity) {
    uint64_t* at = slot(vi, 0);
    uint64_t hw = load(at);
    if (hw == HW_NO_EVENT) break;
    __atomic_store_n(at, HW_NO_EVENT, __ATOMIC_RELEASE); /* the card looks for free slots, maybe in another thread */
    vi->ep_state->evq_ptr += 8;
    count += decode(vi, hw, &events[count]);
  }
  return count;
}
