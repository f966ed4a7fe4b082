/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the program on the device does, as calls between packets. Either the capture tells of them in its comments
 * (told.c: `packetimpact record` writes them), or they are guessed from what the device sent (guess.c): a socket that
 * listens or connects, what was pushed together is one write(), a FIN is a shutdown(), and all that comes is read.
 */
#ifndef SEA_REPLAY_ACT_H
#define SEA_REPLAY_ACT_H

#include "packetimpact/dut/dut.h"
#include "packetimpact/replay/midway.h"
#include "packetimpact/replay/talk.h"

/* What stands for a word that was an address. */
#define SEA_ACT_POINTER INT64_MIN
#define SEA_ACT_TEXT_MAX 32

struct sea_act {
	size_t before; /* the packet that it comes before; talk.n: behind all */
	size_t order;  /* of those before the same packet, at the same time */
	int64_t ns;    /* not before this time of the conversation; may be below 0 */
	enum sea_dut_nr nr;
	int64_t arg[6];
	long result; /* what it returned; of a guessed one, the number by which others know its descriptor */
	bool reads_on;     /* a read() that is made again and again until nothing more comes */
	bool stops;        /* those are not made from here on, until one that reads_on */
	uint8_t value_len; /* of what a setsockopt()'s pointer points to; 0: it is not known */
	uint8_t value[SEA_ACT_TEXT_MAX];
};

struct sea_acts {
	struct sea_act *v;
	size_t n, room;
	bool told;
	int64_t clock_ns; /* told: when the recorded device began, as the conversation counts; else INT64_MIN */
	struct sea_midway
		midway; /* how it stood when the capture began, if the handshake is not there */
	/*
	 * TCP: what the device sent, from the first byte behind its SYN on, or that was out midway; what the capture
	 * lacks is zeros
	 */
	uint8_t *stream;
	uint32_t stream_len, stream_room;
};

/* False and why: there is no program that would have done this, or no memory. */
bool sea_acts_of(struct sea_acts *acts, const struct sea_talk *talk, bool guess, const char **why);
void sea_acts_fini(struct sea_acts *acts);

/* -- between act.c, told.c and guess.c -- */

/* NULL: no memory. */
struct sea_act *sea_acts_add(struct sea_acts *acts, size_t before, int64_t ns, enum sea_dut_nr nr);
void sea_acts_sort(struct sea_acts *acts);
/* False: no memory. Nothing is added where the capture tells of no calls. */
bool sea_acts_told(struct sea_acts *acts, const struct sea_talk *talk);
bool sea_acts_guess(struct sea_acts *acts, const struct sea_talk *talk, const char **why);

#endif
