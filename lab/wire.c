// SPDX-License-Identifier: Apache-2.0
/*
 * wire.c - user-space link emulator between two TAP devices.
 *
 *   A <---- wire ----> B          (each TAP may live in its own network namespace)
 *
 * Every frame read from one TAP passes, in this order, through
 *   random loss (Bernoulli) -> burst loss (Gilbert-Elliott) -> corruption -> duplication
 *   -> rate limiter with a drop-tail queue -> delay (+ jitter) -> reordering
 * and is then written to the other TAP.  All random decisions come from one
 * xorshift generator per direction, seeded from --seed: the k-th frame of a
 * direction always meets the same fate, whatever the timing.
 *
 * Single thread, poll(2) + ppoll timeouts, no dependencies.
 *   cc -O2 -Wall -Wextra -o wire wire.c
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#define MAXFRAME 66000

static volatile sig_atomic_t stop_flag, dump_flag;
static void on_stop(int s) { (void)s; stop_flag = 1; }
static void on_dump(int s) { (void)s; dump_flag = 1; }

static int64_t now_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

struct rng { uint64_t s; };
static uint64_t rnd(struct rng *r)
{
	uint64_t x = r->s;			/* xorshift64* */
	x ^= x >> 12; x ^= x << 25; x ^= x >> 27;
	r->s = x;
	return x * 2685821657736338717ULL;
}
static double rnd01(struct rng *r) { return (double)(rnd(r) >> 11) / 9007199254740992.0; }
static void seed_rng(struct rng *r, uint64_t seed)
{
	uint64_t z = seed + 0x9e3779b97f4a7c15ULL;	/* splitmix64 */
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	r->s = z ^ (z >> 31);
	if (!r->s) r->s = 88172645463325252ULL;
}

struct conf {
	double delay_ms, jitter_ms;	/* one-way */
	double loss;			/* probability */
	double gp, gr, gk, gh;		/* Gilbert-Elliott: p(good->bad) r(bad->good), loss in good, loss in bad */
	int gilbert;
	double dup, corrupt;
	double reorder, reorder_ms;	/* frame held back this much longer */
	double rate_mbit;		/* 0 = unlimited */
	int64_t queue_bytes;		/* bottleneck buffer */
	int queue_pkts;
	int skip;			/* first N frames are left alone */
	int arp_safe;			/* never touch non-IP frames */
};

struct pkt { int64_t due; uint64_t seq; int len; uint8_t *buf; };

struct dir {
	const char *name;
	struct conf c;
	struct rng rng;
	int in, out;
	int bad;			/* Gilbert state */
	int64_t link_free;		/* when the bottleneck becomes idle */
	int64_t last_due;		/* keeps FIFO order under jitter */
	struct pkt *heap; int n, cap;	/* min-heap on due,seq */
	uint64_t seq;
	/* queue accounting: departure times from the rate limiter */
	struct { int64_t t; int len; } *q; int qh, qn, qcap; int64_t qbytes;
	uint64_t rx, rxb, tx, txb, lost, burst, qdrop, dupd, corr, reord, wfail, nomem;
	int64_t maxq, maxlate;		/* most bytes in the queue; furthest that a frame left behind its time */
};

/* frame buffers come from a free list */
static uint8_t **freelist; static int nfree, capfree;
static uint8_t *buf_get(int len)
{
	if (len <= 2048 && nfree) return freelist[--nfree];
	return malloc(len <= 2048 ? 2048 : (size_t)len);
}
static void buf_put(uint8_t *b, int len)
{
	if (len <= 2048 && nfree < 65536) {
		if (nfree == capfree) {
			int nc = capfree ? capfree * 2 : 1024;
			uint8_t **nf = realloc(freelist, nc * sizeof *nf);
			if (!nf) { free(b); return; }
			freelist = nf; capfree = nc;
		}
		freelist[nfree++] = b;
	} else free(b);
}

static int less(const struct pkt *a, const struct pkt *b)
{
	return a->due != b->due ? a->due < b->due : a->seq < b->seq;
}
static int heap_push(struct dir *d, struct pkt p)
{
	if (d->n == d->cap) {
		int nc = d->cap ? d->cap * 2 : 4096;
		struct pkt *h = realloc(d->heap, nc * sizeof *h);
		if (!h) return -1;
		d->heap = h; d->cap = nc;
	}
	int i = d->n++;
	while (i && less(&p, &d->heap[(i - 1) / 2])) { d->heap[i] = d->heap[(i - 1) / 2]; i = (i - 1) / 2; }
	d->heap[i] = p;
	return 0;
}
static struct pkt heap_pop(struct dir *d)
{
	struct pkt top = d->heap[0], last = d->heap[--d->n];
	int i = 0;
	for (;;) {
		int k = 2 * i + 1;
		if (k >= d->n) break;
		if (k + 1 < d->n && less(&d->heap[k + 1], &d->heap[k])) k++;
		if (!less(&d->heap[k], &last)) break;
		d->heap[i] = d->heap[k]; i = k;
	}
	if (d->n) d->heap[i] = last;
	return top;
}

