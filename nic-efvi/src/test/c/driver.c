/* The driver's objects except VIs: handles, protection domains, registered memory, VI sets; what the card can do. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "driver.h"

/* Nothing is freed before card_reset, so that whatever a caller still holds can be recognised. */
static struct table drivers, pds, memregs, sets;

struct vi_set {
  struct pd* pd;
  int alive;
};

uint32_t table_add(struct table* t, void* object) {
  if (t->count == t->room) {
    uint32_t room = t->room * 2 + 16;
    void** more = realloc(t->at, room * sizeof *more);
    if (!more) abort();
    t->at = more;
    t->room = room;
  }
  t->at[t->count++] = object;
  return t->base + t->count;
}

void* table_get(const struct table* t, uint32_t id) {
  return id > t->base && id - t->base <= t->count ? t->at[id - t->base - 1] : NULL;
}

void table_reset(struct table* t) {
  for (uint32_t i = 0; i < t->count; i++) free(t->at[i]);
  free(t->at);
  *t = (struct table){.base = t->base + t->count};
}

/* ---- ordered failures ---- */

static struct order { char function[40]; int error, skip; } orders[16];

static int matches(const struct order* o, const char* function) {
  return o->function[0] && strcmp(o->function, function) == 0;
}

int forced(const char* function) {
  for (int i = 0; i < 16; i++) {
    if (!matches(&orders[i], function)) continue;
    if (orders[i].skip-- > 0) continue;
    orders[i].function[0] = 0;
    return -orders[i].error;
  }
  return 0;
}

void forced_reset(void) { memset(orders, 0, sizeof orders); }

int card_fail(const char* function, int error, int skip) {
  CARD_LOCKED;
  if (strlen(function) >= sizeof orders[0].function || error <= 0 || skip < 0) return -EINVAL;
  for (int i = 0; i < 16; i++) {
    if (orders[i].function[0]) continue;
    strcpy(orders[i].function, function);
    orders[i].error = error;
    orders[i].skip = skip;
    return 0;
  }
  return -ENOSPC;
}

/* ---- handles ---- */

struct driver* driver_of(ef_driver_handle dh, const char* function) {
  for (uint32_t i = 0; i < drivers.count; i++) {
    struct driver* d = drivers.at[i];
    if (d->fd == dh && dh >= 0) return d;
  }
  card_note_misuse("%s with %d, which is not an open driver handle", function, dh);
  return NULL;
}

static void driver_shut(struct driver* d) {
  if (d->event_fd >= 0) close(d->event_fd);
  if (d->fd >= 0) close(d->fd);
  d->fd = d->event_fd = -1;
}

int ef_driver_open(ef_driver_handle* out) {
  CARD_LOCKED;
  int error = forced("ef_driver_open");
  if (error) return error;
  struct driver* d = calloc(1, sizeof *d);
  if (!d) return -ENOMEM;
  d->event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  d->fd = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event wanted = {.events = EPOLLIN};
  if (d->event_fd < 0 || d->fd < 0 || epoll_ctl(d->fd, EPOLL_CTL_ADD, d->event_fd, &wanted) < 0) {
    driver_shut(d);
    free(d);
    return -EMFILE;
  }
  table_add(&drivers, d);
  *out = d->fd;
  return 0;
}

/* Returns what close(2) would. */
int ef_driver_close(ef_driver_handle dh) {
  CARD_LOCKED;
  struct driver* d = driver_of(dh, "ef_driver_close");
  if (!d) {
    errno = EBADF;
    return -1;
  }
  vis_of_closed_driver(d);
  driver_shut(d);
  int error = forced("ef_driver_close");
  if (!error) return 0;
  errno = -error;
  return -1;
}

/* ---- protection domains ---- */

struct pd* pd_of(const ef_pd* pd) {
  struct pd* p = table_get(&pds, pd->id);
  return p && p->id ? p : NULL;
}

static int pd_alloc(ef_pd* out, ef_driver_handle dh, struct port* port) {
  int error = forced("ef_pd_alloc");
  if (error) return error;
  struct driver* d = driver_of(dh, "ef_pd_alloc");
  if (!d) return -EBADF;
  if (!port) return -ENODEV;
  struct pd* p = calloc(1, sizeof *p);
  if (!p) return -ENOMEM;
  p->driver = d;
  p->port = port;
  p->id = table_add(&pds, p);
  memset(out, 0, sizeof *out);
  out->id = p->id;
  out->port = (uint32_t)port->number;
  return 0;
}

