/* SPDX-License-Identifier: Apache-2.0 */
/* Flow labels by keyed hash, as net.ipv6.auto_flowlabels wants them. */
#include "transport/label.h"

#include <string.h>

#include "ip/ipv6.h"

#define LABEL_MASK 0xfffffu

/* net.ipv6.auto_flowlabels */
enum { LABELS_OFF, LABELS_OPT_OUT, LABELS_OPT_IN, LABELS_ALWAYS };

bool sea_label_auto(const struct sea_sock *sock)
{
	int32_t mode = sea_ipv6_of(sock->stack)->sysctl.auto_flowlabels;

	if (mode == LABELS_OFF || mode == LABELS_ALWAYS)
		return mode == LABELS_ALWAYS;
	if (sock->more->flags6 & (SEA_SOCK6_AUTOFLOWLABEL | SEA_SOCK6_NO_AUTOFLOWLABEL))
		return sock->more->flags6 & SEA_SOCK6_AUTOFLOWLABEL;
	return mode == LABELS_OPT_OUT;
}

uint8_t sea_label_mode(const struct sea_sock *sock)
{
	if (sock->more->flags6 & SEA_SOCK6_AUTOFLOWLABEL)
		return SEA_AUTO_LABEL_ON;
	return sock->more->flags6 & SEA_SOCK6_NO_AUTOFLOWLABEL ? SEA_AUTO_LABEL_OFF
							       : SEA_AUTO_LABEL_DEFAULT;
}

uint32_t sea_label_of_peer(const struct sea_sock *sock)
{
	return sock->more->flowinfo & LABEL_MASK;
}

uint32_t sea_label_of_conn(const struct sea_sock *sock, const struct sea_ipaddr *laddr,
			   uint16_t lport, const struct sea_ipaddr *raddr, uint16_t rport,
			   uint8_t salt)
{
	const struct sea_ipv6_state *ip = sea_ipv6_of(sock->stack);
	uint8_t in[16 + 16 + 2 + 2 + 1];
	uint32_t label = sea_label_of_peer(sock);

	if (label || !sea_label_auto(sock))
		return label;
	memcpy(in, laddr->b, 16);
	memcpy(in + 16, raddr->b, 16);
	memcpy(in + 32, &lport, 2);
	memcpy(in + 34, &rport, 2);
	in[36] = salt;
	return sea_ipv6_stateless_label(ip, sea_siphash13(&ip->label_key, in, sizeof(in)));
}
