/* SPDX-License-Identifier: Apache-2.0 */
/* Name servers and search domains of a link: bounded lists with deadlines. */
#include "ip/ra_dns.h"

#include <errno.h>
#include <string.h>

#include "core/save.h"

static struct sea_ra_domain *domain_of(struct sea_list *node)
{
	return sea_container(node, struct sea_ra_domain, node);
}

void sea_ra_dns_init(struct sea_ra_dns *dns, struct sea_pool *pool)
{
	*dns = (struct sea_ra_dns){ .pool = pool };
	sea_list_init(&dns->domains);
}

static sea_time deadline(sea_time now, uint32_t lifetime_s)
{
	return lifetime_s == SEA_NDP_INFINITE ? SEA_TIME_NEVER
					      : sea_time_add(now, lifetime_s * SEA_SEC);
}

/* -- servers -- */

static void drop_server(struct sea_ra_dns *dns, unsigned i)
{
	dns->n_servers--;
	memmove(&dns->servers[i], &dns->servers[i + 1],
		(dns->n_servers - i) * sizeof(dns->servers[0]));
}

static void make_room_for_server(struct sea_ra_dns *dns)
{
	unsigned first = 0;

	if (dns->n_servers < SEA_RA_SERVERS_MAX)
		return;
	for (unsigned i = 1; i < dns->n_servers; i++)
		if (sea_time_before(dns->servers[i].expires, dns->servers[first].expires))
			first = i;
	drop_server(dns, first);
}

static bool take_server(struct sea_ra_dns *dns, const uint8_t addr[16], uint32_t lifetime_s,
			sea_time now)
{
	unsigned i = 0;

	while (i < dns->n_servers && memcmp(dns->servers[i].addr, addr, 16))
		i++;
	if (i < dns->n_servers && lifetime_s) {
		dns->servers[i].expires = deadline(now, lifetime_s);
		return false;
	}
	if (i < dns->n_servers) {
		drop_server(dns, i);
		return true;
	}
	if (!lifetime_s)
		return false;
	make_room_for_server(dns);
	memcpy(dns->servers[dns->n_servers].addr, addr, 16);
	dns->servers[dns->n_servers++].expires = deadline(now, lifetime_s);
	return true;
}

bool sea_ra_dns_servers(struct sea_ra_dns *dns, const struct sea_ndp_rdnss *rdnss, sea_time now)
{
	bool changed = false;

	for (unsigned i = 0; i < rdnss->n && i < SEA_RA_SERVERS_MAX; i++)
		changed |= take_server(dns, rdnss->addrs + 16 * i, rdnss->lifetime_s, now);
	return changed;
}

/* -- domains -- */

static void drop_domain(struct sea_ra_dns *dns, struct sea_ra_domain *d)
{
	sea_list_remove(&d->node);
	sea_pool_free(dns->pool, d, sizeof(*d));
	dns->n_domains--;
}

static struct sea_ra_domain *find_domain(struct sea_ra_dns *dns, const char *name)
{
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, &dns->domains)
	if (!strcmp(domain_of(node)->name, name))
		return domain_of(node);
	return NULL;
}

static void make_room_for_domain(struct sea_ra_dns *dns)
{
	struct sea_list *node, *tmp;
	struct sea_ra_domain *first = NULL;

	if (dns->n_domains < SEA_RA_DOMAINS_MAX)
		return;
	SEA_LIST_EACH(node, tmp, &dns->domains)
	if (!first || sea_time_before(domain_of(node)->expires, first->expires))
		first = domain_of(node);
	drop_domain(dns, first);
}

static bool take_domain(struct sea_ra_dns *dns, const char *name, uint32_t lifetime_s, sea_time now)
{
	struct sea_ra_domain *d = find_domain(dns, name);

	if (d && lifetime_s) {
		d->expires = deadline(now, lifetime_s);
		return false;
	}
	if (d) {
		drop_domain(dns, d);
		return true;
	}
	d = lifetime_s ? sea_pool_zalloc(dns->pool, sizeof(*d)) : NULL;
	if (!d)
		return false;
	make_room_for_domain(dns);
	memcpy(d->name, name, strlen(name) + 1);
	d->expires = deadline(now, lifetime_s);
	sea_list_push_back(&dns->domains, &d->node);
	dns->n_domains++;
	return true;
}

