/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A wire with faults between two taps, each in a namespace of its own: what `lossy` measures senders over. What
 * near sends goes through all of it, in this order: loss, policer, a bottleneck with a queue that drops at
 * its tail, the delay. What far sends back is only delayed. Frames are plain, of at most 1514 bytes.
 *
 *	impair --near NETNS --far NETNS [--rtt MS] [--loss PERCENT] [--drop-every MS] [--reorder PERCENT --late MS] [--jitter MS]
 *	       [--gap N] [--rate MBIT --queue FRAMES] [--police MBIT --burst FRAMES] [--seed N]
 *
 * What comes back varies by up to the time that four frames take the bottleneck, in order: with a constant round trip
 * each flow would always meet the queue at the same point of its cycle, and who always comes when it is full loses all
 * ("On Traffic Phase Effects in Packet-Switched Gateways"). Jitter is added to each frame's delay; each Nth frame with data skips the delay, and with it those before it.
 * The device is called wire0 on both sides. Ends on SIGTERM; says then on standard error what it did.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "bench.h"

#define FRAME_MAX 1514
#define DATA_MIN (FRAME_MAX / 2)
#define PHASE_FRAMES 4
#define FLIGHT_MAX 65536u /* frames on their way, both ways together */

struct frame {
	uint64_t due_ns, order;
	int to;
	size_t len;
	uint8_t bytes[FRAME_MAX];
};

/* A heap by due time; equal ones in the order they came. */
static struct frame *flight[FLIGHT_MAX];
static unsigned in_flight;
static uint64_t arrivals;

static const char *near, *far;
static double rtt_ms, loss, drop_every_ms, reorder, late_ms, jitter_ms, gap, rate_mbit, police_mbit;
static double queue_frames = 1000, burst_frames = 10;
static uint64_t random_state = 1;
static uint64_t taken, lost, policed, tail_dropped, reordered;
static volatile sig_atomic_t stopping;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

/* splitmix64: the same seed, the same losses. */
static double chance(void)
{
	uint64_t z = random_state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return (double)((z ^ z >> 31) >> 11) / 9007199254740992.0;
}

static bool before(const struct frame *a, const struct frame *b)
{
	return a->due_ns != b->due_ns ? a->due_ns < b->due_ns : a->order < b->order;
}

static void flight_add(struct frame *f)
{
	unsigned i = in_flight++;

	for (; i && before(f, flight[(i - 1) / 2]); i = (i - 1) / 2)
		flight[i] = flight[(i - 1) / 2];
	flight[i] = f;
}

static struct frame *flight_take(void)
{
	struct frame *first = flight[0], *last = flight[--in_flight];
	unsigned i = 0, child;

	while ((child = 2 * i + 1) < in_flight) {
		if (child + 1 < in_flight && before(flight[child + 1], flight[child]))
			child++;
		if (!before(flight[child], last))
			break;
		flight[i] = flight[child];
		i = child;
	}
	flight[i] = last;
	return first;
}

/* A token bucket: true when the frame has to go. */
static bool polices(size_t len, uint64_t now)
{
	static double tokens = -1;
	static uint64_t filled_ns;
	double max = burst_frames * FRAME_MAX;

	if (tokens < 0)
		tokens = max;
	else
		tokens += (double)(now - filled_ns) * police_mbit / 8000;
	filled_ns = now;
	if (tokens > max)
		tokens = max;
	if (tokens < (double)len)
		return true;
	tokens -= (double)len;
	return false;
}

/* When the bottleneck has sent the frame; 0: its queue is full. */
static uint64_t bottleneck(size_t len, uint64_t now)
{
	static uint64_t busy_until_ns;
	uint64_t start = busy_until_ns > now ? busy_until_ns : now;

	if ((double)(start - now) * rate_mbit / 8000 > queue_frames * FRAME_MAX)
		return 0;
	return busy_until_ns = start + (uint64_t)((double)len * 8000 / rate_mbit);
}

/* One frame with data every so often, from the first on. */
static bool drop_is_due(size_t len, uint64_t now)
{
	static uint64_t next_ns;
	bool due = next_ns && now >= next_ns;

	if (drop_every_ms <= 0 || len < DATA_MIN)
		return false;
	if (due || !next_ns)
		next_ns = (next_ns ? next_ns : now) + (uint64_t)(drop_every_ms * 1e6);
	return due;
}

/* What happens to a frame from near; its due time, or 0 when it is no more. */
static uint64_t faults(size_t len, uint64_t now)
{
	uint64_t due = now;

	if (drop_is_due(len, now) || (loss > 0 && chance() * 100 < loss)) {
		lost++;
		return 0;
	}
	if (police_mbit > 0 && polices(len, now)) {
		policed++;
		return 0;
	}
	if (rate_mbit > 0 && (due = bottleneck(len, now)) == 0) {
		tail_dropped++;
		return 0;
	}
	if (reorder > 0 && chance() * 100 < reorder) {
		reordered++;
		due += (uint64_t)(late_ms * 1e6);
	}
	return due + (uint64_t)(jitter_ms > 0 ? chance() * jitter_ms * 1e6 : 0);
}

