/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The stack from inside: configuration that all shards share, and the shard, which owns flows,
 * timers, memory and counters and is entered by one thread at a time. There is one shard; code that
 * works per packet or per flow reaches only for `stack->shard`, so that more can follow.
 *
 * An entry is sea_stack_enter() … sea_stack_leave(). Within it `now` stands still.
 */
#ifndef SEA_CORE_STACK_H
#define SEA_CORE_STACK_H

#include <stdbool.h>
#include <stdint.h>

#include <seastack/addr.h>
#include <seastack/event.h>
#include <seastack/stack.h>

#include "core/assert.h"
#include "core/checksum.h"
#include "core/counter.h"
#include "core/hook.h"
#include "core/htable.h"
#include "core/ioctl.h"
#include "core/list.h"
#include "core/module.h"
#include "core/pool.h"
#include "core/procfile.h"
#include "core/proto.h"
#include "core/rng.h"
#include "core/timerq.h"

struct sea_link;
struct sea_link_kind;
struct sea_metrics;
struct sea_nexthops;
struct sea_qdisc;
struct sea_sock;
struct sea_sysctl;

/* Work put off to the next advance, bounded there; a work item is queued at most once. */
struct sea_work {
	struct sea_list node;
	void (*run)(struct sea_stack *stack, struct sea_work *work);
};

/* Handles of sockets: an index into `slots`, with a generation that changes at each reuse. */
struct sea_sock_slot {
	struct sea_sock *sock; /* NULL: free */
	uint32_t gen;
	uint32_t
		next_free; /* UINT32_MAX: none; SEA_SOCK_SLOT_WAITING: for its socket, during a load */
};

#define SEA_SOCK_SLOT_WAITING (UINT32_MAX - 1)

/* Whose a socket is, as the consumer says. */
struct sea_sock_owner {
	uint32_t uid, inode;
};

struct sea_sock_table {
	struct sea_sock_slot *slots;
	struct sea_sock_owner *owners; /* of the slots; NULL: nobody has said anything yet */
	uint32_t n_slots, n_used, max;
	uint32_t free_head; /* UINT32_MAX: none */
};

/* One module's sysctls (core/sysctl.h). */
struct sea_sysctl_table {
	const struct sea_sysctl *entries; /* sorted by name */
	unsigned n;
	void *base; /* of the entries' offsets */
	struct sea_sysctl_table *next;
};

/* net.core.*: bytes, connections, flags. */
struct sea_core_sysctls {
	int32_t rmem_default, rmem_max, wmem_default, wmem_max;
	int32_t somaxconn;
	int32_t txrehash;
	int32_t optmem_max;         /* of one socket's options, as Linux counts their bytes */
	int32_t netdev_max_backlog; /* packets that wait for the next advance */
	char default_qdisc[16];     /* of links that are made */
};

/* ip/metrics.h */
struct sea_metrics_table {
	struct sea_metrics **slots; /* by id - 1; NULL: free */
	uint32_t n_slots, n_used;
	uint32_t lowest; /* no slot below is free */
};

struct sea_shard {
	sea_time now;
	bool entered;
	struct sea_pool pool;
	struct sea_counters counters;
	struct sea_timerq timers;
	struct sea_secret secret;
	struct sea_jitter jitter;
	struct sea_sock_table socks;
	struct sea_list events;      /* sea_sock.event: sockets with something to tell */
	struct sea_list link_events; /* sea_link.event */
	uint32_t mroute_events;      /* SEA_MROUTE_EVENT_* */
	struct sea_list work;        /* sea_work.node */
	struct sea_list tx_links;    /* sea_link.tx_node: links with output for a driver */
	struct sea_list pump_links;  /* sea_link.tx_node: links with output and no driver */
	struct sea_list rx_links;    /* sea_link.rx_node: loopback and pairs with input waiting */
	uint32_t capture_serial;
};

struct sea_ifaddr;
struct sea_route_news;
struct sea_neigh;
struct sea_nexthop_obj;
struct sea_route_rule;
struct sea_routes;
struct sea_group;
struct sea_anycast6;

struct sea_stack {
	struct sea_env env;
	struct sea_shard shard;
	sea_csum_fn *csum;
	struct sea_stack_config config;

	const struct sea_module *modules[SEA_MODULE_N];
	void *module_state[SEA_MODULE_N];
	unsigned n_modules;
	enum sea_module_id order[SEA_MODULE_N]; /* as they were initialised */

