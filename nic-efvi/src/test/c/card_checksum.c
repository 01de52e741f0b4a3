/* Internet checksums as the card computes them when it sends, and checks them when it receives. */
#include <string.h>

#include "card_model.h"

static uint16_t be16(const uint8_t* p) { return (uint16_t)(p[0] << 8 | p[1]); }
static void put_be16(uint8_t* p, uint16_t v) { p[0] = (uint8_t)(v >> 8), p[1] = (uint8_t)v; }

static uint64_t sum(const uint8_t* p, uint32_t length, uint64_t start) {
  for (uint32_t i = 0; i + 1 < length; i += 2) start += be16(p + i);
  if (length & 1) start += (uint64_t)p[length - 1] << 8;
  return start;
}

static uint16_t fold(uint64_t s) {
  while (s >> 16) s = (s & 0xffff) + (s >> 16);
  return (uint16_t)s;
}

uint32_t network_offset(const uint8_t* frame, uint32_t length, uint16_t* ether_type) {
  uint32_t at = 12;
  *ether_type = 0;
  while (at + 2 <= length) {
    uint16_t type = be16(frame + at);
    if (type != 0x8100 && type != 0x88a8) {
      *ether_type = type;
      return at + 2;
    }
    at += 4;
  }
  return length;
}

/* The layer above IP: where, how long, and the sum of the pseudo-header. */
struct upper {
  uint32_t at, length, checksum_at;
  uint64_t pseudo;
  uint8_t protocol;
};

/* TCP or UDP, whole and not a fragment: otherwise 0. */
static int find_upper(const uint8_t* frame, uint32_t length, struct upper* u) {
  uint16_t type;
  uint32_t ip = network_offset(frame, length, &type);
  if (type == 0x0800) {
    if (ip + 20 > length || frame[ip] >> 4 != 4) return 0;
    uint32_t header = (frame[ip] & 15u) * 4, total = be16(frame + ip + 2);
    if (header < 20 || total < header || ip + total > length || be16(frame + ip + 6) & 0x3fff) return 0;
    u->protocol = frame[ip + 9];
    u->at = ip + header;
    u->length = total - header;
    u->pseudo = sum(frame + ip + 12, 8, 0);
  } else if (type == 0x86dd) {
    if (ip + 40 > length) return 0;
    u->length = be16(frame + ip + 4);
    if (ip + 40 + u->length > length) return 0;
    u->protocol = frame[ip + 6];
    u->at = ip + 40;
    u->pseudo = sum(frame + ip + 8, 32, 0);
  } else {
    return 0;
  }
  if (u->protocol != 6 && u->protocol != 17) return 0;
  if (u->length < (u->protocol == 6 ? 20u : 8u)) return 0;
  u->pseudo += u->protocol + u->length;
  u->checksum_at = u->at + (u->protocol == 6 ? 16 : 6);
  return 1;
}

static uint32_t ip4_header(const uint8_t* frame, uint32_t length, uint32_t* at) {
  uint16_t type;
  *at = network_offset(frame, length, &type);
  if (type != 0x0800 || *at + 20 > length) return 0;
  uint32_t header = (frame[*at] & 15u) * 4;
  return header >= 20 && *at + header <= length ? header : 0;
}

void checksum_fill(uint8_t* frame, uint32_t length, int ip, int l4) {
  uint32_t at, header = ip4_header(frame, length, &at);
  if (ip && header) {
    put_be16(frame + at + 10, 0);
    put_be16(frame + at + 10, (uint16_t)~fold(sum(frame + at, header, 0)));
  }
  struct upper u;
  if (!l4 || !find_upper(frame, length, &u)) return;
  put_be16(frame + u.checksum_at, 0);
  uint16_t value = (uint16_t)~fold(sum(frame + u.at, u.length, u.pseudo));
  put_be16(frame + u.checksum_at, value == 0 && u.protocol == 17 ? 0xffff : value);
}

int checksum_check(const uint8_t* frame, uint32_t length) {
  uint32_t at, header = ip4_header(frame, length, &at);
  int bad = header && fold(sum(frame + at, header, 0)) != 0xffff ? CHECK_IP_BAD : 0;
  struct upper u;
  if (!find_upper(frame, length, &u)) return bad;
  /* UDP over IPv4 may come without a checksum. */
  if (u.protocol == 17 && header && be16(frame + u.checksum_at) == 0) return bad;
  return fold(sum(frame + u.at, u.length, u.pseudo)) == 0xffff ? bad : bad | CHECK_L4_BAD;
}
