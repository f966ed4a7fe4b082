/* SPDX-License-Identifier: Apache-2.0 */
/* /proc/net/icmp, raw and those of IPv6: echo and raw sockets, by their type and protocol; and of protocols the lines of echoes. */
#include <netinet/in.h>
#include <sys/socket.h>

#include "core/sock.h"
#include "core/stack.h"
#include "transport/diag/inet.h"
#include "transport/ping.h"
#include "transport/procnet.h"

#define ESTABLISHED 1
#define CLOSED 7

static void show(const struct sea_sock *sock, struct sea_diag *e)
{
	sea_diag_of_sock(e, sock);
	e->state = sea_sock_connected(sock) ? ESTABLISHED : CLOSED;
	e->rqueue = (uint32_t)sock->rmem_alloc;
	e->wqueue = (uint32_t)sock->wmem_alloc;
}

static bool next_sock(struct sea_stack *stack, uint64_t *cursor, struct sea_diag *e,
		      bool (*is)(const struct sea_sock *))
{
	const struct sea_sock_table *t = &stack->shard.socks;

	while (*cursor < t->n_slots) {
		const struct sea_sock *sock = t->slots[(*cursor)++].sock;

		if (!sock || !is(sock))
			continue;
		show(sock, e);
		return true;
	}
	return false;
}

static bool is_echo(const struct sea_sock *sock)
{
	return sock->type == SOCK_DGRAM && sock->lport &&
	       (sock->protocol == IPPROTO_ICMP || sock->protocol == IPPROTO_ICMPV6);
}

static bool is_raw(const struct sea_sock *sock)
{
	return sock->type == SOCK_RAW &&
	       (sock->domain == SEA_AF_INET || sock->domain == SEA_AF_INET6);
}

static bool next_echo(struct sea_stack *stack, uint64_t *cursor, struct sea_diag *e)
{
	return next_sock(stack, cursor, e, is_echo);
}

/* Their port is the protocol. */
static bool next_raw(struct sea_stack *stack, uint64_t *cursor, struct sea_diag *e)
{
	if (!next_sock(stack, cursor, e, is_raw))
		return false;
	e->sport = e->sock->protocol;
	return true;
}

static bool write_icmp(struct sea_stack *stack, struct sea_procnet_cursor *cursor,
		       struct sea_text *t)
{
	const struct sea_procnet_dgrams file = { SEA_AF_INET, 5, SEA_PROCNET_DGRAM_WIDTH, "",
						 next_echo };

	return sea_procnet_write_dgrams(stack, cursor, t, &file);
}

static bool write_icmp6(struct sea_stack *stack, struct sea_procnet_cursor *cursor,
			struct sea_text *t)
{
	const struct sea_procnet_dgrams file = { SEA_AF_INET6, 5, 0, "", next_echo };

	return sea_procnet_write_dgrams(stack, cursor, t, &file);
}

static bool write_raw(struct sea_stack *stack, struct sea_procnet_cursor *cursor,
		      struct sea_text *t)
{
	const struct sea_procnet_dgrams file = { SEA_AF_INET, 4, 0, "", next_raw };

	return sea_procnet_write_dgrams(stack, cursor, t, &file);
}

static bool write_raw6(struct sea_stack *stack, struct sea_procnet_cursor *cursor,
		       struct sea_text *t)
{
	const struct sea_procnet_dgrams file = { SEA_AF_INET6, 5, 0, "", next_raw };

	return sea_procnet_write_dgrams(stack, cursor, t, &file);
}

static const struct sea_procnet_file ping_files[] = {
	{ .name = "icmp", .write = write_icmp },
	{ .name = "icmp6", .write = write_icmp6 },
	{ .name = "raw", .write = write_raw },
	{ .name = "raw6", .write = write_raw6 },
};

#define ECHO                                                                \
	.size = sizeof(struct ping_sock), .type = SOCK_DGRAM, .slab = true, \
	.ops = "yyynnynnyyyyyynyyn"

static const struct sea_procnet_proto ping_protos[] = {
	{ .name = "PINGv6", .domain = SEA_AF_INET6, .protocol = IPPROTO_ICMPV6, ECHO },
	{ .name = "PING", .domain = SEA_AF_INET, .protocol = IPPROTO_ICMP, ECHO },
};

const struct sea_procnet_files sea_ping_proc_files = { ping_files,
						       sizeof(ping_files) / sizeof(ping_files[0]),
						       ping_protos, 2 };
