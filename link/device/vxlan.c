/* SPDX-License-Identifier: Apache-2.0 */
/* Which VXLANs there are, whose a frame is, and what they take and leave with going up and down. */
#include "link/device/vxlan.h"

#include <errno.h>

#include "core/link_set.h"
#include "core/proto.h"
#include "core/save.h"
#include "core/stack.h"
#include "wire/ipv4.h"
#include "wire/ipv6.h"
#include "wire/udp.h"

#define BUCKETS 16

/* -- found -- */

/* Of what the owner of the stack chose. */
static uint32_t hash_of(uint32_t vni)
{
	return vni * 0x9e3779b1u;
}

static struct sea_vxlan *with_vni(struct sea_hnode *n, uint32_t vni)
{
	for (; n; n = sea_hnode_next(n)) {
		struct sea_vxlan *v = sea_container(n, struct sea_vxlan, node);

		if (v->p.vni == vni)
			return v;
	}
	return NULL;
}

static struct sea_vxlan *first(const struct sea_stack *stack, uint32_t vni)
{
	return with_vni(sea_htable_first(&sea_vxlans_of(stack)->table, hash_of(vni)), vni);
}

static struct sea_vxlan *next(const struct sea_vxlan *v)
{
	return with_vni(sea_hnode_next(&v->node), v->p.vni);
}

static bool is_of_link(const struct sea_vxlan *v)
{
	return v->p.family == SEA_AF_INET6 &&
	       (sea_in6_is_link_local(v->p.remote.b) || sea_in6_is_link_local(v->p.local.b));
}

struct sea_vxlan *sea_vxlan_find(const struct sea_stack *stack, uint32_t vni,
				 const struct sea_udp_port *port, int iif)
{
	struct sea_vxlan *v = first(stack, vni);

	for (; v; v = next(v))
		if (v->port && &v->port->udp == port && (!is_of_link(v) || v->p.link == iif))
			return v;
	return NULL;
}

bool sea_vxlan_exists(const struct sea_stack *stack, const struct sea_vxlan_parms *p,
		      const struct sea_vxlan *but)
{
	const struct sea_vxlan *v = first(stack, p->vni);

	for (; v; v = next(v))
		if (v != but && v->p.port == p->port && v->p.family == p->family &&
		    v->p.link == p->link && v->p.no_sum6_rx == p->no_sum6_rx)
			return true;
	return false;
}

/* -- sizes -- */

uint32_t sea_vxlan_hdr_len(const struct sea_vxlan_parms *p)
{
	uint32_t ip = p->family == SEA_AF_INET ? (uint32_t)sizeof(struct sea_ipv4_hdr)
					       : (uint32_t)sizeof(struct sea_ipv6_hdr);

	return ip + (uint32_t)sizeof(struct sea_udp_hdr) + SEA_VXLAN_HDR_LEN +
	       (uint32_t)sizeof(struct sea_ether_hdr);
}

/* As the link takes that it goes out on, where there is one. */
int sea_vxlan_judge_mtu(const struct sea_link *link, uint32_t mtu)
{
	const struct sea_vxlan_parms *p = &sea_vxlan_of(link)->p;
	const struct sea_link *lower = p->link ? sea_link_by_index(link->stack, p->link) : NULL;

	return lower && mtu + sea_vxlan_hdr_len(p) > lower->mtu ? -EINVAL : 0;
}

/* -- the port -- */

/* Another one has it, and it can be shared. */
static struct sea_vxlan_port *port_of_others(const struct sea_vxlan *v)
{
	struct sea_udp_port *udp = sea_udp_port_find(v->link->stack, v->p.family, v->p.port);

	return udp && udp->input == sea_vxlan_input && udp->takes_unchecked == v->p.no_sum6_rx
		       ? sea_container(udp, struct sea_vxlan_port, udp)
		       : NULL;
}

int sea_vxlan_judge_up(const struct sea_link *link)
{
	const struct sea_vxlan *v = sea_vxlan_of(link);
	const struct sea_stack *stack = link->stack;

	if (port_of_others(v))
		return 0;
	if (!stack->udp_in_use || !sea_ip_ops_of(stack, v->p.family))
		return -EAFNOSUPPORT;
	return sea_udp_port_find(stack, v->p.family, v->p.port) ||
			       stack->udp_in_use(stack, v->p.family, v->p.port)
		       ? -EADDRINUSE
		       : 0;
}

