/* SPDX-License-Identifier: Apache-2.0 */
/* What all ports do alike: frames in batches between the device and its link, errors, the end. */
#include "link/os/port.h"

#include <unistd.h>

#include <seastack/wrap.h>

#include "core/link.h"
#include "core/stack.h"

struct sea_link *sea_port_link(const struct sea_port *port)
{
	return port->link;
}

int sea_port_fd(const struct sea_port *port)
{
	return port->fd;
}

void sea_port_refuse(struct sea_link *link, struct sea_pkt *pkt, sea_time now)
{
	sea_stack_enter(link->stack, now);
	if (link->carrier) {
		link->stats.tx_errors++;
		sea_pkt_drop(link->stack, pkt, SEA_DROP_LINK_TX_ERROR);
	} else {
		link->stats.tx_dropped++;
		sea_pkt_drop(link->stack, pkt, SEA_DROP_LINK_DOWN);
	}
	sea_stack_leave(link->stack);
}

struct sea_pkt *sea_port_accept(struct sea_port *port, struct sea_pkt *pkt, const uint8_t *hdr,
				sea_time now)
{
	if (!pkt || !port->vnet || sea_pkt_vnet_apply(pkt, hdr) == 0)
		return pkt;
	sea_link_reject(port->link, pkt, SEA_DROP_LINK_VNET_HDR, now);
	return NULL;
}

/* Where nobody below coalesces: done here, a segment in a row costs less than half. */
static int coalesce(struct sea_link *link, uint32_t features, sea_time now)
{
	struct sea_wrapper *gro;

	return features & SEA_LINK_F_RX_GSO ? 0 : sea_wrap_gro(link, &gro, now);
}

int sea_port_add_link(struct sea_port *port, struct sea_stack *stack,
		      const struct sea_link_config *config, const char *name, sea_time now)
{
	struct sea_link_config full = *config;
	int err;

	full.size = sizeof(full);
	if (!full.name)
		full.name = name;
	err = sea_link_add(stack, &full, &port->link, now);
	if (err)
		return err;
	err = coalesce(port->link, full.features, now);
	if (!err)
		err = sea_port_look(port, now);
	if (err)
		sea_link_del(port->link, now);
	return err;
}

/* The news that there is a carrier may come behind the first frames. */
static void hand_in(struct sea_port *port, struct sea_pkt **pkts, unsigned n, sea_time now)
{
	if (!port->link->carrier)
		(void)sea_port_look(port, now); /* gone: the next read tells */
	sea_link_input(port->link, pkts, n, now);
}

int sea_port_receive(struct sea_port *port, unsigned budget, sea_time now)
{
	struct sea_pkt *pkts[SEA_PORT_BATCH];
	int more = 1, total = 0;

	while (more > 0 && budget) {
		unsigned max = budget < SEA_PORT_BATCH ? budget : SEA_PORT_BATCH;
		unsigned n = 0;

		more = port->ops->receive(port, pkts, max, &n, now);
		if (n)
			hand_in(port, pkts, n, now);
		total += (int)n;
		budget -= max;
	}
	if (more < 0) {
		sea_link_set_carrier(port->link, false, now);
		return more;
	}
	return total;
}

int sea_port_transmit(struct sea_port *port, sea_time now)
{
	struct sea_pkt *pkts[SEA_PORT_BATCH];
	int full = 0;
	unsigned max;

	while (!full && (max = sea_link_take_tx(port->link, pkts, SEA_PORT_BATCH, now))) {
		unsigned n = 0;

		full = port->ops->transmit(port, pkts, max, &n, now);
		if (full > 0)
			sea_link_return_tx(port->link, pkts + n, max - n);
		for (; full < 0 && n < max; n++)
			sea_port_refuse(port->link, pkts[n], now);
	}
	if (full < 0)
		sea_link_set_carrier(port->link, false, now);
	return full;
}

void sea_port_close(struct sea_port *port, sea_time now)
{
	struct sea_link *link = port->link;

	close(port->fd);
	close(port->watch_fd);
	port->ops->free(port);
	sea_link_del(link, now);
}
