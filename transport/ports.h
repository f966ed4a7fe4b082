/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The choice of ephemeral ports (RFC 6056) from net.ipv4.ip_local_port_range, as Linux makes it:
 *
 *   SEA_PORT_ANY      from a random start upwards (UDP, and echo identifiers in the whole range)
 *   SEA_PORT_BIND     the same over odd ports first: those that connect() does not take first
 *   SEA_PORT_CONNECT  over even ports first, from a start that a keyed hash of the two addresses and
 *                     the peer's port gives plus a counter of its own (RFC 6056 §3.3.4), so that
 *                     connections to one place take ports in turn and nobody else can tell
 */
#ifndef SEA_TRANSPORT_PORTS_H
#define SEA_TRANSPORT_PORTS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/siphash.h"
#include "core/sock.h"
#include "core/stack.h"

enum sea_port_use { SEA_PORT_ANY, SEA_PORT_BIND, SEA_PORT_CONNECT };

/* One per protocol and stack, in its module's state. */
struct sea_ports {
	struct sea_stack *stack;
	struct sea_siphash_key key;
	sea_time keyed;     /* the key changes every ten minutes */
	uint32_t *counters; /* by hash of where to; made at the first connect */
};

void sea_ports_init(struct sea_ports *ports, struct sea_stack *stack);
void sea_ports_fini(struct sea_ports *ports);

struct sea_saver;
struct sea_loader;
void sea_ports_save(struct sea_saver *to, const struct sea_ports *ports);
/* Into what sea_ports_init() made; with fresh secrets, what was saved is read and forgotten. */
void sea_ports_load(struct sea_loader *from, struct sea_ports *ports);

/* Is the port free for this socket? */
typedef bool sea_port_free_fn(void *ctx, uint16_t port);

/* A free port, or 0: all are taken. `sock` and `peer` (SEA_PORT_CONNECT only) are borrowed. */
uint16_t sea_ports_pick(struct sea_ports *ports, enum sea_port_use use, const struct sea_sock *sock,
			const struct sea_endpoint *peer, sea_port_free_fn *is_free, void *ctx);

#endif
