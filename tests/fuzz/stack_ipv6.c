/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frames into a host that speaks IPv6: whatever comes in, the stack stands, every loop ends, and
 * nothing is left when it is freed. The input is a row of records: a length (two bytes, the upper
 * five bits of which say what happens first), then that many bytes of frame. Checksums of ICMPv6 are
 * made right, unless the upper two bits are set, so that chance gets beyond them.
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
#include "tests/fuzz/env.h"
#include "wire/icmp6.h"
#include "wire/ipv4.h"
#include "wire/ipv6.h"

#define FRAME_MAX 2047

static struct sea_link *make_link(struct sea_stack *stack)
{
	const struct sea_link_config config = { .size = sizeof(config),
						.name = "eth0",
						.mac = { 2, 0, 0, 0, 0, 1 } };
	struct sea_ifaddr addr = { .size = sizeof(addr),
				   .local = { .family = SEA_AF_INET6,
					      .b = { 0x20, 1, 0xd, 0xb8, [15] = 1 } },
				   .prefix_len = 64,
				   .flags = SEA_IFA_NODAD };
	struct sea_link *link;

	require(!sea_link_add(stack, &config, &link, SEA_TIME_ZERO));
	require(!sea_link_set_up(link, true, SEA_TIME_ZERO));
	addr.ifindex = link->ifindex;
	require(!sea_ifaddr_add(stack, &addr, SEA_TIME_ZERO));
	return link;
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

static void settle_on(struct sea_stack *stack, unsigned which, sea_time now)
{
	static const char *const names[8] = {
		"net.ipv6.conf.all.forwarding", "net.ipv6.conf.eth0.forwarding",
		"net.ipv6.auto_flowlabels",     "net.ipv6.max_dst_opts_number",
		"net.ipv6.max_hbh_opts_number", "net.ipv6.icmp.echo_ignore_multicast",
		"net.ipv6.icmp.ratelimit",      "net.ipv6.conf.eth0.suppress_frag_ndisc"
	};

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
		require(!sea_link_set_mtu(link, 980 + (what & 7) * 300, now));
	} else if (what >> 3 == 3) {
		settle_on(stack, what & 7, now);
	}
	return now;
}

static void make_sum_right(uint8_t *frame, size_t len)
{
	const struct sea_ipv6_hdr *ip = (void *)(frame + sizeof(struct sea_ether_hdr));
	struct sea_ipv6_way way = { .at = sizeof(*ip) };
	uint8_t *icmp;
	size_t n;

	if (len < sizeof(struct sea_ether_hdr) + sizeof(*ip))
		return;
	len = sizeof(*ip) + sea_be16_get(ip->payload_len) < len - sizeof(struct sea_ether_hdr)
		      ? sizeof(*ip) + sea_be16_get(ip->payload_len)
		      : len - sizeof(struct sea_ether_hdr);
	way.next = ip->next;
	if (!sea_ipv6_skip_exts((const uint8_t *)ip, len, &way) || way.next != SEA_IPPROTO_ICMPV6 ||
	    way.fragmented || len - way.at < 8)
		return;
	icmp = (uint8_t *)frame + sizeof(struct sea_ether_hdr) + way.at;
	n = len - way.at;
	sea_csum_put(icmp + 2, 0);
	sea_csum_put(icmp + 2,
		     (uint16_t)~sea_csum_fold(sea_csum_scalar(
			     icmp, n,
			     sea_csum_pseudo6(ip->src, ip->dst, SEA_IPPROTO_ICMPV6, (uint32_t)n))));
}

static void bring(struct sea_link *link, const uint8_t *data, size_t len, bool raw, sea_time now)
{
	uint8_t frame[FRAME_MAX];
	struct sea_pkt *pkt;

	memcpy(frame, data, len);
	if (!raw)
		make_sum_right(frame, len);
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
	static const struct sea_module *const modules[] = { &sea_ipv4, &sea_ipv6 };
	struct sea_stack *stack;

	require(!sea_stack_new(NULL, &env, modules, 2, &stack));
	feed(stack, make_link(stack), data, size);
	sea_stack_free(stack);
	if (live)
		abort();
	return 0;
}
