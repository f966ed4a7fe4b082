/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The multicast groups that a link listens to: what sockets joined and what the stack itself needs
 * (all hosts, solicited nodes). Each user has a filter, INCLUDE or EXCLUDE and some sources; the link's
 * own filter is what all of them want together (RFC 3376 §3.2, RFC 3810 §4.2):
 *
 *	somebody excludes    EXCLUDE what all of those exclude and nobody includes
 *	nobody does          INCLUDE what anybody includes
 *
 * A group that nobody uses is INCLUDE nothing. Whoever wants to tell routers of a change
 * (group_report.h) keeps such a group here until it is told.
 */
#ifndef SEA_IP_GROUP_H
#define SEA_IP_GROUP_H

#include <stdbool.h>
#include <stdint.h>

#include "core/list.h"
#include "core/rbtree.h"
#include "ip/group_report.h"
#include "ip/ip.h"

struct sea_link;

/* MCAST_EXCLUDE, MCAST_INCLUDE of Linux. */
enum sea_group_mode { SEA_GROUP_EXCLUDE = 0, SEA_GROUP_INCLUDE = 1 };

/* What one user wants to hear. A source that is named twice counts once. */
struct sea_group_filter {
	uint8_t mode; /* enum sea_group_mode */
	uint32_t n;
	const struct sea_ipaddr *sources;
};

struct sea_group_source {
	struct sea_ipaddr addr;
	uint32_t users[2]; /* by the mode in which they name it */
	bool listed;       /* in the link's own filter */
	bool seen;         /* by whoever walks over a filter just now */
	bool asked;        /* by a query that waits for its answer */
	uint8_t changes;   /* how often its coming or going is still to be told */
};

struct sea_group {
	struct sea_rbnode node; /* in sea_groups.by_addr */
	struct sea_list used;   /* in sea_groups.used, while somebody uses it */
	struct sea_list unused; /* in sea_groups.unused, while nobody does */
	sea_time since;         /* of its first user, while it has one */
	struct sea_groups *of;
	struct sea_ipaddr addr;
	uint32_t users[2]; /* by their mode */
	uint8_t mode;      /* of the link's own filter */
	uint32_t n_sources, max_sources;
	struct sea_group_source *sources; /* by address */
	struct sea_group_report report;
};

struct sea_groups {
	struct sea_link *link;
	uint8_t family;
	struct sea_rbtree by_addr;
	struct sea_list used;   /* the newest first */
	struct sea_list unused; /* only kept until routers know, the oldest first */
	uint32_t n_unused;
	struct sea_group_reporter reporter;
};

/* Groups that nobody uses; beyond, the oldest is forgotten untold (SeaGroupsForgotten). */
#define SEA_GROUPS_UNUSED_MAX 256

void sea_groups_init(struct sea_groups *g, struct sea_link *link, uint8_t family);
void sea_groups_fini(struct sea_groups *g);

/* One more user who wants all sources: 0 or -ENOMEM. Leaving is harmless where nobody joined. */
SEA_MUST_USE int sea_group_join(struct sea_groups *g, const struct sea_ipaddr *addr);
void sea_group_leave(struct sea_groups *g, const struct sea_ipaddr *addr);

/* A user's filter becomes another one; `old` NULL: he is new. 0, or -ENOMEM with nothing changed. */
SEA_MUST_USE int sea_group_change(struct sea_groups *g, const struct sea_ipaddr *addr,
				  const struct sea_group_filter *old,
				  const struct sea_group_filter *new);
/* The same where `new` names nothing that `old` does not, or is NULL: he goes. Takes no memory. */
void sea_group_narrow(struct sea_groups *g, const struct sea_ipaddr *addr,
		      const struct sea_group_filter *old, const struct sea_group_filter *new);

/* Is anybody here in this group? */
bool sea_group_heard(const struct sea_groups *g, const struct sea_ipaddr *addr);
/* Does a packet from `src` to this group concern anybody here? (The unspecified address always does.) */
bool sea_group_accepts(const struct sea_groups *g, const struct sea_ipaddr *addr,
		       const struct sea_ipaddr *src);

/* The group, used or not; NULL: there is none. */
struct sea_group *sea_group_find(const struct sea_groups *g, const struct sea_ipaddr *addr);
/* The source among the group's; NULL: nobody names it. */
struct sea_group_source *sea_group_find_source(const struct sea_group *group,
					       const struct sea_ipaddr *addr);
/* All groups, by address: `prev` NULL is the first; NULL ends. */
struct sea_group *sea_group_next(const struct sea_groups *g, const struct sea_group *prev);

static inline bool sea_group_used(const struct sea_group *group)
{
	return group->users[SEA_GROUP_EXCLUDE] || group->users[SEA_GROUP_INCLUDE];
}

/* Forgets sources, and the group, that nobody uses and nobody needs to be told of. */
void sea_group_tidy(struct sea_groups *g, struct sea_group *group);

/* -- between group.c and group_save.c -- */

/* The group, made where it is not; NULL: no memory. */
struct sea_group *sea_group_add(struct sea_groups *g, const struct sea_ipaddr *addr);
/* The source among the group's, made where it is not; NULL: no memory. */
struct sea_group_source *sea_group_add_source(struct sea_group *group,
					      const struct sea_ipaddr *addr);
/* Into the list of used or of unused ones, by its users. */
void sea_group_list(struct sea_groups *g, struct sea_group *group);
/* Forgets all groups. */
void sea_groups_clear(struct sea_groups *g);

struct sea_saver;
struct sea_loader;
void sea_groups_save(const struct sea_groups *g, struct sea_saver *to);
/* Instead of what is there, told to nobody. Errors stick to `from`. */
void sea_groups_load(struct sea_groups *g, struct sea_loader *from);

#endif
