/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A multicast router of three links, vifs 0 to 2 of both families, and what its neighbours say to
 * groups and hear of them.
 */
#ifndef SEA_TESTS_MROUTE_H
#define SEA_TESTS_MROUTE_H

#include <stdio.h>
#include <string.h>

#include <seastack/event.h>
#include <seastack/mroute.h>
#include <seastack/stats.h>

#include "ip/ipv4.h"
#include "ip/ipv6.h"
#include "ip/mroute.h"
#include "tests/lib/udp_peer.h"

#define MROUTE_G4 "239.1.1.1"
#define MROUTE_S4 "10.0.0.9"
#define MROUTE_G6 "ff1e::1"
#define MROUTE_S6 "2001:db8::9"

struct mroute_net {
	struct test_stack t;
	struct sea_link *links[3];
};

static const struct sea_module *const mroute_modules[] = { &sea_ipv4, &sea_ipv6, &sea_udp };

/* Both families' words for the same. */
struct mroute_words {
	uint8_t family;
	const char *src, *group;
};

static const struct mroute_words mroute_words[] = { { SEA_AF_INET, MROUTE_S4, MROUTE_G4 },
						    { SEA_AF_INET6, MROUTE_S6, MROUTE_G6 } };

static inline void mroute_start(struct mroute_net *n, bool tell_wrong_vif)
{
	for (unsigned i = 0; i < 2; i++) {
		const struct sea_mroute_config config = { .size = sizeof(config),
							  .family = mroute_words[i].family,
							  .tell_wrong_vif = tell_wrong_vif };

		assert_int_equal(sea_mroute_start(n->t.stack, &config, n->t.now), 0);
		for (uint16_t v = 0; v < 3; v++) {
			const struct sea_mroute_vif vif = { .size = sizeof(vif),
							    .family = config.family,
							    .vif = v,
							    .threshold = 1,
							    .ifindex = n->links[v]->ifindex };

			assert_int_equal(sea_mroute_vif_add(n->t.stack, &vif, n->t.now), 0);
		}
	}
}

static inline void mroute_links(struct mroute_net *n)
{
	static const struct sea_mac mac1 = { { 2, 0, 0, 0, 0, 0x11 } };
	static const struct sea_mac mac2 = { { 2, 0, 0, 0, 0, 0x12 } };

	n->links[0] = n->t.link;
	n->links[1] = test_add_link(&n->t, "eth1", &mac1, "10.1.0.1/24");
	n->links[2] = test_add_link(&n->t, "eth2", &mac2, "10.2.0.1/24");
	test_add_addr6(&n->t, n->links[1], "2001:db8:1::1/64");
	test_add_addr6(&n->t, n->links[2], "2001:db8:2::1/64");
}

static inline int mroute_setup(void **state)
{
	struct mroute_net *n = calloc(1, sizeof(*n));

	test_stack_new6(&n->t, mroute_modules, 3);
	mroute_links(n);
	mroute_start(n, false);
	test_take_all(&n->t);
	*state = n;
	return 0;
}

static inline int mroute_teardown(void **state)
{
	struct mroute_net *n = *state;

	test_stack_free(&n->t);
	free(n);
	return 0;
}

/* From vif `parent` out by those that stand in `ttls`, "-15" is vif 1 with 1 and vif 2 with 5. */
static inline struct sea_mroute mroute_of(uint8_t family, const char *src, const char *group,
					  uint16_t parent, const char *ttls)
{
	struct sea_mroute r = { .size = sizeof(r), .family = family, .parent = parent };

	if (src)
		r.src = test_addr(src);
	if (group)
		r.group = test_addr(group);
	for (unsigned i = 0; ttls[i]; i++)
		if (ttls[i] != '-')
			r.ttls[i] = (uint8_t)(ttls[i] - '0');
	return r;
}

static inline int mroute_add(struct mroute_net *n, struct sea_mroute r)
{
	int err = sea_mroute_add(n->t.stack, &r, n->t.now);

	test_settle(&n->t);
	return err;
}

static inline int mroute_add_proxy(struct mroute_net *n, struct sea_mroute r)
{
	r.proxy = true;
	return mroute_add(n, r);
}

/* -- in -- */

