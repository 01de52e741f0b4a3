/* What a caller writes into a filter specification. The fields' places are this double's own. */
#include <errno.h>
#include <string.h>

#include "filter_spec.h"

void ef_filter_spec_init(ef_filter_spec* fs, unsigned flags) {
  memset(fs, 0, sizeof *fs);
  fs->flags = flags;
}

static int add_type(ef_filter_spec* fs, unsigned type, unsigned may_go_with) {
  if (fs->type & ~may_go_with) return -EPROTONOSUPPORT;
  fs->type |= type;
  return 0;
}

static int set_ip4(ef_filter_spec* fs, int protocol, unsigned host, int port, unsigned remote, int remote_port, unsigned full) {
  if (protocol != 6 && protocol != 17) return -EINVAL;
  int rc = add_type(fs, FILTER_IP4, FILTER_VLAN);
  if (rc) return rc;
  fs->data[FS_PROTOCOL] = (unsigned)protocol;
  fs->data[FS_PORTS] = (unsigned)(port & 0xffff) | (unsigned)(remote_port & 0xffff) << 16;
  fs->data[FS_HOST] = host;
  fs->data[FS_REMOTE] = remote;
  fs->data[FS_FULL] |= full;
  return 0;
}

int ef_filter_spec_set_ip4_local(ef_filter_spec* fs, int protocol, unsigned host_be, int port_be) {
  return set_ip4(fs, protocol, host_be, port_be, 0, 0, 0);
}

int ef_filter_spec_set_ip4_full(ef_filter_spec* fs, int protocol, unsigned host_be, int port_be, unsigned rhost_be, int rport_be) {
  return set_ip4(fs, protocol, host_be, port_be, rhost_be, rport_be, FS_FULL_BIT);
}

static int set_ip6(ef_filter_spec* fs, int protocol, const void* host, int port, const void* remote, int remote_port, unsigned full) {
  if (protocol != 6 && protocol != 17) return -EINVAL;
  int rc = add_type(fs, FILTER_IP6, FILTER_VLAN);
  if (rc) return rc;
  fs->data[FS_PROTOCOL] = (unsigned)protocol;
  fs->data[FS_PORTS] = (unsigned)(port & 0xffff) | (unsigned)(remote_port & 0xffff) << 16;
  memcpy(&fs->data[FS_HOST], host, 16);
  if (remote) memcpy(&fs->data[FS_REMOTE], remote, 16);
  fs->data[FS_FULL] |= full;
  return 0;
}

int ef_filter_spec_set_ip6_local(ef_filter_spec* fs, int protocol, const void* host, int port_be) {
  return set_ip6(fs, protocol, host, port_be, NULL, 0, 0);
}

int ef_filter_spec_set_ip6_full(ef_filter_spec* fs, int protocol, const void* host, int port_be, const void* rhost, int rport_be) {
  return set_ip6(fs, protocol, host, port_be, rhost, rport_be, FS_FULL_BIT);
}

int ef_filter_spec_set_vlan(ef_filter_spec* fs, int vlan) {
  int rc = add_type(fs, FILTER_VLAN, FILTER_IP4 | FILTER_IP6 | FILTER_VLAN);
  if (rc == 0) fs->data[FS_FULL] |= ((unsigned)vlan & 0xfff) << 16;
  return rc;
}

/* VLAN -1 takes the address with any tag or none. */
int ef_filter_spec_set_eth_local(ef_filter_spec* fs, int vlan, const void* mac) {
  int rc = add_type(fs, FILTER_MAC, FILTER_ETH_TYPE);
  if (rc) return rc;
  memcpy(&fs->data[FS_HOST], mac, 6);
  if (vlan != -1) {
    fs->type |= FILTER_VLAN;
    fs->data[FS_FULL] |= ((unsigned)vlan & 0xfff) << 16;
  }
  return 0;
}

int ef_filter_spec_set_unicast_all(ef_filter_spec* fs) { return add_type(fs, FILTER_UNICAST_ALL, 0); }
int ef_filter_spec_set_multicast_all(ef_filter_spec* fs) { return add_type(fs, FILTER_MULTICAST_ALL, 0); }

int ef_filter_spec_set_eth_type(ef_filter_spec* fs, uint16_t type_be) {
  int rc = add_type(fs, FILTER_ETH_TYPE, FILTER_MAC | FILTER_VLAN);
  if (rc == 0) fs->data[FS_PROTOCOL] = type_be;
  return rc;
}
