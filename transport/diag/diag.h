/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NETLINK_SOCK_DIAG (sock_diag(7)) of families that are not the internet's: sockets of AF_NETLINK are shown; of AF_UNIX and
 * AF_PACKET there are none, and requests are answered as by a kernel in whose namespace there are none.
 */
#ifndef SEA_TRANSPORT_DIAG_DIAG_H
#define SEA_TRANSPORT_DIAG_DIAG_H

#include "netlink/netlink.h"

extern const struct sea_nl_kind sea_diag_unix, sea_diag_packet, sea_diag_netlink;

/* -- none.c -- */

int sea_diag_unix_receive(struct sea_nl_req *req);
int sea_diag_packet_receive(struct sea_nl_req *req);

/* -- netlink.c -- */

int sea_diag_netlink_receive(struct sea_nl_req *req);

#endif
