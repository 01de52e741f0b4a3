/*
 * Control of the card behind the double of libciul: ports, wires, faults, counts, misuse. For tests; bound from Java by name.
 *
 * The card is deterministic. It works only inside card_run(), and, after card_auto(1), inside doorbells and polls, too: a doorbell
 * does the work that waited before it, so a frame always leaves later than the call that sent it. There are no threads; a lock makes
 * it safe to use several VIs from several threads. Time is the number of runs, "ticks".
 *
 * A port is named as the interface is. Its wire side goes to one other port, to a TAP device, or nowhere (frames wait for
 * card_take). Its kernel side gets every frame that no filter takes: a TAP device with the interface's name, or card_kernel_take.
 *
 * Whatever waits for a test (frames that left, or that went to the kernel) waits in a queue of 8192; more are lost and counted.
 *
 * Functions return 0 or a positive result, or a negative errno. "vi" is the caller's struct ef_vi.
 */
#ifndef CARD_H
#define CARD_H

#include <stdint.h>

/* Ends everything: closes handles, frees all VIs, ports, knobs, counts, misuse. Stale objects of a caller stay safe to use. */
void card_reset(void);

/* Returns the port's number. ifindex 0: the system's index of that name, or an invented one. The MTU excludes Ethernet. */
int card_port_create(const char* name, int ifindex, const uint8_t mac[6], int mtu);
/* The number of the port of that name, or -ENODEV. */
int card_port_find(const char* name);
/* The interface index that ef_pd_alloc takes, or -ENODEV. */
int card_port_ifindex(int port);
/* Joins the wire sides of two ports. */
int card_ports_join(int port, int other);
/* Attaches the wire side to the TAP of that name, made if it does not exist, in the caller's network namespace. */
int card_port_tap_wire(int port, const char* tap_name);
/* Attaches the kernel side to the TAP that has the port's name, made if it does not exist; sets its MAC address and MTU if it is
   down. Addresses and "up" are the caller's. */
int card_port_tap_kernel(int port);

/* One tick. Sends up to budget frames of all VIs, then, for each port, forwards and receives up to budget. Returns how many in all. */
int card_run(int budget);
void card_auto(int on);
/* Ticks so far. */
uint64_t card_tick(void);

/* A frame arrives from the wire. It is copied. */
int card_inject(int port, const void* frame, int length);
/* The oldest frame that left to the wire, if the wire goes nowhere or CARD_CAPTURE is on: its length, or -EAGAIN; -EMSGSIZE if the
   capacity is too small. Not padded to 60 bytes; a frame that goes to another port is. */
int card_take(int port, void* frame, int capacity);
/* The kernel of this machine sends a frame through the port. */
int card_kernel_send(int port, const void* frame, int length);
/* The oldest frame that no filter took, without a kernel TAP. */
int card_kernel_take(int port, void* frame, int capacity);

/*
 * Knobs. Port -1 sets all ports and the default of later ones; an nth of 0 means never.
 */
enum card_knob {
  CARD_TX_DELAY = 0,           /* ticks between a doorbell and the DMA read: 0, that is the next run */
  CARD_COMPLETION_DELAY = 1,   /* ticks between the DMA read and the event: 1 */
  CARD_COMPLETION_BATCH = 2,   /* at most so many frames by one TX event: 16 */
  CARD_TX_DROP_NTH = 3,        /* every nth frame is lost on the way out */
  CARD_RX_DROP_NTH = 4,        /* every nth frame is lost on the way in */
  CARD_EAGAIN_NTH = 5,         /* every nth transmit, transmitv, transmitv_init or transmit_init says -EAGAIN */
  CARD_CTPIO_FAIL_NTH = 6,     /* every nth CTPIO send fails; below the threshold it poisons the wire first */
  CARD_NO_DESC_EVENTS = 7,     /* 1: a frame for an empty RX ring gives RX_NO_DESC_TRUNC. 0: it is only counted */
  CARD_RX_MULTI = 8,           /* at most so many frames by one RX_MULTI event, 2 to 15. 0: only with VI flag EVENT_MERGE */
  CARD_RX_PREFIX = 9,          /* of later VIs: 14 or 0. Flags for merging and time stamps force 14 */
  CARD_RX_BUFFER_LEN = 10,     /* of later VIs: 1792 */
  CARD_CHECK_RX_BUFFERS = 11,  /* 1: notice software that writes into a posted buffer. 0, as it costs a pass over each buffer */
  CARD_CHECK_TX_BUFFERS = 12,  /* 1: notice software that changes a buffer before its completion */
  CARD_TX_ERROR_HALTS = 13,    /* 1: after a TX_ERROR the queue sends no more */
  CARD_FILTER_LIMIT = 14,      /* filters of a port: 1024 */
  CARD_VI_LIMIT = 15,          /* VIs of a port, freed and failed ones counted until their driver handle closes: 120 */
  CARD_NO_CTPIO = 16,          /* 1: the flag CTPIO of ef_vi_alloc says -EOPNOTSUPP */
  CARD_CAPTURE = 17,           /* 1: card_take gets a copy of each frame although the wire goes somewhere */
  CARD_LINK_DOWN = 18,         /* 1: nothing passes the wire, in both directions */
  CARD_STRICT_MEMREG = 19,     /* 1: ef_memreg_free with posted buffers is misuse at once. 0: only if the VI is used after it */
  CARD_AUTO_BUDGET = 20,       /* of one automatic run: 32; read from port 0 */
  CARD_KNOBS = 21
};
int card_set(int port, int knob, int64_t value);
int64_t card_get(int port, int knob);

