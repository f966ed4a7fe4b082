/* SPDX-License-Identifier: Apache-2.0 */
/* The sources that a socket wants, or does not want, to hear in a group. */
#include <errno.h>
#include <string.h>

#include "ip/ipv4.h"
#include "ip/ipv6.h"
#include "transport/mcast.h"

static struct sea_pool *pool_of(const struct sea_sock *sock)
{
	return &sock->stack->shard.pool;
}

uint32_t sea_mcast_sources_max(const struct sea_stack *stack, uint8_t family)
{
	int32_t max = family == SEA_AF_INET ? sea_ipv4_of(stack)->sysctl.igmp_max_msf
					    : sea_ipv6_of(stack)->sysctl.mld_max_msf;

	return max < 0 ? 0 : (uint32_t)max;
}

/* Lets the link know that the member's filter becomes another one. */
static int change(struct sea_sock *sock, const struct sea_mcast_member *m,
		  const struct sea_group_filter *new)
{
	struct sea_groups *g = sea_mcast_groups(sock->stack, m->family, m->ifindex);
	struct sea_group_filter old = sea_mcast_filter_of(m);

	return g ? sea_group_change(g, &m->group, &old, new) : 0;
}

/* A filter that never had a source may still become one of the other mode. */
static int agree_on_mode(struct sea_sock *sock, struct sea_mcast_member *m, uint8_t mode)
{
	struct sea_group_filter new = { .mode = mode };
	int err;

	if (m->mode == mode)
		return 0;
	if (m->filtered)
		return -EINVAL;
	err = change(sock, m, &new);
	if (!err)
		m->mode = mode;
	return err;
}

static int add_source(struct sea_sock *sock, struct sea_mcast_member *m,
		      const struct sea_ipaddr *source)
{
	struct sea_group_filter new;
	int err;

	if (m->filtered && m->n >= sea_mcast_sources_max(sock->stack, m->family))
		return -ENOBUFS;
	if (sea_mcast_rank(m, source) < m->n)
		return -EADDRNOTAVAIL;
	if (!sea_mcast_reserve(sock, m, m->n + 1))
		return -ENOBUFS;
	m->sources[m->n] = *source;
	new = (struct sea_group_filter){ m->mode, m->n + 1, m->sources };
	err = change(sock, m, &new);
	if (err)
		return err;
	m->n++;
	m->filtered = true;
	return 0;
}

/* It goes to the end of the list, in front of which the new one ends. */
static int take_source(struct sea_sock *sock, struct sea_mcast_member *m,
		       const struct sea_ipaddr *source)
{
	struct sea_groups *g = sea_mcast_groups(sock->stack, m->family, m->ifindex);
	struct sea_group_filter new, old = sea_mcast_filter_of(m);
	uint32_t i = sea_mcast_rank(m, source);

	if (i == m->n)
		return -EADDRNOTAVAIL;
	if (m->n == 1 && m->mode == SEA_GROUP_INCLUDE) {
		sea_mcast_end(sock, m);
		return 0;
	}
	memmove(&m->sources[i], &m->sources[i + 1], (m->n - 1 - i) * sizeof(*m->sources));
	m->sources[m->n - 1] = *source;
	new = (struct sea_group_filter){ m->mode, m->n - 1, m->sources };
	if (g)
		sea_group_narrow(g, &m->group, &old, &new);
	m->n--;
	return 0;
}

int sea_mcast_source(struct sea_sock *sock, const struct sea_mcast_name *name,
		     enum sea_group_mode mode, bool add, const struct sea_ipaddr *source)
{
	struct sea_mcast_member *m;
	int err = sea_mcast_find_joined(sock, name, &m);

	if (err)
		return err;
	if (!m)
		return -EINVAL;
	err = agree_on_mode(sock, m, (uint8_t)mode);
	if (err)
		return err;
	return add ? add_source(sock, m, source) : take_source(sock, m, source);
}

static int replace(struct sea_sock *sock, struct sea_mcast_member *m,
		   const struct sea_group_filter *filter)
{
	struct sea_ipaddr *sources = NULL;
	int err;

	if (filter->n) {
		sources = sea_pool_alloc(pool_of(sock), filter->n * sizeof(*sources));
		if (!sources)
			return -ENOBUFS;
		memcpy(sources, filter->sources, filter->n * sizeof(*sources));
	}
	err = change(sock, m, filter);
	if (err) {
		sea_pool_free(pool_of(sock), sources, filter->n * sizeof(*sources));
		return err;
	}
	sea_pool_free(pool_of(sock), m->sources, m->max * sizeof(*m->sources));
	m->sources = sources;
	m->n = m->max = filter->n;
	m->mode = filter->mode;
	m->filtered = filter->n;
	return 0;
}

/* IPv6 means a membership by just the link that the program names, as on Linux: 0 is none. */
static bool is_named(const struct sea_mcast_name *name, const struct sea_mcast_member *m)
{
	return m && (name->family == SEA_AF_INET || m->ifindex == name->ifindex);
}

int sea_mcast_set_filter(struct sea_sock *sock, const struct sea_mcast_name *name,
			 const struct sea_group_filter *filter)
{
	struct sea_mcast_member *m;
	int err = sea_mcast_find_joined(sock, name, &m);

	if (err)
		return err;
	if (filter->mode == SEA_GROUP_INCLUDE && !filter->n)
		return sea_mcast_leave(sock, name);
	return is_named(name, m) ? replace(sock, m, filter) : -EINVAL;
}

int sea_mcast_find(struct sea_sock *sock, const struct sea_mcast_name *name,
		   const struct sea_mcast_member **member)
{
	struct sea_mcast_member *m;
	int err = sea_mcast_find_joined(sock, name, &m);

	*member = m;
	if (err == -ENODEV && name->family == SEA_AF_INET6)
		return -EADDRNOTAVAIL;
	if (err)
		return err;
	return is_named(name, m) ? 0 : -EADDRNOTAVAIL;
}
