/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bridge: IEEE 802.1D learning and forwarding between links, its ports; 802.1Q VLANs where it filters by them.
 *
 *	port ─ diversion ─ input ─┬─ VLAN of the frame ─ learn source ─ find destination ─┬─ one port, or flood ─ ports
 *	                          │                                                      └─ the bridge's own ──┐
 *	                          └─ link-local groups: the port's own framing                 the bridge as a link
 *	the bridge's xmit ─ VLAN ─ find destination ─ one port, or flood ─ ports
 *
 * The bridge itself is a port like any, as far as VLANs and the FDB go: NULL stands for it there. Without a spanning
 * tree (bridge_stp.h) a port whose link runs, forwards, unless somebody says otherwise. Groups are not snooped: multicast goes
 * to all ports that let it.
 *
 *	bridge.c       the kind: made, ended, saved; what it has of its ports: MAC, MTU, carrier
 *	bridge_port.c  ports: they come, go, change their state
 *	bridge_io.c    frames
 *	bridge_fdb.c   which address is behind which port
 *	bridge_fdb_set.c  … as messages ask for it
 *	bridge_vlan.c  which VLANs a port is in
 *	bridge_vlan_set.c  … as messages ask for it
 *	bridge_set.c, bridge_port_set.c  what can be asked for, and how it is shown
 */
#ifndef SEA_LINK_DEVICE_BRIDGE_H
#define SEA_LINK_DEVICE_BRIDGE_H

#include "core/htable.h"
#include "core/link_kind.h"
#include "core/siphash.h"
#include "core/timerq.h"
#include "link/device/ageing.h"
#include "link/device/kinds.h"
#include "netlink/policy.h"

#define SEA_BRIDGE_PORTS_MAX 1023u
#define SEA_BRIDGE_VIDS 4096u
#define SEA_BRIDGE_PRIORITY 0x8000u
#define SEA_BRIDGE_CSEC (SEA_SEC / 100) /* what Linux tells times of bridges in */

/* enum of Linux's <linux/if_bridge.h>: BR_STATE_* */
enum sea_bridge_state {
	SEA_BRIDGE_DISABLED,
	SEA_BRIDGE_LISTENING,
	SEA_BRIDGE_LEARNING,
	SEA_BRIDGE_FORWARDING,
	SEA_BRIDGE_BLOCKING,
};

/* Of a port. Those that need snooping have no effect without, as on Linux, and are only kept. */
#define SEA_BRPORT_HAIRPIN (1u << 0)
#define SEA_BRPORT_GUARD (1u << 1)
#define SEA_BRPORT_PROTECT (1u << 2)
#define SEA_BRPORT_FAST_LEAVE (1u << 3)
#define SEA_BRPORT_LEARNING (1u << 4)
#define SEA_BRPORT_FLOOD (1u << 5)
#define SEA_BRPORT_MCAST_FLOOD (1u << 6)
#define SEA_BRPORT_BCAST_FLOOD (1u << 7)
#define SEA_BRPORT_ISOLATED (1u << 8)
#define SEA_BRPORT_LOCKED (1u << 9)
#define SEA_BRPORT_MCAST_TO_UNICAST (1u << 10)
#define SEA_BRPORT_DEFAULT \
	(SEA_BRPORT_LEARNING | SEA_BRPORT_FLOOD | SEA_BRPORT_MCAST_FLOOD | SEA_BRPORT_BCAST_FLOOD)

/* Which VLANs a port, or the bridge itself, is in. */
struct sea_bridge_vlans {
	uint64_t member[SEA_BRIDGE_VIDS / 64], untagged[SEA_BRIDGE_VIDS / 64];
	uint16_t pvid;   /* of what comes without a tag; 0: it is dropped */
	uint8_t *states; /* enum sea_bridge_state by VLAN; NULL: all forward */
};

/* Of a VLAN, at all ports together (as Linux's without vlan_stats_per_port). */
struct sea_bridge_counters {
	uint64_t rx_packets, rx_bytes, tx_packets, tx_bytes;
};

/* A bridge in spanning trees: priority, and MAC. The lower one wins. */
struct sea_stp_id {
	uint8_t b[8];
};

/* Hundredths of a second. */
struct sea_stp_times {
	uint32_t forward_delay, hello_time, max_age;
};

struct sea_stp_bridge {
	bool on; /* there is a tree */
	struct sea_stp_id id, root;
	uint32_t root_cost;
	uint16_t root_port;       /* 0: this bridge is the root */
	struct sea_stp_times own; /* what it says when it is the root */
	uint32_t ageing_time;     /* of the FDB while the topology stays; hundredths of a second */
	bool topology_change, change_detected;
	struct sea_timer hello_timer, tcn_timer, change_timer;
};

