/* SPDX-License-Identifier: Apache-2.0 */
/* TCP as sockets: names, listening, accepting, and the table of calls. Opening is open.c, closing close.c. */
#include "transport/tcp/socket.h"
#include "transport/tcp/stamps.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "transport/bind.h"
#include "transport/tcp/memory.h"
#include "transport/tcp/passive.h"

/* -- bind -- */

static int bind_port(struct tcp_conn *c, uint16_t port)
{
	int err;

	if (!port && (c->sock.flags & SEA_SOCK_BIND_NO_PORT))
		return 0;
	err = sea_tcp_port_bind(&sea_tcp_st(c)->table, c, port);
	if (!err && port)
		c->sock.flags |= SEA_SOCK_BIND_PORT;
	return err;
}

int sea_tcp_bind(struct sea_sock *sock, const struct sea_endpoint *local)
{
	struct tcp_conn *c = sea_tcp_conn(sock);
	uint32_t v6only = sock->flags & SEA_SOCK_V6ONLY;
	bool to_many, bound = c->state != TCP_S_CLOSED || c->port;
	int err = 0;

	if (local->family == SEA_AF_INET6 && local->addr[0] == 0xff)
		return -EINVAL;
	if (!bound || sock->domain == SEA_AF_INET)
		err = sea_bind_check(sock, local, &to_many);
	if (err)
		return err;
	if (bound)
		return -EINVAL;
	sea_sock_take_local(sock, local);
	err = bind_port(c, local->port);
	if (err) {
		sea_sock_forget_local(sock);
		sock->flags = (sock->flags & ~(uint32_t)SEA_SOCK_V6ONLY) | v6only;
		return err;
	}
	if (!sea_endpoint_is_any(local))
		sock->flags |= SEA_SOCK_BIND_ADDR;
	return 0;
}

/* -- listen, accept -- */

int sea_tcp_listen(struct sea_sock *sock, int backlog)
{
	struct tcp_conn *c = sea_tcp_conn(sock);

	if (c->state != TCP_S_LISTEN && (c->state != TCP_S_CLOSED || tcp_counts_as_connected(c)))
		return -EINVAL;
	return sea_tcp_listen_start(c, (uint32_t)backlog);
}

int sea_tcp_accept(struct sea_sock *sock, struct sea_sock **accepted)
{
	struct tcp_conn *c = sea_tcp_conn(sock), *child;
	struct sea_list *node;
	int err;

	if (c->state != TCP_S_LISTEN)
		return -EINVAL;
	node = sea_list_first(&c->listen->accept_queue);
	if (!node)
		return -EAGAIN;
	child = sea_container(node, struct tcp_conn, accept_node);
	err = sea_sock_register(&child->sock);
	if (err)
		return err;
	sea_list_remove(node);
	c->listen->n_accept--;
	child->parent = NULL;
	*accepted = &child->sock;
	return 0;
}

/* -- the rest -- */

/* The link gave packets back: what small queues held up may go. */
void sea_tcp_tx_done(struct sea_sock *sock)
{
	struct tcp_conn *c = sea_tcp_conn(sock);

	if (c->flags & TCP_F_TSQ)
		sea_stack_defer(sock->stack, &c->work);
}

void sea_tcp_destroy(struct sea_sock *sock)
{
	struct tcp_conn *c = sea_tcp_conn(sock);

	if (c->state == TCP_S_LISTEN)
		sea_tcp_listen_empty(c, SEA_DROP_STACK_FREED);
	sea_tcp_conn_free(c, SEA_DROP_STACK_FREED);
}

const struct sea_sock_ops sea_tcp_sock_ops = {
	.name = "tcp",
	.bind = sea_tcp_bind,
	.listen = sea_tcp_listen,
	.accept = sea_tcp_accept,
	.connect = sea_tcp_connect,
	.shutdown = sea_tcp_shutdown,
	.close = sea_tcp_close,
	.destroy = sea_tcp_destroy,
	.sendmsg = sea_tcp_sendmsg,
	.recvmsg = sea_tcp_recvmsg,
	.getsockopt = sea_tcp_getsockopt,
	.setsockopt = sea_tcp_setsockopt,
	.ioctl = sea_tcp_ioctl,
	.poll = sea_tcp_poll,
	.info = sea_tcp_info,
	.recv_peek = sea_tcp_recv_peek,
	.recv_consume = sea_tcp_recv_consume,
	.send_reserve = sea_tcp_send_reserve,
	.send_commit = sea_tcp_send_commit,
	.tx_done = sea_tcp_tx_done,
	.tx_stamp = sea_tcp_stamp_tx,
	.opt_changed = sea_tcp_opt_changed,
	.meminfo = sea_tcp_meminfo,
	.save = sea_tcp_save_sock,
};

static int create(struct sea_stack *stack, int domain, int type, int protocol,
		  struct sea_sock **sock)
{
	struct tcp_conn *c;
	int err;

	if (!sea_ip_ops_of(stack, (uint8_t)domain))
		return -EAFNOSUPPORT;
	c = sea_tcp_conn_new(stack);
	if (!c)
		return -ENOMEM;
	c->sock.domain = (uint8_t)domain;
	c->sock.type = (uint8_t)type;
	c->sock.protocol = (uint8_t)protocol;
	c->sock.family = domain == AF_INET ? SEA_AF_INET : 0;
	err = sea_sock_init_in6(&c->sock);
	if (!err)
		err = sea_sock_register(&c->sock);
	if (err) {
		sea_tcp_conn_free(c, SEA_DROP_SOCKET_CLOSED);
		return err;
	}
	*sock = &c->sock;
	return 0;
}

const struct sea_sock_family sea_tcp_family4 = {
	.domain = AF_INET,
	.type = SOCK_STREAM,
	.protocol = IPPROTO_TCP,
	.create = create,
	.next = sea_tcp_next4,
	.diag = &sea_tcp_diag,
};

const struct sea_sock_family sea_tcp_family6 = {
	.domain = AF_INET6,
	.type = SOCK_STREAM,
	.protocol = IPPROTO_TCP,
	.create = create,
	.next = sea_tcp_next6,
	.diag = &sea_tcp_diag,
};
