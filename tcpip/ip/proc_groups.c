/* SPDX-License-Identifier: Apache-2.0 */
/* /proc/net/igmp, igmp6, mcfilter, mcfilter6 and dev_mcast: which groups links are in, and by whose filters. */
#include <inttypes.h>
#include <string.h>

#include "core/link.h"
#include "core/stack.h"
#include "ip/group.h"
#include "ip/ifaddr.h"
#include "ip/ifaddr6.h"
#include "ip/in6.h"
#include "ip/proc.h"
#include "wire/bytes.h"

#define FLAG_TIMER 1u /* as igmp6 shows them */
#define FLAG_REPORTER 2u
#define FLAG_HEARD 4u
#define FLAG_UNTOLD 8u

/*
 * Of the cursor, behind what sea_procnet_link() uses: the group that was written last, and (mcfilter) how many of the
 * sources of the one behind it.
 */
enum { HAS_GROUP = 2, GROUP = 3, SOURCES = 5 };

static const struct sea_groups *groups_of(const struct sea_link *link, uint8_t family)
{
	if (family == SEA_AF_INET)
		return link->ip4 ? &sea_link_ip4(link)->groups : NULL;
	return link->ip6 ? &sea_link_ip6(link)->groups : NULL;
}

static const struct sea_group *first_used(const struct sea_groups *g, const struct sea_group *group)
{
	while (group && !sea_group_used(group))
		group = sea_group_next(g, group);
	return group;
}

/* The group behind the one that was written last, which may be gone. */
static const struct sea_group *next_group(const struct sea_groups *g,
					  const struct sea_procnet_cursor *cursor)
{
	const struct sea_group *group = NULL;
	struct sea_ipaddr last;

	if (!cursor->place[HAS_GROUP])
		return first_used(g, sea_group_next(g, NULL));
	memcpy(last.b, &cursor->place[GROUP], sizeof(last.b));
	group = sea_group_find(g, &last);
	if (group)
		return first_used(g, sea_group_next(g, group));
	do
		group = sea_group_next(g, group);
	while (group && memcmp(group->addr.b, last.b, sizeof(last.b)) < 0);
	return first_used(g, group);
}

static void keep_group(struct sea_procnet_cursor *cursor, const struct sea_group *group)
{
	cursor->place[HAS_GROUP] = 1;
	memcpy(&cursor->place[GROUP], group->addr.b, sizeof(group->addr.b));
	cursor->place[SOURCES] = 0;
}

/* The next link, and what its groups are shown by; moves the cursor to it. NULL: at the end. */
static const struct sea_groups *next_groups(struct sea_stack *stack,
					    struct sea_procnet_cursor *cursor, uint8_t family,
					    struct sea_link **link)
{
	while ((*link = sea_procnet_link(stack, cursor))) {
		const struct sea_groups *g = groups_of(*link, family);

		if (cursor->place[1] != (uint64_t)(*link)->ifindex) {
			*cursor = (struct sea_procnet_cursor){
				.place = { cursor->place[0], (uint64_t)(*link)->ifindex }
			};
		}
		if (g && next_group(g, cursor))
			return g;
		*cursor = (struct sea_procnet_cursor){
			.place = { cursor->place[0], (uint64_t)(*link)->ifindex + 1 }
		};
	}
	return NULL;
}

static uint32_t users_of(const struct sea_group *group)
{
	return group->users[SEA_GROUP_EXCLUDE] + group->users[SEA_GROUP_INCLUDE];
}

/* -- IPv4 -- */

static void put_link4(struct sea_text *t, const struct sea_link *link, const struct sea_groups *g)
{
	static const char *const versions[] = { "V1", "V2", "V3" };
	const struct sea_group *group = NULL;
	uint32_t n = 0;

	while ((group = sea_group_next(g, group)))
		n += sea_group_used(group);
	sea_procnet_put(
		t, "%d\t%-10s: %5" PRIu32 " %7s\n", link->ifindex, link->name, n,
		versions[g->reporter.proto ? sea_group_report_version(g) : SEA_GROUP_NEWEST]);
}

