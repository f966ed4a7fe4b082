/* SPDX-License-Identifier: Apache-2.0 */
/* Temporary addresses (RFC 8981): when they are made, how long they live, what follows them. */
#include "ip/dad.h"
#include "ip/ifid.h"
#include "ip/ipv6.h"
#include "ip/slaac.h"

#define RETRANS_MIN_MS 10

static const struct sea_conf6 *conf_of(const struct sea_link *link)
{
	return &sea_link_ip6(link)->conf;
}

static struct sea_ifaddr6 *ifaddr_of(struct sea_list *node)
{
	return sea_container(node, struct sea_ifaddr6, node);
}

/* RFC 8981 §3.8: what it may take to find an address that nobody has. */
int64_t sea_temp_regen_advance_s(const struct sea_link *link)
{
	const struct sea_conf6 *conf = conf_of(link);
	int64_t retrans = sea_link_ip6(link)->neigh.retrans_time_ms;

	if (retrans < RETRANS_MIN_MS)
		retrans = RETRANS_MIN_MS;
	return conf->regen_min_advance +
	       (int64_t)conf->regen_max_retry * conf->dad_transmits * retrans / 1000;
}

/* RFC 8981 §3.8: so that hosts do not change addresses together. */
static uint32_t draw_desync(const struct sea_link *link)
{
	const struct sea_conf6 *conf = conf_of(link);
	int64_t most = conf->max_desync_factor;
	int64_t room = conf->temp_prefered_lft - sea_temp_regen_advance_s(link);

	if (most > room)
		most = room;
	return most > 0 ? (uint32_t)sea_jitter_below(&link->stack->shard.jitter, (uint64_t)most)
			: 0;
}

static uint32_t age_s(const struct sea_ifaddr6 *a, sea_time since)
{
	return (uint32_t)(sea_time_diff(a->link->stack->shard.now, since) / SEA_SEC);
}

/* `lifetime_s`, but no longer than `most_s` less what has passed of it. */
static uint32_t capped(uint32_t lifetime_s, int64_t most_s)
{
	if (most_s < 0)
		most_s = 0;
	return (int64_t)lifetime_s < most_s ? lifetime_s : (uint32_t)most_s;
}

/* -- making -- */

/* RFC 8981 §3.4: not one that would be replaced at once. */
static bool plan(const struct sea_ifaddr6 *public, struct sea_ifaddr6 *like)
{
	const struct sea_conf6 *conf = conf_of(public->link);
	uint32_t valid_s = sea_ifaddr6_left_s(public, public->valid_s);
	uint32_t preferred_s = sea_ifaddr6_left_s(public, public->preferred_s);

	*like = (struct sea_ifaddr6){ .link = public->link,
				      .addr = public->addr,
				      .prefix_len = public->prefix_len,
				      .flags = SEA_IFA_TEMPORARY | SEA_IFA_TENTATIVE,
				      .proto = public->proto,
				      .desync_s = draw_desync(public->link) };
	like->valid_s = capped(valid_s, conf->temp_valid_lft);
	like->preferred_s = capped(preferred_s, (int64_t)conf->temp_prefered_lft - like->desync_s);
	sea_ifid_random(&public->link->stack->shard.secret, like->addr.b + 8);
	return like->preferred_s > sea_temp_regen_advance_s(public->link);
}

/* So many that were somebody else's are no accident (RFC 8981 §3.4): Linux makes no more then. */
static bool may_try(struct sea_ifaddr6 *public)
{
	struct sea_conf6 *conf = &sea_link_ip6(public->link)->conf;

	if (conf->use_tempaddr <= 0)
		return false;
	if (public->regens++ < conf->regen_max_retry)
		return true;
	conf->use_tempaddr = -1;
	sea_stack_log(public->link->stack, SEA_LOG_WARN, "%s: no more temporary addresses",
		      public->link->name);
	return false;
}

void sea_temp_make(struct sea_ifaddr6 *public)
{
	struct sea_ifaddr6 like, *a;

	if (!may_try(public) || !plan(public, &like))
		return;
	if (!(conf_of(public->link)->forwarding > 0) && SEA_CONF6_OR(public->link, optimistic_dad))
		like.flags |= SEA_IFA_OPTIMISTIC;
	a = sea_ifaddr6_insert(&like);
	if (!a)
		return;
	a->public = public;
	if (sea_ifaddr6_start(a))
		sea_ifaddr6_drop(a);
}

/* -- following -- */

static void follow(struct sea_ifaddr6 *a, uint32_t valid_s, uint32_t preferred_s)
{
	const struct sea_conf6 *conf = conf_of(a->link);
	int64_t age = age_s(a, a->created);

	sea_ifaddr6_renew(a, capped(valid_s, conf->temp_valid_lft - age),
			  capped(preferred_s,
				 (int64_t)conf->temp_prefered_lft - a->desync_s - age));
}

void sea_temp_follow(struct sea_ifaddr6 *public, uint32_t valid_s, uint32_t preferred_s,
		     bool created)
{
	struct sea_list *node, *tmp;
	bool any = false;

	SEA_LIST_EACH(node, tmp, &sea_link_ip6(public->link)->addrs)
	{
		if (ifaddr_of(node)->public != public)
			continue;
		any = true;
		follow(ifaddr_of(node), valid_s, preferred_s);
	}
	if (created || !any) {
		public->regens = 0;
		sea_temp_make(public);
	}
}

void sea_temp_drop_all(struct sea_ifaddr6 *public)
{
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, &sea_link_ip6(public->link)->addrs)
	if (ifaddr_of(node)->public == public)
		sea_ifaddr6_drop(ifaddr_of(node));
}
