/* SPDX-License-Identifier: Apache-2.0 */
/* All programs of a world: made, woken, listed; and the servers, which accept. */
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/apps_priv.h"

/* A server without memory tries again after this. */
#define BUSY_NS (10 * SEA_MSEC)

/* -- making -- */

void sim_apps_new(struct sim_world *w)
{
	w->apps = calloc(1, sizeof(*w->apps));
	SIM_CHECK(w, w->apps);
	w->apps->world = w;
}

void sim_apps_free(struct sim_world *w)
{
	free(w->apps);
	w->apps = NULL;
}

void sim_apps_add_listener(struct sim_world *w, const struct sim_listener_spec *spec)
{
	struct sim_apps *apps = w->apps;
	struct sim_host *h = &w->hosts[spec->host];
	struct sim_name local = sim_any(w, spec->port);
	unsigned i = apps->n_listeners++;
	struct sim_listener *l = &apps->listeners[i];

	SIM_CHECK(w, i < SIM_LISTENERS_MAX);
	l->spec = *spec;
	l->accept_at = SEA_TIME_NEVER;
	SIM_CHECK(w, sea_socket_new(h->stack, local.at.ss_family, SOCK_STREAM, 0, &l->sock,
				    w->now) == 0);
	if (spec->rcvbuf)
		sim_set_int(h, l->sock, SOL_SOCKET, SO_RCVBUF, spec->rcvbuf);
	if (spec->sndbuf)
		sim_set_int(h, l->sock, SOL_SOCKET, SO_SNDBUF, spec->sndbuf);
	SIM_CHECK(w, sea_socket_bind(h->stack, l->sock, (struct sockaddr *)&local.at, local.len,
				     w->now) == 0);
	SIM_CHECK(w, sea_socket_listen(h->stack, l->sock, spec->backlog, w->now) == 0);
	SIM_CHECK(w, sea_socket_watch(h->stack, l->sock, SEA_POLLIN,
				      sim_cookie(COOKIE_LISTENER, i)) == 0);
}

static void init_end(struct sim_world *w, struct sim_flow *f, unsigned side, unsigned host)
{
	f->end[side].flow = f;
	f->end[side].side = side;
	f->end[side].host = &w->hosts[host];
	f->end[side].read_at = f->end[side].write_at = SEA_TIME_NEVER;
}

void sim_apps_add_flow(struct sim_world *w, const struct sim_flow_spec *spec)
{
	struct sim_apps *apps = w->apps;
	struct sim_flow *f = &apps->flows[apps->n_flows];

	SIM_CHECK(w, apps->n_flows < SIM_FLOWS_MAX);
	f->spec = *spec;
	f->id = apps->n_flows++;
	init_end(w, f, 0, spec->client);
	init_end(w, f, 1, spec->server);
}

void sim_apps_add_echo_server(struct sim_world *w, unsigned host)
{
	sim_echo_server_open(w, host);
}

void sim_apps_add_echo(struct sim_world *w, const struct sim_echo_spec *spec)
{
	struct sim_apps *apps = w->apps;

	SIM_CHECK(w, apps->n_echoes < SIM_ECHOES_MAX);
	apps->echoes[apps->n_echoes++] =
		(struct sim_echo){ .world = w, .spec = *spec, .next = spec->start };
}

/* -- accepting -- */

static struct sim_pending *pending_new(struct sim_apps *apps)
{
	for (unsigned i = 0; i < SIM_PENDING_MAX; i++)
		if (!apps->pending[i].host)
			return &apps->pending[i];
	sim_fail(apps->world, "more connections than streams");
}

static void pending_free(struct sim_pending *p, bool close)
{
	if (close)
		(void)sea_socket_close(p->host->stack, p->sock, p->host->world->now);
	*p = (struct sim_pending){ 0 };
}

/* Which stream it is: the hello says. */
static void introduce(struct sim_apps *apps, struct sim_pending *p)
{
	const uint8_t *h = p->hello;
	uint32_t id = (uint32_t)h[4] << 24 | (uint32_t)h[5] << 16 | (uint32_t)h[6] << 8 | h[7];
	struct sim_end *end;

	SIM_CHECK(apps->world, memcmp(h, "SEAS", 4) == 0 && id < apps->n_flows);
	end = &apps->flows[id].end[1];
	SIM_CHECK(apps->world, end->host == p->host);
	if (end->state != END_IDLE && apps->world->cookies) {
		pending_free(p, true);
		return;
	}
	sim_end_adopt(end, p->sock);
	pending_free(p, false);
}