bool sea_procnet_write_igmp(struct sea_stack *stack, struct sea_procnet_cursor *cursor,
			    struct sea_text *t)
{
	const struct sea_group *group;
	const struct sea_groups *g;
	struct sea_link *link;

	if (sea_procnet_begins(cursor)) {
		sea_text_str(t, "Idx\tDevice    : Count Querier\tGroup    Users Timer\tReporter\n");
		return true;
	}
	g = next_groups(stack, cursor, SEA_AF_INET, &link);
	if (!g)
		return false;
	if (!cursor->place[HAS_GROUP])
		put_link4(t, link, g);
	group = next_group(g, cursor);
	sea_procnet_put(t, "\t\t\t\t%08" PRIX32 " %5" PRIu32 " %d:%08" PRIX64 "\t\t%d\n",
			sea_procnet_word(group->addr.b), users_of(group),
			sea_timer_armed(&group->report.timer),
			sea_procnet_ticks(stack, &group->report.timer), group->report.reporter);
	keep_group(cursor, group);
	return true;
}

/* -- link addresses -- */

#define MAC_LEN 6

/* What Ethernet calls the group (RFC 1112 6.4, RFC 2464 7); false: nobody beyond the host is meant. */
static bool link_address(uint8_t family, const struct sea_group *group, uint8_t mac[MAC_LEN])
{
	const uint8_t *g = group->addr.b;

	if (family == SEA_AF_INET) {
		memcpy(mac, (const uint8_t[]){ 0x01, 0, 0x5e, g[1] & 0x7f, g[2], g[3] }, MAC_LEN);
		return sea_group_used(group);
	}
	memcpy(mac, (const uint8_t[]){ 0x33, 0x33, g[12], g[13], g[14], g[15] }, MAC_LEN);
	return sea_group_used(group) && sea_in6_group_scope(g) >= 2;
}

/* One line for all groups of one link address: at the first of them. */
static void put_link_address(struct sea_text *t, const struct sea_link *link, uint8_t family,
			     const struct sea_group *at)
{
	const struct sea_groups *g = groups_of(link, family);
	uint8_t mac[MAC_LEN], other[MAC_LEN];
	const struct sea_group *group = NULL;
	unsigned n = 0;

	if (!link_address(family, at, mac))
		return;
	while ((group = sea_group_next(g, group))) {
		if (!link_address(family, group, other) || memcmp(mac, other, MAC_LEN) != 0)
			continue;
		if (!n++ && group != at)
			return;
	}
	sea_procnet_put(t, "%-4d %-15s %-5u %-5d ", link->ifindex, link->name, n, 0);
	for (unsigned i = 0; i < MAC_LEN; i++)
		sea_procnet_put(t, "%02x", mac[i]);
	sea_text_char(t, '\n');
}

static bool has_link_addresses(const struct sea_link *link)
{
	return link->up && link->type == SEA_LINK_ETHERNET;
}

/* place[0]: 0 while those of IPv4 are written, then 1. */
bool sea_procnet_write_dev_mcast(struct sea_stack *stack, struct sea_procnet_cursor *cursor,
				 struct sea_text *t)
{
	uint8_t family = cursor->place[0] ? SEA_AF_INET6 : SEA_AF_INET;
	const struct sea_group *group;
	const struct sea_groups *g;
	struct sea_link *link;

	g = next_groups(stack, cursor, family, &link);
	if (!g && family == SEA_AF_INET6)
		return false;
	if (!g) {
		*cursor = (struct sea_procnet_cursor){ .place = { 1 } };
		return true;
	}
	group = next_group(g, cursor);
	if (has_link_addresses(link))
		put_link_address(t, link, family, group);
	keep_group(cursor, group);
	return true;
}

/* -- IPv6 -- */

