/* SPDX-License-Identifier: Apache-2.0 */
/* RTM_*ADDRLABEL: what is asked of the policy table, and what becomes of it. */
#include <netinet/in.h>
#include <string.h>

#include <linux/if_addrlabel.h>

#include "tests/lib/env.h"
#include "tests/netns/netlink_compare.h"

static void each_mode(struct world w[2], const struct request *r)
{
	for (unsigned mode = 0; mode < MODES; mode++)
		compare(w, r, mode);
}

static uint64_t pick(uint64_t *seed, uint64_t n)
{
	return test_random(seed) % n;
}

/* -- asked for -- */

static void all(struct world w[2], const uint8_t *bytes, uint32_t len)
{
	struct request r = request_of("labels", RTM_GETADDRLABEL, NLM_F_DUMP, bytes, len);

	each_mode(w, &r);
	r.flags |= NLM_F_ACK;
	compare(w, &r, EXT_ACK | STRICT);
}

static void each_header(struct world w[2])
{
	const uint8_t families[] = { AF_INET6, AF_UNSPEC, AF_INET, AF_PACKET };

	for (unsigned i = 0; i < sizeof(families); i++) {
		uint8_t bytes[20] = { families[i] };

		for (uint32_t len = 0; len <= sizeof(bytes); len++) {
			struct request r =
				request_of("a label, cut", RTM_GETADDRLABEL, NLM_F_ACK, bytes, len);

			compare(w, &r, EXT_ACK);
			compare(w, &r, EXT_ACK | STRICT);
			all(w, bytes, len);
		}
		for (uint32_t at = 1; at < 12; at++) {
			bytes[at] = 1;
			all(w, bytes, 12);
			bytes[at] = 0;
		}
	}
}

static void one(struct world w[2], const struct ifaddrlblmsg *hdr, const struct in6_addr *addr)
{
	struct request r = request_of("a label", RTM_GETADDRLABEL, NLM_F_ACK, hdr, sizeof(*hdr));

	put_attr(&r, IFAL_ADDRESS, addr, 16);
	each_mode(w, &r);
	put_attr(&r, IFAL_LABEL, "\1\0\0\0", 4);
	each_mode(w, &r);
}

static void each_one(struct world w[2])
{
	const struct in6_addr addrs[] = { { .s6_addr = { 0 } },
					  { .s6_addr = { [15] = 1 } },
					  { .s6_addr = { [15] = 7 } },
					  { .s6_addr = { [10] = 0xff, [11] = 0xff, [12] = 10 } },
					  { .s6_addr = { 0x20, 1 } },
					  { .s6_addr = { 0x20, 1, 0, 0x1f, 1 } },
					  { .s6_addr = { 0x20, 2, 9 } },
					  { .s6_addr = { 0xfd } },
					  { .s6_addr = { 0xff, 2, [15] = 1 } } };
	struct ifaddrlblmsg hdr = { .ifal_family = AF_INET6, .ifal_prefixlen = 128 };

	for (unsigned i = 0; i < sizeof(addrs) / sizeof(addrs[0]); i++)
		one(w, &hdr, &addrs[i]);
	for (uint32_t i = 1; i < 4; i++) {
		hdr.ifal_index = i;
		one(w, &hdr, &addrs[1]);
	}
	hdr.ifal_index = 0;
	hdr.ifal_prefixlen = 64;
	one(w, &hdr, &addrs[1]);
	hdr.ifal_prefixlen = 129;
	one(w, &hdr, &addrs[1]);
}

/* -- changed -- */

static struct in6_addr random_prefix(uint64_t *seed)
{
	struct in6_addr a = { .s6_addr = { 0x20, 1, 0xd, 0xb8 } };

	a.s6_addr[5] = (uint8_t)pick(seed, 3);
	a.s6_addr[15] = (uint8_t)pick(seed, 2);
	if (pick(seed, 12) == 0)
		a = (struct in6_addr){ .s6_addr = { [10] = 0xff, [11] = 0xff, [12] = 10 } };
	return a;
}

static struct request random_change(uint64_t *seed)
{
	static const uint8_t lens[] = { 0, 48, 48, 64, 64, 96, 128, 129 };
	static const uint32_t labels[] = { 1, 7, 99, 100, 101, UINT32_MAX };
	const struct ifaddrlblmsg hdr = { .ifal_family = AF_INET6,
					  .ifal_prefixlen = lens[pick(seed, 8)],
					  .ifal_flags = pick(seed, 8) == 0,
					  .ifal_index = pick(seed, 12) ? (uint32_t)pick(seed, 2)
								       : 99 };
	struct in6_addr prefix = random_prefix(seed);
	struct request r = request_of("change of a label",
				      pick(seed, 3) ? RTM_NEWADDRLABEL : RTM_DELADDRLABEL,
				      NLM_F_ACK, &hdr, sizeof(hdr));

	if (pick(seed, 3) == 0)
		r.flags |= NLM_F_REPLACE;
	if (pick(seed, 6) == 0)
		r.flags |= NLM_F_EXCL | NLM_F_CREATE;
	if (pick(seed, 16))
		put_attr(&r, IFAL_ADDRESS, &prefix, (uint16_t)(pick(seed, 16) ? 16 : 8));
	if (pick(seed, 16))
		put_attr(&r, IFAL_LABEL, &labels[pick(seed, 6)],
			 (uint16_t)(pick(seed, 16) ? 4 : 2));
	return r;
}

void compare_labels(struct world w[2], unsigned long n, uint64_t *seed)
{
	const struct ifaddrlblmsg hdr = { .ifal_family = AF_INET6 };
	const struct request after = request_of("labels after a change", RTM_GETADDRLABEL,
						NLM_F_DUMP, &hdr, sizeof(hdr));

	each_header(w);
	each_one(w);
	while (n--) {
		const struct request r = random_change(seed);

		compare(w, &r, EXT_ACK);
		compare(w, &after, 0);
	}
	each_one(w);
}
