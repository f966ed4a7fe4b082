/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frames into a host that speaks IPv4: whatever comes in, the stack stands, every loop ends, and
 * nothing is left when it is freed. The input is a row of records: a length (two bytes, the upper
 * five bits of which say what happens first), then that many bytes of frame. Checksums of IPv4 and
 * ICMP and IGMP are made right, unless the upper two bits are set, so that chance gets beyond them.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <seastack/config.h>
#include <seastack/link.h>
#include <seastack/modules.h>
#include <seastack/pkt.h>
#include <seastack/stack.h>

#include "core/link.h"
#include "core/stack.h"
#include "ip/ifaddr.h"
#include "tests/fuzz/env.h"
#include "wire/icmp.h"
#include "wire/ipv4.h"

#define FRAME_MAX 2047

static struct sea_link *make_link(struct sea_stack *stack)
{
	const struct sea_link_config config = { .size = sizeof(config),
						.name = "eth0",
						.mac = { 2, 0, 0, 0, 0, 1 } };
	struct sea_ifaddr addr = { .size = sizeof(addr),
				   .local = sea_addr_v4(10, 0, 0, 1),
				   .prefix_len = 24 };
	struct sea_link *link;

	require(!sea_link_add(stack, &config, &link, SEA_TIME_ZERO));
	require(!sea_link_set_up(link, true, SEA_TIME_ZERO));
	addr.ifindex = link->ifindex;
	require(!sea_ifaddr_add(stack, &addr, SEA_TIME_ZERO));
	return link;
}

/* Something to ask for: all sources but one of a group, and one of another. */
static void join_groups(struct sea_link *link)
{
	static const struct sea_ipaddr a = { { 239, 1, 1, 1 } }, b = { { 239, 1, 1, 2 } },
				       source = { { 10, 0, 0, 2 } };
	const struct sea_group_filter but = { SEA_GROUP_EXCLUDE, 1, &source },
				      only = { SEA_GROUP_INCLUDE, 1, &source };

	require(!sea_group_change(&sea_link_ip4(link)->groups, &a, NULL, &but));
	require(!sea_group_change(&sea_link_ip4(link)->groups, &b, NULL, &only));
}

static void drain(struct sea_stack *stack, sea_time now)
{
	struct sea_link *link;
	struct sea_pkt *pkts[16];
	unsigned n;

	while ((link = sea_stack_next_tx(stack))) {
		n = sea_link_take_tx(link, pkts, 16, now);
		while (n)
			sea_pkt_done(pkts[--n]);
	}
}

/* The host becomes a router, and its settings change. */
static void settle_on(struct sea_stack *stack, unsigned which, sea_time now)
{
	static const char *const names[8] = { "net.ipv4.ip_forward",
					      "net.ipv4.conf.all.rp_filter",
					      "net.ipv4.conf.all.arp_accept",
					      "net.ipv4.conf.all.arp_filter",
					      "net.ipv4.conf.all.arp_ignore",
					      "net.ipv4.conf.all.proxy_arp",
					      "net.ipv4.conf.all.bc_forwarding",
					      "net.ipv4.conf.all.route_localnet" };

	require(!sea_sysctl_set(stack, names[which], "1", now));
}

/* Time runs on; now and then the link goes down and up, or another MTU or setting holds. */
static sea_time happen(struct sea_stack *stack, struct sea_link *link, unsigned what, sea_time now)
{
	now = sea_time_add(now, (int64_t)(what & 7) * (what & 7) * 200 * SEA_MSEC);
	sea_stack_advance(stack, now);
	if (what >> 3 == 1) {
		require(!sea_link_set_up(link, false, now));
		require(!sea_link_set_up(link, true, now));
	} else if (what >> 3 == 2) {
		require(!sea_link_set_mtu(link, 68 + (what & 7) * 300, now));
	} else if (what >> 3 == 3) {
		settle_on(stack, what & 7, now);
	}
	return now;
}

static void put_sum(sea_be16 *field, const void *from, size_t len)
{
	uint16_t sum;

	memset(field, 0, sizeof(*field));
	sum = (uint16_t)~sea_csum_fold(sea_csum_scalar(from, len, 0));
	memcpy(field, &sum, sizeof(sum));
}

static void make_sums_right(uint8_t *frame, size_t len)
{
	struct sea_ipv4_hdr *ip = (struct sea_ipv4_hdr *)(frame + sizeof(struct sea_ether_hdr));
	struct sea_icmp_hdr *icmp;
	size_t hdr_len, total_len;

	if (len < sizeof(struct sea_ether_hdr) + sizeof(*ip))
		return;
	len -= sizeof(struct sea_ether_hdr);
	hdr_len = (ip->ver_ihl & 0xfu) * 4;
	total_len = sea_be16_get(ip->total_len);
	if (hdr_len < sizeof(*ip) || hdr_len > len)
		return;
	put_sum(&ip->sum, ip, hdr_len);
	icmp = (struct sea_icmp_hdr *)((uint8_t *)ip + hdr_len);
	if ((ip->proto == SEA_IPPROTO_ICMP || ip->proto == SEA_IPPROTO_IGMP) && total_len <= len &&
	    hdr_len + 8 <= total_len)
		put_sum(&icmp->sum, icmp, total_len - hdr_len);
}

static void bring(struct sea_link *link, const uint8_t *data, size_t len, bool raw, sea_time now)
{
	uint8_t frame[FRAME_MAX];
	struct sea_pkt *pkt;

	memcpy(frame, data, len);
	if (!raw)
		make_sums_right(frame, len);
	pkt = sea_pkt_from_bytes(link, frame, len);
	if (pkt)
		sea_link_input(link, &pkt, 1, now);
}

static void feed(struct sea_stack *stack, struct sea_link *link, const uint8_t *data, size_t size)
{
	sea_time now = SEA_TIME_ZERO;

	while (size >= 2) {
		size_t len = (size_t)(data[0] & 7) << 8 | data[1];
		bool raw = data[0] >> 6 == 3;

		now = happen(stack, link, data[0] >> 3, now);
		data += 2;
		size -= 2;
		len = len < size ? len : size;
		if (len)
			bring(link, data, len, raw, now);
		sea_stack_advance(stack, now);
		drain(stack, now);
		data += len;
		size -= len;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct sea_module *const modules[] = { &sea_ipv4 };
	struct sea_stack *stack;
	struct sea_link *link;

	require(!sea_stack_new(NULL, &env, modules, 1, &stack));
	link = make_link(stack);
	join_groups(link);
	feed(stack, link, data, size);
	sea_stack_free(stack);
	if (live)
		abort();
	return 0;
}
