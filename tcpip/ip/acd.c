/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 5227: an address is asked for before it is used, told of when it is, and defended. */
#include "ip/acd.h"

#include "ip/arp.h"

/* RFC 5227 §1.1 */
#define PROBE_WAIT_NS SEA_SEC
#define PROBE_NUM 3
#define PROBE_MIN_NS SEA_SEC
#define PROBE_MAX_NS (2 * SEA_SEC)
#define ANNOUNCE_WAIT_NS (2 * SEA_SEC)
#define ANNOUNCE_NUM 2
#define ANNOUNCE_INTERVAL_NS (2 * SEA_SEC)
#define DEFEND_INTERVAL_NS (10 * SEA_SEC)

static void wait(struct sea_ifaddr4 *a, int64_t min_ns, int64_t max_ns)
{
	struct sea_stack *stack = a->link->stack;
	int64_t ns = min_ns;

	if (max_ns > min_ns)
		ns += (int64_t)sea_jitter_below(&stack->shard.jitter, (uint64_t)(max_ns - min_ns));
	sea_stack_arm(stack, &a->acd.timer, sea_time_add(stack->shard.now, ns));
}

static void probe(struct sea_ifaddr4 *a)
{
	static const struct sea_mac everybody = { { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff } };
	static const struct sea_mac unknown;

	a->acd.sent++;
	sea_arp_send(a->link, SEA_ARP_REQUEST, &everybody, (sea_be32){ { 0 } }, &unknown, a->local);
	if (a->acd.sent < PROBE_NUM)
		wait(a, PROBE_MIN_NS, PROBE_MAX_NS);
	else
		wait(a, ANNOUNCE_WAIT_NS, 0);
}

static void announce(struct sea_ifaddr4 *a)
{
	sea_arp_announce(a->link, a->local);
	if (++a->acd.sent < ANNOUNCE_NUM)
		wait(a, ANNOUNCE_INTERVAL_NS, 0);
}

/* Nobody objected. Without memory for its routes it is tried again a little later. */
static void claim(struct sea_ifaddr4 *a)
{
	a->flags &= ~SEA_IFA_TENTATIVE;
	if (sea_ifaddr4_add_routes_of(a)) {
		a->flags |= SEA_IFA_TENTATIVE;
		wait(a, ANNOUNCE_WAIT_NS, 0);
		return;
	}
	sea_ifaddr4_changed(a->link);
	sea_ifaddr4_tell(a, false);
	a->acd.sent = 0;
	announce(a);
}

static void fire(struct sea_timer *timer, sea_time now)
{
	struct sea_ifaddr4 *a = sea_container(timer, struct sea_ifaddr4, acd.timer);

	(void)now;
	if (!a->link->up)
		return; /* from the start when it is up again */
	if (!(a->flags & SEA_IFA_TENTATIVE))
		announce(a);
	else if (a->acd.sent < PROBE_NUM)
		probe(a);
	else
		claim(a);
}

void sea_acd_init(struct sea_ifaddr4 *a)
{
	sea_timer_init(&a->acd.timer, fire);
	a->acd.defended = SEA_TIME_NEVER;
}

void sea_acd_start(struct sea_ifaddr4 *a)
{
	a->flags &= ~SEA_IFA_DADFAILED;
	a->flags |= SEA_IFA_TENTATIVE;
	a->acd.sent = 0;
	a->acd.defended = SEA_TIME_NEVER;
	wait(a, 0, PROBE_WAIT_NS);
}

void sea_acd_start_all(struct sea_link *link)
{
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, &sea_link_ip4(link)->addrs)
	{
		struct sea_ifaddr4 *a = sea_container(node, struct sea_ifaddr4, node);

		if (!(a->flags & SEA_IFA_ACD))
			continue;
		sea_ifaddr4_del_routes(link->stack, link, a);
		sea_acd_start(a);
	}
}

/* -- conflicts -- */

/* While we probe: who has it, or wants it as well (RFC 5227 §2.1.1). */
static bool rivals(const struct sea_ifaddr4 *a, const struct sea_arp_hdr *arp)
{
	if (sea_be32_equal(arp->sender_ip, a->local))
		return true;
	return sea_ipv4_is_any(arp->sender_ip) && sea_be16_get(arp->op) == SEA_ARP_REQUEST &&
	       sea_be32_equal(arp->target_ip, a->local);
}

static void fail(struct sea_ifaddr4 *a)
{
	struct sea_stack *stack = a->link->stack;

	a->flags &= ~SEA_IFA_TENTATIVE;
	a->flags |= SEA_IFA_DADFAILED;
	sea_timer_cancel(&a->acd.timer);
	sea_ifaddr4_changed(a->link);
	sea_ifaddr4_tell(a, false);
	sea_stack_log(stack, SEA_LOG_WARN, "%s: somebody else has an address of ours",
		      a->link->name);
}

/* RFC 5227 §2.4 (c): we keep it, and say so no oftener than this, lest two defend for ever. */
static void defend(struct sea_ifaddr4 *a)
{
	sea_time now = a->link->stack->shard.now;

	if (!sea_time_is_never(a->acd.defended) &&
	    sea_time_diff(now, a->acd.defended) < DEFEND_INTERVAL_NS)
		return;
	a->acd.defended = now;
	sea_arp_announce(a->link, a->local);
}

void sea_acd_hear(struct sea_link *link, const struct sea_arp_hdr *arp)
{
	struct sea_list *node, *tmp;

	if (sea_mac_equal(&arp->sender_mac, &link->mac))
		return;
	SEA_LIST_EACH(node, tmp, &sea_link_ip4(link)->addrs)
	{
		struct sea_ifaddr4 *a = sea_container(node, struct sea_ifaddr4, node);

		if (!(a->flags & SEA_IFA_ACD) || a->flags & SEA_IFA_DADFAILED)
			continue;
		if (a->flags & SEA_IFA_TENTATIVE && rivals(a, arp))
			fail(a);
		else if (!(a->flags & SEA_IFA_TENTATIVE) &&
			 sea_be32_equal(arp->sender_ip, a->local))
			defend(a);
	}
}
