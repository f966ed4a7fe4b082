/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The multicast options of IPPROTO_IP: the layouts of RFC 3678 and of the calls that are older, with
 * Linux's sizes and errors. IPv6's are mcast_sockopt6.c.
 */
#include "transport/mcast_sockopt.h"

#include <errno.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>

#include "core/link.h"
#include "core/minmax.h"
#include "ip/ifaddr.h"
#include "ip/ipv4.h"
#include "transport/sockopt.h"

static sea_be32 be32_of(struct in_addr a)
{
	sea_be32 v;

	memcpy(v.b, &a, sizeof(v.b));
	return v;
}

static struct sea_ipaddr addr_of(struct in_addr a)
{
	return sea_ipaddr_of4(be32_of(a));
}

/* ip_mreqn, or its older and shorter form ip_mreq; false: shorter than that. */
static bool read_mreq(const void *val, socklen_t len, struct ip_mreqn *mreq)
{
	*mreq = (struct ip_mreqn){ { 0 }, { 0 }, 0 };
	if (len < sizeof(struct ip_mreq))
		return false;
	memcpy(mreq, val, len >= sizeof(*mreq) ? sizeof(*mreq) : sizeof(struct ip_mreq));
	return true;
}

/* -- joining, leaving -- */

static int membership(struct sea_sock *sock, int name, const void *val, socklen_t len)
{
	struct sea_mcast_name group = { .family = SEA_AF_INET };
	struct ip_mreqn mreq;

	if (sock->type == SOCK_STREAM)
		return -EPROTO;
	if (!read_mreq(val, len, &mreq))
		return -EINVAL;
	group.ifindex = mreq.imr_ifindex;
	group.via = be32_of(mreq.imr_address);
	group.group = addr_of(mreq.imr_multiaddr);
	if (name == IP_ADD_MEMBERSHIP)
		return sea_mcast_join(sock, &group, SEA_GROUP_EXCLUDE);
	return sea_mcast_leave(sock, &group);
}

int sea_mcast_change_source(struct sea_sock *sock, enum sea_mcast_change what,
			    const struct sea_mcast_name *name, const struct sea_ipaddr *source)
{
	bool include = what == SEA_MCAST_ADD_SOURCE || what == SEA_MCAST_DROP_SOURCE;
	bool add = what == SEA_MCAST_ADD_SOURCE || what == SEA_MCAST_BLOCK_SOURCE;

	if (what == SEA_MCAST_ADD_SOURCE) {
		int err = sea_mcast_join(sock, name, SEA_GROUP_INCLUDE);

		if (err && err != -EADDRINUSE)
			return err;
	}
	return sea_mcast_source(sock, name, include ? SEA_GROUP_INCLUDE : SEA_GROUP_EXCLUDE, add,
				source);
}

static int source_membership(struct sea_sock *sock, int name, const void *val, socklen_t len)
{
	struct sea_mcast_name group = { .family = SEA_AF_INET };
	struct ip_mreq_source mreq;
	struct sea_ipaddr source;

	if (len != sizeof(mreq))
		return -EINVAL;
	memcpy(&mreq, val, sizeof(mreq));
	group.via = be32_of(mreq.imr_interface);
	group.group = addr_of(mreq.imr_multiaddr);
	source = addr_of(mreq.imr_sourceaddr);
	switch (name) {
	case IP_BLOCK_SOURCE:
		return sea_mcast_change_source(sock, SEA_MCAST_BLOCK_SOURCE, &group, &source);
	case IP_UNBLOCK_SOURCE:
		return sea_mcast_change_source(sock, SEA_MCAST_UNBLOCK_SOURCE, &group, &source);
	case IP_ADD_SOURCE_MEMBERSHIP:
		return sea_mcast_change_source(sock, SEA_MCAST_ADD_SOURCE, &group, &source);
	default:
		return sea_mcast_change_source(sock, SEA_MCAST_DROP_SOURCE, &group, &source);
	}
}

/* -- whole filters -- */

