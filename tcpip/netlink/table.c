/* SPDX-License-Identifier: Apache-2.0 */
/* Who has which port, and who listens to which group. */
#include <errno.h>

#include "netlink/sock.h"

/* Ports that nobody asked for by number lie where no process id does (as Linux). */
#define ROVER_MIN INT32_MIN
#define ROVER_MAX (-4096)
#define TRIES 4096

static uint32_t hash_of(const struct nl_state *nl, int protocol, uint32_t port)
{
	return (uint32_t)sea_siphash13_2u64(&nl->key, port, (uint64_t)protocol);
}

struct sea_nl_sock *sea_nl_by_port(const struct sea_stack *stack, int protocol, uint32_t port)
{
	const struct nl_state *nl = sea_nl_state(stack);
	struct sea_hnode *node = sea_htable_first(&nl->ports, hash_of(nl, protocol, port));

	for (; node; node = sea_hnode_next(node)) {
		struct sea_nl_sock *s = sea_container(node, struct sea_nl_sock, hash);

		if (s->port == port && s->sock.protocol == protocol)
			return s;
	}
	return NULL;
}

int sea_nl_take_port(struct sea_nl_sock *s, uint32_t port)
{
	struct nl_state *nl = sea_nl_state(s->sock.stack);
	int err;

	if (sea_nl_by_port(s->sock.stack, s->sock.protocol, port))
		return -EADDRINUSE;
	err = sea_htable_insert(&nl->ports, &s->hash, hash_of(nl, s->sock.protocol, port));
	if (err)
		return err;
	s->port = port;
	s->flags |= NL_F_BOUND;
	return 0;
}

int sea_nl_autobind(struct sea_nl_sock *s)
{
	struct sea_secret *secret = &s->sock.stack->shard.secret;
	int err = -EADDRINUSE;

	if (s->flags & NL_F_BOUND)
		return 0;
	for (unsigned i = 0; i < TRIES && err == -EADDRINUSE; i++) {
		uint32_t above =
			sea_secret_below(secret, (uint32_t)ROVER_MAX - (uint32_t)ROVER_MIN);

		err = sea_nl_take_port(s, (uint32_t)ROVER_MIN + above);
	}
	return err;
}

void sea_nl_give_up_port(struct sea_nl_sock *s)
{
	if (s->hash.linked)
		sea_htable_remove(&sea_nl_state(s->sock.stack)->ports, &s->hash);
	s->flags &= ~(uint32_t)NL_F_BOUND;
}

/* -- groups: 1 .. n -- */

static uint64_t bit_of(unsigned group)
{
	return UINT64_C(1) << (group - 1) % 64;
}

bool sea_nl_in_group(const struct sea_nl_sock *s, unsigned group)
{
	return s->groups[(group - 1) / 64] & bit_of(group);
}

void sea_nl_set_group(struct sea_nl_sock *s, unsigned group, bool member)
{
	uint64_t *word = &s->groups[(group - 1) / 64];

	*word = member ? *word | bit_of(group) : *word & ~bit_of(group);
}

bool sea_nl_has_listeners(const struct sea_stack *stack, int protocol, unsigned group)
{
	const struct nl_state *nl = sea_nl_state(stack);
	const struct sea_list *head;

	if (!nl)
		return false;
	head = &nl->socks[protocol];
	for (const struct sea_list *n = head->next; n != head; n = n->next)
		if (sea_nl_in_group(sea_container(n, struct sea_nl_sock, node), group))
			return true;
	return false;
}
