/* SPDX-License-Identifier: Apache-2.0 */
/* All sockets one after the other, and what is listed with them, as ss(8) shows them. */
#include <seastack/socket.h>

#include "core/abi.h"
#include "core/sock.h"
#include "core/stack.h"
#include "transport/sockaddr.h"

/* The cursor's upper byte: 0 among the sockets, n in what family n - 1 lists besides. */
#define PHASE_SHIFT 56
#define WITHIN_PHASE ((UINT64_C(1) << PHASE_SHIFT) - 1)

static bool next_socket(struct sea_stack *stack, uint64_t *cursor, struct sea_socket_info *info)
{
	const struct sea_sock_table *t = &stack->shard.socks;

	for (; *cursor < t->n_slots; ++*cursor) {
		struct sea_sock *sock = t->slots[*cursor].sock;

		if (!sock)
			continue;
		sock->ops->info(sock, info);
		++*cursor;
		return true;
	}
	return false;
}

static bool next_in_phase(struct sea_stack *stack, uint64_t phase, uint64_t *within,
			  struct sea_socket_info *info)
{
	const struct sea_sock_family *family;

	if (!phase)
		return next_socket(stack, within, info);
	family = stack->sock_families[phase - 1];
	return family->next && family->next(stack, within, info);
}

static bool phase_exists(const struct sea_stack *stack, uint64_t phase)
{
	return !phase || (phase <= SEA_SOCK_FAMILIES_MAX && stack->sock_families[phase - 1]);
}

bool sea_socket_next(struct sea_stack *stack, uint64_t *cursor, struct sea_socket_info *info)
{
	uint64_t phase = *cursor >> PHASE_SHIFT, within = *cursor & WITHIN_PHASE;
	struct sea_socket_info ours = { .size = sizeof(ours) };
	bool more = false;

	sea_stack_enter(stack, stack->shard.now);
	while (phase_exists(stack, phase)) {
		more = next_in_phase(stack, phase, &within, &ours);
		if (more)
			break;
		phase++;
		within = 0;
	}
	*cursor = phase << PHASE_SHIFT | within;
	sea_stack_leave(stack);
	if (more)
		sea_abi_fill(info, &ours, sizeof(ours));
	return more;
}

void sea_sock_info(const struct sea_sock *sock, int state, struct sea_socket_info *info)
{
	struct sea_endpoint local = sea_sock_local(sock), peer = sea_sock_peer(sock);

	info->socket = sock->handle;
	info->domain = sock->domain;
	info->type = sock->type;
	info->protocol = sock->protocol;
	info->state = state;
	info->rx_bytes = (uint32_t)sock->rmem_alloc;
	info->tx_bytes = (uint32_t)sock->wmem_alloc;
	sea_sockaddr_make(sock->domain, &local, &info->local);
	sea_sockaddr_make(sock->domain, &peer, &info->peer);
	info->drops = sock->drops;
}
