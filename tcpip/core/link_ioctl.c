/* SPDX-License-Identifier: Apache-2.0 */
/*
 * netdevice(7): what a struct ifreq asks of a link, or sets. A link is meant by ifr_name, up to a colon ("eth0:1" was
 * once a link's second address).
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include <linux/sockios.h>
#include <net/if.h>

#include "core/ioctl.h"
#include "core/link_set.h"
#include "core/stack.h"

#define NUMBERS 0x8900ul

/* -- asked for -- */

static int get_flags(struct sea_link *link, struct ifreq *ifr)
{
	ifr->ifr_flags = (short)(sea_link_flags(link) & 0xffff);
	return 0;
}

/* No link has one; it was for routes once. */
static int get_metric(struct sea_link *link, struct ifreq *ifr)
{
	(void)link;
	ifr->ifr_metric = 0;
	return 0;
}

static int get_mtu(struct sea_link *link, struct ifreq *ifr)
{
	ifr->ifr_mtu = (int)link->mtu;
	return 0;
}

static int get_index(struct sea_link *link, struct ifreq *ifr)
{
	ifr->ifr_ifindex = link->ifindex;
	return 0;
}

static int get_txqueuelen(struct sea_link *link, struct ifreq *ifr)
{
	ifr->ifr_qlen = (int)link->txqueuelen;
	return 0;
}

/* Bytes beyond an address stay, unless there is none at all. */
static int get_mac(struct sea_link *link, struct ifreq *ifr)
{
	ifr->ifr_hwaddr.sa_family = sea_link_arp_type(link);
	if (link->type == SEA_LINK_IP)
		memset(ifr->ifr_hwaddr.sa_data, 0, sizeof(ifr->ifr_hwaddr.sa_data));
	else
		memcpy(ifr->ifr_hwaddr.sa_data, link->mac.b, sizeof(link->mac.b));
	return 0;
}

/* Nothing is mapped; what pads the struct stays. */
static int get_map(struct sea_link *link, struct ifreq *ifr)
{
	(void)link;
	memset(&ifr->ifr_map, 0, offsetof(struct ifmap, port) + sizeof(ifr->ifr_map.port));
	return 0;
}

/* -- set -- */

static int set_flags(struct sea_link *link, struct ifreq *ifr)
{
	uint32_t flags = (uint16_t)ifr->ifr_flags;
	int err = sea_link_check_flags(link, flags);

	return err ? err : sea_link_change_flags(link, flags);
}

static int set_mtu(struct sea_link *link, struct ifreq *ifr)
{
	uint32_t mtu = (uint32_t)ifr->ifr_mtu;

	return mtu == link->mtu ? 0 : sea_link_change_mtu(link, mtu);
}

static int set_mac(struct sea_link *link, struct ifreq *ifr)
{
	struct sea_mac mac;

	if (ifr->ifr_hwaddr.sa_family != sea_link_arp_type(link))
		return -EINVAL;
	memcpy(mac.b, ifr->ifr_hwaddr.sa_data, sizeof(mac.b));
	return sea_link_choose_mac(link, &mac);
}

static int set_broadcast(struct sea_link *link, struct ifreq *ifr)
{
	struct sea_mac mac;

	if (ifr->ifr_hwaddr.sa_family != sea_link_arp_type(link))
		return -EINVAL;
	memcpy(mac.b, ifr->ifr_hwaddr.sa_data, sizeof(mac.b));
	return sea_link_choose_broadcast(link, &mac);
}

static int set_txqueuelen(struct sea_link *link, struct ifreq *ifr)
{
	uint32_t len = (uint32_t)ifr->ifr_qlen;

	if (ifr->ifr_qlen < 0)
		return -EINVAL;
	if (len == link->txqueuelen)
		return 0;
	sea_link_change_txqueuelen(link, len);
	sea_link_tell(link, 0);
	return 0;
}

static int set_name(struct sea_link *link, struct ifreq *ifr)
{
	ifr->ifr_newname[sizeof(ifr->ifr_newname) - 1] = '\0';
	return sea_link_rename(link, ifr->ifr_newname);
}

/* -- what no link has -- */

static int unsupported(struct sea_link *link, struct ifreq *ifr)
{
	(void)link;
	(void)ifr;
	return -EOPNOTSUPP;
}

static int invalid(struct sea_link *link, struct ifreq *ifr)
{
	(void)link;
	(void)ifr;
	return -EINVAL;
}

/* -- which -- */

struct by_link {
	unsigned first, last;
	int (*serve)(struct sea_link *link, struct ifreq *ifr);
	bool answers; /* the ifreq goes back */
};

