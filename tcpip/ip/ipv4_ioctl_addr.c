/* SPDX-License-Identifier: Apache-2.0 */
/*
 * netdevice(7): IPv4's addresses one by one, meant by their label ("eth0", "eth0:1"). What is set is taken away and
 * put in anew, as on Linux, so that whoever listens hears of both.
 */
#include <errno.h>
#include <string.h>

#include <linux/sockios.h>
#include <net/if.h>
#include <netinet/in.h>

#include "core/link_set.h"
#include "ip/ifaddr.h"
#include "ip/ipv4_module.h"

struct request {
	struct sea_stack *stack;
	struct sea_link *link;
	char label[SEA_IFNAMSIZ];
	sea_be32 addr;             /* that comes along */
	struct sea_ifaddr4 *meant; /* NULL: there is none */
};

/* -- which -- */

static bool has_label(const struct sea_ifaddr4 *a, const struct request *r)
{
	return !strcmp(sea_ifaddr4_label(a), r->label);
}

/* The first of that label, and `by_addr` rather the one that has the address, too. */
static struct sea_ifaddr4 *find(const struct request *r, bool by_addr)
{
	struct sea_ifaddr4 *first = NULL;
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, &sea_link_ip4(r->link)->addrs)
	{
		struct sea_ifaddr4 *a = sea_container(node, struct sea_ifaddr4, node);

		if (!has_label(a, r))
			continue;
		if (by_addr && sea_be32_equal(a->local, r->addr))
			return a;
		if (!first)
			first = a;
	}
	return first;
}

/* A link's other names mean the link, but no label. */
static int read_request(struct sea_stack *stack, const struct ifreq *ifr, struct request *r)
{
	struct sockaddr_in in;

	memcpy(&in, &ifr->ifr_addr, sizeof(in));
	*r = (struct request){ .stack = stack };
	memcpy(r->addr.b, &in.sin_addr, sizeof(r->addr.b));
	memcpy(r->label, ifr->ifr_name, sizeof(r->label) - 1);
	r->link = sea_link_of_ifreq(stack, ifr);
	return r->link && r->link->ip4 ? 0 : -ENODEV;
}

/* -- what an address has of itself -- */

static uint32_t broadcast_of(sea_be32 addr, uint8_t prefix_len)
{
	return sea_be32_get(addr) | ~sea_ipv4_mask(prefix_len);
}

static struct sea_addr v4(uint32_t addr)
{
	return sea_addr_v4((uint8_t)(addr >> 24), (uint8_t)(addr >> 16), (uint8_t)(addr >> 8),
			   (uint8_t)addr);
}

/* The prefix by the address's class, of old; negative: nobody's address. */
static int class_len(sea_be32 addr)
{
	uint8_t first = addr.b[0];

	if (sea_ipv4_is_any(addr) || sea_ipv4_is_broadcast(addr))
		return 0;
	if (first < 128)
		return 8;
	if (first < 192)
		return 16;
	if (first < 224)
		return 24;
	return first < 240 ? -1 : 32;
}

/* Only where others hear it. */
static bool may_broadcast(const struct sea_link *link, uint8_t prefix_len)
{
	return sea_link_flags(link) & SEA_IFF_BROADCAST && prefix_len < 31;
}

/* -- set -- */

static struct sea_ifaddr describe(const struct sea_ifaddr4 *a)
{
	struct sea_ifaddr d = sea_ifaddr4_show(a);

	d.size = sizeof(d);
	if (!strcmp(d.label, a->link->name))
		memset(d.label, 0, sizeof(d.label));
	return d;
}

/* 0.0.0.0 is no address: who is set to it is gone. */
static int put_in(const struct request *r, const struct sea_ifaddr *d)
{
	static const uint8_t none[4];

	return memcmp(d->local.b, none, sizeof(none)) ? sea_ifaddr4_add(r->stack, r->link, d) : 0;
}

static int put_in_anew(const struct request *r, const struct sea_ifaddr *d)
{
	sea_ifaddr4_remove(r->stack, r->link, r->meant);
	return put_in(r, d);
}

static struct sea_ifaddr make(const struct request *r)
{
	struct sea_ifaddr d = { .size = sizeof(d), .ifindex = r->link->ifindex };

	if (strchr(r->label, ':'))
		memcpy(d.label, r->label, sizeof(d.label));
	return d;
}

static void name(struct sea_ifaddr *d, const struct request *r, uint8_t prefix_len)
{
	bool alone = sea_link_flags(r->link) & SEA_IFF_POINTOPOINT;

	d->local = v4(sea_be32_get(r->addr));
	d->peer = (struct sea_addr){ 0 };
	d->broadcast = (struct sea_addr){ 0 };
	d->valid_s = d->preferred_s = SEA_LIFETIME_INFINITE;
	d->scope = r->addr.b[0] == 127 ? SEA_SCOPE_HOST : SEA_SCOPE_GLOBAL;
	d->prefix_len = alone ? 32 : prefix_len;
	if (!alone && may_broadcast(r->link, prefix_len))
		d->broadcast = v4(broadcast_of(r->addr, prefix_len));
}

