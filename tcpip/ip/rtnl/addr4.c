/* SPDX-License-Identifier: Apache-2.0 */
/* RTM_NEWADDR and RTM_DELADDR of IPv4: what is asked is judged in Linux's order, with its texts. */
#include <errno.h>
#include <string.h>

#include "core/link.h"
#include "ip/ipv4.h"
#include "ip/rtnl/addr.h"

/* Flags that say nothing here: others' (IPv6's), and those that follow from the address itself. */
#define WITHOUT_EFFECT                                                                      \
	(SEA_IFA_SECONDARY | SEA_IFA_NODAD | SEA_IFA_OPTIMISTIC | SEA_IFA_DADFAILED |       \
	 SEA_IFA_HOMEADDRESS | SEA_IFA_DEPRECATED | SEA_IFA_TENTATIVE | SEA_IFA_PERMANENT | \
	 SEA_IFA_MANAGETEMPADDR | SEA_IFA_STABLE_PRIVACY)

static int complain(struct sea_nl_req *req, int err, const char *msg)
{
	return sea_nl_complain(req->extack, err, msg);
}

static sea_be32 value_of(const struct sea_nl_attr *attr)
{
	sea_be32 v;

	memcpy(v.b, attr->value, sizeof(v.b));
	return v;
}

static struct sea_addr addr_of(const struct sea_nl_attr *attr)
{
	struct sea_addr a = { 0 };

	if (!attr->value)
		return a;
	a.family = SEA_AF_INET;
	memcpy(a.b, attr->value, 4);
	return a;
}

static struct sea_ifaddr4 *ifaddr_of(struct sea_list *node)
{
	return sea_container(node, struct sea_ifaddr4, node);
}

/* -- RTM_NEWADDR -- */

static int read_life(struct sea_nl_req *req, const struct sea_nl_attr *attr, struct sea_ifaddr *a)
{
	struct ifa_cacheinfo info;

	a->valid_s = a->preferred_s = SEA_LIFETIME_INFINITE;
	if (!attr->value)
		return 0;
	memcpy(&info, attr->value, sizeof(info));
	if (!info.ifa_valid || info.ifa_prefered > info.ifa_valid)
		return complain(req, -EINVAL, "ipv4: address lifetime invalid");
	a->valid_s = info.ifa_valid;
	a->preferred_s = info.ifa_prefered;
	return 0;
}

static void describe(const struct ifaddrmsg *hdr, const struct sea_nl_attr *tb,
		     struct sea_ifaddr *a)
{
	a->ifindex = (int)hdr->ifa_index;
	a->local = addr_of(&tb[IFA_LOCAL]);
	a->peer = addr_of(&tb[IFA_ADDRESS]);
	a->broadcast = addr_of(&tb[IFA_BROADCAST]);
	a->prefix_len = hdr->ifa_prefixlen;
	a->scope = (enum sea_scope)hdr->ifa_scope;
	a->flags = tb[IFA_FLAGS].value ? sea_nl_u32(&tb[IFA_FLAGS]) : hdr->ifa_flags;
	a->flags &= ~WITHOUT_EFFECT;
	if (tb[IFA_LABEL].value)
		sea_nl_text(&tb[IFA_LABEL], a->label, sizeof(a->label));
	if (tb[IFA_RT_PRIORITY].value)
		a->metric = sea_nl_u32(&tb[IFA_RT_PRIORITY]);
	if (tb[SEA_RTNL_IFA_PROTO].value)
		a->protocol = sea_nl_u8(&tb[SEA_RTNL_IFA_PROTO]);
}

/* Into *a, as far as it can be judged without a look at what is there. */
static int read_new(struct sea_nl_req *req, struct sea_ifaddr *a)
{
	struct sea_nl_attr tb[SEA_RTNL_IFA_MAX + 1];
	struct ifaddrmsg hdr;
	int err = sea_rtnl_parse(req, &hdr, sizeof(hdr), tb, SEA_RTNL_IFA_MAX,
				 sea_rtnl_addr_policy4, SEA_NL_LIBERAL);

	if (err)
		return err;
	if (hdr.ifa_prefixlen > 32)
		return complain(req, -EINVAL, "ipv4: Invalid prefix length");
	if (!tb[IFA_LOCAL].value)
		return complain(req, -EINVAL, "ipv4: Local address is not supplied");
	err = read_life(req, &tb[IFA_CACHEINFO], a);
	if (!err)
		describe(&hdr, tb, a);
	return err;
}

