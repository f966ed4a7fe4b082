/* SPDX-License-Identifier: Apache-2.0 */
/* Names, words, groups and flags of links. */
#include "core/link_set.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <linux/if_arp.h>

#include "core/link_kind.h"
#include "core/stack.h"

/* Those that somebody chooses, and that are kept as they are (as Linux). */
#define CHOSEN                                                                  \
	(SEA_IFF_DEBUG | SEA_IFF_NOTRAILERS | SEA_IFF_NOARP | SEA_IFF_DYNAMIC | \
	 SEA_IFF_MULTICAST | SEA_IFF_PORTSEL | SEA_IFF_AUTOMEDIA)

#define NUMBERS_MAX 65536

/* -- flags -- */

static uint32_t flags_of_type(const struct sea_link *link)
{
	if (link->kind && link->kind->type_flags)
		return link->kind->type_flags(link);
	switch (link->type) {
	case SEA_LINK_ETHERNET:
		return SEA_IFF_BROADCAST;
	case SEA_LINK_LOOPBACK:
		return SEA_IFF_LOOPBACK;
	case SEA_LINK_IP:
		return SEA_IFF_POINTOPOINT;
	case SEA_LINK_VRF:
		return SEA_IFF_MASTER;
	}
	return 0;
}

uint32_t sea_link_type_flags(enum sea_link_type type)
{
	switch (type) {
	case SEA_LINK_ETHERNET:
		return SEA_IFF_MULTICAST;
	case SEA_LINK_IP:
		return SEA_IFF_MULTICAST | SEA_IFF_NOARP;
	case SEA_LINK_VRF:
		return SEA_IFF_NOARP;
	case SEA_LINK_LOOPBACK:
		break;
	}
	return 0;
}

uint32_t sea_link_flags(const struct sea_link *link)
{
	uint32_t flags = flags_of_type(link) | link->flags;

	if (link->up)
		flags |= SEA_IFF_UP;
	if (sea_link_running(link))
		flags |= SEA_IFF_RUNNING | SEA_IFF_LOWER_UP;
	return flags;
}

void sea_link_tell(struct sea_link *link, uint32_t flags)
{
	struct sea_stack *stack = link->stack;

	if (link->untold)
		return;
	for (unsigned i = 0; i < SEA_LINK_OBSERVERS_MAX && stack->link_observers[i]; i++)
		if (stack->link_observers[i]->changed)
			stack->link_observers[i]->changed(stack, link, flags);
}

void sea_link_tell_running(struct sea_link *link)
{
	if (link->up)
		sea_link_tell(link, 0);
}

void sea_link_promiscuity(struct sea_link *link, int by)
{
	link->promiscuity += (uint32_t)by;
}

void sea_link_allmulti(struct sea_link *link, int by)
{
	link->allmulti += (uint32_t)by;
}

/* Whoever chose all frames is one of those who want them. */
static void count_chosen(struct sea_link *link, uint32_t was)
{
	uint32_t moved = was ^ link->flags;

	if (moved & SEA_IFF_PROMISC)
		sea_link_promiscuity(link, link->flags & SEA_IFF_PROMISC ? 1 : -1);
	if (moved & SEA_IFF_ALLMULTI)
		sea_link_allmulti(link, link->flags & SEA_IFF_ALLMULTI ? 1 : -1);
}

int sea_link_change_flags(struct sea_link *link, uint32_t flags)
{
	const uint32_t mine = CHOSEN | SEA_IFF_PROMISC | SEA_IFF_ALLMULTI;
	uint32_t was = link->flags;
	bool up = flags & SEA_IFF_UP;

	link->flags = flags & mine;
	count_chosen(link, was);
	was ^= link->flags;
	if (up != link->up)
		return sea_link_go(link, up, was);
	if (was)
		sea_link_tell(link, was);
	return 0;
}

/* What of flags has no effect here yet cannot be chosen; lo has neither neighbours nor groups of others. */
int sea_link_check_flags(const struct sea_link *link, uint32_t flags)
{
	uint32_t moved = (link->flags ^ flags) & (SEA_IFF_NOARP | SEA_IFF_MULTICAST);

	return moved && link->type != SEA_LINK_LOOPBACK ? -EOPNOTSUPP : 0;
}

/* -- addresses -- */

uint16_t sea_link_arp_type(const struct sea_link *link)
{
	if (link->kind && link->kind->arphrd)
		return link->kind->arphrd;
	switch (link->type) {
	case SEA_LINK_ETHERNET:
	case SEA_LINK_VRF:
		return ARPHRD_ETHER;
	case SEA_LINK_LOOPBACK:
		return ARPHRD_LOOPBACK;
	case SEA_LINK_IP:
		break;
	}
	return ARPHRD_NONE;
}

int sea_link_choose_mac(struct sea_link *link, const struct sea_mac *mac)
{
	if (link->type == SEA_LINK_IP)
		return -EOPNOTSUPP;
	if (!memcmp(&link->mac, mac, sizeof(*mac))) {
		sea_link_tell(link, 0);
		return 0;
	}
	return sea_link_change_mac(link, mac) ? -EADDRNOTAVAIL : 0;
}

int sea_link_choose_broadcast(struct sea_link *link, const struct sea_mac *mac)
{
	static const uint8_t all[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff }, none[6];
	const uint8_t *own = link->type == SEA_LINK_LOOPBACK ? none : all;

	if (memcmp(mac->b, own, sizeof(mac->b)) != 0)
		return -EOPNOTSUPP;
	sea_link_tell(link, 0);
	return 0;
}

/* -- settings -- */

