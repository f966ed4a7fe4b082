/* SPDX-License-Identifier: Apache-2.0 */
/* RTM_GETLINK: what is answered, and what of it cannot be the same. */
#include <stddef.h>
#include <string.h>

#include <linux/if_link.h>
#include <linux/netconf.h>

#include "tests/lib/env.h"
#include "tests/netns/netlink_compare.h"

#define ATTR_MAX 69 /* newer than some headers: IFLA_TAILROOM */

/* -- what cannot be the same -- */

static struct nlattr attr_at(const uint8_t *bytes, uint32_t at)
{
	struct nlattr a;

	memcpy(&a, bytes + at, sizeof(a));
	return a;
}

/* Where the attribute of this type is among those of `len` bytes at `at`; 0: nowhere. */
static uint32_t find_attr(const uint8_t *bytes, uint32_t at, uint32_t len, uint16_t type)
{
	for (uint32_t end = at + len; at + sizeof(struct nlattr) <= end;) {
		struct nlattr a = attr_at(bytes, at);

		if (a.nla_len < sizeof(a) || a.nla_len > end - at)
			return 0;
		if ((a.nla_type & NLA_TYPE_MASK) == type)
			return at;
		at += (a.nla_len + 3u) & ~3u;
	}
	return 0;
}

static uint32_t find_within(const uint8_t *bytes, uint32_t nest, uint16_t type)
{
	struct nlattr a = nest ? attr_at(bytes, nest) : (struct nlattr){ .nla_len = sizeof(a) };

	return find_attr(bytes, nest + (uint32_t)sizeof(a), a.nla_len - (uint32_t)sizeof(a), type);
}

static void shorten(uint8_t *bytes, uint32_t at, uint32_t by)
{
	struct nlattr a = attr_at(bytes, at);

	a.nla_len = (uint16_t)(a.nla_len - by);
	memcpy(bytes + at, &a, sizeof(a));
}

/* IPv6's counters by link are not kept in our world. Returns by how much the message is shorter. */
static uint32_t without_stats(uint8_t *msg, uint32_t len, uint32_t spec, uint32_t v6, uint16_t type)
{
	uint32_t at = find_within(msg, v6, type), size;

	if (!at)
		return 0;
	size = attr_at(msg, at).nla_len;
	memmove(msg + at, msg + at + size, len - at - size);
	if (spec)
		shorten(msg, spec, size);
	shorten(msg, v6, size);
	return size;
}

/* IPv6's in IFLA_AF_SPEC, or by itself (spec 0). */
static uint32_t neutral_v6(uint8_t *msg, uint32_t len, uint32_t spec, uint32_t v6)
{
	uint32_t at = find_within(msg, v6, IFLA_INET6_CACHEINFO);

	if (at) /* stamps, and a time that is drawn */
		memset(msg + at + sizeof(struct nlattr) + offsetof(struct ifla_cacheinfo, tstamp),
		       0, 2 * sizeof(uint32_t));
	len -= without_stats(msg, len, spec, v6, IFLA_INET6_STATS);
	len -= without_stats(msg, len, spec, v6, IFLA_INET6_ICMP6STATS);
	return len;
}

uint32_t neutral_link(uint8_t *msg, uint32_t len)
{
	const uint32_t hdr = sizeof(struct nlmsghdr) + sizeof(struct ifinfomsg);
	uint32_t spec = find_attr(msg, hdr, len - hdr, IFLA_AF_SPEC);
	uint32_t own = find_attr(msg, hdr, len - hdr, IFLA_PROTINFO);
	uint32_t v6 = spec ? find_within(msg, spec, AF_INET6) : own;

	return v6 ? neutral_v6(msg, len, spec, v6) : len;
}

/* -- asked for -- */

static void each_mode(struct world w[2], const struct request *r)
{
	for (unsigned mode = 0; mode < MODES; mode++)
		compare(w, r, mode);
}

static void by_name(struct world w[2], uint16_t type, const char *name, bool dump)
{
	const struct ifinfomsg hdr = { .ifi_family = AF_UNSPEC };
	struct request r = request_of("a link by its name", RTM_GETLINK, dump ? NLM_F_DUMP : 0,
				      &hdr, sizeof(hdr));

	put_attr(&r, type, name, (uint16_t)(strlen(name) + 1));
	each_mode(w, &r);
}

static void by_index(struct world w[2])
{
	const int indices[] = { 1, 0, -1, 2, 99 };

	for (unsigned i = 0; i < 5; i++) {
		struct ifinfomsg hdr = { .ifi_index = indices[i] };
		struct request r =
			request_of("a link by its index", RTM_GETLINK, 0, &hdr, sizeof(hdr));

		each_mode(w, &r);
		put_attr(&r, IFLA_EXT_MASK, "\11\0\0\0", 4);
		each_mode(w, &r);
		r.flags |= NLM_F_ACK;
		each_mode(w, &r);
		r.flags |= NLM_F_DUMP;
		each_mode(w, &r);
	}
}

