/* SPDX-License-Identifier: Apache-2.0 */
/* Name servers and domains as <seastack/config.h> shows them. A cursor is the link's index and a rank. */
#include <string.h>

#include "core/abi.h"
#include "ip/ipv6.h"

/* What is left of the time until then, in whole seconds, rounded up. */
static uint32_t left_s(const struct sea_stack *stack, sea_time expires)
{
	int64_t left = sea_time_diff(expires, stack->shard.now);

	if (sea_time_is_never(expires))
		return SEA_LIFETIME_INFINITE;
	return left > 0 ? (uint32_t)((left + SEA_SEC - 1) / SEA_SEC) : 0;
}

/* The first link from the cursor on that has so many: the lists, and the cursor behind what is shown. */
static const struct sea_ra_dns *settle(struct sea_stack *stack, uint64_t *cursor, bool domains,
				       int *ifindex, unsigned *rank)
{
	struct sea_link *link = NULL;

	while ((link = sea_link_next(stack, link))) {
		const struct sea_ra_dns *dns = link->ip6 ? &sea_link_ip6(link)->host.dns : NULL;

		if (!dns || link->ifindex < (int)(*cursor >> 32))
			continue;
		*rank = link->ifindex == (int)(*cursor >> 32) ? (unsigned)(uint32_t)*cursor : 0;
		if (*rank >= (domains ? dns->n_domains : dns->n_servers))
			continue;
		*ifindex = link->ifindex;
		*cursor = (uint64_t)link->ifindex << 32 | (*rank + 1);
		return dns;
	}
	return NULL;
}

bool sea_dns_server_next(struct sea_stack *stack, uint64_t *cursor, struct sea_dns_server *server)
{
	struct sea_dns_server ours = { .addr.family = SEA_AF_INET6 };
	const struct sea_ra_server *s;
	const struct sea_ra_dns *dns;
	unsigned rank;

	dns = settle(stack, cursor, false, &ours.ifindex, &rank);
	if (!dns)
		return false;
	s = sea_ra_dns_server_at(dns, rank);
	memcpy(ours.addr.b, s->addr, sizeof(ours.addr.b));
	ours.lifetime_s = left_s(stack, s->expires);
	sea_abi_fill(server, &ours, sizeof(ours));
	return true;
}

bool sea_dns_domain_next(struct sea_stack *stack, uint64_t *cursor, struct sea_dns_domain *domain)
{
	struct sea_dns_domain ours = { .name = "" };
	const struct sea_ra_domain *d;
	const struct sea_ra_dns *dns;
	unsigned rank;

	dns = settle(stack, cursor, true, &ours.ifindex, &rank);
	if (!dns)
		return false;
	d = sea_ra_dns_domain_at(dns, rank);
	memcpy(ours.name, d->name, sizeof(ours.name));
	ours.lifetime_s = left_s(stack, d->expires);
	sea_abi_fill(domain, &ours, sizeof(ours));
	return true;
}
