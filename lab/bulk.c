// SPDX-License-Identifier: Apache-2.0
/*
 * bulk.c - one bulk transfer on the kernel's TCP, and what it made of it, in lines of key=value.
 *
 *   bulk send [-c ALGORITHM] [-s SECONDS] [-l LIMIT] HOST PORT
 *       writes for so many seconds, finishes, waits for the peer's end; retransmissions by TCP_INFO
 *   bulk receive [-s SECONDS] [-w WARM] [-l LIMIT] PORT
 *       one connection, up to its end of input; window_mbit: from WARM to SECONDS after it was accepted
 *   bulk has ALGORITHM
 *       whether this kernel lets us choose it: exit status 0 or 1
 *
 * Blocking sockets; whatever happens, it ends LIMIT seconds (60) after it connected or accepted, and says end=limit. To connect or
 * accept, it tries for a minute.
 *   cc -O2 -Wall -Wextra -o bulk bulk.c
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define BLOCK 65536
#define PATIENCE 60

static char block[BLOCK];
static double limit = 60, seconds = 10, warm;

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static void die(const char *what)
{
	fprintf(stderr, "bulk: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* A call on the socket that takes longer comes back with EAGAIN, so that the clock is looked at. */
static int tcp_socket(void)
{
	struct timeval patience = { 0, 50000 };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
	if (fd < 0) die("socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
	return fd;
}

static int later(void) { return errno == EAGAIN || errno == EINTR || errno == EINPROGRESS || errno == EALREADY; }

static double mbit(double bytes, double time) { return time > 0 ? bytes * 8 / 1e6 / time : 0; }

static int algorithm(int fd, const char *name)
{
	return setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, strlen(name));
}

static int send_all(const char *name, const char *host, const char *port)
{
	struct sockaddr_in peer = { .sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(port)) };
	if (inet_pton(AF_INET, host, &peer.sin_addr) != 1) { fprintf(stderr, "bulk: no address: %s\n", host); return 2; }
	int fd = tcp_socket();
	double begin = now();
	if (name && algorithm(fd, name)) die(name);
	while (connect(fd, (struct sockaddr *)&peer, sizeof peer) && errno != EISCONN) {
		if (!later() || now() - begin > PATIENCE) die("connect");
		usleep(1000);
	}
	const char *end = "closed";
	long long bytes = 0;
	double start = now();
	while (now() - start < seconds) {
		ssize_t n = send(fd, block, BLOCK, MSG_NOSIGNAL);
		if (n > 0) bytes += n;
		else if (!later()) die("send");
	}
	shutdown(fd, SHUT_WR);
	for (;;) {
		ssize_t n = recv(fd, block, BLOCK, 0);
		if (n == 0) break;
		if (n < 0 && !later()) die("recv");
		if (now() - start > limit) { end = "limit"; break; }
	}
	double time = now() - start;
	struct tcp_info info;
	socklen_t size = sizeof info;
	memset(&info, 0, sizeof info);
	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size)) die("TCP_INFO");
	char used[16] = "?";
	size = sizeof used;
	getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, used, &size);
	printf("command=send end=%s algorithm=%s bytes=%lld seconds=%.6f mbit=%.3f retransmitted=%u rtt_us=%u dsacks=%u reorderings=%u\n", end, used, bytes, time, mbit(bytes, time), info.tcpi_total_retrans,
		info.tcpi_rtt, info.tcpi_dsack_dups, info.tcpi_reord_seen);
	return 0;
}

static int receive_all(const char *port)
{
	struct sockaddr_in own = { .sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(port)) };
	int listener = tcp_socket(), fd;
	double begin = now();
	if (bind(listener, (struct sockaddr *)&own, sizeof own) || listen(listener, 1)) die("listen");
	printf("listening\n");
	fflush(stdout);
	while ((fd = accept(listener, NULL, NULL)) < 0)
		if (!later() || now() - begin > PATIENCE) die("accept");
	printf("accepted\n");
	fflush(stdout);
	struct timeval patience = { 0, 50000 };
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	const char *end = "eof";
	long long bytes = 0, window = 0;
	double start = now(), at;
	for (;;) {
		ssize_t n = recv(fd, block, BLOCK, 0);
		at = now() - start;
		if (n == 0) break;
		if (n < 0 && !later()) { end = "error"; break; }
		if (n > 0) bytes += n;
		if (n > 0 && at >= warm && at < seconds) window += n;
		if (at > limit) { end = "limit"; break; }
	}
	printf("command=receive end=%s bytes=%lld seconds=%.6f mbit=%.3f window_mbit=%.3f\n", end, bytes, at, mbit(bytes, at),
		mbit(window, seconds - warm));
	return 0;
}

int main(int argc, char **argv)
{
	const char *command = argc > 1 ? argv[1] : "", *name = NULL;
	int option;
	optind = 2;
	while (argc > 1 && (option = getopt(argc, argv, "c:s:w:l:")) != -1) switch (option) {
	case 'c': name = optarg; break;
	case 's': seconds = atof(optarg); break;
	case 'w': warm = atof(optarg); break;
	case 'l': limit = atof(optarg); break;
	default: return 2;
	}
	if (!strcmp(command, "send") && argc - optind == 2) return send_all(name, argv[optind], argv[optind + 1]);
	if (!strcmp(command, "receive") && argc - optind == 1) return receive_all(argv[optind]);
	if (!strcmp(command, "has") && argc - optind == 1) return algorithm(tcp_socket(), argv[optind]) != 0;
	fprintf(stderr, "usage: bulk send|receive|has ...: see the beginning of bulk.c\n");
	return 2;
}
