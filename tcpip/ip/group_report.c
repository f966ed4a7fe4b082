/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When routers are told of groups: at once when something changes, again after a while, and when they
 * ask, after a time that is drawn, so that not all hosts answer together.
 */
#include "ip/group_report.h"

#include <string.h>

#include "core/link.h"
#include "core/minmax.h"
#include "ip/group.h"

/* Linux's timers: drawn in whole milliseconds, and two more, so that joins in a row go out together. */
#define SLACK_NS (2 * SEA_MSEC)
#define QUERY_INTERVAL_NS (125 * SEA_SEC)   /* RFC 3376 §8.2 */
#define RESPONSE_INTERVAL_NS (10 * SEA_SEC) /* RFC 3376 §8.3 */

static struct sea_shard *shard_of(const struct sea_groups *g)
{
	return &g->link->stack->shard;
}

static sea_time within(const struct sea_groups *g, int64_t max_ns)
{
	uint64_t ms = max_ns > SEA_MSEC ? (uint64_t)(max_ns / SEA_MSEC) : 1;
	int64_t drawn = (int64_t)sea_jitter_below(&shard_of(g)->jitter, ms) * SEA_MSEC;

	return sea_time_add(shard_of(g)->now, drawn + SLACK_NS);
}

static uint8_t robustness_of(const struct sea_groups *g)
{
	int32_t v = g->reporter.proto->robustness(g);

	if (g->reporter.robustness)
		return g->reporter.robustness;
	return v < 1 ? 1 : v > UINT8_MAX ? UINT8_MAX : (uint8_t)v;
}

static int64_t query_interval(const struct sea_groups *g)
{
	int64_t ns = g->reporter.query_interval_ns;

	return ns ? ns : QUERY_INTERVAL_NS;
}

static int64_t response_interval(const struct sea_groups *g)
{
	int64_t ns = g->reporter.response_interval_ns;

	return ns ? ns : RESPONSE_INTERVAL_NS;
}

enum sea_group_version sea_group_report_version(const struct sea_groups *g)
{
	const struct sea_group_reporter *r = &g->reporter;
	enum sea_group_version max = r->proto->version_max(g);

	for (unsigned v = r->proto->version_min(g); v < max; v++)
		if (sea_time_before(shard_of(g)->now, r->older_until[v]))
			return (enum sea_group_version)v;
	return max;
}

static bool speaks(const struct sea_groups *g, const struct sea_ipaddr *addr)
{
	return g->reporter.proto && g->link->up && g->reporter.proto->reported(g, addr);
}

/* -- the group's own timer -- */

static void repeat_unsolicited(struct sea_group *group, enum sea_group_version version)
{
	struct sea_group_report *r = &group->report;
	const struct sea_groups *g = group->of;

	if (!r->unsolicited || !--r->unsolicited)
		return;
	sea_timer_arm(&shard_of(g)->timers, &r->timer,
		      within(g, g->reporter.proto->unsolicited_ns(g, version)));
}

static void group_timer(struct sea_timer *timer, sea_time now)
{
	struct sea_group *group = sea_container(timer, struct sea_group, report.timer);
	struct sea_groups *g = group->of;
	enum sea_group_version version = sea_group_report_version(g);

	(void)now;
	repeat_unsolicited(group, version);
	group->report.reporter = true;
	if (version == SEA_GROUP_NEWEST)
		sea_group_record_one(g, group, group->report.sources_asked);
	else
		g->reporter.proto->send_older(g, &group->addr, version, false);
}

/* An answer that is due sooner anyway stays. */
static void answer_within(struct sea_group *group, int64_t max_ns)
{
	struct sea_timerq *timers = &shard_of(group->of)->timers;
	struct sea_timer *timer = &group->report.timer;
	sea_time latest = sea_time_add(shard_of(group->of)->now, max_ns);

	group->report.unsolicited = 0;
	if (sea_timer_armed(timer) && sea_time_before(timer->deadline, latest))
		return;
	sea_timer_arm(timers, timer, within(group->of, max_ns));
}