int sea_mcast_take_filter(struct sea_sock *sock, const struct sea_mcast_name *name, uint32_t mode,
			  uint32_t n, sea_mcast_source_fn *source_at, const void *val)
{
	struct sea_pool *pool = &sock->stack->shard.pool;
	struct sea_group_filter filter = { .n = n };
	struct sea_ipaddr *sources;
	int err = 0;

	if (mode > SEA_GROUP_INCLUDE)
		return -EINVAL;
	filter.mode = (uint8_t)mode;
	sources = sea_pool_alloc(pool, (n ? n : 1) * sizeof(*sources));
	if (!sources)
		return -ENOBUFS;
	filter.sources = sources;
	for (uint32_t i = 0; i < n && !err; i++)
		err = source_at(val, i, &sources[i]);
	if (!err)
		err = sea_mcast_set_filter(sock, name, &filter);
	sea_pool_free(pool, sources, (n ? n : 1) * sizeof(*sources));
	return err;
}

static int msfilter_source(const void *val, uint32_t i, struct sea_ipaddr *source)
{
	struct in_addr a;

	memcpy(&a, (const uint8_t *)val + IP_MSFILTER_SIZE(0) + i * sizeof(a), sizeof(a));
	*source = addr_of(a);
	return 0;
}

static int set_msfilter(struct sea_sock *sock, const void *val, socklen_t len)
{
	struct sea_mcast_name name = { .family = SEA_AF_INET };
	struct ip_msfilter msf;

	if (len < IP_MSFILTER_SIZE(0))
		return -EINVAL;
	memcpy(&msf, val, IP_MSFILTER_SIZE(0));
	if (len > (uint32_t)sock->stack->sysctl.optmem_max ||
	    msf.imsf_numsrc > sea_mcast_sources_max(sock->stack, SEA_AF_INET))
		return -ENOBUFS;
	if (IP_MSFILTER_SIZE((size_t)msf.imsf_numsrc) > len)
		return -EINVAL;
	name.via = be32_of(msf.imsf_interface);
	name.group = addr_of(msf.imsf_multiaddr);
	return sea_mcast_take_filter(sock, &name, msf.imsf_fmode, msf.imsf_numsrc, msfilter_source,
				     val);
}

/* Linux writes past what the program has room for, if it names more sources than that; not here. */
static int get_msfilter(struct sea_sock *sock, void *val, socklen_t *len)
{
	struct sea_mcast_name name = { .family = SEA_AF_INET };
	const struct sea_mcast_member *m;
	struct ip_msfilter msf;
	uint32_t room;
	int err;

	if (*len < IP_MSFILTER_SIZE(0))
		return -EINVAL;
	memcpy(&msf, val, IP_MSFILTER_SIZE(0));
	name.via = be32_of(msf.imsf_interface);
	name.group = addr_of(msf.imsf_multiaddr);
	err = sea_mcast_find(sock, &name, &m);
	if (err)
		return err;
	room = sea_min_u32(msf.imsf_numsrc, (uint32_t)((*len - IP_MSFILTER_SIZE(0)) / 4));
	room = sea_min_u32(room, m->n);
	msf.imsf_fmode = m->mode;
	msf.imsf_numsrc = m->n;
	memcpy(val, &msf, IP_MSFILTER_SIZE(0));
	for (uint32_t i = 0; i < room; i++)
		memcpy((uint8_t *)val + IP_MSFILTER_SIZE(0) + (size_t)i * 4, m->sources[i].b, 4);
	*len = (socklen_t)IP_MSFILTER_SIZE(0) + room * 4;
	return 0;
}

/* -- where from, heard by oneself -- */

static int read_interface(const void *val, socklen_t len, struct ip_mreqn *mreq)
{
	if (len >= sizeof(struct ip_mreq)) {
		(void)read_mreq(val, len, mreq);
		return 0;
	}
	*mreq = (struct ip_mreqn){ { 0 }, { 0 }, 0 };
	if (len < sizeof(struct in_addr))
		return -EINVAL;
	memcpy(&mreq->imr_address, val, sizeof(struct in_addr));
	return 0;
}

