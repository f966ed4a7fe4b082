/* SPDX-License-Identifier: Apache-2.0 */
/* Anycast addresses: whose a link is, who is told of them, and when. */
#include "ip/anycast6.h"

#include <errno.h>

#include "core/save.h"
#include "ip/in6.h"
#include "ip/ipv6.h"
#include "ip/l3mdev.h"
#include "ip/ndp.h"

#define RTPROT_KERNEL 2
#define ANYCASTS_MAX (1u << 20)
#define PREFIX_LEN_MAX 126 /* a longer prefix has no room for it (RFC 6164 §5) */

static struct sea_pool *pool_of(const struct sea_link *link)
{
	return &link->stack->shard.pool;
}

/* -- the list of a link -- */

static struct sea_anycast6 *find(const struct sea_link *link, const struct sea_ipaddr *addr)
{
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, &sea_link_ip6(link)->anycasts)
	{
		struct sea_anycast6 *a = sea_container(node, struct sea_anycast6, node);

		if (sea_ipaddr_equal(&a->addr, addr))
			return a;
	}
	return NULL;
}

bool sea_anycast6_has(const struct sea_link *link, const struct sea_ipaddr *addr)
{
	return find(link, addr);
}

static struct sea_route_entry route_of(struct sea_link *link, const struct sea_ipaddr *addr)
{
	struct sea_route_entry e = { .prefix_len = 128,
				     .type = SEA_ROUTE_ANYCAST,
				     .protocol = RTPROT_KERNEL,
				     .link = link };

	memcpy(e.key, addr->b, sizeof(e.key));
	return e;
}

/* 0 or -ENOMEM, with *made telling whether it was not there yet. */
static int add_route(struct sea_link *link, const struct sea_ipaddr *addr, bool *made)
{
	const struct sea_route_entry e = route_of(link, addr);
	int err = sea_routes_insert(&sea_ipv6_of(link->stack)->routes,
				    sea_l3mdev_table_of(link, SEA_TABLE_LOCAL), &e);

	*made = !err;
	return err == -EEXIST ? 0 : err;
}

static void free_one(struct sea_link *link, struct sea_anycast6 *a)
{
	sea_list_remove(&a->node);
	sea_pool_free(pool_of(link), a, sizeof(*a));
}

static struct sea_anycast6 *make(struct sea_link *link, const struct sea_ipaddr *addr)
{
	struct sea_anycast6 *a = sea_pool_zalloc(pool_of(link), sizeof(*a));

	if (!a)
		return NULL;
	a->addr = *addr;
	a->users = 1;
	a->since = link->stack->shard.now;
	sea_list_push_front(&sea_link_ip6(link)->anycasts, &a->node);
	return a;
}

/* Who asks for it asks its solicited-node group. */
static int begin(struct sea_link *link, struct sea_anycast6 *a)
{
	struct sea_ipaddr group;
	int err;

	sea_ndp_solicited_node(a->addr.b, group.b);
	err = sea_group_join(&sea_link_ip6(link)->groups, &group);
	if (err)
		return err;
	err = add_route(link, &a->addr, &a->has_route);
	if (err)
		sea_group_leave(&sea_link_ip6(link)->groups, &group);
	return err;
}

static void tell_of(const struct sea_link *link, const struct sea_anycast6 *a, bool gone)
{
	if (link->stack->anycast_observer)
		link->stack->anycast_observer(link, a, gone);
}

int sea_anycast6_join(struct sea_link *link, const struct sea_ipaddr *addr)
{
	struct sea_anycast6 *a = find(link, addr);
	int err;

	if (a) {
		a->users++;
		return 0;
	}
	a = make(link, addr);
	if (!a)
		return -ENOMEM;
	err = begin(link, a);
	if (err)
		free_one(link, a);
	else
		tell_of(link, a, false);
	return err;
}

void sea_anycast6_leave(struct sea_link *link, const struct sea_ipaddr *addr)
{
	struct sea_anycast6 *a = find(link, addr);
	struct sea_route_entry e = route_of(link, addr);
	struct sea_ipaddr group;

	if (!a || --a->users)
		return;
	sea_ndp_solicited_node(addr->b, group.b);
	sea_group_leave(&sea_link_ip6(link)->groups, &group);
	if (a->has_route)
		sea_routes_remove(&sea_ipv6_of(link->stack)->routes,
				  sea_l3mdev_table_of(link, SEA_TABLE_LOCAL), &e);
	tell_of(link, a, true);
	free_one(link, a);
}

/* -- the subnet routers' -- */

int sea_anycast6_follow(struct sea_ifaddr6 *a, bool used)
{
	bool want = used && sea_link_ip6(a->link)->conf.forwarding > 0 &&
		    a->prefix_len <= PREFIX_LEN_MAX;
	struct sea_ipaddr prefix;
	int err = 0;

	sea_in6_prefix(prefix.b, a->addr.b, a->prefix_len);
	if (want == a->routers || sea_in6_is_any(prefix.b))
		return 0;
	if (want)
		err = sea_anycast6_join(a->link, &prefix);
	else
		sea_anycast6_leave(a->link, &prefix);
	if (!err)
		a->routers = want;
	return err;
}

void sea_anycast6_follow_all(struct sea_link *link, bool runs)
{
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, &sea_link_ip6(link)->addrs)
	{
		struct sea_ifaddr6 *a = sea_container(node, struct sea_ifaddr6, node);

		if (sea_anycast6_follow(a, runs && sea_ifaddr6_usable(a)))
			sea_stack_log(link->stack, SEA_LOG_ERROR,
				      "%s: no memory for an anycast address", link->name);
	}
}

/* -- answers -- */

