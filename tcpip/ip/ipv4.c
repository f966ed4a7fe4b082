/* SPDX-License-Identifier: Apache-2.0 */
/* The IPv4 module: made, ended, told of links. Its sysctls are ipv4_sysctl.c, saving ipv4_save.c. */
#include "ip/ipv4.h"

#include <errno.h>

#include "ip/arp.h"
#include "ip/igmp.h"
#include "ip/ipv4_module.h"
#include "ip/mroute.h"
#include "ip/nexthop.h"
#include "ip/proc.h"
#include "ip/redirect.h"
#include "ip/route_rule.h"

/* -- what transports call -- */

static uint8_t addr_type(struct sea_stack *stack, const struct sea_ipaddr *addr, int ifindex)
{
	return sea_ipv4_addr_type(stack, sea_ipaddr_to4(addr), ifindex);
}

const struct sea_ip_ops sea_ipv4_ops = {
	.family = SEA_AF_INET,
	.hdr_len = sizeof(struct sea_ipv4_hdr),
	.route = sea_ipv4_route,
	.output = sea_ipv4_output,
	.addr_type = addr_type,
	.pmtu_update = sea_ipv4_pmtu_update,
	.redirect = sea_ipv4_redirect_obey,
	.port_unreachable = sea_icmp_port_unreachable,
};

/* -- links -- */

/* The loopback that has no address gets the one that everybody expects, as on Linux. */
static int name_loopback(struct sea_stack *stack, struct sea_link *link)
{
	const struct sea_ifaddr addr = { .size = sizeof(addr),
					 .local = sea_addr_v4(127, 0, 0, 1),
					 .prefix_len = 8,
					 .scope = SEA_SCOPE_HOST };

	if (link->type != SEA_LINK_LOOPBACK || !sea_ifaddr4_none(link))
		return 0;
	return sea_ifaddr4_add(stack, link, &addr);
}

static int link_up(struct sea_stack *stack, struct sea_link *link)
{
	int err = sea_link_ip4_join_all_hosts(link);

	if (!err)
		err = name_loopback(stack, link);
	sea_routes_link_changed(&sea_ipv4_of(stack)->routes, link);
	sea_acd_start_all(link);
	if (!err)
		err = sea_ifaddr4_add_routes(link);
	if (err)
		return err;
	sea_arp_notify(link);
	sea_group_report_up(&sea_link_ip4(link)->groups);
	return 0;
}

/* Its own addresses stay reachable while it is down; what it leads to does not. */
static void link_down(struct sea_stack *stack, struct sea_link *link)
{
	struct sea_ipv4_state *ip = sea_ipv4_of(stack);

	sea_group_report_down(&sea_link_ip4(link)->groups);
	sea_link_ip4_leave_all_hosts(link);
	sea_routes_purge(&ip->routes,
			 &(struct sea_routes_purge){ .link = link, .keep_local = true });
	sea_neigh_flush(&ip->neigh, link);
	sea_neigh_proxy_flush(&ip->neigh, link);
	sea_pmtu_link_down(&ip->pmtu, link);
}

static void link_mtu(struct sea_stack *stack, struct sea_link *link)
{
	(void)link; /* what depends on it is looked up again */
	sea_stack_routes_changed(stack);
}

static int link_master(struct sea_stack *stack, struct sea_link *link)
{
	sea_routes_purge(&sea_ipv4_of(stack)->routes, &(struct sea_routes_purge){ .link = link });
	sea_neigh_flush(&sea_ipv4_of(stack)->neigh, link);
	return sea_ifaddr4_add_routes(link);
}

static int link_added(struct sea_stack *stack, struct sea_link *link)
{
	int err = sea_link_ip4_new(stack, link);

	if (!err && link->type == SEA_LINK_VRF)
		err = sea_rules_add_l3mdev(&sea_ipv4_of(stack)->routes);
	if (!err)
		sea_rules_link_added(&sea_ipv4_of(stack)->routes, link);
	return err;
}

static void link_mac(struct sea_stack *stack, struct sea_link *link)
{
	sea_neigh_flush(&sea_ipv4_of(stack)->neigh, link);
	if (link->up)
		sea_arp_notify(link);
}