static void run_pending(struct sim_pending *p)
{
	struct sim_world *w = p->host->world;

	while (p->got < SIM_HELLO) {
		struct iovec iov = { p->hello + p->got, SIM_HELLO - p->got };
		struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
		ssize_t n = sea_socket_recvmsg(p->host->stack, p->sock, &msg, 0, w->now);

		if (n == -EAGAIN)
			return;
		if (n <= 0) {
			pending_free(p, true);
			return;
		}
		p->got += (unsigned)n;
	}
	introduce(w->apps, p);
}

static void run_listener(struct sim_world *w, struct sim_listener *l)
{
	struct sim_host *h = &w->hosts[l->spec.host];

	h->touched = true;
	while (!sea_socket_is_none(l->sock) && sea_time_is_never(l->accept_at)) {
		struct sim_pending *p;
		sea_socket sock;
		int err = sea_socket_accept(h->stack, l->sock, NULL, NULL, &sock, w->now);

		if (err == -EAGAIN)
			return;
		if (err == -ENOMEM && sim_may_lack_memory(h)) {
			l->accept_at = sea_time_add(w->now, BUSY_NS);
			return;
		}
		SIM_CHECK(w, err == 0);
		p = pending_new(w->apps);
		*p = (struct sim_pending){ .host = h, .sock = sock };
		sim_set_keepalive(h, sock);
		SIM_CHECK(w, sea_socket_watch(h->stack, sock, SEA_POLLIN | SEA_POLLRDHUP,
					      sim_cookie(COOKIE_PENDING,
							 (unsigned)(p - w->apps->pending))) == 0);
		run_pending(p);
		if (l->spec.accept_pause_ns)
			l->accept_at = sea_time_add(
				w->now,
				1 + (int64_t)sim_below(&w->rng, (uint64_t)l->spec.accept_pause_ns));
	}
}

/* -- waking -- */

void sim_apps_event(struct sim_host *h, const struct sea_event *ev)
{
	struct sim_world *w = h->world;
	struct sim_apps *apps = w->apps;
	unsigned i = (uint32_t)ev->cookie;

	if (ev->kind != SEA_EVENT_SOCKET)
		return;
	switch ((enum sim_cookie)(ev->cookie >> 32)) {
	case COOKIE_END:
		SIM_CHECK(w, apps->flows[i / 2].end[i % 2].host == h);
		sim_end_run(&apps->flows[i / 2].end[i % 2], ev->mask | ev->edge);
		break;
	case COOKIE_LISTENER:
		run_listener(w, &apps->listeners[i]);
		break;
	case COOKIE_PENDING:
		if (apps->pending[i].host)
			run_pending(&apps->pending[i]);
		break;
	case COOKIE_ECHO:
		sim_echo_run(&apps->echoes[i], true);
		break;
	case COOKIE_ECHO_SERVER:
		sim_echo_server_run(w, h->index);
		break;
	default:
		sim_fail(w, "an event with a cookie that nobody gave");
	}
}

sea_time sim_apps_deadline(const struct sim_world *w)
{
	const struct sim_apps *apps = w->apps;
	sea_time at = SEA_TIME_NEVER;

	for (unsigned i = 0; i < apps->n_flows; i++)
		for (unsigned side = 0; side < 2; side++)
			at = sea_time_min(at, sim_end_deadline(&apps->flows[i].end[side]));
	for (unsigned i = 0; i < apps->n_listeners; i++)
		at = sea_time_min(at, apps->listeners[i].accept_at);
	for (unsigned i = 0; i < apps->n_echoes; i++)
		at = sea_time_min(at, sim_echo_deadline(&apps->echoes[i]));
	return at;
}

static bool due(const struct sim_world *w, sea_time at)
{
	return !sea_time_before(w->now, at);
}

