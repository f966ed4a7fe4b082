/* SPDX-License-Identifier: Apache-2.0 */
/* A packet that is kept: as bytes, and its end. */
#include "transport/tcp/seen.h"

#include <errno.h>

#include "core/save.h"
#include "wire/ipv6.h"

void sea_tcp_seen_free(struct sea_stack *stack, struct tcp_seen *seen)
{
	if (seen)
		sea_pool_free(&stack->shard.pool, seen, sizeof(*seen) + seen->hdr_len);
}

void sea_tcp_seen_save(struct sea_saver *to, const struct tcp_seen *seen)
{
	sea_save_u8(to, seen != NULL);
	if (!seen)
		return;
	sea_save_u16(to, seen->hdr_len);
	sea_save_u32(to, (uint32_t)seen->ifindex);
	sea_save_u32(to, seen->flow_label);
	sea_save_u8(to, seen->tos);
	sea_save_u8(to, seen->ttl);
	sea_save_bytes(to, seen->dst.b, sizeof(seen->dst.b));
	sea_save_bytes(to, seen->hdr, seen->hdr_len);
}

struct tcp_seen *sea_tcp_seen_load(struct sea_loader *from, struct sea_stack *stack)
{
	struct tcp_seen *seen;
	uint16_t hdr_len;

	if (!sea_load_u8(from))
		return NULL;
	hdr_len = sea_load_u16(from);
	if (hdr_len && hdr_len < sizeof(struct sea_ipv6_hdr))
		sea_load_fail(from, -EINVAL);
	seen = from->err ? NULL : sea_pool_zalloc(&stack->shard.pool, sizeof(*seen) + hdr_len);
	if (!seen) {
		sea_load_fail(from, -ENOMEM); /* unless it says -EINVAL already */
		return NULL;
	}
	seen->hdr_len = hdr_len;
	seen->ifindex = (int)sea_load_u32(from);
	seen->flow_label = sea_load_u32(from);
	seen->tos = sea_load_u8(from);
	seen->ttl = sea_load_u8(from);
	sea_load_bytes(from, seen->dst.b, sizeof(seen->dst.b));
	sea_load_bytes(from, seen->hdr, hdr_len);
	if (!from->err)
		return seen;
	sea_tcp_seen_free(stack, seen);
	return NULL;
}