static void q_expire(struct dir *d, int64_t now)
{
	while (d->qn && d->q[d->qh].t <= now) {
		d->qbytes -= d->q[d->qh].len;
		d->qh = (d->qh + 1) % d->qcap; d->qn--;
	}
}
static int q_add(struct dir *d, int64_t t, int len)
{
	if (d->qn == d->qcap) {
		int nc = d->qcap ? d->qcap * 2 : 4096;
		void *m = malloc(nc * sizeof *d->q);
		if (!m) return -1;
		for (int i = 0; i < d->qn; i++)
			memcpy((char *)m + i * sizeof *d->q, &d->q[(d->qh + i) % d->qcap], sizeof *d->q);
		free(d->q); d->q = m; d->qh = 0; d->qcap = nc;
	}
	int i = (d->qh + d->qn) % d->qcap;
	d->q[i].t = t; d->q[i].len = len; d->qn++; d->qbytes += len;
	if (d->qbytes > d->maxq) d->maxq = d->qbytes;
	return 0;
}

static void enqueue(struct dir *d, const uint8_t *b, int len, int64_t now, int untouched, double u_reord, double u_jit)
{
	int64_t t = now;
	if (d->c.rate_mbit > 0) {
		q_expire(d, now);
		if (d->qbytes + len > d->c.queue_bytes || (d->c.queue_pkts && d->qn >= d->c.queue_pkts)) { d->qdrop++; return; }
		if (d->link_free < now) d->link_free = now;
		/* 24 octets of preamble, FCS and gap are charged like on real Ethernet */
		d->link_free += (int64_t)((len + 24) * 8 * 1000.0 / d->c.rate_mbit);
		t = d->link_free;
		if (q_add(d, t, len)) { d->nomem++; return; }
	}
	t += (int64_t)(d->c.delay_ms * 1e6);
	if (d->c.jitter_ms > 0) t += (int64_t)(u_jit * d->c.jitter_ms * 1e6);
	if (!untouched && u_reord < d->c.reorder) {
		t += (int64_t)(d->c.reorder_ms * 1e6);
		d->reord++;
	} else {
		if (t < d->last_due) t = d->last_due;	/* jitter alone never reorders */
		d->last_due = t;
	}
	uint8_t *nb = buf_get(len);
	if (!nb) { d->nomem++; return; }
	memcpy(nb, b, len);
	struct pkt p = { t, d->seq++, len, nb };
	if (heap_push(d, p)) { buf_put(nb, len); d->nomem++; }
}

static void frame_in(struct dir *d, uint8_t *b, int len, int64_t now)
{
	d->rx++; d->rxb += len;
	/* a fixed number of draws per frame, so that one option does not shift another's stream */
	double u_loss = rnd01(&d->rng), u_ge1 = rnd01(&d->rng), u_ge2 = rnd01(&d->rng);
	double u_corr = rnd01(&d->rng), u_dup = rnd01(&d->rng), u_reord = rnd01(&d->rng), u_jit = rnd01(&d->rng);
	uint64_t r_pos = rnd(&d->rng);
	int ip = len >= 14 && ((b[12] == 0x08 && b[13] == 0x00) || (b[12] == 0x86 && b[13] == 0xdd));
	int untouched = d->rx <= (uint64_t)d->c.skip || (d->c.arp_safe && !ip);

	if (!untouched) {
		if (u_loss < d->c.loss) { d->lost++; return; }
		if (d->c.gilbert) {
			if (d->bad) { if (u_ge1 < d->c.gr) d->bad = 0; }
			else        { if (u_ge1 < d->c.gp) d->bad = 1; }
			if (u_ge2 < (d->bad ? d->c.gh : d->c.gk)) { d->burst++; return; }
		}
		if (u_corr < d->c.corrupt && len > 14) {
			int bit = r_pos % ((uint64_t)(len - 14) * 8);	/* never the Ethernet header */
			b[14 + bit / 8] ^= 1u << (bit % 8);
			d->corr++;
		}
	}
	enqueue(d, b, len, now, untouched, u_reord, u_jit);
	if (!untouched && u_dup < d->c.dup) { d->dupd++; enqueue(d, b, len, now, untouched, 2.0, u_jit); }
}

