/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Anycast addresses (RFC 4291 §2.6): ours and others' alike. Packets to them are for us and others ask
 * for their link address, which is told late and overrides nobody's (RFC 4861 §7.2.7); sockets cannot
 * be bound to them, and nothing speaks from them but ICMPv6 errors about what came to them and who says
 * so (IPV6_PKTINFO), as on Linux. They come from sockets, and from the addresses of links that forward: the subnet routers'
 * (§2.6.1), which are the prefixes themselves.
 */
#ifndef SEA_IP_ANYCAST6_H
#define SEA_IP_ANYCAST6_H

#include <stdbool.h>
#include <stdint.h>

#include "core/list.h"
#include "core/timerq.h"
#include "ip/ip.h"

struct sea_ifaddr6;
struct sea_link;
struct sea_ndp_msg;
struct sea_saver;
struct sea_loader;
struct sea_ipv6_state;

struct sea_anycast6 {
	struct sea_list node; /* in sea_link_ip6.anycasts, the newest first */
	struct sea_ipaddr addr;
	uint32_t users;
	sea_time since; /* of the first one */
	bool has_route; /* it made the one to itself */
};

/* Answers that wait: at most as many as net.ipv6.neigh.<link>.proxy_qlen lets. */
struct sea_anycast6_answers {
	struct sea_list list;
	uint32_t n;
	struct sea_timer timer;
};

/* One more user: 0 or -ENOMEM. Leaving is harmless where there is none. */
SEA_MUST_USE int sea_anycast6_join(struct sea_link *link, const struct sea_ipaddr *addr);
void sea_anycast6_leave(struct sea_link *link, const struct sea_ipaddr *addr);
bool sea_anycast6_has(const struct sea_link *link, const struct sea_ipaddr *addr);

/*
 * The subnet routers' address of the prefix, as long as the address is in use and its link forwards:
 * 0 or -ENOMEM.
 */
SEA_MUST_USE int sea_anycast6_follow(struct sea_ifaddr6 *a, bool used);
/* The same for all of the link's addresses: its forwarding has changed, or it goes down. */
void sea_anycast6_follow_all(struct sea_link *link, bool runs);

/*
 * Somebody solicits an address that the link has as anycast: answered, later where he asked all
 * (`multicast`). What he says of himself was noted.
 */
void sea_anycast6_answer(struct sea_link *link, const struct sea_ipaddr *from,
			 const struct sea_ipaddr *target, bool multicast);

void sea_anycast6_init(struct sea_ipv6_state *ip);
void sea_anycast6_fini(struct sea_ipv6_state *ip);
/* Forgets the link's, without a look at routes and groups, and the answers that it waits to give. */
void sea_anycast6_clear(struct sea_link *link);

/* Routes and groups are their tables' to save. */
void sea_anycast6_save(const struct sea_link *link, struct sea_saver *to);
void sea_anycast6_load(struct sea_link *link, struct sea_loader *from);

#endif
