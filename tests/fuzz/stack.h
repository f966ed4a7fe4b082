/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole stack under what chance makes up: stack.c reads the input and does what it says,
 * stack_call.c are a program's calls, stack_frame.c frames that fit the connections there are.
 */
#ifndef SEA_TESTS_FUZZ_STACK_H
#define SEA_TESTS_FUZZ_STACK_H

#include "tests/sim/sim.h"

#define FUZZ_SOCKETS 8

/* What is left of the input; reads beyond its end give 0. */
struct fuzz_bytes {
	const uint8_t *at;
	size_t left;
};

uint8_t fuzz_u8(struct fuzz_bytes *in);
uint16_t fuzz_u16(struct fuzz_bytes *in);
uint32_t fuzz_u32(struct fuzz_bytes *in);

struct fuzz {
	struct sim_world world;
	struct sim_host *host;
	struct fuzz_bytes in;
	sea_socket socks[FUZZ_SOCKETS];
};

/* stack_call.c: one call, chosen by the input. */
void fuzz_call(struct fuzz *f);
/* stack_frame.c: one frame. */
void fuzz_segment(struct fuzz *f);
void fuzz_datagram(struct fuzz *f);
void fuzz_icmp_error(struct fuzz *f);
void fuzz_raw(struct fuzz *f);

#endif
