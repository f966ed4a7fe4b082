/* SPDX-License-Identifier: Apache-2.0 */
/* Links as configuration: added, changed, shown, deleted. How frames flow is link_io.c. */
#include "core/link.h"

#include <errno.h>
#include <string.h>

#include "core/abi.h"
#include "core/link_kind.h"
#include "core/link_set.h"
#include "core/qdisc.h"
#include "core/stack.h"

static const struct sea_framing *framing_of(enum sea_link_type type)
{
	switch (type) {
	case SEA_LINK_ETHERNET:
		return &sea_framing_ether;
	case SEA_LINK_LOOPBACK:
		return &sea_framing_loopback;
	case SEA_LINK_IP:
		return &sea_framing_ip;
	case SEA_LINK_VRF:
		return &sea_framing_vrf;
	}
	return NULL;
}

bool sea_link_name_valid(const char *name)
{
	size_t len = name ? strnlen(name, SEA_IFNAMSIZ) : 0;

	if (len == 0 || len == SEA_IFNAMSIZ || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return false;
	for (; *name; name++)
		if (*name == '/' || *name == ':' || *name == ' ' ||
		    (*name >= '\t' && *name <= '\r'))
			return false;
	return true;
}

/* Links without a device below carry whatever IP can be. */
static bool mtu_valid(enum sea_link_type type, const struct sea_link_kind *kind, uint32_t mtu)
{
	bool virtual = type == SEA_LINK_LOOPBACK || type == SEA_LINK_VRF ||
		       (kind && !kind->mtu_max);

	return mtu >= SEA_LINK_MTU_MIN &&
	       mtu <= (virtual ? SEA_LINK_MTU_VIRTUAL : SEA_LINK_MTU_MAX);
}

/* Indices that were given are passed over. */
static int next_index(struct sea_stack *stack)
{
	while (sea_link_by_index(stack, stack->next_ifindex))
		stack->next_ifindex++;
	return stack->next_ifindex;
}

static int check_index(struct sea_stack *stack, const struct sea_link_birth *birth)
{
	if (sea_link_by_index(stack, birth->ifindex))
		return -EBUSY;
	return (birth->ifindex ? birth->ifindex : next_index(stack)) > 65535 ? -ENOSPC : 0;
}

static int check(struct sea_stack *stack, const struct sea_link_config *config,
		 const struct sea_link_birth *birth)
{
	if (config->size != sizeof(*config) || !sea_link_name_valid(config->name) ||
	    !framing_of(config->type))
		return -EINVAL;
	if (config->mtu && !mtu_valid(config->type, birth->kind, config->mtu))
		return -EINVAL;
	if ((config->features & (SEA_LINK_F_TSO4 | SEA_LINK_F_TSO6 | SEA_LINK_F_USO)) &&
	    !(config->features & SEA_LINK_F_TX_CSUM))
		return -EINVAL;
	if (!config->vrf_table != (config->type != SEA_LINK_VRF))
		return -EINVAL;
	if (config->mac[0] & 1)
		return -EINVAL;
	if (config->qdisc && !sea_qdisc_find(stack, config->qdisc))
		return -EINVAL;
	if (sea_link_by_any_name(stack, config->name))
		return -EEXIST;
	return check_index(stack, birth);
}

/* Locally administered, unicast (IEEE 802). */
static struct sea_mac random_mac(struct sea_stack *stack)
{
	uint64_t r = sea_secret_u64(&stack->shard.secret);
	struct sea_mac mac;

	memcpy(mac.b, &r, sizeof(mac.b));
	mac.b[0] = (uint8_t)((mac.b[0] & 0xfc) | 0x02);
	return mac;
}

static void fill(struct sea_link *link, struct sea_stack *stack,
		 const struct sea_link_config *config)
{
	link->stack = stack;
	memcpy(link->name, config->name, strlen(config->name) + 1);
	link->type = config->type;
	link->framing = framing_of(config->type);
	link->turn = link->framing->turn;
	memcpy(link->mac.b, config->mac, sizeof(link->mac.b));
	if (link->type == SEA_LINK_ETHERNET && sea_mac_is_zero(&link->mac))
		link->mac = random_mac(stack);
	link->vrf_table = config->vrf_table;
	link->mtu = config->mtu ? config->mtu : config->vrf_table ? SEA_LINK_MTU_VIRTUAL : 1500;
	link->features = link->features_made = config->features;
	link->txqueuelen = config->txqueuelen ? config->txqueuelen : 1000;
	link->carrier = true;
	sea_pktq_init(&link->ready);
	sea_pktq_init(&link->input);
	sea_list_init(&link->tx_node);
	sea_list_init(&link->rx_node);
	sea_list_init(&link->wrappers);
	sea_list_init(&link->event);
	sea_list_init(&link->altnames);
	link->flags = sea_link_type_flags(config->type);
}

static int fill_kind(struct sea_link *link, const struct sea_link_kind *kind)
{
	if (!kind)
		return 0;
	if (kind->state_size) {
		link->kind_state = sea_pool_zalloc(&link->stack->shard.pool, kind->state_size);
		if (!link->kind_state)
			return -ENOMEM;
	}
	link->kind = kind;
	link->framing = kind->framing;
	link->turn = kind->framing->turn;
	link->flags = kind->flags;
	link->pump = kind->xmit ? sea_link_pump : NULL;
	return 0;
}

static void free_kind(struct sea_link *link)
{
	if (link->kind_state)
		sea_pool_free(&link->stack->shard.pool, link->kind_state, link->kind->state_size);
	if (link->lower)
		link->lower->n_uppers--;
}

static void observe(struct sea_link *link, size_t op)
{
	struct sea_stack *stack = link->stack;

	for (unsigned i = 0; i < SEA_LINK_OBSERVERS_MAX && stack->link_observers[i]; i++) {
		void (*fn)(struct sea_stack *, struct sea_link *);

		memcpy(&fn, (const char *)stack->link_observers[i] + op, sizeof(fn));
		if (fn)
			fn(stack, link);
	}
}

#define OBSERVE(link, op) observe(link, offsetof(struct sea_link_observer, op))

/* `gone` is harmless to an observer that has not heard of the link. */
static int introduce(struct sea_link *link)
{
	struct sea_stack *stack = link->stack;
	int err = 0;

	for (unsigned i = 0; !err && i < SEA_LINK_OBSERVERS_MAX && stack->link_observers[i]; i++)
		if (stack->link_observers[i]->added)
			err = stack->link_observers[i]->added(stack, link);
	if (err)
		OBSERVE(link, gone);
	return err;
}

/* In the order of indices. */
static void list_link(struct sea_link *link)
{
	struct sea_list *before = link->stack->links.prev;

	while (before != &link->stack->links &&
	       sea_container(before, struct sea_link, node)->ifindex > link->ifindex)
		before = before->prev;
	sea_list_insert(&link->node, before, before->next);
}

static int equip(struct sea_link *link, const struct sea_link_config *config,
		 const struct sea_link_kind *kind)
{
	struct sea_stack *stack = link->stack;
	const struct sea_qdisc_config qdisc = {
		.size = sizeof(qdisc),
		.kind = config->qdisc ? config->qdisc : stack->sysctl.default_qdisc,
	};
	int err = fill_kind(link, kind);

	if (!err)
		err = sea_queue_make(link, &link->queue, &qdisc);
	if (err)
		return err;
	err = introduce(link);
	if (err)
		sea_queue_end(link, &link->queue, SEA_DROP_LINK_DELETED);
	return err;
}

int sea_link_make_as(struct sea_stack *stack, const struct sea_link_config *config,
		     const struct sea_link_birth *birth, struct sea_link **out)
{
	struct sea_link *link;
	int err = check(stack, config, birth);

	if (err)
		return err;
	link = sea_pool_zalloc(&stack->shard.pool, sizeof(*link));
	if (!link)
		return -ENOMEM;
	fill(link, stack, config);
	link->untold = birth->untold;
	link->ifindex = birth->ifindex ? birth->ifindex : stack->next_ifindex;
	err = equip(link, config, birth->kind);
	if (err) {
		free_kind(link);
		sea_pool_free(&stack->shard.pool, link, sizeof(*link));
		return err;
	}
	stack->next_ifindex += !birth->ifindex;
	stack->n_vrfs += link->type == SEA_LINK_VRF;
	list_link(link);
	if (!link->untold)
		OBSERVE(link, appeared);
	*out = link;
	return 0;
}

void sea_link_announce(struct sea_link *link)
{
	link->untold = false;
	OBSERVE(link, appeared);
}

int sea_link_make(struct sea_stack *stack, const struct sea_link_config *config,
		  struct sea_link **out)
{
	const struct sea_link_birth birth = { 0 };

	return sea_link_make_as(stack, config, &birth, out);
}

int sea_link_add(struct sea_stack *stack, const struct sea_link_config *config,
		 struct sea_link **link, sea_time now)
{
	int err;

	*link = NULL;
	sea_stack_enter(stack, now);
	err = sea_link_make(stack, config, link);
	sea_stack_leave(stack);
	return err;
}

static void drop_queue(struct sea_link *link, struct sea_pktq *q)
{
	struct sea_pkt *pkt;

	while ((pkt = sea_pktq_pop(q)))
		sea_pkt_drop(link->stack, pkt, SEA_DROP_LINK_DELETED);
}

static void remove_wrappers(struct sea_link *link)
{
	struct sea_list *node;

	while ((node = sea_list_last(&link->wrappers))) {
		struct sea_wrapper *w = sea_container(node, struct sea_wrapper, node);

		sea_list_remove(node);
		w->ops->free(w);
	}
}

/* For good; of a wire that is cut, its end knows. */
static void close_link(struct sea_link *link, bool wire)
{
	if (!link->up)
		return;
	link->up = false;
	if (wire)
		sea_link_carrier(link, false);
	sea_link_tell(link, SEA_IFF_UP | SEA_IFF_RUNNING);
	OBSERVE(link, down);
}

static void take_away(struct sea_link *link)
{
	struct sea_stack *stack = link->stack;

	sea_link_end_uppers(link);
	sea_link_leave_master(link);
	link->was_up = false; /* so that its queue is shown as gone */
	if (!link->untold)
		OBSERVE(link, leaving);
	OBSERVE(link, gone);
	if (link->kind && link->kind->end)
		link->kind->end(link);
	sea_stack_routes_changed(stack);
	if (link->detached)
		link->detached(link);
	remove_wrappers(link);
	sea_queue_end(link, &link->queue, SEA_DROP_LINK_DELETED);
	sea_link_free_ingress(link);
	drop_queue(link, &link->ready);
	drop_queue(link, &link->input);
	sea_list_remove(&link->tx_node);
	sea_list_remove(&link->rx_node);
	sea_list_remove(&link->event);
	sea_list_remove(&link->node);
	if (stack->loopback == link)
		stack->loopback = NULL;
	sea_link_forget_words(link);
	free_kind(link);
	sea_pool_free(&stack->shard.pool, link, sizeof(*link));
}

void sea_link_end(struct sea_link *link)
{
	struct sea_link *peer = link->peer;

	sea_link_free_members(link);
	link->stack->n_vrfs -= link->type == SEA_LINK_VRF;
	if (peer)
		link->peer = peer->peer = NULL;
	close_link(link, peer);
	if (peer)
		close_link(peer, true);
	take_away(link);
	if (peer)
		take_away(peer);
}

void sea_link_del(struct sea_link *link, sea_time now)
{
	struct sea_stack *stack = link->stack;

	sea_stack_enter(stack, now);
	sea_link_end(link);
	sea_stack_leave(stack);
}

struct sea_link *sea_link_by_name(struct sea_stack *stack, const char *name)
{
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, &stack->links)
	{
		struct sea_link *link = sea_container(node, struct sea_link, node);

		if (strcmp(link->name, name) == 0)
			return link;
	}
	return NULL;
}

