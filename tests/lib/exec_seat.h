/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program for `seastack exec` without one: its calls are made by a test, its memory is an arena, and
 * its descriptors are this process's. The stack has a loopback and nothing else.
 */
#ifndef SEA_TEST_EXEC_SEAT_H
#define SEA_TEST_EXEC_SEAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/exec/server.h"
#include "tools/host/host.h"

#define EXEC_ARENA 4096
#define EXEC_ARENA_AT UINT64_C(0x10000) /* where the program sees it */
#define EXEC_GIVEN 64

struct exec_seat {
	struct sea_host host;
	struct sea_host_config config;
	struct sea_exec_server *server;
	struct sea_exec *exec;
	uint8_t arena[EXEC_ARENA];
	int given
		[EXEC_GIVEN]; /* descriptors that were put into the program, in order; -1: closed */
	unsigned n_given;
	uint64_t id;
	/* Of the last answer. */
	bool answered, went_on;
	uint64_t answered_id;
	int64_t result; /* a value, or -errno */
};

void exec_seat_open(struct exec_seat *seat);
/* Closes all; the program ends first. */
void exec_seat_close(struct exec_seat *seat);

/* Makes a call; -EINPROGRESS: it waits. */
int64_t exec_seat_call(struct exec_seat *seat, int nr, const uint64_t arg[6]);
/* Runs the stack and what waits once, without sleeping. */
void exec_seat_turn(struct exec_seat *seat);
/* As the program's close(2): given[i]. */
void exec_seat_close_given(struct exec_seat *seat, unsigned i);

#endif