/* What is known of a port's wire: who is designated there, and what he said. */
struct sea_stp_port {
	struct sea_stp_id root, bridge;
	uint32_t cost;
	uint16_t port;
	sea_time said_at; /* the root said it */
	bool change_ack, config_pending;
	struct sea_timer age_timer, forward_timer, hold_timer;
};

struct sea_bridge_port {
	struct sea_bridge *bridge;
	struct sea_link *link;
	struct sea_list node; /* in sea_bridge.ports */
	struct sea_mac mac;   /* the FDB's entry of its own */
	uint16_t no;          /* from 1 */
	uint8_t state;        /* enum sea_bridge_state */
	uint8_t priority;
	uint32_t cost;
	uint32_t flags;          /* SEA_BRPORT_* */
	uint16_t group_fwd_mask; /* bit n: 01-80-C2-00-00-0n goes on */
	struct sea_stp_port stp;
	struct sea_bridge_vlans vlans;
};

/* An address, of a VLAN where the bridge filters by them (else 0). */
struct sea_bridge_fdb {
	struct sea_hnode hash; /* in sea_bridge.fdb */
	struct sea_list node;  /* in sea_bridge.entries, the newest first */
	struct sea_aged aged;  /* in sea_bridge.ageing, unless it is fixed or somebody else's */
	struct sea_bridge_port *port; /* NULL: the bridge itself */
	struct sea_mac mac;
	uint16_t vid;
	uint64_t serial; /* in the order in which they came, from 1 */
	bool local;      /* it is the port's or the bridge's own: such frames are for us */
	bool fixed;      /* it does not age (static) */
	bool user;       /* somebody added it */
	bool sticky;     /* it does not move to another port */
	bool ext;        /* somebody else learns it: it does not age */
	bool counts;     /* it is one of sea_bridge.n_learned */
	sea_time used;
};

/* sea_link.kind_state */
struct sea_bridge {
	struct sea_link *link;
	struct sea_list ports; /* as they came, the last first (as Linux's) */
	unsigned n_ports;
	struct sea_htable fdb;
	struct sea_siphash_key key;
	struct sea_list entries;
	struct sea_ageing ageing;
	uint64_t serial;                 /* of the last one that came */
	uint32_t n_learned, max_learned; /* 0: no limit */
	struct sea_mac id;               /* of the bridge's id */
	struct sea_mac own;              /* the FDB's entry of the bridge's own */
	struct sea_mac group;            /* 01-80-C2-00-00-00 */
	uint16_t priority;
	uint16_t group_fwd_mask;
	uint16_t default_pvid, vlan_proto;
	/* In force: the root's, and of the topology that there is; hundredths of a second. */
	uint32_t forward_delay, hello_time, max_age, ageing_time;
	struct sea_stp_bridge stp;
	bool own_mac, own_mtu; /* somebody gave it one */
	bool no_ll_learn, filters, ready;
	bool adjusts;                         /* while it takes its ports' MAC or MTU */
	bool counts;                          /* frames of VLANs */
	struct sea_bridge_counters *counters; /* by VLAN; NULL: nobody counted yet */
	struct sea_bridge_vlans vlans;
};

static inline struct sea_bridge *sea_bridge_of(const struct sea_link *link)
{
	return link->kind_state;
}

static inline bool sea_link_is_bridge(const struct sea_link *link)
{
	return link->kind == &sea_kind_bridge;
}

/* NULL: it is no port of a bridge. */
struct sea_bridge_port *sea_bridge_port_of(const struct sea_link *link);

#define SEA_BRIDGE_EACH_PORT(p, bridge)                                                    \
	for (struct sea_list *n_ = (bridge)->ports.next, *t_ = n_->next;                   \
	     n_ != &(bridge)->ports &&                                                     \
	     ((p) = sea_container(n_, struct sea_bridge_port, node), t_ = n_->next, true); \
	     n_ = t_)

/* -- bridge.c -- */

void sea_bridges_init(struct sea_stack *stack);
/* The state of a link that is made, or loaded. */
void sea_bridge_begin(struct sea_bridge *b, struct sea_link *link);
/* A port came, went, or has another MAC, MTU or state: what follows for the bridge. */
void sea_bridge_follow_macs(struct sea_bridge *b);
void sea_bridge_follow_own(struct sea_bridge *b, const struct sea_mac *mac);
void sea_bridge_follow_mtus(struct sea_bridge *b);
void sea_bridge_follow_states(struct sea_bridge *b);

/* -- bridge_port.c -- */

int sea_bridge_judge_port(const struct sea_link *master, const struct sea_link *link,
			  struct sea_nl_extack *extack);
int sea_bridge_enslave(struct sea_link *master, struct sea_link *link,
		       struct sea_nl_extack *extack);
