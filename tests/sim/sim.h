/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The simulator: hosts (stacks with one or more Ethernet links) on segments, a wire with its own faults
 * from every link of a segment to every other, programs on the hosts, and one clock for all.
 *
 *	host ── paced or not ── wire: loss, delay, jitter, reorder, duplicate, corrupt, rate, cut ── host
 *
 * The next moment is the earliest of what any stack, wire, program or plan has to do. Everything is
 * drawn from one seed, so that a run can be had again by its number.
 */
#ifndef SEA_TESTS_SIM_H
#define SEA_TESTS_SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <netinet/in.h>

#include <seastack/addr.h>
#include <seastack/env.h>
#include <seastack/event.h>
#include <seastack/link.h>
#include <seastack/pkt.h>
#include <seastack/socket.h>
#include <seastack/stack.h>
#include <seastack/time.h>

#define SIM_HOSTS_MAX 10
#define SIM_NICS_MAX 4 /* of one host */
#define SIM_PORTS_MAX (2 * SIM_HOSTS_MAX)
#define SIM_SEGMENTS_MAX 8
#define SIM_FRAME_MAX (65535 + 64)

/* -- chance -- */

struct sim_rng {
	uint64_t state;
};

static inline uint64_t sim_random(struct sim_rng *rng)
{
	uint64_t z = rng->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* In [0, n); 0 for n = 0. */
static inline uint64_t sim_below(struct sim_rng *rng, uint64_t n)
{
	return n ? sim_random(rng) % n : 0;
}

/* In [low, high]. */
static inline uint64_t sim_between(struct sim_rng *rng, uint64_t low, uint64_t high)
{
	return low + sim_below(rng, high - low + 1);
}

static inline bool sim_chance(struct sim_rng *rng, uint32_t ppm)
{
	return sim_below(rng, 1000000) < ppm;
}

/* Small numbers as often as large ones: in [1, max]. */
static inline uint64_t sim_size(struct sim_rng *rng, uint64_t max)
{
	unsigned bits = 1;

	while (bits < 63 && UINT64_C(1) << bits < max)
		bits++;
	return 1 + sim_below(rng, sim_random(rng) % max + 1) %
			   (UINT64_C(1) << sim_between(rng, 1, bits));
}

/* -- wires -- */

struct sim_profile {
	uint32_t loss_ppm, duplicate_ppm, corrupt_ppm, reorder_ppm;
	int64_t delay_ns, jitter_ns;
	uint64_t rate_bps;    /* 0: no limit */
	uint32_t queue_bytes; /* waiting for the wire at most, with a rate */
	uint32_t
		mark_bytes; /* what is ECT and finds more waiting is marked (RFC 3168); 0: nothing is */
	uint32_t pmtu;      /* IP bytes that pass; larger ones with DF are answered. 0: all */
};

struct sim_wire {
	struct sim_profile profile;
	bool cut;
	sea_time busy_until, last_arrival;
	uint64_t sent, lost, overflowed, marked, duplicated, corrupted, reordered, too_big;
};

struct sim_frame {
	sea_time at;
	uint64_t order;
	uint8_t from, to;
	uint8_t vnet[SEA_VNET_HDR_LEN];
	uint32_t len;
	uint8_t bytes[];
};

/* -- hosts -- */

/* Super-segments and unfinished checksums, both ways. */
#define SIM_OFFLOAD_FEATURES                                                              \
	(SEA_LINK_F_TX_CSUM | SEA_LINK_F_TSO4 | SEA_LINK_F_TSO6 | SEA_LINK_F_RX_TRUSTED | \
	 SEA_LINK_F_RX_GSO)

struct sim_env {
	struct sea_env env;
	size_t live, live_bytes;
	struct sim_rng secret, fault;
	uint32_t fail_ppm; /* allocations that fail */
	/* The allocation with this number fails (from 1; 0: none), and those after it in a burst. */
	size_t calls, fail_at, fail_n;
};

/* Frames that the driver has not given back yet. */
#define SIM_LENT_MAX 16

/* A link with the driver between it and its segment. */
struct sim_nic {
	struct sim_host *host;
	unsigned port;    /* its number in the world: the wires that begin and end here */
	unsigned segment; /* the network it is in */
	struct sea_link *link;
	uint8_t mac[6];
	struct sea_rx_chain chain;
	struct sea_pkt *lent[SIM_LENT_MAX];
	sea_time lent_until;
	unsigned n_lent;
	bool stalled;         /* gave frames back to the link and must ask again */
	bool down, unplugged; /* by its administrator; its carrier is off */
};

/* The next hop to a segment that the host is not in. */
struct sim_hop {
	bool known;
	unsigned nic;
	unsigned router; /* its port */
};

struct sim_host {
	struct sim_world *world;
	unsigned index;
	struct sim_env env;
	struct sea_stack *stack;
	struct sim_nic nic[SIM_NICS_MAX];
	unsigned n_nics;
	struct sim_hop hops[SIM_SEGMENTS_MAX]; /* those that are in its table of routes */
	size_t held_idle;                      /* memory at most once all is quiet */
	int64_t hold_ns; /* frames wait this long at most in the stack's own fault wrapper; 0: none */
	bool forwards;   /* a router */
	bool paced; /* the driver takes few frames at a time and holds them while they are sent */
	bool touched;
};

/* May a call say that there is no memory? */
static inline bool sim_may_lack_memory(const struct sim_host *h)
{
	return h->env.fail_ppm || h->env.fail_at;
}

/* -- what is done to the world, and when -- */

enum sim_deed {
	SIM_CUT,     /* wires between two ports, both ways */
	SIM_DOWN,    /* the link, by its administrator */
	SIM_CARRIER, /* the link's wire, as its driver sees it */
	SIM_MTU,     /* `value` */
	SIM_MAC,
	SIM_PROFILE, /* of the wire from port to peer */
	SIM_RESTORE,
	SIM_FORGET,  /* what the host knows of its neighbours */
	SIM_MEMORY,  /* `value` of a million allocations fail */
	SIM_DEEDS_N, /* of those that any scene draws */
	SIM_REROUTE, /* the host learns which ways there are now */
	SIM_LOOP,    /* two routers believe each other to be nearer to segment `value` */
};

struct sim_step {
	sea_time at;
	enum sim_deed deed;
	unsigned port, peer; /* what is done to a host is done to that of the port */
	uint32_t value;
	bool undo;
	struct sim_profile profile;
};

#define SIM_STEPS_MAX 512

struct sim_plan {
	struct sim_step steps[SIM_STEPS_MAX]; /* by time */
	unsigned n, next;
};

/* -- the world -- */

struct sim_apps;

struct sim_options {
	bool trace;          /* one line for every frame */
	const char *capture; /* a pcapng file of every frame, or NULL */
};

struct sim_world {
	uint64_t seed;
	const struct sim_options *options;
	struct sim_rng rng;
	sea_time now;
	unsigned n_hosts;
	struct sim_host hosts[SIM_HOSTS_MAX];
	struct sim_nic *ports[SIM_PORTS_MAX];
	unsigned n_ports;
	unsigned n_segments;
	struct sim_wire wires[SIM_PORTS_MAX][SIM_PORTS_MAX];
	bool offload;   /* links carry super-segments and unfinished checksums */
	bool ipv6;      /* links have addresses of it, and programs use them */
	bool no_cache;  /* stacks give all free memory back at once */
	bool chains;    /* frames come in through receive chains, as drivers bring them */
	bool rough;     /* connections may fail without anybody's fault */
	bool cookies;   /* an old segment may make a connection once more */
	bool lossy;     /* a neighbour may not answer in time */
	sea_time quiet; /* no disturbance from here on */
	struct sim_frame **heap;
	size_t n_heap, heap_size;
	uint64_t order;
	uint64_t hash; /* of every frame that was sent, and when */
	uint64_t n_frames, n_steps;
	unsigned same; /* moments in a row that found the same time */
	struct sim_apps *apps;
	struct sim_plan plan;
	FILE *capture;
};

/* The run has failed: says why and how to have it again, and ends the process. */
SEA_NORETURN SEA_PRINTF(2, 3) void sim_fail(struct sim_world *w, const char *fmt, ...);

#define SIM_CHECK(w, cond)                                                                 \
	do {                                                                               \
		if (!(cond))                                                               \
			sim_fail(w, "%s:%d: %s does not hold", __FILE__, __LINE__, #cond); \
	} while (0)

/* env.c */
void sim_env_init(struct sim_env *e, struct sim_world *w, uint64_t seed);

/* host.c: a stack without links. */
void sim_host_new(struct sim_world *w, unsigned index);
void sim_host_free(struct sim_host *h);
sea_time sim_host_deadline(struct sim_host *h);
/* Takes what the links have to send; gives back what was sent. */
void sim_host_transmit(struct sim_host *h);
/* The host's address on its first link: 10.SEGMENT.0.1 and on, or fd00:0:0:SEGMENT::1 and on. */
struct sim_name {
	struct sockaddr_storage at;
	socklen_t len;
};
struct sim_name sim_address(const struct sim_host *h, bool ipv6, uint16_t port);
/* Every address of a host; where there is IPv6, those of both families. */
struct sim_name sim_any(const struct sim_world *w, uint16_t port);

/* nic.c: adds a link on a segment; `features` are SEA_LINK_F_*. */
struct sim_nic *sim_nic_new(struct sim_host *h, unsigned segment, uint32_t features, uint32_t mtu);
void sim_nic_free(struct sim_nic *nic);
/* Puts the stack's own fault wrapper on it, where the host has hold_ns. */
void sim_nic_hold(struct sim_nic *nic);
void sim_nic_deliver(struct sim_nic *nic, struct sim_frame **frames, unsigned n);
/* A batch of what it has to send. */
void sim_nic_transmit(struct sim_nic *nic);
/* Few at a time, held until the wire is free; now and then the wire takes none of the last ones. */
void sim_nic_transmit_paced(struct sim_nic *nic);
void sim_nic_set_mac(struct sim_nic *nic, const uint8_t mac[6]);
void sim_nic_give_back(struct sim_nic *nic);
struct sea_addr sim_nic_address(const struct sim_nic *nic, bool ipv6);
/* Its address of IPv6, which goes when the link does. */
void sim_nic_add_address6(struct sim_nic *nic);

/* wire.c */
void sim_wire_send(struct sim_nic *from, const uint8_t *bytes, uint32_t len,
		   const uint8_t vnet[SEA_VNET_HDR_LEN]);
/* Congestion experienced (RFC 3168), where the frame is of IP and ECT; says whether it is. */
bool sim_wire_mark(uint8_t *bytes, uint32_t len);
/* The next frame that is due at or before now; NULL. The caller frees it. */
struct sim_frame *sim_wire_due(struct sim_world *w);
sea_time sim_wire_deadline(const struct sim_world *w);
void sim_wire_clear(struct sim_world *w);
/* How long the wires are busy with what was sent already. */
sea_time sim_wire_free_at(const struct sim_nic *from);

/* world.c */
void sim_world_init(struct sim_world *w, uint64_t seed, const struct sim_options *options);
void sim_world_fini(struct sim_world *w);
/* One moment of the world, not after `until`; false: nothing happens before that. */
bool sim_world_step(struct sim_world *w, sea_time until);

/* trace.c */
void sim_trace_open(struct sim_world *w);
void sim_trace_close(struct sim_world *w);
void sim_trace_frame(struct sim_world *w, unsigned from, const uint8_t *bytes, size_t len);

/* check.c: what must hold of a host between entries. */
void sim_check_host(struct sim_host *h);
/* Everybody has closed everything and all is quiet: what may be left. */
void sim_check_idle(struct sim_host *h);
void sim_print_sockets(struct sim_host *h, FILE *to);

/* restore.c: the host goes on as a copy of itself made from bytes. */
void sim_restore(struct sim_host *h);

/* scene.c: hosts, wires, programs and disturbances, all drawn from the seed. */
void sim_scene_segment(struct sim_world *w);
/* scene_net.c: the same for several segments with routers between them. */
void sim_scene_network(struct sim_world *w);

/* net.c: puts the shortest ways that there are now into the host's table of routes. */
void sim_net_route(struct sim_host *h);
/* Makes a router of the host. */
void sim_net_forward(struct sim_host *h);
/* A way of its own to a segment. */
void sim_net_set_hop(struct sim_host *h, unsigned segment, struct sim_hop hop);

/* plan.c */
void sim_plan_add(struct sim_world *w, const struct sim_step *step);
sea_time sim_plan_deadline(const struct sim_world *w);
void sim_plan_run(struct sim_world *w);

#endif
