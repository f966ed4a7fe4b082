/* SPDX-License-Identifier: Apache-2.0 */
/* Ephemeral ports: where the search starts, and in which order it goes. */
#include "transport/ports.h"

#include <errno.h>
#include <string.h>

#include "core/save.h"
#include "ip/ipv4.h"

/* Enough that watching the ports of one's own connections tells nothing of others'. */
#define COUNTERS 4096u
#define KEY_LIFE_NS (600 * SEA_SEC)

void sea_ports_init(struct sea_ports *ports, struct sea_stack *stack)
{
	*ports = (struct sea_ports){ .stack = stack, .keyed = stack->shard.now };
	ports->key = sea_secret_key(&stack->shard.secret);
}

void sea_ports_fini(struct sea_ports *ports)
{
	sea_pool_free(&ports->stack->shard.pool, ports->counters,
		      COUNTERS * sizeof(*ports->counters));
	ports->counters = NULL;
}

static uint64_t hash_of(struct sea_ports *ports, const struct sea_sock *sock,
			const struct sea_endpoint *peer)
{
	uint8_t where[16 + 16 + 2];

	if (sea_time_diff(ports->stack->shard.now, ports->keyed) > KEY_LIFE_NS) {
		ports->key = sea_secret_key(&ports->stack->shard.secret);
		ports->keyed = ports->stack->shard.now;
	}
	memcpy(where, sock->laddr, 16);
	memcpy(where + 16, peer->addr, 16);
	memcpy(where + 32, &peer->port, 2);
	return sea_siphash24(&ports->key, where, sizeof(where));
}

/* This destination's counter; NULL where there is no memory for counters. */
static uint32_t *counter_of(struct sea_ports *ports, uint64_t hash)
{
	size_t size = COUNTERS * sizeof(*ports->counters);

	if (!ports->counters)
		ports->counters = sea_pool_zalloc(&ports->stack->shard.pool, size);
	return ports->counters ? &ports->counters[hash % COUNTERS] : NULL;
}

struct search {
	uint32_t low, n; /* ports low … low + n - 1 */
	uint32_t start, step, pass_len;
	const uint32_t *reserved;
	sea_port_free_fn *is_free;
	void *ctx;
};

/* Nobody is given a port of net.ipv4.ip_local_reserved_ports who did not ask for it. */
static bool is_reserved(const uint32_t *reserved, uint16_t port)
{
	return reserved && reserved[port / 32] >> port % 32 & 1;
}

/* One pass round the range; *tried tells how far it went. */
static uint16_t pass(const struct search *s, uint32_t *tried)
{
	for (uint32_t i = 0; i < s->pass_len; i++) {
		uint16_t port = (uint16_t)(s->low + (s->start + i * s->step) % s->n);

		*tried = i;
		if (!is_reserved(s->reserved, port) && s->is_free(s->ctx, port))
			return port;
	}
	return 0;
}

static uint16_t search(struct search *s, uint32_t start, enum sea_port_use use, uint32_t *tried)
{
	uint16_t port;

	s->start = start;
	s->step = 1;
	s->pass_len = s->n;
	if (use == SEA_PORT_ANY || s->n < 2)
		return pass(s, tried);
	/* An even number of ports, so that going round keeps the parity. */
	s->n &= ~1u;
	s->step = 2;
	s->pass_len = s->n / 2;
	s->start = (start & ~1u) + (use == SEA_PORT_BIND);
	port = pass(s, tried);
	if (port)
		return port;
	s->start ^= 1;
	return pass(s, tried);
}

/* IP_LOCAL_PORT_RANGE narrows the stack's; a bound that lies outside of that is as if it were not there. */
static void range_of(const struct sea_sock *sock, uint32_t *low, uint32_t *high)
{
	const int32_t *range = sea_ipv4_of(sock->stack)->sysctl.ip_local_port_range;
	uint32_t own_low = sock->more->port_low, own_high = sock->more->port_high;

	*low = (uint32_t)range[0];
	*high = (uint32_t)range[1];
	if (own_low >= *low && own_low <= *high)
		*low = own_low;
	if (own_high >= *low && own_high <= *high)
		*high = own_high;
}

uint16_t sea_ports_pick(struct sea_ports *ports, enum sea_port_use use, const struct sea_sock *sock,
			const struct sea_endpoint *peer, sea_port_free_fn *is_free, void *ctx)
{
	struct sea_secret *secret = &ports->stack->shard.secret;
	struct search s = { .is_free = is_free, .ctx = ctx };
	uint32_t *counter = NULL, start, high, tried = 0;
	uint16_t port;

	s.reserved = sea_ipv4_of(ports->stack)->sysctl.ip_local_reserved_ports;
	range_of(sock, &s.low, &high);
	s.n = high - s.low + 1;
	if (use == SEA_PORT_CONNECT) {
		uint64_t hash = hash_of(ports, sock, peer);

		counter = counter_of(ports, hash);
		start = (uint32_t)(hash >> 32) + (counter ? *counter : 0);
	} else {
		start = sea_secret_below(secret, s.n);
	}
	port = search(&s, start % s.n, use, &tried);
	/* Sometimes a step more, so that the next one cannot be told for sure. */
	if (counter)
		*counter += 2 * (tried + 1 + (sea_secret_below(secret, 8) == 0));
	return port;
}

/* -- save, load -- */

void sea_ports_save(struct sea_saver *to, const struct sea_ports *ports)
{
	sea_save_tag(to, "PORT");
	sea_save_bytes(to, &ports->key, sizeof(ports->key));
	sea_save_time(to, ports->keyed);
	sea_save_u8(to, ports->counters != NULL);
	for (uint32_t i = 0; ports->counters && i < COUNTERS; i++)
		sea_save_u32(to, ports->counters[i]);
}

static void load_counters(struct sea_loader *from, struct sea_ports *ports)
{
	uint32_t *counters =
		sea_pool_zalloc(&ports->stack->shard.pool, COUNTERS * sizeof(*counters));

	if (!counters) {
		sea_load_fail(from, -ENOMEM);
		return;
	}
	for (uint32_t i = 0; i < COUNTERS; i++)
		counters[i] = sea_load_u32(from);
	sea_ports_fini(ports);
	ports->counters = counters;
}

void sea_ports_load(struct sea_loader *from, struct sea_ports *ports)
{
	struct sea_siphash_key key;
	sea_time keyed;

	sea_load_tag(from, "PORT");
	sea_load_bytes(from, &key, sizeof(key));
	keyed = sea_load_time(from);
	if (!from->err && !from->fresh_secrets) {
		ports->key = key;
		ports->keyed = keyed;
	}
	if (sea_load_u8(from))
		load_counters(from, ports);
}
