/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pieces of a few datagrams into the reassembly: whatever comes out has been put in, byte for byte, at
 * its place, and all memory is accounted for.
 */
#include <stdint.h>
#include <stdlib.h>

#include "core/link.h"
#include "core/sock.h"
#include "ip/ipv4.h"
#include "tests/lib/env.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define STEP 6

static uint32_t heard;

/* Each byte of a payload says where it belongs. */
static uint8_t byte_at(uint32_t at)
{
	return (uint8_t)(at * 31 + (at >> 8));
}

static void hear(struct sea_stack *stack, struct sea_pkt *pkt)
{
	uint8_t bytes[512];

	for (uint32_t at = 0; at < pkt->len; at += sizeof(bytes)) {
		uint32_t n = pkt->len - at < sizeof(bytes) ? pkt->len - at : sizeof(bytes);

		if (!sea_pkt_read(pkt, at, bytes, n))
			abort();
		for (uint32_t i = 0; i < n; i++)
			if (bytes[i] != byte_at(at + i))
				abort();
	}
	heard++;
	sea_pkt_free(pkt);
	(void)stack;
}

static struct sea_pkt *piece_of(struct sea_link *link, uint32_t off, uint32_t len)
{
	uint8_t bytes[20 + 2048] = { 0x45 };
	struct sea_pkt *pkt;

	for (uint32_t i = 0; i < len; i++)
		bytes[20 + i] = byte_at(off + i);
	pkt = sea_pkt_from_bytes(link, bytes, 20 + len);
	if (!pkt)
		return NULL;
	pkt->off_net = sea_pkt_offset(pkt);
	sea_pkt_pull(pkt, 20);
	pkt->off_trans = sea_pkt_offset(pkt);
	return pkt;
}

/* A step: which datagram, flags, offset in units, length, and how much time passes. */
static void take(struct sea_stack *stack, struct sea_link *link, const uint8_t *step)
{
	struct sea_frag_table *t = &sea_ipv4_of(stack)->frags;
	const struct sea_frag_key key = { .id = step[0] & 3, .src.b = { [3] = step[0] >> 6 } };
	const uint16_t off = (uint16_t)((sea_get16(step + 1) & 0x1fff) * 8);
	const struct sea_frag_piece piece = {
		.off = off, .before = 20, .size = 1500, .more = step[0] & 4, .ecn = step[0] >> 3 & 3
	};
	struct sea_frag_whole whole;
	struct sea_pkt *pkt = piece_of(link, off, sea_get16(step + 3) & 0x7ff);

	if (pkt)
		pkt = sea_frag_input(t, &key, &piece, pkt, &whole);
	if (pkt)
		hear(stack, pkt);
	if (t->charged > (uint64_t)t->conf.high_thresh + (1u << 20) || (!t->queues.n && t->charged))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct sea_module *const modules[] = { &sea_ipv4 };
	struct sea_link_config config = { .size = sizeof(config),
					  .name = "tun0",
					  .type = SEA_LINK_IP };
	sea_time now = { SEA_SEC };
	struct sea_stack *stack;
	struct sea_link *link;
	struct test_env env;

	test_env_init(&env);
	if (sea_stack_new(NULL, &env.env, modules, 1, &stack))
		abort();
	if (sea_link_add(stack, &config, &link, now) || sea_link_set_up(link, true, now))
		abort();
	for (; size >= STEP; data += STEP, size -= STEP) {
		sea_stack_enter(stack, now);
		take(stack, link, data);
		sea_stack_leave(stack);
		now = sea_time_add(now, data[5] * SEA_MSEC * 100);
		sea_stack_advance(stack, now);
	}
	sea_stack_free(stack);
	if (env.live)
		abort();
	return 0;
}
