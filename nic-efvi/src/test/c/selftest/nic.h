/* One program's side of a port: handle, protection domain, VI, registered buffers, and the frames that the tests send. */
#ifndef NIC_H
#define NIC_H

#include "binding.h" /* first: it asks libc for dladdr */

#include <poll.h>
#include <sys/time.h>

#include "../card.h"

#define BUFFERS 1024 /* of 2 KiB: the lower half to receive, the upper to send */
#define TX_FIRST 512

typedef struct {
  int dh, port;
  uint64_t pd[8], *vi;
  memreg mr;
  uint8_t* memory;
  unsigned prefix, posted;
} nic;

static const uint8_t mac_a[6] = {2, 0, 0, 0, 0, 1}, mac_b[6] = {2, 0, 0, 0, 0, 2};

static inline uint8_t* buffer_at(nic* n, unsigned b) { return n->memory + (size_t)b * 2048; }
static inline uint64_t address(nic* n, unsigned b) { return n->mr.dma[b / 2] | (b & 1 ? 2048 : 0); }

static inline int vi_alloc(nic* n, int evq, int rxq, int txq, uint64_t flags) {
  return SYMBOL(int, "ef_vi_alloc_from_pd", void*, int, void*, int, int, int, int, void*, int, uint64_t)(
      n->vi, n->dh, n->pd, n->dh, evq, rxq, txq, NULL, -1, flags);
}
static inline int driver_open(int* dh) { return SYMBOL(int, "ef_driver_open", int*)(dh); }
static inline int pd_by_name(nic* n, const char* name) {
  return SYMBOL(int, "ef_pd_alloc_by_name", void*, int, const char*, unsigned)(n->pd, n->dh, name, 0);
}
static inline int memreg_alloc(nic* n, memreg* mr, void* start, size_t length) {
  return SYMBOL(int, "ef_memreg_alloc", void*, int, void*, int, void*, size_t)(mr, n->dh, n->pd, n->dh, start, length);
}
static inline int memreg_free(nic* n) { return SYMBOL(int, "ef_memreg_free", void*, int)(&n->mr, n->dh); }
static inline int vi_free(nic* n) { return SYMBOL(int, "ef_vi_free", void*, int)(n->vi, n->dh); }
static inline int pd_free(nic* n) { return SYMBOL(int, "ef_pd_free", void*, int)(n->pd, n->dh); }
static inline int driver_close(nic* n) { return SYMBOL(int, "ef_driver_close", int)(n->dh); }
static inline int tx_ids(nic* n, event e, uint32_t* ids) {
  return SYMBOL(int, "ef_vi_transmit_unbundle", void*, event*, uint32_t*)(n->vi, &e, ids);
}
static inline int rx_ids(nic* n, event e, uint32_t* ids) {
  return SYMBOL(int, "ef_vi_receive_unbundle", void*, event*, uint32_t*)(n->vi, &e, ids);
}

static inline void nic_post(nic* n, unsigned count) {
  for (unsigned i = 0; i < count; i++, n->posted++) CHECK_EQ(0, receive_init(n->vi, address(n, n->posted), n->posted));
  receive_push(n->vi);
}

static inline void nic_open_bare(nic* n, const char* name) {
  memset(n, 0, sizeof *n);
  n->vi = calloc(1, 8192);
  n->port = card_port_find(name);
  n->memory = aligned_alloc(4096, BUFFERS * 2048);
  memset(n->memory, 0, BUFFERS * 2048);
  CHECK_EQ(0, driver_open(&n->dh));
  CHECK_EQ(0, pd_by_name(n, name));
}

static inline void nic_open(nic* n, const char* name, uint64_t flags, unsigned post) {
  struct { int32_t type, offset; const char* text; } * entries;
  int count;
  nic_open_bare(n, name);
  CHECK(vi_alloc(n, -1, -1, -1, flags) >= 0);
  CHECK_EQ(0, memreg_alloc(n, &n->mr, n->memory, BUFFERS * 2048));
  CHECK_EQ(0, SYMBOL(int, "ef_vi_receive_query_layout", void*, void*, int*)(n->vi, &entries, &count));
  n->prefix = (unsigned)entries[0].offset;
  nic_post(n, post);
}

static inline void nic_close(nic* n) {
  CHECK_EQ(0, memreg_free(n));
  CHECK_EQ(0, vi_free(n));
  CHECK_EQ(0, pd_free(n));
  CHECK_EQ(0, driver_close(n));
  free(n->vi);
  free(n->memory);
}

