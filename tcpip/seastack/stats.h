/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counters: Linux's MIB counters by Linux's names (as nstat(8) shows them), one counter per drop
 * reason, and gauges of memory.
 */
#ifndef SEASTACK_STATS_H
#define SEASTACK_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <seastack/compiler.h>

SEA_BEGIN_DECLS

struct sea_stack;

struct sea_counter {
	const char *name;    /* "TcpRetransSegs", "IpInDelivers"; a drop: "TCP_CHECKSUM" */
	const char *layer;   /* a drop's "link", "ip", "tcp", …; a MIB counter's group "Tcp" */
	const char *meaning; /* one line for drops, NULL for MIB counters (RFC 4293, 4022, 4113) */
	uint64_t value;
};

/* Counter number `i`, from 0, into *counter (its strings are constant); false past the last. */
SEA_API bool sea_stack_mib(const struct sea_stack *stack, unsigned i, struct sea_counter *counter);
SEA_API bool sea_stack_drop(const struct sea_stack *stack, unsigned i, struct sea_counter *counter);

/* Value of a MIB counter by name; 0 where there is no such counter. */
SEA_API uint64_t sea_stack_mib_get(const struct sea_stack *stack, const char *name);

struct sea_memory {
	size_t size;       /* set by the caller and left as it is */
	size_t held;       /* real bytes in use: packets, buffers, objects */
	size_t cached;     /* free bytes kept for reuse */
	size_t held_max;   /* the cap; 0: none */
	size_t pkts, bufs; /* live objects */
	size_t sockets, timers;
	/*
	 * As /proc/net/sockstat has them: connections without a program, in TIME_WAIT, all but the
	 * latter, and pages of 4096 bytes charged against net.ipv4.tcp_mem.
	 */
	size_t tcp_orphan, tcp_tw, tcp_alloc, tcp_mem;
};

/*
 * Fills *memory up to its `size`, with zeros where this library knows less than the caller's header;
 * a size of 0 gets nothing.
 */
SEA_API void sea_stack_memory(const struct sea_stack *stack, struct sea_memory *memory);

SEA_END_DECLS
#endif