struct sea_link *sea_link_by_index(struct sea_stack *stack, int ifindex)
{
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, &stack->links)
	{
		struct sea_link *link = sea_container(node, struct sea_link, node);

		if (link->ifindex == ifindex)
			return link;
	}
	return NULL;
}

struct sea_link *sea_link_next(struct sea_stack *stack, const struct sea_link *prev)
{
	struct sea_list *node = prev ? prev->node.next : stack->links.next;

	return node == &stack->links ? NULL : sea_container(node, struct sea_link, node);
}

void sea_link_info(const struct sea_link *link, struct sea_link_info *info)
{
	struct sea_link_info ours = {
		.ifindex = link->ifindex,
		.type = link->type,
		.mtu = link->mtu,
		.features = link->features,
		.txqueuelen = link->txqueuelen,
		.up = link->up,
		.carrier = link->carrier,
		.master = link->master ? link->master->ifindex : 0,
		.vrf_table = link->vrf_table,
		.stats = link->stats,
	};

	memcpy(ours.name, link->name, sizeof(ours.name));
	memcpy(ours.mac, link->mac.b, sizeof(ours.mac));
	sea_abi_fill(info, &ours, sizeof(ours));
}

struct sea_stack *sea_link_stack(const struct sea_link *link)
{
	return link->stack;
}

