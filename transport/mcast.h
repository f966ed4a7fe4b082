/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A socket's multicast groups: which it is in, by which link, and whose packets to them it wants. A
 * membership is a user of the link's group (ip/group.h) as long as the link is there; it ends with the
 * socket. The rules and errors are Linux's; how programs say it is mcast_sockopt.c's.
 */
#ifndef SEA_TRANSPORT_MCAST_H
#define SEA_TRANSPORT_MCAST_H

#include <stdbool.h>
#include <stdint.h>

#include "core/sock.h"
#include "ip/group.h"
#include "ip/ip.h"

struct sea_mcast_member {
	struct sea_list node; /* in sea_mcast.members, the latest first */
	uint8_t family;
	int ifindex;
	sea_be32 via; /* IPv4: the address that named the link; zero: none did */
	struct sea_ipaddr group;
	uint8_t mode;  /* enum sea_group_mode */
	bool filtered; /* it has had a source: an empty list binds the mode, too, as on Linux */
	uint32_t n, max;
	struct sea_ipaddr *sources; /* as the program named them */
};

static inline struct sea_group_filter sea_mcast_filter_of(const struct sea_mcast_member *m)
{
	return (struct sea_group_filter){ m->mode, m->n, m->sources };
}

/* Hangs on sea_sock_more.mcast.groups. */
struct sea_mcast {
	struct sea_sock_attached attached; /* first */
	struct sea_list members;
	uint32_t n4, n6;
	struct sea_list anycasts; /* anycast.h */
	uint32_t n_anycasts;
};

/* NULL: it is in no group. */
static inline struct sea_mcast *sea_mcast_of(const struct sea_sock *sock)
{
	struct sea_sock_attached *a = sock->more->mcast.groups;

	return a ? sea_container(a, struct sea_mcast, attached) : NULL;
}

/* Beyond net.ipv4.igmp_max_memberships, what net.core.optmem_max comes to with Linux's 56 bytes for each. */
static inline uint32_t sea_mcast_members_max(const struct sea_stack *stack)
{
	int32_t max = stack->sysctl.optmem_max;

	return max > 0 ? (uint32_t)(max - 1) / 56 : 0;
}

/* A group as a program names it. */
struct sea_mcast_name {
	uint8_t family;
	int ifindex;  /* 0: by `via`, or by the route to the group */
	sea_be32 via; /* IPv4 */
	struct sea_ipaddr group;
};

/*
 * Joins with all sources (EXCLUDE none) or with none (INCLUDE): 0, -EINVAL (not a group), -ENODEV,
 * -EADDRINUSE (it is in), -ENOBUFS (too many), -ENOMEM.
 */
SEA_MUST_USE int sea_mcast_join(struct sea_sock *sock, const struct sea_mcast_name *name,
				enum sea_group_mode mode);
/* -ENODEV, -EADDRNOTAVAIL (it is not in). */
SEA_MUST_USE int sea_mcast_leave(struct sea_sock *sock, const struct sea_mcast_name *name);
/*
 * Adds a source to the list of `mode`, or takes it off. -EINVAL (not a group, not in, the other mode),
 * -ENODEV, -EADDRNOTAVAIL (it is there already, or is not), -ENOBUFS (too many), -ENOMEM. The last
 * included source takes the membership along.
 */
SEA_MUST_USE int sea_mcast_source(struct sea_sock *sock, const struct sea_mcast_name *name,
				  enum sea_group_mode mode, bool add,
				  const struct sea_ipaddr *source);
/* Replaces the whole filter; INCLUDE none leaves. */
SEA_MUST_USE int sea_mcast_set_filter(struct sea_sock *sock, const struct sea_mcast_name *name,
				      const struct sea_group_filter *filter);
/* *member is the membership: 0, -EINVAL (not a group), -ENODEV, -EADDRNOTAVAIL. */
SEA_MUST_USE int sea_mcast_find(struct sea_sock *sock, const struct sea_mcast_name *name,
				const struct sea_mcast_member **member);

/* Does the socket want a packet from `src` to this group that came in by the link? */
bool sea_mcast_wants(const struct sea_sock *sock, uint8_t family, int ifindex,
		     const struct sea_ipaddr *group, const struct sea_ipaddr *src);

/* The sources that one membership may name: igmp_max_msf, mld_max_msf. */
uint32_t sea_mcast_sources_max(const struct sea_stack *stack, uint8_t family);

/* -- between mcast.c, mcast_filter.c and mcast_save.c -- */

/* What sea_mcast_of() gives, made where it is not; NULL: no memory. */
struct sea_mcast *sea_mcast_make(struct sea_sock *sock);
/* A member in the socket's list, not yet a user of the link's; NULL: no memory. */
struct sea_mcast_member *sea_mcast_add(struct sea_sock *sock, const struct sea_mcast_name *name,
				       int ifindex, uint8_t mode);
/* Out of the list, and the link's group loses a user. */
void sea_mcast_end(struct sea_sock *sock, struct sea_mcast_member *m);
/* Room for `n` sources; false: no memory. */
bool sea_mcast_reserve(struct sea_sock *sock, struct sea_mcast_member *m, uint32_t n);
/* The membership of this name, NULL where there is none: 0, -EINVAL, -ENODEV. */
SEA_MUST_USE int sea_mcast_find_joined(const struct sea_sock *sock,
				       const struct sea_mcast_name *name,
				       struct sea_mcast_member **m);
/* NULL: there is no such link any more, or it does not speak this family. */
struct sea_groups *sea_mcast_groups(struct sea_stack *stack, uint8_t family, int ifindex);
/* Where the source stands in the member's list; m->n: it does not. */
uint32_t sea_mcast_rank(const struct sea_mcast_member *m, const struct sea_ipaddr *source);

/* -- saving -- */

struct sea_saver;
struct sea_loader;
/* The socket's own lists; links save theirs. */
void sea_mcast_save(struct sea_saver *to, const struct sea_sock *sock);
void sea_mcast_load(struct sea_loader *from, struct sea_sock *sock);

#endif
