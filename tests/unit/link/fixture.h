/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What tests of links stand on: a stack in virtual time whose memory and randomness are the test's,
 * a protocol that keeps what reaches it, and TCP frames made to order.
 */
#ifndef TESTS_UNIT_LINK_FIXTURE_H
#define TESTS_UNIT_LINK_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/link.h"
#include "core/stack.h"

struct fixture {
	struct sea_env env;
	struct sea_stack *stack;
	struct sea_link *link;
	int allocs_left; /* before allocations fail; negative: never */
};

/* A stack without modules, and an Ethernet link `eth0` of MAC 02:00:00:00:00:01 that is up. */
void fixture_init(struct fixture *f, uint32_t features);
void fixture_init_type(struct fixture *f, uint32_t features, enum sea_link_type type);
/* Ends the stack; its pool asserts that no memory is missing. */
void fixture_fini(struct fixture *f);

uint64_t drops(const struct fixture *f, enum sea_drop reason);

/*
 * Registers a network protocol for IPv4 and one for IPv6 that keep their packets in `arrived`, with
 * the link header put back. Once per stack; one stack at a time.
 */
extern struct sea_pktq arrived;
void keep_arrivals(struct fixture *f);
void forget_arrivals(void);

/* What a TCP frame says; zero is a plain in-order data segment from 10.0.0.2 to 10.0.0.1. */
struct frame_spec {
	bool v6, raw;            /* raw: without an Ethernet header */
	uint8_t tos, ttl, flags; /* flags 0: ACK */
	uint16_t id, frag, sport, wnd, urg;
	uint32_t seq, ack;
	const uint8_t *opts;
	uint32_t opts_len, payload;
	bool udp, bad_sum;
};

#define FRAME_MAX (65535u + 64u)

/* The frame with right checksums; its payload is a function of seq. Returns its length. */
uint32_t frame_put(uint8_t *to, const struct frame_spec *spec);

/* The frame as a packet of `f->link` in pieces as a driver would bring it. */
struct sea_pkt *frame_pkt(struct fixture *f, const struct frame_spec *spec);
struct sea_pkt *bytes_pkt(struct fixture *f, const uint8_t *bytes, uint32_t len);

/* Like frame_pkt(), a TCP super-segment with PARTIAL checksum as our TCP would send it. */
struct sea_pkt *super_pkt(struct fixture *f, const struct frame_spec *spec, uint16_t gso_size);

/* All bytes of a packet. */
uint32_t pkt_bytes(const struct sea_pkt *pkt, uint8_t *to);

/* Puts a frame (Ethernet header and all) straight into the link's transmit queue. */
void send_frame(struct fixture *f, struct sea_pkt *pkt);

/* One frame into the link at `now`. */
void input_one(struct fixture *f, struct sea_pkt *pkt, sea_time now);

static inline sea_time at_ns(int64_t ns)
{
	return (sea_time){ ns };
}

#endif
