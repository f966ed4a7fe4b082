/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /proc/net/sockstat and sockstat6: how many sockets there are. What Linux shows of its whole machine (orphan, alloc, mem)
 * is the stack's here.
 */
#include <inttypes.h>
#include <string.h>

#include <seastack/stats.h>

#include "core/sock.h"
#include "core/stack.h"
#include "ip/ipv4.h"
#include "ip/ipv6.h"
#include "ip/proc.h"

#define STREAM 1 /* SOCK_* */
#define DGRAM 2
#define RAW 3
#define PROTO_TCP 6 /* IPPROTO_* */
#define PROTO_UDP 17
#define SYN_RECV 3 /* states, as in tcp_info */
#define FIN_WAIT2 5
#define TIME_WAIT 6
#define CLOSED 7
#define PAGE 4096u

struct in_use {
	uint32_t tcp, udp, raw;
	uint64_t udp_pages;
};

/* Those that packets find: listeners and connections, bound ones of UDP, raw ones. */
static void count(struct in_use *n, struct sea_sock *sock)
{
	if (sock->type == STREAM && sock->protocol == PROTO_TCP) {
		struct sea_socket_info info = { .size = sizeof(info) };

		sock->ops->info(sock, &info);
		n->tcp += info.state != CLOSED;
	} else if (sock->type == DGRAM && sock->protocol == PROTO_UDP) {
		n->udp += sock->lport != 0;
		n->udp_pages += ((uint32_t)sock->rmem_alloc + PAGE - 1) / PAGE;
	} else if (sock->type == RAW) {
		n->raw++;
	}
}

/* Neither a request nor what waits for its time, which may be called FIN_WAIT2, too. */
static bool is_whole(int state)
{
	return state != SYN_RECV && state != FIN_WAIT2 && state != TIME_WAIT;
}

/* Connections that no program has yet, or any more. */
static uint32_t count_unheld(struct sea_stack *stack, const struct sea_sock_family *family,
			     uint8_t domain)
{
	struct sea_socket_info info = { .size = sizeof(info) };
	uint64_t cursor = 0;
	uint32_t n = 0;

	if (!family->next)
		return 0;
	while (family->next(stack, &cursor, &info))
		n += info.domain == domain && is_whole(info.state);
	return n;
}

static struct in_use count_all(struct sea_stack *stack, uint8_t domain)
{
	const struct sea_sock_table *t = &stack->shard.socks;
	struct in_use n = { 0 };

	for (uint32_t i = 0; i < t->n_slots; i++)
		if (t->slots[i].sock && t->slots[i].sock->domain == domain)
			count(&n, t->slots[i].sock);
	for (unsigned i = 0; i < SEA_SOCK_FAMILIES_MAX && stack->sock_families[i]; i++)
		n.tcp += count_unheld(stack, stack->sock_families[i], domain);
	return n;
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
