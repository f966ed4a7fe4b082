/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many ICMP messages go out (RFC 1812 §4.3.2.8, RFC 4443 §2.4 (f)): a bucket per destination and
 * one for all of both IP versions, with Linux's sizes.
 */
#ifndef SEA_IP_ICMP_LIMIT_H
#define SEA_IP_ICMP_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/siphash.h"
#include "core/stack.h"
#include "ip/ip.h"

struct sea_saver;
struct sea_loader;

struct sea_icmp_bucket {
	uint32_t tokens;
	sea_time refilled;
};

#define SEA_ICMP_PEERS 256

/* Destinations share their buckets by a keyed hash, so the memory is fixed. */
struct sea_icmp_peers {
	struct sea_siphash_key key;
	struct sea_icmp_bucket buckets[SEA_ICMP_PEERS];
};

/* net.ipv4.icmp_msgs_*, which hold for IPv6, too: messages. */
struct sea_icmp_rate {
	int32_t per_sec, burst;
};

struct sea_icmp_global {
	struct sea_icmp_rate rate;
	struct sea_icmp_bucket bucket;
};

void sea_icmp_global_init(struct sea_icmp_global *g, struct sea_stack *stack,
			  struct sea_icmp_rate rate);
void sea_icmp_peers_init(struct sea_icmp_peers *p, struct sea_stack *stack);

/* May a message go to `dst` now? Takes from both buckets, and counts a refusal. */
bool sea_icmp_limit(struct sea_stack *stack, struct sea_icmp_global *g, struct sea_icmp_peers *p,
		    const struct sea_ipaddr *dst, uint32_t cost_ms, enum sea_mib refused_host);

void sea_icmp_bucket_save(const struct sea_icmp_bucket *b, struct sea_saver *to);
void sea_icmp_bucket_load(struct sea_icmp_bucket *b, struct sea_loader *from);
void sea_icmp_peers_save(const struct sea_icmp_peers *p, struct sea_saver *to);
void sea_icmp_peers_load(struct sea_icmp_peers *p, struct sea_loader *from);

#endif
