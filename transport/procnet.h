/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the transports show in /proc/net: their sockets, by what NETLINK_SOCK_DIAG shows of them (diag/inet.h).
 * Addresses of memory are zeros, as where kptr_restrict is 2, and what is the bucket of a hash there is the number of the
 * line here.
 */
#ifndef SEA_TRANSPORT_PROCNET_H
#define SEA_TRANSPORT_PROCNET_H

#include "core/procfile.h"

struct sea_diag;

/* tcp, tcp6; udp, udp6; icmp, icmp6, raw, raw6. */
extern const struct sea_procnet_files sea_tcp_proc_files, sea_udp_proc_files, sea_ping_proc_files;

/* The column headings of IPv4 and IPv6, up to inode. */
extern const char sea_procnet_socks4[], sea_procnet_socks6[];

/* What all lines begin with: the number, in so many columns, ends, state and queues. */
void sea_procnet_put_sock(struct sea_text *t, const struct sea_diag *e, int columns,
			  uint64_t number);

/* A file of datagram sockets. */
struct sea_procnet_dgrams {
	uint8_t family;
	int columns;        /* of the number */
	size_t width;       /* of a line; 0: as long as it is */
	const char *indent; /* in front of the headings */
	/* The next one, as sea_diag_proto.next. */
	bool (*next)(struct sea_stack *stack, uint64_t *cursor, struct sea_diag *e);
};

#define SEA_PROCNET_DGRAM_WIDTH 127 /* of most lines of IPv4 */

bool sea_procnet_write_dgrams(struct sea_stack *stack, struct sea_procnet_cursor *cursor,
			      struct sea_text *t, const struct sea_procnet_dgrams *file);

#endif