static const struct by_link by_link[] = {
	{ SIOCGIFFLAGS, SIOCGIFFLAGS, get_flags, true },
	{ SIOCSIFFLAGS, SIOCSIFFLAGS, set_flags, false },
	{ SIOCGIFMETRIC, SIOCGIFMETRIC, get_metric, true },
	{ SIOCSIFMETRIC, SIOCSIFMETRIC, unsupported, false },
	{ SIOCGIFMTU, SIOCGIFMTU, get_mtu, true },
	{ SIOCSIFMTU, SIOCSIFMTU, set_mtu, false },
	{ SIOCSIFNAME, SIOCSIFNAME, set_name, true },
	{ SIOCSIFHWADDR, SIOCSIFHWADDR, set_mac, false },
	{ SIOCGIFHWADDR, SIOCGIFHWADDR, get_mac, true },
	{ SIOCGIFSLAVE, SIOCGIFSLAVE, invalid, false },
	{ SIOCSIFSLAVE, SIOCSIFSLAVE, invalid, false },
	{ SIOCADDMULTI, SIOCDELMULTI, unsupported, false },
	{ SIOCGIFINDEX, SIOCGIFINDEX, get_index, true },
	{ SIOCSIFHWBROADCAST, SIOCSIFHWBROADCAST, set_broadcast, false },
	{ SIOCGIFTXQLEN, SIOCGIFTXQLEN, get_txqueuelen, true },
	{ SIOCSIFTXQLEN, SIOCSIFTXQLEN, set_txqueuelen, false },
	{ SIOCGMIIPHY, SIOCWANDEV, unsupported, false },
	{ SIOCGIFMAP, SIOCGIFMAP, get_map, true },
	{ SIOCSIFMAP, SIOCSIFMAP, unsupported, false },
	{ SIOCBONDENSLAVE, SIOCBONDCHANGEACTIVE, unsupported, false },
	{ SIOCBRADDIF, SIOCBRDELIF, unsupported, false },
	{ SIOCSHWTSTAMP, SIOCGHWTSTAMP, unsupported, false },
	{ SIOCDEVPRIVATE, SIOCDEVPRIVATE + 15, unsupported, false },
};

/* Bridges, and vlans by the numbers of old, are not there: as a Linux without these modules. */
static int by_no_link(unsigned long request)
{
	switch (request) {
	case SIOCGIFBR:
	case SIOCSIFBR:
	case SIOCBRADDBR:
	case SIOCBRDELBR:
		return -ENODEV;
	case SIOCGIFVLAN:
	case SIOCSIFVLAN:
		return -ENOPKG;
	default:
		return 0;
	}
}

static int get_name(struct sea_stack *stack, struct sea_ioctl *call, struct ifreq *ifr)
{
	const struct sea_link *link = sea_link_by_index(stack, ifr->ifr_ifindex);

	if (!link)
		return -ENODEV;
	memcpy(ifr->ifr_name, link->name,
	       strlen(link->name) + 1); /* what stood behind it still does */
	ifr->ifr_name[sizeof(ifr->ifr_name) - 1] = '\0';
	return sea_ioctl_write(call, ifr, sizeof(*ifr));
}

struct sea_link *sea_link_of_ifreq(struct sea_stack *stack, const struct ifreq *ifr)
{
	char name[SEA_IFNAMSIZ], *colon;

	memcpy(name, ifr->ifr_name, sizeof(name));
	name[sizeof(name) - 1] = '\0';
	colon = strchr(name, ':');
	if (colon)
		*colon = '\0';
	return sea_link_by_any_name(stack, name);
}

static int ask_link(const struct by_link *by, struct sea_stack *stack, struct sea_ioctl *call,
		    struct ifreq *ifr)
{
	struct sea_link *link = sea_link_of_ifreq(stack, ifr);
	int err = link ? by->serve(link, ifr) : -ENODEV;

	ifr->ifr_name[sizeof(ifr->ifr_name) - 1] = '\0';
	if (err || !by->answers)
		return err;
	return sea_ioctl_write(call, ifr, sizeof(*ifr));
}

/* Numbers of sockets take an argument, whoever knows them. */
static int by_nobody(const struct sea_ioctl *call)
{
	return (call->request & ~0xfful) == NUMBERS && !call->arg ? -EFAULT : -ENOTTY;
}

int sea_link_ioctl(struct sea_stack *stack, struct sea_ioctl *call)
{
	struct ifreq ifr;
	int err = by_no_link(call->request);

	if (err)
		return err;
	if (sea_ioctl_arg_len(call->request) != sizeof(ifr))
		return by_nobody(call);
	err = sea_ioctl_read(call, &ifr, sizeof(ifr));
	if (err)
		return err;
	if (call->request == SIOCGIFNAME)
		return get_name(stack, call, &ifr);
	for (unsigned i = 0; i < sizeof(by_link) / sizeof(by_link[0]); i++)
		if (call->request >= by_link[i].first && call->request <= by_link[i].last)
			return ask_link(&by_link[i], stack, call, &ifr);
	return -ENOTTY;
}
