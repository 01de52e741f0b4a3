/* Virtual interfaces as the driver makes and ends them, and how a caller sleeps until they have something. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "driver.h"

static struct table vis;

struct card_vi* card_vi_of(const ef_vi* vi) {
  struct card_vi* cv = table_get(&vis, vi->card);
  return cv && cv->vi == vi ? cv : NULL;
}

int card_vi_count(void) { return (int)vis.count; }
struct card_vi* card_vi_at(int index) { return vis.at[index]; }

int vis_alive(void) {
  int n = 0;
  for (uint32_t i = 0; i < vis.count; i++) {
    enum vi_state state = ((struct card_vi*)vis.at[i])->state;
    n += state == VI_ALIVE || state == VI_DEAD;
  }
  return n;
}

int vi_slots(const struct port* p) {
  int n = 0;
  for (uint32_t i = 0; i < vis.count; i++) {
    struct card_vi* cv = vis.at[i];
    n += cv->held && (!p || cv->port == p);
  }
  return n;
}

/* ---- making ---- */

static int power_of_two_within(int size, int low, int high) { return size >= low && size <= high && (size & (size - 1)) == 0; }

/* The driver's choice for -1, and what EF10 has. */
static int choose_sizes(struct card_vi* cv, int evq, int rxq, int txq, int has_evq) {
  if (rxq == -1) rxq = 512;
  if (txq == -1) txq = 512;
  if (rxq && !power_of_two_within(rxq, 512, 4096)) return -EINVAL;
  if (txq && !power_of_two_within(txq, 512, 2048)) return -EINVAL;
  if (has_evq) {
    if (evq != 0) return -EINVAL;
  } else {
    if (evq == -1) {
      for (evq = 512; evq <= rxq + txq; evq *= 2) continue;
    }
    if (!power_of_two_within(evq, 512, 32768)) return -EINVAL;
  }
  cv->rxq_size = (uint32_t)rxq;
  cv->txq_size = (uint32_t)txq;
  cv->evq_size = (uint32_t)evq;
  return 0;
}

static void* must(void* p) {
  if (!p) abort(); /* a test machine without memory has no use for more */
  return p;
}

static void make_rings(struct card_vi* cv) {
  cv->io = must(calloc(1, IO_BYTES));
  cv->software_state = must(calloc(1, (size_t)ef_vi_calc_state_bytes((int)cv->rxq_size, (int)cv->txq_size)));
  if (cv->flags & VIF_CTPIO) cv->aperture = must(calloc(1, NIC_PAGE));
  if (cv->evq_size) {
    cv->evq = must(malloc(cv->evq_size * 8));
    memset(cv->evq, 0xff, cv->evq_size * 8);
  }
  if (cv->rxq_size) {
    cv->rxq = must(calloc(cv->rxq_size, 8));
    cv->rx = must(calloc(cv->rxq_size, sizeof *cv->rx));
    for (uint32_t i = 0; i < cv->rxq_size; i++) cv->rx[i].id = REQUEST_ID_NONE;
  }
  if (cv->txq_size) {
    cv->txq = must(calloc(cv->txq_size, 8));
    cv->tx = must(calloc(cv->txq_size, sizeof *cv->tx));
    for (uint32_t i = 0; i < cv->txq_size; i++) cv->tx[i].id = REQUEST_ID_NONE;
  }
}

/* From here on the caller's struct is a VI like one on heap memory, but for the card behind it. */
static int lay_out(struct card_vi* cv, ef_vi* vi, ef_vi* evq_opt) {
  make_rings(cv);
  ef_vi_init(vi, ARCH_EF10, 'D', 0x5a, cv->flags, 0, cv->software_state);
  vi->card = cv->id;
  vi->resource_id = (uint32_t)cv->number;
  vi->rx_buffer_len = cv->rx_buffer_len;
  vi->ctpio = cv->aperture;
  ef_vi_init_io(vi, cv->io);
  ef_vi_state* state = cv->software_state;
  ef_request_id* ids = (ef_request_id*)(state + 1);
  if (cv->evq) ef_vi_init_evq(vi, (int)cv->evq_size, cv->evq, 0);
  ef_vi_init_rxq(vi, (int)cv->rxq_size, cv->rxq, ids, (int)cv->prefix);
  ef_vi_init_txq(vi, (int)cv->txq_size, cv->txq, ids + cv->rxq_size);
  ef_vi_init_state(vi);
  int label = ef_vi_add_queue(evq_opt ? evq_opt : vi, vi);
  if (label >= 0) cv->label = (uint32_t)label;
  return label < 0 ? label : 0;
}

