/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /proc/net/dev, the links with their counters, /proc/net/ptype, who hears which protocols, /proc/net/packet, which has
 * nothing but its heading: there are no sockets of AF_PACKET here, and /proc/net/psched, tc(8)'s unit of time.
 */
#include <inttypes.h>

#include "core/link.h"
#include "core/procfile.h"
#include "core/stack.h"

#define U PRIu64

static void put_link(struct sea_text *t, const struct sea_link *link)
{
	const struct sea_link_stats *s = &link->stats;
	const uint64_t none =
		0; /* fifo, frame, compressed, collisions, carrier: no driver of ours tells */

	sea_procnet_put(t, "%6s: %7" U " %7" U " %4" U " %4" U " %4" U " %5" U " %10" U " %9" U,
			link->name, s->rx_bytes, s->rx_packets, s->rx_errors, s->rx_dropped, none,
			none, none, s->multicast);
	sea_procnet_put(t, " %8" U " %7" U " %4" U " %4" U " %4" U " %5" U " %7" U " %10" U "\n",
			s->tx_bytes, s->tx_packets, s->tx_errors, s->tx_dropped, none, none, none,
			none);
}

static bool write_dev(struct sea_stack *stack, struct sea_procnet_cursor *cursor,
		      struct sea_text *t)
{
	const struct sea_link *link;

	if (sea_procnet_begins(cursor)) {
		sea_procnet_put(
			t, "Inter-|   Receive                                                |  "
			   "Transmit\n"
			   " face |bytes    packets errs drop fifo frame compressed multicast|"
			   "bytes    packets errs drop fifo colls carrier compressed\n");
		return true;
	}
	link = sea_procnet_link(stack, cursor);
	if (!link)
		return false;
	put_link(t, link);
	cursor->place[1] = (uint64_t)link->ifindex + 1;
	return true;
}

/* Linux names its functions; whoever looks for them looks for these. */
static const struct {
	uint16_t ethertype;
	const char *function;
} heard[] = {
	{ SEA_ETHERTYPE_IPV4, "ip_rcv" },
	{ SEA_ETHERTYPE_ARP, "arp_rcv" },
	{ SEA_ETHERTYPE_IPV6, "ipv6_rcv" },
};

static bool is_heard(const struct sea_stack *stack, uint16_t ethertype)
{
	for (unsigned i = 0; i < SEA_NET_PROTOS_MAX && stack->net_protos[i]; i++)
		if (stack->net_protos[i]->ethertype == ethertype)
			return true;
	return false;
}

static bool write_ptype(struct sea_stack *stack, struct sea_procnet_cursor *cursor,
			struct sea_text *t)
{
	if (!sea_procnet_begins(cursor))
		return false;
	sea_procnet_put(t, "Type Device      Function\n");
	for (unsigned i = 0; i < sizeof(heard) / sizeof(heard[0]); i++)
		if (is_heard(stack, heard[i].ethertype))
			sea_procnet_put(t, "%04x %-8s %s\n", heard[i].ethertype, "",
					heard[i].function);
	return true;
}

static bool write_packet(struct sea_stack *stack, struct sea_procnet_cursor *cursor,
			 struct sea_text *t)
{
	(void)stack;
	if (!sea_procnet_begins(cursor))
		return false;
	sea_text_str(t, "sk               RefCnt Type Proto  Iface R Rmem   User   Inode\n");
	return true;
}

/* Nanoseconds of a microsecond and of a tick, what tc(8) counts ticks by, and how many times a second timers tell apart. */
static bool write_psched(struct sea_stack *stack, struct sea_procnet_cursor *cursor,
			 struct sea_text *t)
{
	(void)stack;
	if (!sea_procnet_begins(cursor))
		return false;
	sea_procnet_put(t, "%08x %08x %08x %08x\n", 1000u, 64u, 1000000u, 1000000000u);
	return true;
}

static const struct sea_procnet_file files[] = {
	{ .name = "dev", .write = write_dev },
	{ .name = "packet", .write = write_packet },
	{ .name = "protocols", .write = sea_procnet_write_protocols },
	{ .name = "psched", .write = write_psched },
	{ .name = "ptype", .write = write_ptype },
};

const struct sea_procnet_files sea_core_proc_files = { .files = files,
						       .n = sizeof(files) / sizeof(files[0]) };