static void link_carrier(struct sea_stack *stack, struct sea_link *link)
{
	if (!link->carrier)
		sea_nexthops_flush(stack, link);
	sea_routes_link_changed(&sea_ipv4_of(stack)->routes, link);
	if (!link->carrier && SEA_CONF4_AND(link, arp_evict_nocarrier))
		sea_neigh_evict(&sea_ipv4_of(stack)->neigh, link);
}

static void link_renamed(struct sea_stack *stack, struct sea_link *link, const char *old)
{
	(void)stack;
	(void)old;
	sea_ifaddr4_link_renamed(link);
}

static void link_leaving(struct sea_stack *stack, struct sea_link *link)
{
	(void)stack;
	sea_ifaddr4_link_leaving(link);
}

static void link_gone(struct sea_stack *stack, struct sea_link *link)
{
	struct sea_ipv4_state *ip = sea_ipv4_of(stack);

	sea_routes_purge(&ip->routes, &(struct sea_routes_purge){ .link = link });
	sea_neigh_flush(&ip->neigh, link);
	sea_neigh_proxy_flush(&ip->neigh, link);
	sea_mrouter_link_gone(ip->mrouter, link);
	sea_link_ip4_free(link);
	sea_rules_link_gone(&ip->routes, link);
}

const struct sea_link_observer sea_ipv4_link_observer = {
	.added = link_added,
	.up = link_up,
	.down = link_down,
	.mtu = link_mtu,
	.mac = link_mac,
	.carrier = link_carrier,
	.master = link_master,
	.renamed = link_renamed,
	.leaving = link_leaving,
	.gone = link_gone,
};

/* -- life -- */

static void register_ops(struct sea_stack *stack)
{
	stack->ip4 = &sea_ipv4_ops;
	sea_stack_add_net_proto(stack, &sea_ipv4_proto);
	sea_stack_add_net_proto(stack, &sea_arp_proto);
	sea_stack_add_ip_proto(stack, &sea_icmp_proto);
	sea_stack_add_ip_proto(stack, &sea_igmp_ip_proto);
	sea_stack_add_link_observer(stack, &sea_ipv4_link_observer);
	sea_stack_add_proc_files(stack, &sea_ipv4_proc_files);
	sea_stack_add_ioctls(stack, &sea_ipv4_ioctl_ops);
}

static const struct sea_icmp_rate icmp_rate = { .per_sec = 1000, .burst = 50 };

static int init(struct sea_stack *stack, void **state)
{
	struct sea_ipv4_state *ip = sea_pool_zalloc(&stack->shard.pool, sizeof(*ip));
	int err;

	if (!ip)
		return -ENOMEM;
	ip->stack = stack;
	err = sea_routes_init(&ip->routes, stack, SEA_AF_INET);
	if (err) {
		sea_pool_free(&stack->shard.pool, ip, sizeof(*ip));
		return err;
	}
	*state = ip;
	sea_neigh_table_init(&ip->neigh, stack, &sea_arp_neigh_ops, SEA_ETHERTYPE_IPV4);
	sea_pmtu_table_init(&ip->pmtu, stack);
	sea_ipv4_reassemble_init(ip);
	sea_loop_init(&ip->loop, stack, &sea_ipv4_proto);
	sea_icmp_global_init(&ip->icmp_global, stack, icmp_rate);
	sea_icmp_peers_init(&ip->icmp_peers, stack);
	sea_verdicts_init(&ip->verdicts);
	ip->id_key = sea_secret_key(&stack->shard.secret);
	sea_ipv4_sysctl_init(ip);
	register_ops(stack);
	return 0;
}

static void fini(struct sea_stack *stack, void *state)
{
	struct sea_ipv4_state *ip = state;

	sea_mrouter_free(ip->mrouter, SEA_DROP_STACK_FREED);
	sea_loop_fini(&ip->loop);
	sea_sysctl_ports_free(stack, ip->sysctl.ip_local_reserved_ports);
	sea_frag_table_fini(&ip->frags);
	sea_pmtu_table_fini(&ip->pmtu);
	sea_neigh_table_fini(&ip->neigh);
	sea_routes_fini(&ip->routes);
	sea_verdicts_fini(&ip->verdicts, &stack->shard.pool);
	sea_pool_free(&stack->shard.pool, ip, sizeof(*ip));
}

const struct sea_module sea_ipv4 = {
	.name = "ipv4",
	.id = SEA_MODULE_IPV4,
	.init = init,
	.fini = fini,
	.save = sea_ipv4_save,
	.load = sea_ipv4_load,
};
