/* The card receives: frames into the program's buffers, and words into its event ring. */
#include <string.h>

#include "card_model.h"

#define MERGE_MOST 15

/* ---- events ---- */

static void all_dead(struct card_vi* owner) {
  for (int i = 0; i < card_vi_count(); i++) {
    struct card_vi* cv = card_vi_at(i);
    if (cv->evq_owner == owner && cv->state == VI_ALIVE) cv->state = VI_DEAD;
  }
}

void event_write(struct card_vi* cv, uint64_t hw) {
  struct card_vi* owner = cv->evq_owner;
  uint32_t mask = owner->evq_size - 1;
  if (owner->overflowed || owner->state == VI_FREED) return;
  __atomic_store_n(&owner->evq[owner->evq_written++ & mask], hw, __ATOMIC_RELEASE);
  /* The last free slot is taken: the library sees that the card has run into it. */
  if (__atomic_load_n(&owner->evq[owner->evq_written & mask], __ATOMIC_ACQUIRE) != HW_NO_EVENT) {
    owner->overflowed = 1;
    owner->port->count[CARD_EVQ_OVERFLOWS]++;
    all_dead(owner);
  }
  card_wake(owner);
}

/* ---- merged events ---- */

static uint32_t merge_limit(const struct card_vi* cv) {
  int64_t wanted = cv->port->knob[CARD_RX_MULTI];
  if (cv->prefix == 0) return 1; /* the length of a merged frame stands only in its prefix */
  if (wanted > 1) return wanted > MERGE_MOST ? MERGE_MOST : (uint32_t)wanted;
  return cv->flags & VIF_EVENT_MERGE ? 8 : 1;
}

void receive_flush(struct card_vi* cv) {
  if (cv->merged) event_write(cv, cv->merged_event);
  cv->merged = 0;
}

static void rx_event(struct card_vi* cv, uint64_t hw, int may_merge) {
  hw |= (uint64_t)cv->label << 16 | (uint64_t)(cv->rx_taken & 15) << 48;
  if (!may_merge || (cv->merged && (hw ^ cv->merged_event) >> 35 & 1)) receive_flush(cv);
  if (!may_merge || merge_limit(cv) == 1) {
    event_write(cv, hw);
    return;
  }
  cv->merged_event = hw;
  if (++cv->merged >= merge_limit(cv)) receive_flush(cv);
}

/* ---- frames ---- */

/* Descriptors that are left when the card has nothing more to give up: no bytes, and no step of the descriptor count. */
void receive_no_desc(struct card_vi* cv) {
  receive_flush(cv);
  event_write(cv, (uint64_t)HW_RX << 60 | (uint64_t)cv->label << 16 | (uint64_t)(cv->rx_taken & 15) << 48);
}

static void make_prefix(uint8_t* prefix, uint32_t length) {
  uint16_t bytes = (uint16_t)length;
  memset(prefix, 0, RX_PREFIX);
  memcpy(prefix + 8, &bytes, 2);
}

/* Writes one piece into the next buffer. Returns whether the buffer was good. */
static int fill(struct card_vi* cv, const uint8_t* piece, uint32_t length) {
  unsigned index = cv->rx_taken++ & (cv->rxq_size - 1);
  struct rx_slot* slot = &cv->rx[index];
  uint32_t room = (uint32_t)(cv->rxq[index] >> DESC_LEN_SHIFT) & DESC_LEN_MASK;
  const char* why;
  uint8_t* to = dma(cv, cv->rxq[index] & DESC_ADDR_MASK, room, &why);
  if (!to) {
    cv->port->count[CARD_RX_UNREGISTERED]++;
    return 0;
  }
  if (slot->hashed && buffer_hash(to, room) != slot->hash) {
    card_note_misuse("RX buffer of VI %d, request id %u, was written by software while the card owned it", cv->number, slot->id);
  }
  memcpy(to, piece, length);
  return 1;
}

static uint64_t own_discard(int kind) { return (uint64_t)HW_OWN_DISCARD << 60 | (uint64_t)kind << 40; }

/* The code of the frame's last event, and its errors. */
static uint64_t verdict(const struct frame* f, int ordered_kind) {
  if (ordered_kind >= 0) return own_discard(ordered_kind);
  int bad = checksum_check(f->data, f->length);
  return (uint64_t)HW_RX << 60 | (uint64_t)((bad & CHECK_IP_BAD) != 0) << HW_L3_BIT | (uint64_t)((bad & CHECK_L4_BAD) != 0) << HW_L4_BIT;
}

static int discarded(const struct card_vi* cv, uint64_t verdict) {
  return verdict >> 60 == HW_OWN_DISCARD || verdict & cv->vi->rx_discard_mask;
}

int receive_frame(struct card_vi* cv, struct frame* f) {
  struct port* p = cv->port;
  if (cv->state != VI_ALIVE || cv->stalled || !cv->rxq) {
    p->count[CARD_RX_TO_DEAD]++;
    return 0;
  }
  if (cv->rx_posted == cv->rx_taken) {
    p->count[CARD_RX_NO_DESC]++;
    if (p->knob[CARD_NO_DESC_EVENTS]) receive_no_desc(cv);
    return 0;
  }
  uint8_t bytes[MAX_FRAME + RX_PREFIX];
  int kind = cv->discard_next - 1;
  uint64_t last = verdict(f, kind);
  uint32_t length = kind == DISCARD_TRUNC ? (f->length + 1) / 2 : f->length;
  cv->discard_next = 0;
  if (cv->prefix) make_prefix(bytes, length);
  memcpy(bytes + cv->prefix, f->data, length);
  uint32_t total = cv->prefix + length, at = 0, multicast = f->data[0] & 1;
  int single = total <= cv->rx_buffer_len;
  while (at < total) {
    if (cv->rx_posted == cv->rx_taken) { /* the ring ran out in the middle */
      p->count[CARD_RX_NO_DESC]++;
      receive_no_desc(cv);
      return 0;
    }
    uint32_t part = total - at < cv->rx_buffer_len ? total - at : cv->rx_buffer_len;
    if (!fill(cv, bytes + at, part)) last = own_discard(5); /* EV_ERROR */
    at += part;
    uint64_t hw = part | (uint64_t)multicast << 35 | (at < total ? UINT64_C(1) << 14 : last);
    rx_event(cv, hw, single && !discarded(cv, last));
  }
  p->count[CARD_RX_DELIVERED]++;
  if (discarded(cv, last)) p->count[CARD_RX_DISCARDS]++;
  return 1;
}
