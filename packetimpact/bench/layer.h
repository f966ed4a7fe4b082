/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packets as layers. One description serves both ways: what a layer does not say, the builder fills in as it
 * should be (lengths, checksums, protocols, addresses from the peer to the device), and a matcher takes
 * whatever it is.
 *
 *	IPV4(F(IPV4_TTL, 3), .src = &stranger), UDP(F(UDP_SRC, 7), F(UDP_DST, port)), BYTES("hello", 5)
 *	IPV6(), ICMP6(F(ICMP6_TYPE, 4), BETWEEN(ICMP6_WORD, 40, 48))
 *
 * A wrong value is sent as it is said: F(UDP_SUM, 1), F(IPV4_LEN, 19). To a matcher BUT(field, value) is any other
 * value, BETWEEN(field, low, high) one of these and between. The fields are those of layer.def.
 */
#ifndef SEA_PACKETIMPACT_BENCH_LAYER_H
#define SEA_PACKETIMPACT_BENCH_LAYER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <seastack/addr.h>

enum sea_bench_kind {
#define LAYER(kind, name, bytes) SEA_BENCH_##kind,
#include "packetimpact/bench/layer.def"
	SEA_BENCH_KINDS,
};

/* Each layer's fields count from 0. */
enum sea_bench_field {
#define LAYER(kind, name, bytes) SEA_BENCH_BEFORE_##kind = -1,
#define FIELD(kind, field, name, bit, bits) SEA_BENCH_##kind##_##field,
#include "packetimpact/bench/layer.def"
};

#define SEA_BENCH_FIELDS 12 /* that a layer has at most */
#define SEA_BENCH_LAYERS 12 /* that a packet has at most */

enum sea_bench_op { SEA_BENCH_ANY, SEA_BENCH_IS, SEA_BENCH_BUT, SEA_BENCH_BETWEEN };

struct sea_bench_value {
	enum sea_bench_op op;
	uint32_t low, high; /* IS and BUT: low */
};

struct sea_bench_layer {
	enum sea_bench_kind kind;
	const struct sea_addr *src, *dst; /* of IPV4 and IPV6 */
	/*
	 * The options of IPV4, TCP and the two headers of IPv6 that have some, padded with zeros to what the header
	 * counts in; or BYTES themselves. NULL with a length: zeros to the builder, any bytes of that length to a
	 * matcher; without one: none, and anything.
	 */
	const void *bytes;
	size_t len;
	struct sea_bench_value v[SEA_BENCH_FIELDS];
};

#define F(field, value) .v[SEA_BENCH_##field] = { SEA_BENCH_IS, (uint32_t)(value), 0 }
#define BUT(field, value) .v[SEA_BENCH_##field] = { SEA_BENCH_BUT, (uint32_t)(value), 0 }
#define BETWEEN(field, value, to) \
	.v[SEA_BENCH_##field] = { SEA_BENCH_BETWEEN, (uint32_t)(value), (uint32_t)(to) }

#define SEA_BENCH_OF(k, ...) ((struct sea_bench_layer){ .kind = SEA_BENCH_##k, __VA_ARGS__ })
#define IPV4(...) SEA_BENCH_OF(IPV4, __VA_ARGS__)
#define IPV6(...) SEA_BENCH_OF(IPV6, __VA_ARGS__)
#define HOPOPTS(...) SEA_BENCH_OF(HOPOPTS, __VA_ARGS__)
#define DSTOPTS(...) SEA_BENCH_OF(DSTOPTS, __VA_ARGS__)
#define FRAG(...) SEA_BENCH_OF(FRAG, __VA_ARGS__)
#define TCP(...) SEA_BENCH_OF(TCP, __VA_ARGS__)
#define UDP(...) SEA_BENCH_OF(UDP, __VA_ARGS__)
#define ICMP(...) SEA_BENCH_OF(ICMP, __VA_ARGS__)
#define ICMP6(...) SEA_BENCH_OF(ICMP6, __VA_ARGS__)
#define BYTES(at, n) SEA_BENCH_OF(BYTES, .bytes = (at), .len = (n))

/* An array of layers and how many they are, as two arguments. */
#define LAYERS(...)                                                       \
	(const struct sea_bench_layer[]){ __VA_ARGS__ },                  \
		sizeof((const struct sea_bench_layer[]){ __VA_ARGS__ }) / \
			sizeof(struct sea_bench_layer)

/*
 * The packet as bytes; its length, 0: it does not fit into `max`. Layers inside of an ICMP error are what it quotes:
 * they go from `dst` to `src` where they do not say.
 */
size_t sea_bench_build(const struct sea_bench_layer *layers, size_t n, const struct sea_addr *src,
		       const struct sea_addr *dst, uint8_t *to, size_t max);

/* A packet taken apart. */
struct sea_bench_part {
	enum sea_bench_kind kind;
	size_t at, hdr; /* where its header begins, and how long that is with its options */
};

struct sea_bench_seen {
	const uint8_t *bytes;
	size_t len;
	int64_t time_ns; /* on the device's clock */
	struct sea_bench_part parts[SEA_BENCH_LAYERS];
	size_t n;
};

/* Sets parts and n by bytes and len: as far as they can be told apart, and what is left is BYTES. */
void sea_bench_dissect(struct sea_bench_seen *seen);
/* NULL, or which checksum or length is wrong; of what is quoted or a fragment none is looked at. */
const char *sea_bench_wrong_sum(const struct sea_bench_seen *seen);
/* Do these layers stand first in it, and does each have what is said of it? */
bool sea_bench_match(const struct sea_bench_seen *seen, const struct sea_bench_layer *layers,
		     size_t n);
/* One field of the first layer of a kind; false: there is none. */
bool sea_bench_get(const struct sea_bench_seen *seen, enum sea_bench_kind kind,
		   enum sea_bench_field field, uint32_t *value);
/* The bytes behind all headers; "" with *len 0 where there are none. */
const uint8_t *sea_bench_payload(const struct sea_bench_seen *seen, size_t *len);

/* In one line without newline: what is said, or all of it. */
void sea_bench_print_layers(FILE *to, const struct sea_bench_layer *layers, size_t n);
void sea_bench_print_seen(FILE *to, const struct sea_bench_seen *seen);

/* -- between the files of the bench -- */

struct sea_bench_field_desc {
	const char *name;
	uint8_t bit, bits; /* 0 bits: there is no such field */
};

struct sea_bench_kind_desc {
	const char *name;
	uint8_t bytes;
	struct sea_bench_field_desc fields[SEA_BENCH_FIELDS];
};

extern const struct sea_bench_kind_desc sea_bench_kinds[SEA_BENCH_KINDS];

uint32_t sea_bench_field_get(enum sea_bench_kind kind, unsigned field, const uint8_t *hdr);
void sea_bench_field_put(enum sea_bench_kind kind, unsigned field, uint8_t *hdr, uint32_t value);
/* The ones' complement sum of a transport part behind an IP header, with its pseudo-header: 0xffff is right. */
uint16_t sea_bench_transport_sum(const uint8_t *ip, uint8_t proto, const uint8_t *at, size_t len);

#endif