static void each_header(struct world w[2])
{
	const uint8_t bytes[16] = { 0 };

	for (uint32_t len = 0; len <= sizeof(bytes); len++)
		for (unsigned dump = 0; dump < 2; dump++) {
			struct request r = request_of("a header, cut", RTM_GETLINK,
						      dump ? NLM_F_DUMP : NLM_F_ACK, bytes, len);

			each_mode(w, &r);
		}
	for (unsigned at = 0; at < sizeof(bytes); at++)
		for (unsigned dump = 0; dump < 2; dump++) {
			uint8_t odd[16] = { [4] = 1 };
			struct request r;

			odd[at] = at ? 1 : AF_PACKET;
			r = request_of("a header with a value", RTM_GETLINK, dump ? NLM_F_DUMP : 0,
				       odd, sizeof(odd));
			each_mode(w, &r);
		}
}

static void each_attr(struct world w[2])
{
	for (uint16_t type = 0; type < ATTR_MAX + 3; type++)
		for (unsigned i = 0; i < 12; i++) {
			const struct ifinfomsg hdr = { .ifi_index = i < 6 ? 0 : 1 };
			const uint8_t value[16] = { 1, 0, 0, 0, 2 };
			const uint16_t lens[] = { 0, 1, 2, 4, 8, 16 };
			struct request r = request_of("a link with an attribute", RTM_GETLINK,
						      i / 6 ? 0 : NLM_F_DUMP, &hdr, sizeof(hdr));

			put_attr(&r, type, value, lens[i % 6]);
			compare(w, &r, EXT_ACK);
			compare(w, &r, EXT_ACK | STRICT);
		}
}

static void filters(struct world w[2])
{
	static const char *const kinds[] = { "nothing", "lo", "", "?" };
	const struct ifinfomsg hdr = { .ifi_family = AF_UNSPEC };
	const int32_t masters[] = { 0, 1, -1, 5 };

	for (unsigned i = 0; i < 4; i++) {
		struct request r =
			request_of("links of a master", RTM_GETLINK, NLM_F_DUMP, &hdr, sizeof(hdr));
		uint8_t nest[32] = { 0 };
		uint16_t len = (uint16_t)(strlen(kinds[i]) + 5);

		put_attr(&r, IFLA_MASTER, &masters[i], 4);
		each_mode(w, &r);
		memcpy(nest, &(struct nlattr){ .nla_len = len, .nla_type = IFLA_INFO_KIND }, 4);
		memcpy(nest + 4, kinds[i], len - 4u);
		r = request_of("links of a kind", RTM_GETLINK, NLM_F_DUMP, &hdr, sizeof(hdr));
		put_attr(&r, IFLA_LINKINFO, nest, len);
		each_mode(w, &r);
	}
}

static void families(struct world w[2])
{
	const uint8_t each[] = { AF_INET6, AF_BRIDGE, AF_INET };

	for (unsigned i = 0; i < sizeof(each); i++) {
		uint8_t bytes[24] = { each[i] };
		struct request r;

		for (uint32_t len = 0; len <= sizeof(bytes); len++) {
			r = request_of("links of a family", RTM_GETLINK, NLM_F_DUMP, bytes, len);
			each_mode(w, &r);
		}
		for (uint32_t at = 1; at < 16; at++) {
			bytes[at] = 1;
			r = request_of("the same with values", RTM_GETLINK, NLM_F_DUMP, bytes, 16);
			each_mode(w, &r);
			bytes[at] = 0;
		}
		for (uint16_t type = 0; type < ATTR_MAX + 2; type++) {
			r = request_of("the same with an attribute", RTM_GETLINK, NLM_F_DUMP, bytes,
				       16);
			put_attr(&r, type, "\11\0\0\0", 4);
			each_mode(w, &r);
		}
		bytes[4] = 1;
		r = request_of("a link of a family", RTM_GETLINK, 0, bytes, 16);
		each_mode(w, &r);
	}
}

static void settings(struct world w[2])
{
	const uint8_t families[] = { AF_UNSPEC, AF_INET, AF_INET6, AF_PACKET };
	const int32_t indices[] = { 1, -1, -2, 0, 9 };

	for (unsigned i = 0; i < 4; i++) {
		const uint8_t hdr[4] = { families[i] };
		struct request r;

		for (uint32_t len = 0; len <= sizeof(hdr); len++) {
			r = request_of("settings of all", RTM_GETNETCONF, NLM_F_DUMP, hdr, len);
			each_mode(w, &r);
			r = request_of("settings", RTM_GETNETCONF, 0, hdr, len);
			each_mode(w, &r);
		}
		for (uint16_t k = 0; k < 5; k++)
			for (uint16_t type = 0; type < 12; type++) {
				r = request_of("settings of one", RTM_GETNETCONF,
					       type == 4 ? NLM_F_DUMP : 0, hdr, sizeof(hdr));
				put_attr(&r, NETCONFA_IFINDEX, &indices[k],
					 (uint16_t)(type == 1 ? k : 4));
				put_attr(&r, type, &indices[k], (uint16_t)(type % 3 ? 4 : k));
				each_mode(w, &r);
			}
	}
}

void compare_links(struct world w[2])
{
	for (unsigned dump = 0; dump < 2; dump++) {
		by_name(w, IFLA_IFNAME, "lo", dump);
		by_name(w, IFLA_IFNAME, "none", dump);
		by_name(w, IFLA_IFNAME, "", dump);
		by_name(w, IFLA_IFNAME, "longer than it may be", dump);
		by_name(w, IFLA_ALT_IFNAME, "lo", dump);
		by_name(w, IFLA_ALT_IFNAME, "one that is longer than a name", dump);
	}
	by_index(w);
	each_header(w);
	each_attr(w);
	filters(w);
	families(w);
	settings(w);
}
