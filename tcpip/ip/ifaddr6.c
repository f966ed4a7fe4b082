/* SPDX-License-Identifier: Apache-2.0 */
/* IPv6 addresses of links: their order, how they come and go, which one to speak from. */
#include "ip/ifaddr6.h"

#include <errno.h>
#include <string.h>

#include "ip/ipv6.h"
#include "wire/ndp.h"

static struct sea_ifaddr6 *ifaddr_of(struct sea_list *node)
{
	return sea_container(node, struct sea_ifaddr6, node);
}

int sea_link_ip6_new(struct sea_stack *stack, struct sea_link *link)
{
	const struct sea_ipv6_state *ip = sea_ipv6_of(stack);
	struct sea_link_ip6 *ip6 = sea_pool_zalloc(&stack->shard.pool, sizeof(*ip6));

	if (!ip6)
		return -ENOMEM;
	ip6->link = link;
	ip6->conf = ip->conf_default;
	sea_ipv6_take_mtu(link, ip6);
	sea_list_init(&ip6->addrs);
	sea_neigh_params_init(&ip6->neigh, &ip->neigh);
	sea_groups_init(&ip6->groups, link, SEA_AF_INET6);
	link->ip6 = ip6;
	return 0;
}

void sea_link_ip6_free(struct sea_link *link)
{
	if (!link->ip6)
		return;
	sea_ifaddr6_clear(link);
	sea_groups_fini(&sea_link_ip6(link)->groups);
	sea_pool_free(&link->stack->shard.pool, link->ip6, sizeof(struct sea_link_ip6));
	link->ip6 = NULL;
}

static void addrs_changed(struct sea_link *link)
{
	link->addr_event = true;
	sea_link_raise(link, 0);
	sea_stack_routes_changed(link->stack);
}

/* -- asking -- */

struct sea_ifaddr6 *sea_ifaddr6_find(const struct sea_link *link, const struct sea_ipaddr *addr)
{
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, &sea_link_ip6(link)->addrs)
	if (sea_ipaddr_equal(&ifaddr_of(node)->addr, addr))
		return ifaddr_of(node);
	return NULL;
}

struct sea_ifaddr6 *sea_ifaddr6_find_any(const struct sea_stack *stack,
					 const struct sea_ipaddr *addr)
{
	struct sea_list *node, *tmp;
	struct sea_ifaddr6 *a;

	SEA_LIST_EACH(node, tmp, &stack->links)
	{
		a = sea_ifaddr6_find(sea_container(node, struct sea_link, node), addr);
		if (a)
			return a;
	}
	return NULL;
}

unsigned sea_ip6_common_bits(const uint8_t a[16], const uint8_t b[16])
{
	unsigned n = 0;

	while (n < 128 && !((a[n / 8] ^ b[n / 8]) & 0x80 >> n % 8))
		n++;
	return n;
}

/* Does the destination stay on its link? */
static bool is_near(const uint8_t dst[16])
{
	return sea_in6_is_multicast(dst) ? sea_in6_group_scope(dst) <= 2
					 : sea_in6_is_link_local(dst);
}

/* Of the link's addresses of the destination's scope, the one that has most in common with it. */
static const struct sea_ifaddr6 *best_on(const struct sea_link *link, const struct sea_ipaddr *dst)
{
	uint8_t scope = is_near(dst->b) ? SEA_SCOPE_LINK : SEA_SCOPE_GLOBAL;
	const struct sea_ifaddr6 *best = NULL;
	struct sea_list *node, *tmp;
	unsigned best_bits = 0;

	SEA_LIST_EACH(node, tmp, &sea_link_ip6(link)->addrs)
	{
		const struct sea_ifaddr6 *a = ifaddr_of(node);
		unsigned bits = sea_ip6_common_bits(a->addr.b, dst->b);

		if (!sea_ifaddr6_usable(a) || a->scope != scope || (best && bits <= best_bits))
			continue;
		best = a;
		best_bits = bits;
	}
	return best;
}

static const struct sea_ifaddr6 *best_elsewhere(const struct sea_stack *stack,
						const struct sea_ipaddr *dst)
{
	struct sea_list *node, *tmp;
	const struct sea_ifaddr6 *a;

	SEA_LIST_EACH(node, tmp, &stack->links)
	{
		a = best_on(sea_container(node, struct sea_link, node), dst);
		if (a)
			return a;
	}
	return NULL;
}

bool sea_ifaddr6_link_local(const struct sea_link *link, struct sea_ipaddr *addr)
{
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, &sea_link_ip6(link)->addrs)
	{
		const struct sea_ifaddr6 *a = ifaddr_of(node);

		if (a->scope == SEA_SCOPE_LINK && sea_ifaddr6_usable(a)) {
			*addr = a->addr;
			return true;
		}
	}
	return false;
}

bool sea_ifaddr6_select(struct sea_stack *stack, const struct sea_link *link,
			const struct sea_ipaddr *dst, uint8_t prefs, struct sea_ipaddr *src)
{
	const struct sea_ifaddr6 *a = best_on(link, dst);

	(void)prefs;
	if (!a && !is_near(dst->b))
		a = best_elsewhere(stack, dst);
	if (!a)
		return sea_ifaddr6_link_local(link, src);
	*src = a->addr;
	return true;
}

/* -- change -- */

int sea_ifaddr6_append(struct sea_link *link, const struct sea_ifaddr6 *addr)
{
	struct sea_ifaddr6 *a = sea_pool_alloc(&link->stack->shard.pool, sizeof(*a));

	if (!a)
		return -ENOMEM;
	*a = *addr;
	a->link = link;
	sea_list_push_back(&sea_link_ip6(link)->addrs, &a->node);
	return 0;
}