bool sea_ra_dns_domains(struct sea_ra_dns *dns, const struct sea_ndp_dnssl *dnssl, sea_time now)
{
	char name[SEA_NDP_DOMAIN_MAX];
	bool changed = false;
	size_t at = 0;

	for (unsigned i = 0; i < SEA_RA_DOMAINS_MAX && sea_ndp_domain_next(dnssl, &at, name); i++)
		changed |= take_domain(dns, name, dnssl->lifetime_s, now);
	return changed;
}

/* -- time -- */

/* True: it is over. */
static bool judge(sea_time expires, sea_time now, sea_time *next)
{
	if (!sea_time_before(now, expires))
		return true;
	*next = sea_time_min(*next, expires);
	return false;
}

bool sea_ra_dns_expire(struct sea_ra_dns *dns, sea_time now, sea_time *next)
{
	unsigned before = dns->n_servers + dns->n_domains;
	struct sea_list *node, *tmp;

	for (unsigned i = dns->n_servers; i-- > 0;)
		if (judge(dns->servers[i].expires, now, next))
			drop_server(dns, i);
	SEA_LIST_EACH(node, tmp, &dns->domains)
	if (judge(domain_of(node)->expires, now, next))
		drop_domain(dns, domain_of(node));
	return dns->n_servers + dns->n_domains != before;
}

bool sea_ra_dns_clear(struct sea_ra_dns *dns)
{
	bool any = dns->n_servers || dns->n_domains;
	struct sea_list *node;

	dns->n_servers = 0;
	while ((node = sea_list_first(&dns->domains)))
		drop_domain(dns, domain_of(node));
	return any;
}

/* -- showing -- */

const struct sea_ra_server *sea_ra_dns_server_at(const struct sea_ra_dns *dns, unsigned rank)
{
	return rank < dns->n_servers ? &dns->servers[rank] : NULL;
}

const struct sea_ra_domain *sea_ra_dns_domain_at(const struct sea_ra_dns *dns, unsigned rank)
{
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, &dns->domains)
	if (!rank--)
		return domain_of(node);
	return NULL;
}

/* -- saving -- */

void sea_ra_dns_save(const struct sea_ra_dns *dns, struct sea_saver *to)
{
	const struct sea_ra_domain *d;

	sea_save_u8(to, (uint8_t)dns->n_servers);
	for (unsigned i = 0; i < dns->n_servers; i++) {
		sea_save_bytes(to, dns->servers[i].addr, 16);
		sea_save_time(to, dns->servers[i].expires);
	}
	sea_save_u8(to, (uint8_t)dns->n_domains);
	for (unsigned i = 0; (d = sea_ra_dns_domain_at(dns, i)); i++) {
		sea_save_text(to, d->name);
		sea_save_time(to, d->expires);
	}
}

static void load_domain(struct sea_ra_dns *dns, struct sea_loader *from)
{
	struct sea_ra_domain *d;
	char name[256];

	sea_load_text(from, name);
	if (!from->err && strlen(name) >= sizeof(d->name))
		sea_load_fail(from, -EINVAL);
	d = from->err ? NULL : sea_pool_zalloc(dns->pool, sizeof(*d));
	if (!d) {
		sea_load_fail(from, -ENOMEM);
		return;
	}
	memcpy(d->name, name, strlen(name) + 1);
	d->expires = sea_load_time(from);
	sea_list_push_back(&dns->domains, &d->node);
	dns->n_domains++;
}

static unsigned load_count(struct sea_loader *from, unsigned max)
{
	unsigned n = sea_load_u8(from);

	if (n <= max && !from->err)
		return n;
	sea_load_fail(from, -EINVAL);
	return 0;
}

void sea_ra_dns_load(struct sea_ra_dns *dns, struct sea_loader *from)
{
	unsigned n;

	sea_ra_dns_clear(dns);
	n = load_count(from, SEA_RA_SERVERS_MAX);
	for (unsigned i = 0; i < n; i++) {
		sea_load_bytes(from, dns->servers[i].addr, 16);
		dns->servers[i].expires = sea_load_time(from);
	}
	dns->n_servers = n;
	for (n = load_count(from, SEA_RA_DOMAINS_MAX); n-- && !from->err;)
		load_domain(dns, from);
}
