/* SPDX-License-Identifier: Apache-2.0 */
/* Asking for routers (RFC 4861 §6.3.7) until one answers, ever less often (RFC 7559). */
#include "ip/ipv6.h"
#include "ip/nd_host.h"
#include "ip/ndp.h"

static const struct sea_ipaddr all_routers = { { 0xff, 0x02, [15] = 2 } };

static struct sea_nd_host *host_of(const struct sea_link *link)
{
	return &sea_link_ip6(link)->host;
}

static const struct sea_conf6 *conf_of(const struct sea_link *link)
{
	return &sea_link_ip6(link)->conf;
}

static bool wanted(const struct sea_link *link)
{
	return conf_of(link)->router_solicitations != 0 && link->framing->resolves &&
	       sea_ra_accepted(link);
}

static void solicit(struct sea_link *link, const struct sea_ipaddr *src)
{
	struct {
		struct sea_ndp_rs rs;
		uint8_t mac[SEA_NDP_LLADDR_LEN];
	} msg = { .rs.type = SEA_NDP_RS };

	sea_ndp_put_lladdr(msg.mac, SEA_NDP_OPT_SLLA, &link->mac);
	sea_ndp_send(link, src, &all_routers, &msg, sizeof(msg));
}

/* `ns`, a tenth more or less. */
static int64_t around(struct sea_link *link, int64_t ns)
{
	int64_t millionths = 900000 + (int64_t)sea_jitter_below(&link->stack->shard.jitter, 200001);

	return ns / 1000000 * millionths;
}

/* RFC 7559 §2.1: twice as long, a tenth more or less, up to the most. */
static int64_t back_off(struct sea_link *link, int64_t ns)
{
	int64_t most = conf_of(link)->router_solicitation_max_interval * SEA_SEC;
	int64_t next = ns + around(link, ns);

	return next > most ? around(link, most) : next;
}

static void arm(struct sea_link *link, int64_t ns)
{
	struct sea_stack *stack = link->stack;

	sea_stack_arm(stack, &host_of(link)->rs_timer, sea_time_add(stack->shard.now, ns));
}

void sea_rs_start(struct sea_link *link)
{
	struct sea_nd_host *host = host_of(link);
	struct sea_ipaddr src;

	if (host->rs_sent || !wanted(link) || !sea_ifaddr6_link_local(link, &src))
		return;
	host->rs_sent = 1;
	host->rs_interval_ns = around(link, conf_of(link)->router_solicitation_interval * SEA_SEC);
	arm(link, host->rs_interval_ns);
	solicit(link, &src);
}

void sea_rs_again(struct sea_link *link)
{
	struct sea_ipaddr src;

	if (!sea_link_ip6(link)->running || !sea_ifaddr6_link_local(link, &src))
		return; /* as soon as there is one, it asks */
	host_of(link)->rs_sent = 0;
	sea_rs_start(link);
}

/* The last one is followed by nothing. */
static void ask_again(struct sea_link *link)
{
	struct sea_nd_host *host = host_of(link);
	int32_t most = conf_of(link)->router_solicitations;
	struct sea_ipaddr src;

	if ((most >= 0 && host->rs_sent >= most) || !sea_ifaddr6_link_local(link, &src))
		return;
	if (host->rs_sent < INT32_MAX)
		host->rs_sent++;
	host->rs_interval_ns = back_off(link, host->rs_interval_ns);
	if (most < 0 || host->rs_sent < most)
		arm(link, host->rs_interval_ns);
	solicit(link, &src);
}

static void fire(struct sea_timer *timer, sea_time now)
{
	struct sea_nd_host *host = sea_container(timer, struct sea_nd_host, rs_timer);
	struct sea_link *link = sea_container(host, struct sea_link_ip6, host)->link;

	(void)now;
	if (!host->ra_received && wanted(link))
		ask_again(link);
}

/* -- the state of it all -- */

void sea_nd_host_init(struct sea_nd_host *host, struct sea_link *link)
{
	sea_timer_init(&host->rs_timer, fire);
	sea_list_init(&host->routes);
	sea_ra_dns_init(&host->dns, &link->stack->shard.pool);
}

void sea_nd_host_dns_changed(struct sea_link *link)
{
	link->dns_event = true;
	sea_link_raise(link, 0);
}

static void forget_routes(struct sea_nd_host *host, struct sea_pool *pool)
{
	struct sea_list *node;

	while ((node = sea_list_first(&host->routes))) {
		struct sea_ra_route *r = sea_container(node, struct sea_ra_route, node);

		sea_list_remove(node);
		host->n_routes[r->kind]--;
		sea_pool_free(pool, r, sizeof(*r));
	}
}

void sea_nd_host_stop(struct sea_nd_host *host, struct sea_link *link)
{
	sea_timer_remove(&link->stack->shard.timers, &host->rs_timer);
	forget_routes(host, &link->stack->shard.pool);
	if (sea_ra_dns_clear(&host->dns))
		sea_nd_host_dns_changed(link);
	host->rs_sent = 0;
	host->ra_received = host->managed = host->other = false;
	host->ra_mtu = 0;
}
