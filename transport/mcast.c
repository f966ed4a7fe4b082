/* SPDX-License-Identifier: Apache-2.0 */
/* A socket's groups: in, out, whose packets are wanted. */
#include "transport/mcast.h"

#include <errno.h>
#include <string.h>

#include "core/link.h"
#include "ip/ifaddr6.h"
#include "ip/ipv4.h"
#include "transport/anycast.h"

#define SOURCES_MIN 4u

static struct sea_pool *pool_of(const struct sea_sock *sock)
{
	return &sock->stack->shard.pool;
}

/* -- names -- */

static bool is_group(const struct sea_mcast_name *name)
{
	return name->family == SEA_AF_INET ? sea_ipv4_is_multicast(sea_ipaddr_to4(&name->group))
					   : name->group.b[0] == 0xff;
}

static struct sea_link *link_of_route(struct sea_stack *stack, const struct sea_mcast_name *name)
{
	const struct sea_flow flow = { .family = name->family, .dst = name->group };
	struct sea_link *link;
	struct sea_dst dst;

	if (sea_ip_route(stack, &flow, &dst))
		return NULL;
	link = dst.link;
	sea_dst_put(stack, &dst);
	return link;
}

static struct sea_link *link_of(struct sea_stack *stack, const struct sea_mcast_name *name)
{
	if (name->ifindex)
		return sea_link_by_index(stack, name->ifindex);
	if (!sea_ipv4_is_any(name->via))
		return sea_ifaddr4_link_of(stack, name->via);
	return link_of_route(stack, name);
}

/* NULL: there is no such link any more, or it does not speak this family. */
struct sea_groups *sea_mcast_groups(struct sea_stack *stack, uint8_t family, int ifindex)
{
	struct sea_link *link = sea_link_by_index(stack, ifindex);

	if (!link)
		return NULL;
	if (family == SEA_AF_INET)
		return link->ip4 ? &sea_link_ip4(link)->groups : NULL;
	return link->ip6 ? &sea_link_ip6(link)->groups : NULL;
}

/* `ifindex` 0: by whichever link. */
static struct sea_mcast_member *find(const struct sea_sock *sock, const struct sea_mcast_name *name,
				     int ifindex)
{
	const struct sea_mcast *mcast = sea_mcast_of(sock);
	struct sea_list *node, *tmp;

	if (!mcast)
		return NULL;
	SEA_LIST_EACH(node, tmp, &mcast->members)
	{
		struct sea_mcast_member *m = sea_container(node, struct sea_mcast_member, node);

		if (m->family == name->family && (!ifindex || m->ifindex == ifindex) &&
		    sea_ipaddr_equal(&m->group, &name->group))
			return m;
	}
	return NULL;
}

/* IPv4 means the link that it finds; IPv6 just what the program said, as on Linux. */
int sea_mcast_find_joined(const struct sea_sock *sock, const struct sea_mcast_name *name,
			  struct sea_mcast_member **m)
{
	struct sea_link *link;

	*m = NULL;
	if (!is_group(name))
		return -EINVAL;
	link = link_of(sock->stack, name);
	if (!link)
		return -ENODEV;
	*m = find(sock, name, name->family == SEA_AF_INET ? link->ifindex : name->ifindex);
	return 0;
}

/* -- life -- */

static void free_member(struct sea_sock *sock, struct sea_mcast *mcast, struct sea_mcast_member *m)
{
	sea_list_remove(&m->node);
	if (m->family == SEA_AF_INET)
		mcast->n4--;
	else
		mcast->n6--;
	sea_pool_free(pool_of(sock), m->sources, m->max * sizeof(*m->sources));
	sea_pool_free(pool_of(sock), m, sizeof(*m));
}

/* The link's group loses a user; a link that is gone has lost all of them. */
void sea_mcast_end(struct sea_sock *sock, struct sea_mcast_member *m)
{
	struct sea_groups *g = sea_mcast_groups(sock->stack, m->family, m->ifindex);
	struct sea_group_filter old = sea_mcast_filter_of(m);

	if (g)
		sea_group_narrow(g, &m->group, &old, NULL);
	free_member(sock, sea_mcast_of(sock), m);
}

static void free_all(struct sea_sock *sock)
{
	struct sea_mcast *mcast = sea_mcast_of(sock);
	struct sea_list *node;

	while ((node = sea_list_first(&mcast->members)))
		sea_mcast_end(sock, sea_container(node, struct sea_mcast_member, node));
	sea_anycast_end(sock, mcast);
	sea_sock_more_edit(sock)->mcast.groups = NULL;
	sea_pool_free(pool_of(sock), mcast, sizeof(*mcast));
}

struct sea_mcast *sea_mcast_make(struct sea_sock *sock)
{
	struct sea_sock_more *more = sea_sock_more_edit(sock);
	struct sea_mcast *mcast;

	if (!more)
		return NULL;
	if (more->mcast.groups)
		return sea_mcast_of(sock);
	mcast = sea_pool_zalloc(pool_of(sock), sizeof(*mcast));
	if (!mcast)
		return NULL;
	mcast->attached.free = free_all;
	sea_list_init(&mcast->members);
	sea_list_init(&mcast->anycasts);
	more->mcast.groups = &mcast->attached;
	return mcast;
}

/* Room for `n` sources; false: no memory. */
bool sea_mcast_reserve(struct sea_sock *sock, struct sea_mcast_member *m, uint32_t n)
{
	uint32_t max = m->max ? m->max : SOURCES_MIN;
	struct sea_ipaddr *sources;

	while (max < n)
		max *= 2;
	if (max == m->max || !n)
		return true;
	sources = sea_pool_alloc(pool_of(sock), max * sizeof(*sources));
	if (!sources)
		return false;
	if (m->n)
		memcpy(sources, m->sources, m->n * sizeof(*sources));
	sea_pool_free(pool_of(sock), m->sources, m->max * sizeof(*m->sources));
	m->sources = sources;
	m->max = max;
	return true;
}

