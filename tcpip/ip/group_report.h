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

struct sea_group;
struct sea_groups;
struct sea_group_proto;

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
