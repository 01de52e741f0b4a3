/* What software does to a VI with a card behind it: the rules it may break, and the doorbells. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "driver.h"

/* The VI if its rings may be touched. Names what is wrong otherwise. */
static struct card_vi* in_use(const ef_vi* vi, const char* operation) {
  struct card_vi* cv = card_vi_of(vi);
  if (cv && (cv->state == VI_ALIVE || cv->state == VI_DEAD)) return cv;
  card_note_misuse("%s on a VI that %s", operation,
                   !cv ? "does not exist (any more)" : cv->state == VI_FREED ? "was freed" : "failed to allocate");
  return NULL;
}

/* Where software goes on although its memory is not registered any more. Said once. */
static void check_memory(struct card_vi* cv, const char* operation) {
  if (!cv->memory_gone) return;
  cv->memory_gone = 0;
  card_note_misuse("%s on VI %d after ef_memreg_free of memory that its rings still hold", operation, cv->number);
}

int card_on_use(const ef_vi* vi, const char* operation) {
  CARD_LOCKED;
  return in_use(vi, operation) ? 0 : -1;
}

/* ---- transmit ---- */

static void check_ctpio_order(struct card_vi* cv, const char* operation, enum tx_kind kind, size_t length) {
  if (kind == TX_DMA && cv->ctpio != CTPIO_IDLE) {
    card_note_misuse("%s on VI %d before the ctpio_fallback of the CTPIO send before it", operation, cv->number);
  }
  if (kind == TX_FALLBACK && cv->ctpio == CTPIO_IDLE) {
    card_note_misuse("ctpio_fallback on VI %d without a CTPIO send before it", cv->number);
  }
  if (kind == TX_FALLBACK && cv->ctpio != CTPIO_IDLE && length != cv->ctpio_length) {
    card_note_misuse("ctpio_fallback on VI %d of %zu bytes, but %u were sent", cv->number, length, cv->ctpio_length);
  }
}

int card_on_send(ef_vi* vi, const char* operation, enum tx_kind kind, ef_addr addr, size_t length) {
  CARD_LOCKED;
  (void)addr;
  struct card_vi* cv = in_use(vi, operation);
  if (!cv) return -EINVAL;
  if (!cv->txq) return -EINVAL;
  check_memory(cv, operation);
  check_ctpio_order(cv, operation, kind, length);
  if (length < 14) card_note_misuse("%s on VI %d of %zu bytes, which is not even an Ethernet header", operation, cv->number, length);
  int error = forced(operation);
  if (!error && nth(cv->port, CARD_EAGAIN_NTH, &cv->port->sends_seen)) error = -EAGAIN;
  if (error == -EAGAIN) cv->port->count[CARD_EAGAINS]++;
  return error;
}

void card_on_tx_descriptor(ef_vi* vi, unsigned index, ef_request_id id, enum tx_kind kind) {
  CARD_LOCKED;
  struct card_vi* cv = card_vi_of(vi);
  if (!cv) return;
  if (id_out(cv, 1, id)) card_note_misuse("request id %u sent on VI %d while it is outstanding there", id, cv->number);
  struct tx_slot* slot = &cv->tx[index];
  free(slot->copy);
  *slot = (struct tx_slot){.id = id, .kind = kind};
}

void card_on_tx_undo(ef_vi* vi, ef_request_id id) {
  CARD_LOCKED;
  struct card_vi* cv = card_vi_of(vi);
  if (cv && id != REQUEST_ID_NONE) id_back(cv, 1, id);
}

void card_on_tx_returned(ef_vi* vi, ef_request_id id) { card_on_tx_undo(vi, id); }

