/* SPDX-License-Identifier: Apache-2.0 */
/*
 * System calls of a script. A call is described by one letter for each of its arguments:
 *
 *	f descriptor      i number          d domain, or ...
 *	R buffer to fill  W buffer to send  S string
 *	s our address, or ...   c the peer's, or ...   l its length, or ...
 *	A address to fill       L its length, or ...
 *	v iovecs to fill  V iovecs to send  m msghdr to fill  M msghdr to send
 *	q pollfds         e epoll_event     E epoll_events to fill
 *	O option to get   N its length      Y option to set
 *	o offset by reference, or number    x number to fill    P pair of descriptors to fill
 *
 * What stands behind a '?' may be left out.
 */
#ifndef SEA_PACKETIMPACT_RUN_CALL_H
#define SEA_PACKETIMPACT_RUN_CALL_H

#include <sys/socket.h>

#include "packetimpact/run/state.h"

struct sea_run_arg {
	char kind;
	const struct sea_expr *expr;
	uint64_t word;
	void *memory; /* what the word points at */
	size_t len;   /* of it, in bytes or, of arrays, in elements */
};

struct sea_run_kind {
	enum sea_dut_nr nr;
	const char *args;
	bool is_fd; /* the result is a descriptor */
};

/* NULL: no such call in scripts. */
const struct sea_run_kind *sea_run_kind_of(enum sea_dut_nr nr);

/* Words and memory of all arguments (call_arg.c). */
bool sea_run_args(struct sea_run *run, struct sea_run_call *call, const struct sea_run_kind *kind);
/* What the call left in memory beside what the script says of it (call_check.c). */
bool sea_run_check_args(struct sea_run *run, struct sea_run_call *call);

/* An address, of struct sockaddr_storage; `peer`: for ..., the peer's. (call_addr.c) */
bool sea_run_sockaddr(struct sea_run *run, const struct sea_expr *expr, bool peer, int domain,
		      struct sockaddr_storage *addr, socklen_t *len);
/* A struct msghdr (call_msg.c); `fill`: it is received, else sent. */
bool sea_run_msghdr(struct sea_run *run, struct sea_run_arg *arg, bool fill);
bool sea_run_check_msghdr(struct sea_run *run, const struct sea_run_arg *arg);
/* `count`: how many the call will say there are, or NULL; behind the list's there are empty ones. */
bool sea_run_iovecs(struct sea_run *run, const struct sea_expr *expr, const struct sea_expr *count,
		    void **memory, size_t *n);
/* Structures of TCP-AO's options (call_ao.c). Is the group one, by the level and name that the call has for it? */
bool sea_run_is_ao(const struct sea_run_call *call, const struct sea_expr *expr);
/* Into `room` bytes; `domain`: of the socket. */
bool sea_run_ao_put(struct sea_run *run, const struct sea_run_call *call,
		    const struct sea_expr *group, int domain, uint8_t *memory, size_t room);
/* The fields that the script names. */
bool sea_run_ao_check(struct sea_run *run, const struct sea_run_call *call,
		      const struct sea_expr *group, const uint8_t *memory, size_t len);
/* A buffer of `len` bytes with the string, if one stands there. */
void *sea_run_buffer(struct sea_run *run, const struct sea_expr *expr, size_t len, bool send);
/* Are these the bytes of the string? */
bool sea_run_check_bytes(struct sea_run *run, const struct sea_expr *expr, const void *bytes,
			 size_t len);

#endif