/* -- the link's timers -- */

static void change_timer(struct sea_timer *timer, sea_time now)
{
	struct sea_groups *g = sea_container(timer, struct sea_groups, reporter.change_timer);
	struct sea_group_reporter *r = &g->reporter;

	(void)now;
	sea_group_record_changes(g);
	if (!r->rounds || !--r->rounds)
		return;
	sea_timer_arm(&shard_of(g)->timers, &r->change_timer,
		      within(g, r->proto->unsolicited_ns(g, SEA_GROUP_NEWEST)));
}

static void general_timer(struct sea_timer *timer, sea_time now)
{
	(void)now;
	sea_group_record_all(sea_container(timer, struct sea_groups, reporter.general_timer));
}

static void tell_changes(struct sea_groups *g)
{
	g->reporter.rounds = robustness_of(g);
	sea_timer_arm(&shard_of(g)->timers, &g->reporter.change_timer,
		      sea_time_add(shard_of(g)->now, SLACK_NS));
}

static void forget_changes(struct sea_groups *g)
{
	struct sea_group *group = sea_group_next(g, NULL), *next;

	g->reporter.rounds = 0;
	sea_timer_cancel(&g->reporter.change_timer);
	for (; group; group = next) {
		next = sea_group_next(g, group);
		group->report.changes = 0;
		for (uint32_t i = 0; i < group->n_sources; i++)
			group->sources[i].changes = 0;
		sea_group_tidy(g, group);
	}
}

/* -- life -- */

void sea_group_reporter_init(struct sea_group_reporter *r)
{
	memset(r, 0, sizeof(*r));
	sea_timer_init(&r->change_timer, change_timer);
	sea_timer_init(&r->general_timer, general_timer);
}

void sea_group_reporter_fini(struct sea_groups *g)
{
	sea_timer_remove(&shard_of(g)->timers, &g->reporter.change_timer);
	sea_timer_remove(&shard_of(g)->timers, &g->reporter.general_timer);
}

void sea_group_report_init(struct sea_group *group)
{
	sea_timer_init(&group->report.timer, group_timer);
}

void sea_group_report_fini(struct sea_group *group)
{
	sea_timer_remove(&shard_of(group->of)->timers, &group->report.timer);
}

/* -- what changes here -- */

/* The older versions know of groups only, not of sources. */
static void changed_older(struct sea_groups *g, struct sea_group *group, bool was_used,
			  enum sea_group_version version)
{
	struct sea_group_report *r = &group->report;
	bool used = sea_group_used(group);

	if (used && !was_used) {
		r->unsolicited = g->reporter.proto->older_reports(g);
		r->sources_asked = false;
		sea_timer_arm(&shard_of(g)->timers, &r->timer,
			      sea_time_add(shard_of(g)->now, SLACK_NS));
	} else if (!used && was_used) {
		sea_timer_cancel(&r->timer);
		if (r->reporter && version != SEA_GROUP_V1)
			g->reporter.proto->send_older(g, &group->addr, version, true);
	}
}

/* RFC 3376 §5.1: a new mode is told with all sources, so that of their changes nothing is left to tell. */
static void changed_newest(struct sea_groups *g, struct sea_group *group, uint8_t mode)
{
	uint8_t times = robustness_of(g);
	bool changed = group->mode != mode;

	if (!sea_group_used(group))
		sea_timer_cancel(&group->report.timer);
	if (changed)
		group->report.changes = times;
	for (uint32_t i = 0; i < group->n_sources; i++) {
		struct sea_group_source *s = &group->sources[i];

		if (group->mode != mode)
			s->changes = 0;
		else if (s->seen)
			s->changes = times;
		changed |= s->changes;
	}
	if (changed)
		tell_changes(g);
}