static int vi_alloc(ef_vi* vi, ef_driver_handle dh, struct pd* pd, uint32_t set, int evq, int rxq, int txq, ef_vi* evq_opt,
                    ef_vi_flags flags) {
  struct driver* d = driver_of(dh, "ef_vi_alloc");
  if (!d) return -EBADF;
  if (!pd) {
    card_note_misuse("ef_vi_alloc from a protection domain or set that does not exist or was freed");
    return -EINVAL;
  }
  struct port* p = pd->port;
  if (vi_slots(p) >= p->knob[CARD_VI_LIMIT]) return -ENOMEM;

  /* From here on the driver keeps a VI, even if the call fails, until the handle closes. */
  struct card_vi* cv = must(calloc(1, sizeof *cv));
  *cv = (struct card_vi){.state = VI_FAILED, .driver = d, .pd = pd, .port = p, .vi = vi, .set = set, .held = 1};
  cv->number = (int)vis.count;
  vi->card = cv->id = table_add(&vis, cv);
  cv->flags = (uint32_t)flags;
  cv->rx_buffer_len = (uint32_t)p->knob[CARD_RX_BUFFER_LEN];
  cv->prefix = cv->flags & (VIF_EVENT_MERGE | VIF_RX_TIMESTAMPS) ? RX_PREFIX : (uint32_t)p->knob[CARD_RX_PREFIX];

  int error = forced("ef_vi_alloc_from_pd");
  if (error) return error;
  if (flags & VIF_TX_ALT || (flags & VIF_CTPIO && p->knob[CARD_NO_CTPIO])) return -EOPNOTSUPP;
  struct card_vi* owner = cv;
  if (evq_opt) {
    owner = card_vi_of(evq_opt);
    if (!owner || owner->state != VI_ALIVE || !owner->evq) return -EINVAL;
  }
  error = choose_sizes(cv, evq, rxq, txq, evq_opt != NULL);
  if (error) return error;
  cv->evq_owner = owner;
  error = lay_out(cv, vi, evq_opt);
  if (error) return error;
  cv->state = VI_ALIVE;
  pd->users++;
  return cv->number;
}

int ef_vi_alloc_from_pd(ef_vi* vi, ef_driver_handle dh, ef_pd* pd, ef_driver_handle pd_dh, int evq, int rxq, int txq, ef_vi* evq_opt,
                        ef_driver_handle evq_dh, ef_vi_flags flags) {
  CARD_LOCKED;
  (void)evq_dh;
  if (!driver_of(pd_dh, "ef_vi_alloc_from_pd (of the pd)")) return -EBADF;
  return vi_alloc(vi, dh, pd_of(pd), 0, evq, rxq, txq, evq_opt, flags);
}

int ef_vi_alloc_from_set(ef_vi* vi, ef_driver_handle dh, ef_vi_set* set, ef_driver_handle set_dh, int index, int evq, int rxq, int txq,
                         ef_vi* evq_opt, ef_driver_handle evq_dh, ef_vi_flags flags) {
  CARD_LOCKED;
  (void)evq_dh;
  if (!driver_of(set_dh, "ef_vi_alloc_from_set (of the set)")) return -EBADF;
  if (index < -1 || index >= (int)set->count) return -EINVAL;
  return vi_alloc(vi, dh, set_pd(set->id), set->id, evq, rxq, txq, evq_opt, flags);
}

/* ---- ending ---- */

static void leave_event_queue(struct card_vi* cv) {
  struct card_vi* owner = cv->evq_owner;
  if (owner != cv && owner->state != VI_FREED) owner->vi->queues[cv->label] = NULL;
}

static void end(struct card_vi* cv) {
  leave_event_queue(cv);
  cv->state = VI_FREED;
  cv->primed = cv->fired = 0;
  cv->pd->users--;
}

int ef_vi_free(ef_vi* vi, ef_driver_handle dh) {
  CARD_LOCKED;
  int error = forced("ef_vi_free");
  if (error) return error;
  struct card_vi* cv = card_vi_of(vi);
  if (!cv || cv->state == VI_FREED || cv->state == VI_FAILED) {
    card_note_misuse("ef_vi_free of a VI that %s", !cv ? "does not exist" : cv->state == VI_FREED ? "was freed" : "failed to allocate");
    return -EINVAL;
  }
  if (!driver_of(dh, "ef_vi_free")) return -EBADF;
  for (uint32_t i = 0; i < vis.count; i++) {
    struct card_vi* other = vis.at[i];
    if (other == cv || other->evq_owner != cv || (other->state != VI_ALIVE && other->state != VI_DEAD)) continue;
    card_note_misuse("ef_vi_free of a VI whose event queue VI %d still uses", other->number);
    other->state = VI_DEAD;
  }
  end(cv);
  return 0;
}