static int new_port(struct sea_vxlan *v, struct sea_vxlan_port **port)
{
	struct sea_stack *stack = v->link->stack;
	struct sea_vxlan_port *p = sea_pool_zalloc(&stack->shard.pool, sizeof(*p));
	int err;

	if (!p)
		return -ENOMEM;
	p->udp = (struct sea_udp_port){ .family = v->p.family,
					.port = v->p.port,
					.takes_unchecked = v->p.no_sum6_rx,
					.input = sea_vxlan_input,
					.icmp_error = sea_vxlan_icmp_error };
	err = sea_udp_port_take(stack, &p->udp);
	if (err)
		sea_pool_free(&stack->shard.pool, p, sizeof(*p));
	else
		*port = p;
	return err;
}

static int up(struct sea_stack *stack, struct sea_link *link)
{
	struct sea_vxlan *v = sea_vxlan_of(link);
	struct sea_vxlan_port *port;
	int err = 0;

	(void)stack;
	if (link->kind != &sea_kind_vxlan)
		return 0;
	port = port_of_others(v);
	if (!port)
		err = new_port(v, &port);
	if (err)
		return err;
	port->users++;
	v->port = port;
	return 0;
}

static void leave_port(struct sea_vxlan *v)
{
	struct sea_vxlan_port *port = v->port;

	v->port = NULL;
	if (--port->users)
		return;
	sea_udp_port_leave(&port->udp);
	sea_pool_free(&v->link->stack->shard.pool, port, sizeof(*port));
}

/* What was learned is forgotten (as on Linux). */
static void down(struct sea_stack *stack, struct sea_link *link)
{
	struct sea_vxlan *v = sea_vxlan_of(link);
	struct sea_aged *aged;

	(void)stack;
	if (link->kind != &sea_kind_vxlan || !v->port)
		return;
	leave_port(v);
	while ((aged = sea_ageing_oldest(&v->ageing)))
		sea_vxlan_fdb_del(v, sea_container(aged, struct sea_vxlan_fdb, aged));
}

/* -- the link that it goes out on -- */

static struct sea_link *next_on(struct sea_stack *stack, int ifindex)
{
	struct sea_link *link = NULL;

	while ((link = sea_link_next(stack, link)))
		if (link->kind == &sea_kind_vxlan && sea_vxlan_of(link)->p.link == ifindex)
			return link;
	return NULL;
}

/* They go with it, though they do not stand on it: it may be down, and says nothing of their carrier. */
static void leaving(struct sea_stack *stack, struct sea_link *link)
{
	struct sea_link *vxlan;

	while ((vxlan = next_on(stack, link->ifindex)))
		sea_link_end(vxlan);
}

/* -- come and go -- */

static const struct sea_link_observer observer = { .up = up, .down = down, .leaving = leaving };

int sea_vxlan_begin(struct sea_link *link, const struct sea_vxlan_parms *p)
{
	struct sea_vxlan *v = sea_vxlan_of(link);

	v->link = link;
	v->p = *p;
	v->key = sea_secret_key(&link->stack->shard.secret);
	sea_vxlan_fdb_init(v);
	return sea_htable_insert(&sea_vxlans_of(link->stack)->table, &v->node, hash_of(p->vni));
}

void sea_vxlan_end(struct sea_link *link)
{
	struct sea_vxlan *v = sea_vxlan_of(link);

	if (v->node.linked)
		sea_htable_remove(&sea_vxlans_of(link->stack)->table, &v->node);
	if (v->link)
		sea_vxlan_fdb_fini(v);
}

void sea_vxlans_init(struct sea_vxlans *vxlans, struct sea_stack *stack)
{
	sea_htable_init(&vxlans->table, &stack->shard.pool, BUCKETS);
	sea_stack_add_link_observer(stack, &observer);
}

void sea_vxlans_fini(struct sea_vxlans *vxlans)
{
	sea_htable_fini(&vxlans->table);
}

/* -- saved -- */

enum {
	SAVED_TTL_INHERIT = 1,
	SAVED_LEARNING = 2,
	SAVED_LOCALBYPASS = 4,
	SAVED_SUM_TX = 8,
	SAVED_NO_SUM6_TX = 16,
	SAVED_NO_SUM6_RX = 32,
};

