/* SPDX-License-Identifier: Apache-2.0 */
/* RTM_NEWADDR and RTM_DELADDR of IPv6: what is asked is judged in Linux's order, with its texts. */
#include <errno.h>
#include <string.h>

#include "core/link.h"
#include "ip/ifaddr6_change.h"
#include "ip/in6.h"
#include "ip/ipv6.h"
#include "ip/rtnl/addr.h"
#include "ip/slaac.h"

/* Those that a request may set. */
#define KEPT                                                                                    \
	(SEA_IFA_NODAD | SEA_IFA_HOMEADDRESS | SEA_IFA_MANAGETEMPADDR | SEA_IFA_NOPREFIXROUTE | \
	 SEA_IFA_MCAUTOJOIN | SEA_IFA_OPTIMISTIC)

static int complain(struct sea_nl_req *req, int err, const char *msg)
{
	return sea_nl_complain(req->extack, err, msg);
}

/* The address is IFA_LOCAL's, or IFA_ADDRESS's; where both are there and differ, the latter is the other end's. */
static void read_names(const struct sea_nl_attr *tb, struct sea_ifaddr *a)
{
	const struct sea_nl_attr *local = &tb[IFA_LOCAL], *address = &tb[IFA_ADDRESS];

	if (!local->value)
		local = address;
	if (!local->value)
		return;
	a->local.family = SEA_AF_INET6;
	memcpy(a->local.b, local->value, 16);
	if (address->value && memcmp(address->value, local->value, 16) != 0) {
		a->peer.family = SEA_AF_INET6;
		memcpy(a->peer.b, address->value, 16);
	}
}

static int read_life(struct sea_nl_req *req, const struct sea_nl_attr *attr, struct sea_ifaddr *a)
{
	struct ifa_cacheinfo info;

	a->valid_s = a->preferred_s = SEA_LIFETIME_INFINITE;
	if (!attr->value)
		return 0;
	memcpy(&info, attr->value, sizeof(info));
	if (!info.ifa_valid || info.ifa_prefered > info.ifa_valid)
		return complain(req, -EINVAL, "ipv6: address lifetime invalid");
	a->valid_s = info.ifa_valid;
	a->preferred_s = info.ifa_prefered;
	return 0;
}

static int parse(struct sea_nl_req *req, struct ifaddrmsg *hdr, struct sea_nl_attr *tb,
		 struct sea_ifaddr *a)
{
	int err = sea_rtnl_parse(req, hdr, sizeof(*hdr), tb, SEA_RTNL_IFA_MAX,
				 sea_rtnl_addr_policy6, SEA_NL_LIBERAL);

	if (err)
		return err;
	*a = (struct sea_ifaddr){ .size = sizeof(*a),
				  .ifindex = (int)hdr->ifa_index,
				  .prefix_len = hdr->ifa_prefixlen };
	read_names(tb, a);
	a->flags = tb[IFA_FLAGS].value ? sea_nl_u32(&tb[IFA_FLAGS]) : hdr->ifa_flags;
	return a->local.family ? 0 : -EINVAL;
}

static struct sea_link *find_link(struct sea_nl_req *req, int ifindex)
{
	struct sea_link *link = sea_link_by_index(req->stack, ifindex);

	if (link && link->ip6)
		return link;
	complain(req, -ENODEV, "ipv6: Unable to find the interface");
	return NULL;
}

/* -- RTM_NEWADDR -- */

static int read_new(struct sea_nl_req *req, struct sea_ifaddr *a)
{
	struct sea_nl_attr tb[SEA_RTNL_IFA_MAX + 1];
	struct ifaddrmsg hdr;
	int err = parse(req, &hdr, tb, a);

	if (err)
		return err;
	if (tb[IFA_RT_PRIORITY].value)
		a->metric = sea_nl_u32(&tb[IFA_RT_PRIORITY]);
	if (tb[SEA_RTNL_IFA_PROTO].value)
		a->protocol = sea_nl_u8(&tb[SEA_RTNL_IFA_PROTO]);
	a->flags &= KEPT;
	return read_life(req, &tb[IFA_CACHEINFO], a);
}

