/* SPDX-License-Identifier: Apache-2.0 */
/* A port from inside: an open device, and what every kind of device does with it. */
#ifndef SEA_LINK_OS_PORT_H
#define SEA_LINK_OS_PORT_H

#include <stdbool.h>

#include <seastack/os.h>
#include <seastack/pkt.h>

/* Frames that cross the seam together. */
#define SEA_PORT_BATCH 64u

struct sea_port_ops {
	/*
	 * Reads at most `max` frames into `pkts`, *n of which are good. 1: more may wait; 0: nothing
	 * more waits; -errno: the device is gone.
	 */
	int (*receive)(struct sea_port *port, struct sea_pkt **pkts, unsigned max, unsigned *n,
		       sea_time now);
	/*
	 * Writes frames in order and gives them back; *n are settled. 0: all; 1: the device takes no
	 * more now; -errno: it is gone.
	 */
	int (*transmit)(struct sea_port *port, struct sea_pkt **pkts, unsigned max, unsigned *n,
			sea_time now);
	/* Frees the port and its receive memory; the fd is closed, the link still there. */
	void (*free)(struct sea_port *port);
	/* Does the device carry frames now? 1: yes; 0: no; -errno: it is gone. */
	int (*carrier)(struct sea_port *port);
};

struct sea_port {
	const struct sea_port_ops *ops;
	struct sea_link *link;
	int fd;
	int watch_fd; /* becomes readable when the device may have changed */
	bool vnet;    /* a virtio header before each frame */
};

/* A socket for `watch_fd`, for the network namespace of the calling thread; or -errno. */
SEA_MUST_USE int sea_port_watch_open(void);
/* Gives the link the carrier that the device has now. 0, or -errno: it is gone (no carrier). */
int sea_port_look(struct sea_port *port, sea_time now);

/*
 * The device did not carry this frame: drops it as SEA_DROP_LINK_TX_ERROR, or, where there is no
 * carrier any more, as SEA_DROP_LINK_DOWN.
 */
void sea_port_refuse(struct sea_link *link, struct sea_pkt *pkt, sea_time now);

/* Applies the header that came with a frame: the frame, or NULL after rejecting it. */
struct sea_pkt *sea_port_accept(struct sea_port *port, struct sea_pkt *pkt, const uint8_t *hdr,
				sea_time now);

/*
 * Adds the port's link, named `name` unless `config` says otherwise, with the carrier that the device
 * has; 0 or -errno.
 */
SEA_MUST_USE int sea_port_add_link(struct sea_port *port, struct sea_stack *stack,
				   const struct sea_link_config *config, const char *name,
				   sea_time now);

/*
 * Runs `fn(arg)` in the network namespace `netns` (a path, a name under /run/netns, or NULL: ours)
 * and returns what it returned, or -errno. The calling thread stays where it is.
 */
SEA_MUST_USE int sea_netns_run(const char *netns, int (*fn)(void *arg), void *arg);

#endif
