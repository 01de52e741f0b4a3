/*
 * The binary interface of libciul as its callers see it: struct layouts, the table of operations, constants.
 *
 * Only what a caller can observe is true to the original: sizes, the offsets 32 (discard mask) and 96 (CTPIO aperture), the slot
 * that holds the state, the position and the order of the operations. All other fields are this double's own.
 *
 * -DLIBCIUL_LAYOUT=81 builds the layout of release 8.1, the default (92) the one of 9.2. -DLIBCIUL_OPS_BASE=1016 moves the table,
 * as two builds of one release do.
 */
#ifndef EF_VI_ABI_H
#define EF_VI_ABI_H

#include <stddef.h>
#include <stdint.h>
#include <sys/time.h>
#include <sys/uio.h>

#ifndef LIBCIUL_LAYOUT
#define LIBCIUL_LAYOUT 92
#endif

#if LIBCIUL_LAYOUT == 81
#define OPS_BASE_DEFAULT 888
#define OPS_POLL_OFFSET 152
#define VERSION_TEXT "8.1.0 double"
typedef uint32_t ef_vi_flags; /* an enum of four bytes until 9.1.2 */
enum { EV_RX_MULTI_PKTS = 14, EV_RX_REF = 15, EV_RX_REF_DISCARD = 16 };
#elif LIBCIUL_LAYOUT == 92
#define OPS_BASE_DEFAULT 1032
#define OPS_POLL_OFFSET 176
#define VERSION_TEXT "9.2.0 double"
typedef uint64_t ef_vi_flags;
enum { EV_RX_MULTI_PKTS = 13, EV_RX_REF = 14, EV_RX_REF_DISCARD = 15 };
#else
#error "LIBCIUL_LAYOUT is 81 or 92"
#endif

#ifndef LIBCIUL_OPS_BASE
#define LIBCIUL_OPS_BASE OPS_BASE_DEFAULT
#endif

enum {
  ARCH_EF10 = 1,

  EV_RX = 0, EV_TX = 1, EV_RX_DISCARD = 2, EV_TX_ERROR = 3, EV_RX_NO_DESC_TRUNC = 4, EV_SW = 5, EV_OFLOW = 6,
  EV_RX_MULTI = 9, EV_RX_MULTI_DISCARD = 11, EV_RESET = 12,

  EVF_SOP = 1, EVF_CONT = 2, EVF_MULTICAST = 8, EVF_TX_CTPIO = 1,

  DISCARD_CSUM_BAD = 0, DISCARD_CRC_BAD = 2, DISCARD_TRUNC = 3, DISCARD_INNER_CSUM_BAD = 7,

  /* Errors of a received frame, as bits of its event. */
  HW_ECRC_BIT = 24, HW_L3_BIT = 25, HW_L4_BIT = 26, HW_TRUNC_BIT = 29, HW_INNER_L3_BIT = 56, HW_INNER_L4_BIT = 57,

  MASK_L4_CSUM = 1, MASK_L3_CSUM = 2, MASK_FCS = 4, MASK_LEN = 8, MASK_INNER_L3 = 0x20, MASK_INNER_L4 = 0x40, MASK_DEFAULT = 0x6f,

  TXERR_RIGHTS = 0, TXERR_OFLOW = 1, TXERR_2BIG = 2, TXERR_BUS = 3,

  VIF_TX_IP_CSUM_DIS = 0x80, VIF_TX_L4_CSUM_DIS = 0x100, VIF_RX_TIMESTAMPS = 0x10000, VIF_TX_TIMESTAMPS = 0x20000,
  VIF_EVENT_MERGE = 0x200000, VIF_TX_ALT = 0x400000, VIF_CTPIO = 0x1000000, VIF_CTPIO_NO_POISON = 0x2000000,

  TRANSMIT_BATCH = 64, RECEIVE_BATCH = 15, RX_PREFIX = 14, RX_BUFFER_LEN = 1792, NIC_PAGE = 4096, DMA_ALIGN = 64,
  MAX_QUEUES_PER_EVQ = 32,

  /* Doorbells, from the base of the VI's 8 KiB of registers. */
  IO_EVQ_PRIME = 0x400, IO_EVQ_TIMER = 0x420, IO_RX_DOORBELL = 0x830, IO_TX_DOORBELL = 0xA10, IO_TX_WPTR = 0xA18, IO_BYTES = 8192,

  /* Codes of hardware events, bits 60-63. The last three are the double's own: the real codes for these are not known here. */
  HW_RX = 0, HW_TX = 2, HW_OWN_DISCARD = 1, HW_OWN_TX_ERROR = 3, HW_OWN_DRIVER = 5,
  HW_DRIVER_RESET = 1, HW_DRIVER_SW = 2,
  HW_TX_CTPIO = 0x11,
};

