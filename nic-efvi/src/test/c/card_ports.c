/* Ports, wires, TAPs and the kernel's side: everything of the card that knows frames but no VIs. */
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "card_model.h"

unsigned if_nametoindex(const char*); /* net/if.h and linux/if.h do not go together in every libc */

struct port* ports[MAX_PORTS];
int port_count;

static int64_t defaults[CARD_KNOBS];

static void set_defaults(void) {
  memset(defaults, 0, sizeof defaults);
  defaults[CARD_COMPLETION_DELAY] = 1;
  defaults[CARD_COMPLETION_BATCH] = 16;
  defaults[CARD_RX_PREFIX] = RX_PREFIX;
  defaults[CARD_RX_BUFFER_LEN] = RX_BUFFER_LEN;
  defaults[CARD_CHECK_TX_BUFFERS] = 1;
  defaults[CARD_TX_ERROR_HALTS] = 1;
  defaults[CARD_FILTER_LIMIT] = 1024;
  defaults[CARD_VI_LIMIT] = 120;
  defaults[CARD_AUTO_BUDGET] = 32;
}

__attribute__((constructor)) static void begin(void) { set_defaults(); }

/* ---- look-up ---- */

struct port* port_of(int number) { return number >= 0 && number < port_count ? ports[number] : NULL; }

struct port* port_by_ifindex(int ifindex) {
  for (int i = 0; i < port_count; i++) {
    if (ports[i]->ifindex == ifindex) return ports[i];
  }
  return NULL;
}

struct port* port_by_name(const char* name) {
  for (int i = 0; i < port_count; i++) {
    if (strcmp(ports[i]->name, name) == 0) return ports[i];
  }
  return NULL;
}

/* ---- frames ---- */

struct frame* frame_new(const void* data, uint32_t length) {
  struct frame* f = malloc(sizeof *f + (length < 60 ? 60 : length));
  if (!f) abort(); /* a test machine without memory has no use for more */
  f->next = NULL;
  f->length = length;
  f->bad_fcs = 0;
  if (length) memcpy(f->data, data, length);
  if (length < 60) memset(f->data + length, 0, 60 - length);
  return f;
}

void frame_put(struct port* p, struct frame_queue* q, struct frame* f) {
  if (q->count >= QUEUE_LIMIT) {
    p->count[CARD_QUEUE_FULL]++;
    free(f);
    return;
  }
  f->next = NULL;
  if (q->count++ == 0) q->head = f;
  else q->last->next = f;
  q->last = f;
  if (q == &p->arriving) card_wake_port(p);
}

struct frame* frame_next(struct frame_queue* q) {
  struct frame* f = q->head;
  if (f) {
    q->head = f->next;
    q->count--;
  }
  return f;
}

static void queue_clear(struct frame_queue* q) {
  struct frame* f;
  while ((f = frame_next(q))) free(f);
}

int nth(struct port* p, int knob, uint64_t* seen) { return p->knob[knob] > 0 && ++*seen % (uint64_t)p->knob[knob] == 0; }

void port_transmit(struct port* p, struct frame* f) {
  if (p->knob[CARD_LINK_DOWN] || nth(p, CARD_TX_DROP_NTH, &p->tx_seen)) {
    p->count[CARD_TX_DROPPED]++;
    free(f);
    return;
  }
  int connected = p->peer || p->wire_tap >= 0;
  if (connected && p->knob[CARD_CAPTURE]) frame_put(p, &p->left, frame_new(f->data, f->length));
  if (p->peer) {
    if (f->length < 60) f->length = 60; /* the least that Ethernet carries */
    frame_put(p->peer, &p->peer->arriving, f);
  } else if (p->wire_tap >= 0) {
    /* A TAP has no FCS: what would be dropped by the next receiver is dropped here. */
    if (f->bad_fcs || write(p->wire_tap, f->data, f->length) < 0) p->count[CARD_TX_DROPPED]++;
    free(f);
  } else {
    frame_put(p, &p->left, f);
  }
}