static int set_addr(struct request *r)
{
	int len = class_len(r->addr);
	struct sea_ifaddr d;

	if (len < 0)
		return -EINVAL;
	if (r->meant && sea_be32_equal(r->meant->local, r->addr))
		return 0;
	d = r->meant ? describe(r->meant) : make(r);
	name(&d, r, (uint8_t)len);
	sea_link_ip4(r->link)->own_conf = UINT64_MAX; /* whatever becomes of it */
	return r->meant ? put_in_anew(r, &d) : put_in(r, &d);
}

/* From here on Linux does not say whether what it took away is in again. */
static int set_broadcast(struct request *r)
{
	struct sea_ifaddr d = describe(r->meant);

	if (sea_be32_equal(r->meant->broadcast, r->addr))
		return 0;
	d.broadcast = v4(sea_be32_get(r->addr));
	(void)put_in_anew(r, &d);
	return 0;
}

static int set_peer(struct request *r)
{
	struct sea_ifaddr d = describe(r->meant);

	if (sea_be32_equal(r->meant->peer, r->addr))
		return 0;
	if (class_len(r->addr) < 0)
		return -EINVAL;
	d.peer = v4(sea_be32_get(r->addr));
	(void)put_in_anew(r, &d);
	return 0;
}

static bool is_mask(uint32_t mask)
{
	return !(~mask & (~mask + 1));
}

/* The broadcast address follows if it was the old prefix's. */
static int set_mask(struct request *r)
{
	struct sea_ifaddr d = describe(r->meant);
	const struct sea_ifaddr4 *a = r->meant;
	uint32_t mask = sea_be32_get(r->addr);

	if (!is_mask(mask))
		return -EINVAL;
	d.prefix_len = (uint8_t)(mask ? 32 - __builtin_ctz(mask) : 0);
	if (d.prefix_len == a->prefix_len)
		return 0;
	if (may_broadcast(r->link, d.prefix_len) &&
	    sea_be32_get(a->broadcast) == broadcast_of(a->local, a->prefix_len))
		d.broadcast = v4(broadcast_of(a->local, d.prefix_len));
	(void)put_in_anew(r, &d);
	return 0;
}

static int set_one(unsigned long request, struct request *r)
{
	switch (request) {
	case SIOCSIFADDR:
		return set_addr(r);
	case SIOCSIFBRDADDR:
		return set_broadcast(r);
	case SIOCSIFDSTADDR:
		return set_peer(r);
	default:
		return set_mask(r);
	}
}

int sea_ipv4_ioctl_set_addr(struct sea_stack *stack, struct sea_ioctl *call)
{
	struct request r;
	struct ifreq ifr;
	int err = sea_ioctl_read(call, &ifr, sizeof(ifr));

	if (err)
		return err;
	if (ifr.ifr_addr.sa_family != AF_INET)
		return -EINVAL;
	err = read_request(stack, &ifr, &r);
	if (err)
		return err;
	r.meant = find(&r, false);
	if (!r.meant && call->request != SIOCSIFADDR)
		return -EADDRNOTAVAIL;
	return set_one(call->request, &r);
}

/* -- asked for -- */

static sea_be32 value_of(unsigned long request, const struct sea_ifaddr4 *a)
{
	switch (request) {
	case SIOCGIFADDR:
		return a->local;
	case SIOCGIFBRDADDR:
		return a->broadcast;
	case SIOCGIFDSTADDR:
		return a->peer;
	default:
		return sea_be32_of(sea_ipv4_mask(a->prefix_len));
	}
}

int sea_ipv4_ioctl_get_addr(struct sea_stack *stack, struct sea_ioctl *call)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct request r;
	struct ifreq ifr;
	sea_be32 value;
	int err = sea_ioctl_read(call, &ifr, sizeof(ifr));

	if (!err)
		err = read_request(stack, &ifr, &r);
	if (err)
		return err;
	r.meant = find(&r, ifr.ifr_addr.sa_family == AF_INET);
	if (!r.meant)
		return -EADDRNOTAVAIL;
	value = value_of(call->request, r.meant);
	memcpy(&in.sin_addr, value.b, sizeof(in.sin_addr));
	memcpy(&ifr.ifr_addr, &in, sizeof(in));
	ifr.ifr_name[sizeof(ifr.ifr_name) - 1] = '\0';
	return sea_ioctl_write(call, &ifr, sizeof(ifr));
}

/* -- SIOCSIFFLAGS -- */

/* Labels go by not being up; without a colon it is the link that is meant: -ENOTTY. */
int sea_ipv4_ioctl_set_flags(struct sea_stack *stack, struct sea_ioctl *call)
{
	struct request r;
	struct ifreq ifr;
	int err = sea_ioctl_read(call, &ifr, sizeof(ifr));

	if (!err)
		err = read_request(stack, &ifr, &r);
	if (err)
		return err;
	if (!strchr(r.label, ':'))
		return -ENOTTY;
	r.meant = find(&r, false);
	if (!r.meant)
		return -EADDRNOTAVAIL;
	if (!((uint16_t)ifr.ifr_flags & IFF_UP))
		sea_ifaddr4_remove(stack, r.link, r.meant);
	return 0;
}