/* Is it one that nobody is told of: all nodes, or not for others. */
static bool is_untold(const struct sea_group *group)
{
	static const uint8_t all_nodes[16] = { 0xff, 2, [15] = 1 };

	return sea_in6_group_scope(group->addr.b) < 2 ||
	       !memcmp(group->addr.b, all_nodes, sizeof(all_nodes));
}

static uint32_t flags6_of(const struct sea_link *link, const struct sea_group *group)
{
	return (sea_timer_armed(&group->report.timer) ? FLAG_TIMER : 0) |
	       (group->report.reporter ? FLAG_REPORTER : 0) |
	       (link->up && sea_in6_group_scope(group->addr.b) >= 2 ? FLAG_HEARD : 0) |
	       (is_untold(group) ? FLAG_UNTOLD : 0);
}

bool sea_procnet_write_igmp6(struct sea_stack *stack, struct sea_procnet_cursor *cursor,
			     struct sea_text *t)
{
	const struct sea_group *group;
	const struct sea_groups *g;
	struct sea_link *link;

	g = next_groups(stack, cursor, SEA_AF_INET6, &link);
	if (!g)
		return false;
	group = next_group(g, cursor);
	sea_procnet_put(t, "%-4d %-15s ", link->ifindex, link->name);
	sea_procnet_put_in6(t, group->addr.b);
	sea_procnet_put(t, " %5" PRIu32 " %08" PRIX32 " %" PRIu64 "\n", users_of(group),
			flags6_of(link, group), sea_procnet_ticks(stack, &group->report.timer));
	keep_group(cursor, group);
	return true;
}

/* -- sources -- */

static void put_source(struct sea_text *t, const struct sea_link *link,
		       const struct sea_group *group, const struct sea_group_source *source,
		       uint8_t family)
{
	sea_procnet_put(t, "%3d %6.6s ", link->ifindex, link->name);
	if (family == SEA_AF_INET) {
		sea_procnet_put(t, "0x%08" PRIx32 " 0x%08" PRIx32, sea_get32(group->addr.b),
				sea_get32(source->addr.b));
	} else {
		sea_procnet_put_in6(t, group->addr.b);
		sea_text_char(t, ' ');
		sea_procnet_put_in6(t, source->addr.b);
	}
	sea_procnet_put(t, " %6" PRIu32 " %6" PRIu32 "\n", source->users[SEA_GROUP_INCLUDE],
			source->users[SEA_GROUP_EXCLUDE]);
}

/* One source a time; a group that has none (any more) is passed over with an empty piece. */
static bool write_sources(struct sea_stack *stack, struct sea_procnet_cursor *cursor,
			  struct sea_text *t, uint8_t family)
{
	const struct sea_group *group;
	const struct sea_groups *g;
	struct sea_link *link;
	uint64_t at;

	g = next_groups(stack, cursor, family, &link);
	if (!g)
		return false;
	group = next_group(g, cursor);
	at = cursor->place[SOURCES]++;
	if (at < group->n_sources)
		put_source(t, link, group, &group->sources[at], family);
	if (at + 1 >= group->n_sources)
		keep_group(cursor, group);
	return true;
}

bool sea_procnet_write_mcfilter(struct sea_stack *stack, struct sea_procnet_cursor *cursor,
				struct sea_text *t)
{
	if (sea_procnet_begins(cursor)) {
		sea_procnet_put(t, "%3s %6s %10s %10s %6s %6s\n", "Idx", "Device", "MCA", "SRC",
				"INC", "EXC");
		return true;
	}
	return write_sources(stack, cursor, t, SEA_AF_INET);
}

bool sea_procnet_write_mcfilter6(struct sea_stack *stack, struct sea_procnet_cursor *cursor,
				 struct sea_text *t)
{
	if (sea_procnet_begins(cursor)) {
		sea_procnet_put(t, "%3s %6s %32s %32s %6s %6s\n", "Idx", "Device",
				"Multicast Address", "Source Address", "INC", "EXC");
		return true;
	}
	return write_sources(stack, cursor, t, SEA_AF_INET6);
}