#define REQUEST_ID_NONE 0xffffffffu
#define DESC_ADDR_MASK ((UINT64_C(1) << 48) - 1)
#define DESC_LEN_SHIFT 48
#define DESC_LEN_MASK 0x3fffu
#define DESC_CONT (UINT64_C(1) << 62)
#define HW_NO_EVENT (~UINT64_C(0))

typedef struct ef_vi ef_vi;
typedef uint64_t ef_addr;
typedef uint32_t ef_request_id;
typedef int ef_driver_handle;

/* Two little-endian words: both supported machines are little-endian. */
typedef struct { uint64_t w0, w1; } ef_event;
typedef struct { uint64_t base; uint32_t len; uint32_t reserved; } ef_iovec;
typedef struct { int32_t type; int32_t offset; const char* description; } ef_vi_layout_entry;
typedef struct { int64_t sec; uint32_t nsec; uint16_t frac; uint16_t flags; } ef_precisetime;
typedef struct { uint64_t* mr_dma_addrs; void* base; } ef_memreg;
typedef struct { uint32_t id; uint32_t port; uint8_t rest[32]; } ef_pd;
typedef struct { uint32_t type; uint32_t flags; uint32_t data[12]; } ef_filter_spec;
typedef struct { int32_t filter_id; int32_t filter_type; } ef_filter_cookie;
typedef struct { uint64_t valid; uint32_t filter_id; uint32_t q_id; uint64_t flags; } ef_filter_info;
typedef struct { uint32_t id; uint32_t pd; uint32_t count; uint32_t reserved; } ef_vi_set;

_Static_assert(sizeof(ef_event) == 16 && sizeof(ef_iovec) == 16 && sizeof(ef_memreg) == 16 && sizeof(ef_pd) == 40, "ABI");
_Static_assert(sizeof(ef_filter_spec) == 56 && sizeof(ef_filter_cookie) == 8 && sizeof(ef_filter_info) == 24, "ABI");
_Static_assert(sizeof(ef_vi_set) == 16 && sizeof(ef_vi_layout_entry) == 16 && sizeof(ef_precisetime) == 16, "ABI");

/* Memory of the caller. The first word is read by callers as the "current event". The ids of both rings follow it. */
typedef struct {
  uint32_t evq_ptr; /* bytes, free running */
  uint32_t tx_added, tx_removed, tx_pushed;
  uint32_t rx_added, rx_seen, rx_removed, rx_posted, rx_chain_bytes, rx_in_chain;
  uint32_t reserved[6];
} ef_vi_state;

struct ef_vi_ops {
  int (*transmit)(ef_vi*, ef_addr, int, ef_request_id);
  int (*transmitv)(ef_vi*, const ef_iovec*, int, ef_request_id);
  int (*transmitv_init)(ef_vi*, const ef_iovec*, int, ef_request_id);
  void (*transmit_push)(ef_vi*);
  int (*transmit_pio)(ef_vi*, int, int, ef_request_id);
  int (*transmit_copy_pio)(ef_vi*, int, const void*, int, ef_request_id);
#if LIBCIUL_LAYOUT != 81
  void (*start_transmit_warm)(ef_vi*, void*, char*);
  void (*stop_transmit_warm)(ef_vi*, void*);
#endif
  void (*transmit_pio_warm)(ef_vi*);
  void (*transmit_copy_pio_warm)(ef_vi*, int, const void*, int);
  void (*transmitv_ctpio)(ef_vi*, size_t, const struct iovec*, int, unsigned);
  void (*transmitv_ctpio_copy)(ef_vi*, size_t, const struct iovec*, int, unsigned, void*);
  int (*alt_select)(ef_vi*, unsigned);
  int (*alt_select_default)(ef_vi*);
  int (*alt_stop)(ef_vi*, unsigned);
  int (*alt_go)(ef_vi*, unsigned);
  int (*receive_set_discards)(ef_vi*, unsigned);
  uint64_t (*receive_get_discards)(ef_vi*);
  int (*alt_discard)(ef_vi*, unsigned);
  int (*receive_init)(ef_vi*, ef_addr, ef_request_id);
  void (*receive_push)(ef_vi*);
#if LIBCIUL_LAYOUT != 81
  int (*receive_get_timestamp)(ef_vi*, const void*, ef_precisetime*);
#endif
  int (*eventq_poll)(ef_vi*, ef_event*, int);
  void (*eventq_prime)(ef_vi*);
  void (*eventq_timer_prime)(ef_vi*, unsigned);
  void (*eventq_timer_run)(ef_vi*, unsigned);
  void (*eventq_timer_clear)(ef_vi*);
  void (*eventq_timer_zero)(ef_vi*);
#if LIBCIUL_LAYOUT == 81
  int (*unused[3])(ef_vi*);
#else
  int (*has_event)(const ef_vi*);
  int (*has_many_events)(const ef_vi*, int);
#endif
  int (*ctpio_fallback)(ef_vi*, ef_addr, size_t, ef_request_id);
  int (*ctpiov_fallback)(ef_vi*, const ef_iovec*, int, ef_request_id);
};

