/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Telling routers which groups a link listens to: what IGMP (RFC 1112, 2236, 3376) and MLD (RFC 2710,
 * 3810) have in common, which is all but the bytes. In the newest version, records of changes go out
 * together, from one timer of the link, as often as the robustness variable says; in the older ones
 * each group speaks for itself, and is silent where it has heard another member.
 *
 *	a filter changes ─ changed ─┬─ newest: change_timer ─ records of what changed
 *	                            └─ older:  a report now, again after a while; or a leave
 *	a query comes in ─ heard ───┬─ general, newest: general_timer ─ records of all groups
 *	                            └─ else: the group's own timer ─ its record or its report
 */
#ifndef SEA_IP_GROUP_REPORT_H
#define SEA_IP_GROUP_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/timerq.h"
#include "ip/ip.h"
#include "wire/group_query.h"

struct sea_group;
struct sea_groups;
struct sea_pkt;

/* What the two protocols differ in. */
struct sea_group_proto {
	uint8_t addr_len;
	uint32_t overhead; /* of a report: its bytes in front of the first record, IP's included */
	/* Is this group told of at all? */
	bool (*reported)(const struct sea_groups *g, const struct sea_ipaddr *addr);
	/* The version that a sysctl insists on (it knows no higher one than the newest). */
	enum sea_group_version (*version_max)(const struct sea_groups *g);
	/* Queries of older versions than this are not heeded. */
	enum sea_group_version (*version_min)(const struct sea_groups *g);
	int32_t (*robustness)(const struct sea_groups *g); /* the sysctl's, at least 1 */
	/* How often a report of an older version is sent when a group is joined. */
	uint8_t (*older_reports)(const struct sea_groups *g);
	/* Within which an unsolicited report is repeated. */
	int64_t (*unsolicited_ns)(const struct sea_groups *g, enum sea_group_version version);
	/* One group's report of this version, or that we left it. */
	void (*send_older)(struct sea_groups *g, const struct sea_ipaddr *addr,
			   enum sea_group_version version, bool leave);
	/* `n` records, of which the packet consists so far; consumes it. */
	void (*send_records)(struct sea_groups *g, struct sea_pkt *pkt, uint16_t n);
};

/* A group's part in it. */
struct sea_group_report {
	struct sea_timer timer; /* its answer to a query, or an unsolicited report */
	uint8_t unsolicited;    /* reports of the older versions still to come */
	uint8_t changes;        /* how often its new mode is still to be told */
	bool reporter;          /* we were the last to report it */
	bool sources_asked;     /* what the timer is for: the sources that are marked */
};

/* A link's. */
struct sea_group_reporter {
	const struct sea_group_proto *proto; /* NULL: nobody is told */
	struct sea_timer change_timer, general_timer;
	uint8_t rounds;          /* of change_timer still to come */
	sea_time older_until[2]; /* a querier of version 1, 2 was heard */
	uint8_t robustness;      /* the querier's; 0: the sysctl's */
	int64_t query_interval_ns, response_interval_ns;
};

/* -- for IGMP and MLD, within an entry -- */

/* The link is up: all groups are told of, and no querier is known. */
void sea_group_report_up(struct sea_groups *g);
/* It went down: nothing is left to tell. */
void sea_group_report_down(struct sea_groups *g);
/* All groups as they are now, in the newest version, as if all had just been joined (RFC 3810 §5.2.13). */
void sea_group_report_all(struct sea_groups *g);
/* A router asks. The query is a whole one; its sources are looked at once each. */
void sea_group_report_query(struct sea_groups *g, const struct sea_group_query *query);
/* Another member has reported the group in an older version: we need not. */
void sea_group_report_overheard(struct sea_groups *g, const struct sea_ipaddr *addr);
/* The version in which the link speaks now. */
enum sea_group_version sea_group_report_version(const struct sea_groups *g);

/* -- group_record.c: reports made of records -- */

/* What has changed, once each; counts down how often it is still to be told. */
void sea_group_record_changes(struct sea_groups *g);
/* All groups as they are. */
void sea_group_record_all(struct sea_groups *g);
/* One group as it is; `asked`: only the sources that are marked. */
void sea_group_record_one(struct sea_groups *g, const struct sea_group *group, bool asked);

/* -- for group.c -- */

void sea_group_reporter_init(struct sea_group_reporter *r);
void sea_group_reporter_fini(struct sea_groups *g);
void sea_group_report_init(struct sea_group *group);
/* Its timer, before its memory goes. */
void sea_group_report_fini(struct sea_group *group);
/*
 * The link's filter for a group may have changed: it was `mode`, and sources whose `listed` is another
 * now have `seen` set.
 */
void sea_group_report_changed(struct sea_groups *g, struct sea_group *group, uint8_t mode,
			      bool was_used);
/* Is there anything still to be told of it? */
bool sea_group_report_pending(const struct sea_group *group);

#endif
