/* SPDX-License-Identifier: Apache-2.0 */
/* /proc/net/ip_mr_vif, ip_mr_cache, ip6_mr_vif and ip6_mr_cache: the multicast routers' vifs and routes. */
#include <inttypes.h>

#include "ip/mroute.h"
#include "ip/proc.h"

#define U PRIu64
#define BY_IFINDEX 8  /* VIFF_USE_IFINDEX: what "Local" means */
#define ENTRIES 8     /* of one piece */
#define UNRESOLVED -1 /* the vif that packets came in by whose route nobody knows */

enum { BEGUN, VIF, ROUTE = VIF, WAITING }; /* of a cursor's places */

/* -- vifs -- */

static void put_vif(struct sea_text *t, const struct sea_mrouter *mr, unsigned i)
{
	const struct sea_mrouter_vif *v = &mr->vifs[i];

	if (!v->link)
		return;
	sea_procnet_put(t, "%2u %-10s %8" U " %7" U "  %8" U " %7" U, i, v->link->name, v->bytes_in,
			v->pkts_in, v->bytes_out, v->pkts_out);
	if (mr->ops->family == SEA_AF_INET)
		sea_procnet_put(t, " %05X %08X %08X\n", BY_IFINDEX, (unsigned)v->link->ifindex, 0u);
	else
		sea_procnet_put(t, " %05X\n", 0u);
}

static bool write_vifs(struct sea_stack *stack, struct sea_procnet_cursor *cursor,
		       struct sea_text *t, uint8_t family)
{
	const struct sea_mrouter *mr = sea_mrouter_of(stack, family);

	if (sea_procnet_begins(cursor)) {
		sea_procnet_put(t, "Interface      BytesIn  PktsIn  BytesOut PktsOut Flags%s\n",
				family == SEA_AF_INET ? " Local    Remote" : "");
		return true;
	}
	if (!mr || cursor->place[VIF] >= SEA_MROUTE_VIFS)
		return false;
	put_vif(t, mr, (unsigned)cursor->place[VIF]++);
	return true;
}

/* -- routes -- */

static void put_addr(struct sea_text *t, uint8_t family, const struct sea_ipaddr *a)
{
	if (family == SEA_AF_INET)
		sea_procnet_put(t, "%08" PRIX32 " ", sea_procnet_word(a->b));
	for (unsigned i = 0; family == SEA_AF_INET6 && i < 16; i += 2)
		sea_procnet_put(t, "%02x%02x%c", a->b[i], a->b[i + 1], i < 14 ? ':' : ' ');
}

static void put_key(struct sea_text *t, uint8_t family, const struct sea_mroute_key *key, int vif)
{
	put_addr(t, family, &key->group);
	put_addr(t, family, &key->src);
	sea_procnet_put(t, "%-3d", vif);
}

static void put_route(struct sea_text *t, const struct sea_mrouter *mr,
		      const struct sea_mroute_entry *e)
{
	put_key(t, mr->ops->family, &e->key, e->parent);
	sea_procnet_put(t, " %8" U " %8" U " %8" U, e->pkts, e->bytes, e->wrong_vif);
	for (unsigned i = 0; i < SEA_MROUTE_VIFS; i++)
		if (mr->vifs[i].link && e->ttls[i] && e->ttls[i] < SEA_MROUTE_NOT_OUT)
			sea_procnet_put(t, " %2u:%-3u", i, e->ttls[i]);
	sea_procnet_put(t, "\n");
}

/* The one behind `skip` others; NULL: there is none. */
static struct sea_list *at(const struct sea_list *list, uint64_t skip)
{
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, list)
	{
		if (!skip--)
			return node;
	}
	return NULL;
}

static bool put_routes(struct sea_text *t, const struct sea_mrouter *mr,
		       struct sea_procnet_cursor *cursor)
{
	struct sea_list *node = at(&mr->all, cursor->place[ROUTE]);

	if (!node)
		return false;
	for (unsigned n = 0; n < ENTRIES && node != &mr->all; n++, node = node->next) {
		put_route(t, mr, sea_container(node, const struct sea_mroute_entry, all));
		cursor->place[ROUTE]++;
	}
	return true;
}

static bool put_waiting(struct sea_text *t, const struct sea_mrouter *mr,
			struct sea_procnet_cursor *cursor)
{
	struct sea_list *node = at(&mr->waiting, cursor->place[WAITING]++);

	if (!node)
		return false;
	put_key(t, mr->ops->family, &sea_container(node, struct sea_mroute_waiting, node)->key,
		UNRESOLVED);
	sea_procnet_put(t, " %8d %8d %8d\n", 0, 0, 0);
	return true;
}

static bool write_routes(struct sea_stack *stack, struct sea_procnet_cursor *cursor,
			 struct sea_text *t, uint8_t family)
{
	const struct sea_mrouter *mr = sea_mrouter_of(stack, family);

	if (sea_procnet_begins(cursor)) {
		sea_text_str(t, family == SEA_AF_INET
					? "Group    Origin   Iif     Pkts    Bytes    Wrong Oifs\n"
					: "Group                            Origin                "
					  "           Iif      Pkts  Bytes     Wrong  Oifs\n");
		return true;
	}
	return mr && (put_routes(t, mr, cursor) || put_waiting(t, mr, cursor));
}

bool sea_procnet_write_mr_vif(struct sea_stack *stack, struct sea_procnet_cursor *cursor,
			      struct sea_text *t)
{
	return write_vifs(stack, cursor, t, SEA_AF_INET);
}

bool sea_procnet_write_mr_vif6(struct sea_stack *stack, struct sea_procnet_cursor *cursor,
			       struct sea_text *t)
{
	return write_vifs(stack, cursor, t, SEA_AF_INET6);
}

bool sea_procnet_write_mr_cache(struct sea_stack *stack, struct sea_procnet_cursor *cursor,
				struct sea_text *t)
{
	return write_routes(stack, cursor, t, SEA_AF_INET);
}

bool sea_procnet_write_mr_cache6(struct sea_stack *stack, struct sea_procnet_cursor *cursor,
				 struct sea_text *t)
{
	return write_routes(stack, cursor, t, SEA_AF_INET6);
}
