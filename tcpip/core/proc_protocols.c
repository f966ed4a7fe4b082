/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /proc/net/protocols: kinds of socket, the size of their objects, and how many there are; and what lies there in pages.
 * What Linux says of its whole machine (memory) is the stack's here.
 */
#include <inttypes.h>
#include <string.h>

#include "core/procfile.h"
#include "core/sock.h"
#include "core/stack.h"

#define STREAM 1 /* SOCK_* */
#define DGRAM 2
#define SYN_RECV 3 /* states, as in tcp_info */
#define FIN_WAIT2 5
#define TIME_WAIT 6
#define CLOSED 7
#define PAGE 4096u

/* -- how many -- */

static bool is_found(struct sea_sock *sock)
{
	struct sea_socket_info info = { .size = sizeof(info) };

	if (sock->domain != SEA_AF_INET && sock->domain != SEA_AF_INET6)
		return true;
	if (sock->type == DGRAM)
		return sock->lport != 0;
	if (sock->type != STREAM)
		return true;
	sock->ops->info(sock, &info);
	return info.state != CLOSED;
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

struct sea_procnet_in_use sea_procnet_in_use(struct sea_stack *stack, uint8_t domain, uint8_t type,
					     uint8_t protocol)
{
	const struct sea_sock_table *table = &stack->shard.socks;
	struct sea_procnet_in_use use = { 0 };

	for (uint32_t i = 0; i < table->n_slots; i++) {
		struct sea_sock *sock = table->slots[i].sock;

		if (!sock || sock->domain != domain || (type && sock->type != type) ||
		    (protocol && sock->protocol != protocol))
			continue;
		use.n += is_found(sock);
		use.pages += ((uint32_t)sock->rmem_alloc + PAGE - 1) / PAGE;
	}
	for (unsigned i = 0; type == STREAM && i < SEA_SOCK_FAMILIES_MAX; i++)
		if (stack->sock_families[i])
			use.n += count_unheld(stack, stack->sock_families[i], domain);
	return use;
}

/* -- lines -- */

static void put_proto(struct sea_text *t, struct sea_stack *stack,
		      const struct sea_procnet_proto *p)
{
	int64_t pages = p->pages ? p->pages(stack) : -1;
	const char *pressed = !p->pressed ? "NI" : p->pressed(stack) ? "yes" : "no";

	sea_procnet_put(t, "%-9s %4zu %6" PRIu32 "  %6" PRId64 "   %-3s %6u   %-3s  %-10s", p->name,
			p->size, sea_procnet_in_use(stack, p->domain, p->type, p->protocol).n,
			pages, pressed, p->max_header, p->slab ? "yes" : "no", "kernel");
	for (const char *op = p->ops; *op; op++)
		sea_procnet_put(t, " %2c", *op);
	sea_procnet_put(t, "\n");
}

/* The kind of socket behind so many others, or NULL. */
static const struct sea_procnet_proto *proto_at(const struct sea_stack *stack, uint64_t at)
{
	for (unsigned i = 0; i < SEA_PROCNET_FILES_MAX && stack->proc_files[i]; i++) {
		const struct sea_procnet_files *files = stack->proc_files[i];

		if (at < files->n_protos)
			return &files->protos[at];
		at -= files->n_protos;
	}
	return NULL;
}

bool sea_procnet_write_protocols(struct sea_stack *stack, struct sea_procnet_cursor *cursor,
				 struct sea_text *t)
{
	const struct sea_procnet_proto *p;

	if (sea_procnet_begins(cursor)) {
		sea_text_str(t, "protocol  size sockets  memory press maxhdr  slab module     "
				"cl co di ac io in de sh ss gs se re bi br ha uh gp em\n");
		return true;
	}
	p = proto_at(stack, cursor->place[1]++);
	if (p)
		put_proto(t, stack, p);
	return p;
}
