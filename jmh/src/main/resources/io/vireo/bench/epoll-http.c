// SPDX-License-Identifier: Apache-2.0
/*
 * epoll-http.c - what Vireo's HTTP server is compared with: the same answer from one thread on the kernel's TCP, by epoll.
 *
 *   epoll-http ADDRESS PORT
 *       serves until its standard input ends, or it is killed; each empty line ends a request
 *   cc -O2 -Wall -Wextra -o epoll-http epoll-http.c
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define EVENTS 256
#define DESCRIPTORS 65536
#define PIPELINED 64

static const char answer[] = "HTTP/1.1 200 OK\r\nServer: Vireo\r\nContent-Type: text/plain\r\nContent-Length: 42\r\n\r\n"
	"Hello from Vireo, a TCP/IP stack in Java.\n";
static uint32_t last_four[DESCRIPTORS]; /* the last four bytes read, which may be half of an end of request */
static char output[PIPELINED * sizeof answer];

static void die(const char *what)
{
	fprintf(stderr, "epoll-http: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void watch(int epoll, int fd)
{
	struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };
	if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) && errno != EPERM) die("epoll_ctl");
}

static int serve(int fd)
{
	char input[4096]; /* 64 requests of the shortest possible kind, "GET / HTTP/1.1", an empty line, at most are answered at once */
	ssize_t length = read(fd, input, sizeof input);
	size_t answers = 0, size = sizeof answer - 1;
	if (length <= 0) return length < 0 && errno == EAGAIN ? 0 : -1;
	uint32_t last = last_four[fd];
	for (ssize_t i = 0; i < length; i++) {
		last = last << 8 | (unsigned char)input[i];
		if (last == 0x0d0a0d0a) {
			if (answers == PIPELINED) return -1;
			memcpy(output + answers++ * size, answer, size);
		}
	}
	last_four[fd] = last;
	return answers && write(fd, output, answers * size) != (ssize_t)(answers * size) ? -1 : 0;
}

int main(int argc, char **argv)
{
	struct sockaddr_in own = { .sin_family = AF_INET };
	struct epoll_event events[EVENTS];
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), epoll = epoll_create1(EPOLL_CLOEXEC), on = 1;
	if (argc != 3 || inet_pton(AF_INET, argv[1], &own.sin_addr) != 1) {
		fprintf(stderr, "usage: epoll-http ADDRESS PORT\n");
		return 2;
	}
	own.sin_port = htons((unsigned short)atoi(argv[2]));
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (bind(listener, (struct sockaddr *)&own, sizeof own) || listen(listener, 1024)) die("listen");
	watch(epoll, listener);
	watch(epoll, 0);
	for (;;) {
		int count = epoll_wait(epoll, events, EVENTS, -1);
		if (count < 0 && errno != EINTR) die("epoll_wait");
		for (int i = 0; i < count; i++) {
			int fd = events[i].data.fd;
			if (fd == 0) {
				if (read(0, output, sizeof output) <= 0) return 0;
			} else if (fd == listener) {
				int accepted = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
				if (accepted < 0) continue;
				if (accepted >= DESCRIPTORS) { close(accepted); continue; }
				setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
				last_four[accepted] = 0;
				watch(epoll, accepted);
			} else if (serve(fd)) {
				close(fd);
			}
		}
	}
}