	const struct sea_net_proto *net_protos[SEA_NET_PROTOS_MAX];
	const struct sea_sock_family *sock_families[SEA_SOCK_FAMILIES_MAX];
	const struct sea_link_observer *link_observers[SEA_LINK_OBSERVERS_MAX];
	const struct sea_qdisc *qdiscs[SEA_QDISCS_MAX]; /* kinds besides pfifo_fast */
	uint32_t qdisc_handle;                          /* the last that was given out */
	const struct sea_procnet_files *proc_files[SEA_PROCNET_FILES_MAX];
	const struct sea_link_kind *link_kinds[SEA_LINK_KINDS_MAX];
	const struct sea_ioctl_ops *ioctls[SEA_IOCTLS_MAX];
	struct sea_sysctl_table *sysctls;
	struct sea_sysctl_tree *sysctl_trees;
	struct sea_core_sysctls sysctl;
	struct sea_sysctl_table sysctl_table; /* of the above */
	/* One vtable per IP version (ip/ip.h), NULL where its module is missing. */
	const struct sea_ip_ops *ip4, *ip6;
	/* Transport protocols by IP protocol number (ip/ip.h). */
	const struct sea_ip_proto *ip_protos[256];
	struct sea_list udp_ports; /* that are links' (ip/udp_port.h) */
	/* Would a socket hear what comes to this UDP port, at any address? NULL: there is no UDP. */
	bool (*udp_in_use)(const struct sea_stack *stack, uint8_t family, uint16_t port);

	struct sea_hook_list hooks4[SEA_HOOK_POINTS], hooks6[SEA_HOOK_POINTS];

	struct sea_list links; /* sea_link.node, by index */
	struct sea_link *loopback;
	struct sea_nexthops *nexthops; /* ip/nexthop.h */
	/* Hears of each address that came, changed, or is about to go; NULL: nobody wants to know. */
	void (*addr_observer)(struct sea_stack *stack, const struct sea_ifaddr *addr, bool gone);
	/* Likewise of routes and rules (ip/route.h). */
	void (*route_observer)(struct sea_stack *stack, const struct sea_route_news *news);
	void (*rule_observer)(struct sea_stack *stack, const struct sea_routes *routes,
			      const struct sea_route_rule *rule, bool gone);
	/* Hear of each group that a link begins to listen to, or no more, and of anycast addresses likewise; NULL. */
	void (*group_observer)(const struct sea_group *group, bool gone);
	void (*anycast_observer)(const struct sea_link *link, const struct sea_anycast6 *a,
				 bool gone);
	/* Hears of each of a few settings of links that changed, by NETCONFA_* (ip/conf_told.h); NULL: nobody wants to know. */
	void (*conf_observer)(struct sea_stack *stack, uint8_t family, int ifindex, int what);
	/* Likewise of neighbours (ip/neigh.h), but of those that are asked for. */
	void (*neigh_observer)(struct sea_stack *stack, const struct sea_neigh *n, bool gone);
	/* Likewise of nexthop objects (ip/nexthop.h), but of those that go with their link. */
	void (*nexthop_observer)(struct sea_stack *stack, const struct sea_nexthop_obj *obj,
				 bool gone);
	/* Hears of each TCP and UDP socket that is about to be freed; NULL: nobody wants to know. */
	void (*sock_observer)(struct sea_sock *sock);
	struct sea_metrics_table metrics;
	unsigned n_vrfs; /* links of type SEA_LINK_VRF */
	int next_ifindex;
	uint32_t route_gen; /* changes whenever a cached route may have become wrong; never 0 */
};

/* Every public entry that takes a time. Asserts the owner, raises `now` to the last one (counted). */
void sea_stack_enter(struct sea_stack *stack, sea_time now);

static inline void sea_stack_leave(struct sea_stack *stack)
{
	stack->shard.entered = false;
}

/* The state that module `id` made at init. */
static inline void *sea_stack_module(const struct sea_stack *stack, enum sea_module_id id)
{
	return stack->module_state[id];
}

static inline struct sea_hook_list *sea_stack_hooks(struct sea_stack *stack, uint8_t family,
						    enum sea_hook_point point)
{
	return family == SEA_AF_INET ? &stack->hooks4[point] : &stack->hooks6[point];
}

/* Past a point's hooks, of which there are most often none. False: one has consumed the packet. */
bool sea_stack_run_hooks(struct sea_stack *stack, uint8_t family, enum sea_hook_point point,
			 struct sea_link *in, struct sea_link *out, struct sea_pkt *pkt);
static inline bool sea_stack_passes(struct sea_stack *stack, uint8_t family,
				    enum sea_hook_point point, struct sea_link *in,
				    struct sea_link *out, struct sea_pkt *pkt)
{
	return !sea_stack_hooks(stack, family, point)->n ||
	       sea_stack_run_hooks(stack, family, point, in, out, pkt);
}

static inline void sea_stack_count(struct sea_stack *stack, enum sea_mib what)
{
	sea_mib_inc(&stack->shard.counters, what);
}

static inline void sea_stack_arm(struct sea_stack *stack, struct sea_timer *timer, sea_time when)
{
	sea_timer_arm(&stack->shard.timers, timer, when);
}

/* Runs `work->run` in the next advance. */
void sea_stack_defer(struct sea_stack *stack, struct sea_work *work);

/* Cached routes are looked up anew. */
static inline void sea_stack_routes_changed(struct sea_stack *stack)
{
	if (++stack->route_gen == 0)
		stack->route_gen = 1;
}

/* A consumer's log line, formatted. */
SEA_PRINTF(3, 4)
void sea_stack_log(struct sea_stack *stack, enum sea_log_level level, const char *fmt, ...);

#endif