static struct sea_ifaddr4 *find_same(const struct sea_link *link, const struct sea_ifaddr *a)
{
	struct sea_list *node, *tmp;
	sea_be32 peer;

	memcpy(peer.b, a->peer.family ? a->peer.b : a->local.b, sizeof(peer.b));
	SEA_LIST_EACH(node, tmp, &sea_link_ip4(link)->addrs)
	{
		struct sea_ifaddr4 *there = ifaddr_of(node);

		if (there->prefix_len == a->prefix_len &&
		    !memcmp(there->local.b, a->local.b, sizeof(there->local.b)) &&
		    sea_ipv4_same_net(there->peer, peer, a->prefix_len))
			return there;
	}
	return NULL;
}

static int add(struct sea_nl_req *req, struct sea_link *link, const struct sea_ifaddr *a)
{
	int err;

	if (a->flags & SEA_IFA_MCAUTOJOIN)
		return complain(req, -EINVAL, "ipv4: Multicast auto join failed");
	if (a->flags & ~SEA_IFA_NOPREFIXROUTE)
		return -EINVAL;
	err = sea_ifaddr4_add(req->stack, link, a);
	return err == -EINVAL ? complain(req, err, "ipv4: Invalid scope value") : err;
}

/* 0.0.0.0 is taken for none at all, and that is no error, as on Linux. */
int sea_rtnl_new_addr4(struct sea_nl_req *req)
{
	static const uint8_t none[4];
	struct sea_ifaddr a = { .size = sizeof(a) };
	unsigned how = req->hdr.nlmsg_flags & (NLM_F_REPLACE | NLM_F_EXCL);
	struct sea_ifaddr4 *there;
	struct sea_link *link;
	int err = read_new(req, &a);

	if (err || !memcmp(a.local.b, none, sizeof(none)))
		return err;
	link = sea_link_by_index(req->stack, a.ifindex);
	if (!link || !link->ip4)
		return complain(req, -ENODEV, "ipv4: Device not found");
	sea_link_ip4(link)->own_conf =
		UINT64_MAX; /* whatever becomes of the request, as on Linux */
	there = find_same(link, &a);
	if (!there)
		return add(req, link, &a);
	if (how != NLM_F_REPLACE)
		return complain(req, -EEXIST, "ipv4: Address already assigned");
	return sea_ifaddr4_change(there, &a);
}

/* -- RTM_DELADDR -- */

static bool has_label(const struct sea_ifaddr4 *a, const struct sea_nl_attr *attr)
{
	const char *label = sea_ifaddr4_label(a);
	size_t len = attr->len;

	if (len && !attr->value[len - 1])
		len--;
	return len == strlen(label) && !memcmp(label, attr->value, len);
}

/* What is not said is not asked for. */
static bool is_meant(const struct sea_ifaddr4 *a, const struct ifaddrmsg *hdr,
		     const struct sea_nl_attr *tb)
{
	if (tb[IFA_LOCAL].value && !sea_be32_equal(a->local, value_of(&tb[IFA_LOCAL])))
		return false;
	if (tb[IFA_LABEL].value && !has_label(a, &tb[IFA_LABEL]))
		return false;
	if (!tb[IFA_ADDRESS].value)
		return true;
	return hdr->ifa_prefixlen == a->prefix_len &&
	       sea_ipv4_same_net(a->peer, value_of(&tb[IFA_ADDRESS]), a->prefix_len);
}

int sea_rtnl_del_addr4(struct sea_nl_req *req)
{
	struct sea_nl_attr tb[SEA_RTNL_IFA_MAX + 1];
	struct sea_list *node, *tmp;
	struct ifaddrmsg hdr;
	struct sea_link *link;
	int err = sea_rtnl_parse(req, &hdr, sizeof(hdr), tb, SEA_RTNL_IFA_MAX,
				 sea_rtnl_addr_policy4, SEA_NL_LIBERAL);

	if (err)
		return err;
	link = sea_link_by_index(req->stack, (int)hdr.ifa_index);
	if (!link || !link->ip4)
		return complain(req, -ENODEV, "ipv4: Device not found");
	SEA_LIST_EACH(node, tmp, &sea_link_ip4(link)->addrs)
	{
		if (!is_meant(ifaddr_of(node), &hdr, tb))
			continue;
		sea_ifaddr4_remove(req->stack, link, ifaddr_of(node));
		return 0;
	}
	return complain(req, -EADDRNOTAVAIL, "ipv4: Address not found");
}