static uint64_t back_ns(uint64_t now)
{
	static uint64_t last_ns;
	uint64_t due = now + (uint64_t)(rate_mbit > 0 ? chance() * PHASE_FRAMES * FRAME_MAX * 8000 /
								rate_mbit
						      : 0);

	return last_ns = due > last_ns ? due : last_ns;
}

static uint64_t delay_ns(size_t len, bool faulty)
{
	static uint64_t n;

	if (faulty && gap > 0 && len >= DATA_MIN && ++n % (uint64_t)gap == 0) {
		reordered++;
		return 0;
	}
	return (uint64_t)(rtt_ms * 1e6 / 2);
}

/* Takes what is there, at most a batch. */
static void take(int from, int to, bool faulty)
{
	static struct frame *spare;

	for (unsigned i = 0; i < 64 && in_flight < FLIGHT_MAX; i++) {
		struct frame *f = spare ? spare : malloc(sizeof(*f));
		uint64_t now = bench_ns();
		ssize_t len;

		spare = f;
		if (!f)
			die("malloc");
		len = read(from, f->bytes, sizeof(f->bytes));
		if (len <= 0)
			return;
		taken++;
		f->len = (size_t)len;
		f->to = to;
		f->order = arrivals++;
		f->due_ns = faulty ? faults(f->len, now) : back_ns(now);
		if (!f->due_ns)
			continue;
		f->due_ns += delay_ns(f->len, faulty);
		flight_add(f);
		spare = NULL;
	}
}

static void deliver(void)
{
	while (in_flight && flight[0]->due_ns <= bench_ns()) {
		struct frame *f = flight_take();

		(void)!write(f->to, f->bytes, f->len);
		free(f);
	}
}

static int open_tap(const char *netns)
{
	struct ifreq ifr = { .ifr_flags = IFF_TAP | IFF_NO_PI };
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "/run/netns/%s", netns);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET))
		die(path);
	close(fd);
	fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	strcpy(ifr.ifr_name, "wire0");
	if (fd < 0 || ioctl(fd, TUNSETIFF, &ifr))
		die("wire0");
	return fd;
}

static void wait_for(int a, int b)
{
	struct pollfd fds[] = { { .fd = a, .events = POLLIN }, { .fd = b, .events = POLLIN } };
	struct timespec left = { .tv_sec = 1 };
	uint64_t now = bench_ns();

	if (in_flight) {
		uint64_t ns = flight[0]->due_ns > now ? flight[0]->due_ns - now : 0;

		left.tv_sec = (time_t)(ns / 1000000000u);
		left.tv_nsec = (long)(ns % 1000000000u);
	}
	ppoll(fds, 2, &left, NULL);
}

static void on_signal(int sig)
{
	(void)sig;
	stopping = 1;
}

static void parse(int argc, char **argv)
{
	static const struct {
		const char *name;
		double *value;
	} numbers[] = {
		{ "rtt", &rtt_ms },
		{ "loss", &loss },
		{ "reorder", &reorder },
		{ "late", &late_ms },
		{ "rate", &rate_mbit },
		{ "queue", &queue_frames },
		{ "police", &police_mbit },
		{ "burst", &burst_frames },
		{ "jitter", &jitter_ms },
		{ "drop-every", &drop_every_ms },
		{ "gap", &gap },
	};

	for (int i = 1; i + 1 < argc; i += 2) {
		bool known = false;

		if (strncmp(argv[i], "--", 2) != 0)
			break;
		for (unsigned k = 0; k < sizeof(numbers) / sizeof(numbers[0]); k++) {
			if (strcmp(argv[i] + 2, numbers[k].name) == 0) {
				*numbers[k].value = atof(argv[i + 1]);
				known = true;
			}
		}
		if (strcmp(argv[i], "--near") == 0)
			near = argv[i + 1];
		else if (strcmp(argv[i], "--far") == 0)
			far = argv[i + 1];
		else if (strcmp(argv[i], "--seed") == 0)
			random_state = strtoull(argv[i + 1], NULL, 0);
		else if (!known)
			exit(2);
	}
}

int main(int argc, char **argv)
{
	int a, b;

	parse(argc, argv);
	if (!near || !far || argc % 2 == 0) {
		fprintf(stderr,
			"impair: --near NETNS and --far NETNS, please; each option has a value\n");
		return 2;
	}
	prctl(PR_SET_TIMERSLACK, 1UL);
	signal(SIGTERM, on_signal);
	signal(SIGINT, on_signal);
	a = open_tap(near);
	b = open_tap(far);
	while (!stopping) {
		take(a, b, true);
		take(b, a, false);
		deliver();
		wait_for(a, b);
	}
	fprintf(stderr, "frames %llu lost %llu policed %llu tail %llu reordered %llu\n",
		(unsigned long long)taken, (unsigned long long)lost, (unsigned long long)policed,
		(unsigned long long)tail_dropped, (unsigned long long)reordered);
	return 0;
}
