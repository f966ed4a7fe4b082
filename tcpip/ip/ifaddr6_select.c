/* SPDX-License-Identifier: Apache-2.0 */
/* Among which addresses a source is chosen (RFC 6724 §4), as Linux. How is addrsel6.c's. */
#include "ip/addrsel6.h"
#include "ip/in6.h"
#include "ip/ipv6.h"

static const struct sea_ifaddr6 *ifaddr_of(struct sea_list *node)
{
	return sea_container(node, struct sea_ifaddr6, node);
}

struct choice {
	struct sea_addrsel6 sel;
	struct sea_addrsel6_src best;
	bool any;
};

static void consider(struct choice *c, const struct sea_ifaddr6 *a)
{
	const struct sea_conf6 *conf = &sea_link_ip6(a->link)->conf;
	struct sea_addrsel6_src src = { .prefix_len = a->prefix_len,
					.flags = a->flags,
					.ifindex = a->link->ifindex,
					.prefer_temporary = conf->use_tempaddr >= 2,
					.use_optimistic = SEA_CONF6_OR(a->link, use_optimistic) };

	if (!sea_ifaddr6_usable(a) || sea_in6_is_multicast(a->addr.b))
		return;
	memcpy(src.addr, a->addr.b, sizeof(src.addr));
	if (c->any && !sea_addrsel6_better(&c->sel, &src, &c->best))
		return;
	c->best = src;
	c->any = true;
}

static void consider_link(struct choice *c, const struct sea_link *link)
{
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, &sea_link_ip6(link)->addrs)
	consider(c, ifaddr_of(node));
}

/* What stays on its link, and all groups, are spoken to from an address of that link. */
static bool only_of_link(const struct sea_link *link, const struct sea_addrsel6 *sel)
{
	return sea_in6_is_multicast(sel->dst) || sel->scope <= SEA_IN6_SCOPE_LINK ||
	       SEA_CONF6_OR(link, use_oif_addrs_only);
}

bool sea_ifaddr6_select(struct sea_stack *stack, const struct sea_link *link,
			const struct sea_ipaddr *dst, uint8_t prefs, struct sea_ipaddr *src)
{
	struct choice c = { .any = false };
	struct sea_list *node, *tmp;

	sea_addrsel6_init(&c.sel, &sea_ipv6_of(stack)->labels, dst->b, link->ifindex, prefs);
	if (only_of_link(link, &c.sel)) {
		consider_link(&c, link);
	} else {
		SEA_LIST_EACH(node, tmp, &stack->links)
		consider_link(&c, sea_container(node, struct sea_link, node));
	}
	if (c.any)
		memcpy(src->b, c.best.addr, sizeof(src->b));
	return c.any;
}

/* The newest that is sure, else an optimistic one, as Linux asks neighbours from it. */
bool sea_ifaddr6_link_local(const struct sea_link *link, struct sea_ipaddr *addr)
{
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, &sea_link_ip6(link)->addrs)
	{
		const struct sea_ifaddr6 *a = ifaddr_of(node);

		if (sea_in6_is_link_local(a->addr.b) && !(a->flags & SEA_IFA_TENTATIVE)) {
			*addr = a->addr;
			return true;
		}
	}
	return false;
}
