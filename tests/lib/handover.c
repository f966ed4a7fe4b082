/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/handover.h"

#include <errno.h>
#include <linux/sockios.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#define OPT_BUF_LOCK 72 /* SO_BUF_LOCK of newer headers */
#define INFO_OPTIONS 5  /* where tcpi_options stands, and the scales behind it */
#define INFO_WSCALES 6

/* One end of it: each step is made unless one before it failed. */
struct end {
	struct sea_stack *stack;
	sea_socket sock;
	sea_time now;
	int err;
};

static void set_bytes(struct end *e, int level, int name, const void *val, socklen_t len)
{
	if (!e->err)
		e->err = sea_socket_setsockopt(e->stack, e->sock, level, name, val, len, e->now);
}

static void set(struct end *e, int level, int name, int v)
{
	set_bytes(e, level, name, &v, sizeof(v));
}

static void get_bytes(struct end *e, int level, int name, void *val, socklen_t len)
{
	if (!e->err)
		e->err = sea_socket_getsockopt(e->stack, e->sock, level, name, val, &len, e->now);
}

static int get(struct end *e, int level, int name)
{
	int v = 0;

	get_bytes(e, level, name, &v, sizeof(v));
	return v;
}

static int ask(struct end *e, unsigned long request)
{
	int v = 0;

	if (!e->err)
		e->err = sea_socket_ioctl_int(e->stack, e->sock, request, &v, e->now);
	return v;
}

static void choose_queue(struct end *e, int queue)
{
	set(e, IPPROTO_TCP, TCP_REPAIR_QUEUE, queue);
}

/* -- taking it apart -- */

static void take_names(struct end *e, struct handover_state *s)
{
	socklen_t len = sizeof(s->local);

	if (!e->err)
		e->err = sea_socket_getsockname(e->stack, e->sock, (void *)&s->local, &len);
	s->addr_len = len;
	len = sizeof(s->peer);
	if (!e->err)
		e->err = sea_socket_getpeername(e->stack, e->sock, (void *)&s->peer, &len);
	s->domain = s->local.ss_family;
}

static void take_agreement(struct end *e, struct handover_state *s)
{
	uint8_t info[8] = { 0 };

	get_bytes(e, IPPROTO_TCP, TCP_INFO, info, sizeof(info));
	s->options = info[INFO_OPTIONS];
	s->wscales = info[INFO_WSCALES];
	s->mss = get(e, IPPROTO_TCP, TCP_MAXSEG); /* in repair it is what the peer takes */
	s->timestamp = get(e, IPPROTO_TCP, TCP_TIMESTAMP);
	s->rcvbuf = get(e, SOL_SOCKET, SO_RCVBUF);
	s->sndbuf = get(e, SOL_SOCKET, SO_SNDBUF);
	get_bytes(e, IPPROTO_TCP, TCP_REPAIR_WINDOW, &s->window, sizeof(s->window));
}