static uint8_t scope_of(const uint8_t addr[16])
{
	if (sea_in6_is_loopback(addr))
		return SEA_SCOPE_HOST;
	return sea_in6_is_link_local(addr) ? SEA_SCOPE_LINK : SEA_SCOPE_GLOBAL;
}

static int check(const struct sea_link *link, const struct sea_ifaddr *addr)
{
	if (addr->size != sizeof(*addr) || addr->prefix_len > 128)
		return -EINVAL;
	if (sea_in6_is_any(addr->local.b) || sea_in6_is_multicast(addr->local.b))
		return -EADDRNOTAVAIL;
	if (sea_in6_is_loopback(addr->local.b) && link->type != SEA_LINK_LOOPBACK)
		return -EADDRNOTAVAIL;
	return 0;
}

static void place(struct sea_ifaddr6 *a)
{
	struct sea_list *addrs = &sea_link_ip6(a->link)->addrs, *before = addrs->next;

	while (before != addrs && ifaddr_of(before)->scope < a->scope)
		before = before->next;
	sea_list_insert(&a->node, before->prev, before);
}

static void drop_addr(struct sea_stack *stack, struct sea_ifaddr6 *a)
{
	struct sea_ipaddr addr = a->addr;

	sea_ifaddr6_del_routes(stack, a);
	sea_list_remove(&a->node);
	sea_pool_free(&stack->shard.pool, a, sizeof(*a));
	if (!sea_ifaddr6_find_any(stack, &addr))
		sea_routes_purge(&sea_ipv6_of(stack)->routes,
				 &(struct sea_routes_purge){ .prefsrc = &addr });
}

static struct sea_ifaddr6 *make(struct sea_link *link, const struct sea_ifaddr *addr)
{
	struct sea_stack *stack = link->stack;
	struct sea_ifaddr6 *a = sea_pool_zalloc(&stack->shard.pool, sizeof(*a));

	if (!a)
		return NULL;
	a->link = link;
	memcpy(a->addr.b, addr->local.b, sizeof(a->addr.b));
	a->prefix_len = addr->prefix_len;
	a->scope = scope_of(a->addr.b);
	a->flags = (addr->flags & (SEA_IFA_NODAD | SEA_IFA_NOPREFIXROUTE)) | SEA_IFA_PERMANENT;
	a->metric = addr->metric;
	a->valid_s = a->preferred_s = SEA_LIFETIME_INFINITE;
	a->created = a->updated = stack->shard.now;
	a->proto = addr->protocol;
	return a;
}

int sea_ifaddr6_add(struct sea_stack *stack, struct sea_link *link, const struct sea_ifaddr *addr)
{
	struct sea_ifaddr6 *a;
	struct sea_ipaddr own;
	int err = check(link, addr);

	if (err)
		return err;
	memcpy(own.b, addr->local.b, sizeof(own.b));
	if (sea_ifaddr6_find(link, &own))
		return -EEXIST;
	a = make(link, addr);
	if (!a)
		return -ENOMEM;
	place(a);
	err = sea_ifaddr6_add_routes(stack, a);
	if (err)
		drop_addr(stack, a);
	else
		addrs_changed(link);
	return err;
}

int sea_ifaddr6_del(struct sea_stack *stack, struct sea_link *link, const struct sea_ifaddr *addr)
{
	struct sea_ifaddr6 *a;
	struct sea_ipaddr own;

	if (addr->size != sizeof(*addr) || addr->prefix_len > 128)
		return -EINVAL;
	memcpy(own.b, addr->local.b, sizeof(own.b));
	a = sea_ifaddr6_find(link, &own);
	if (!a || a->prefix_len != addr->prefix_len)
		return -EADDRNOTAVAIL;
	drop_addr(stack, a);
	addrs_changed(link);
	return 0;
}

void sea_ifaddr6_flush(struct sea_stack *stack, struct sea_link *link)
{
	struct sea_list *node;

	while ((node = sea_list_first(&sea_link_ip6(link)->addrs)))
		drop_addr(stack, ifaddr_of(node));
	addrs_changed(link);
}

void sea_ifaddr6_clear(struct sea_link *link)
{
	struct sea_list *node;

	while ((node = sea_list_first(&sea_link_ip6(link)->addrs))) {
		sea_ifaddr6_leave(ifaddr_of(node));
		sea_list_remove(node);
		sea_pool_free(&link->stack->shard.pool, ifaddr_of(node),
			      sizeof(struct sea_ifaddr6));
	}
}

/* -- the link's own -- */

/* RFC 4291 appendix A, RFC 2464 §4. */
static void eui64(const struct sea_mac *mac, uint8_t id[8])
{
	const uint8_t bytes[8] = { mac->b[0] ^ 2, mac->b[1], mac->b[2], 0xff,
				   0xfe,          mac->b[3], mac->b[4], mac->b[5] };

	memcpy(id, bytes, sizeof(bytes));
}

int sea_ifaddr6_add_own(struct sea_stack *stack, struct sea_link *link)
{
	struct sea_ifaddr addr = { .size = sizeof(addr),
				   .local = { .family = SEA_AF_INET6 },
				   .prefix_len = 128 };
	int err;

	if (link->type == SEA_LINK_LOOPBACK) {
		addr.local.b[15] = 1;
	} else if (link->framing->resolves &&
		   sea_link_ip6(link)->conf.addr_gen_mode == SEA_ADDR_GEN_EUI64) {
		addr.local.b[0] = 0xfe;
		addr.local.b[1] = 0x80;
		eui64(&link->mac, addr.local.b + 8);
		addr.prefix_len = 64;
	} else {
		return 0;
	}
	err = sea_ifaddr6_add(stack, link, &addr);
	return err == -EEXIST ? 0 : err;
}
