/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The simulator: hosts (stacks with one Ethernet link each) on one segment, a wire with its own
 * faults from every host to every other, programs on the hosts, and one clock for all.
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

#include <seastack/env.h>
#include <seastack/event.h>
#include <seastack/link.h>
#include <seastack/pkt.h>
#include <seastack/socket.h>
#include <seastack/stack.h>
#include <seastack/time.h>

#define SIM_HOSTS_MAX 4
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
	uint32_t pmtu;        /* IP bytes that pass; larger ones with DF are answered. 0: all */
};

struct sim_wire {
	struct sim_profile profile;
	bool cut;
	sea_time busy_until, last_arrival;
	uint64_t sent, lost, overflowed, duplicated, corrupted, reordered, too_big;
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

struct sim_host {
	struct sim_world *world;
	unsigned index;
	struct sim_env env;
	struct sea_stack *stack;
	struct sea_link *link;
	uint8_t mac[6];
	struct sea_rx_chain chain;
	struct sea_pkt *lent[SIM_LENT_MAX];
	sea_time lent_until;
	unsigned n_lent;
	size_t held_idle; /* memory at most once all is quiet */
	int64_t hold_ns; /* frames wait this long at most in the stack's own fault wrapper; 0: none */
	bool paced;   /* the driver takes few frames at a time and holds them while they are sent */
	bool stalled; /* gave frames back to the link and must ask again */
	bool touched;
};

/* May a call say that there is no memory? */
static inline bool sim_may_lack_memory(const struct sim_host *h)
{
	return h->env.fail_ppm || h->env.fail_at;
}

/* -- what is done to the world, and when -- */

enum sim_deed {
	SIM_CUT,     /* wires between two hosts, both ways */
	SIM_DOWN,    /* the host's link, by its administrator */
	SIM_CARRIER, /* the host's wire, as its driver sees it */
	SIM_MTU,     /* `value` */
	SIM_MAC,
	SIM_PROFILE, /* of the wire from host to peer */
	SIM_RESTORE,
	SIM_FORGET, /* what the host knows of its neighbours */
	SIM_MEMORY, /* `value` of a million allocations fail */
	SIM_DEEDS_N
};

struct sim_step {
	sea_time at;
	enum sim_deed deed;
	unsigned host, peer;
	uint32_t value;
	bool undo;
	struct sim_profile profile;
};

#define SIM_STEPS_MAX 64

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
	struct sim_wire wires[SIM_HOSTS_MAX][SIM_HOSTS_MAX];
	bool offload;   /* links carry super-segments and unfinished checksums */
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

/* host.c: `features` are SEA_LINK_F_*. */
void sim_host_new(struct sim_world *w, unsigned index, uint32_t features, uint32_t mtu);
/* Puts the stack's own fault wrapper on the link of a host that has hold_ns. */
void sim_host_hold(struct sim_host *h);
void sim_host_free(struct sim_host *h);
void sim_host_deliver(struct sim_host *h, struct sim_frame **frames, unsigned n);
/* Takes what the link has to send; gives back what was sent. */
void sim_host_transmit(struct sim_host *h);
sea_time sim_host_deadline(struct sim_host *h);
void sim_host_set_mac(struct sim_host *h, const uint8_t mac[6]);
/* 10.0.0.1 and on. */
struct sockaddr_in sim_address(unsigned host, uint16_t port);

/* wire.c */
void sim_wire_send(struct sim_host *from, const uint8_t *bytes, uint32_t len,
		   const uint8_t vnet[SEA_VNET_HDR_LEN]);
/* The next frame that is due at or before now; NULL. The caller frees it. */
struct sim_frame *sim_wire_due(struct sim_world *w);
sea_time sim_wire_deadline(const struct sim_world *w);
void sim_wire_clear(struct sim_world *w);
/* How long the host's wires are busy with what was sent already. */
sea_time sim_wire_free_at(const struct sim_host *from);

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
void sim_scene_random(struct sim_world *w);

/* plan.c */
void sim_plan_add(struct sim_world *w, const struct sim_step *step);
sea_time sim_plan_deadline(const struct sim_world *w);
void sim_plan_run(struct sim_world *w);

#endif
