/*
 * A port between two TAP devices, in a network namespace of its own. Needs root; says "skipped" without. As double_test.c:
 *
 *   cc -g -Wall -Wextra -o /tmp/tap-test selftest/tap_test.c /tmp/double-92.so -ldl && /tmp/tap-test /tmp/double-92.so
 */
#include "nic.h"

#include <arpa/inet.h>
#include <linux/if.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

unsigned if_nametoindex(const char*);

static int up(const char* name) {
  struct ifreq r;
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  memset(&r, 0, sizeof r);
  strcpy(r.ifr_name, name);
  int rc = ioctl(fd, SIOCGIFFLAGS, &r);
  r.ifr_flags |= IFF_UP;
  if (rc == 0) rc = ioctl(fd, SIOCSIFFLAGS, &r);
  close(fd);
  return rc;
}

/* The kernel's end of a TAP: what it sends goes to the card, what the card writes is received. */
static int packet_socket(const char* name) {
  int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, htons(ETH_P_ALL));
  struct sockaddr_ll at = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = (int)if_nametoindex(name)};
  CHECK_EQ(0, bind(fd, (struct sockaddr*)&at, sizeof at));
  return fd;
}

/* Skips what the kernel says by itself, such as neighbour discovery, and what this socket has sent. */
static int receive(int fd, uint8_t* f, const uint8_t* expected, int length) {
  struct sockaddr_ll from;
  socklen_t size = sizeof from;
  int n;
  while ((n = (int)recvfrom(fd, f, 2048, 0, (struct sockaddr*)&from, &size)) > 0) {
    if (from.sll_pkttype != PACKET_OUTGOING && n == length && memcmp(f, expected, (size_t)length) == 0) return n;
  }
  return n;
}

int main(int count, char** arguments) {
  if (count < 2 || !probe(arguments[1])) return 2;
  if (unshare(CLONE_NEWNET) != 0) {
    printf("skipped: no right to make a network namespace\n");
    return 0;
  }
  section = "TAP";
  card_reset();
  CHECK_EQ(0, card_port_create("sfc0", 0, mac_a, 1400));
  CHECK_EQ(0, card_port_tap_kernel(0));
  CHECK_EQ(0, card_port_tap_wire(0, "wire0"));
  CHECK_EQ(-EBUSY, card_port_tap_wire(0, "wire1"));
  CHECK_EQ(if_nametoindex("sfc0"), card_port_ifindex(0));
  CHECK_EQ(0, up("sfc0"));
  CHECK_EQ(0, up("wire0"));
  struct ifreq r;
  memset(&r, 0, sizeof r);
  strcpy(r.ifr_name, "sfc0");
  int wire = packet_socket("wire0"), kernel = packet_socket("sfc0");
  CHECK_EQ(0, ioctl(wire, SIOCGIFHWADDR, &r));
  CHECK_EQ(0, memcmp(r.ifr_hwaddr.sa_data, mac_a, 6));

  nic a;
  event e[16];
  uint8_t f[2048], got[2048];
  uint32_t ids[64];
  nic_open(&a, "sfc0", 0, 32);
  CHECK_EQ(0, filter_udp(&a, host(2), 5000, NULL));
  while (card_run(100)) continue;
  int (*prime)(void*, int, unsigned) = SYMBOL(int, "ef_vi_prime", void*, int, unsigned);
  CHECK_EQ(0, prime(a.vi, a.dh, current_event(a.vi)));
  int length = (int)checked_frame(f, 5000, 100);
  CHECK_EQ(length, send(wire, f, (size_t)length, 0));
  struct pollfd sleeper = {a.dh, POLLIN, 0};
  CHECK_EQ(1, poll(&sleeper, 1, 1000));
  card_run(100);
  CHECK_EQ(1, poll_events(a.vi, e, 16));
  CHECK_EQ(0, memcmp(buffer_at(&a, 0) + a.prefix, f, (size_t)length));

  length = (int)checked_frame(f, 5001, 100); /* no filter takes it */
  CHECK_EQ(length, send(wire, f, (size_t)length, 0));
  card_run(100);
  CHECK_EQ(length, receive(kernel, got, f, length));

  length = (int)checked_frame(f, 7, 90); /* the kernel's own traffic */
  CHECK_EQ(length, send(kernel, f, (size_t)length, 0));
  card_run(100);
  CHECK_EQ(length, receive(wire, got, f, length));

  length = (int)checked_frame(f, 8, 80);
  memcpy(buffer_at(&a, TX_FIRST), f, (size_t)length);
  CHECK_EQ(0, transmit(a.vi, address(&a, TX_FIRST), length, 5));
  card_run(100), card_run(100);
  CHECK_EQ(length, receive(wire, got, f, length));
  CHECK_EQ(1, poll_events(a.vi, e, 16));
  CHECK_EQ(1, tx_ids(&a, e[0], ids));
  nic_close(&a);
  NO_MISUSE();
  nothing_alive();
  card_reset();
  printf("%d checks, %d failures\n", checks, failures);
  return failures != 0;
}
