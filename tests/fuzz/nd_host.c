/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Neighbour discovery into a host that believes routers: whatever they say, addresses, routes and name
 * servers stay within their bounds, and nothing is left when the stack is freed. The input is a row of
 * records: what happens first (one byte), which message from whom (one), how long it is (two, the upper
 * five bits of which are not used), and its bytes behind type, code and checksum, which are made right.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <seastack/config.h>
#include <seastack/link.h>
#include <seastack/modules.h>
#include <seastack/stack.h>

#include "core/checksum.h"
#include "core/link.h"
#include "core/stack.h"
#include "ip/ipv6.h"
#include "tests/fuzz/env.h"
#include "wire/ndp.h"

#define MESSAGE_MAX 2047

static void set(struct sea_stack *stack, const char *name, const char *value, sea_time now)
{
	require(!sea_sysctl_set(stack, name, value, now));
}

static struct sea_link *make_link(struct sea_stack *stack)
{
	const struct sea_link_config config = { .size = sizeof(config),
						.name = "eth0",
						.mac = { 2, 0, 0, 0, 0, 1 } };
	struct sea_link *link;

	set(stack, "net.ipv6.conf.default.use_tempaddr", "2", SEA_TIME_ZERO);
	set(stack, "net.ipv6.conf.default.accept_ra_rt_info_max_plen", "128", SEA_TIME_ZERO);
	require(!sea_link_add(stack, &config, &link, SEA_TIME_ZERO));
	require(!sea_link_set_up(link, true, SEA_TIME_ZERO));
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

/* Time runs on, up to some hours; the link goes down and up; another kind of address is made. */
static sea_time happen(struct sea_stack *stack, struct sea_link *link, uint8_t what, sea_time now)
{
	int64_t step = what & 15;

	now = sea_time_add(now, step * step * step * step * SEA_SEC / 4);
	sea_stack_advance(stack, now);
	switch (what >> 4) {
	case 1:
		require(!sea_link_set_up(link, false, now));
		require(!sea_link_set_up(link, true, now));
		break;
	case 2:
		set(stack, "net.ipv6.conf.eth0.stable_secret", "2001:db8::1", now);
		break;
	case 3:
		set(stack, "net.ipv6.conf.eth0.addr_gen_mode", "0", now);
		break;
	case 4:
		set(stack, "net.ipv6.conf.eth0.optimistic_dad", "1", now);
		break;
	case 5:
		set(stack, "net.ipv6.conf.eth0.disable_ipv6", what & 1 ? "1" : "0", now);
		break;
	case 6:
		set(stack, "net.ipv6.conf.eth0.accept_dad", "2", now);
		break;
	case 7:
		set(stack, "net.ipv6.conf.eth0.keep_addr_on_down", "1", now);
		break;
	default:
		break;
	}
	return now;
}

/* Types 133 to 137; from one of some routers, from nowhere, or from ourselves. */
static void bring(struct sea_link *link, uint8_t which, const uint8_t *body, size_t len,
		  sea_time now)
{
	struct {
		struct sea_ether_hdr eth;
		struct sea_ipv6_hdr ip;
		uint8_t msg[MESSAGE_MAX + 4];
	} f = { .eth = { { { 2, 0, 0, 0, 0, 1 } },
			 { { 2, 0, 0, 0, 0, 2 } },
			 sea_be16_of(SEA_ETHERTYPE_IPV6) } };
	const size_t msg_len = len + 4;
	struct sea_pkt *pkt;
	uint16_t sum;

	f.ip.ver_class_flow = sea_be32_of(6u << 28);
	f.ip.payload_len = sea_be16_of((uint16_t)msg_len);
	f.ip.next = SEA_IPV6_ICMP;
	f.ip.hop_limit = 255;
	f.ip.dst[0] = 0xff;
	f.ip.dst[1] = 2;
	f.ip.dst[15] = 1;
	if (which >> 3 != 1) {
		f.ip.src[0] = 0xfe;
		f.ip.src[1] = 0x80;
		f.ip.src[15] = which >> 3;
	}
	f.msg[0] = (uint8_t)(SEA_NDP_RS + (which & 7) % 5);
	memcpy(f.msg + 4, body, len);
	sum = (uint16_t)~sea_csum_fold(sea_csum_scalar(
		f.msg, msg_len,
		sea_csum_pseudo6(f.ip.src, f.ip.dst, SEA_IPV6_ICMP, (uint32_t)msg_len)));
	memcpy(f.msg + 2, &sum, sizeof(sum));
	pkt = sea_pkt_from_bytes(link, &f, offsetof(__typeof__(f), msg) + msg_len);
	if (pkt)
		sea_link_input(link, &pkt, 1, now);
}

/* What is kept of all that was said is bounded. */
static void judge(const struct sea_link *link)
{
	const struct sea_nd_host *host = &sea_link_ip6(link)->host;
	struct sea_list *node, *tmp;
	unsigned public = 0;

	require(host->n_routes[SEA_RA_ROUTER] <= SEA_RA_ROUTERS_MAX);
	require(host->n_routes[SEA_RA_PREFIX] <= SEA_RA_PREFIXES_MAX);
	require(host->n_routes[SEA_RA_ROUTE] <= SEA_RA_ROUTES_MAX);
	require(host->dns.n_servers <= SEA_RA_SERVERS_MAX);
	require(host->dns.n_domains <= SEA_RA_DOMAINS_MAX);
	SEA_LIST_EACH(node, tmp, &sea_link_ip6(link)->addrs)
	public += sea_container(node, struct sea_ifaddr6, node)->public == NULL;
	require(public <= 32);
	require(sea_link_ip6(link)->conf.mtu >= 1280);
}

static void feed(struct sea_stack *stack, struct sea_link *link, const uint8_t *data, size_t size)
{
	sea_time now = SEA_TIME_ZERO;

	while (size >= 4) {
		size_t len = (size_t)(data[2] & 7) << 8 | data[3];
		uint8_t which = data[1];

		now = happen(stack, link, data[0], now);
		data += 4;
		size -= 4;
		len = len < size ? len : size;
		bring(link, which, data, len, now);
		sea_stack_advance(stack, now);
		drain(stack, now);
		judge(link);
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
	require(!live);
	return 0;
}