void sea_link_change_group(struct sea_link *link, uint32_t group)
{
	link->group = group;
}

void sea_link_change_txqueuelen(struct sea_link *link, uint32_t len)
{
	link->txqueuelen = len;
}

void sea_link_change_mode(struct sea_link *link, uint8_t mode)
{
	link->linkmode = mode;
}

/* -- what a driver takes over -- */

#define SEGMENTS (SEA_LINK_F_TSO4 | SEA_LINK_F_TSO6 | SEA_LINK_F_USO)

uint32_t sea_link_features_changeable(const struct sea_link *link)
{
	if (link->kind || link->framing->turn)
		return 0;
	return link->features_made & (SEA_LINK_F_TX_CSUM | SEGMENTS);
}

bool sea_link_do_without(struct sea_link *link, uint32_t off)
{
	uint32_t was = link->features;

	link->features_off = off & sea_link_features_changeable(link);
	link->features = link->features_made & ~link->features_off;
	if (!(link->features & SEA_LINK_F_TX_CSUM))
		link->features &= ~SEGMENTS;
	if (link->features == was)
		return false;
	sea_link_tell(link, 0);
	return true;
}

/* -- names -- */

static struct sea_altname *altname_of(struct sea_list *node)
{
	return sea_container(node, struct sea_altname, node);
}

static struct sea_altname *find_altname(const struct sea_link *link, const char *name)
{
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, &link->altnames)
	if (!strcmp(altname_of(node)->text, name))
		return altname_of(node);
	return NULL;
}

struct sea_link *sea_link_by_any_name(struct sea_stack *stack, const char *name)
{
	struct sea_link *link = sea_link_by_name(stack, name);

	if (link)
		return link;
	while ((link = sea_link_next(stack, link)))
		if (find_altname(link, name))
			return link;
	return NULL;
}

static void tell_renamed(struct sea_link *link, const char *old)
{
	struct sea_stack *stack = link->stack;

	for (unsigned i = 0; i < SEA_LINK_OBSERVERS_MAX && stack->link_observers[i]; i++)
		if (stack->link_observers[i]->renamed)
			stack->link_observers[i]->renamed(stack, link, old);
}

int sea_link_number_name(struct sea_stack *stack, char name[SEA_IFNAMSIZ])
{
	const char *percent = strchr(name, '%');
	char numbered[SEA_IFNAMSIZ];

	if (!percent)
		return 0;
	if (percent[1] != 'd' || strchr(percent + 1, '%'))
		return -EINVAL;
	for (unsigned i = 0; i < NUMBERS_MAX; i++) {
		int n = snprintf(numbered, sizeof(numbered), "%.*s%u%s", (int)(percent - name),
				 name, i, percent + 2);

		if (n < 0 || n >= (int)sizeof(numbered))
			return -EINVAL;
		if (!sea_link_by_any_name(stack, numbered)) {
			memcpy(name, numbered, (size_t)n + 1);
			return 0;
		}
	}
	return -ENFILE;
}

int sea_link_rename(struct sea_link *link, const char *asked)
{
	char old[SEA_IFNAMSIZ], name[SEA_IFNAMSIZ] = { 0 };
	int err;

	if (!strcmp(link->name, asked))
		return 0;
	if (!sea_link_name_valid(asked))
		return -EINVAL;
	memcpy(name, asked, strlen(asked) + 1);
	err = sea_link_number_name(link->stack, name);
	if (err)
		return err;
	if (sea_link_by_any_name(link->stack, name))
		return -EEXIST;
	memcpy(old, link->name, sizeof(old));
	memcpy(link->name, name, sizeof(link->name));
	tell_renamed(link, old);
	sea_link_tell(link, 0);
	return 0;
}

int sea_link_altname_add(struct sea_link *link, const char *name)
{
	uint32_t size = (uint32_t)strlen(name) + 1;
	struct sea_altname *a;

	if (sea_link_by_any_name(link->stack, name))
		return -EEXIST;
	a = sea_pool_alloc(&link->stack->shard.pool, sizeof(*a) + size);
	if (!a)
		return -ENOMEM;
	*a = (struct sea_altname){ .size = size };
	memcpy(a->text, name, size);
	sea_list_push_back(&link->altnames, &a->node);
	return 0;
}

static void free_altname(struct sea_link *link, struct sea_altname *a)
{
	sea_list_remove(&a->node);
	sea_pool_free(&link->stack->shard.pool, a, sizeof(*a) + a->size);
}

int sea_link_altname_del(struct sea_link *link, const char *name)
{
	struct sea_altname *a = find_altname(link, name);

	if (!a)
		return sea_link_by_any_name(link->stack, name) ? -EINVAL : -ENOENT;
	free_altname(link, a);
	return 0;
}

/* -- words -- */

static void free_alias(struct sea_link *link)
{
	if (link->alias)
		sea_pool_free(&link->stack->shard.pool, link->alias, strlen(link->alias) + 1);
	link->alias = NULL;
}

int sea_link_set_alias(struct sea_link *link, const char *text)
{
	size_t size = strlen(text) + 1;
	char *alias = NULL;

	if (size > 1) {
		alias = sea_pool_alloc(&link->stack->shard.pool, size);
		if (!alias)
			return -ENOMEM;
		memcpy(alias, text, size);
	}
	free_alias(link);
	link->alias = alias;
	return 0;
}

void sea_link_forget_words(struct sea_link *link)
{
	struct sea_list *node;

	while ((node = sea_list_first(&link->altnames)))
		free_altname(link, altname_of(node));
	free_alias(link);
}
