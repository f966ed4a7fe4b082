/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Datagrams there and back: UDP to an echo server, ICMP echo to a host. A datagram may be lost or
 * come twice, but what comes back is what was sent.
 */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "tests/sim/apps_priv.h"
#include "wire/icmp.h"

#define ECHO_PORT 7
#define CLOSED_PORT 9
#define DATAGRAM_MAX 65536
#define LAST_WAIT_NS (5 * SEA_SEC)
#define ECHO_ID 0x5ea0000u

static struct sim_host *client_of(const struct sim_echo *e)
{
	return &e->world->hosts[e->spec.client];
}

/* -- the server -- */

void sim_echo_server_open(struct sim_world *w, unsigned host)
{
	struct sim_name local = sim_any(w, ECHO_PORT);
	struct sim_host *h = &w->hosts[host];
	sea_socket sock;

	SIM_CHECK(w,
		  sea_socket_new(h->stack, local.at.ss_family, SOCK_DGRAM, 0, &sock, w->now) == 0);
	SIM_CHECK(w, sea_socket_bind(h->stack, sock, (struct sockaddr *)&local.at, local.len,
				     w->now) == 0);
	SIM_CHECK(w, sea_socket_watch(h->stack, sock, SEA_POLLIN,
				      sim_cookie(COOKIE_ECHO_SERVER, host)) == 0);
	w->apps->echo_servers[host] = sock;
}

void sim_echo_server_run(struct sim_world *w, unsigned host)
{
	struct sim_host *h = &w->hosts[host];
	sea_socket sock = w->apps->echo_servers[host];
	static uint8_t buf[DATAGRAM_MAX];

	h->touched = true;
	while (!sea_socket_is_none(sock)) {
		struct sockaddr_storage from;
		struct iovec iov = { buf, sizeof(buf) };
		struct msghdr msg = { .msg_name = &from,
				      .msg_namelen = sizeof(from),
				      .msg_iov = &iov,
				      .msg_iovlen = 1 };
		ssize_t n = sea_socket_recvmsg(h->stack, sock, &msg, 0, w->now);

		if (n == -EAGAIN)
			return;
		if (n < 0)
			continue; /* an ICMP error, taken */
		iov.iov_len = (size_t)n;
		msg.msg_flags = 0;
		/* Where it cannot be sent now it is lost, as any datagram may be. */
		n = sea_socket_sendmsg(h->stack, sock, &msg, 0, w->now);
		SIM_CHECK(w, n < 0 || n == (ssize_t)iov.iov_len);
	}
}

/* -- the client -- */

/* False: there is no memory for a socket now. */
static bool open_it(struct sim_echo *e)
{
	struct sim_host *h = client_of(e);
	struct sim_world *w = e->world;
	uint16_t port = e->spec.to_closed_port ? CLOSED_PORT : ECHO_PORT;
	struct sim_name peer =
		sim_address(&w->hosts[e->spec.server], e->spec.ipv6, e->spec.ping ? 0 : port);
	int err = sea_socket_new(h->stack, e->spec.ipv6 ? AF_INET6 : AF_INET, SOCK_DGRAM,
				 e->spec.ping ? IPPROTO_ICMP : IPPROTO_UDP, &e->sock, w->now);

	if (err) {
		SIM_CHECK(w, err == -ENOMEM && sim_may_lack_memory(h));
		return false;
	}
	SIM_CHECK(w,
		  sea_socket_watch(h->stack, e->sock, SEA_POLLIN,
				   sim_cookie(COOKIE_ECHO, (unsigned)(e - w->apps->echoes))) == 0);
	err = sea_socket_connect(h->stack, e->sock, (struct sockaddr *)&peer.at, peer.len, w->now);
	SIM_CHECK(w, err == 0 || w->rough);
	return true;
}

/* Each datagram says its number; a ping has a header in front that the stack fills in. */
static size_t fill(struct sim_echo *e, uint8_t *buf)
{
	size_t len = e->spec.ping ? 8 : 0;
	size_t data = 4 + sim_below(&e->world->rng, e->spec.size_max);

	if (e->spec.ping) {
		memset(buf, 0, len);
		buf[0] = SEA_ICMP_ECHO;
	}
	buf[len] = (uint8_t)(e->sent >> 24);
	buf[len + 1] = (uint8_t)(e->sent >> 16);
	buf[len + 2] = (uint8_t)(e->sent >> 8);
	buf[len + 3] = (uint8_t)e->sent;
	sim_fill(buf + len + 4, data - 4, ECHO_ID + e->sent, 1, 0);
	return len + data;
}

static void verify(struct sim_echo *e, const uint8_t *buf, size_t len)
{
	static uint8_t want[DATAGRAM_MAX];
	size_t hdr = e->spec.ping ? 8 : 0;
	uint32_t number;

	SIM_CHECK(e->world, len >= hdr + 4);
	if (e->spec.ping)
		SIM_CHECK(e->world, buf[0] == SEA_ICMP_ECHO_REPLY);
	buf += hdr;
	number = (uint32_t)buf[0] << 24 | (uint32_t)buf[1] << 16 | (uint32_t)buf[2] << 8 | buf[3];
	SIM_CHECK(e->world, number < e->sent);
	sim_fill(want, len - hdr - 4, ECHO_ID + number, 1, 0);
	SIM_CHECK(e->world, memcmp(want, buf + 4, len - hdr - 4) == 0);
	e->back++;
}

static void send_one(struct sim_echo *e)
{
	struct sim_host *h = client_of(e);
	static uint8_t buf[DATAGRAM_MAX];
	struct iovec iov = { buf, fill(e, buf) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n = sea_socket_sendmsg(h->stack, e->sock, &msg, 0, e->world->now);

	SIM_CHECK(e->world, n == (ssize_t)iov.iov_len || e->world->rough || e->world->lossy ||
				    e->spec.to_closed_port);
	e->refused += n < 0;
	e->sent++;
}

static void receive_all(struct sim_echo *e)
{
	struct sim_host *h = client_of(e);
	static uint8_t buf[DATAGRAM_MAX];

	for (;;) {
		struct iovec iov = { buf, sizeof(buf) };
		struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
		ssize_t n = sea_socket_recvmsg(h->stack, e->sock, &msg, 0, e->world->now);

		if (n == -EAGAIN)
			return;
		if (n < 0) {
			SIM_CHECK(e->world,
				  e->world->rough || e->world->lossy || e->spec.to_closed_port);
			e->refused++;
			continue;
		}
		verify(e, buf, (size_t)n);
	}
}

void sim_echo_run(struct sim_echo *e, bool event)
{
	struct sim_host *h = client_of(e);
	struct sim_world *w = e->world;

	h->touched = true;
	if (e->done)
		return;
	if (sea_socket_is_none(e->sock) && !open_it(e)) {
		e->done = true;
		return;
	}
	receive_all(e);
	if (event || sea_time_before(w->now, e->next))
		return;
	if (e->sent < e->spec.count) {
		send_one(e);
		e->next = sea_time_add(w->now, e->sent < e->spec.count ? e->spec.interval_ns
								       : LAST_WAIT_NS);
		return;
	}
	SIM_CHECK(w, !e->spec.to_closed_port || w->rough || w->lossy || e->refused);
	SIM_CHECK(w, sea_socket_close(h->stack, e->sock, w->now) == 0);
	e->done = true;
}

sea_time sim_echo_deadline(const struct sim_echo *e)
{
	return e->done ? SEA_TIME_NEVER : e->next;
}
