/* SPDX-License-Identifier: Apache-2.0 */
/* Neighbours as they are configured, by <seastack/config.h> and by rtnetlink, and shown. */
#include <errno.h>

#include "core/link.h"
#include "ip/neigh.h"

/* -- by <seastack/config.h> -- */

#define SETTABLE                                                                                 \
	(SEA_NUD_PERMANENT | SEA_NUD_REACHABLE | SEA_NUD_STALE | SEA_NUD_NOARP | SEA_NUD_PROBE | \
	 SEA_NUD_DELAY)
#define SETTABLE_FLAGS (SEA_NTF_PROXY | SEA_NTF_EXT_LEARNED | SEA_NTF_ROUTER | SEA_NTF_MANAGED)

static bool valid(const struct sea_link *link, const struct sea_neigh_info *info)
{
	uint8_t state = (uint8_t)info->state;

	if (info->size != sizeof(*info) || info->flags & ~SETTABLE_FLAGS)
		return false;
	if (info->flags & SEA_NTF_PROXY)
		return !state && !(info->flags & ~(SEA_NTF_PROXY | SEA_NTF_ROUTER));
	if (!link || state & (state - 1))
		return false;
	return state & SETTABLE || (!state && info->flags & SEA_NTF_MANAGED);
}

int sea_neigh_table_set(struct sea_neigh_table *t, struct sea_link *link,
			const struct sea_neigh_info *info)
{
	struct sea_ipaddr addr;
	struct sea_neigh *n;
	struct sea_mac mac;

	if (!valid(link, info))
		return -EINVAL;
	memcpy(addr.b, info->addr.b, sizeof(addr.b));
	memcpy(mac.b, info->mac, sizeof(mac.b));
	if (info->flags & SEA_NTF_PROXY)
		return sea_neigh_proxy_add(t, link, &addr, info->flags & SEA_NTF_ROUTER);
	n = sea_neigh_get(t, link, &addr);
	if (!n)
		return -ENOBUFS;
	sea_neigh_set_flags(n, (uint16_t)info->flags);
	if (info->state)
		sea_neigh_update(n, &mac, (uint8_t)info->state,
				 SEA_NEIGH_OVERRIDE | SEA_NEIGH_ADMIN);
	else
		sea_neigh_probe(n);
	sea_neigh_put(n);
	return 0;
}

int sea_neigh_table_del(struct sea_neigh_table *t, struct sea_link *link,
			const struct sea_neigh_info *info)
{
	struct sea_ipaddr addr;
	struct sea_neigh *n;

	if (info->size != sizeof(*info))
		return -EINVAL;
	memcpy(addr.b, info->addr.b, sizeof(addr.b));
	if (info->flags & SEA_NTF_PROXY)
		return sea_neigh_proxy_del(t, link, &addr) ? 0 : -ENOENT;
	n = link ? sea_neigh_find(t, link, &addr) : NULL;
	if (!n)
		return -ENOENT;
	sea_neigh_remove(n);
	return 0;
}

/* -- by rtnetlink -- */

/* A state without an address: what is known of it is forgotten. */
static void make_invalid(struct sea_neigh *n, uint8_t state)
{
	bool news = n->state & SEA_NUD_VALID;

	if (n->state & (SEA_NUD_INCOMPLETE | SEA_NUD_PROBE) && state == SEA_NUD_FAILED)
		news = true;
	sea_neigh_purge(n);
	sea_neigh_enter(n, state);
	if (news)
		sea_neigh_tell(n, false);
}

/* True: there is news of it. */
static bool set_flags(struct sea_neigh *n, uint16_t flags)
{
	const uint16_t ours = SEA_NTF_EXT_LEARNED | SEA_NTF_MANAGED;
	uint16_t was = n->flags;

	sea_neigh_set_flags(n, (uint16_t)((was & ~ours) | (flags & ours)));
	return was != n->flags;
}