/* Used while it is looked for only where that was allowed. */
static int judge_optimism(struct sea_nl_req *req, const struct sea_link *link, struct sea_ifaddr *a)
{
	if (!SEA_CONF6_OR(link, optimistic_dad))
		a->flags &= ~SEA_IFA_OPTIMISTIC;
	if (a->flags & SEA_IFA_NODAD && a->flags & SEA_IFA_OPTIMISTIC)
		return complain(req, -EINVAL,
				"IFA_F_NODAD and IFA_F_OPTIMISTIC are mutually exclusive");
	return 0;
}

static int judge_name(struct sea_nl_req *req, const struct sea_link *link,
		      const struct sea_ifaddr *a)
{
	const uint8_t *b = a->local.b;

	if (a->flags & SEA_IFA_MCAUTOJOIN && !sea_in6_is_multicast(b))
		return complain(req, -EINVAL, "ipv6: Multicast auto join failed");
	if (sea_in6_is_any(b))
		return complain(req, -EADDRNOTAVAIL, "ipv6: Invalid address");
	if (sea_in6_is_multicast(b) && !(a->flags & SEA_IFA_MCAUTOJOIN))
		return complain(
			req, -EADDRNOTAVAIL,
			"ipv6: Cannot assign multicast address without \"IFA_F_MCAUTOJOIN\" flag");
	if (sea_in6_is_loopback(b) && link->type != SEA_LINK_LOOPBACK)
		return complain(req, -EADDRNOTAVAIL,
				"ipv6: Cannot assign loopback address on this device");
	return 0;
}

static int add(struct sea_nl_req *req, struct sea_link *link, const struct sea_ifaddr *a)
{
	bool off = sea_link_ip6(link)->conf.disable_ipv6;
	int err;

	if (a->prefix_len > 128)
		return complain(req, -EINVAL, "ipv6: Invalid prefix length");
	if (a->flags & SEA_IFA_MANAGETEMPADDR && a->prefix_len != 64)
		return complain(
			req, -EINVAL,
			"ipv6: address with \"mngtmpaddr\" flag must have a prefix length of 64");
	if (off && link->type != SEA_LINK_LOOPBACK)
		return complain(req, -EACCES, "ipv6: IPv6 is disabled on this device");
	err = judge_name(req, link, a);
	if (err)
		return err;
	if (off)
		return complain(req, -EACCES, "ipv6: IPv6 is disabled on this device");
	return sea_ifaddr6_add(req->stack, link, a);
}

static struct sea_ifaddr6 *find_addr(const struct sea_link *link, const struct sea_ifaddr *a)
{
	struct sea_ipaddr name;

	memcpy(name.b, a->local.b, sizeof(name.b));
	return sea_ifaddr6_find(link, &name);
}

int sea_rtnl_new_addr6(struct sea_nl_req *req)
{
	unsigned how = req->hdr.nlmsg_flags & (NLM_F_REPLACE | NLM_F_EXCL);
	struct sea_ifaddr6 *there;
	struct sea_link *link;
	struct sea_ifaddr a;
	int err = read_new(req, &a);

	if (err)
		return err;
	link = find_link(req, a.ifindex);
	if (!link)
		return -ENODEV;
	err = judge_optimism(req, link, &a);
	if (err)
		return err;
	there = find_addr(link, &a);
	if (!there)
		return add(req, link, &a);
	if (how != NLM_F_REPLACE)
		return complain(req, -EEXIST, "ipv6: address already assigned");
	return sea_ifaddr6_change(there, &a);
}

/* -- RTM_DELADDR -- */

int sea_rtnl_del_addr6(struct sea_nl_req *req)
{
	struct sea_nl_attr tb[SEA_RTNL_IFA_MAX + 1];
	struct sea_ifaddr6 *there;
	struct ifaddrmsg hdr;
	struct sea_link *link;
	struct sea_ifaddr a;
	int err = parse(req, &hdr, tb, &a);

	if (err)
		return err;
	if (a.prefix_len > 128)
		return complain(req, -EINVAL, "ipv6: Invalid prefix length");
	link = find_link(req, a.ifindex);
	if (!link)
		return -ENODEV;
	there = find_addr(link, &a);
	if (!there || there->prefix_len != a.prefix_len)
		return complain(req, -EADDRNOTAVAIL, "ipv6: address not found");
	sea_ifaddr6_drop(there);
	return 0;
}