void port_to_kernel(struct port* p, struct frame* f) {
  p->count[CARD_RX_TO_KERNEL]++;
  if (p->kernel_tap < 0) {
    frame_put(p, &p->kernel, f);
    return;
  }
  if (write(p->kernel_tap, f->data, f->length) < 0) p->count[CARD_RX_DROPPED]++;
  free(f);
}

/* The kernel's frames go out, the wire's come in. */
int port_pump_taps(struct port* p, int budget) {
  uint8_t buffer[MAX_FRAME];
  int done = 0;
  while (p->kernel_tap >= 0 && done < budget) {
    ssize_t n = read(p->kernel_tap, buffer, sizeof buffer);
    if (n <= 0) break;
    p->count[CARD_KERNEL_SENT]++;
    port_transmit(p, frame_new(buffer, (uint32_t)n));
    done++;
  }
  while (p->wire_tap >= 0 && done < budget) {
    ssize_t n = read(p->wire_tap, buffer, sizeof buffer);
    if (n <= 0) break;
    if (!p->knob[CARD_LINK_DOWN]) frame_put(p, &p->arriving, frame_new(buffer, (uint32_t)n));
    done++;
  }
  return done;
}

void ports_reset(void) {
  for (int i = 0; i < port_count; i++) {
    struct port* p = ports[i];
    queue_clear(&p->arriving);
    queue_clear(&p->left);
    queue_clear(&p->kernel);
    if (p->wire_tap >= 0) close(p->wire_tap);
    if (p->kernel_tap >= 0) close(p->kernel_tap);
    free(p);
    ports[i] = NULL;
  }
  port_count = 0;
  set_defaults();
}

/* ---- control ---- */

int card_port_create(const char* name, int ifindex, const uint8_t mac[6], int mtu) {
  CARD_LOCKED;
  if (strlen(name) >= sizeof ports[0]->name || mtu < 68 || mtu > 9216) return -EINVAL;
  if (port_by_name(name)) return -EEXIST;
  if (port_count == MAX_PORTS) return -ENOSPC;
  struct port* p = calloc(1, sizeof *p);
  if (!p) return -ENOMEM;
  p->number = port_count;
  strcpy(p->name, name);
  memcpy(p->mac, mac, 6);
  p->mtu = mtu;
  p->wire_tap = p->kernel_tap = -1;
  p->ifindex = ifindex ? ifindex : (int)if_nametoindex(name);
  if (!p->ifindex) p->ifindex = 10000 + p->number;
  memcpy(p->knob, defaults, sizeof defaults);
  ports[port_count++] = p;
  return p->number;
}

int card_port_find(const char* name) {
  CARD_LOCKED;
  struct port* p = port_by_name(name);
  return p ? p->number : -ENODEV;
}

int card_port_ifindex(int port) {
  CARD_LOCKED;
  struct port* p = port_of(port);
  return p ? p->ifindex : -ENODEV;
}

int card_ports_join(int port, int other) {
  CARD_LOCKED;
  struct port *a = port_of(port), *b = port_of(other);
  if (!a || !b) return -ENODEV;
  if (a == b || a->peer || b->peer || a->wire_tap >= 0 || b->wire_tap >= 0) return -EBUSY;
  a->peer = b;
  b->peer = a;
  return 0;
}

static int open_tap(const char* name) {
  struct ifreq request;
  if (strlen(name) >= IFNAMSIZ) return -EINVAL;
  int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return -errno;
  memset(&request, 0, sizeof request);
  request.ifr_flags = IFF_TAP | IFF_NO_PI;
  strcpy(request.ifr_name, name);
  if (ioctl(fd, TUNSETIFF, &request) < 0) {
    int error = errno;
    close(fd);
    return -error;
  }
  return fd;
}

