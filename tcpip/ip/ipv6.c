/* SPDX-License-Identifier: Apache-2.0 */
/* The IPv6 module: made, ended, told of links. Its sysctls are ipv6_sysctl.c, saving ipv6_save.c. */
#include "ip/ipv6.h"

#include <errno.h>

#include "ip/dad.h"
#include "ip/icmp6.h"
#include "ip/ipv6_module.h"
#include "ip/mroute.h"
#include "ip/ndp.h"
#include "ip/own_groups6.h"
#include "ip/proc.h"
#include "ip/redirect.h"
#include "ip/route_rule.h"

const struct sea_ip_ops sea_ipv6_ops = {
	.family = SEA_AF_INET6,
	.hdr_len = sizeof(struct sea_ipv6_hdr),
	.route = sea_ipv6_route,
	.output = sea_ipv6_output,
	.addr_type = sea_ipv6_addr_type,
	.pmtu_update = sea_ipv6_pmtu_update,
	.redirect = sea_ipv6_redirect_obey,
	.port_unreachable = sea_icmp6_port_unreachable,
};

/* -- links -- */

static int added(struct sea_stack *stack, struct sea_link *link)
{
	struct sea_routes *routes = &sea_ipv6_of(stack)->routes;
	int err = sea_link_ip6_new(stack, link);

	if (!err)
		err = sea_own_groups6_join(link);
	if (!err && link->type == SEA_LINK_VRF)
		err = sea_rules_add_l3mdev(routes);
	if (!err)
		sea_rules_link_added(routes, link);
	return err;
}

static bool may_run(const struct sea_link *link)
{
	return link->up && link->mtu >= SEA_IPV6_MTU_MIN && !sea_link_ip6(link)->conf.disable_ipv6;
}

static int start(struct sea_stack *stack, struct sea_link *link)
{
	int err = 0;

	sea_link_ip6(link)->running = true;
	sea_group_report_up(&sea_link_ip6(link)->groups);
	sea_routes_link_changed(&sea_ipv6_of(stack)->routes, link);
	if (link->type != SEA_LINK_LOOPBACK)
		err = sea_ifaddr6_add_group_route(link);
	return err ? err : sea_ifaddr6_link_up(link);
}

/* As Linux, which forgets a link's IPv6 addresses when it goes down. */
static void stop(struct sea_stack *stack, struct sea_link *link)
{
	struct sea_ipv6_state *ip = sea_ipv6_of(stack);

	sea_link_ip6(link)->running = false;
	sea_ifaddr6_link_down(link);
	sea_group_report_down(&sea_link_ip6(link)->groups);
	sea_nd_host_stop(&sea_link_ip6(link)->host, link);
	sea_routes_purge(&ip->routes, &(struct sea_routes_purge){ .link = link });
	sea_neigh_flush(&ip->neigh, link);
	sea_neigh_proxy_flush(&ip->neigh, link);
	sea_pmtu_link_down(&ip->pmtu, link);
}

int sea_ipv6_follow(struct sea_stack *stack, struct sea_link *link)
{
	bool run = may_run(link);

	if (run == sea_link_ip6(link)->running)
		return 0;
	if (run)
		return start(stack, link);
	stop(stack, link);
	return 0;
}

static int link_up(struct sea_stack *stack, struct sea_link *link)
{
	int err = sea_ipv6_follow(stack, link);

	if (!err)
		sea_ndp_notify(link);
	return err;
}

static void link_down(struct sea_stack *stack, struct sea_link *link)
{
	(void)sea_ipv6_follow(stack, link); /* ending needs no memory */
}

/* A link that became too narrow for IPv6 loses it; one that became wide enough begins. */
static void link_mtu(struct sea_stack *stack, struct sea_link *link)
{
	if (link->mtu >= SEA_IPV6_MTU_MIN)
		sea_ipv6_take_mtu(link, sea_link_ip6(link));
	if (sea_ipv6_follow(stack, link))
		stop(stack, link);
	sea_stack_routes_changed(stack);
}

static void link_mac(struct sea_stack *stack, struct sea_link *link)
{
	sea_neigh_flush(&sea_ipv6_of(stack)->neigh, link);
	sea_ndp_notify(link);
}

static void link_carrier(struct sea_stack *stack, struct sea_link *link)
{
	sea_routes_link_changed(&sea_ipv6_of(stack)->routes, link);
	if (!link->carrier && SEA_CONF6_OR(link, ndisc_evict_nocarrier))
		sea_neigh_evict(&sea_ipv6_of(stack)->neigh, link);
	if (!link->carrier || !sea_link_ip6(link)->running)
		return;
	/* It may be another wire: who snoops there has not heard of our groups. */
	sea_group_report_up(&sea_link_ip6(link)->groups);
	sea_dad_carrier(link);
}

