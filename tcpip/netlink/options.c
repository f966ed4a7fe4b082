/* SPDX-License-Identifier: Apache-2.0 */
/* SOL_NETLINK: options, with Linux's sizes and errors. */
#include <errno.h>
#include <string.h>

#include "netlink/sock.h"

/* The options that are one flag; 0: it is none. */
static uint32_t flag_of(int name)
{
	switch (name) {
	case NETLINK_PKTINFO:
		return NL_F_PKTINFO;
	case NETLINK_BROADCAST_ERROR:
		return NL_F_BROADCAST_ERROR;
	case NETLINK_NO_ENOBUFS:
		return NL_F_NO_ENOBUFS;
	case NETLINK_CAP_ACK:
		return NL_F_CAP_ACK;
	case NETLINK_EXT_ACK:
		return NL_F_EXT_ACK;
	case NETLINK_LISTEN_ALL_NSID:
		return NL_F_LISTEN_ALL_NSID;
	case NETLINK_GET_STRICT_CHK:
		return NL_F_STRICT_CHK;
	default:
		return 0;
	}
}

static int set_member(struct sea_nl_sock *s, uint32_t group, bool member)
{
	if (!group || group > s->family->n_groups)
		return -EINVAL;
	sea_nl_set_group(s, group, member);
	return 0;
}

int sea_nl_setsockopt(struct sea_sock *sock, int level, int name, const void *val, socklen_t len)
{
	struct sea_nl_sock *s = sea_nl_sock_of(sock);
	uint32_t v = 0, flag = flag_of(name);

	if (level != SOL_NETLINK)
		return -ENOPROTOOPT;
	if (len >= sizeof(v) && !val)
		return -EFAULT;
	if (len >= sizeof(v))
		memcpy(&v, val, sizeof(v));
	if (name == NETLINK_ADD_MEMBERSHIP || name == NETLINK_DROP_MEMBERSHIP)
		return set_member(s, v, name == NETLINK_ADD_MEMBERSHIP);
	if (!flag)
		return -ENOPROTOOPT;
	s->flags = v ? s->flags | flag : s->flags & ~flag;
	if (v && flag == NL_F_NO_ENOBUFS)
		s->flags &= ~(uint32_t)NL_F_CONGESTED;
	return 0;
}

/* Words of the groups, as many as there is room for; *len is what all of them take. */
static int list_members(const struct sea_nl_sock *s, void *val, socklen_t *len)
{
	uint32_t words = (s->family->n_groups + 31) / 32;

	for (uint32_t i = 0; i < words && (i + 1) * sizeof(uint32_t) <= *len; i++) {
		uint32_t word = (uint32_t)(s->groups[i / 2] >> i % 2 * 32);

		memcpy((uint8_t *)val + i * sizeof(word), &word, sizeof(word));
	}
	*len = words * (socklen_t)sizeof(uint32_t);
	return 0;
}

int sea_nl_getsockopt(struct sea_sock *sock, int level, int name, void *val, socklen_t *len)
{
	const struct sea_nl_sock *s = sea_nl_sock_of(sock);
	int v;

	if (level != SOL_NETLINK)
		return -ENOPROTOOPT;
	if (name == NETLINK_LIST_MEMBERSHIPS)
		return list_members(s, val, len);
	if (!flag_of(name))
		return -ENOPROTOOPT;
	if (*len < sizeof(v))
		return -EINVAL;
	v = (s->flags & flag_of(name)) != 0;
	memcpy(val, &v, sizeof(v));
	*len = sizeof(v);
	return 0;
}
