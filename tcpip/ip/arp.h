/* SPDX-License-Identifier: Apache-2.0 */
/* ARP from inside: messages are arp.c, what the sysctls let it say and believe arp_policy.c. */
#ifndef SEA_IP_ARP_H
#define SEA_IP_ARP_H

#include <stdbool.h>

#include "ip/ipv4.h"
#include "wire/arp.h"

/* Without memory it is as if the wire had lost it: whoever asks asks again. */
void sea_arp_send(struct sea_link *link, enum sea_arp_op op, const struct sea_mac *to,
		  sea_be32 sender_ip, const struct sea_mac *target_mac, sea_be32 target_ip);
/* Tells all whose `addr` is: a question for it that needs no answer (RFC 5227 §2.3). */
void sea_arp_announce(struct sea_link *link, sea_be32 addr);
/* The same for all addresses of the link, where arp_notify asks for it. */
void sea_arp_notify(struct sea_link *link);

/* arp_ignore, arp_filter: may a question that came in by `link` for an address of ours be answered? */
bool sea_arp_may_answer(struct sea_link *link, sea_be32 sender, sea_be32 target);
/* arp_accept: may an entry be made for somebody that we did not ask for? */
bool sea_arp_accepts(const struct sea_link *link, sea_be32 sender);
/* arp_announce: whom a question for n->addr comes from; `cause` is the packet that waits, or NULL. */
sea_be32 sea_arp_source(const struct sea_neigh *n, const struct sea_pkt *cause);
/* proxy_arp, proxy_arp_pvlan, proxy entries: do we answer for another, who is reached by `way`? */
bool sea_arp_proxies(const struct sea_link *link, const struct sea_arp_hdr *arp,
		     const struct sea_verdict *way);

#endif
