/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reports of the newest version: records of groups, as many as fit in a packet of the link
 * (RFC 3376 §4.2, RFC 3810 §5.2). A list of sources that does not fit goes on in the next packet, but for
 * one of those that are left out, which is cut: what is not in it is heard all the same.
 */
#include "core/link.h"
#include "core/minmax.h"
#include "ip/group.h"

#define REPORT_MAX 16384u /* however large the link's packets may be */
#define RECORDS_MAX UINT16_MAX

/* A report in the making. */
struct report {
	struct sea_groups *g;
	struct sea_pkt *pkt;       /* NULL: none was begun */
	uint32_t room;             /* bytes still free in it */
	uint16_t records, sources; /* sources: of the last record */
	uint8_t *head;             /* of the last record */
};

typedef bool pick_fn(const struct sea_group_source *s);

static uint32_t head_len(const struct report *r)
{
	return SEA_GROUP_RECORD_LEN + r->g->reporter.proto->addr_len;
}

static void flush(struct report *r)
{
	if (r->pkt)
		r->g->reporter.proto->send_records(r->g, r->pkt, r->records);
	r->pkt = NULL;
	r->head = NULL;
}

static bool begin_packet(struct report *r)
{
	const struct sea_group_proto *proto = r->g->reporter.proto;
	uint32_t mtu = sea_min_u32(r->g->link->mtu, REPORT_MAX);

	if (mtu < proto->overhead + head_len(r) + proto->addr_len)
		return false;
	r->room = mtu - proto->overhead;
	r->records = 0;
	r->pkt = sea_pkt_new(&r->g->link->stack->shard.pool, SEA_PKT_HEADROOM, r->room);
	return r->pkt;
}

/* With room for `more` bytes behind its head; false: no memory, or a link of tiny packets. */
static bool begin_record(struct report *r, const struct sea_group *group, uint8_t type,
			 uint32_t more)
{
	if (r->pkt && (r->room < head_len(r) + more || r->records == RECORDS_MAX))
		flush(r);
	if (!r->pkt && !begin_packet(r))
		return false;
	r->head = sea_pkt_put(r->pkt, head_len(r));
	r->head[0] = type;
	r->head[1] = 0;
	sea_put16(r->head + 2, 0);
	memcpy(r->head + SEA_GROUP_RECORD_LEN, group->addr.b, r->g->reporter.proto->addr_len);
	r->room -= head_len(r);
	r->records++;
	r->sources = 0;
	return true;
}

static void add_source(struct report *r, const struct sea_group_source *s)
{
	uint8_t len = r->g->reporter.proto->addr_len;

	memcpy(sea_pkt_put(r->pkt, len), s->addr.b, len);
	r->room -= len;
	sea_put16(r->head + 2, ++r->sources);
}

/* One more source at the end of the group's record; false: it was cut there, or no memory. */
static bool extend(struct report *r, const struct sea_group *group, uint8_t type,
		   const struct sea_group_source *s)
{
	bool cut = type == SEA_GROUP_MODE_IS_EXCLUDE || type == SEA_GROUP_CHANGE_TO_EXCLUDE;
	uint8_t len = r->g->reporter.proto->addr_len;

	if (r->head && r->room < len) {
		if (cut)
			return false;
		r->head = NULL;
	}
	if (!r->head && !begin_record(r, group, type, len))
		return false;
	add_source(r, s);
	return true;
}

/* `empty`: the record says something without any source, too. */
static void record(struct report *r, const struct sea_group *group, uint8_t type, bool empty,
		   pick_fn *pick)
{
	r->head = NULL;
	if (empty && !begin_record(r, group, type, 0))
		return;
	for (uint32_t i = 0; i < group->n_sources; i++)
		if (pick(&group->sources[i]) && !extend(r, group, type, &group->sources[i]))
			return;
}

/* -- which sources -- */

static bool is_listed(const struct sea_group_source *s)
{
	return s->listed;
}

static bool is_listed_and_asked(const struct sea_group_source *s)
{
	return s->listed && s->asked;
}

static bool has_come(const struct sea_group_source *s)
{
	return s->listed && s->changes;
}

static bool has_gone(const struct sea_group_source *s)
{
	return !s->listed && s->changes;
}

/* -- reports -- */

static void record_state(struct report *r, const struct sea_group *group, bool asked)
{
	pick_fn *pick = asked ? is_listed_and_asked : is_listed;

	if (group->mode == SEA_GROUP_EXCLUDE)
		record(r, group, SEA_GROUP_MODE_IS_EXCLUDE, true, pick);
	else
		record(r, group, SEA_GROUP_MODE_IS_INCLUDE, false, pick);
}

/* RFC 3376 §5.1, RFC 3810 §6.1 */
static void record_change(struct report *r, struct sea_group *group)
{
	bool include = group->mode == SEA_GROUP_INCLUDE;

	record(r, group, SEA_GROUP_ALLOW_NEW_SOURCES, false, include ? has_come : has_gone);
	record(r, group, SEA_GROUP_BLOCK_OLD_SOURCES, false, include ? has_gone : has_come);
	if (group->report.changes)
		record(r, group,
		       include ? SEA_GROUP_CHANGE_TO_INCLUDE : SEA_GROUP_CHANGE_TO_EXCLUDE, true,
		       is_listed);
	if (group->report.changes)
		group->report.changes--;
	for (uint32_t i = 0; i < group->n_sources; i++)
		if (group->sources[i].changes)
			group->sources[i].changes--;
}

void sea_group_record_changes(struct sea_groups *g)
{
	struct sea_group *group = sea_group_next(g, NULL), *next;
	struct report r = { .g = g };

	for (; group; group = next) {
		next = sea_group_next(g, group);
		record_change(&r, group);
		sea_group_tidy(g, group);
	}
	flush(&r);
}

void sea_group_record_all(struct sea_groups *g)
{
	const struct sea_group *group = NULL;
	struct report r = { .g = g };

	while ((group = sea_group_next(g, group)))
		if (sea_group_used(group) && g->reporter.proto->reported(g, &group->addr))
			record_state(&r, group, false);
	flush(&r);
}

void sea_group_record_one(struct sea_groups *g, const struct sea_group *group, bool asked)
{
	struct report r = { .g = g };

	record_state(&r, group, asked);
	flush(&r);
}
