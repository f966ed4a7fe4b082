/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The programs on the hosts: streams from clients to servers and back, UDP echo, ping. They wake by
 * events alone, and go on until the call says that it would block, so a wake-up that is lost is a
 * run that does not end.
 */
#ifndef SEA_TESTS_SIM_APPS_H
#define SEA_TESTS_SIM_APPS_H

#include "tests/sim/sim.h"

#define SIM_FLOWS_MAX 64
#define SIM_PENDING_MAX 256
#define SIM_ECHOES_MAX 8
#define SIM_LISTENERS_MAX (2 * SIM_HOSTS_MAX)
#define SIM_PORT 80
#define SIM_HELLO 8 /* bytes with which a client says which stream it is */

enum sim_ending {
	SIM_SHUTDOWN_THEN_EOF, /* half-close, read to the end, close */
	SIM_EOF_THEN_CLOSE,    /* read to the end, then close */
	SIM_CLOSE_AT_ONCE,     /* close with everything written, whatever may still come */
	SIM_ABORT,             /* SO_LINGER 0 somewhere in the middle */
};

/* How one end of a stream behaves; what is zero is plain. */
struct sim_manner {
	uint64_t total;    /* bytes to write */
	uint64_t abort_at; /* SIM_ABORT: after so many written */
	enum sim_ending ending;
	uint32_t write_max, read_max; /* bytes a call */
	bool lend_send, lend_receive, cork, nodelay, linger;
	uint32_t more_ppm, peek_ppm;
	int64_t read_pause_ns, write_pause_ns; /* between calls, at most */
	int rcvbuf, sndbuf, user_timeout_ms, maxseg;
};

struct sim_flow_spec {
	sea_time start;
	unsigned client, server;
	uint16_t port, bind_port; /* bind_port 0: ephemeral */
	bool ipv6;
	struct sim_manner manner[2];
};

struct sim_echo_spec {
	sea_time start;
	unsigned client, server;
	bool ping, to_closed_port, ipv6;
	unsigned count;
	uint32_t size_max;
	int64_t interval_ns;
};

struct sim_listener_spec {
	unsigned host;
	uint16_t port;
	int backlog, rcvbuf, sndbuf;
	int64_t accept_pause_ns;
};

void sim_apps_new(struct sim_world *w);
void sim_apps_free(struct sim_world *w);
void sim_apps_add_listener(struct sim_world *w, const struct sim_listener_spec *spec);
void sim_apps_add_flow(struct sim_world *w, const struct sim_flow_spec *spec);
void sim_apps_add_echo_server(struct sim_world *w, unsigned host);
void sim_apps_add_echo(struct sim_world *w, const struct sim_echo_spec *spec);

sea_time sim_apps_deadline(const struct sim_world *w);
void sim_apps_run(struct sim_world *w);
void sim_apps_event(struct sim_host *h, const struct sea_event *ev);
/* All streams and echoes have come to an end. */
bool sim_apps_done(const struct sim_world *w);
/* The servers close; nothing is begun any more. */
void sim_apps_stop(struct sim_world *w);
void sim_apps_print(const struct sim_world *w, FILE *to);

struct sim_apps_sum {
	unsigned flows, intact, failed;
	uint64_t bytes, echoes_sent, echoes_back;
	sea_time last; /* when the last stream ended */
};

void sim_apps_sum(const struct sim_world *w, struct sim_apps_sum *sum);

#endif