void sea_group_report_changed(struct sea_groups *g, struct sea_group *group, uint8_t mode,
			      bool was_used)
{
	enum sea_group_version version;

	if (!speaks(g, &group->addr)) {
		sea_timer_cancel(&group->report.timer);
		return;
	}
	version = sea_group_report_version(g);
	if (version == SEA_GROUP_NEWEST)
		changed_newest(g, group, mode);
	else
		changed_older(g, group, was_used, version);
}

bool sea_group_report_pending(const struct sea_group *group)
{
	bool pending = group->report.changes;

	for (uint32_t i = 0; i < group->n_sources && !pending; i++)
		pending = group->sources[i].changes;
	return pending;
}

static void announce(struct sea_groups *g, struct sea_group *group, enum sea_group_version version)
{
	if (version != SEA_GROUP_NEWEST) {
		changed_older(g, group, false, version);
		return;
	}
	if (group->mode == SEA_GROUP_EXCLUDE)
		group->report.changes = robustness_of(g);
	for (uint32_t i = 0; i < group->n_sources; i++)
		group->sources[i].changes = group->mode == SEA_GROUP_INCLUDE &&
							    group->sources[i].listed
						    ? robustness_of(g)
						    : 0;
	tell_changes(g);
}

void sea_group_report_all(struct sea_groups *g)
{
	enum sea_group_version version = sea_group_report_version(g);
	struct sea_group *group = NULL;

	while ((group = sea_group_next(g, group)))
		if (sea_group_used(group) && speaks(g, &group->addr))
			announce(g, group, version);
}

void sea_group_report_up(struct sea_groups *g)
{
	struct sea_group_reporter *r = &g->reporter;

	r->older_until[SEA_GROUP_V1] = r->older_until[SEA_GROUP_V2] = SEA_TIME_ZERO;
	r->robustness = 0;
	r->query_interval_ns = r->response_interval_ns = 0;
	sea_group_report_all(g);
}

void sea_group_report_down(struct sea_groups *g)
{
	struct sea_group *group = NULL;

	sea_timer_cancel(&g->reporter.general_timer);
	forget_changes(g);
	while ((group = sea_group_next(g, group))) {
		sea_timer_cancel(&group->report.timer);
		group->report.unsolicited = 0;
		group->report.reporter = false;
	}
}

/* -- what is heard -- */

void sea_group_report_overheard(struct sea_groups *g, const struct sea_ipaddr *addr)
{
	struct sea_group *group = sea_group_find(g, addr);

	if (!group || !speaks(g, addr))
		return;
	sea_timer_cancel(&group->report.timer);
	group->report.unsolicited = 0;
	group->report.reporter = false;
}

/* RFC 3376 §7.2.1, RFC 3810 §8.2.1: as long as an older querier may be there, its version is spoken. */
static void heed_older(struct sea_groups *g, const struct sea_group_query *q)
{
	int64_t ns = robustness_of(g) * query_interval(g) + response_interval(g);

	g->reporter.older_until[q->version] = sea_time_add(shard_of(g)->now, ns);
	sea_timer_cancel(&g->reporter.general_timer);
	forget_changes(g);
}

static void heed_newest(struct sea_groups *g, const struct sea_group_query *q)
{
	struct sea_group_reporter *r = &g->reporter;

	r->robustness = q->robustness;
	r->query_interval_ns = q->interval_s * SEA_SEC;
	r->response_interval_ns = q->response_ms * SEA_MSEC;
	/* RFC 3376 §8.3: it must be less. */
	if (r->response_interval_ns >= query_interval(g))
		r->response_interval_ns = query_interval(g) - SEA_SEC;
}

