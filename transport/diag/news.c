/* SPDX-License-Identifier: Apache-2.0 */
/* SKNLGRP_*: sockets that are gone. */
#include <netinet/in.h>

#include <linux/sock_diag.h>

#include "core/stack.h"
#include "netlink/netlink.h"
#include "transport/diag/inet.h"

#define NEWS_MAX 512u
#define CLOSED 7

static unsigned group_of(const struct sea_sock *sock)
{
	bool six = sock->domain == SEA_AF_INET6;

	switch (sock->protocol) {
	case IPPROTO_TCP:
		return six ? SKNLGRP_INET6_TCP_DESTROY : SKNLGRP_INET_TCP_DESTROY;
	case IPPROTO_UDP:
		return six ? SKNLGRP_INET6_UDP_DESTROY : SKNLGRP_INET_UDP_DESTROY;
	default:
		return SKNLGRP_NONE;
	}
}

void sea_diag_tell_gone(struct sea_sock *sock)
{
	const struct sea_diag_proto *proto = sea_diag_proto_of(sock->stack, sock->protocol);
	uint8_t bytes[NEWS_MAX] __attribute__((aligned(4)));
	struct sea_nl_out out = sea_nl_out_of(bytes, sizeof(bytes));
	struct sea_diag e = { .state = CLOSED };
	unsigned group = group_of(sock);
	struct inet_diag_msg m;

	if (!group || !proto || !sea_nl_has_listeners(sock->stack, NETLINK_SOCK_DIAG, group))
		return;
	sea_diag_of_sock(&e, sock);
	proto->show_last(sock, &e);
	m = sea_diag_message(&e);
	m.idiag_uid = m.idiag_inode = 0;
	sea_nl_begin(&out, 0, 0, SOCK_DIAG_BY_FAMILY, 0, &m, sizeof(m));
	sea_nl_put_u8(&out, INET_DIAG_PROTOCOL, sock->protocol);
	if (proto->put_last)
		proto->put_last(&e, &out);
	if (sea_nl_end(&out))
		sea_nl_notify(sock->stack, NETLINK_SOCK_DIAG, group, &out, NULL);
}
