/* SPDX-License-Identifier: Apache-2.0 */
/* RTM_GETROUTE with NLM_F_DUMP. */
#include <netinet/in.h>

#include "tests/lib/env.h"
#include "tests/netns/netlink_routes.h"

static struct request dump_of(const char *name, uint8_t family, const struct rtmsg *hdr)
{
	struct rtmsg h = *hdr;

	h.rtm_family = family;
	return request_of(name, RTM_GETROUTE, NLM_F_DUMP, &h, sizeof(h));
}

static void filtered(struct world w[2], uint8_t family)
{
	static const uint32_t tables[] = { 0, 1, 253, 254, 255, 256, 1000 };
	static const uint32_t links[] = { 0, 1, LINK0, LINK1, 99 };
	static const struct rtmsg headers[] = {
		{ .rtm_table = 254 },    { .rtm_table = 77 },    { .rtm_protocol = 2 },
		{ .rtm_protocol = 3 },   { .rtm_type = 2 },      { .rtm_type = 5 },
		{ .rtm_flags = 0x200 },  { .rtm_flags = 0x800 }, { .rtm_flags = 0xa00 },
		{ .rtm_flags = 0x1000 }, { .rtm_flags = 0x100 }, { .rtm_scope = 253 },
		{ .rtm_dst_len = 8 },    { .rtm_src_len = 1 },   { .rtm_tos = 4 },
	};
	struct request r;

	for (unsigned i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		r = dump_of("dump by header", family, &headers[i]);
		in_each_mode(w, &r);
	}
	for (unsigned i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		r = dump_of("dump of a table", family, &(struct rtmsg){ 0 });
		put_attr32(&r, RTA_TABLE, tables[i]);
		in_each_mode(w, &r);
	}
	for (unsigned i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		r = dump_of("dump by link", family, &(struct rtmsg){ 0 });
		put_attr32(&r, RTA_OIF, links[i]);
		in_each_mode(w, &r);
	}
}

void compare_dumps_of_routes(struct world w[2])
{
	static const uint8_t families[] = { AF_UNSPEC, AF_INET, AF_INET6, 77, 200 };

	for (unsigned i = 0; i < sizeof(families); i++) {
		struct request r = dump_of("dump", families[i], &(struct rtmsg){ 0 });

		in_each_mode(w, &r);
		r.len = 1;
		r.name = "dump by rtgenmsg";
		in_each_mode(w, &r);
		filtered(w, families[i]);
	}
}

static struct request random_dump(uint64_t *seed)
{
	const struct rtmsg hdr = {
		.rtm_table = (uint8_t)(by_chance(seed, 4) ? test_random(seed) : 0),
		.rtm_type = (uint8_t)(by_chance(seed, 4) ? test_random(seed) % 12 : 0),
		.rtm_protocol = (uint8_t)(by_chance(seed, 4) ? test_random(seed) % 5 : 0),
		.rtm_flags = by_chance(seed, 8) ? 1u << test_random(seed) % 16 : 0,
		.rtm_scope = (uint8_t)(by_chance(seed, 32) ? 254 : 0)
	};
	static const uint32_t families[] = { 0, 2, 10 };
	struct request r = dump_of("random dump", (uint8_t)any_of(seed, families, 3), &hdr);

	for (uint64_t n = test_random(seed) % 3; n; n--) {
		uint8_t value[24];

		for (unsigned i = 0; i < sizeof(value); i++)
			value[i] = (uint8_t)(by_chance(seed, 3) ? test_random(seed) : 0);
		put_attr(&r, (uint16_t)(test_random(seed) % 35 | (by_chance(seed, 4) ? 0x8000 : 0)),
			 value, (uint16_t)(by_chance(seed, 2) ? 4 : test_random(seed) % 20));
	}
	if (by_chance(seed, 16))
		put(&r, "\1\2\3", (uint32_t)(1 + test_random(seed) % 3));
	return r;
}

void compare_random_dumps(struct world w[2], unsigned long n, uint64_t *seed)
{
	while (n--) {
		const struct request r = random_dump(seed);

		compare(w, &r, (unsigned)(test_random(seed) % MODES));
	}
}
