/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Spanning trees (IEEE 802.1D-1998 clause 8): which bridge is the root, by which port the way leads there, and which ports
 * stay blocked so that there is one way only. Procedures have the standard's names, and Linux's order where it says nothing.
 */
#include <string.h>

#include "core/minmax.h"
#include "core/stack.h"
#include "ip/rtnl/fdb.h"
#include "link/device/bridge_stp.h"

/* -- who is what -- */

struct sea_stp_id sea_stp_own_id(const struct sea_bridge *b)
{
	struct sea_stp_id id;

	sea_put16(id.b, b->priority);
	memcpy(id.b + 2, b->id.b, sizeof(b->id.b));
	return id;
}

uint16_t sea_stp_port_id(const struct sea_bridge_port *p)
{
	return (uint16_t)(p->priority << 10 | p->no);
}

static int compare(const struct sea_stp_id *x, const struct sea_stp_id *y)
{
	return memcmp(x->b, y->b, sizeof(x->b));
}

static bool is_root(const struct sea_bridge *b)
{
	return !compare(&b->stp.id, &b->stp.root);
}

bool sea_stp_is_designated(const struct sea_bridge_port *p)
{
	return !compare(&p->stp.bridge, &p->bridge->stp.id) && p->stp.port == sea_stp_port_id(p);
}

static int order(uint32_t x, uint32_t y)
{
	return (x > y) - (x < y);
}

static void arm(struct sea_bridge *b, struct sea_timer *timer, uint32_t csec)
{
	sea_stack_arm(b->link->stack, timer,
		      sea_time_add(b->link->stack->shard.now, (int64_t)csec * SEA_BRIDGE_CSEC));
}

/* -- topology changes -- */

/* While it changes, what was learned ages faster (§7.9.2). */
static void set_topology_change(struct sea_bridge *b, bool changes)
{
	if (b->stp.topology_change == changes)
		return;
	b->stp.topology_change = changes;
	sea_bridge_fdb_set_ageing(b, changes ? 2 * b->forward_delay : b->stp.ageing_time);
}

static void transmit_tcn(struct sea_bridge *b)
{
	struct sea_bridge_port *root = sea_bridge_port_by_no(b, b->stp.root_port);

	if (root)
		sea_stp_send_tcn(root);
}

static void topology_change_detection(struct sea_bridge *b)
{
	if (!b->stp.on)
		return;
	if (is_root(b)) {
		set_topology_change(b, true);
		arm(b, &b->stp.change_timer, b->stp.own.forward_delay + b->stp.own.max_age);
	} else if (!b->stp.change_detected) {
		transmit_tcn(b);
		arm(b, &b->stp.tcn_timer, b->stp.own.hello_time);
	}
	b->stp.change_detected = true;
}

static void topology_change_acknowledged(struct sea_bridge *b)
{
	b->stp.change_detected = false;
	sea_timer_cancel(&b->stp.tcn_timer);
}

/* -- configuration messages -- */

/* How old what it says is, in the wire's 256ths of a second: as old as what the root said, and a bit. */
static uint32_t message_age(const struct sea_bridge *b)
{
	const struct sea_bridge_port *root = sea_bridge_port_by_no(b, b->stp.root_port);
	int64_t ns;

	if (!root)
		return 0;
	ns = sea_time_diff(b->link->stack->shard.now, root->stp.said_at);
	return (uint32_t)(ns * SEA_STP_HZ / SEA_SEC) + 1;
}

static void transmit_config(struct sea_bridge_port *p)
{
	struct sea_bridge *b = p->bridge;
	uint32_t age = message_age(b);

	if (sea_timer_armed(&p->stp.hold_timer)) {
		p->stp.config_pending = true;
		return;
	}
	if (age >= sea_stp_ticks(b->max_age))
		return;
	sea_stp_send_config(p, (uint16_t)age);
	p->stp.change_ack = p->stp.config_pending = false;
	if (b->stp.on)
		arm(b, &p->stp.hold_timer, SEA_STP_HOLD_TIME);
}

void sea_stp_config_generation(struct sea_bridge *b)
{
	struct sea_bridge_port *p;

	SEA_BRIDGE_EACH_PORT(p, b)
	{
		if (p->state != SEA_BRIDGE_DISABLED && sea_stp_is_designated(p))
			transmit_config(p);
	}
}

/* -- who is to be what -- */

