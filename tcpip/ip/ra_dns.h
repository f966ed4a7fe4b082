/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The name servers and search domains that routers advertise on a link (RFC 8106), with their
 * deadlines, in the order in which they were heard of. Kept for the consumer to read: the stack
 * resolves no names.
 */
#ifndef SEA_IP_RA_DNS_H
#define SEA_IP_RA_DNS_H

#include <stdbool.h>
#include <stdint.h>

#include <seastack/config.h>
#include <seastack/time.h>

#include "core/list.h"
#include "core/pool.h"
#include "wire/ndp.h"

struct sea_saver;
struct sea_loader;

#define SEA_RA_SERVERS_MAX 8u
#define SEA_RA_DOMAINS_MAX 8u

struct sea_ra_server {
	uint8_t addr[16];
	sea_time expires; /* NEVER: good for ever */
};

struct sea_ra_domain {
	struct sea_list node;
	sea_time expires;
	char name[SEA_NDP_DOMAIN_MAX];
};

struct sea_ra_dns {
	struct sea_pool *pool;
	struct sea_ra_server servers[SEA_RA_SERVERS_MAX];
	unsigned n_servers, n_domains;
	struct sea_list domains;
};

void sea_ra_dns_init(struct sea_ra_dns *dns, struct sea_pool *pool);
/* Forgets everything; true: there was something. */
bool sea_ra_dns_clear(struct sea_ra_dns *dns);

/*
 * What an option says of its servers or domains: a lifetime of 0 takes them away. Where there is no
 * room, the one that would expire first makes it (RFC 8106 §6.2); where there is no memory, the rest is
 * not kept. True: the lists are other ones now (lifetimes apart).
 */
bool sea_ra_dns_servers(struct sea_ra_dns *dns, const struct sea_ndp_rdnss *rdnss, sea_time now);
bool sea_ra_dns_domains(struct sea_ra_dns *dns, const struct sea_ndp_dnssl *dnssl, sea_time now);

/* Forgets what expired; true: there was something. *next becomes the first deadline, if earlier. */
bool sea_ra_dns_expire(struct sea_ra_dns *dns, sea_time now, sea_time *next);

/* The server or domain of this rank; NULL: there are no more. */
const struct sea_ra_server *sea_ra_dns_server_at(const struct sea_ra_dns *dns, unsigned rank);
const struct sea_ra_domain *sea_ra_dns_domain_at(const struct sea_ra_dns *dns, unsigned rank);

void sea_ra_dns_save(const struct sea_ra_dns *dns, struct sea_saver *to);
/* Errors stick to `from`. */
void sea_ra_dns_load(struct sea_ra_dns *dns, struct sea_loader *from);

#endif
