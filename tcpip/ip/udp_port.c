/* SPDX-License-Identifier: Apache-2.0 */
/* Which UDP ports are links'. There are few: they stand in a list. */
#include "ip/udp_port.h"

#include <errno.h>

struct sea_udp_port *sea_udp_port_find(const struct sea_stack *stack, uint8_t family, uint16_t port)
{
	const struct sea_list *n;

	for (n = stack->udp_ports.next; n != &stack->udp_ports; n = n->next) {
		struct sea_udp_port *p = sea_container(n, struct sea_udp_port, node);

		if (p->family == family && p->port == port)
			return p;
	}
	return NULL;
}

int sea_udp_port_take(struct sea_stack *stack, struct sea_udp_port *port)
{
	if (!stack->udp_in_use)
		return -EAFNOSUPPORT;
	if (sea_udp_port_find(stack, port->family, port->port) ||
	    stack->udp_in_use(stack, port->family, port->port))
		return -EADDRINUSE;
	sea_list_push_back(&stack->udp_ports, &port->node);
	return 0;
}

void sea_udp_port_leave(struct sea_udp_port *port)
{
	sea_list_remove(&port->node);
}