void sea_link_raise(struct sea_link *link, uint32_t event_mask)
{
	link->event_mask |= event_mask;
	if (!sea_list_linked(&link->event))
		sea_list_push_back(&link->stack->shard.link_events, &link->event);
}

static void go_down(struct sea_link *link, uint32_t flags)
{
	link->up = false;
	if (link->peer)
		sea_link_carrier(link, false);
	sea_link_tell(link, flags | SEA_IFF_UP);
	OBSERVE(link, down);
	if (link->peer)
		sea_link_carrier(link->peer, false);
	sea_stack_routes_changed(link->stack);
	sea_link_raise(link, SEA_LINK_EVENT_DOWN);
}

static int go_up(struct sea_link *link, uint32_t flags)
{
	struct sea_stack *stack = link->stack;
	int err = link->kind && link->kind->judge_up ? link->kind->judge_up(link) : 0;

	if (err)
		return err;
	link->up = link->was_up = true;
	sea_link_tell(link, flags | SEA_IFF_UP);
	if (link->peer && link->peer->up) {
		sea_link_carrier(link, true);
		sea_link_carrier(link->peer, true);
	}
	for (unsigned i = 0; !err && i < SEA_LINK_OBSERVERS_MAX && stack->link_observers[i]; i++)
		if (stack->link_observers[i]->up)
			err = stack->link_observers[i]->up(stack, link);
	if (err) {
		go_down(link, 0);
		return err;
	}
	sea_stack_routes_changed(stack);
	sea_link_raise(link, SEA_LINK_EVENT_UP);
	return 0;
}

