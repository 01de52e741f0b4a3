/* Filters: which frames of a port belong to which VI. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "card_model.h"
#include "filter_spec.h"

struct filter {
  int id;
  ef_filter_spec spec;
  struct card_vi* vi; /* or, for a set, */
  uint32_t set;
  struct port* port;
};

static struct filter** filters;
static int filter_total, filter_room, next_id = 1;

int filter_count(void) { return filter_total; }

int filters_of(const struct card_vi* cv) {
  int n = 0;
  for (int i = 0; i < filter_total; i++) n += filters[i]->vi == cv;
  return n;
}

static void remove_at(int index) {
  free(filters[index]);
  filters[index] = filters[--filter_total];
}

void filters_drop(const struct card_vi* cv) {
  for (int i = filter_total; i-- > 0;) {
    if (filters[i]->vi == cv) remove_at(i);
  }
}

void filters_drop_set(uint32_t set) {
  for (int i = filter_total; i-- > 0;) {
    if (filters[i]->set == set) remove_at(i);
  }
}

void filters_reset(void) {
  while (filter_total) remove_at(0);
  free(filters);
  filters = NULL;
  filter_room = 0;
}

/* ---- matching ---- */

/* What a frame shows to the filters. Ports stay in network order, as they lie in memory. */
struct key {
  const uint8_t *mac, *local, *remote;
  uint16_t ether_type_be, ports[2];
  int vlan, protocol, version, whole;
};

static void read_key(const struct frame* f, struct key* k) {
  memset(k, 0, sizeof *k);
  k->mac = f->data;
  k->vlan = -1;
  if (f->length < 14) return;
  uint16_t type;
  uint32_t at = network_offset(f->data, f->length, &type), upper = 0;
  if (at > 14 && f->length >= 16) k->vlan = (f->data[14] << 8 | f->data[15]) & 0xfff;
  if (at >= f->length) return;
  memcpy(&k->ether_type_be, f->data + at - 2, 2);
  if (type == 0x0800 && at + 20 <= f->length) {
    const uint8_t* ip = f->data + at;
    k->version = 4;
    k->protocol = ip[9];
    k->local = ip + 16;
    k->remote = ip + 12;
    k->whole = ((ip[6] << 8 | ip[7]) & 0x3fff) == 0;
    upper = at + (ip[0] & 15u) * 4;
  } else if (type == 0x86dd && at + 40 <= f->length) {
    const uint8_t* ip = f->data + at;
    k->version = 6;
    k->protocol = ip[6]; /* an extension header is no match, a fragment header neither */
    k->local = ip + 24;
    k->remote = ip + 8;
    k->whole = 1;
    upper = at + 40;
  }
  if (k->version && upper + 4 <= f->length) memcpy(k->ports, f->data + upper, 4);
  else k->whole = 0;
}

/* 0 for no match, otherwise the higher the more exact. */
static int match(const ef_filter_spec* fs, const struct key* k) {
  if (fs->type & FILTER_VLAN && k->vlan != (int)(fs->data[FS_FULL] >> 16 & 0xfff)) return 0;
  if (fs->type & (FILTER_IP4 | FILTER_IP6)) {
    size_t size = fs->type & FILTER_IP4 ? 4 : 16;
    if (!k->whole || k->version != (size == 4 ? 4 : 6) || k->protocol != (int)fs->data[FS_PROTOCOL]) return 0;
    if (memcmp(k->local, &fs->data[FS_HOST], size) || k->ports[1] != (fs->data[FS_PORTS] & 0xffff)) return 0;
    if (!(fs->data[FS_FULL] & FS_FULL_BIT)) return 5;
    return memcmp(k->remote, &fs->data[FS_REMOTE], size) || k->ports[0] != fs->data[FS_PORTS] >> 16 ? 0 : 6;
  }
  if (fs->type & FILTER_ETH_TYPE && k->ether_type_be != fs->data[FS_PROTOCOL]) return 0;
  if (fs->type & FILTER_MAC) return memcmp(k->mac, &fs->data[FS_HOST], 6) ? 0 : 4;
  if (fs->type & FILTER_ETH_TYPE) return 3;
  if (fs->type & FILTER_UNICAST_ALL) return k->mac[0] & 1 ? 0 : 2;
  if (fs->type & FILTER_MULTICAST_ALL) return k->mac[0] & 1 ? 2 : 0;
  return 0;
}

/* Stands for the Toeplitz hash: equal for all frames of a connection. */
static uint32_t spread(const struct key* k) {
  uint32_t h = (uint32_t)(k->ports[0] * 31 + k->ports[1]);
  for (int i = 0; k->version && i < (k->version == 4 ? 4 : 16); i++) h = h * 31 + k->local[i] + k->remote[i] * 7u;
  return h ^ h >> 16;
}

