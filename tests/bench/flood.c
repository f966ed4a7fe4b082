/* SPDX-License-Identifier: Apache-2.0 */
/*
 * As many small datagrams as an interface takes, for a router to send on:
 *
 *	flood INTERFACE MAC 4|6 [--flows N] [--seconds S] [--cpu N] [--drain TAP]
 *
 * To the router's MAC, from 10.0.1.2 to N of 10.9.0.0/16 (fd00:1::2 to fd00:9::/64) in turns, with 64
 * bytes of UDP payload. They go by a packet socket past the queue of the interface; with --drain INTERFACE
 * and TAP are taps of the kernel that is the router: frames are written to the device of the one, as if they
 * came over its wire, and read from that of the other. A figure goes to standard
 * output, alone: how many were sent a second. Who receives them counts for itself.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"
#include "core/checksum.h"
#include "wire/ether.h"
#include "wire/ipv4.h"
#include "wire/ipv6.h"

#define PAYLOAD 64u
#define BATCH 64u
#define FLOWS_MAX 200u

struct frame {
	struct sea_ether_hdr eth;
	uint8_t rest[sizeof(struct sea_ipv6_hdr) + 8 + PAYLOAD];
};

static struct frame frames[FLOWS_MAX];

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void fill_udp(uint8_t *udp)
{
	sea_put16(udp, 9);
	sea_put16(udp + 2, 9);
	sea_put16(udp + 4, 8 + PAYLOAD);
}

/* The length of the frame. */
static size_t fill4(struct frame *f, unsigned flow)
{
	struct sea_ipv4_hdr ip = { .ver_ihl = 0x45,
				   .total_len = sea_be16_of(sizeof(ip) + 8 + PAYLOAD),
				   .ttl = 64,
				   .proto = IPPROTO_UDP,
				   .src = { { 10, 0, 1, 2 } },
				   .dst = { { 10, 9, 0, (uint8_t)flow } } };

	f->eth.type = sea_be16_of(SEA_ETHERTYPE_IPV4);
	sea_csum_put(&ip.sum, (uint16_t)~sea_csum_fold(sea_csum_ipv4(&ip, sizeof(ip))));
	memcpy(f->rest, &ip, sizeof(ip));
	fill_udp(f->rest + sizeof(ip)); /* no checksum */
	return sizeof(f->eth) + sizeof(ip) + 8 + PAYLOAD;
}

static size_t fill6(struct frame *f, unsigned flow)
{
	struct sea_ipv6_hdr ip = { .ver_class_flow = sea_be32_of(6u << 28),
				   .payload_len = sea_be16_of(8 + PAYLOAD),
				   .next = IPPROTO_UDP,
				   .hop_limit = 64,
				   .src = { 0xfd, 0, 0, 1, [15] = 2 },
				   .dst = { 0xfd, 0, 0, 9, [15] = (uint8_t)flow } };

	f->eth.type = sea_be16_of(SEA_ETHERTYPE_IPV6);
	memcpy(f->rest, &ip, sizeof(ip));
	fill_udp(f->rest + sizeof(ip)); /* a router does not look at it */
	return sizeof(f->eth) + sizeof(ip) + 8 + PAYLOAD;
}

static int open_interface(const char *name)
{
	struct sockaddr_ll at = { .sll_family = AF_PACKET,
				  .sll_ifindex = (int)if_nametoindex(name) };
	int fd = socket(AF_PACKET, SOCK_RAW, 0), one = 1;

	if (fd < 0 || !at.sll_ifindex || bind(fd, (struct sockaddr *)&at, sizeof(at)))
		die(name);
	(void)setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &one, sizeof(one));
	return fd;
}

static int open_tap(const char *name)
{
	struct ifreq ifr = { .ifr_flags = IFF_TAP | IFF_NO_PI };
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK);

	strncpy(ifr.ifr_name, name, sizeof(ifr.ifr_name) - 1);
	if (fd < 0 || ioctl(fd, TUNSETIFF, &ifr))
		die(name);
	return fd;
}

