/* SPDX-License-Identifier: Apache-2.0 */
/* Sockets come and get their names: socket, bind, connect, listen, accept, shutdown. */
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tools/exec/server.h"

static struct sea_stack *stack_of(const struct sea_exec_call *call)
{
	return call->exec->server->host->stack;
}

static sea_socket sock_of(const struct sea_exec_call *call)
{
	return call->standin->watcher.sock;
}

/* A new socket of the stack becomes the program's; -errno has been answered. */
static void give_socket(struct sea_exec_call *call, sea_socket sock, int type)
{
	struct sea_standin *standin;
	bool stream = (type & 0xf) == SOCK_STREAM;
	int theirs, err = sea_standin_new(call->exec->server, sock, stream, &theirs, &standin);

	if (!err && type & SOCK_NONBLOCK && fcntl(theirs, F_SETFL, O_NONBLOCK))
		err = -errno;
	if (err) {
		sea_exec_answer(call, err);
		return;
	}
	sea_standin_mirror(standin, theirs, 0);
	sea_exec_give(call, theirs, type & SOCK_CLOEXEC);
}

void sea_exec_socket(struct sea_exec_call *call, sea_time now)
{
	int type = (int)call->arg[1];
	sea_socket sock;
	int err = sea_socket_new(stack_of(call), (int)call->arg[0],
				 type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC), (int)call->arg[2], &sock,
				 now);

	if (err)
		sea_exec_answer(call, err);
	else
		give_socket(call, sock, type);
}

/* As on Linux who asks for no port gets the number of his process, unless another socket has it. */
static int bind_own_port(struct sea_exec_call *call, sea_time now)
{
	struct sockaddr_nl *at = (struct sockaddr_nl *)&call->name, is = { 0 };
	socklen_t len = sizeof(is);
	int err;

	if (call->name_len < sizeof(*at) || at->nl_family != AF_NETLINK || at->nl_pid)
		return -EADDRINUSE;
	if (sea_socket_getsockname(stack_of(call), sock_of(call), (struct sockaddr *)&is, &len) ||
	    is.nl_family != AF_NETLINK || is.nl_pid)
		return -EADDRINUSE;
	at->nl_pid = (uint32_t)sea_exec_process(call->tid);
	err = sea_socket_bind(stack_of(call), sock_of(call), (struct sockaddr *)at, call->name_len,
			      now);
	at->nl_pid = 0;
	return err;
}

static int bind_socket(struct sea_exec_call *call, sea_time now)
{
	int err = bind_own_port(call, now);

	return err == -EADDRINUSE
		       ? sea_socket_bind(stack_of(call), sock_of(call),
					 (struct sockaddr *)&call->name, call->name_len, now)
		       : err;
}

/* A datagram socket that the program has closed may hold the port still. */
void sea_exec_bind(struct sea_exec_call *call, sea_time now)
{
	int err;

	if (!sea_exec_find_socket(call))
		return;
	err = sea_exec_read_name(call, call->arg[1], call->arg[2]);
	if (!err)
		err = bind_socket(call, now);
	if (err == -EADDRINUSE) {
		sea_standin_look(call->exec->server, UINT32_MAX, now);
		err = bind_socket(call, now);
	}
	sea_exec_answer(call, err);
}

static void answer_result(struct sea_exec_call *call, sea_time now)
{
	(void)now;
	sea_exec_answer(call, call->op.result);
}

void sea_exec_connect(struct sea_exec_call *call, sea_time now)
{
	const struct sockaddr *addr = (struct sockaddr *)&call->name;
	int err;

	if (!sea_exec_find_socket(call))
		return;
	err = sea_exec_read_name(call, call->arg[1], call->arg[2]);
	if (err || call->nonblock) {
		if (!err)
			err = sea_socket_connect(stack_of(call), sock_of(call), addr,
						 call->name_len, now);
		sea_exec_answer(call, err);
		return;
	}
	call->done = answer_result;
	sea_blocking_connect(&call->op, stack_of(call), sock_of(call), addr, call->name_len, now);
	sea_exec_wait(call, now);
}

void sea_exec_listen(struct sea_exec_call *call, sea_time now)
{
	if (sea_exec_find_socket(call))
		sea_exec_answer(call, sea_socket_listen(stack_of(call), sock_of(call),
							(int)call->arg[1], now));
}

static void accepted(struct sea_exec_call *call, sea_time now)
{
	int type = call->nr == SYS_accept4 ? (int)call->arg[3] : 0, err = (int)call->op.result;

	if (err) {
		sea_exec_answer(call, err);
		return;
	}
	err = sea_exec_write_name(call, call->arg[1], call->arg[2]);
	if (err) {
		sea_socket_close(stack_of(call), call->op.accepted, now);
		sea_exec_answer(call, err);
		return;
	}
	give_socket(call, call->op.accepted, SOCK_STREAM | (type & (SOCK_NONBLOCK | SOCK_CLOEXEC)));
}

void sea_exec_accept(struct sea_exec_call *call, sea_time now)
{
	struct sockaddr *addr = (struct sockaddr *)&call->name;

	if (!sea_exec_find_socket(call))
		return;
	if (call->nr == SYS_accept4 && call->arg[3] & ~(uint64_t)(SOCK_NONBLOCK | SOCK_CLOEXEC)) {
		sea_exec_answer(call, -EINVAL);
		return;
	}
	call->name_len = sizeof(call->name);
	call->done = accepted;
	if (!call->nonblock) {
		sea_blocking_accept(&call->op, stack_of(call), sock_of(call), addr, &call->name_len,
				    now);
		sea_exec_wait(call, now);
		return;
	}
	call->op.result = sea_socket_accept(stack_of(call), sock_of(call), addr, &call->name_len,
					    &call->op.accepted, now);
	accepted(call, now);
}

void sea_exec_name(struct sea_exec_call *call, sea_time now)
{
	struct sockaddr *addr = (struct sockaddr *)&call->name;
	int err;

	(void)now;
	if (!sea_exec_find_socket(call))
		return;
	call->name_len = sizeof(call->name);
	err = call->nr == SYS_getsockname
		      ? sea_socket_getsockname(stack_of(call), sock_of(call), addr, &call->name_len)
		      : sea_socket_getpeername(stack_of(call), sock_of(call), addr,
					       &call->name_len);
	if (!err && !call->arg[1])
		err = -EFAULT;
	if (!err)
		err = sea_exec_write_name(call, call->arg[1], call->arg[2]);
	sea_exec_answer(call, err);
}

void sea_exec_shutdown(struct sea_exec_call *call, sea_time now)
{
	int how = (int)call->arg[1], err;

	if (!sea_exec_find_socket(call))
		return;
	err = sea_socket_shutdown(stack_of(call), sock_of(call), how, now);
	/* A datagram socket's end is its own end's. */
	if (!err && !call->standin->stream)
		shutdown(call->fd, how);
	if (!err)
		sea_exec_step(call->standin, 0, now);
	sea_exec_answer(call, err);
}