int sea_link_go(struct sea_link *link, bool up, uint32_t flags)
{
	if (up)
		return go_up(link, flags);
	go_down(link, flags);
	return 0;
}

int sea_link_up(struct sea_link *link, bool up)
{
	return link->up == up ? 0 : sea_link_go(link, up, 0);
}

int sea_link_set_up(struct sea_link *link, bool up, sea_time now)
{
	int err;

	sea_stack_enter(link->stack, now);
	err = sea_link_up(link, up);
	sea_stack_leave(link->stack);
	return err;
}

int sea_link_change_mtu(struct sea_link *link, uint32_t mtu)
{
	int err = 0;

	if (!mtu_valid(link->type, link->kind, mtu))
		return -EINVAL;
	if (link->kind && link->kind->judge_mtu)
		err = link->kind->judge_mtu(link, mtu);
	if (err)
		return err;
	link->mtu = mtu;
	sea_link_tell(link, 0);
	OBSERVE(link, mtu);
	sea_stack_routes_changed(link->stack);
	sea_link_raise(link, SEA_LINK_EVENT_MTU);
	return 0;
}

int sea_link_set_mtu(struct sea_link *link, uint32_t mtu, sea_time now)
{
	int err;

	sea_stack_enter(link->stack, now);
	err = sea_link_change_mtu(link, mtu);
	sea_stack_leave(link->stack);
	return err;
}

int sea_link_change_mac(struct sea_link *link, const struct sea_mac *mac)
{
	if (sea_mac_is_multicast(mac) || sea_mac_is_zero(mac))
		return -EINVAL;
	link->mac = *mac;
	sea_link_tell(link, 0);
	OBSERVE(link, mac);
	sea_link_raise(link, SEA_LINK_EVENT_MAC);
	return 0;
}

int sea_link_set_mac(struct sea_link *link, const uint8_t mac[6], sea_time now)
{
	struct sea_mac new_mac;
	int err;

	memcpy(new_mac.b, mac, sizeof(new_mac.b));
	sea_stack_enter(link->stack, now);
	err = sea_link_change_mac(link, &new_mac);
	sea_stack_leave(link->stack);
	return err;
}

void sea_link_carrier(struct sea_link *link, bool on)
{
	if (link->carrier == on)
		return;
	link->carrier = on;
	if (on)
		link->carrier_ups++;
	else
		link->carrier_downs++;
	OBSERVE(link, carrier);
	sea_link_tell_running(link);
	sea_link_raise(link, on ? SEA_LINK_EVENT_UP : SEA_LINK_EVENT_DOWN);
}

void sea_link_set_carrier(struct sea_link *link, bool on, sea_time now)
{
	sea_stack_enter(link->stack, now);
	sea_link_carrier(link, on);
	sea_stack_leave(link->stack);
}