int card_port_tap_wire(int port, const char* tap_name) {
  CARD_LOCKED;
  struct port* p = port_of(port);
  if (!p) return -ENODEV;
  if (p->peer || p->wire_tap >= 0) return -EBUSY;
  int fd = open_tap(tap_name);
  if (fd < 0) return fd;
  p->wire_tap = fd;
  return 0;
}

int card_port_tap_kernel(int port) {
  CARD_LOCKED;
  struct port* p = port_of(port);
  if (!p) return -ENODEV;
  if (p->kernel_tap >= 0) return -EBUSY;
  int fd = open_tap(p->name);
  if (fd < 0) return fd;
  p->kernel_tap = fd;
  p->ifindex = (int)if_nametoindex(p->name);
  int control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (control < 0) return 0;
  struct ifreq request;
  memset(&request, 0, sizeof request);
  strcpy(request.ifr_name, p->name);
  if (ioctl(control, SIOCGIFFLAGS, &request) == 0 && !(request.ifr_flags & IFF_UP)) {
    request.ifr_hwaddr.sa_family = 1; /* ARPHRD_ETHER */
    memcpy(request.ifr_hwaddr.sa_data, p->mac, 6);
    ioctl(control, SIOCSIFHWADDR, &request);
    request.ifr_mtu = p->mtu;
    ioctl(control, SIOCSIFMTU, &request);
  }
  close(control);
  return 0;
}

int card_inject(int port, const void* frame, int length) {
  CARD_LOCKED;
  struct port* p = port_of(port);
  if (!p) return -ENODEV;
  if (length < 1 || length > MAX_FRAME) return -EMSGSIZE;
  if (!p->knob[CARD_LINK_DOWN]) frame_put(p, &p->arriving, frame_new(frame, (uint32_t)length));
  return 0;
}

static int take(struct frame_queue* q, void* frame, int capacity) {
  if (!q->head) return -EAGAIN;
  if (q->head->length > (uint32_t)capacity) return -EMSGSIZE;
  struct frame* f = frame_next(q);
  int length = (int)f->length;
  memcpy(frame, f->data, f->length);
  free(f);
  return length;
}

int card_take(int port, void* frame, int capacity) {
  CARD_LOCKED;
  struct port* p = port_of(port);
  return p ? take(&p->left, frame, capacity) : -ENODEV;
}

int card_kernel_take(int port, void* frame, int capacity) {
  CARD_LOCKED;
  struct port* p = port_of(port);
  return p ? take(&p->kernel, frame, capacity) : -ENODEV;
}

int card_kernel_send(int port, const void* frame, int length) {
  CARD_LOCKED;
  struct port* p = port_of(port);
  if (!p) return -ENODEV;
  if (length < 1 || length > MAX_FRAME) return -EMSGSIZE;
  p->count[CARD_KERNEL_SENT]++;
  port_transmit(p, frame_new(frame, (uint32_t)length));
  return 0;
}

int card_set(int port, int knob, int64_t value) {
  CARD_LOCKED;
  if (knob < 0 || knob >= CARD_KNOBS || value < 0) return -EINVAL;
  if (port == -1) {
    defaults[knob] = value;
    for (int i = 0; i < port_count; i++) ports[i]->knob[knob] = value;
    return 0;
  }
  struct port* p = port_of(port);
  if (!p) return -ENODEV;
  p->knob[knob] = value;
  return 0;
}

int64_t card_get(int port, int knob) {
  CARD_LOCKED;
  if (knob < 0 || knob >= CARD_KNOBS) return -EINVAL;
  if (port == -1) return defaults[knob];
  struct port* p = port_of(port);
  return p ? p->knob[knob] : -ENODEV;
}

uint64_t card_count(int port, int counter) {
  CARD_LOCKED;
  uint64_t total = 0;
  if (counter < 0 || counter >= CARD_COUNTERS) return 0;
  for (int i = 0; i < port_count; i++) {
    if (port == -1 || port == i) total += ports[i]->count[counter];
  }
  return total;
}
