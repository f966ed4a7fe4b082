/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A run from inside.
 *
 *	event ─┬─ packet in   (packet.c: build, map to live values, inject)
 *	       ├─ packet out  (packet.c: take; seen.c: parse; compare.c: field by field)
 *	       ├─ call        (call.c: begin and end; call_arg.c: words and memory; call_check.c: what came back)
 *	       ├─ shell       (the device's)
 *	       └─ code        (code.c: collected, and run by python3 at the end)
 *
 * Numbers of the script and live ones differ: sequence numbers are relative to the first SYN of each side,
 * timestamps and descriptors are mapped one by one.
 */
#ifndef SEA_PACKETIMPACT_RUN_STATE_H
#define SEA_PACKETIMPACT_RUN_STATE_H

#include <stdio.h>

#include "packetimpact/dut/dut.h"
#include "packetimpact/run/config.h"
#include "packetimpact/run/run.h"
#include "packetimpact/run/seen.h"
#include "packetimpact/script/arena.h"
#include "packetimpact/script/script.h"

enum sea_conn_state {
	SEA_CONN_NEW,
	SEA_CONN_LISTENING,
	SEA_CONN_CONNECTING, /* connect() was called */
	SEA_CONN_SYN_SENT,
	SEA_CONN_SYN_ACKED,
	SEA_CONN_SYN_GOT, /* of a child of a listener from here on */
	SEA_CONN_SYNACK_SENT,
	SEA_CONN_SYNACK_ACKED,
};

struct sea_ts_map {
	uint32_t script, live;
	struct sea_ts_map *next;
};

/* A socket of the script, or a connection that it may still accept. */
struct sea_conn {
	enum sea_conn_state state;
	int domain, type, protocol;
	long script_fd, live_fd; /* -1: none yet */
	struct sea_addr local, remote;
	uint16_t local_port, remote_port;
	bool has_local; /* known only from the first packet, which is none from before `since` */
	sea_time since;
	uint32_t script_local_isn, local_isn, remote_isn;
	struct sea_ts_map *ts; /* the newest first */
	bool has_ts;
	uint32_t first_script_ts, first_live_ts;
	uint32_t script_flowlabel, live_flowlabel;
	struct sea_conn *next;
};

struct sea_run_fd {
	long script, live;
	struct sea_run_fd *next;
};

struct sea_run_arg;

/* A call with all that belongs to it. */
struct sea_run_call {
	struct sea_dut_call call;
	const struct sea_script_event *event;
	struct sea_run_arg *args;
	size_t n_args;
	int64_t began_ns, end_ns; /* as the script has it; end_ns -1: it must not block */
	struct sea_run_call *next;
};

struct sea_run {
	const struct sea_script *script;
	struct sea_run_config config;
	struct sea_dut *dut;
	struct sea_arena arena;
	size_t taken;   /* bytes of it */
	sea_time start; /* the script's 0 */

	const struct sea_script_event *event;
	int64_t time_ns, to_ns; /* the event's, as the script's time */
	int64_t last_ns;        /* of the one before; -1: there was none */
	bool last_inbound;

	struct sea_conn *conns; /* the newest first */
	struct sea_conn *under_test;
	struct sea_run_fd *fds;
	struct sea_run_call *pending;
	uint16_t next_port;
	bool wrote_bytes; /* not all that was written is zeros */
	bool has_wall;    /* the first timestamp of the machine's clock set it */
	int64_t wall_ns;

	FILE *code; /* NULL: none yet */
	char *code_text;
	size_t code_len;

	FILE *report;
	bool failed;
	bool skipped;
	unsigned failed_line;
};

/* Writes file:line: and the sentence; the run is over then. Returns false. */
bool sea_run_fail(struct sea_run *run, struct sea_script_pos pos, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* A line more about it. */
void sea_run_note(struct sea_run *run, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Zeroed; NULL after the run has failed. */
void *sea_run_alloc(struct sea_run *run, size_t len);

/* Now, as the script's time. */
int64_t sea_run_now(const struct sea_run *run);
/* Time goes on until then, with all that pending calls do; false: one of them was wrong. */
bool sea_run_until(struct sea_run *run, int64_t script_ns, unsigned stop, unsigned *why);
/* Was it at its time? `since_ns`: -1, or the event before, from which tolerance grows. */
bool sea_run_check_time(struct sea_run *run, const struct sea_script_event *event, int64_t from_ns,
			int64_t to_ns, int64_t seen_ns, int64_t since_ns, const char *what);
/* Waits for the event's time and checks that it was not missed. */
bool sea_run_wait_event(struct sea_run *run, const char *what);

bool sea_run_packet(struct sea_run *run);
bool sea_run_call(struct sea_run *run);
/* Ends those that are done. */
bool sea_run_reap(struct sea_run *run);
bool sea_run_code(struct sea_run *run);
bool sea_run_code_finish(struct sea_run *run);

/* -- packets -- */

/* An IP header in front of `payload` bytes, by the family of its addresses; 255 is its TTL if `ip` says none. */
void sea_run_put_ip(uint8_t *at, const struct sea_script_ip *ip, const struct sea_addr *src,
		    const struct sea_addr *dst, uint8_t proto, size_t payload);
/* The packet as live bytes; false: it cannot be built, and the run has failed. */
bool sea_run_build(struct sea_run *run, const struct sea_script_packet *packet,
		   struct sea_conn *conn, struct sea_dut_packet *out);
/* Is it what the script wants? Both in the script's numbers. */
bool sea_run_compare(struct sea_run *run, const struct sea_script_packet *packet,
		     struct sea_conn *conn, const struct sea_seen *seen);
/* The type and code of an ICMP message; false: no such names. */
bool sea_run_icmp_code(const struct sea_script_icmp *icmp, bool v6, uint8_t *type, uint8_t *code);
bool sea_run_ts_find(const struct sea_conn *conn, uint32_t script, uint32_t *live);

/* -- calls -- */

struct sea_conn *sea_run_conn_new(struct sea_run *run);
struct sea_conn *sea_run_conn_of(struct sea_run *run, long script_fd);
bool sea_run_fd_add(struct sea_run *run, struct sea_script_pos pos, long script, long live);
bool sea_run_fd_live(struct sea_run *run, long script, long *live);
void sea_run_fd_del(struct sea_run *run, long script);

/* 0 or NULL. */
bool sea_run_is_null(const struct sea_expr *expr);
/* A number; false: it is none, and the run has failed. */
bool sea_run_int(struct sea_run *run, const struct sea_expr *expr, int64_t *value);

#endif