struct answer {
	struct sea_list node;
	struct sea_link *link;
	struct sea_ipaddr from, target;
	sea_time due;
};

static struct sea_anycast6_answers *answers_of(const struct sea_stack *stack)
{
	return &sea_ipv6_of(stack)->answers;
}

/* From an address that is ours alone. Whoever tries whether it is free hears of it with all others. */
static void tell(struct sea_link *link, const struct sea_ipaddr *from,
		 const struct sea_ipaddr *target, bool multicast)
{
	bool tries = sea_in6_is_any(from->b);
	const struct sea_ipaddr *to = tries ? &sea_ip6_all_nodes : from;
	struct sea_ipaddr src;

	if (sea_link_ip6(link)->running && sea_anycast6_has(link, target) &&
	    sea_ifaddr6_select(link->stack, link, to, 0, &src))
		sea_ndp_send_na(link, &src, to, target, tries ? 0 : SEA_NDP_NA_SOLICITED,
				multicast);
}

static void forget(struct sea_stack *stack, struct answer *a)
{
	sea_list_remove(&a->node);
	answers_of(stack)->n--;
	sea_pool_free(&stack->shard.pool, a, sizeof(*a));
}

static void rearm(struct sea_stack *stack)
{
	struct sea_anycast6_answers *answers = answers_of(stack);
	sea_time next = SEA_TIME_NEVER;
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, &answers->list)
	{
		const struct answer *a = sea_container(node, struct answer, node);

		if (sea_time_before(a->due, next))
			next = a->due;
	}
	sea_stack_arm(stack, &answers->timer, next);
}

static void fire(struct sea_timer *timer, sea_time now)
{
	struct sea_ipv6_state *ip = sea_container(timer, struct sea_ipv6_state, answers.timer);
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, &ip->answers.list)
	{
		struct answer *a = sea_container(node, struct answer, node);

		if (sea_time_before(now, a->due))
			continue;
		tell(a->link, &a->from, &a->target, true);
		forget(ip->stack, a);
	}
	rearm(ip->stack);
}

/* Whoever finds no room, or no memory, asks again. */
static void tell_later(struct sea_link *link, const struct sea_ipaddr *from,
		       const struct sea_ipaddr *target, uint64_t max_ns)
{
	struct sea_stack *stack = link->stack;
	struct sea_anycast6_answers *answers = answers_of(stack);
	struct answer *a;

	if (answers->n > (uint32_t)sea_link_ip6(link)->neigh.proxy_qlen)
		return;
	a = sea_pool_zalloc(&stack->shard.pool, sizeof(*a));
	if (!a)
		return;
	a->link = link;
	a->from = *from;
	a->target = *target;
	a->due = sea_time_add(stack->shard.now,
			      (int64_t)sea_jitter_below(&stack->shard.jitter, max_ns));
	sea_list_push_back(&answers->list, &a->node);
	answers->n++;
	rearm(stack);
}

void sea_anycast6_answer(struct sea_link *link, const struct sea_ipaddr *from,
			 const struct sea_ipaddr *target, bool multicast)
{
	uint64_t max_ns = (uint64_t)sea_link_ip6(link)->neigh.proxy_delay * 10 * SEA_MSEC;

	if (multicast && max_ns)
		tell_later(link, from, target, max_ns);
	else
		tell(link, from, target, multicast);
}

/* -- life -- */

void sea_anycast6_init(struct sea_ipv6_state *ip)
{
	sea_list_init(&ip->answers.list);
	sea_timer_init(&ip->answers.timer, fire);
}

static void forget_answers(struct sea_stack *stack, const struct sea_link *link)
{
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, &answers_of(stack)->list)
	{
		struct answer *a = sea_container(node, struct answer, node);

		if (!link || a->link == link)
			forget(stack, a);
	}
}

void sea_anycast6_fini(struct sea_ipv6_state *ip)
{
	forget_answers(ip->stack, NULL);
	sea_timer_remove(&ip->stack->shard.timers, &ip->answers.timer);
}

void sea_anycast6_clear(struct sea_link *link)
{
	struct sea_list *node;

	forget_answers(link->stack, link);
	while ((node = sea_list_first(&sea_link_ip6(link)->anycasts)))
		free_one(link, sea_container(node, struct sea_anycast6, node));
}

/* -- saved -- */

void sea_anycast6_save(const struct sea_link *link, struct sea_saver *to)
{
	const struct sea_list *head = &sea_link_ip6(link)->anycasts;
	uint32_t n = 0;

	for (const struct sea_list *node = head->prev; node != head; node = node->prev)
		n++;
	sea_save_u32(to, n);
	for (struct sea_list *node = head->prev; node != head; node = node->prev) {
		const struct sea_anycast6 *a = sea_container(node, struct sea_anycast6, node);

		sea_save_bytes(to, a->addr.b, sizeof(a->addr.b));
		sea_save_u32(to, a->users);
		sea_save_time(to, a->since);
		sea_save_u8(to, a->has_route);
	}
}

void sea_anycast6_load(struct sea_link *link, struct sea_loader *from)
{
	sea_anycast6_clear(link);
	for (uint32_t n = sea_load_count(from, ANYCASTS_MAX); n && !from->err; n--) {
		struct sea_ipaddr addr = { { 0 } };
		struct sea_anycast6 *a;

		sea_load_bytes(from, addr.b, sizeof(addr.b));
		a = from->err ? NULL : make(link, &addr);
		if (!a) {
			sea_load_fail(from, -ENOMEM);
			return;
		}
		a->users = sea_load_u32(from);
		a->since = sea_load_time(from);
		a->has_route = sea_load_u8(from);
		if (!a->users)
			sea_load_fail(from, -EINVAL);
	}
}
