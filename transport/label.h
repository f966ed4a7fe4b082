/* SPDX-License-Identifier: Apache-2.0 */
/* Flow labels that nobody chose (RFC 6437 §3): one for each flow, that tells nothing of it. */
#ifndef SEA_TRANSPORT_LABEL_H
#define SEA_TRANSPORT_LABEL_H

#include <stdbool.h>
#include <stdint.h>

#include "core/sock.h"
#include "ip/ip.h"

/* Does the socket put labels on its packets: IPV6_AUTOFLOWLABEL and net.ipv6.auto_flowlabels? */
bool sea_label_auto(const struct sea_sock *sock);
/* How sea_ip_tx says so. */
uint8_t sea_label_mode(const struct sea_sock *sock);
/* The label that the program gave its peer, or 0. */
uint32_t sea_label_of_peer(const struct sea_sock *sock);

/*
 * The label of a connection: the program's, or by keyed hash of its ends, or 0 where none is wanted.
 * `salt` makes another one, for when the path seems broken.
 */
uint32_t sea_label_of_conn(const struct sea_sock *sock, const struct sea_ipaddr *laddr,
			   uint16_t lport, const struct sea_ipaddr *raddr, uint16_t rport,
			   uint8_t salt);

#endif
