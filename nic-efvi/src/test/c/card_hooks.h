/*
 * What the library half tells the card, for VIs that have one behind them (vi->card is not 0). On real hardware the bus carries it.
 * Each takes the lock of the card.
 */
#ifndef CARD_HOOKS_H
#define CARD_HOOKS_H

#include "ef_vi_abi.h"

#pragma GCC visibility push(hidden)

enum tx_kind { TX_DMA = 0, TX_FALLBACK = 1 };

/* 0 if the rings of this VI may be touched at all. */
int card_on_use(const ef_vi*, const char* operation);

/* Asked before software puts anything into a TX ring: 0, or the negative errno that the call returns. */
int card_on_send(ef_vi*, const char* operation, enum tx_kind, ef_addr, size_t length);
/* A descriptor stands in the ring. Only the last one of a frame has an id. */
void card_on_tx_descriptor(ef_vi*, unsigned index, ef_request_id, enum tx_kind);
void card_on_tx_undo(ef_vi*, ef_request_id);
void card_on_tx_doorbell(ef_vi*);
/* Unbundle gave the id back. */
void card_on_tx_returned(ef_vi*, ef_request_id);

/* 0 if CTPIO may be written. */
int card_on_ctpio_begin(ef_vi*);
void card_on_ctpio_end(ef_vi*);

int card_on_receive(ef_vi*, ef_addr, ef_request_id);
void card_on_rx_descriptor(ef_vi*, unsigned index, ef_request_id);
void card_on_rx_full(ef_vi*);
void card_on_rx_doorbell(ef_vi*);
/* An event gave the id back. */
void card_on_rx_returned(ef_vi*, ef_request_id);

/* Before the event ring is read. Returns how many ready-made events it wrote, or -1 if there is nothing to read any more. */
int card_on_poll(ef_vi*, ef_event*, int capacity);

/* Misuse that needs no card to be noticed. */
void card_note_misuse(const char* format, ...) __attribute__((format(printf, 1, 2)));

#pragma GCC visibility pop

#endif