/* Is the way to the root by `p` better than that by `best`? */
static int compare_ways(const struct sea_bridge_port *p, const struct sea_bridge_port *best)
{
	int d = compare(&p->stp.root, &best->stp.root);

	if (!d)
		d = order(p->stp.cost + p->cost, best->stp.cost + best->cost);
	if (!d)
		d = compare(&p->stp.bridge, &best->stp.bridge);
	if (!d)
		d = order(p->stp.port, best->stp.port);
	return d ? d : order(sea_stp_port_id(p), sea_stp_port_id(best));
}

static bool leads_to_root(const struct sea_bridge_port *p)
{
	return p->state != SEA_BRIDGE_DISABLED && !sea_stp_is_designated(p) &&
	       compare(&p->bridge->stp.id, &p->stp.root) > 0;
}

static void set_state(struct sea_bridge_port *p, uint8_t state)
{
	p->state = state;
	sea_rtnl_tell_port(p->link, false);
}

/* No root is to be behind it: while somebody says so, it only listens. */
static void refuse_root(struct sea_bridge_port *p)
{
	set_state(p, SEA_BRIDGE_LISTENING);
	arm(p->bridge, &p->stp.forward_timer, p->bridge->forward_delay);
}

static void root_selection(struct sea_bridge *b)
{
	const struct sea_bridge_port *best = NULL;
	struct sea_bridge_port *p;

	SEA_BRIDGE_EACH_PORT(p, b)
	{
		if (!leads_to_root(p) || (best && compare_ways(p, best) >= 0))
			continue;
		if (p->flags & SEA_BRPORT_PROTECT)
			refuse_root(p);
		else
			best = p;
	}
	b->stp.root_port = best ? best->no : 0;
	b->stp.root = best ? best->stp.root : b->stp.id;
	b->stp.root_cost = best ? best->stp.cost + best->cost : 0;
}

/* Has the bridge more to say on this wire than who is designated there? */
static bool should_be_designated(const struct sea_bridge_port *p)
{
	const struct sea_bridge *b = p->bridge;
	int d;

	if (sea_stp_is_designated(p) || compare(&p->stp.root, &b->stp.root))
		return true;
	d = order(b->stp.root_cost, p->stp.cost);
	if (!d)
		d = compare(&b->stp.id, &p->stp.bridge);
	return d ? d < 0 : sea_stp_port_id(p) < p->stp.port;
}

void sea_stp_become_designated(struct sea_bridge_port *p)
{
	p->stp.root = p->bridge->stp.root;
	p->stp.cost = p->bridge->stp.root_cost;
	p->stp.bridge = p->bridge->stp.id;
	p->stp.port = sea_stp_port_id(p);
}

static void configuration_update(struct sea_bridge *b)
{
	struct sea_bridge_port *p;

	root_selection(b);
	SEA_BRIDGE_EACH_PORT(p, b)
	{
		if (p->state != SEA_BRIDGE_DISABLED && should_be_designated(p))
			sea_stp_become_designated(p);
	}
}

/* -- states -- */

static void make_blocking(struct sea_bridge_port *p)
{
	if (p->state == SEA_BRIDGE_BLOCKING)
		return;
	if (p->state == SEA_BRIDGE_FORWARDING || p->state == SEA_BRIDGE_LEARNING)
		topology_change_detection(p->bridge);
	set_state(p, SEA_BRIDGE_BLOCKING);
	sea_timer_cancel(&p->stp.forward_timer);
}

/* Only after it listened and learned for long enough, where there is a tree. */
static void make_forwarding(struct sea_bridge_port *p)
{
	struct sea_bridge *b = p->bridge;

	if (p->state != SEA_BRIDGE_BLOCKING)
		return;
	if (b->stp.on && b->forward_delay) {
		p->state = SEA_BRIDGE_LISTENING;
	} else {
		p->state = SEA_BRIDGE_FORWARDING;
		topology_change_detection(b);
		sea_timer_cancel(&p->stp.forward_timer);
	}
	sea_rtnl_tell_port(p->link, false);
	if (b->forward_delay) /* without a tree it matters where somebody chooses another state */
		arm(b, &p->stp.forward_timer, b->forward_delay);
}

