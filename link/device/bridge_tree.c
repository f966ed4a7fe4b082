/* SPDX-License-Identifier: Apache-2.0 */
/* Spanning trees: what is chosen of them, what happens to their bridges and ports, and what is kept. */
#include <string.h>

#include "core/save.h"
#include "core/stack.h"
#include "link/device/bridge_stp.h"

/* Of a tree, hundredths of a second. */
#define FORWARD_DELAY_MIN 200u
#define FORWARD_DELAY_MAX 3000u

static bool same(const struct sea_stp_id *x, const struct sea_stp_id *y)
{
	return !memcmp(x->b, y->b, sizeof(x->b));
}

static bool is_root(const struct sea_bridge *b)
{
	return same(&b->stp.id, &b->stp.root);
}

/* -- ends -- */

static struct sea_timerq *timers_of(const struct sea_bridge *b)
{
	return &b->link->stack->shard.timers;
}

void sea_stp_stop_port(struct sea_bridge_port *p)
{
	sea_timer_cancel(&p->stp.age_timer);
	sea_timer_cancel(&p->stp.forward_timer);
	sea_timer_cancel(&p->stp.hold_timer);
}

void sea_stp_fini_port(struct sea_bridge_port *p)
{
	sea_timer_remove(timers_of(p->bridge), &p->stp.age_timer);
	sea_timer_remove(timers_of(p->bridge), &p->stp.forward_timer);
	sea_timer_remove(timers_of(p->bridge), &p->stp.hold_timer);
}

void sea_stp_fini(struct sea_bridge *b)
{
	sea_timer_remove(timers_of(b), &b->stp.hello_timer);
	sea_timer_remove(timers_of(b), &b->stp.tcn_timer);
	sea_timer_remove(timers_of(b), &b->stp.change_timer);
}

/* -- up and down -- */

static void stop(struct sea_bridge *b)
{
	if (b->stp.topology_change)
		sea_bridge_fdb_set_ageing(b, b->stp.ageing_time);
	b->stp.topology_change = b->stp.change_detected = false;
	sea_timer_cancel(&b->stp.hello_timer);
	sea_timer_cancel(&b->stp.tcn_timer);
	sea_timer_cancel(&b->stp.change_timer);
}

void sea_stp_bridge_up(struct sea_bridge *b, bool up)
{
	if (!up)
		stop(b);
	else if (b->stp.on)
		sea_stp_start_hello(b);
}

/* What is blocked when a tree ends stays so (as on Linux), until something else decides about ports. */
void sea_stp_set(struct sea_bridge *b, bool on)
{
	struct sea_stp_times times = b->stp.own;

	if (b->stp.on == on)
		return;
	b->stp.on = on;
	if (!on)
		return;
	if (times.forward_delay < FORWARD_DELAY_MIN)
		times.forward_delay = FORWARD_DELAY_MIN;
	if (times.forward_delay > FORWARD_DELAY_MAX)
		times.forward_delay = FORWARD_DELAY_MAX;
	sea_stp_set_times(b, &times);
	if (b->link->up)
		sea_stp_start_hello(b);
	sea_stp_state_selection(b);
}

/* -- chosen -- */

void sea_stp_set_times(struct sea_bridge *b, const struct sea_stp_times *times)
{
	b->stp.own = *times;
	if (!is_root(b))
		return;
	b->forward_delay = times->forward_delay;
	b->hello_time = times->hello_time;
	b->max_age = times->max_age;
}

void sea_stp_follow_id(struct sea_bridge *b)
{
	const struct sea_stp_id id = sea_stp_own_id(b), old = b->stp.id;
	bool was_root = is_root(b);
	struct sea_bridge_port *p;

	if (same(&id, &old))
		return;
	SEA_BRIDGE_EACH_PORT(p, b)
	{
		if (same(&p->stp.bridge, &old))
			p->stp.bridge = id;
		if (same(&p->stp.root, &old))
			p->stp.root = id;
	}
	b->stp.id = id;
	if (was_root)
		b->stp.root = id;
	sea_stp_reconfigure(b, was_root);
}