/* The buffer is the card's from here on. */
static void take_descriptor(struct card_vi* cv, uint32_t position, uint32_t* offset_in_frame) {
  unsigned index = position & (cv->txq_size - 1);
  struct tx_slot* slot = &cv->tx[index];
  uint32_t length = (uint32_t)(cv->txq[index] >> DESC_LEN_SHIFT) & DESC_LEN_MASK;
  const char* why = NULL;
  uint8_t* at = dma(cv, cv->txq[index] & DESC_ADDR_MASK, length, &why);
  slot->posted_at = ticks;
  slot->last_of_frame = !(cv->txq[index] & DESC_CONT);
  if (!at) {
    card_note_misuse("TX buffer of %u bytes at 0x%llx on VI %d: %s", length,
                     (unsigned long long)(cv->txq[index] & DESC_ADDR_MASK), cv->number, why);
  } else {
    slot->copy = malloc(length ? length : 1);
    slot->copy_length = length;
    if (slot->copy) memcpy(slot->copy, at, length);
  }
  /* After a CTPIO send the card takes the next frame of the ring for its fallback, whatever it is. */
  slot->by_ctpio = cv->ctpio == CTPIO_SENT;
  if (slot->kind == TX_FALLBACK && cv->ctpio != CTPIO_IDLE && at && *offset_in_frame + length <= cv->ctpio_length &&
      memcmp(at, cv->ctpio_frame + *offset_in_frame, length) != 0) {
    card_note_misuse("ctpio_fallback on VI %d with other bytes than the CTPIO send", cv->number);
  }
  *offset_in_frame = slot->last_of_frame ? 0 : *offset_in_frame + length;
  if (slot->last_of_frame) cv->ctpio = CTPIO_IDLE;
}

void card_on_tx_doorbell(ef_vi* vi) {
  CARD_LOCKED;
  struct card_vi* cv = card_vi_of(vi);
  if (!cv) return;
  card_auto_run();
  uint32_t pointer, offset = 0;
  memcpy(&pointer, cv->io + IO_TX_WPTR, 4);
  uint32_t target = cv->tx_posted + ((pointer - cv->tx_posted) & (cv->txq_size - 1));
  while (cv->tx_posted != target) take_descriptor(cv, cv->tx_posted++, &offset);
}

/* ---- CTPIO ---- */

int card_on_ctpio_begin(ef_vi* vi) {
  CARD_LOCKED;
  struct card_vi* cv = in_use(vi, "transmitv_ctpio");
  if (!cv) return -1;
  check_memory(cv, "transmitv_ctpio");
  if (cv->ctpio != CTPIO_IDLE) card_note_misuse("CTPIO send on VI %d before the ctpio_fallback of the one before it", cv->number);
  return 0;
}

static int dma_unfinished(const struct card_vi* cv) {
  for (uint32_t n = cv->tx_completed; n != cv->tx_posted; n++) {
    if (!cv->tx[n & (cv->txq_size - 1)].by_ctpio) return 1;
  }
  return 0;
}

void card_on_ctpio_end(ef_vi* vi) {
  CARD_LOCKED;
  struct card_vi* cv = card_vi_of(vi);
  if (!cv || !cv->aperture) return;
  card_auto_run();
  struct port* p = cv->port;
  uint32_t control;
  memcpy(&control, cv->aperture, 4);
  uint32_t length = control & 0xfff, threshold = control >> 16;
  free(cv->ctpio_frame);
  cv->ctpio_frame = malloc(length);
  if (!cv->ctpio_frame) abort();
  memcpy(cv->ctpio_frame, cv->aperture + 4, length);
  cv->ctpio_length = length;
  int usable = cv->state == VI_ALIVE && !cv->tx_halted && !cv->stalled;
  if (usable && nth(p, CARD_CTPIO_FAIL_NTH, &p->ctpio_seen)) {
    /* An underrun while the frame was already on its way. */
    if (threshold < length && !(cv->flags & VIF_CTPIO_NO_POISON)) {
      struct frame* poisoned = frame_new(cv->ctpio_frame, length);
      poisoned->bad_fcs = 1;
      p->count[CARD_TX_POISONED]++;
      port_transmit(p, poisoned);
    }
    usable = 0;
  }
  if (!usable || dma_unfinished(cv)) {
    cv->ctpio = CTPIO_FAILED;
    p->count[CARD_TX_CTPIO_FAILED]++;
    return;
  }
  cv->ctpio = CTPIO_SENT;
  p->count[CARD_TX_CTPIO]++;
  port_transmit(p, frame_new(cv->ctpio_frame, length)); /* as it is: CTPIO fills in no checksums */
}

