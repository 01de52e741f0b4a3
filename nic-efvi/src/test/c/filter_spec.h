/* The words of a filter specification: written by filter_spec.c, matched by card_filter.c. */
#ifndef FILTER_SPEC_H
#define FILTER_SPEC_H

#include "ef_vi_abi.h"

enum {
  /* These three are the original's, the others are not known here. */
  FILTER_MAC = 1, FILTER_IP4 = 2, FILTER_IP6 = 0x4000,
  FILTER_VLAN = 4, FILTER_UNICAST_ALL = 8, FILTER_MULTICAST_ALL = 0x10, FILTER_ETH_TYPE = 0x20,
};

/* Indexes of data[]. */
enum {
  FS_PROTOCOL = 0, /* or EtherType */
  FS_PORTS = 1,    /* local, remote << 16, both in network order */
  FS_HOST = 2,     /* an address of 4 or 16 bytes, or a MAC address */
  FS_REMOTE = 6,
  FS_FULL = 10,    /* bit 0: with the remote end; VLAN << 16 */
};
#define FS_FULL_BIT 1u

#endif
