/* SPDX-License-Identifier: Apache-2.0 */
/*
 * UDP ports that are no socket's but a link's (a tunnel's). Whoever needs one takes it, unless a socket is in the way, and
 * no socket can be bound where it would hear the same (as on Linux, whose tunnels have sockets of the kernel's): a
 * port is of one IP version and of all addresses. The UDP module asks only where it has found no socket, so that nothing
 * else pays; it checks lengths and checksums before.
 */
#ifndef SEA_IP_UDP_PORT_H
#define SEA_IP_UDP_PORT_H

#include "core/list.h"
#include "ip/ip.h"

struct sea_udp_port {
	struct sea_list node; /* in stack->udp_ports */
	uint8_t family;       /* SEA_AF_* */
	uint16_t port;
	bool takes_unchecked; /* IPv6 without a checksum (RFC 6935) */
	/* Consumes; the packet's first byte is that behind the UDP header. */
	void (*input)(struct sea_stack *stack, struct sea_udp_port *port, struct sea_pkt *pkt,
		      const struct sea_ip_rx *rx);
	/* A datagram to this port of somebody else's came back, whoever sent it: false: it was not us. Borrows. */
	bool (*icmp_error)(struct sea_stack *stack, struct sea_udp_port *port,
			   const struct sea_icmp_error *error);
};

/* NULL: it is no link's. */
struct sea_udp_port *sea_udp_port_find(const struct sea_stack *stack, uint8_t family,
				       uint16_t port);
/* 0, -EADDRINUSE (a socket or another link has it), -EAFNOSUPPORT (there is no UDP). Whose memory it is stays as it was. */
SEA_MUST_USE int sea_udp_port_take(struct sea_stack *stack, struct sea_udp_port *port);
void sea_udp_port_leave(struct sea_udp_port *port);

#endif
