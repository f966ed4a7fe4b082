/* SPDX-License-Identifier: Apache-2.0 */
/* The programs from inside: apps.c keeps them and hands out wake-ups, stream.c and echo.c run them. */
#ifndef SEA_TESTS_SIM_APPS_PRIV_H
#define SEA_TESTS_SIM_APPS_PRIV_H

#include "tests/sim/apps.h"

enum sim_end_state {
	END_IDLE, /* not begun */
	END_CONNECTING,
	END_OPEN,
	END_LINGERING, /* closed once, SO_LINGER waits */
	END_DONE,
};

struct sim_flow;

struct sim_end {
	struct sim_host *host;
	struct sim_flow *flow;
	unsigned side; /* 0: client, 1: server */
	enum sim_end_state state;
	sea_socket sock;
	uint64_t rx, tx;
	bool wr_closed; /* no more will be written: the other end may read an end of stream */
	bool eof, rude; /* rude: the other end need not get or send all */
	int err;        /* positive; 0: it ended well */
	sea_time read_at, write_at; /* resting until then; NEVER: not resting */
	sea_time give_up;
};

struct sim_flow {
	struct sim_flow_spec spec;
	uint32_t id;
	struct sim_end end[2];
};

struct sim_listener {
	struct sim_listener_spec spec;
	sea_socket sock;
	sea_time accept_at;
	bool waiting; /* connections may be there, but the program is busy until accept_at */
};

/* A connection that was accepted and has not said yet which stream it is. */
struct sim_pending {
	struct sim_host *host;
	sea_socket sock;
	uint8_t hello[SIM_HELLO];
	unsigned got;
};

struct sim_echo {
	struct sim_world *world;
	struct sim_echo_spec spec;
	sea_socket sock;
	bool done;
	sea_time next;
	unsigned sent, back, refused;
};

struct sim_apps {
	struct sim_world *world;
	struct sim_flow flows[SIM_FLOWS_MAX];
	unsigned n_flows;
	struct sim_listener listeners[SIM_LISTENERS_MAX];
	unsigned n_listeners;
	struct sim_pending pending[SIM_PENDING_MAX];
	struct sim_echo echoes[SIM_ECHOES_MAX];
	unsigned n_echoes;
	sea_socket echo_servers[SIM_HOSTS_MAX];
	sea_time last;
};

/* Who an event is for. */
enum sim_cookie {
	COOKIE_END = 1,
	COOKIE_LISTENER,
	COOKIE_PENDING,
	COOKIE_ECHO,
	COOKIE_ECHO_SERVER
};

static inline uint64_t sim_cookie(enum sim_cookie kind, unsigned index)
{
	return (uint64_t)kind << 32 | index;
}

/* stream.c */
void sim_end_connect(struct sim_end *end);
/* The connection is this end from now on; `hello` was read from it. */
void sim_end_adopt(struct sim_end *end, sea_socket sock);
/* Goes as far as it can. */
void sim_end_run(struct sim_end *end, uint32_t mask);
sea_time sim_end_deadline(const struct sim_end *end);
/* The bytes from `off` on of what `side` of stream `id` writes. */
void sim_fill(uint8_t *to, size_t len, uint32_t id, unsigned side, uint64_t off);
/* A peer that went away without a word is noticed by an end that only reads. */
void sim_set_keepalive(struct sim_host *h, sea_socket sock);
void sim_set_int(struct sim_host *h, sea_socket sock, int level, int name, int value);

/* echo.c */
void sim_echo_server_open(struct sim_world *w, unsigned host);
void sim_echo_server_run(struct sim_world *w, unsigned host);
void sim_echo_run(struct sim_echo *e, bool event);
sea_time sim_echo_deadline(const struct sim_echo *e);

#endif