void vis_of_closed_driver(struct driver* d) {
  for (uint32_t i = 0; i < vis.count; i++) {
    struct card_vi* cv = vis.at[i];
    if (cv->driver != d || !cv->held) continue;
    if (cv->state == VI_ALIVE || cv->state == VI_DEAD) {
      card_note_misuse("ef_driver_close before VI %d was freed", cv->number);
      end(cv);
    }
    cv->held = 0;
    filters_drop(cv);
  }
}

/* The documented order frees memory before the VI. That is safe as long as nobody uses the VI in between. */
void vis_lose_memory(struct memreg* mr) {
  for (uint32_t i = 0; i < vis.count; i++) {
    struct card_vi* cv = vis.at[i];
    if ((cv->state != VI_ALIVE && cv->state != VI_DEAD) || cv->pd != mr->pd) continue;
    unsigned held = 0;
    for (uint32_t n = cv->rx_taken; n != cv->rx_posted; n++) {
      const char* why;
      uint8_t* at = dma(cv, cv->rxq[n & (cv->rxq_size - 1)] & DESC_ADDR_MASK, 1, &why);
      held += at && at >= mr->base && at < mr->base + mr->length;
    }
    for (uint32_t n = cv->tx_completed; n != cv->tx_posted; n++) {
      const char* why;
      uint8_t* at = dma(cv, cv->txq[n & (cv->txq_size - 1)] & DESC_ADDR_MASK, 1, &why);
      held += at && at >= mr->base && at < mr->base + mr->length;
    }
    if (!held) continue;
    cv->memory_gone = 1;
    if (cv->port->knob[CARD_STRICT_MEMREG]) {
      card_note_misuse("ef_memreg_free while VI %d is alive with %u buffers of it in its rings", cv->number, held);
    }
  }
}

void vis_reset(void) {
  for (uint32_t i = 0; i < vis.count; i++) {
    struct card_vi* cv = vis.at[i];
    for (uint32_t n = 0; n < cv->txq_size && cv->tx; n++) free(cv->tx[n].copy);
    free(cv->io), free(cv->aperture), free(cv->evq), free(cv->rxq), free(cv->txq), free(cv->software_state);
    free(cv->tx), free(cv->rx), free(cv->tx_out), free(cv->rx_out), free(cv->ctpio_frame);
  }
  table_reset(&vis);
}

/* ---- questions ---- */

static struct card_vi* usable(const ef_vi* vi, ef_driver_handle dh, const char* function) {
  struct card_vi* cv = card_vi_of(vi);
  if (!cv || cv->state == VI_FAILED || cv->state == VI_FREED) {
    card_note_misuse("%s on a VI that %s", function, cv && cv->state == VI_FREED ? "was freed" : "does not exist");
    return NULL;
  }
  return driver_of(dh, function) ? cv : NULL;
}

int ef_vi_get_mac(ef_vi* vi, ef_driver_handle dh, void* mac) {
  CARD_LOCKED;
  int error = forced("ef_vi_get_mac");
  struct card_vi* cv = error ? NULL : usable(vi, dh, "ef_vi_get_mac");
  if (!cv) return error ? error : -EINVAL;
  memcpy(mac, cv->port->mac, 6);
  return 0;
}

/* With the Ethernet header, without the FCS; 0 is an error. */
unsigned ef_vi_mtu(ef_vi* vi, ef_driver_handle dh) {
  CARD_LOCKED;
  if (forced("ef_vi_mtu")) return 0;
  struct card_vi* cv = usable(vi, dh, "ef_vi_mtu");
  return cv ? (unsigned)cv->port->mtu + 14 : 0;
}

int ef_vi_flush(ef_vi* vi, ef_driver_handle dh) {
  CARD_LOCKED;
  int error = forced("ef_vi_flush");
  struct card_vi* cv = error ? NULL : usable(vi, dh, "ef_vi_flush");
  if (!cv) return error ? error : -EINVAL;
  cv->stalled = 1;
  return 0;
}

/* ---- sleeping ---- */

