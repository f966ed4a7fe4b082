/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What waits for a program to read it. A queue is charged as Linux's: what is more than the receive buffer is
 * lost, and that something was is told as ENOBUFS, once until the queue is empty.
 */
#include <errno.h>
#include <string.h>

#include "netlink/sock.h"

static struct nl_datagram *make(struct sea_nl_sock *s, const void *bytes, uint32_t len)
{
	struct nl_datagram *d = sea_pool_alloc(&s->sock.stack->shard.pool, sizeof(*d) + len);
	uint16_t room;

	if (!d)
		return NULL;
	*d = (struct nl_datagram){ .len = len, .charged = sea_truesize_linear(len, &room) };
	if (len)
		memcpy(d->bytes, bytes, len);
	return d;
}

static void release(struct sea_nl_sock *s, struct nl_datagram *d)
{
	sea_pool_free(&s->sock.stack->shard.pool, d, sizeof(*d) + d->len);
}

int sea_nl_enqueue(struct sea_nl_sock *s, const void *bytes, uint32_t len, uint32_t port,
		   uint32_t group)
{
	struct nl_datagram *d;

	if (s->sock.rmem_alloc > s->sock.rcvbuf || s->flags & NL_F_CONGESTED)
		return -ENOBUFS;
	d = make(s, bytes, len);
	if (!d)
		return -ENOMEM;
	d->port = port;
	d->group = group;
	s->sock.rmem_alloc += (int32_t)d->charged;
	sea_list_push_back(&s->queue, &d->node);
	sea_sock_raise(&s->sock, SEA_POLLIN);
	return 0;
}

void sea_nl_overrun(struct sea_nl_sock *s)
{
	s->sock.drops++;
	if (s->flags & (NL_F_NO_ENOBUFS | NL_F_CONGESTED))
		return;
	s->flags |= NL_F_CONGESTED;
	sea_sock_set_error(&s->sock, ENOBUFS);
}

void sea_nl_dequeue(struct sea_nl_sock *s, struct nl_datagram *d)
{
	sea_list_remove(&d->node);
	s->sock.rmem_alloc -= (int32_t)d->charged;
	release(s, d);
	if (sea_list_empty(&s->queue))
		s->flags &= ~(uint32_t)NL_F_CONGESTED;
}

void sea_nl_purge(struct sea_nl_sock *s)
{
	while (!sea_list_empty(&s->queue))
		sea_nl_dequeue(s,
			       sea_container(sea_list_first(&s->queue), struct nl_datagram, node));
}

void sea_nl_broadcast(struct sea_stack *stack, int protocol, unsigned group, const void *bytes,
		      uint32_t len, uint32_t port, uint32_t except)
{
	struct sea_list *head = &sea_nl_state(stack)->socks[protocol];

	for (struct sea_list *n = head->next; n != head; n = n->next) {
		struct sea_nl_sock *s = sea_container(n, struct sea_nl_sock, node);

		if (s->port == except || !sea_nl_in_group(s, group))
			continue;
		if (sea_nl_enqueue(s, bytes, len, port, group))
			sea_nl_overrun(s);
	}
}

int sea_nl_answer(struct sea_nl_req *req, const struct sea_nl_out *out)
{
	int err = sea_nl_enqueue(req->from, out->bytes, out->len, 0, 0);

	if (err)
		sea_nl_overrun(req->from);
	return err;
}

void sea_nl_notify(struct sea_stack *stack, int protocol, unsigned group,
		   const struct sea_nl_out *out, const struct sea_nl_req *req)
{
	bool echo = req && req->hdr.nlmsg_flags & NLM_F_ECHO;

	if (!sea_nl_state(stack))
		return;
	sea_nl_broadcast(stack, protocol, group, out->bytes, out->len, 0,
			 echo ? req->from->port : 0);
	if (echo && sea_nl_enqueue(req->from, out->bytes, out->len, 0, 0))
		sea_nl_overrun(req->from);
}

void sea_nl_lost(struct sea_stack *stack, int protocol, unsigned group)
{
	struct sea_list *head, *n;

	if (!sea_nl_state(stack))
		return;
	head = &sea_nl_state(stack)->socks[protocol];
	for (n = head->next; n != head; n = n->next) {
		struct sea_nl_sock *s = sea_container(n, struct sea_nl_sock, node);

		if (sea_nl_in_group(s, group))
			sea_nl_overrun(s);
	}
}