/* The call after `skip` further calls of that function returns -error instead of working. The function is a symbol such as
   "ef_pd_alloc" (also for ..._by_name) or the operation "transmit", "ctpio_fallback" or "receive_init". Up to 16 wait at a time. */
int card_fail(const char* function, int error, int skip);

/* Faults of one VI. */
enum card_fault {
  CARD_FAULT_RESET = 0,    /* a RESET event, and the VI is dead */
  CARD_FAULT_OFLOW = 1,    /* an OFLOW event, and the VI is dead */
  CARD_FAULT_NO_DESC = 2,  /* one RX_NO_DESC_TRUNC now */
  CARD_FAULT_SW = 3,       /* a SW event with data `argument`, 16 bits */
  CARD_FAULT_TX_ERROR = 4, /* the next DMA send fails: RIGHTS 0, OFLOW 1, 2BIG 2, BUS 3 */
  CARD_FAULT_DISCARD = 5,  /* the next frame received comes as RX_DISCARD of kind `argument`, 0 to 7; TRUNC cuts it in half */
  CARD_FAULT_STALL = 6     /* 1: the card neither sends nor receives for this VI, 0: it goes on */
};
int card_vi_fault(const void* vi, int fault, int argument);
/* The next poll returns this event as it is, before others. For types the card cannot make. Up to 64 wait at a time. */
int card_vi_event(const void* vi, uint64_t w0, uint64_t w1);

enum card_ring {
  CARD_RX_SIZE = 0, CARD_TX_SIZE = 1, CARD_EVQ_SIZE = 2, /* entries */
  CARD_RX_POSTED = 3,    /* buffers that the card may fill */
  CARD_TX_WAITING = 4,   /* descriptors between doorbell and DMA */
  CARD_TX_UNFINISHED = 5 /* descriptors between doorbell and event */
};
int card_vi_ring(const void* vi, int ring);

/* What happened at a port since its creation; port -1 sums all. */
enum card_counter {
  CARD_TX_DMA = 0, CARD_TX_CTPIO = 1, CARD_TX_CTPIO_FAILED = 2, CARD_TX_POISONED = 3, CARD_TX_ERRORS = 4, CARD_TX_DROPPED = 5,
  CARD_TX_COMPLETIONS = 6,   /* events, not frames */
  CARD_RX_DELIVERED = 7,     /* frames given to a VI, discards included */
  CARD_RX_DISCARDS = 8, CARD_RX_TO_KERNEL = 9, CARD_RX_DROPPED = 10,
  CARD_RX_NO_DESC = 11, CARD_RX_OVER_MTU = 12, CARD_RX_BAD_FCS = 13,
  CARD_RX_TO_DEAD = 14,      /* a filter pointed to a VI that was freed or is dead */
  CARD_KERNEL_SENT = 15, CARD_QUEUE_FULL = 16, CARD_EAGAINS = 17, CARD_EVQ_OVERFLOWS = 18, CARD_RX_UNREGISTERED = 19,
  CARD_COUNTERS = 20
};
uint64_t card_count(int port, int counter);

/* Objects that are alive now: a test that ends with others than zeros has a leak. */
enum card_object {
  CARD_DRIVERS = 0, CARD_PDS = 1, CARD_VIS = 2, CARD_MEMREGS = 3, CARD_FILTERS = 4,
  CARD_VI_SLOTS = 5, /* VIs that the driver holds: alive, freed or failed, until their handle closes */
  CARD_VI_SETS = 6
};
int card_alive(int object);

/* The first misuse since the last clear, or NULL; valid until the clear. */
const char* card_misuse(void);
/* The latest one, or NULL. */
const char* card_misuse_last(void);
int card_misuse_count(void);
void card_misuse_clear(void);

#endif
