/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The part of the library that makes system calls: devices, and a driver that runs a stack on a
 * thread. Everything is optional; a program with an event loop of its own uses the ports directly.
 */
#ifndef SEASTACK_OS_H
#define SEASTACK_OS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <seastack/compiler.h>
#include <seastack/link.h>
#include <seastack/stack.h>
#include <seastack/time.h>

SEA_BEGIN_DECLS

/* CLOCK_MONOTONIC. */
SEA_API sea_time sea_os_now(void);

/*
 * A port: an open device and the link that stands for it in the stack.
 */
struct sea_port;

struct sea_tap_config {
	size_t size;
	const char *name;  /* of the device; made when missing */
	const char *netns; /* the namespace it is in: path, or name in /run/netns; NULL: ours */
	bool tun;          /* IP packets instead of Ethernet frames */
	bool no_offload; /* without IFF_VNET_HDR: one plain frame a call, coalesced on the way in (GRO) */
	struct sea_link_config link; /* name NULL: the device's; features are filled in */
};

/*
 * Opens the device and adds its link, down as every new one. 0 or -errno: -EPERM (CAP_NET_ADMIN), -ENOENT
 * (/dev/net/tun, or the namespace), -EBUSY (in use), or what sea_link_add() says.
 */
SEA_API SEA_MUST_USE int sea_tap_open(struct sea_stack *stack, const struct sea_tap_config *config,
				      struct sea_port **port, sea_time now);

struct sea_afpacket_config {
	size_t size;
	const char *interface; /* of the host; frames for the stack's MAC are taken */
	const char *netns;     /* as sea_tap_config's */
	/*
	 * Without PACKET_VNET_HDR: plain frames both ways. A sender on this host may leave checksums
	 * to do, but must not send super-segments (ethtool -K PEER tso off gso off): too big here.
	 */
	bool no_offload;
	struct sea_link_config link; /* its mac all zero: a random one, and promiscuous mode */
};

/* The same for an interface: -EPERM (CAP_NET_RAW), -ENODEV. */
SEA_API SEA_MUST_USE int sea_afpacket_open(struct sea_stack *stack,
					   const struct sea_afpacket_config *config,
					   struct sea_port **port, sea_time now);

/* The port's link, and the descriptor to wait on; both are good until sea_port_close(). */
SEA_API struct sea_link *sea_port_link(const struct sea_port *port);
SEA_API int sea_port_fd(const struct sea_port *port);

/*
 * Reads what is there, at most `budget` frames in batches of 64, and hands it to the link: frames
 * read, or -errno when the device is gone (-ENODEV, -EIO: then the link's carrier is off).
 */
SEA_API int sea_port_receive(struct sea_port *port, unsigned budget, sea_time now);

/*
 * Writes what the link has. 0: all went out; 1: the device is full, call again when it is writable;
 * or -errno as above.
 */
SEA_API int sea_port_transmit(struct sea_port *port, sea_time now);

/*
 * The link has a carrier while the kernel's end of a tap, or the interface, is up. Readable when that may
 * have changed (good until sea_port_close()):
 */
SEA_API int sea_port_watch_fd(const struct sea_port *port);
/* then this looks: 0, or -errno as above. Frames that come in look, too. */
SEA_API int sea_port_watch(struct sea_port *port, sea_time now);

/* Closes the device and deletes the link. */
SEA_API void sea_port_close(struct sea_port *port, sea_time now);

/*
 * A driver: epoll over ports and other descriptors; reads before it polls, passes the stack's
 * deadline as the poll's timeout.
 */
struct sea_driver;

/* 0, -ENOMEM, or -errno of epoll_create1(2) and eventfd(2). The stack must outlive the driver. */
SEA_API SEA_MUST_USE int sea_driver_new(struct sea_stack *stack, struct sea_driver **driver);
/* Closes neither the ports nor the descriptors that it was given. */
SEA_API void sea_driver_free(struct sea_driver *driver);

/* 0, -EEXIST (its descriptor is there already), -ENOMEM, or -errno of epoll_ctl(2). */
SEA_API SEA_MUST_USE int sea_driver_add_port(struct sea_driver *driver, struct sea_port *port);
/* Before the port is closed; harmless when the driver has it no more. */
SEA_API void sea_driver_del_port(struct sea_driver *driver, struct sea_port *port);

/*
 * `ready(arg, events, now)` runs on the driver's thread, outside an entry, for EPOLL* `events`; it may
 * add and remove descriptors, its own too. Errors as sea_driver_add_port(), -ENOENT for one not there.
 */
typedef void sea_driver_fd_fn(void *arg, uint32_t events, sea_time now);
SEA_API SEA_MUST_USE int sea_driver_add_fd(struct sea_driver *driver, int fd, uint32_t events,
					   sea_driver_fd_fn *ready, void *arg);
SEA_API SEA_MUST_USE int sea_driver_mod_fd(struct sea_driver *driver, int fd, uint32_t events);
SEA_API void sea_driver_del_fd(struct sea_driver *driver, int fd);

/* Runs for each event of the stack, outside an entry. */
struct sea_event;
typedef void sea_driver_event_fn(void *arg, const struct sea_event *event, sea_time now);
SEA_API void sea_driver_on_event(struct sea_driver *driver, sea_driver_event_fn *fn, void *arg);

/* Instead of sleeping, poll for this long after the last frame; 0 (default): sleep at once. */
SEA_API void sea_driver_set_busy_poll(struct sea_driver *driver, int64_t ns);

/*
 * One turn: receive, advance, transmit, events, and sleep at most until `until` when nothing is left
 * to do. 0, or -errno when epoll or a port failed (the port is then removed; *gone tells which).
 */
SEA_API SEA_MUST_USE int sea_driver_turn(struct sea_driver *driver, sea_time until,
					 struct sea_port **gone);

/*
 * Turns until sea_driver_stop(), which may be called from a callback, another thread or a signal. 0, or
 * what ended it: an error of sea_driver_turn().
 */
SEA_API SEA_MUST_USE int sea_driver_run(struct sea_driver *driver);
SEA_API void sea_driver_stop(struct sea_driver *driver);

SEA_END_DECLS
#endif