static int set(struct sea_neigh *n, struct sea_neigh_change *c, bool news)
{
	unsigned flags = SEA_NEIGH_ADMIN | (news ? SEA_NEIGH_CHANGED : 0);

	if (c->override)
		flags |= SEA_NEIGH_OVERRIDE | SEA_NEIGH_ROLE;
	if (c->flags & SEA_NTF_ROUTER)
		flags |= SEA_NEIGH_ROUTER;
	if (!(c->state & SEA_NUD_VALID)) {
		make_invalid(n, c->state);
		return 0;
	}
	if (!c->has_mac && !(n->state & SEA_NUD_VALID)) {
		c->why = "No link layer address given";
		if (news)
			sea_neigh_tell(n, false);
		return -EINVAL;
	}
	sea_neigh_update(n, c->has_mac ? &c->mac : NULL, c->state, flags);
	return 0;
}

/* Asked for, as by a packet; what was said to stay does so no longer. */
static void use(struct sea_neigh *n, bool news)
{
	if (n->state == SEA_NUD_PERMANENT)
		sea_neigh_enter(n, SEA_NUD_NONE);
	if (news)
		sea_neigh_tell(n, false);
	sea_neigh_probe(n);
}

/* What it is from the beginning is no news. On lo nobody is asked for. */
static void be_born(struct sea_neigh *n, uint16_t flags)
{
	sea_neigh_set_flags(n, flags & SEA_NTF_EXT_LEARNED);
	if (n->link->type == SEA_LINK_LOOPBACK)
		sea_neigh_enter(n, SEA_NUD_NOARP);
}

int sea_neigh_change(struct sea_neigh_table *t, struct sea_link *link,
		     const struct sea_ipaddr *addr, struct sea_neigh_change *c)
{
	bool is_new = !sea_neigh_find(t, link, addr), news;
	struct sea_neigh *n = sea_neigh_get(t, link, addr);
	int err = 0;

	if (!n)
		return -ENOBUFS;
	if (is_new)
		be_born(n, c->flags);
	if (c->protocol)
		n->protocol = c->protocol;
	news = set_flags(n, c->flags);
	if (c->use || c->flags & SEA_NTF_MANAGED)
		use(n, news);
	else
		err = set(n, c, news);
	sea_neigh_put(n);
	return err;
}

int sea_neigh_forget(struct sea_neigh_table *t, const struct sea_link *link,
		     const struct sea_ipaddr *addr)
{
	struct sea_neigh *n = sea_neigh_find(t, link, addr);

	if (!n)
		return -ENOENT;
	set_flags(n, 0);
	make_invalid(n, SEA_NUD_FAILED);
	sea_neigh_remove(n);
	return 0;
}

/* -- shown -- */

static void show(const struct sea_neigh *n, struct sea_neigh_info *info)
{
	*info = (struct sea_neigh_info){ .size = sizeof(*info),
					 .ifindex = n->link->ifindex,
					 .addr = { .family = n->table->ops->family },
					 .state = (enum sea_neigh_state)n->state,
					 .flags = n->flags };
	memcpy(info->addr.b, n->addr.b, sizeof(info->addr.b));
	memcpy(info->mac, n->mac.b, sizeof(info->mac));
}

/* Of a cursor: it walks these. (In its lower half stands how many of one hash were seen.) */
#define PROXIES (UINT64_C(1) << 31)

/* Entries that nobody ever sent to or heard of (NONE) are not shown, as in Linux's `ip neigh`. */
bool sea_neigh_table_next(const struct sea_neigh_table *t, uint64_t *cursor,
			  struct sea_neigh_info *info)
{
	uint64_t proxies = *cursor & PROXIES ? *cursor & ~PROXIES : 0;
	struct sea_hnode *node;

	if (*cursor == UINT64_MAX)
		return false;
	while (!(*cursor & PROXIES) && (node = sea_htable_walk(&t->entries, cursor))) {
		const struct sea_neigh *n = sea_container(node, struct sea_neigh, hnode);

		if (n->state != SEA_NUD_NONE) {
			show(n, info);
			return true;
		}
	}
	if (!sea_neigh_proxy_next(t, &proxies, info)) {
		*cursor = UINT64_MAX; /* and it stays at the end */
		return false;
	}
	*cursor = proxies | PROXIES;
	return true;
}