static int set_interface(struct sea_sock *sock, const void *val, socklen_t len)
{
	struct sea_link *link = NULL;
	struct sea_sock_more *more;
	struct ip_mreqn mreq;
	sea_be32 addr;
	int err = sock->type == SOCK_STREAM ? -EINVAL : read_interface(val, len, &mreq);

	if (err)
		return err;
	addr = be32_of(mreq.imr_address);
	if (mreq.imr_ifindex)
		link = sea_link_by_index(sock->stack, mreq.imr_ifindex);
	else if (!sea_ipv4_is_any(addr))
		link = sea_ifaddr4_link_of(sock->stack, addr);
	if (!link && (mreq.imr_ifindex || !sea_ipv4_is_any(addr)))
		return -EADDRNOTAVAIL;
	if (link && sock->bound_ifindex && sock->bound_ifindex != link->ifindex)
		return -EINVAL;
	more = sea_sock_more_edit(sock);
	if (!more)
		return -ENOMEM;
	more->mcast.oif = link ? link->ifindex : 0;
	memcpy(more->mcast.src, addr.b, sizeof(more->mcast.src));
	return 0;
}

int sea_mcast_set_flag(struct sea_sock *sock, uint8_t no_flag, bool on)
{
	struct sea_sock_more *more;

	if (on == !(sock->more->mcast.off & no_flag))
		return 0;
	more = sea_sock_more_edit(sock);
	if (!more)
		return -ENOMEM;
	more->mcast.off ^= no_flag;
	return 0;
}

/* An int, or one byte. */
static int set_flag(struct sea_sock *sock, int name, const void *val, socklen_t len)
{
	int v = 0;

	if (!len)
		return -EINVAL;
	if (len >= sizeof(v))
		memcpy(&v, val, sizeof(v));
	else
		v = *(const unsigned char *)val;
	if (name == IP_MULTICAST_LOOP)
		return sea_mcast_set_flag(sock, SEA_MCAST_NO_LOOP, v);
	if (v != 0 && v != 1)
		return -EINVAL;
	return sea_mcast_set_flag(sock, SEA_MCAST_NO_ALL, sock->domain == SEA_AF_INET6 ? !v : v);
}

/* As one byte where the program has no room for an int. */
static int put_flag(void *val, socklen_t *len, bool on)
{
	if (*len > 0 && *len < sizeof(int)) {
		*(unsigned char *)val = on;
		*len = 1;
		return 0;
	}
	return sea_opt_put_int(val, len, on);
}

/* -- the door -- */

bool sea_mcast_setsockopt(struct sea_sock *sock, int name, const void *val, socklen_t len, int *err)
{
	switch (name) {
	case IP_ADD_MEMBERSHIP:
	case IP_DROP_MEMBERSHIP:
		*err = membership(sock, name, val, len);
		return true;
	case IP_BLOCK_SOURCE:
	case IP_UNBLOCK_SOURCE:
	case IP_ADD_SOURCE_MEMBERSHIP:
	case IP_DROP_SOURCE_MEMBERSHIP:
		*err = source_membership(sock, name, val, len);
		return true;
	case IP_MSFILTER:
		*err = set_msfilter(sock, val, len);
		return true;
	case IP_MULTICAST_IF:
		*err = set_interface(sock, val, len);
		return true;
	case IP_MULTICAST_LOOP:
	case IP_MULTICAST_ALL:
		*err = set_flag(sock, name, val, len);
		return true;
	default:
		return sea_mcast_set_neutral(sock, SEA_AF_INET, name, val, len, err);
	}
}

bool sea_mcast_getsockopt(struct sea_sock *sock, int name, void *val, socklen_t *len, int *err)
{
	uint8_t flags = sock->more->mcast.off;

	switch (name) {
	case IP_MULTICAST_IF:
		*err = sea_opt_put(val, len, sock->more->mcast.src, sizeof(sock->more->mcast.src));
		return true;
	case IP_MULTICAST_LOOP:
		*err = put_flag(val, len, !(flags & SEA_MCAST_NO_LOOP));
		return true;
	case IP_MULTICAST_ALL:
		*err = put_flag(val, len,
				!(flags & SEA_MCAST_NO_ALL) == (sock->domain == SEA_AF_INET));
		return true;
	case IP_MSFILTER:
		*err = get_msfilter(sock, val, len);
		return true;
	case MCAST_MSFILTER:
		*err = sea_mcast_get_neutral(sock, SEA_AF_INET, val, len);
		return true;
	default:
		return false;
	}
}