void sea_stp_set_cost(struct sea_bridge_port *p, uint32_t cost)
{
	p->cost = cost;
	sea_stp_reconfigure(p->bridge, is_root(p->bridge));
}

void sea_stp_set_priority(struct sea_bridge_port *p, uint8_t priority)
{
	bool designated = sea_stp_is_designated(p);

	p->priority = priority;
	if (designated)
		p->stp.port = sea_stp_port_id(p);
	if (!same(&p->stp.bridge, &p->bridge->stp.id) || sea_stp_port_id(p) >= p->stp.port)
		return;
	sea_stp_become_designated(p);
	sea_stp_state_selection(p->bridge);
}

/* -- saved -- */

void sea_stp_save(const struct sea_bridge *b, struct sea_saver *to)
{
	const struct sea_stp_bridge *s = &b->stp;

	sea_save_u8(to, (uint8_t)(s->on | s->topology_change << 1 | s->change_detected << 2));
	sea_save_bytes(to, s->id.b, sizeof(s->id.b));
	sea_save_bytes(to, s->root.b, sizeof(s->root.b));
	sea_save_u32(to, s->root_cost);
	sea_save_u16(to, s->root_port);
	sea_save_u32(to, s->own.forward_delay);
	sea_save_u32(to, s->own.hello_time);
	sea_save_u32(to, s->own.max_age);
	sea_save_u32(to, s->ageing_time);
	sea_save_timer(to, &s->hello_timer);
	sea_save_timer(to, &s->tcn_timer);
	sea_save_timer(to, &s->change_timer);
}

void sea_stp_load(struct sea_bridge *b, struct sea_loader *from)
{
	struct sea_stack *stack = b->link->stack;
	struct sea_stp_bridge *s = &b->stp;
	uint8_t flags = sea_load_u8(from);

	s->on = flags & 1;
	s->topology_change = flags & 2;
	s->change_detected = flags & 4;
	sea_load_bytes(from, s->id.b, sizeof(s->id.b));
	sea_load_bytes(from, s->root.b, sizeof(s->root.b));
	s->root_cost = sea_load_u32(from);
	s->root_port = sea_load_u16(from);
	s->own.forward_delay = sea_load_u32(from);
	s->own.hello_time = sea_load_u32(from);
	s->own.max_age = sea_load_u32(from);
	s->ageing_time = sea_load_u32(from);
	sea_load_timer(from, stack, &s->hello_timer);
	sea_load_timer(from, stack, &s->tcn_timer);
	sea_load_timer(from, stack, &s->change_timer);
}

void sea_stp_save_port(const struct sea_bridge_port *p, struct sea_saver *to)
{
	const struct sea_stp_port *s = &p->stp;

	sea_save_bytes(to, s->root.b, sizeof(s->root.b));
	sea_save_bytes(to, s->bridge.b, sizeof(s->bridge.b));
	sea_save_u32(to, s->cost);
	sea_save_u16(to, s->port);
	sea_save_time(to, s->said_at);
	sea_save_u8(to, (uint8_t)(s->change_ack | s->config_pending << 1));
	sea_save_timer(to, &s->age_timer);
	sea_save_timer(to, &s->forward_timer);
	sea_save_timer(to, &s->hold_timer);
}

void sea_stp_load_port(struct sea_bridge_port *p, struct sea_loader *from)
{
	struct sea_stack *stack = p->link->stack;
	struct sea_stp_port *s = &p->stp;
	uint8_t flags;

	sea_load_bytes(from, s->root.b, sizeof(s->root.b));
	sea_load_bytes(from, s->bridge.b, sizeof(s->bridge.b));
	s->cost = sea_load_u32(from);
	s->port = sea_load_u16(from);
	s->said_at = sea_load_time(from);
	flags = sea_load_u8(from);
	s->change_ack = flags & 1;
	s->config_pending = flags & 2;
	sea_load_timer(from, stack, &s->age_timer);
	sea_load_timer(from, stack, &s->forward_timer);
	sea_load_timer(from, stack, &s->hold_timer);
}