static void select_state(struct sea_bridge_port *p)
{
	if (p->no == p->bridge->stp.root_port) {
		p->stp.config_pending = p->stp.change_ack = false;
		make_forwarding(p);
	} else if (sea_stp_is_designated(p)) {
		sea_timer_cancel(&p->stp.age_timer);
		make_forwarding(p);
	} else {
		p->stp.config_pending = p->stp.change_ack = false;
		make_blocking(p);
	}
}

void sea_stp_state_selection(struct sea_bridge *b)
{
	struct sea_bridge_port *p;

	SEA_BRIDGE_EACH_PORT(p, b)
	{
		if (p->state != SEA_BRIDGE_DISABLED)
			select_state(p);
	}
	sea_bridge_follow_states(b);
}

/* Whatever another root said, which is still in force where a tree ended and begins again. */
void sea_stp_start_hello(struct sea_bridge *b)
{
	arm(b, &b->stp.hello_timer, sea_max_u32(b->hello_time, SEA_STP_HELLO_MIN));
}

static void become_root(struct sea_bridge *b)
{
	b->max_age = b->stp.own.max_age;
	b->hello_time = b->stp.own.hello_time;
	b->forward_delay = b->stp.own.forward_delay;
	topology_change_detection(b);
	sea_timer_cancel(&b->stp.tcn_timer);
	if (!b->link->up || !b->stp.on)
		return;
	sea_stp_config_generation(b);
	sea_stp_start_hello(b);
}

void sea_stp_reconfigure(struct sea_bridge *b, bool was_root)
{
	configuration_update(b);
	sea_stp_state_selection(b);
	if (is_root(b) && !was_root)
		become_root(b);
}

/* -- what is received -- */

static bool supersedes(const struct sea_bridge_port *p, const struct sea_bpdu *m)
{
	int d = compare(&m->root, &p->stp.root);

	if (!d)
		d = order(m->cost, p->stp.cost);
	if (!d)
		d = compare(&m->bridge, &p->stp.bridge);
	if (d)
		return d < 0;
	return compare(&m->bridge, &p->bridge->stp.id) || m->port <= p->stp.port;
}

static void record_information(struct sea_bridge_port *p, const struct sea_bpdu *m)
{
	struct sea_stack *stack = p->bridge->link->stack;
	int64_t age = (int64_t)m->message_age * SEA_SEC / SEA_STP_HZ;

	p->stp.root = m->root;
	p->stp.cost = m->cost;
	p->stp.bridge = m->bridge;
	p->stp.port = m->port;
	p->stp.said_at = sea_time_add(stack->shard.now, -age);
	sea_stack_arm(stack, &p->stp.age_timer,
		      sea_time_add(p->stp.said_at, (int64_t)m->max_age * SEA_SEC / SEA_STP_HZ));
}

static void record_timeouts(struct sea_bridge *b, const struct sea_bpdu *m)
{
	b->max_age = sea_stp_csec(m->max_age);
	b->hello_time = sea_stp_csec(m->hello_time);
	b->forward_delay = sea_stp_csec(m->forward_delay);
	set_topology_change(b, m->flags & SEA_BPDU_CHANGE);
}

/* It is no root any more: it tells the one that is what it was to tell everybody. */
static void give_way(struct sea_bridge *b)
{
	sea_timer_cancel(&b->stp.hello_timer);
	if (!b->stp.change_detected)
		return;
	sea_timer_cancel(&b->stp.change_timer);
	transmit_tcn(b);
	arm(b, &b->stp.tcn_timer, b->stp.own.hello_time);
}

static void receive_config(struct sea_bridge_port *p, const struct sea_bpdu *m)
{
	struct sea_bridge *b = p->bridge;
	bool was_root = is_root(b);

	if (!supersedes(p, m)) {
		if (sea_stp_is_designated(p))
			transmit_config(p);
		return;
	}
	record_information(p, m);
	configuration_update(b);
	sea_stp_state_selection(b);
	if (was_root && !is_root(b))
		give_way(b);
	if (p->no != b->stp.root_port)
		return;
	record_timeouts(b, m);
	sea_stp_config_generation(b);
	if (m->flags & SEA_BPDU_CHANGE_ACK)
		topology_change_acknowledged(b);
}

void sea_stp_receive(struct sea_bridge_port *p, const struct sea_bpdu *m)
{
	if (!m->tcn) {
		receive_config(p, m);
	} else if (sea_stp_is_designated(p)) {
		topology_change_detection(p->bridge);
		p->stp.change_ack = true;
		transmit_config(p);
	}
}

/* -- time passes -- */

