/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Links, written out and made again: what they are called and how they are set. Drivers, wrappers and
 * pairs are the consumer's to attach; frames that waited are lost; addresses come with the modules.
 */
#include <errno.h>
#include <string.h>

#include "core/link_kind.h"
#include "core/link_set.h"
#include "core/save_stack.h"
#include "core/stack.h"

static void save_stats(struct sea_saver *to, const struct sea_link_stats *s)
{
	const uint64_t v[] = { s->rx_packets, s->rx_bytes,   s->rx_dropped,
			       s->rx_errors,  s->tx_packets, s->tx_bytes,
			       s->tx_dropped, s->tx_errors,  s->multicast };

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++)
		sea_save_u64(to, v[i]);
}

static void load_stats(struct sea_loader *from, struct sea_link_stats *s)
{
	s->rx_packets = sea_load_u64(from);
	s->rx_bytes = sea_load_u64(from);
	s->rx_dropped = sea_load_u64(from);
	s->rx_errors = sea_load_u64(from);
	s->tx_packets = sea_load_u64(from);
	s->tx_bytes = sea_load_u64(from);
	s->tx_dropped = sea_load_u64(from);
	s->tx_errors = sea_load_u64(from);
	s->multicast = sea_load_u64(from);
}

/* What somebody chose (core/link_set.h). */
static void save_chosen(struct sea_saver *to, const struct sea_link *link)
{
	struct sea_list *node, *tmp;
	uint32_t n = 0;

	sea_save_u32(to, link->group);
	sea_save_u32(to, link->flags);
	sea_save_u32(to, link->promiscuity);
	sea_save_u32(to, link->allmulti);
	sea_save_u32(to, link->carrier_ups);
	sea_save_u32(to, link->carrier_downs);
	sea_save_u8(to, link->was_up);
	sea_save_u8(to, link->hw_stats);
	sea_save_u8(to, link->linkmode);
	sea_save_u32(to, link->features_off);
	sea_save_text(to, link->alias ? link->alias : "");
	SEA_LIST_EACH(node, tmp, &link->altnames)
	n++;
	sea_save_u32(to, n);
	SEA_LIST_EACH(node, tmp, &link->altnames)
	sea_save_text(to, sea_container(node, struct sea_altname, node)->text);
}

static void load_altnames(struct sea_loader *from, struct sea_link *link)
{
	for (uint32_t n = sea_load_count(from, 65535); n && !from->err; n--) {
		char name[256];

		sea_load_text(from, name);
		if (!from->err)
			sea_load_fail(from, sea_link_altname_add(link, name));
	}
}

static void load_chosen(struct sea_loader *from, struct sea_link *link)
{
	char alias[256];

	link->group = sea_load_u32(from);
	link->flags = sea_load_u32(from);
	link->promiscuity = sea_load_u32(from);
	link->allmulti = sea_load_u32(from);
	link->carrier_ups = sea_load_u32(from);
	link->carrier_downs = sea_load_u32(from);
	link->was_up = sea_load_u8(from);
	link->hw_stats = sea_load_u8(from);
	link->linkmode = sea_load_u8(from);
	(void)sea_link_do_without(link, sea_load_u32(from));
	sea_load_text(from, alias);
	if (!from->err)
		sea_load_fail(from, sea_link_set_alias(link, alias));
	load_altnames(from, link);
}

static void save_link(struct sea_saver *to, const struct sea_link *link)
{
	sea_save_u32(to, (uint32_t)link->ifindex);
	sea_save_text(to, link->name);
	sea_save_u8(to, (uint8_t)link->type);
	sea_save_bytes(to, link->mac.b, sizeof(link->mac.b));
	sea_save_u32(to, link->mtu);
	sea_save_u32(to, link->features_made);
	sea_save_u32(to, link->txqueuelen);
	sea_save_u32(to, link->vrf_table);
	sea_save_text(to, link->kind ? link->kind->name : "");
	sea_save_u8(to, link->up && !link->kind);
	sea_save_u8(to, link->carrier);
	sea_save_queues(to, link);
	save_stats(to, &link->stats);
	save_chosen(to, link);
}

void sea_save_links(struct sea_saver *to, const struct sea_stack *stack)
{
	struct sea_list *node, *tmp;
	uint32_t n = 0;

	SEA_LIST_EACH(node, tmp, &stack->links)
	n++;
	sea_save_tag(to, "LINK");
	sea_save_u32(to, (uint32_t)stack->next_ifindex);
	sea_save_u32(to, stack->qdisc_handle);
	sea_save_u32(to, n);
	SEA_LIST_EACH(node, tmp, &stack->links)
	save_link(to, sea_container(node, struct sea_link, node));
	SEA_LIST_EACH(node, tmp, &stack->links)
	{
		const struct sea_link *link = sea_container(node, struct sea_link, node);

		sea_save_u32(to, link->master ? (uint32_t)link->master->ifindex : 0);
	}
	sea_save_kinds(to, stack);
}