/* Another VRF: the same addresses, in other tables. */
static int link_master(struct sea_stack *stack, struct sea_link *link)
{
	struct sea_ipv6_state *ip = sea_ipv6_of(stack);

	sea_anycast6_follow_all(link, false);
	sea_routes_purge(&ip->routes, &(struct sea_routes_purge){ .link = link });
	sea_neigh_flush(&ip->neigh, link);
	sea_nd_host_stop(&sea_link_ip6(link)->host, link);
	return sea_link_ip6(link)->running ? start(stack, link) : 0;
}

static void link_gone(struct sea_stack *stack, struct sea_link *link)
{
	struct sea_ipv6_state *ip = sea_ipv6_of(stack);

	sea_routes_purge(&ip->routes, &(struct sea_routes_purge){ .link = link });
	sea_neigh_flush(&ip->neigh, link);
	sea_neigh_proxy_flush(&ip->neigh, link);
	sea_addrlabels_forget_link(&ip->labels, link->ifindex);
	sea_mrouter_link_gone(ip->mrouter, link);
	sea_link_ip6_free(link);
	sea_rules_link_gone(&ip->routes, link);
}

static const struct sea_link_observer link_observer = {
	.added = added,
	.up = link_up,
	.down = link_down,
	.mtu = link_mtu,
	.mac = link_mac,
	.carrier = link_carrier,
	.master = link_master,
	.gone = link_gone,
};

/* -- life -- */

static void register_ops(struct sea_stack *stack)
{
	stack->ip6 = &sea_ipv6_ops;
	sea_stack_add_net_proto(stack, &sea_ipv6_proto);
	sea_stack_add_ip_proto(stack, &sea_icmp6_proto);
	sea_stack_add_link_observer(stack, &link_observer);
	sea_stack_add_proc_files(stack, &sea_ipv6_proc_files);
	sea_stack_add_ioctls(stack, &sea_ipv6_ioctl_ops);
}

/* 0, or -ENOMEM with nothing left behind. */
static int init_tables(struct sea_ipv6_state *ip)
{
	int err = sea_routes_init(&ip->routes, ip->stack, SEA_AF_INET6);

	if (err)
		return err;
	err = sea_addrlabels_init(&ip->labels, &ip->stack->shard.pool);
	if (err)
		sea_routes_fini(&ip->routes);
	return err;
}

static int init(struct sea_stack *stack, void **state)
{
	struct sea_ipv6_state *ip = sea_pool_zalloc(&stack->shard.pool, sizeof(*ip));
	int err;

	if (!ip)
		return -ENOMEM;
	ip->stack = stack;
	sea_verdicts_init(&ip->verdicts);
	err = init_tables(ip);
	if (err) {
		sea_pool_free(&stack->shard.pool, ip, sizeof(*ip));
		return err;
	}
	*state = ip;
	sea_ip6_life_init(ip);
	sea_anycast6_init(ip);
	sea_neigh_table_init(&ip->neigh, stack, &sea_ndp_neigh_ops, SEA_ETHERTYPE_IPV6);
	ip->neigh.params.locktime = 0; /* NDP says itself what overrides what */
	sea_pmtu_table_init(&ip->pmtu, stack);
	sea_loop_init(&ip->loop, stack, &sea_ipv6_proto);
	sea_icmp_peers_init(&ip->icmp_peers, stack);
	ip->label_key = sea_secret_key(&stack->shard.secret);
	sea_flow_labels_init(&ip->leased, stack);
	sea_ipv6_reassemble_init(ip);
	sea_ipv6_sysctl_init(ip);
	register_ops(stack);
	return 0;
}

static void fini(struct sea_stack *stack, void *state)
{
	struct sea_ipv6_state *ip = state;

	sea_timer_remove(&stack->shard.timers, &ip->life_timer);
	sea_anycast6_fini(ip);
	sea_flow_labels_fini(&ip->leased);
	sea_addrlabels_fini(&ip->labels);
	sea_mrouter_free(ip->mrouter, SEA_DROP_STACK_FREED);
	sea_loop_fini(&ip->loop);
	sea_frag_table_fini(&ip->frags);
	sea_pmtu_table_fini(&ip->pmtu);
	sea_neigh_table_fini(&ip->neigh);
	sea_routes_fini(&ip->routes);
	sea_verdicts_fini(&ip->verdicts, &stack->shard.pool);
	sea_pool_free(&stack->shard.pool, ip, sizeof(*ip));
}

const struct sea_module sea_ipv6 = {
	.name = "ipv6",
	.id = SEA_MODULE_IPV6,
	.needs = 1u << SEA_MODULE_IPV4,
	.init = init,
	.fini = fini,
	.save = sea_ipv6_save,
	.load = sea_ipv6_load,
};