void sea_bridge_release(struct sea_link *master, struct sea_link *link);
void sea_bridge_port_follow_mac(struct sea_bridge_port *p);
/*
 * The link runs or not, and so does the bridge: the port forwards, or is disabled. With `tell` listeners hear of the port,
 * changed or not.
 */
void sea_bridge_port_check(struct sea_bridge_port *p, bool tell);
/* As somebody says: 0, -EINVAL, -ENETDOWN (its link does not run). */
SEA_MUST_USE int sea_bridge_port_set_state(struct sea_bridge_port *p, uint8_t state);
void sea_bridge_save_ports(const struct sea_bridge *b, struct sea_saver *to);
SEA_MUST_USE int sea_bridge_load_ports(struct sea_bridge *b, struct sea_loader *from);
struct sea_bridge_port *sea_bridge_port_by_no(const struct sea_bridge *b, uint16_t no);

/* -- bridge_io.c -- */

void sea_bridge_input(struct sea_link *link, struct sea_pkt *pkt);
int sea_bridge_xmit(struct sea_link *link, struct sea_pkt *pkt);

/* -- bridge_fdb.c -- */

void sea_bridge_fdb_init(struct sea_bridge *b);
/* Silent, where nobody can know any more. */
void sea_bridge_fdb_fini(struct sea_bridge *b);
struct sea_bridge_fdb *sea_bridge_fdb_find(const struct sea_bridge *b, const struct sea_mac *mac,
					   uint16_t vid);
/* A frame from there came by this port. */
void sea_bridge_fdb_learn(struct sea_bridge_port *p, const struct sea_mac *mac, uint16_t vid);
/* Not there yet. NULL: no memory. Nobody is told. */
struct sea_bridge_fdb *sea_bridge_fdb_new(struct sea_bridge *b, struct sea_bridge_port *port,
					  const struct sea_mac *mac, uint16_t vid);
/* By its flags it ages, or not. */
void sea_bridge_fdb_refile(struct sea_bridge *b, struct sea_bridge_fdb *f);
void sea_bridge_fdb_del(struct sea_bridge *b, struct sea_bridge_fdb *f);
void sea_bridge_fdb_tell(struct sea_bridge *b, struct sea_bridge_fdb *f, bool gone);
/* A port's own address (port NULL: the bridge's): 0 or -ENOMEM. */
SEA_MUST_USE int sea_bridge_fdb_add_local(struct sea_bridge *b, struct sea_bridge_port *port,
					  const struct sea_mac *mac, uint16_t vid);
void sea_bridge_fdb_del_local(struct sea_bridge *b, struct sea_bridge_port *port,
			      const struct sea_mac *mac, uint16_t vid);
/* What was learned by a port (NULL: by any); with `all` also what does not age. Of VLAN `vid`, or of any (0). */
void sea_bridge_fdb_flush(struct sea_bridge *b, const struct sea_bridge_port *port, uint16_t vid,
			  bool all);
/* The ageing time is another one. */
void sea_bridge_fdb_set_ageing(struct sea_bridge *b, uint32_t csec);
void sea_bridge_fdb_save(const struct sea_bridge *b, struct sea_saver *to);
SEA_MUST_USE int sea_bridge_fdb_load(struct sea_bridge *b, struct sea_loader *from);

/* bridge_fdb_set.c */
extern const struct sea_link_fdb_ops sea_bridge_fdb_ops;
/* How an entry is told of. */
struct sea_fdb_entry sea_bridge_fdb_entry(const struct sea_bridge *b,
					  const struct sea_bridge_fdb *f);

/* -- bridge_vlan.c -- */

static inline bool sea_bridge_vlan_has(const uint64_t *set, uint16_t vid)
{
	return set[vid / 64] >> vid % 64 & 1;
}

static inline uint8_t sea_bridge_vlan_state(const struct sea_bridge_vlans *v, uint16_t vid)
{
	return v->states ? v->states[vid] : SEA_BRIDGE_FORWARDING;
}

/* What a frame's tag says, or its port's VLAN where it has none. */
struct sea_bridge_tag {
	uint16_t vid;  /* 0 without filtering */
	uint16_t rest; /* of the tag: priority, and whether it may be dropped */
};

/*
 * A frame comes in: its VLAN, and it has no tag any more. False: it is not to come in, and is dropped. Without
 * filtering the frame is as it was, and of VLAN 0.
 */
SEA_MUST_USE bool sea_bridge_vlan_in(const struct sea_bridge *b, const struct sea_bridge_vlans *v,
				     struct sea_pkt *pkt, struct sea_bridge_tag *tag);
/* Only which it is of; false: it is not to come in. Its state is not asked: sea_bridge_vlan_may_enter(). */
bool sea_bridge_vlan_peek(const struct sea_bridge *b, const struct sea_bridge_vlans *v,
			  struct sea_pkt *pkt, struct sea_bridge_tag *tag);