static void signal_driver(struct driver* d) {
  uint64_t one = 1;
  if (d->signalled || d->event_fd < 0) return;
  d->signalled = write(d->event_fd, &one, 8) == 8;
}

void card_wake(struct card_vi* owner) {
  if (!owner->primed) return;
  owner->fired = 1;
  signal_driver(owner->driver);
}

void card_wake_port(struct port* p) {
  for (uint32_t i = 0; i < vis.count; i++) {
    struct card_vi* cv = vis.at[i];
    if (cv->port == p && cv->evq_owner) card_wake(cv->evq_owner);
  }
}

/* A VI that polls is awake. Its handle stays readable for others that share it and were woken. */
void vi_awake(struct card_vi* cv) {
  if (!cv->primed) return;
  cv->primed = cv->fired = 0;
  if (!cv->driver->signalled) return;
  for (uint32_t i = 0; i < vis.count; i++) {
    struct card_vi* other = vis.at[i];
    if (other->driver == cv->driver && other->fired) return;
  }
  uint64_t ignored;
  if (read(cv->driver->event_fd, &ignored, 8) != 8) return;
  cv->driver->signalled = 0;
}

static void watch_taps(struct driver* d, struct port* p) {
  struct epoll_event wanted = {.events = EPOLLIN};
  if (p->wire_tap >= 0) epoll_ctl(d->fd, EPOLL_CTL_ADD, p->wire_tap, &wanted); /* again: EEXIST, which is fine */
  if (p->kernel_tap >= 0) epoll_ctl(d->fd, EPOLL_CTL_ADD, p->kernel_tap, &wanted);
}

/* Work that only a run of the card can do, and that nobody would do while all sleep. */
static int work_waits(struct card_vi* owner) {
  if (owner->port->arriving.count) return 1;
  if (!automatic) return 0;
  for (uint32_t i = 0; i < vis.count; i++) {
    struct card_vi* cv = vis.at[i];
    if (cv->evq_owner == owner && cv->state == VI_ALIVE && !cv->stalled && !cv->tx_halted && cv->tx_completed != cv->tx_posted) return 1;
  }
  return 0;
}

static int something_to_poll(const struct card_vi* cv, unsigned current) {
  return cv->raw_count || cv->overflowed || __atomic_load_n(&cv->evq[(current >> 3) & (cv->evq_size - 1)], __ATOMIC_ACQUIRE) != HW_NO_EVENT;
}

static int prime(struct card_vi* cv, unsigned current) {
  if (!cv->evq) return -EINVAL;
  vi_awake(cv);
  cv->primed = 1;
  watch_taps(cv->driver, cv->port);
  if (something_to_poll(cv, current) || work_waits(cv)) card_wake(cv);
  return 0;
}

int ef_vi_prime(ef_vi* vi, ef_driver_handle dh, unsigned current) {
  CARD_LOCKED;
  if (!vi->card) return -ENOTTY; /* on memory of the process: what stands for the driver's descriptor is none */
  int error = forced("ef_vi_prime");
  struct card_vi* cv = error ? NULL : usable(vi, dh, "ef_vi_prime");
  return cv ? prime(cv, current) : error ? error : -EINVAL;
}

static int64_t now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* 1 when there is something at `current`, 0 after having armed the handle. */
static int look(ef_vi* vi, ef_driver_handle dh, unsigned current) {
  CARD_LOCKED;
  struct card_vi* cv = usable(vi, dh, "ef_eventq_wait");
  if (!cv || !cv->evq) return -EINVAL;
  card_auto_run();
  if (something_to_poll(cv, current)) return 1;
  return prime(cv, current);
}

int ef_eventq_wait(ef_vi* vi, ef_driver_handle dh, unsigned current, const struct timeval* timeout) {
  int error;
  {
    CARD_LOCKED;
    error = forced("ef_eventq_wait");
  }
  if (error) return error;
  int64_t end_ms = timeout ? now_ms() + (int64_t)timeout->tv_sec * 1000 + (timeout->tv_usec + 999) / 1000 : 0;
  for (;;) {
    int found = look(vi, dh, current);
    if (found != 0) return found < 0 ? found : 0;
    int64_t left = timeout ? end_ms - now_ms() : -1;
    if (timeout && left <= 0) return -ETIMEDOUT;
    struct pollfd wanted = {.fd = dh, .events = POLLIN};
    int n = poll(&wanted, 1, (int)left);
    if (n == 0) return -ETIMEDOUT;
    if (n < 0 && errno != EINTR) return -errno;
    if (!automatic) return 0; /* the test runs the card */
  }
}