/* A member in the socket's list, not yet a user of the link's; NULL: no memory. */
struct sea_mcast_member *sea_mcast_add(struct sea_sock *sock, const struct sea_mcast_name *name,
				       int ifindex, uint8_t mode)
{
	struct sea_mcast *mcast = sea_mcast_make(sock);
	struct sea_mcast_member *m = mcast ? sea_pool_zalloc(pool_of(sock), sizeof(*m)) : NULL;

	if (!m)
		return NULL;
	m->family = name->family;
	m->ifindex = ifindex;
	m->via = name->via;
	m->group = name->group;
	m->mode = mode;
	sea_list_push_front(&mcast->members, &m->node);
	if (m->family == SEA_AF_INET)
		mcast->n4++;
	else
		mcast->n6++;
	return m;
}

/* -- in and out -- */

static int check_room(const struct sea_sock *sock, uint8_t family)
{
	const struct sea_mcast *mcast = sea_mcast_of(sock);
	int32_t max4 = sea_ipv4_of(sock->stack)->sysctl.igmp_max_memberships;
	uint32_t max = sea_mcast_members_max(sock->stack);

	if (family == SEA_AF_INET) {
		uint32_t n = mcast ? mcast->n4 : 0;

		return (int64_t)n >= max4 || n >= max ? -ENOBUFS : 0;
	}
	return (mcast ? mcast->n6 : 0) >= max ? -ENOMEM : 0;
}

/* IPv6 looks for the link only where the socket is not in the group by any that would do. */
static int find_link(const struct sea_sock *sock, const struct sea_mcast_name *name,
		     struct sea_link **link)
{
	if (!is_group(name))
		return -EINVAL;
	if (name->family == SEA_AF_INET6 && find(sock, name, name->ifindex))
		return -EADDRINUSE;
	*link = link_of(sock->stack, name);
	if (!*link || !sea_mcast_groups(sock->stack, name->family, (*link)->ifindex))
		return -ENODEV;
	return find(sock, name, (*link)->ifindex) ? -EADDRINUSE : 0;
}

int sea_mcast_join(struct sea_sock *sock, const struct sea_mcast_name *name,
		   enum sea_group_mode mode)
{
	struct sea_group_filter filter = { .mode = (uint8_t)mode };
	struct sea_mcast_member *m;
	struct sea_link *link;
	int err = find_link(sock, name, &link);

	if (!err)
		err = check_room(sock, name->family);
	if (err)
		return err;
	m = sea_mcast_add(sock, name, link->ifindex, (uint8_t)mode);
	if (!m)
		return -ENOMEM;
	err = sea_group_change(sea_mcast_groups(sock->stack, name->family, link->ifindex),
			       &m->group, NULL, &filter);
	if (err)
		free_member(sock, sea_mcast_of(sock), m);
	return err;
}

static struct sea_mcast_member *find_via(const struct sea_sock *sock,
					 const struct sea_mcast_name *name)
{
	const struct sea_mcast *mcast = sea_mcast_of(sock);
	struct sea_list *node, *tmp;

	if (!mcast)
		return NULL;
	SEA_LIST_EACH(node, tmp, &mcast->members)
	{
		struct sea_mcast_member *m = sea_container(node, struct sea_mcast_member, node);

		if (m->family == SEA_AF_INET && sea_be32_equal(m->via, name->via) &&
		    sea_ipaddr_equal(&m->group, &name->group))
			return m;
	}
	return NULL;
}

/* The link may be gone: then what the program called it by must do. */
static int find_to_leave(const struct sea_sock *sock, const struct sea_mcast_name *name,
			 struct sea_mcast_member **m)
{
	int ifindex = name->ifindex;

	if (name->family == SEA_AF_INET && !ifindex) {
		const struct sea_link *link = link_of(sock->stack, name);

		if (!link && sea_ipv4_is_any(name->via))
			return -ENODEV;
		if (!link) {
			*m = find_via(sock, name);
			return *m ? 0 : -EADDRNOTAVAIL;
		}
		ifindex = link->ifindex;
	}
	if (name->family == SEA_AF_INET6 && !is_group(name))
		return -EINVAL;
	*m = find(sock, name, ifindex);
	return *m ? 0 : -EADDRNOTAVAIL;
}

int sea_mcast_leave(struct sea_sock *sock, const struct sea_mcast_name *name)
{
	struct sea_mcast_member *m;
	int err = find_to_leave(sock, name, &m);

	if (!err)
		sea_mcast_end(sock, m);
	return err;
}

/* -- whose packets are wanted -- */

uint32_t sea_mcast_rank(const struct sea_mcast_member *m, const struct sea_ipaddr *source)
{
	uint32_t i = 0;

	while (i < m->n && !sea_ipaddr_equal(&m->sources[i], source))
		i++;
	return i;
}

bool sea_mcast_wants(const struct sea_sock *sock, uint8_t family, int ifindex,
		     const struct sea_ipaddr *group, const struct sea_ipaddr *src)
{
	const struct sea_mcast_name name = { .family = family, .group = *group };
	uint8_t no_all = family == SEA_AF_INET ? SEA_MCAST_NO_ALL : SEA_MCAST_NO_ALL6;
	const struct sea_mcast_member *m = find(sock, &name, family == SEA_AF_INET ? ifindex : 0);

	if (!m)
		return !(sock->more->mcast.off & no_all) !=
		       (family == SEA_AF_INET && sock->domain == SEA_AF_INET6);
	return (sea_mcast_rank(m, src) < m->n) == (m->mode == SEA_GROUP_INCLUDE);
}