/* ---- receive ---- */

int card_on_receive(ef_vi* vi, ef_addr addr, ef_request_id id) {
  CARD_LOCKED;
  (void)id;
  struct card_vi* cv = in_use(vi, "receive_init");
  if (!cv || !cv->rxq) return -EINVAL;
  check_memory(cv, "receive_init");
  int error = forced("receive_init");
  if (error) return error;
  const char* why = NULL;
  if (!dma(cv, addr, cv->rx_buffer_len, &why)) {
    card_note_misuse("RX buffer of %u bytes at 0x%llx on VI %d: %s", cv->rx_buffer_len, (unsigned long long)addr, cv->number, why);
  } else if (addr % DMA_ALIGN) {
    card_note_misuse("RX buffer at 0x%llx on VI %d: not a multiple of %d", (unsigned long long)addr, cv->number, DMA_ALIGN);
  }
  return 0;
}

void card_on_rx_full(ef_vi* vi) {
  CARD_LOCKED;
  struct card_vi* cv = card_vi_of(vi);
  if (cv) card_note_misuse("receive_init on VI %d beyond its capacity of %u", cv->number, cv->rxq_size - 1);
}

void card_on_rx_descriptor(ef_vi* vi, unsigned index, ef_request_id id) {
  CARD_LOCKED;
  struct card_vi* cv = card_vi_of(vi);
  if (!cv) return;
  if (id_out(cv, 0, id)) card_note_misuse("request id %u posted on VI %d while it is outstanding there", id, cv->number);
  struct rx_slot* slot = &cv->rx[index];
  slot->id = id;
  slot->hashed = 0;
  if (!cv->port->knob[CARD_CHECK_RX_BUFFERS]) return;
  const char* why;
  uint8_t* at = dma(cv, cv->rxq[index] & DESC_ADDR_MASK, cv->rx_buffer_len, &why);
  if (!at) return;
  slot->hash = buffer_hash(at, cv->rx_buffer_len);
  slot->hashed = 1;
}

void card_on_rx_doorbell(ef_vi* vi) {
  CARD_LOCKED;
  struct card_vi* cv = card_vi_of(vi);
  if (!cv) return;
  card_auto_run();
  uint32_t pointer;
  memcpy(&pointer, cv->io + IO_RX_DOORBELL, 4);
  cv->rx_posted += (pointer - cv->rx_posted) & (cv->rxq_size - 1);
}

void card_on_rx_returned(ef_vi* vi, ef_request_id id) {
  CARD_LOCKED;
  struct card_vi* cv = card_vi_of(vi);
  if (cv && id != REQUEST_ID_NONE) id_back(cv, 0, id);
}

/* ---- events ---- */

int card_on_poll(ef_vi* vi, ef_event* events, int capacity) {
  CARD_LOCKED;
  struct card_vi* cv = in_use(vi, "eventq_poll");
  if (!cv || !cv->evq) return -1;
  check_memory(cv, "eventq_poll");
  vi_awake(cv);
  card_auto_run();
  int count = 0;
  while (cv->raw_count && count < capacity) {
    events[count++] = cv->raw[cv->raw_first];
    cv->raw_first = (cv->raw_first + 1) % 64;
    cv->raw_count--;
  }
  if (count == 0 && cv->overflow_ordered) {
    events[0] = (ef_event){EV_OFLOW | UINT64_C(0x5aa5) << 32, ~UINT64_C(0)};
    return 1;
  }
  return count;
}
