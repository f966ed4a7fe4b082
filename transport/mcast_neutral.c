/* SPDX-License-Identifier: Apache-2.0 */
/* The multicast options that name any family's addresses (RFC 3678 §5): MCAST_*, at either level. */
#include <errno.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>

#include "core/minmax.h"
#include "transport/mcast_sockopt.h"

/* False: another family's. */
static bool read_addr(const struct sockaddr_storage *ss, uint8_t family, struct sea_ipaddr *addr)
{
	*addr = (struct sea_ipaddr){ { 0 } };
	if (ss->ss_family != family)
		return false;
	if (family == SEA_AF_INET)
		memcpy(addr->b, &((const struct sockaddr_in *)(const void *)ss)->sin_addr, 4);
	else
		memcpy(addr->b, &((const struct sockaddr_in6 *)(const void *)ss)->sin6_addr, 16);
	return true;
}

static void write_addr(uint8_t family, const struct sea_ipaddr *addr, struct sockaddr_storage *ss)
{
	memset(ss, 0, sizeof(*ss));
	ss->ss_family = family;
	if (family == SEA_AF_INET)
		memcpy(&((struct sockaddr_in *)(void *)ss)->sin_addr, addr->b, 4);
	else
		memcpy(&((struct sockaddr_in6 *)(void *)ss)->sin6_addr, addr->b, 16);
}

/* -- joining, leaving -- */

static int membership(struct sea_sock *sock, uint8_t family, int name, const void *val,
		      socklen_t len)
{
	struct sea_mcast_name group = { .family = family };
	struct group_req req;

	if (len < sizeof(req))
		return -EINVAL;
	memcpy(&req, val, sizeof(req));
	group.ifindex = (int)req.gr_interface;
	if (!read_addr(&req.gr_group, family, &group.group))
		return family == SEA_AF_INET ? -EINVAL : -EADDRNOTAVAIL;
	if (name == MCAST_JOIN_GROUP)
		return sea_mcast_join(sock, &group, SEA_GROUP_EXCLUDE);
	return sea_mcast_leave(sock, &group);
}

static enum sea_mcast_change change_of(int name)
{
	switch (name) {
	case MCAST_JOIN_SOURCE_GROUP:
		return SEA_MCAST_ADD_SOURCE;
	case MCAST_LEAVE_SOURCE_GROUP:
		return SEA_MCAST_DROP_SOURCE;
	case MCAST_BLOCK_SOURCE:
		return SEA_MCAST_BLOCK_SOURCE;
	default:
		return SEA_MCAST_UNBLOCK_SOURCE;
	}
}

static int source_membership(struct sea_sock *sock, uint8_t family, int name, const void *val,
			     socklen_t len)
{
	struct sea_mcast_name group = { .family = family };
	struct group_source_req req;
	struct sea_ipaddr source;

	if (family == SEA_AF_INET ? len != sizeof(req) : len < sizeof(req))
		return -EINVAL;
	memcpy(&req, val, sizeof(req));
	group.ifindex = (int)req.gsr_interface;
	if (!read_addr(&req.gsr_group, family, &group.group) ||
	    !read_addr(&req.gsr_source, family, &source))
		return -EADDRNOTAVAIL;
	return sea_mcast_change_source(sock, change_of(name), &group, &source);
}

/* -- whole filters -- */

/* Where the list of sources begins. */
#define FILTER_HDR offsetof(struct group_filter, gf_slist)

static size_t filter_size(uint32_t n)
{
	return FILTER_HDR + (size_t)n * sizeof(struct sockaddr_storage);
}

static void source_at(const void *val, uint32_t i, struct sockaddr_storage *ss)
{
	memcpy(ss, (const uint8_t *)val + filter_size(i), sizeof(*ss));
}

static int source4_at(const void *val, uint32_t i, struct sea_ipaddr *source)
{
	struct sockaddr_storage ss;

	source_at(val, i, &ss);
	return read_addr(&ss, SEA_AF_INET, source) ? 0 : -EADDRNOTAVAIL;
}

/* Linux does not look at the family of IPv6's. */
static int source6_at(const void *val, uint32_t i, struct sea_ipaddr *source)
{
	struct sockaddr_storage ss;

	source_at(val, i, &ss);
	ss.ss_family = SEA_AF_INET6;
	return read_addr(&ss, SEA_AF_INET6, source) ? 0 : -EADDRNOTAVAIL;
}

static int set_filter(struct sea_sock *sock, uint8_t family, const void *val, socklen_t len)
{
	struct sea_mcast_name name = { .family = family };
	struct group_filter gf;

	if (len < FILTER_HDR)
		return -EINVAL;
	memcpy(&gf, val, FILTER_HDR);
	if (len > (uint32_t)sock->stack->sysctl.optmem_max ||
	    gf.gf_numsrc > sea_mcast_sources_max(sock->stack, family))
		return -ENOBUFS;
	if (filter_size(gf.gf_numsrc) > len)
		return -EINVAL;
	name.ifindex = (int)gf.gf_interface;
	if (!read_addr(&gf.gf_group, family, &name.group))
		return family == SEA_AF_INET ? -EADDRNOTAVAIL : -EINVAL;
	return sea_mcast_take_filter(sock, &name, gf.gf_fmode, gf.gf_numsrc,
				     family == SEA_AF_INET ? source4_at : source6_at, val);
}

int sea_mcast_get_neutral(struct sea_sock *sock, uint8_t family, void *val, socklen_t *len)
{
	struct sea_mcast_name name = { .family = family };
	const struct sea_mcast_member *m;
	struct group_filter gf;
	uint32_t room;
	int err;

	if (*len < FILTER_HDR)
		return -EINVAL;
	memcpy(&gf, val, FILTER_HDR);
	name.ifindex = (int)gf.gf_interface;
	if (!read_addr(&gf.gf_group, family, &name.group))
		return family == SEA_AF_INET ? -EINVAL : -EADDRNOTAVAIL;
	err = sea_mcast_find(sock, &name, &m);
	if (err)
		return err;
	room = (uint32_t)((*len - FILTER_HDR) / sizeof(struct sockaddr_storage));
	room = sea_min_u32(sea_min_u32(room, gf.gf_numsrc), m->n);
	gf.gf_fmode = m->mode;
	gf.gf_numsrc = m->n;
	memcpy(val, &gf, FILTER_HDR);
	for (uint32_t i = 0; i < room; i++) {
		struct sockaddr_storage ss;

		write_addr(family, &m->sources[i], &ss);
		memcpy((uint8_t *)val + filter_size(i), &ss, sizeof(ss));
	}
	*len = (socklen_t)filter_size(room);
	return 0;
}

/* -- the door -- */

bool sea_mcast_set_neutral(struct sea_sock *sock, uint8_t family, int name, const void *val,
			   socklen_t len, int *err)
{
	switch (name) {
	case MCAST_JOIN_GROUP:
	case MCAST_LEAVE_GROUP:
		*err = membership(sock, family, name, val, len);
		return true;
	case MCAST_JOIN_SOURCE_GROUP:
	case MCAST_LEAVE_SOURCE_GROUP:
	case MCAST_BLOCK_SOURCE:
	case MCAST_UNBLOCK_SOURCE:
		*err = source_membership(sock, family, name, val, len);
		return true;
	case MCAST_MSFILTER:
		*err = set_filter(sock, family, val, len);
		return true;
	default:
		return false;
	}
}