int ef_pd_alloc(ef_pd* pd, ef_driver_handle dh, int ifindex, unsigned flags) {
  CARD_LOCKED;
  (void)flags;
  return pd_alloc(pd, dh, port_by_ifindex(ifindex));
}

int ef_pd_alloc_by_name(ef_pd* pd, ef_driver_handle dh, const char* name, unsigned flags) {
  CARD_LOCKED;
  (void)flags;
  return pd_alloc(pd, dh, port_by_name(name));
}

int ef_pd_free(ef_pd* pd, ef_driver_handle dh) {
  CARD_LOCKED;
  int error = forced("ef_pd_free");
  if (error) return error;
  struct pd* p = pd_of(pd);
  if (!p) {
    card_note_misuse("ef_pd_free of a protection domain that does not exist or was freed");
    return -EINVAL;
  }
  if (!driver_of(dh, "ef_pd_free")) return -EBADF;
  if (p->users) card_note_misuse("ef_pd_free before %u VIs and registrations of it were freed", p->users);
  p->id = 0;
  return 0;
}

/* ---- registered memory ---- */

int ef_memreg_alloc(ef_memreg* out, ef_driver_handle dh, ef_pd* pd, ef_driver_handle pd_dh, void* start, size_t length) {
  CARD_LOCKED;
  int error = forced("ef_memreg_alloc");
  if (error) return error;
  struct driver* d = driver_of(dh, "ef_memreg_alloc");
  struct pd* p = pd_of(pd);
  if (!d || !driver_of(pd_dh, "ef_memreg_alloc (of the pd)")) return -EBADF;
  if (!p) {
    card_note_misuse("ef_memreg_alloc in a protection domain that does not exist or was freed");
    return -EINVAL;
  }
  if (!start) return -EFAULT;
  if ((uintptr_t)start % NIC_PAGE || length == 0 || length % 2048) {
    card_note_misuse("ef_memreg_alloc of %zu bytes at %p: start a multiple of 4096, length of 2048", length, start);
    return -EINVAL;
  }
  struct memreg* mr = calloc(1, sizeof *mr);
  if (!mr) return -ENOMEM;
  *mr = (struct memreg){.pd = p, .driver = d, .base = start, .length = length};
  error = pages_register(mr);
  if (error) {
    free(mr);
    return error;
  }
  p->users++;
  table_add(&memregs, mr);
  *out = (ef_memreg){mr->dma, start};
  return 0;
}

int ef_memreg_free(ef_memreg* memreg, ef_driver_handle dh) {
  CARD_LOCKED;
  int error = forced("ef_memreg_free");
  if (error) return error;
  if (!driver_of(dh, "ef_memreg_free")) return -EBADF;
  for (uint32_t i = 0; i < memregs.count; i++) {
    struct memreg* mr = memregs.at[i];
    if (!mr->dma || mr->dma != memreg->mr_dma_addrs) continue;
    vis_lose_memory(mr);
    pages_forget(mr);
    mr->pd->users--;
    free(mr->dma);
    mr->dma = NULL;
    return 0;
  }
  card_note_misuse("ef_memreg_free of memory that is not registered");
  return -EINVAL;
}

/* ---- VI sets ---- */

static struct vi_set* set_of(uint32_t id) {
  struct vi_set* s = table_get(&sets, id);
  return s && s->alive ? s : NULL;
}

struct port* set_port(uint32_t id) {
  struct vi_set* s = set_of(id);
  return s ? s->pd->port : NULL;
}

struct pd* set_pd(uint32_t id) {
  struct vi_set* s = set_of(id);
  return s ? s->pd : NULL;
}

int ef_vi_set_alloc_from_pd(ef_vi_set* out, ef_driver_handle dh, ef_pd* pd, ef_driver_handle pd_dh, int count) {
  CARD_LOCKED;
  (void)pd_dh;
  int error = forced("ef_vi_set_alloc_from_pd");
  if (error) return error;
  struct pd* p = pd_of(pd);
  if (!driver_of(dh, "ef_vi_set_alloc_from_pd")) return -EBADF;
  if (!p || count < 1 || count > 64) return -EINVAL;
  struct vi_set* s = calloc(1, sizeof *s);
  if (!s) return -ENOMEM;
  *s = (struct vi_set){p, 1};
  *out = (ef_vi_set){table_add(&sets, s), pd->id, (uint32_t)count, 0};
  return 0;
}