static inline int filter_udp(nic* n, uint32_t host_be, uint16_t port, uint64_t* cookie) {
  uint64_t fs[7];
  SYMBOL(void, "ef_filter_spec_init", void*, unsigned)(fs, 0);
  int port_be = (uint16_t)(port << 8 | port >> 8);
  CHECK_EQ(0, SYMBOL(int, "ef_filter_spec_set_ip4_local", void*, int, unsigned, int)(fs, 17, host_be, port_be));
  return SYMBOL(int, "ef_vi_filter_add", void*, int, void*, void*)(n->vi, n->dh, fs, cookie);
}

static inline int filter_full(nic* n, int protocol, uint32_t host, int port, uint32_t remote, int remote_port) {
  uint64_t fs[7];
  SYMBOL(void, "ef_filter_spec_init", void*, unsigned)(fs, 0);
  CHECK_EQ(0, SYMBOL(int, "ef_filter_spec_set_ip4_full", void*, int, unsigned, int, unsigned, int)(
                  fs, protocol, host, (uint16_t)(port << 8 | port >> 8), remote, (uint16_t)(remote_port << 8 | remote_port >> 8)));
  return SYMBOL(int, "ef_vi_filter_add", void*, int, void*, void*)(n->vi, n->dh, fs, NULL);
}

/* 10.0.0.1 and .2, in network order as they lie in memory. */
static inline uint32_t host(unsigned last) {
  uint8_t bytes[4] = {10, 0, 0, (uint8_t)last};
  uint32_t v;
  memcpy(&v, bytes, 4);
  return v;
}

/* UDP from .1 to .2:port over IPv4, without checksums in it. Returns its length. */
static inline unsigned udp_frame(uint8_t* f, unsigned port, unsigned payload) {
  unsigned length = 42 + payload;
  memset(f, 0, length);
  memcpy(f, mac_b, 6);
  memcpy(f + 6, mac_a, 6);
  f[12] = 8;
  uint8_t ip[20] = {0x45, 0, (uint8_t)((length - 14) >> 8), (uint8_t)(length - 14), 0, 1, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2};
  uint8_t udp[8] = {0x12, 0x34, (uint8_t)(port >> 8), (uint8_t)port, (uint8_t)((payload + 8) >> 8), (uint8_t)(payload + 8), 0, 0};
  memcpy(f + 14, ip, 20);
  memcpy(f + 34, udp, 8);
  for (unsigned i = 0; i < payload; i++) f[42 + i] = (uint8_t)(i * 7 + payload);
  return length;
}

/* With both checksums right, which the test computes on its own. */
static inline unsigned checked_frame(uint8_t* f, unsigned port, unsigned payload) {
  unsigned length = udp_frame(f, port, payload);
  uint32_t ip = 0, udp = 17 + payload + 8;
  for (unsigned i = 14; i < 34; i += 2) ip += (uint32_t)(f[i] << 8 | f[i + 1]);
  for (unsigned i = 26; i < length; i++) udp += i & 1 ? f[i] : (uint32_t)f[i] << 8;
  while (ip >> 16) ip = (ip & 0xffff) + (ip >> 16);
  while (udp >> 16) udp = (udp & 0xffff) + (udp >> 16);
  ip = ~ip & 0xffff, udp = ~udp & 0xffff;
  f[24] = (uint8_t)(ip >> 8), f[25] = (uint8_t)ip;
  f[40] = (uint8_t)(udp >> 8), f[41] = (uint8_t)udp;
  return length;
}

/* The misuse since the last call contains the text. */
#define EXPECT_MISUSE(text) expect_misuse(text, __FILE__, __LINE__)
static inline void expect_misuse(const char* text, const char* file, int line) {
  const char* got = card_misuse();
  check(got && strstr(got, text), file, line, text, 0, 0, 0);
  if (got && !strstr(got, text)) printf("    but: %s\n", got);
  card_misuse_clear();
}

#define NO_MISUSE() no_misuse(__FILE__, __LINE__)
static inline void no_misuse(const char* file, int line) {
  check(card_misuse() == NULL, file, line, "no misuse", 0, 0, 0);
  if (card_misuse()) printf("    but: %s\n", card_misuse());
}

static inline void nothing_alive(void) {
  for (int i = CARD_DRIVERS; i <= CARD_VI_SETS; i++) CHECK_EQ(0, card_alive(i));
}

static inline void two_ports(void) {
  card_reset();
  CHECK_EQ(0, card_port_create("nic0", 71, mac_a, 1500));
  CHECK_EQ(1, card_port_create("nic1", 72, mac_b, 1500));
  CHECK_EQ(0, card_ports_join(0, 1));
}

static inline void one_port(void) {
  card_reset();
  CHECK_EQ(0, card_port_create("nic0", 71, mac_a, 1500));
}

#endif
