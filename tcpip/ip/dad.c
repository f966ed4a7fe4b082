/* SPDX-License-Identifier: Apache-2.0 */
/* When an address becomes ours to use, and what happens where it is somebody else's already. */
#include "ip/dad.h"

#include <errno.h>

#include "ip/ifaddr6_change.h"
#include "ip/ipv6.h"
#include "ip/mld.h"
#include "ip/nd_host.h"
#include "ip/slaac.h"

#define RETRANS_MIN_NS (10 * SEA_MSEC) /* as Linux */
#define RETRY_NS SEA_SEC               /* until memory for a route is there */

static void arm(struct sea_ifaddr6 *a, int64_t ns)
{
	struct sea_stack *stack = a->link->stack;

	sea_stack_arm(stack, &a->dad.timer, sea_time_add(stack->shard.now, ns));
}

/* -- asking -- */

/* From ::, to those whose address ends like this one (RFC 4862 §5.4.2). */
static void solicit(const struct sea_ifaddr6 *a)
{
	static const struct sea_ipaddr any;
	struct {
		struct sea_ndp_ns ns;
		uint8_t nonce[8];
	} msg = { .ns.type = SEA_NDP_NS };
	size_t len = sizeof(msg.ns);
	struct sea_ipaddr group;

	memcpy(msg.ns.target, a->addr.b, sizeof(msg.ns.target));
	if (a->dad.has_nonce)
		len += sea_ndp_put_nonce(msg.nonce, a->dad.nonce);
	sea_ndp_solicited_node(a->addr.b, group.b);
	sea_ndp_send(a->link, &any, &group, &msg, len);
}

static void draw_nonce(struct sea_ifaddr6 *a)
{
	uint64_t r = sea_secret_u64(&a->link->stack->shard.secret);

	a->dad.has_nonce = SEA_CONF6_MAX(a->link, enhanced_dad) > 0;
	memcpy(a->dad.nonce, &r, sizeof(a->dad.nonce));
}

/* Hosts that booted together ask one by one (RFC 4862 §5.4.2); who uses it already asks at once. */
static int64_t first_delay(const struct sea_ifaddr6 *a)
{
	int64_t most = sea_link_ip6(a->link)->conf.router_solicitation_delay * SEA_SEC;

	if (a->flags & SEA_IFA_OPTIMISTIC || most <= 0)
		return 0;
	return (int64_t)sea_jitter_below(&a->link->stack->shard.jitter, (uint64_t)most);
}

static void begin(struct sea_ifaddr6 *a)
{
	a->dad.left = sea_max_i32(sea_link_ip6(a->link)->conf.dad_transmits, 0);
	draw_nonce(a);
	arm(a, first_delay(a));
}

/* -- it is ours -- */

/* Routers are asked for once there is an address to ask from. */
static void announce(struct sea_ifaddr6 *a, bool was_checked)
{
	if (was_checked && SEA_CONF6_MAX(a->link, ndisc_notify) > 0)
		sea_ndp_send_na(a->link, &a->addr, &sea_ip6_all_nodes, &a->addr,
				SEA_NDP_NA_OVERRIDE, true);
	if (sea_in6_is_link_local(a->addr.b))
		sea_rs_start(a->link);
}

/* 0, or -ENOMEM: it is not ours yet. */
static int complete(struct sea_ifaddr6 *a, bool was_checked)
{
	int err = sea_ifaddr6_add_own_route(a);

	if (err)
		return err;
	a->flags &= ~(SEA_IFA_TENTATIVE | SEA_IFA_OPTIMISTIC | SEA_IFA_DADFAILED);
	sea_ifaddr6_await(a); /* a temporary one has a successor to wait for now */
	sea_ifaddr6_changed(a->link);
	sea_ifaddr6_tell(a, false);
	announce(a, was_checked);
	if (was_checked && sea_in6_is_link_local(a->addr.b))
		sea_mld_address_ready(a->link);
	return 0;
}

static void fire(struct sea_timer *timer, sea_time now)
{
	struct sea_ifaddr6 *a = sea_container(timer, struct sea_ifaddr6, dad.timer);
	int64_t retrans = sea_neigh_retrans_ns(&sea_link_ip6(a->link)->neigh);

	(void)now;
	if (!a->dad.left) {
		if (complete(a, true))
			arm(a, RETRY_NS);
		return;
	}
	a->dad.left--;
	arm(a, retrans < RETRANS_MIN_NS ? RETRANS_MIN_NS : retrans);
	solicit(a);
}

/* -- life -- */

static bool is_checked(const struct sea_ifaddr6 *a)
{
	return a->link->framing->resolves && a->flags & SEA_IFA_TENTATIVE &&
	       !(a->flags & SEA_IFA_NODAD) && SEA_CONF6_MAX(a->link, accept_dad) > 0;
}

void sea_dad_init(struct sea_ifaddr6 *a)
{
	sea_timer_init(&a->dad.timer, fire);
}

static struct sea_ipaddr solicited_node(const struct sea_ifaddr6 *a)
{
	struct sea_ipaddr group = a->addr;

	sea_ndp_solicited_node(a->addr.b, group.b);
	return group;
}