static void flush_due(struct dir *d, int64_t now)
{
	while (d->n && d->heap[0].due <= now) {
		struct pkt p = heap_pop(d);
		if (now - p.due > d->maxlate) d->maxlate = now - p.due;
		ssize_t w = write(d->out, p.buf, p.len);
		if (w == p.len) { d->tx++; d->txb += p.len; } else d->wfail++;
		buf_put(p.buf, p.len);
	}
}

static int tap_open(const char *spec)
{
	/* NETNS:IFNAME or IFNAME; the device is created if absent */
	char ns[64] = "", dev[IFNAMSIZ] = "";
	const char *c = strchr(spec, ':');
	if (c) { snprintf(ns, sizeof ns, "%.*s", (int)(c - spec), spec); snprintf(dev, sizeof dev, "%s", c + 1); }
	else snprintf(dev, sizeof dev, "%s", spec);
	int self = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (*ns) {
		char path[128];
		snprintf(path, sizeof path, "/var/run/netns/%s", ns);
		int n = open(path, O_RDONLY | O_CLOEXEC);
		if (n < 0 || setns(n, CLONE_NEWNET)) { fprintf(stderr, "wire: netns %s: %s\n", ns, strerror(errno)); exit(1); }
		close(n);
	}
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0) { perror("wire: /dev/net/tun"); exit(1); }
	struct ifreq ifr; memset(&ifr, 0, sizeof ifr);
	ifr.ifr_flags = IFF_TAP | IFF_NO_PI;
	memcpy(ifr.ifr_name, dev, IFNAMSIZ);
	if (ioctl(fd, TUNSETIFF, &ifr)) { fprintf(stderr, "wire: TUNSETIFF %s: %s\n", spec, strerror(errno)); exit(1); }
	if (*ns && setns(self, CLONE_NEWNET)) { perror("wire: setns back"); exit(1); }
	close(self);
	return fd;
}

static void stats(struct dir *d)
{
	fprintf(stderr, "%s rx=%" PRIu64 " rxB=%" PRIu64 " tx=%" PRIu64 " txB=%" PRIu64 " loss=%" PRIu64 " burst=%" PRIu64
		" qdrop=%" PRIu64 " dup=%" PRIu64 " corrupt=%" PRIu64 " reorder=%" PRIu64 " werr=%" PRIu64 " nomem=%" PRIu64
		" held=%d maxq=%" PRId64 " maxlate_us=%" PRId64 "\n", d->name, d->rx, d->rxb, d->tx, d->txb, d->lost, d->burst, d->qdrop, d->dupd,
		d->corr, d->reord, d->wfail, d->nomem, d->n, d->maxq, d->maxlate / 1000);
}

static void usage(void)
{
	fputs("usage: wire -a [NETNS:]TAP -b [NETNS:]TAP [options]\n"
	"  options act on both directions; after --ab (or --ba) on A->B (or B->A) only\n"
	"  --delay MS       one-way delay           --jitter MS      uniform 0..MS added, order kept\n"
	"  --loss PCT       independent loss        --gilbert P,R[,H[,K]]  percent: good->bad, bad->good,\n"
	"                                           loss in bad (100), loss in good (0)\n"
	"  --dup PCT        duplicate               --corrupt PCT    flip one bit after the Ethernet header\n"
	"  --reorder PCT    hold back that share    --reorder-by MS  by this much (default 2)\n"
	"  --rate MBIT      bottleneck              --queue BYTES    its buffer (default 150000)\n"
	"  --queue-pkts N   and/or in frames        --skip N         leave the first N frames alone\n"
	"  --seed N         default 1               --arp            impair non-IP frames too\n"
	"  --both --ab --ba choose the direction    --time SEC       stop after\n"
	"  SIGUSR1 prints counters; they are also printed at exit\n", stderr);
	exit(2);
}