static uint8_t flags_of(const struct sea_vxlan_parms *p)
{
	return (uint8_t)((p->ttl_inherit ? SAVED_TTL_INHERIT : 0) |
			 (p->learning ? SAVED_LEARNING : 0) |
			 (p->localbypass ? SAVED_LOCALBYPASS : 0) | (p->sum_tx ? SAVED_SUM_TX : 0) |
			 (p->no_sum6_tx ? SAVED_NO_SUM6_TX : 0) |
			 (p->no_sum6_rx ? SAVED_NO_SUM6_RX : 0));
}

static void take_flags(struct sea_vxlan_parms *p, uint8_t flags)
{
	p->ttl_inherit = flags & SAVED_TTL_INHERIT;
	p->learning = flags & SAVED_LEARNING;
	p->localbypass = flags & SAVED_LOCALBYPASS;
	p->sum_tx = flags & SAVED_SUM_TX;
	p->no_sum6_tx = flags & SAVED_NO_SUM6_TX;
	p->no_sum6_rx = flags & SAVED_NO_SUM6_RX;
}

void sea_vxlan_save(const struct sea_link *link, struct sea_saver *to)
{
	const struct sea_vxlan *v = sea_vxlan_of(link);
	const struct sea_vxlan_parms *p = &v->p;

	sea_save_u32(to, p->vni);
	sea_save_u8(to, p->family);
	sea_save_bytes(to, p->remote.b, sizeof(p->remote.b));
	sea_save_bytes(to, p->local.b, sizeof(p->local.b));
	sea_save_u32(to, (uint32_t)p->link);
	sea_save_u8(to, p->ttl);
	sea_save_u8(to, p->tos);
	sea_save_u8(to, p->df);
	sea_save_u8(to, flags_of(p));
	sea_save_u32(to, p->label);
	sea_save_u32(to, p->age_s);
	sea_save_u32(to, p->limit);
	sea_save_u16(to, p->port);
	sea_save_u16(to, p->port_min);
	sea_save_u16(to, p->port_max);
	sea_save_u64(to, v->key.k0);
	sea_save_u64(to, v->key.k1);
	sea_vxlan_fdb_save(v, to);
}

static void load_parms(struct sea_loader *from, struct sea_vxlan_parms *p)
{
	p->vni = sea_load_count(from, SEA_VXLAN_VNI_MAX);
	p->family = sea_load_u8(from);
	sea_load_bytes(from, p->remote.b, sizeof(p->remote.b));
	sea_load_bytes(from, p->local.b, sizeof(p->local.b));
	p->link = (int32_t)sea_load_count(from, 65535);
	p->ttl = sea_load_u8(from);
	p->tos = sea_load_u8(from);
	p->df = sea_load_u8(from);
	take_flags(p, sea_load_u8(from));
	p->label = sea_load_u32(from);
	p->age_s = sea_load_u32(from);
	p->limit = sea_load_u32(from);
	p->port = sea_load_u16(from);
	p->port_min = sea_load_u16(from);
	p->port_max = sea_load_u16(from);
}

static bool is_sane(struct sea_stack *stack, const struct sea_vxlan_parms *p)
{
	return (p->family == SEA_AF_INET || p->family == SEA_AF_INET6) && p->age_s && p->port &&
	       p->df <= SEA_VXLAN_DF_INHERIT && p->label <= 0xfffff &&
	       (!p->link || sea_link_by_index(stack, p->link)) && !sea_vxlan_exists(stack, p, NULL);
}

int sea_vxlan_load(struct sea_link *link, struct sea_loader *from)
{
	struct sea_vxlan *v = sea_vxlan_of(link);
	struct sea_vxlan_parms p = { 0 };
	struct sea_siphash_key key;
	int err;

	load_parms(from, &p);
	key.k0 = sea_load_u64(from);
	key.k1 = sea_load_u64(from);
	if (from->err || !is_sane(link->stack, &p))
		return from->err ? from->err : -EINVAL;
	err = sea_vxlan_begin(link, &p);
	if (err)
		return err;
	v->key = key;
	return sea_vxlan_fdb_load(v, from);
}
