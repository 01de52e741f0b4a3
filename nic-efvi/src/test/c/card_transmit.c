/* The card sends: it reads descriptors and buffers when it gets to them, and reports what it has sent, later. */
#include <stdlib.h>
#include <string.h>

#include "card_model.h"

static struct tx_slot* slot_at(struct card_vi* cv, uint32_t position) { return &cv->tx[position & (cv->txq_size - 1)]; }

/* The position of the last descriptor of the frame that begins at `first`, if it is all there. */
static int whole_frame(struct card_vi* cv, uint32_t first, uint32_t* last) {
  for (*last = first; *last != cv->tx_posted; ++*last) {
    if (slot_at(cv, *last)->last_of_frame) return 1;
  }
  return 0;
}

/* Software must keep its hands off between doorbell and completion. Says so once per buffer. */
static void compare(struct card_vi* cv, struct tx_slot* slot, const uint8_t* now, const char* when) {
  if (!cv->port->knob[CARD_CHECK_TX_BUFFERS] || !slot->copy || memcmp(slot->copy, now, slot->copy_length) == 0) return;
  uint32_t at = 0;
  while (slot->copy[at] == now[at]) at++;
  card_note_misuse("TX buffer of VI %d, request id %u, changed %s, at byte %u of %u", cv->number, slot->id, when, at,
                   slot->copy_length);
  free(slot->copy);
  slot->copy = NULL;
}

static void compare_at_completion(struct card_vi* cv, uint32_t position) {
  struct tx_slot* slot = slot_at(cv, position);
  const char* why;
  uint8_t* now = dma(cv, cv->txq[position & (cv->txq_size - 1)] & DESC_ADDR_MASK, slot->copy_length, &why);
  if (now) compare(cv, slot, now, "before its completion");
  free(slot->copy);
  slot->copy = NULL;
}

/* Everything up to `last` in one event. */
static void report(struct card_vi* cv, uint32_t last, uint64_t code, uint64_t detail) {
  uint64_t index = last & (cv->txq_size - 1);
  while (cv->tx_completed != last + 1) compare_at_completion(cv, cv->tx_completed++);
  event_write(cv, code << 60 | index | (uint64_t)cv->label << 16 | detail << 24);
  cv->port->count[CARD_TX_COMPLETIONS]++;
}

/* One event covers frames of one kind. The library unbundles at most 64 descriptors of it. */
static int complete_due(struct card_vi* cv, uint64_t due) {
  int events = 0;
  while (cv->tx_completed != cv->tx_sent && slot_at(cv, cv->tx_completed)->done_at <= due) {
    int by_ctpio = slot_at(cv, cv->tx_completed)->by_ctpio, frames = 0, descriptors = 0;
    int64_t batch = cv->port->knob[CARD_COMPLETION_BATCH];
    uint32_t last = cv->tx_completed, at = cv->tx_completed;
    for (; at != cv->tx_sent && frames < (batch < 1 ? 1 : batch); at++) {
      struct tx_slot* slot = slot_at(cv, at);
      if (++descriptors > TRANSMIT_BATCH || slot->by_ctpio != by_ctpio || slot->done_at > due) break;
      if (!slot->last_of_frame) continue;
      last = at;
      frames++;
    }
    if (frames == 0) break;
    report(cv, last, HW_TX, by_ctpio ? HW_TX_CTPIO : 0);
    events++;
  }
  return events;
}

int transmit_complete(struct card_vi* cv) {
  uint64_t delay = (uint64_t)cv->port->knob[CARD_COMPLETION_DELAY];
  if (cv->state != VI_ALIVE || cv->stalled || !cv->txq || ticks < delay) return 0;
  return complete_due(cv, ticks - delay);
}

static void fail(struct card_vi* cv, uint32_t last, int subtype) {
  complete_due(cv, UINT64_MAX);
  cv->tx_sent = last + 1;
  cv->port->count[CARD_TX_ERRORS]++;
  if (cv->port->knob[CARD_TX_ERROR_HALTS]) cv->tx_halted = 1;
  report(cv, last, HW_OWN_TX_ERROR, (uint64_t)subtype);
}

/* Reads the frame from the program's memory as it is now. Returns a TX_ERROR subtype, or -1 if all went well. */
static int dma_frame(struct card_vi* cv, uint32_t first, uint32_t last, struct frame** out) {
  uint8_t bytes[MAX_FRAME];
  uint32_t length = 0;
  for (uint32_t at = first; at != last + 1; at++) {
    uint64_t descriptor = cv->txq[at & (cv->txq_size - 1)];
    uint32_t part = (uint32_t)(descriptor >> DESC_LEN_SHIFT) & DESC_LEN_MASK;
    const char* why;
    uint8_t* from = dma(cv, descriptor & DESC_ADDR_MASK, part, &why);
    if (!from) return TXERR_BUS;
    if (length + part > MAX_FRAME) return TXERR_2BIG;
    compare(cv, slot_at(cv, at), from, "between its doorbell and the DMA");
    memcpy(bytes + length, from, part);
    length += part;
  }
  if (length > (uint32_t)cv->port->mtu + 18) return TXERR_2BIG;
  *out = frame_new(bytes, length);
  return -1;
}

static void send_frame(struct card_vi* cv, uint32_t first, uint32_t last) {
  struct frame* f = NULL;
  int error = cv->tx_error ? cv->tx_error - 1 : dma_frame(cv, first, last, &f);
  cv->tx_error = 0;
  if (error >= 0) {
    fail(cv, last, error);
    return;
  }
  checksum_fill(f->data, f->length, !(cv->flags & VIF_TX_IP_CSUM_DIS), !(cv->flags & VIF_TX_L4_CSUM_DIS));
  cv->port->count[CARD_TX_DMA]++;
  port_transmit(cv->port, f);
}

int transmit_run(struct card_vi* cv, int budget) {
  uint64_t delay = (uint64_t)cv->port->knob[CARD_TX_DELAY];
  int done = 0;
  uint32_t last;
  while (cv->state == VI_ALIVE && !cv->tx_halted && !cv->stalled && done < budget && whole_frame(cv, cv->tx_sent, &last)) {
    if (slot_at(cv, cv->tx_sent)->posted_at + delay > ticks) break;
    uint32_t first = cv->tx_sent;
    if (!slot_at(cv, first)->by_ctpio) send_frame(cv, first, last);
    if (cv->tx_sent == first) { /* not failed */
      for (uint32_t at = first; at != last + 1; at++) slot_at(cv, at)->done_at = ticks;
      cv->tx_sent = last + 1;
    }
    done++;
  }
  return done;
}