static inline void mroute_say4(struct mroute_net *n, unsigned vif, const struct test_ip *ip,
			       size_t len)
{
	static const uint8_t data[9000] = { 0, 7, 0, 7 };
	static uint8_t frame[TEST_FRAME_MAX];
	struct test_ip with = *ip;
	sea_be32 g = test_ip4(ip->dst);
	const struct sea_mac mac = { { 1, 0, 0x5e, g.b[1] & 0x7f, g.b[2], g.b[3] } };

	with.eth_dst = &mac;
	test_inject_on(&n->t, n->links[vif], frame, test_build_ip(frame, &with, data, len));
}

static inline void mroute_say6(struct mroute_net *n, unsigned vif, const struct test_ip6 *ip,
			       size_t len)
{
	static const uint8_t data[9000] = { 0, 7, 0, 7 };
	static uint8_t frame[TEST_FRAME_MAX];

	test_inject_on(&n->t, n->links[vif], frame, test_build_ip6(frame, ip, data, len));
}

/* Of 12 bytes of UDP, from the usual source. */
static inline void mroute_say(struct mroute_net *n, uint8_t family, unsigned vif, const char *group,
			      uint8_t ttl)
{
	if (family == SEA_AF_INET)
		mroute_say4(n, vif,
			    &(struct test_ip){
				    .proto = 17, .src = MROUTE_S4, .dst = group, .ttl = ttl },
			    12);
	else
		mroute_say6(n, vif,
			    &(struct test_ip6){
				    .proto = 17, .src = MROUTE_S6, .dst = group, .hop_limit = ttl },
			    12);
}

/* -- out -- */

/* What goes out, in its order: "1:7 2:7" is a packet of TTL 7 on vif 1 and one on vif 2. */
static inline const char *mroute_heard(struct mroute_net *n)
{
	static char text[1024];
	struct test_frame *f;
	size_t at = 0;

	text[0] = 0;
	test_settle(&n->t);
	while ((f = test_take(&n->t))) {
		bool v6 = sea_get16(f->bytes + 12) == SEA_ETHERTYPE_IPV6;
		unsigned vif = 0;

		assert_int_equal(f->bytes[0] & 1, 1); /* to the group's own link address */
		if (!v6)
			assert_int_equal(
				test_checksum(f->bytes + 14, (f->bytes[14] & 0xfu) * 4, 0).b[0], 0);
		while (vif < 2 && n->links[vif] != f->link)
			vif++;
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%u:%u", at ? " " : "", vif,
				       f->bytes[14 + (v6 ? 7 : 8)]);
	}
	return text;
}

/* The upcalls that wait: "1 0 SOURCE GROUP", a kind and a vif, with ", " between. */
static inline const char *mroute_upcalls(struct mroute_net *n, uint8_t family)
{
	static char text[8192];
	struct sea_mroute_upcall u = { .size = sizeof(u) };
	char src[SEA_ADDR_TEXT_MAX] = "any", group[SEA_ADDR_TEXT_MAX] = "any";
	size_t at = 0;

	text[0] = 0;
	while (at < sizeof(text) - 256 && sea_mroute_take_upcall(n->t.stack, family, &u)) {
		assert_int_equal(u.family, family);
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%d %u %s %s",
				       at ? ", " : "", u.kind, u.vif,
				       u.src.family ? sea_addr_text(&u.src, src) : "any",
				       u.group.family ? sea_addr_text(&u.group, group) : "any");
	}
	return text;
}

static inline struct sea_mroute mroute_first(struct mroute_net *n)
{
	struct sea_mroute r = { .size = sizeof(r) };
	uint64_t cursor = 0;

	assert_true(sea_mroute_next(n->t.stack, &cursor, &r));
	return r;
}

static inline struct sea_mroute_vif mroute_vif(struct mroute_net *n, uint8_t family, uint16_t vif)
{
	struct sea_mroute_vif v = { .size = sizeof(v) };
	uint64_t cursor = 0;

	while (sea_mroute_vif_next(n->t.stack, &cursor, &v))
		if (v.family == family && v.vif == vif)
			return v;
	fail_msg("there is no vif %u", vif);
	return v;
}

#define MROUTE_TEST(name) cmocka_unit_test_setup_teardown(name, mroute_setup, mroute_teardown)

#endif