static struct card_vi* member_of_set(uint32_t set, uint32_t hash) {
  struct card_vi* members[64];
  uint32_t count = 0;
  for (int i = 0; i < card_vi_count() && count < 64; i++) {
    struct card_vi* cv = card_vi_at(i);
    if (cv && cv->set == set && cv->state == VI_ALIVE) members[count++] = cv;
  }
  return count ? members[hash % count] : NULL;
}

struct card_vi* filter_match(struct port* p, const struct frame* f) {
  struct key k;
  read_key(f, &k);
  struct filter* best = NULL;
  int best_rank = 0;
  for (int i = 0; i < filter_total; i++) {
    if (filters[i]->port != p) continue;
    int rank = match(&filters[i]->spec, &k);
    if (rank > best_rank) {
      best_rank = rank;
      best = filters[i];
    }
  }
  if (!best) return NULL;
  return best->set ? member_of_set(best->set, spread(&k)) : best->vi;
}

/* ---- the driver's calls ---- */

static int add(struct port* p, struct card_vi* cv, uint32_t set, const ef_filter_spec* fs, ef_filter_cookie* cookie) {
  int error = forced("ef_vi_filter_add");
  if (error) return error;
  if (fs->type == 0) return -EINVAL;
  int of_port = 0;
  for (int i = 0; i < filter_total; i++) {
    if (filters[i]->port != p) continue;
    of_port++;
    if (memcmp(&filters[i]->spec, fs, sizeof *fs) == 0) return -EEXIST;
  }
  if (of_port >= p->knob[CARD_FILTER_LIMIT]) return -EBUSY;
  if (filter_total == filter_room) {
    struct filter** more = realloc(filters, (size_t)(filter_room * 2 + 16) * sizeof *more);
    if (!more) return -ENOMEM;
    filters = more;
    filter_room = filter_room * 2 + 16;
  }
  struct filter* f = calloc(1, sizeof *f);
  if (!f) return -ENOMEM;
  *f = (struct filter){next_id++, *fs, cv, set, p};
  filters[filter_total++] = f;
  if (cookie) *cookie = (ef_filter_cookie){f->id, (int32_t)fs->type};
  return 0;
}

static const char* const state_text[] = {"alive", "dead after a reset or an overflow", "failed to allocate", "freed"};

static int remove_filter(const ef_filter_cookie* cookie) {
  for (int i = 0; i < filter_total; i++) {
    if (filters[i]->id == cookie->filter_id) {
      remove_at(i);
      return 0;
    }
  }
  return -EINVAL;
}

int ef_vi_filter_add(ef_vi* vi, ef_driver_handle dh, const ef_filter_spec* fs, ef_filter_cookie* cookie) {
  CARD_LOCKED;
  struct card_vi* cv = card_vi_of(vi);
  if (!cv || cv->state != VI_ALIVE) {
    card_note_misuse("ef_vi_filter_add on a VI that %s", cv ? state_text[cv->state] : "does not exist");
    return -EINVAL;
  }
  if (cv->driver->fd != dh) {
    card_note_misuse("ef_vi_filter_add with driver handle %d, but the VI has %d", dh, cv->driver->fd);
    return -EBADF;
  }
  return add(cv->port, cv, 0, fs, cookie);
}

int ef_vi_filter_del(ef_vi* vi, ef_driver_handle dh, ef_filter_cookie* cookie) {
  CARD_LOCKED;
  (void)vi, (void)dh;
  int error = forced("ef_vi_filter_del");
  return error ? error : remove_filter(cookie);
}

int ef_vi_filter_query(ef_vi* vi, ef_driver_handle dh, const ef_filter_cookie* cookie, ef_filter_info* info, size_t size) {
  CARD_LOCKED;
  (void)dh;
  int error = forced("ef_vi_filter_query");
  if (error) return error;
  struct card_vi* cv = card_vi_of(vi);
  if (!cv || size < sizeof *info) return -EINVAL;
  for (int i = 0; i < filter_total; i++) {
    if (filters[i]->id != cookie->filter_id) continue;
    *info = (ef_filter_info){3, (uint32_t)cookie->filter_id, (uint32_t)cv->number, 0};
    return 0;
  }
  return -EINVAL;
}

int ef_vi_set_filter_add(ef_vi_set* set, ef_driver_handle dh, const ef_filter_spec* fs, ef_filter_cookie* cookie) {
  CARD_LOCKED;
  (void)dh;
  struct port* p = set_port(set->id);
  if (!p) {
    card_note_misuse("ef_vi_set_filter_add on a VI set that does not exist");
    return -EINVAL;
  }
  return add(p, NULL, set->id, fs, cookie);
}

int ef_vi_set_filter_del(ef_vi_set* set, ef_driver_handle dh, ef_filter_cookie* cookie) {
  CARD_LOCKED;
  (void)set, (void)dh;
  int error = forced("ef_vi_filter_del");
  return error ? error : remove_filter(cookie);
}