#if LIBCIUL_LAYOUT == 81
_Static_assert(offsetof(struct ef_vi_ops, transmitv_ctpio) == 64 && offsetof(struct ef_vi_ops, receive_init) == 136, "ABI");
_Static_assert(offsetof(struct ef_vi_ops, ctpio_fallback) == 224, "ABI");
#else
_Static_assert(offsetof(struct ef_vi_ops, transmitv_ctpio) == 80 && offsetof(struct ef_vi_ops, receive_init) == 152, "ABI");
_Static_assert(offsetof(struct ef_vi_ops, ctpio_fallback) == 240 && offsetof(struct ef_vi_ops, has_event) == 224, "ABI");
#endif
_Static_assert(offsetof(struct ef_vi_ops, eventq_poll) == OPS_POLL_OFFSET, "ABI");

struct ef_vi {
  union {
    struct {
      uint32_t inited, resource_id;
      uint32_t card; /* 0: no card behind this VI, its rings are the caller's memory */
      uint32_t label;
      uint32_t rx_buffer_len, rx_prefix_len;
      uint64_t flags;
      uint64_t rx_discard_mask;
      uint32_t queue_count, rxq_mask, txq_mask, evq_mask; /* evq_mask counts events */
      uint8_t* io;
      uint64_t *evq, *rxq, *txq;
      uint64_t discard_flags; /* as the caller set them; the mask at 32 is the same in bits of a hardware event */
      uint8_t* ctpio;
      ef_request_id *rx_ids, *tx_ids;
      ef_vi_state* ep_state;
      ef_vi* evq_vi;
      ef_vi* queues[MAX_QUEUES_PER_EVQ];
    };
    uint8_t size_of_fields[LIBCIUL_OPS_BASE];
  };
  struct ef_vi_ops ops;
  uint64_t tail[LIBCIUL_LAYOUT == 81 ? 1 : 6]; /* 1136 and 1336 bytes, as in 8.1.3 and 9.2.1 */
};

_Static_assert(offsetof(ef_vi, rx_discard_mask) == 32 && offsetof(ef_vi, ctpio) == 96, "ABI");
_Static_assert(offsetof(ef_vi, ops) == LIBCIUL_OPS_BASE, "ABI");

/* Where the tables of symbols say "exported", and another file of the double calls it. */
int ef_vi_init(ef_vi*, int arch, int variant, int revision, ef_vi_flags, uint8_t nic_flags, ef_vi_state*);
void ef_vi_init_io(ef_vi*, void* io);
void ef_vi_init_evq(ef_vi*, int count, void* ring, unsigned max_interval);
void ef_vi_init_rxq(ef_vi*, int count, void* ring, void* ids, int prefix);
void ef_vi_init_txq(ef_vi*, int count, void* ring, void* ids);
void ef_vi_init_state(ef_vi*);
int ef_vi_add_queue(ef_vi* evq_vi, ef_vi*);
int ef_vi_calc_state_bytes(int rx_count, int tx_count);
int ef_vi_transmit_init(ef_vi*, ef_addr, int, ef_request_id);
void ef_vi_transmit_init_undo(ef_vi*);
int ef10_ef_eventq_poll(ef_vi*, ef_event*, int);
void ef10_ef_eventq_prime(ef_vi*);
void ef10_ef_eventq_timer_prime(ef_vi*, unsigned);
void ef10_ef_eventq_timer_run(ef_vi*, unsigned);
void ef10_ef_eventq_timer_clear(ef_vi*);
void ef10_ef_eventq_timer_zero(ef_vi*);
#if LIBCIUL_LAYOUT == 81
__attribute__((visibility("hidden"))) /* not in 8.1 */
#endif
int ef10_ef_eventq_has_many_events(const ef_vi*, int);

/* Between vi_init.c and ef10_datapath.c. */
#pragma GCC visibility push(hidden)
extern const struct ef_vi_ops ef10_ops;
void ef10_set_discards(ef_vi*, unsigned flags);
#pragma GCC visibility pop

#endif