void sim_apps_run(struct sim_world *w)
{
	struct sim_apps *apps = w->apps;

	for (unsigned i = 0; i < apps->n_flows; i++) {
		for (unsigned side = 0; side < 2; side++) {
			struct sim_end *end = &apps->flows[i].end[side];

			if (!due(w, sim_end_deadline(end)))
				continue;
			if (end->state == END_IDLE)
				sim_end_connect(end);
			else
				sim_end_run(end, 0);
		}
	}
	for (unsigned i = 0; i < apps->n_listeners; i++) {
		if (due(w, apps->listeners[i].accept_at)) {
			apps->listeners[i].accept_at = SEA_TIME_NEVER;
			run_listener(w, &apps->listeners[i]);
		}
	}
	for (unsigned i = 0; i < apps->n_echoes; i++)
		if (due(w, sim_echo_deadline(&apps->echoes[i])))
			sim_echo_run(&apps->echoes[i], false);
}

/* -- the end -- */

/* The server's end need not have begun where the client had nothing to say or said it in vain. */
static bool flow_done(const struct sim_world *w, const struct sim_flow *f)
{
	const struct sim_end *client = &f->end[0], *server = &f->end[1];

	if (client->state != END_DONE)
		return false;
	if (server->state != END_IDLE)
		return server->state == END_DONE;
	return w->rough || client->err || client->tx < SIM_HELLO ||
	       f->spec.manner[0].ending == SIM_ABORT;
}

bool sim_apps_done(const struct sim_world *w)
{
	const struct sim_apps *apps = w->apps;

	for (unsigned i = 0; i < apps->n_flows; i++)
		if (!flow_done(w, &apps->flows[i]))
			return false;
	for (unsigned i = 0; i < SIM_PENDING_MAX; i++)
		if (apps->pending[i].host)
			return false;
	for (unsigned i = 0; i < apps->n_echoes; i++)
		if (!apps->echoes[i].done)
			return false;
	return true;
}

void sim_apps_stop(struct sim_world *w)
{
	struct sim_apps *apps = w->apps;

	for (unsigned i = 0; i < apps->n_listeners; i++) {
		struct sim_listener *l = &apps->listeners[i];

		l->accept_at = SEA_TIME_NEVER;
		SIM_CHECK(w, sea_socket_close(w->hosts[l->spec.host].stack, l->sock, w->now) == 0);
		l->sock = SEA_SOCKET_NONE;
		w->hosts[l->spec.host].touched = true;
	}
	for (unsigned i = 0; i < w->n_hosts; i++) {
		if (sea_socket_is_none(apps->echo_servers[i]))
			continue;
		SIM_CHECK(w,
			  sea_socket_close(w->hosts[i].stack, apps->echo_servers[i], w->now) == 0);
		apps->echo_servers[i] = SEA_SOCKET_NONE;
	}
}

void sim_apps_print(const struct sim_world *w, FILE *to)
{
	static const char *const states[] = { "idle", "connecting", "open", "lingering", "done" };

	for (unsigned i = 0; i < w->apps->n_flows; i++) {
		const struct sim_flow *f = &w->apps->flows[i];

		for (unsigned side = 0; side < 2; side++) {
			const struct sim_end *e = &f->end[side];

			if (e->state == END_DONE)
				continue;
			fprintf(to,
				"stream %" PRIu32 " %s on host %u: %s, wrote %" PRIu64
				" of %" PRIu64 ", read %" PRIu64 "%s%s\n",
				f->id, side ? "server" : "client", e->host->index, states[e->state],
				e->tx, f->spec.manner[side].total, e->rx,
				e->eof ? ", at the end" : "", e->wr_closed ? ", has closed" : "");
		}
	}
}

void sim_apps_sum(const struct sim_world *w, struct sim_apps_sum *sum)
{
	const struct sim_apps *apps = w->apps;

	*sum = (struct sim_apps_sum){ .flows = apps->n_flows, .last = apps->last };
	for (unsigned i = 0; i < apps->n_flows; i++) {
		const struct sim_flow *f = &apps->flows[i];

		sum->bytes += f->end[0].rx + f->end[1].rx;
		if (f->end[0].err || f->end[1].err)
			sum->failed++;
		else if (f->end[0].eof && f->end[1].eof)
			sum->intact++;
	}
	for (unsigned i = 0; i < apps->n_echoes; i++) {
		sum->echoes_sent += apps->echoes[i].sent;
		sum->echoes_back += apps->echoes[i].back;
	}
}