static struct sea_bridge *bridge_of(struct sea_stp_bridge *stp)
{
	return sea_container(stp, struct sea_bridge, stp);
}

static struct sea_bridge_port *port_of(struct sea_stp_port *stp)
{
	return sea_container(stp, struct sea_bridge_port, stp);
}

static void hello(struct sea_timer *timer, sea_time now)
{
	struct sea_bridge *b = bridge_of(sea_container(timer, struct sea_stp_bridge, hello_timer));

	(void)now;
	if (!b->link->up)
		return;
	sea_stp_config_generation(b);
	if (b->stp.on)
		sea_stp_start_hello(b);
}

static void tcn(struct sea_timer *timer, sea_time now)
{
	struct sea_bridge *b = bridge_of(sea_container(timer, struct sea_stp_bridge, tcn_timer));

	(void)now;
	if (is_root(b) || !b->link->up)
		return;
	transmit_tcn(b);
	arm(b, &b->stp.tcn_timer, b->stp.own.hello_time);
}

static void change_over(struct sea_timer *timer, sea_time now)
{
	struct sea_bridge *b = bridge_of(sea_container(timer, struct sea_stp_bridge, change_timer));

	(void)now;
	b->stp.change_detected = false;
	set_topology_change(b, false);
}

static void information_too_old(struct sea_timer *timer, sea_time now)
{
	struct sea_bridge_port *p = port_of(sea_container(timer, struct sea_stp_port, age_timer));
	bool was_root = is_root(p->bridge);

	(void)now;
	if (p->state == SEA_BRIDGE_DISABLED)
		return;
	sea_stp_become_designated(p);
	sea_stp_reconfigure(p->bridge, was_root);
}

static bool is_designated_anywhere(struct sea_bridge *b)
{
	struct sea_bridge_port *p;

	SEA_BRIDGE_EACH_PORT(p, b)
	{
		if (p->state != SEA_BRIDGE_DISABLED && !compare(&p->stp.bridge, &b->stp.id))
			return true;
	}
	return false;
}

static void waited(struct sea_timer *timer, sea_time now)
{
	struct sea_bridge_port *p =
		port_of(sea_container(timer, struct sea_stp_port, forward_timer));

	(void)now;
	if (p->state == SEA_BRIDGE_LISTENING) {
		arm(p->bridge, &p->stp.forward_timer, p->bridge->forward_delay);
		p->state = SEA_BRIDGE_LEARNING;
	} else if (p->state == SEA_BRIDGE_LEARNING) {
		p->state = SEA_BRIDGE_FORWARDING;
		if (is_designated_anywhere(p->bridge))
			topology_change_detection(p->bridge);
		sea_bridge_follow_states(p->bridge);
	}
	sea_rtnl_tell_port(p->link, false); /* whatever it was, as on Linux */
}

static void held(struct sea_timer *timer, sea_time now)
{
	struct sea_bridge_port *p = port_of(sea_container(timer, struct sea_stp_port, hold_timer));

	(void)now;
	if (p->stp.config_pending)
		transmit_config(p);
}

void sea_stp_init(struct sea_bridge *b)
{
	sea_timer_init(&b->stp.hello_timer, hello);
	sea_timer_init(&b->stp.tcn_timer, tcn);
	sea_timer_init(&b->stp.change_timer, change_over);
}

void sea_stp_init_port(struct sea_bridge_port *p)
{
	sea_timer_init(&p->stp.age_timer, information_too_old);
	sea_timer_init(&p->stp.forward_timer, waited);
	sea_timer_init(&p->stp.hold_timer, held);
	sea_stp_become_designated(p);
}

void sea_stp_enable_port(struct sea_bridge_port *p)
{
	sea_stp_become_designated(p);
	p->state = SEA_BRIDGE_BLOCKING;
	p->stp.change_ack = p->stp.config_pending = false;
	sea_stp_state_selection(p->bridge);
}

void sea_stp_disable_port(struct sea_bridge_port *p)
{
	struct sea_bridge *b = p->bridge;
	bool was_root = is_root(b);

	sea_stp_become_designated(p);
	p->stp.change_ack = p->stp.config_pending = false;
	set_state(p, SEA_BRIDGE_DISABLED);
	sea_stp_stop_port(p);
	sea_bridge_fdb_flush(b, p, 0, false);
	sea_stp_reconfigure(b, was_root);
}