static void peek(struct end *e, uint8_t *to, int len)
{
	struct iovec iov = { to, (size_t)len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n = 0;

	if (!e->err && len)
		n = sea_socket_recvmsg(e->stack, e->sock, &msg, MSG_PEEK, e->now);
	if (!e->err && n != len)
		e->err = n < 0 ? (int)n : -EIO;
}

static void take_queues(struct end *e, struct handover *h)
{
	struct handover_state *s = &h->state;

	s->received = ask(e, SIOCINQ);
	s->stored = ask(e, SIOCOUTQ);
	s->unsent = ask(e, SIOCOUTQNSD);
	h->bytes = malloc((size_t)s->received + (size_t)s->stored + 1);
	if (!h->bytes && !e->err)
		e->err = -ENOMEM;
	choose_queue(e, TCP_RECV_QUEUE);
	s->rcv_nxt = (uint32_t)get(e, IPPROTO_TCP, TCP_QUEUE_SEQ);
	peek(e, h->bytes, s->received);
	choose_queue(e, TCP_SEND_QUEUE);
	s->write_seq = (uint32_t)get(e, IPPROTO_TCP, TCP_QUEUE_SEQ);
	peek(e, h->bytes + s->received, s->stored);
}

int handover_take(struct sea_stack *stack, sea_socket sock, struct handover *h, sea_time now)
{
	struct end e = { .stack = stack, .sock = sock, .now = now };

	memset(h, 0, sizeof(*h));
	set(&e, IPPROTO_TCP, TCP_REPAIR, TCP_REPAIR_ON);
	take_names(&e, &h->state);
	take_agreement(&e, &h->state);
	take_queues(&e, h);
	if (!e.err)
		e.err = sea_socket_close(stack, sock, now);
	if (e.err)
		handover_free(h);
	return e.err;
}

/* -- putting it together -- */

static void give_numbers(struct end *e, const struct handover_state *s)
{
	choose_queue(e, TCP_SEND_QUEUE);
	set(e, IPPROTO_TCP, TCP_QUEUE_SEQ, (int)(s->write_seq - (uint32_t)s->stored));
	choose_queue(e, TCP_RECV_QUEUE);
	set(e, IPPROTO_TCP, TCP_QUEUE_SEQ, (int)(s->rcv_nxt - (uint32_t)s->received));
}

static const struct sockaddr *name_of(const struct sockaddr_storage *addr)
{
	return (const struct sockaddr *)(const void *)addr;
}

static void connect_to(struct end *e, const struct handover_state *s)
{
	if (!e->err)
		e->err =
			sea_socket_bind(e->stack, e->sock, name_of(&s->local), s->addr_len, e->now);
	if (!e->err)
		e->err = sea_socket_connect(e->stack, e->sock, name_of(&s->peer), s->addr_len,
					    e->now);
}

static void give_agreement(struct end *e, const struct handover_state *s)
{
	struct tcp_repair_opt opts[4] = { { TCPOPT_MAXSEG, (uint32_t)s->mss } };
	unsigned n = 1;

	if (s->options & TCPI_OPT_WSCALE)
		opts[n++] = (struct tcp_repair_opt){
			TCPOPT_WINDOW, (s->wscales & 15u) | (uint32_t)(s->wscales >> 4) << 16
		};
	if (s->options & TCPI_OPT_SACK)
		opts[n++] = (struct tcp_repair_opt){ TCPOPT_SACK_PERMITTED, 0 };
	if (s->options & TCPI_OPT_TIMESTAMPS)
		opts[n++] = (struct tcp_repair_opt){ TCPOPT_TIMESTAMP, 0 };
	set_bytes(e, IPPROTO_TCP, TCP_REPAIR_OPTIONS, opts, n * (socklen_t)sizeof(opts[0]));
	set(e, IPPROTO_TCP, TCP_TIMESTAMP, s->timestamp);
}

/* A call takes a part of it at a time. */
static void fill(struct end *e, const uint8_t *bytes, int len)
{
	while (!e->err && len) {
		struct iovec iov = { (void *)(uintptr_t)bytes, (size_t)len };
		struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
		ssize_t n = sea_socket_sendmsg(e->stack, e->sock, &msg, 0, e->now);

		if (n <= 0) {
			e->err = n ? (int)n : -EIO;
			return;
		}
		bytes += n;
		len -= (int)n;
	}
}

static void give_queues(struct end *e, const struct handover *h)
{
	const struct handover_state *s = &h->state;

	choose_queue(e, TCP_RECV_QUEUE);
	fill(e, h->bytes, s->received);
	choose_queue(e, TCP_SEND_QUEUE);
	fill(e, h->bytes + s->received, s->stored - s->unsent);
}

/* What was there fits, with what each piece of it weighs; afterwards the sizes are the stack's business again. */
static void make_room(struct end *e, const struct handover_state *s)
{
	set(e, SOL_SOCKET, SO_RCVBUFFORCE, s->rcvbuf / 2);
	set(e, SOL_SOCKET, SO_SNDBUFFORCE, s->sndbuf / 2 + s->stored);
}

int handover_give(struct sea_stack *stack, const struct handover *h, sea_socket *sock, sea_time now)
{
	const struct handover_state *s = &h->state;
	struct end e = { .stack = stack, .now = now };

	e.err = sea_socket_new(stack, s->domain, SOCK_STREAM, IPPROTO_TCP, &e.sock, now);
	if (e.err)
		return e.err;
	set(&e, IPPROTO_TCP, TCP_REPAIR, TCP_REPAIR_ON);
	make_room(&e, s);
	give_numbers(&e, s);
	connect_to(&e, s);
	give_agreement(&e, s);
	give_queues(&e, h);
	set_bytes(&e, IPPROTO_TCP, TCP_REPAIR_WINDOW, &s->window, sizeof(s->window));
	set(&e, SOL_SOCKET, OPT_BUF_LOCK, 0);
	/* The peer is asked how things stand; what was never sent is written like anything else. */
	set(&e, IPPROTO_TCP, TCP_REPAIR, TCP_REPAIR_OFF);
	fill(&e, h->bytes + s->received + s->stored - s->unsent, s->unsent);
	*sock = e.sock;
	if (e.err) {
		set(&(struct end){ stack, e.sock, now, 0 }, IPPROTO_TCP, TCP_REPAIR, TCP_REPAIR_ON);
		(void)sea_socket_close(stack, e.sock, now);
	}
	return e.err;
}

void handover_free(struct handover *h)
{
	free(h->bytes);
	h->bytes = NULL;
}