static void leave_itself(struct sea_ifaddr6 *a, struct sea_groups *groups)
{
	if (sea_in6_is_multicast(a->addr.b))
		sea_group_leave(groups, &a->addr);
}

/* An address that is a group (MCAUTOJOIN) is joined, and on links that resolve has a solicited node as others have. */
static int join(struct sea_ifaddr6 *a)
{
	struct sea_groups *groups = &sea_link_ip6(a->link)->groups;
	struct sea_ipaddr group = solicited_node(a);
	int err = 0;

	if (a->heard)
		return 0;
	if (sea_in6_is_multicast(a->addr.b))
		err = sea_group_join(groups, &a->addr);
	if (err)
		return err;
	if (a->link->framing->resolves)
		err = sea_group_join(groups, &group);
	if (err)
		leave_itself(a, groups);
	a->heard = !err;
	return err;
}

static void leave(struct sea_ifaddr6 *a)
{
	struct sea_groups *groups = &sea_link_ip6(a->link)->groups;
	struct sea_ipaddr group = solicited_node(a);

	if (!a->heard)
		return;
	if (a->link->framing->resolves)
		sea_group_leave(groups, &group);
	leave_itself(a, groups);
	a->heard = false;
}

int sea_dad_start(struct sea_ifaddr6 *a)
{
	int err = join(a);

	if (err)
		return err;
	if (!is_checked(a))
		err = complete(a, false);
	else if (a->flags & SEA_IFA_OPTIMISTIC)
		err = sea_ifaddr6_add_own_route(a);
	if (err)
		leave(a);
	else if (a->flags & SEA_IFA_TENTATIVE && a->link->carrier)
		begin(a);
	return err;
}

int sea_dad_start_later(struct sea_ifaddr6 *a, int64_t delay_ns)
{
	int err = join(a);

	if (err)
		return err;
	a->dad.left = sea_max_i32(sea_link_ip6(a->link)->conf.dad_transmits, 0);
	draw_nonce(a);
	arm(a, delay_ns);
	return 0;
}

void sea_dad_carrier(struct sea_link *link)
{
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, &sea_link_ip6(link)->addrs)
	{
		struct sea_ifaddr6 *a = sea_container(node, struct sea_ifaddr6, node);

		if (a->flags & SEA_IFA_TENTATIVE && !(a->flags & SEA_IFA_DADFAILED) &&
		    !sea_timer_armed(&a->dad.timer))
			begin(a);
	}
}

void sea_dad_stop(struct sea_ifaddr6 *a)
{
	sea_timer_remove(&a->link->stack->shard.timers, &a->dad.timer);
	leave(a);
}

/* -- it is somebody else's -- */

/* An address that is as good as the link itself (RFC 4862 §5.4.5), where accept_dad is 2. */
static bool is_the_link_s(const struct sea_ifaddr6 *a)
{
	struct sea_ipaddr own;

	if (SEA_CONF6_MAX(a->link, accept_dad) < 2 || a->flags & SEA_IFA_STABLE_PRIVACY)
		return false;
	sea_slaac_eui64_link_local(a->link, &own);
	return sea_ipaddr_equal(&own, &a->addr);
}

/* What was configured stays to be seen; what came by itself goes. */
static void give_up(struct sea_ifaddr6 *a)
{
	struct sea_link *link = a->link;

	if (!(a->flags & SEA_IFA_PERMANENT)) {
		sea_ifaddr6_drop(a);
	} else {
		sea_timer_cancel(&a->dad.timer);
		sea_ifaddr6_del_own_route(a);
		a->flags |= SEA_IFA_DADFAILED | SEA_IFA_TENTATIVE;
		a->flags &= ~SEA_IFA_OPTIMISTIC;
		sea_ifaddr6_tell(a, false);
	}
	sea_ifaddr6_changed(link);
}

static void fail(struct sea_ifaddr6 *a)
{
	struct sea_link *link = a->link;

	if (a->flags & SEA_IFA_DADFAILED)
		return;
	sea_stack_count(link->stack, SEA_MIB_SeaDadFailed);
	sea_stack_log(link->stack, SEA_LOG_WARN, "%s: an IPv6 address is in use by another",
		      link->name);
	if (is_the_link_s(a)) {
		sea_link_ip6(link)->conf.disable_ipv6 = 1;
		(void)sea_ipv6_follow(link->stack, link); /* ending needs no memory */
		return;
	}
	if (a->flags & SEA_IFA_TEMPORARY && a->public) {
		sea_temp_make(a->public);
	} else if (a->flags & SEA_IFA_STABLE_PRIVACY) {
		sea_slaac_next_stable(a);
	}
	give_up(a);
}

/* Who asks from :: wants it, too, unless that was us: a loop on the way (RFC 7527 §4.2). */
void sea_dad_solicited(struct sea_ifaddr6 *a, const struct sea_ndp_once *once)
{
	if (a->dad.has_nonce && once->nonce_len == sizeof(a->dad.nonce) &&
	    !memcmp(once->nonce, a->dad.nonce, sizeof(a->dad.nonce)))
		return;
	fail(a);
}

void sea_dad_advertised(struct sea_ifaddr6 *a)
{
	fail(a);
}