static inline bool sea_bridge_vlan_may_leave(const struct sea_bridge *b,
					     const struct sea_bridge_vlans *v, uint16_t vid)
{
	return !b->filters || (sea_bridge_vlan_has(v->member, vid) &&
			       sea_bridge_vlan_state(v, vid) == SEA_BRIDGE_FORWARDING);
}
/* By the VLAN's state: it is learned from, at least. */
bool sea_bridge_vlan_may_enter(const struct sea_bridge *b, const struct sea_bridge_vlans *v,
			       uint16_t vid);
/* It goes out: tagged where it is to be. False: no memory, and it is dropped. */
SEA_MUST_USE bool sea_bridge_vlan_out(const struct sea_bridge *b, const struct sea_bridge_vlans *v,
				      struct sea_pkt *pkt, struct sea_bridge_tag tag);

/* A port or the bridge is in it from now on, with its own address there: 0 or -ENOMEM. */
SEA_MUST_USE int sea_bridge_vlan_add(struct sea_bridge *b, struct sea_bridge_port *port,
				     uint16_t vid, bool pvid, bool untagged);
void sea_bridge_vlan_del(struct sea_bridge *b, struct sea_bridge_port *port, uint16_t vid);
void sea_bridge_vlans_clear(struct sea_bridge *b, struct sea_bridge_port *port);
/* Is the bridge or a port in it? */
bool sea_bridge_vlan_used(const struct sea_bridge *b, uint16_t vid);
/* 0 or -ENOMEM. */
SEA_MUST_USE int sea_bridge_vlan_set_state(struct sea_bridge *b, struct sea_bridge_vlans *v,
					   uint16_t vid, uint8_t state);
/* Frames of VLANs are counted from now on, or not: 0 or -ENOMEM. */
SEA_MUST_USE int sea_bridge_vlans_count(struct sea_bridge *b, bool on);
void sea_bridge_vlans_fini(struct sea_bridge *b, struct sea_bridge_vlans *v);
void sea_bridge_counters_fini(struct sea_bridge *b);

/* bridge_vlan_set.c: as messages ask (struct sea_link_fdb_ops). */
int sea_bridge_vlans_change(struct sea_link *link, const struct sea_nl_attr *spec, bool del,
			    struct sea_nl_extack *extack);
void sea_bridge_vlans_show(const struct sea_link *link, bool ranges, struct sea_nl_out *out);
int sea_bridge_vlandb_change(struct sea_link *link, const struct sea_nl_attr *a, bool del,
			     struct sea_nl_extack *extack);
bool sea_bridge_vlandb_show(const struct sea_link *link, uint32_t flags, uint16_t *vid,
			    struct sea_nl_out *out);
/* RTNLGRP_BRVLAN: those from `from` to `to`, which are or were the port's (NULL: the bridge's), changed, or went. */
void sea_bridge_vlan_tell(const struct sea_bridge *b, const struct sea_bridge_port *port,
			  uint16_t from, uint16_t to, bool gone);

/* bridge_vlan.c */
void sea_bridge_vlans_save(const struct sea_bridge_vlans *v, struct sea_saver *to);
SEA_MUST_USE int sea_bridge_vlans_load(struct sea_bridge *b, struct sea_bridge_vlans *v,
				       struct sea_loader *from);
void sea_bridge_counters_save(const struct sea_bridge *b, struct sea_saver *to);
SEA_MUST_USE int sea_bridge_counters_load(struct sea_bridge *b, struct sea_loader *from);

/* -- bridge_set.c, bridge_port_set.c -- */

extern const struct sea_nl_policy sea_bridge_policy[], sea_brport_policy[];
#define SEA_BRIDGE_DATA_MAX 49 /* IFLA_BR_FDB_MAX_LEARNED, newer than some headers */
#define SEA_BRPORT_DATA_MAX 44 /* IFLA_BRPORT_BACKUP_NHID */
int sea_bridge_judge(const struct sea_link_ask *ask);
int sea_bridge_prepare(struct sea_stack *stack, const struct sea_link_ask *ask,
		       struct sea_link_config *config, struct sea_link **lower);
int sea_bridge_setup(struct sea_link *link, const struct sea_link_ask *ask);
int sea_bridge_change(struct sea_link *link, const struct sea_link_ask *ask);
void sea_bridge_show(const struct sea_link *link, struct sea_nl_out *out);
uint64_t sea_bridge_timer_left(const struct sea_bridge *b, const struct sea_timer *timer);
int sea_brport_change(struct sea_link *link, const struct sea_link_ask *ask);
void sea_brport_show(const struct sea_link *link, struct sea_nl_out *out);

#endif