int ef_vi_set_free(ef_vi_set* set, ef_driver_handle dh) {
  CARD_LOCKED;
  struct vi_set* s = set_of(set->id);
  if (!driver_of(dh, "ef_vi_set_free")) return -EBADF;
  if (!s) {
    card_note_misuse("ef_vi_set_free of a VI set that does not exist or was freed");
    return -EINVAL;
  }
  s->alive = 0;
  filters_drop_set(set->id);
  return 0;
}

/* ---- what the card can do ---- */

int ef_vi_capabilities_get(ef_driver_handle dh, int ifindex, unsigned capability, unsigned long* value) {
  CARD_LOCKED;
  *value = 0;
  int error = forced("ef_vi_capabilities_get");
  if (error) return error;
  if (!driver_of(dh, "ef_vi_capabilities_get")) return -EBADF;
  struct port* p = port_by_ifindex(ifindex);
  if (!p) return -ENODEV;
  switch (capability) {
    case 0: /* PIO */
    case 5: /* time stamps, received */
    case 6: /* and sent */
    case 50: /* CTPIO only */
      return 0;
    case 34: *value = 512 | 1024 | 2048 | 4096; return 0;
    case 35: *value = 512 | 1024 | 2048; return 0;
    case 36: *value = 512 | 1024 | 2048 | 4096 | 8192 | 16384 | 32768; return 0;
    case 37: *value = p->knob[CARD_RX_PREFIX] == 0; return 0;
    case 46: *value = !p->knob[CARD_NO_CTPIO]; return 0;
    default: return -EOPNOTSUPP;
  }
}

int ef_pio_alloc(void* pio, ef_driver_handle dh, ef_pd* pd, unsigned length, ef_driver_handle pd_dh) {
  (void)pio, (void)dh, (void)pd, (void)length, (void)pd_dh;
  return -EOPNOTSUPP;
}

static int no_pio(void) {
  card_note_misuse("PIO without a successful ef_pio_alloc");
  return -EINVAL;
}

int ef_pio_link_vi(void* pio, ef_driver_handle dh, ef_vi* vi, ef_driver_handle vi_dh) { return (void)pio, (void)dh, (void)vi, (void)vi_dh, no_pio(); }
int ef_pio_unlink_vi(void* pio, ef_driver_handle dh, ef_vi* vi, ef_driver_handle vi_dh) { return (void)pio, (void)dh, (void)vi, (void)vi_dh, no_pio(); }
int ef_pio_free(void* pio, ef_driver_handle dh) { return (void)pio, (void)dh, no_pio(); }
int ef_pio_memcpy(ef_vi* vi, const void* from, int offset, int length) { return (void)vi, (void)from, (void)offset, (void)length, no_pio(); }

/* X3 only, and this card is an X2. */
const void* efct_vi_rxpkt_get(ef_vi* vi, uint32_t packet) {
  (void)vi;
  card_note_misuse("efct_vi_rxpkt_get of packet %u on an EF10 card", packet);
  return NULL;
}

void efct_vi_rxpkt_release(ef_vi* vi, uint32_t packet) {
  (void)vi;
  card_note_misuse("efct_vi_rxpkt_release of packet %u on an EF10 card", packet);
}

/* ---- the end ---- */

int card_alive(int object) {
  CARD_LOCKED;
  int n = 0;
  switch (object) {
    case CARD_DRIVERS:
      for (uint32_t i = 0; i < drivers.count; i++) n += ((struct driver*)drivers.at[i])->fd >= 0;
      return n;
    case CARD_PDS:
      for (uint32_t i = 0; i < pds.count; i++) n += ((struct pd*)pds.at[i])->id != 0;
      return n;
    case CARD_MEMREGS:
      for (uint32_t i = 0; i < memregs.count; i++) n += ((struct memreg*)memregs.at[i])->dma != NULL;
      return n;
    case CARD_VI_SETS:
      for (uint32_t i = 0; i < sets.count; i++) n += ((struct vi_set*)sets.at[i])->alive;
      return n;
    case CARD_FILTERS: return filter_count();
    case CARD_VIS: return vis_alive();
    case CARD_VI_SLOTS: return vi_slots(NULL);
    default: return -EINVAL;
  }
}

void driver_reset(void) {
  for (uint32_t i = 0; i < drivers.count; i++) driver_shut(drivers.at[i]);
  for (uint32_t i = 0; i < memregs.count; i++) free(((struct memreg*)memregs.at[i])->dma);
  table_reset(&drivers);
  table_reset(&pds);
  table_reset(&memregs);
  table_reset(&sets);
}
