/* The card's own objects, and who does what among its files. Everything here runs under the lock of the card. */
#ifndef CARD_MODEL_H
#define CARD_MODEL_H

#include <stdio.h>

#include "card.h"
#include "card_hooks.h"

#pragma GCC visibility push(hidden)

#define MAX_FRAME 16384
#define MAX_PORTS 64
#define QUEUE_LIMIT 8192

/* ---- frames and ports (card_ports.c) ---- */

struct frame {
  struct frame* next;
  uint32_t length;
  int bad_fcs;
  uint8_t data[];
};

struct frame_queue {
  struct frame *head, *last;
  unsigned count;
};

struct port {
  int number, ifindex, mtu;
  char name[16];
  uint8_t mac[6];
  struct port* peer;
  int wire_tap, kernel_tap; /* -1: none */
  struct frame_queue arriving, left, kernel;
  int64_t knob[CARD_KNOBS];
  uint64_t count[CARD_COUNTERS];
  uint64_t tx_seen, rx_seen, sends_seen, ctpio_seen; /* for "every nth" */
};

extern struct port* ports[MAX_PORTS];
extern int port_count;

struct port* port_of(int number);
struct port* port_by_ifindex(int ifindex);
struct port* port_by_name(const char* name);
struct frame* frame_new(const void* data, uint32_t length);
void frame_put(struct port*, struct frame_queue*, struct frame*); /* takes the frame */
struct frame* frame_next(struct frame_queue*);
void port_transmit(struct port*, struct frame*); /* to the wire; takes the frame */
void port_to_kernel(struct port*, struct frame*);
int port_pump_taps(struct port*, int budget);
void ports_reset(void);
/* Whether this is the nth, and counts. */
int nth(struct port*, int knob, uint64_t* seen);

/* ---- what the driver hands out (driver.c) ---- */

struct driver {
  int fd; /* an epoll set: event_fd and the TAPs of its ports */
  int event_fd;
  int signalled;
};

struct pd {
  uint32_t id;
  struct driver* driver;
  struct port* port;
  unsigned users; /* VIs and registrations */
};

struct memreg {
  struct pd* pd;
  struct driver* driver;
  uint64_t* dma;
  uint8_t* base;
  size_t length;
  uint32_t first_page, pages;
};

enum vi_state { VI_ALIVE, VI_DEAD, VI_FAILED, VI_FREED };

struct tx_slot {
  ef_request_id id;
  enum tx_kind kind;
  uint8_t* copy; /* of the buffer at the doorbell */
  uint32_t copy_length;
  uint64_t posted_at, done_at;
  int by_ctpio, last_of_frame;
};

struct rx_slot {
  ef_request_id id;
  uint64_t hash;
  int hashed;
};

/* Sends of which CTPIO has done its part but not software its. */
enum ctpio_state { CTPIO_IDLE, CTPIO_SENT, CTPIO_FAILED };

struct card_vi {
  uint32_t id;
  enum vi_state state;
  struct driver* driver;
  struct pd* pd;
  struct port* port;
  ef_vi* vi; /* the caller's memory: not read after ef_vi_free */
  struct card_vi* evq_owner;
  int number, held;
  uint32_t set; /* 0: none */

  uint8_t* io;
  uint8_t* aperture;
  uint64_t *evq, *rxq, *txq;
  void* software_state;
  uint32_t evq_size, rxq_size, txq_size, label, flags, prefix, rx_buffer_len;

  /* free running */
  uint32_t evq_written, rx_posted, rx_taken, tx_posted, tx_sent, tx_completed;
  int overflowed, overflow_ordered, tx_halted, tx_error, discard_next, stalled, memory_gone, primed, fired;
  uint32_t merged; /* frames that wait for an RX_MULTI event */
  uint64_t merged_event;

  struct tx_slot* tx;
  struct rx_slot* rx;
  uint8_t *tx_out, *rx_out; /* bit sets of small ids that are outstanding */

  enum ctpio_state ctpio;
  uint8_t* ctpio_frame;
  uint32_t ctpio_length;

  ef_event raw[64];
  int raw_first, raw_count;
};

struct card_vi* card_vi_of(const ef_vi*);
int card_vi_count(void);
struct card_vi* card_vi_at(int index); /* NULL if it is gone */
void card_wake(struct card_vi* owner);
void card_wake_port(struct port*);
void driver_reset(void);
struct port* set_port(uint32_t set); /* NULL if it is gone */
/* The error that card_fail ordered for this call, or 0. */
int forced(const char* function);
void forced_reset(void);

/* ---- registered memory (card_memory.c) ---- */

int pages_register(struct memreg*);
void pages_forget(struct memreg*);
void pages_reset(void);
/* The host's memory, or NULL with a reason. */
uint8_t* dma(struct card_vi*, ef_addr, size_t length, const char** why);
uint64_t buffer_hash(const uint8_t*, size_t length);
int id_out(struct card_vi*, int transmit, ef_request_id); /* whether it was out already */
void id_back(struct card_vi*, int transmit, ef_request_id);

/* ---- filters (card_filter.c) ---- */

struct card_vi* filter_match(struct port*, const struct frame*);
int filters_of(const struct card_vi*);
void filters_drop(const struct card_vi*);
void filters_drop_set(uint32_t set);
void filters_reset(void);
int filter_count(void);

/* ---- the datapath (card_transmit.c, card_receive.c) ---- */

extern uint64_t ticks;
extern int automatic;
int transmit_run(struct card_vi*, int budget);
int transmit_complete(struct card_vi*);
int receive_frame(struct card_vi*, struct frame*); /* keeps nothing of the frame */
void receive_flush(struct card_vi*);
void receive_no_desc(struct card_vi*);
void event_write(struct card_vi*, uint64_t hw);
void card_auto_run(void);

/* ---- checksums (card_checksum.c) ---- */

void checksum_fill(uint8_t* frame, uint32_t length, int ip, int l4);
enum { CHECK_IP_BAD = 1, CHECK_L4_BAD = 2 };
int checksum_check(const uint8_t* frame, uint32_t length);
/* Where IP begins, behind any VLAN tags; its EtherType. */
uint32_t network_offset(const uint8_t* frame, uint32_t length, uint16_t* ether_type);

/* ---- lock ---- */

int card_lock(void);
void card_unlock(int*);
#define CARD_LOCKED __attribute__((cleanup(card_unlock), unused)) int locked_here = card_lock()

#pragma GCC visibility pop

#endif