/* Nothing, where all that was asked of is left out anyway: false. */
static bool mark(struct sea_group *group, const struct sea_group_query *q)
{
	uint8_t addr_len = group->of->reporter.proto->addr_len;
	uint32_t found = 0;

	for (uint32_t i = 0; i < q->n_sources; i++) {
		struct sea_ipaddr addr = { { 0 } };
		struct sea_group_source *s;

		memcpy(addr.b, q->sources + (size_t)i * addr_len, addr_len);
		s = sea_group_find_source(group, &addr);
		if (!s || !s->listed)
			continue;
		found++;
		s->asked = true;
	}
	if (group->mode == SEA_GROUP_INCLUDE)
		return found;
	group->report.sources_asked = false;
	return found < q->n_sources;
}

static void unmark(struct sea_group *group)
{
	for (uint32_t i = 0; i < group->n_sources; i++)
		group->sources[i].asked = false;
}

/* What waits to be answered already is asked of still. */
static void asked_of(struct sea_group *group, const struct sea_group_query *q, int64_t max_ns)
{
	struct sea_group_report *r = &group->report;
	bool waits = sea_timer_armed(&r->timer), by_source = q->n_sources;

	if (!waits || !r->sources_asked)
		unmark(group);
	r->sources_asked = by_source && (!waits || r->sources_asked);
	if (!r->sources_asked || mark(group, q))
		answer_within(group, max_ns);
}

static bool is_any(const struct sea_ipaddr *addr)
{
	static const struct sea_ipaddr any;

	return sea_ipaddr_equal(addr, &any);
}

/* The group, if it is one to be told of; else NULL. */
static struct sea_group *told(const struct sea_groups *g, const struct sea_ipaddr *addr)
{
	struct sea_group *group = sea_group_find(g, addr);

	return group && sea_group_used(group) && speaks(g, addr) ? group : NULL;
}

static void ask_all(struct sea_groups *g, int64_t max_ns)
{
	static const struct sea_group_query whole;
	struct sea_group *group = NULL;

	while ((group = sea_group_next(g, group)))
		if (sea_group_used(group) && speaks(g, &group->addr))
			asked_of(group, &whole, max_ns);
}

static void query_older(struct sea_groups *g, const struct sea_ipaddr *which, int64_t max_ns)
{
	static const struct sea_group_query whole;
	struct sea_group *group = told(g, which);

	if (is_any(which))
		ask_all(g, max_ns);
	else if (group)
		asked_of(group, &whole, max_ns);
}

static void ask_general(struct sea_groups *g, int64_t max_ns)
{
	struct sea_timer *timer = &g->reporter.general_timer;
	sea_time when = within(g, max_ns);

	if (!sea_timer_armed(timer) || sea_time_before(when, timer->deadline))
		sea_timer_arm(&shard_of(g)->timers, timer, when);
}

static void query_newest(struct sea_groups *g, const struct sea_group_query *q,
			 const struct sea_ipaddr *which, int64_t max_ns)
{
	struct sea_group *group = told(g, which);

	heed_newest(g, q);
	if (group)
		asked_of(group, q, max_ns);
	else if (is_any(which) && !q->n_sources) /* of all groups there are no sources to ask of */
		ask_general(g, max_ns);
}

void sea_group_report_query(struct sea_groups *g, const struct sea_group_query *q)
{
	int64_t max_ns = (int64_t)(q->response_ms ? q->response_ms : 1) * SEA_MSEC;
	struct sea_ipaddr which = { { 0 } };
	enum sea_group_version version;

	if (!g->reporter.proto || !g->link->up || q->version < g->reporter.proto->version_min(g))
		return;
	memcpy(which.b, q->group, g->reporter.proto->addr_len);
	if (q->version != SEA_GROUP_NEWEST)
		heed_older(g, q);
	version = sea_group_report_version(g);
	if (version == SEA_GROUP_NEWEST)
		query_newest(g, q, &which, max_ns);
	else if (version == SEA_GROUP_V1) /* whoever asks, and of whatever */
		ask_all(g, RESPONSE_INTERVAL_NS);
	else
		query_older(g, &which, max_ns);
}