/* Where frames go in, what they are, and, of taps, where they come out. */
struct flood {
	int fd, drain_fd;
	size_t len;
	unsigned flows;
};

/* A batch from the `sent`th frame on; how many were taken. Where the interface is full, none. */
static unsigned send_batch(const struct flood *f, uint64_t sent)
{
	struct mmsghdr msgs[BATCH] = { 0 };
	struct iovec iov[BATCH];
	int n;

	for (unsigned i = 0; i < BATCH; i++) {
		iov[i] = (struct iovec){ &frames[(sent + i) % f->flows], f->len };
		msgs[i].msg_hdr.msg_iov = &iov[i];
		msgs[i].msg_hdr.msg_iovlen = 1;
	}
	n = sendmmsg(f->fd, msgs, BATCH, 0);
	if (n < 0 && errno != ENOBUFS && errno != EAGAIN)
		die("sendmmsg");
	return n > 0 ? (unsigned)n : 0;
}

/* The same through taps, whose devices take and give a frame a call. */
static unsigned write_batch(const struct flood *f, uint64_t sent)
{
	uint8_t scrap[2048];
	unsigned n = 0;

	while (n < BATCH && write(f->fd, &frames[(sent + n) % f->flows], f->len) > 0)
		n++;
	if (n < BATCH && errno != EAGAIN && errno != ENOBUFS)
		die("write");
	for (unsigned i = 0; i < 2 * BATCH && read(f->drain_fd, scrap, sizeof(scrap)) > 0; i++)
		;
	return n;
}

/* Returns how many a second. */
static double flood(const struct flood *f, double seconds)
{
	uint64_t start = bench_ns(), end = start + (uint64_t)(seconds * 1e9), sent = 0;

	while (bench_ns() < end)
		sent += f->drain_fd < 0 ? send_batch(f, sent) : write_batch(f, sent);
	return (double)sent * 1e9 / (double)(bench_ns() - start);
}

static void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((unsigned)cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		die("sched_setaffinity");
}

static void parse_mac(const char *text, struct sea_mac *mac)
{
	if (sscanf(text, "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &mac->b[0], &mac->b[1], &mac->b[2],
		   &mac->b[3], &mac->b[4], &mac->b[5]) == 6)
		return;
	fprintf(stderr, "flood: %s is no MAC\n", text);
	exit(2);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "flows", 1, NULL, 'f' },
		{ "seconds", 1, NULL, 's' },
		{ "cpu", 1, NULL, 'c' },
		{ "drain", 1, NULL, 'd' },
		{ 0 },
	};
	struct flood f = { .drain_fd = -1, .flows = 1 };
	double seconds = 2;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 's')
			seconds = atof(optarg);
		else if (c == 'c')
			pin(atoi(optarg));
		else if (c == 'f')
			f.flows = (unsigned)atoi(optarg);
		else if (c == 'd')
			f.drain_fd = open_tap(optarg);
		else
			return 2;
	}
	if (argc - optind != 3 || !f.flows || f.flows > FLOWS_MAX) {
		fprintf(stderr, "usage: flood INTERFACE MAC 4|6 [--flows N] [--seconds S] "
				"[--cpu N] [--drain TAP]\n");
		return 2;
	}
	for (unsigned i = 0; i < f.flows; i++) {
		parse_mac(argv[optind + 1], &frames[i].eth.dst);
		frames[i].eth.src = (struct sea_mac){ { 2, 0, 0, 0, 0, 2 } };
		f.len = argv[optind + 2][0] == '6' ? fill6(&frames[i], i) : fill4(&frames[i], i);
	}
	f.fd = f.drain_fd < 0 ? open_interface(argv[optind]) : open_tap(argv[optind]);
	printf("%.0f\n", flood(&f, seconds));
	return 0;
}
