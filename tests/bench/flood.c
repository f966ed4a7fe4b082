/* SPDX-License-Identifier: Apache-2.0 */
/*
 * As many small datagrams as an interface takes, for a router to send on:
 *
 *	flood INTERFACE MAC 4|6 [--flows N] [--seconds S] [--cpu N]
 *
 * To the router's MAC, from 10.0.1.2 to N of 10.9.0.0/16 (fd00:1::2 to fd00:9::/64) in turns, with 64
 * bytes of UDP payload. They go by a packet socket past the queue of the interface. A figure goes to standard
 * output, alone: how many were sent a second. Who receives them counts for itself.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

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

/* Returns how many a second. Where the interface is full, it is tried again. */
static double flood(int fd, size_t len, unsigned flows, double seconds)
{
	uint64_t start = bench_ns(), end = start + (uint64_t)(seconds * 1e9), sent = 0;
	struct mmsghdr msgs[BATCH] = { 0 };
	struct iovec iov[BATCH];

	for (unsigned i = 0; i < BATCH; i++) {
		iov[i].iov_len = len;
		msgs[i].msg_hdr.msg_iov = &iov[i];
		msgs[i].msg_hdr.msg_iovlen = 1;
	}
	while (bench_ns() < end) {
		int n;

		for (unsigned i = 0; i < BATCH; i++)
			iov[i].iov_base = &frames[(sent + i) % flows];
		n = sendmmsg(fd, msgs, BATCH, 0);
		if (n < 0 && errno != ENOBUFS && errno != EAGAIN)
			die("sendmmsg");
		sent += n > 0 ? (unsigned)n : 0;
	}
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
		{ 0 },
	};
	unsigned flows = 1;
	double seconds = 2;
	size_t len = 0;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 's')
			seconds = atof(optarg);
		else if (c == 'c')
			pin(atoi(optarg));
		else if (c == 'f')
			flows = (unsigned)atoi(optarg);
		else
			return 2;
	}
	if (argc - optind != 3 || !flows || flows > FLOWS_MAX) {
		fprintf(stderr,
			"usage: flood INTERFACE MAC 4|6 [--flows N] [--seconds S] [--cpu N]\n");
		return 2;
	}
	for (unsigned i = 0; i < flows; i++) {
		parse_mac(argv[optind + 1], &frames[i].eth.dst);
		frames[i].eth.src = (struct sea_mac){ { 2, 0, 0, 0, 0, 2 } };
		len = argv[optind + 2][0] == '6' ? fill6(&frames[i], i) : fill4(&frames[i], i);
	}
	printf("%.0f\n", flood(open_interface(argv[optind]), len, flows, seconds));
	return 0;
}