/* Ports of masters of kinds are equipped with these (sea_load_kinds()). */
static int load_master(struct sea_link *link, struct sea_link *master, sea_time now)
{
	if (!master || master->type == SEA_LINK_VRF)
		return sea_link_set_master(link, master, now);
	if (!sea_link_is_master(master) || link == master)
		return -EINVAL;
	link->master = master;
	return 0;
}

static void load_masters(struct sea_loader *from, struct sea_stack *stack, sea_time now)
{
	struct sea_link *link = NULL;

	while ((link = sea_link_next(stack, link)) && !from->err) {
		uint32_t ifindex = sea_load_count(from, 65535);
		struct sea_link *master = sea_link_by_index(stack, (int)ifindex);

		if (ifindex && !master)
			sea_load_fail(from, -EINVAL);
		else
			sea_load_fail(from, load_master(link, master, now));
	}
}

static int make_as(struct sea_stack *stack, const struct sea_link_config *config, int ifindex,
		   const char *kind, sea_time now, struct sea_link **link)
{
	struct sea_link_birth birth = { .ifindex = ifindex };
	int err;

	if (*kind) {
		birth.kind = sea_link_kind_find(stack, kind);
		if (!birth.kind || config->type != birth.kind->framing->type)
			return -EINVAL;
	}
	sea_stack_enter(stack, now);
	err = sea_link_make_as(stack, config, &birth, link);
	sea_stack_leave(stack);
	return err;
}

/* `lo` is there already, made with the stack. */
static int make(struct sea_stack *stack, const struct sea_link_config *config, int ifindex,
		const char *kind, sea_time now, struct sea_link **link)
{
	if (!ifindex)
		return -EINVAL;
	if (config->type == SEA_LINK_LOOPBACK) {
		*link = stack->loopback;
		if (!*link || (*link)->ifindex != ifindex || config->mtu < SEA_LINK_MTU_MIN ||
		    config->mtu > SEA_LINK_MTU_VIRTUAL)
			return -EINVAL;
		(*link)->mtu = config->mtu;
		(*link)->features = (*link)->features_made = config->features;
		(*link)->txqueuelen = config->txqueuelen;
		return 0;
	}
	return make_as(stack, config, ifindex, kind, now, link);
}

/* Want of memory stays that; whatever else a link is refused for, the writing makes no sense. */
static void fail(struct sea_loader *from, int err)
{
	if (err)
		sea_load_fail(from, err == -ENOMEM ? err : -EINVAL);
}

static void load_link(struct sea_loader *from, struct sea_stack *stack, sea_time now)
{
	struct sea_link_config config = { .size = sizeof(config) };
	uint32_t ifindex = sea_load_count(from, 65535);
	char name[256], kind[256];
	struct sea_link *link;
	bool up, carrier;

	sea_load_text(from, name);
	config.name = name;
	config.type = (enum sea_link_type)sea_load_u8(from);
	sea_load_bytes(from, config.mac, sizeof(config.mac));
	config.mtu = sea_load_u32(from);
	config.features = sea_load_u32(from);
	config.txqueuelen = sea_load_u32(from);
	config.vrf_table = sea_load_u32(from);
	sea_load_text(from, kind);
	up = sea_load_u8(from);
	carrier = sea_load_u8(from);
	if (!from->err)
		fail(from, make(stack, &config, (int)ifindex, kind, now, &link));
	if (!from->err)
		sea_load_queues(from, link, now);
	if (from->err)
		return;
	load_stats(from, &link->stats);
	if (link->up != up)
		fail(from, sea_link_set_up(link, up, now));
	sea_link_set_carrier(link, carrier, now);
	load_chosen(from, link);
}

void sea_load_links(struct sea_loader *from, struct sea_stack *stack, sea_time now)
{
	uint32_t next_ifindex, n;

	sea_load_tag(from, "LINK");
	next_ifindex = sea_load_count(from, 65536);
	stack->qdisc_handle = sea_load_u32(from);
	for (n = sea_load_count(from, 65535); n && !from->err; n--)
		load_link(from, stack, now);
	load_masters(from, stack, now);
	if (!from->err)
		sea_load_kinds(from, stack, now);
	if (!from->err)
		stack->next_ifindex = (int)next_ifindex;
}
