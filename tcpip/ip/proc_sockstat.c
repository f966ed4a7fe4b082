/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /proc/net/sockstat and sockstat6: how many sockets there are. What Linux shows of its whole machine (orphan, alloc, mem)
 * is the stack's here.
 */
#include <inttypes.h>

#include <seastack/stats.h>

#include "core/stack.h"
#include "ip/ipv4.h"
#include "ip/ipv6.h"
#include "ip/proc.h"

#define STREAM 1 /* SOCK_* */
#define DGRAM 2
#define RAW 3
#define PROTO_TCP 6 /* IPPROTO_* */
#define PROTO_UDP 17

struct in_use {
	uint32_t tcp, udp, raw;
	uint64_t udp_pages;
};

static struct in_use count_all(struct sea_stack *stack, uint8_t domain)
{
	struct sea_procnet_in_use udp = sea_procnet_in_use(stack, domain, DGRAM, PROTO_UDP);

	return (struct in_use){
		.tcp = sea_procnet_in_use(stack, domain, STREAM, PROTO_TCP).n,
		.udp = udp.n,
		.raw = sea_procnet_in_use(stack, domain, RAW, 0).n,
		.udp_pages = udp.pages,
	};
}

static void put_frags(struct sea_text *t, const char *label, const struct sea_frag_table *frags)
{
	sea_procnet_put(t, "%s: inuse %" PRIu32 " memory %" PRIu64 "\n", label, frags->queues.n,
			frags->charged);
}

bool sea_procnet_write_sockstat(struct sea_stack *stack, struct sea_procnet_cursor *cursor,
				struct sea_text *t)
{
	struct sea_memory memory = { .size = sizeof(memory) };
	struct in_use n, n6;

	if (!sea_procnet_begins(cursor))
		return false;
	n = count_all(stack, SEA_AF_INET);
	n6 = count_all(stack, SEA_AF_INET6);
	sea_stack_memory(stack, &memory);
	sea_procnet_put(t, "sockets: used %zu\n", memory.sockets);
	sea_procnet_put(t, "TCP: inuse %" PRIu32 " orphan %zu tw %zu alloc %zu mem %zu\n", n.tcp,
			memory.tcp_orphan, memory.tcp_tw, memory.tcp_alloc, memory.tcp_mem);
	sea_procnet_put(t, "UDP: inuse %" PRIu32 " mem %" PRIu64 "\n", n.udp,
			n.udp_pages + n6.udp_pages);
	sea_procnet_put(t, "UDPLITE: inuse 0\nRAW: inuse %" PRIu32 "\n", n.raw);
	put_frags(t, "FRAG", &sea_ipv4_of(stack)->frags);
	return true;
}

bool sea_procnet_write_sockstat6(struct sea_stack *stack, struct sea_procnet_cursor *cursor,
				 struct sea_text *t)
{
	struct in_use n;

	if (!sea_procnet_begins(cursor))
		return false;
	n = count_all(stack, SEA_AF_INET6);
	sea_procnet_put(t, "TCP6: inuse %" PRIu32 "\nUDP6: inuse %" PRIu32 "\nUDPLITE6: inuse 0\n",
			n.tcp, n.udp);
	sea_procnet_put(t, "RAW6: inuse %" PRIu32 "\n", n.raw);
	put_frags(t, "FRAG6", &sea_ipv6_of(stack)->frags);
	return true;
}