int main(int argc, char **argv)
{
	static const struct option lo[] = {
		{"delay",1,0,1},{"jitter",1,0,2},{"loss",1,0,3},{"gilbert",1,0,4},{"dup",1,0,5},{"corrupt",1,0,6},
		{"reorder",1,0,7},{"reorder-by",1,0,8},{"rate",1,0,9},{"queue",1,0,10},{"queue-pkts",1,0,11},
		{"skip",1,0,12},{"seed",1,0,13},{"arp",0,0,14},{"both",0,0,15},{"ab",0,0,16},{"ba",0,0,17},{"time",1,0,18},
		{"help",0,0,'h'},{0,0,0,0} };
	struct dir D[2]; memset(D, 0, sizeof D);
	const char *ta = NULL, *tb = NULL; uint64_t seed = 1; double secs = 0; int lo_i = 0, hi_i = 1, c;
	for (int i = 0; i < 2; i++) { D[i].c.reorder_ms = 2; D[i].c.queue_bytes = 150000; D[i].c.gh = 1; D[i].c.arp_safe = 1; }
#define EACH for (int i = lo_i; i <= hi_i; i++)
	while ((c = getopt_long(argc, argv, "a:b:h", lo, NULL)) != -1) switch (c) {
	case 'a': ta = optarg; break;
	case 'b': tb = optarg; break;
	case 1: EACH D[i].c.delay_ms = atof(optarg); break;
	case 2: EACH D[i].c.jitter_ms = atof(optarg); break;
	case 3: EACH D[i].c.loss = atof(optarg) / 100; break;
	case 4: { double p = 0, r = 100, h = 100, k = 0;
		if (sscanf(optarg, "%lf,%lf,%lf,%lf", &p, &r, &h, &k) < 2) usage();
		EACH { D[i].c.gilbert = 1; D[i].c.gp = p/100; D[i].c.gr = r/100; D[i].c.gh = h/100; D[i].c.gk = k/100; } break; }
	case 5: EACH D[i].c.dup = atof(optarg) / 100; break;
	case 6: EACH D[i].c.corrupt = atof(optarg) / 100; break;
	case 7: EACH D[i].c.reorder = atof(optarg) / 100; break;
	case 8: EACH D[i].c.reorder_ms = atof(optarg); break;
	case 9: EACH D[i].c.rate_mbit = atof(optarg); break;
	case 10: EACH D[i].c.queue_bytes = atoll(optarg); break;
	case 11: EACH D[i].c.queue_pkts = atoi(optarg); break;
	case 12: EACH D[i].c.skip = atoi(optarg); break;
	case 13: seed = strtoull(optarg, NULL, 0); break;
	case 14: EACH D[i].c.arp_safe = 0; break;
	case 15: lo_i = 0; hi_i = 1; break;
	case 16: lo_i = hi_i = 0; break;
	case 17: lo_i = hi_i = 1; break;
	case 18: secs = atof(optarg); break;
	default: usage();
	}
	if (!ta || !tb || optind != argc) usage();
	int fa = tap_open(ta), fb = tap_open(tb);
	D[0].name = "a->b"; D[0].in = fa; D[0].out = fb; seed_rng(&D[0].rng, seed * 2);
	D[1].name = "b->a"; D[1].in = fb; D[1].out = fa; seed_rng(&D[1].rng, seed * 2 + 1);
	struct sigaction sa; memset(&sa, 0, sizeof sa);
	sa.sa_handler = on_stop; sigaction(SIGINT, &sa, NULL); sigaction(SIGTERM, &sa, NULL);
	sa.sa_handler = on_dump; sigaction(SIGUSR1, &sa, NULL);
	signal(SIGPIPE, SIG_IGN);
	prctl(PR_SET_TIMERSLACK, 1);
	mlockall(MCL_CURRENT);
	static uint8_t fr[MAXFRAME];
	int64_t t_end = secs > 0 ? now_ns() + (int64_t)(secs * 1e9) : INT64_MAX;
	fprintf(stderr, "wire: %s <-> %s seed %" PRIu64 " ready\n", ta, tb, seed);

	while (!stop_flag) {
		int64_t now = now_ns();
		if (now >= t_end) break;
		flush_due(&D[0], now); flush_due(&D[1], now);
		int64_t next = t_end;
		for (int i = 0; i < 2; i++) if (D[i].n && D[i].heap[0].due < next) next = D[i].heap[0].due;
		struct pollfd pf[2] = { { fa, POLLIN, 0 }, { fb, POLLIN, 0 } };
		struct timespec ts, *tp = NULL;
		if (next != INT64_MAX) {
			int64_t w = next - now_ns(); if (w < 0) w = 0;
			ts.tv_sec = w / 1000000000; ts.tv_nsec = w % 1000000000; tp = &ts;
		}
		int r = ppoll(pf, 2, tp, NULL);
		if (dump_flag) { dump_flag = 0; stats(&D[0]); stats(&D[1]); }
		if (r < 0 && errno != EINTR) { perror("wire: ppoll"); break; }
		if (r <= 0) continue;
		for (int i = 0; i < 2; i++) {
			if (!(pf[i].revents & (POLLIN | POLLERR | POLLHUP))) continue;
			for (int k = 0; k < 64; k++) {			/* bounded batch: the other side must not starve */
				ssize_t n = read(D[i].in, fr, sizeof fr);
				if (n <= 0) {
					if (n < 0 && errno != EAGAIN && errno != EINTR && errno != EIO) { perror("wire: read"); stop_flag = 1; }
					if (n < 0 && errno == EIO) usleep(1000);	/* interface is down */
					break;
				}
				frame_in(&D[i], fr, (int)n, now_ns());
			}
		}
	}
	stats(&D[0]); stats(&D[1]);
	return 0;
}
