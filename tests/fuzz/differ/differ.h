/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The differential fuzzer: a random program of socket calls and of segments that come in, on two devices.
 *
 *	seed ─ draw ─ program ─┬─ play on theirs, in real time: when each step was ─┐
 *	                       └─ play on seastack, at those very times ───────────┴─ compare ─ shrink ─ script
 *
 * A program is concrete: its sequence numbers count from the SYNs, as in scripts, and depend on nothing that
 * happens when it is played. It is drawn by playing it on Seastack, so that what comes in fits what went out.
 */
#ifndef SEA_TESTS_FUZZ_DIFFER_H
#define SEA_TESTS_FUZZ_DIFFER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "packetimpact/run/state.h"

#define DIFF_STEPS 64
#define DIFF_SLOTS 8
#define DIFF_CONNS 4
#define DIFF_OPTIONS 12
#define DIFF_SETTINGS 4

/* The ports: listeners' (0: the usual one), the peer's of connection `i` that it opens, and that it waits at. */
#define DIFF_PORT 8080u
#define DIFF_PEER_PORT 40000u
#define DIFF_SERVER_PORT 9000u

enum diff_call {
#define CALL(name) DIFF_##name,
#include "tests/fuzz/differ/call.def"
#undef CALL
	DIFF_CALLS,
};

/* A call or a packet, `delay_ns` after the one before. */
struct diff_step {
	int64_t delay_ns;
	bool is_packet;
	/* A call: `slot` is the socket's, `other` a second one; the rest depends on it. */
	enum diff_call call;
	unsigned slot, other;
	int64_t a, b, c;
	/* A packet of connection `conn`; its options are linked when it is used. */
	unsigned conn;
	bool begins; /* its sequence number is where the peer's begin */
	struct sea_script_packet packet;
	struct sea_script_option options[DIFF_OPTIONS];
	struct sea_script_sack sack[4];
	unsigned n_options;
};

struct diff_program {
	uint64_t seed;
	enum sea_run_family family;
	const char *settings[DIFF_SETTINGS][2]; /* sysctls */
	unsigned n_settings;
	bool actives[DIFF_CONNS]; /* ours: the peer waits for it */
	struct diff_step steps[DIFF_STEPS];
	unsigned n;
	int64_t tail_ns; /* how long it is watched behind the last step */
};

/* What a device did: the answer of a step, or a packet. */
struct diff_answer {
	unsigned step; /* of a packet: the one before it */
	sea_time time; /* since the program began */
	bool is_packet;
	char text[900]; /* what is compared */
	char line[900]; /* as a script has it, without its time */
	char kind[64];  /* what it is about, for telling differences apart */
};

struct diff_trace {
	struct diff_answer *answers;
	size_t n, room;
	sea_time times[DIFF_STEPS]; /* when each step was */
};

struct diff_difference {
	bool found;
	bool packets; /* else calls */
	size_t at[2]; /* the answers, of Seastack and Linux; n: there is none */
	char key[200];
};

/* -- playing (play.c, play_call.c, see.c) -- */

struct diff_world;

/* NULL with *why. */
struct diff_world *diff_world_new(const struct diff_program *program, bool theirs, bool windows,
				  const char **why);
/* The step, at `at` on the device's clock, or as soon as that is past; with its answer and its packets. */
void diff_world_step(struct diff_world *world, unsigned i, const struct diff_step *step,
		     sea_time at);
/* Time goes on; packets are noted. */
void diff_world_run(struct diff_world *world, sea_time until);
sea_time diff_world_now(struct diff_world *world);
/* Ends it; its trace is the caller's. */
struct diff_trace *diff_world_end(struct diff_world *world);
void diff_trace_free(struct diff_trace *trace);
/* All of it: on Linux in real time, on Seastack at the times of *when (NULL: at those it was drawn with). */
struct diff_trace *diff_play(const struct diff_program *program, bool theirs, bool windows,
			     const struct diff_trace *when, const char **why);

/* What the peer of a connection knows of it. */
struct diff_conn {
	struct sea_conn conn; /* what packets are built with */
	bool seen;            /* of the device */
	uint32_t nxt;         /* behind what the device has sent, from its SYN */
	uint32_t ack;         /* the device's last */
	uint32_t ts_val;      /* its last timestamp, in the script's numbers */
	bool has_ts, sack;
	uint16_t win;
};

/* From inside. */
struct diff_world {
	struct sea_run run; /* its dut, its configuration, its arena */
	const struct diff_program *program;
	struct diff_trace *trace;
	struct diff_conn conns[DIFF_CONNS];
	long fds[DIFF_SLOTS]; /* -1: none */
	bool windows;         /* they are compared */
	unsigned step;
};

void diff_world_call(struct diff_world *world, const struct diff_step *step);
/* A packet of the device: whose it is, and its text. */
void diff_world_see(struct diff_world *world, const struct sea_dut_packet *packet);
struct diff_answer *diff_world_answer(struct diff_world *world);
/* The words of a step as a script has them; `result` NULL for a packet. */
void diff_step_print(const struct diff_program *program, const struct diff_step *step, FILE *out);
/* Puts the options into the list that the packet has. */
void diff_step_link(struct diff_step *step);

/* -- drawing (draw.c, draw_packet.c, draw_call.c) -- */

struct diff_draw {
	uint64_t state;
	struct diff_program *program;
	struct diff_world *world; /* Seastack, as far as the program is */
	uint32_t peer_nxt[DIFF_CONNS];
	uint32_t ts[DIFF_CONNS];
	bool opened[DIFF_CONNS], options_ts[DIFF_CONNS], fin[DIFF_CONNS];
	unsigned n_slots;
};

uint32_t diff_rand(struct diff_draw *draw, uint32_t below);
bool diff_chance(struct diff_draw *draw, uint32_t percent);
/* False, with *why: no world. */
bool diff_draw(struct diff_program *program, uint64_t seed, const char **why);
void diff_draw_packet(struct diff_draw *draw, struct diff_step *step);
void diff_draw_syn(struct diff_draw *draw, struct diff_step *step, unsigned conn, bool ack);
void diff_draw_ack(struct diff_draw *draw, struct diff_step *step, unsigned conn);
void diff_draw_call(struct diff_draw *draw, struct diff_step *step);

/* -- comparing (compare.c), making smaller (shrink.c), writing (write.c) -- */

struct diff_difference diff_compare(const struct diff_trace *ours, const struct diff_trace *theirs);

/* Both worlds; the traces are the caller's where they are wanted. False: no world. */
bool diff_judge(const struct diff_program *program, bool windows,
		struct diff_difference *difference, struct diff_trace *traces[2]);
/* Takes away what the difference does without. */
void diff_shrink(struct diff_program *program, bool windows, const char *key);
/* As a script, with Linux's answers, and Seastack's in comments where they differ. */
void diff_write(const struct diff_program *program, struct diff_trace *const traces[2],
		const struct diff_difference *difference, FILE *out);

#endif
