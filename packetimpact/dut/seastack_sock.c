// SPDX-License-Identifier: Apache-2.0
/* Sockets: making them, their names and options. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/epoll.h>

#include "packetimpact/dut/seastack.h"

#define TYPE_MASK 0xf
#define WATCHED (SEA_POLLIN | SEA_POLLPRI | SEA_POLLOUT | SEA_POLLERR | SEA_POLLHUP | SEA_POLLRDHUP)

/* The socket of a descriptor, kept by `op`; NULL, and the call is done. */
static struct sea_proc_file *sock_of(struct sea_proc *proc, struct sea_proc_op *op)
{
	struct sea_proc_file *file = sea_proc_fd(proc, op->call->arg[0]);

	if (file && file->kind == SEA_PROC_SOCKET) {
		sea_proc_op_hold(op, file);
		return file;
	}
	sea_proc_finish(op, file ? -ENOTSOCK : -EBADF);
	return NULL;
}

uint32_t sea_proc_sock_poll(struct sea_proc *proc, struct sea_proc_file *file)
{
	uint32_t mask = sea_socket_poll(proc->stack, file->sock);

	if (mask & SEA_POLLIN)
		mask |= EPOLLRDNORM;
	if (mask & SEA_POLLOUT)
		mask |= EPOLLWRNORM | (file->type == SOCK_STREAM ? 0u : (uint32_t)EPOLLWRBAND);
	return mask;
}

void sea_proc_sock_release(struct sea_proc *proc, struct sea_proc_file *file)
{
	if (sea_socket_is_none(file->sock))
		return;
	/* The second gives up waiting for SO_LINGER. */
	if (sea_socket_close(proc->stack, file->sock, proc->now) == -EWOULDBLOCK)
		(void)sea_socket_close(proc->stack, file->sock, proc->now);
}

/* A file and a descriptor for a new socket; without one the socket is closed again. */
static long install(struct sea_proc *proc, sea_socket sock, int domain, int type, int flags)
{
	int file_flags = O_RDWR | (flags & SOCK_NONBLOCK ? O_NONBLOCK : 0);
	struct sea_proc_file *file = sea_proc_file_new(proc, SEA_PROC_SOCKET, file_flags);
	int fd;

	if (!file) {
		(void)sea_socket_close(proc->stack, sock, proc->now);
		return -ENOMEM;
	}
	file->sock = sock;
	file->domain = domain;
	file->type = type;
	(void)sea_socket_watch(proc->stack, sock, WATCHED, file->id);
	fd = sea_proc_fd_install(proc, file, 0, flags & SOCK_CLOEXEC);
	if (fd < 0)
		sea_proc_file_put(proc, file);
	return fd;
}

void sea_proc_call_socket(struct sea_proc *proc, struct sea_proc_op *op)
{
	int domain = (int)op->call->arg[0], type = (int)op->call->arg[1];
	int flags = type & ~TYPE_MASK, err;
	sea_socket sock;

	if (flags & ~(SOCK_NONBLOCK | SOCK_CLOEXEC)) {
		sea_proc_finish(op, -EINVAL);
		return;
	}
	err = sea_socket_new(proc->stack, domain, type & TYPE_MASK, (int)op->call->arg[2], &sock,
			     proc->now);
	sea_proc_finish(op, err ? err : install(proc, sock, domain, type & TYPE_MASK, flags));
}

/* -- operations that block -- */

static void step(struct sea_proc *proc, struct sea_proc_op *op)
{
	sea_blocking_step(&op->blocking, proc->now);
	sea_proc_sock_follow(proc, op);
}

static void interrupt(struct sea_proc *proc, struct sea_proc_op *op)
{
	sea_blocking_interrupt(&op->blocking);
	op->step(proc, op);
}

void sea_proc_sock_follow(struct sea_proc *proc, struct sea_proc_op *op)
{
	(void)proc;
	if (op->blocking.done) {
		sea_proc_finish(op, op->blocking.result);
		return;
	}
	sea_proc_op_wait(op, op->blocking.wait, op->blocking.deadline, op->step ? op->step : step);
	op->interrupt = interrupt;
}

/* -- names -- */

static bool name_ok(struct sea_proc_op *op, uint64_t addr, uint64_t len)
{
	if ((uint32_t)len > sizeof(struct sockaddr_storage))
		sea_proc_finish(op, -EINVAL);
	else if (!sea_proc_readable(addr, (uint32_t)len))
		sea_proc_finish(op, -EFAULT);
	else
		return true;
	return false;
}

void sea_proc_call_bind(struct sea_proc *proc, struct sea_proc_op *op)
{
	const uint64_t *arg = op->call->arg;
	struct sea_proc_file *file = sock_of(proc, op);
	int err;

	if (!file || !name_ok(op, arg[1], arg[2]))
		return;
	err = sea_proc_may_bind(proc, sea_proc_ptr(arg[1]), (socklen_t)arg[2]);
	sea_proc_finish(op, err ? err
				: sea_socket_bind(proc->stack, file->sock, sea_proc_ptr(arg[1]),
						  (socklen_t)arg[2], proc->now));
}

void sea_proc_call_listen(struct sea_proc *proc, struct sea_proc_op *op)
{
	struct sea_proc_file *file = sock_of(proc, op);

	if (file)
		sea_proc_finish(op, sea_socket_listen(proc->stack, file->sock,
						      (int)op->call->arg[1], proc->now));
}

void sea_proc_call_connect(struct sea_proc *proc, struct sea_proc_op *op)
{
	const uint64_t *arg = op->call->arg;
	struct sea_proc_file *file = sock_of(proc, op);

	if (!file || !name_ok(op, arg[1], arg[2]))
		return;
	if (file->flags & O_NONBLOCK) {
		sea_proc_finish(op,
				sea_socket_connect(proc->stack, file->sock, sea_proc_ptr(arg[1]),
						   (socklen_t)arg[2], proc->now));
		return;
	}
	sea_blocking_connect(&op->blocking, proc->stack, file->sock, sea_proc_ptr(arg[1]),
			     (socklen_t)arg[2], proc->now);
	sea_proc_sock_follow(proc, op);
}

void sea_proc_call_shutdown(struct sea_proc *proc, struct sea_proc_op *op)
{
	struct sea_proc_file *file = sock_of(proc, op);

	if (file)
		sea_proc_finish(op, sea_socket_shutdown(proc->stack, file->sock,
							(int)op->call->arg[1], proc->now));
}

/* The place for a name: both may be written, and its length is not negative. */
static int room_for_name(uint64_t addr, uint64_t len_addr)
{
	socklen_t len;

	if (!sea_proc_writable(len_addr, sizeof(len)))
		return -EFAULT;
	memcpy(&len, sea_proc_ptr(len_addr), sizeof(len));
	if (len > INT_MAX)
		return -EINVAL;
	if (len > sizeof(struct sockaddr_storage))
		len = sizeof(struct sockaddr_storage);
	return sea_proc_writable(addr, len) ? 0 : -EFAULT;
}

typedef int name_fn(struct sea_stack *, sea_socket, struct sockaddr *, socklen_t *);

static void get_name(struct sea_proc *proc, struct sea_proc_op *op, name_fn *fn)
{
	const uint64_t *arg = op->call->arg;
	struct sea_proc_file *file = sock_of(proc, op);
	struct sockaddr_storage name;
	socklen_t len = sizeof(name);
	int err;

	if (!file)
		return;
	err = fn(proc->stack, file->sock, (struct sockaddr *)&name, &len);
	if (!err)
		err = room_for_name(arg[1], arg[2]);
	if (!err)
		err = fn(proc->stack, file->sock, sea_proc_ptr(arg[1]), sea_proc_ptr(arg[2]));
	sea_proc_finish(op, err);
}

void sea_proc_call_getsockname(struct sea_proc *proc, struct sea_proc_op *op)
{
	get_name(proc, op, sea_socket_getsockname);
}

void sea_proc_call_getpeername(struct sea_proc *proc, struct sea_proc_op *op)
{
	get_name(proc, op, sea_socket_getpeername);
}

/* -- accept -- */

/* `want` carries accept4()'s flags while it waits. */
static void accept_follow(struct sea_proc *proc, struct sea_proc_op *op)
{
	if (op->blocking.done && !op->blocking.result)
		op->blocking.result = install(proc, op->blocking.accepted, op->file->domain,
					      op->file->type, (int)op->want);
	sea_proc_sock_follow(proc, op);
}

static void accept_step(struct sea_proc *proc, struct sea_proc_op *op)
{
	sea_blocking_step(&op->blocking, proc->now);
	accept_follow(proc, op);
}

static void accept_flags(struct sea_proc *proc, struct sea_proc_op *op, int flags)
{
	const uint64_t *arg = op->call->arg;
	struct sea_proc_file *file;
	int err = 0;

	if (flags & ~(SOCK_NONBLOCK | SOCK_CLOEXEC)) {
		sea_proc_finish(op, -EINVAL);
		return;
	}
	file = sock_of(proc, op);
	if (!file)
		return;
	if (arg[1])
		err = room_for_name(arg[1], arg[2]);
	if (err) {
		sea_proc_finish(op, err);
		return;
	}
	op->want = (size_t)flags;
	op->step = accept_step;
	sea_blocking_accept(&op->blocking, proc->stack, file->sock, sea_proc_ptr(arg[1]),
			    arg[1] ? sea_proc_ptr(arg[2]) : NULL, proc->now);
	if (!op->blocking.done && file->flags & O_NONBLOCK)
		sea_proc_finish(op, -EAGAIN);
	else
		accept_follow(proc, op);
}

void sea_proc_call_accept(struct sea_proc *proc, struct sea_proc_op *op)
{
	accept_flags(proc, op, 0);
}

void sea_proc_call_accept4(struct sea_proc *proc, struct sea_proc_op *op)
{
	accept_flags(proc, op, (int)op->call->arg[3]);
}

/* -- options -- */

/* TCP_AO_GET_KEYS and struct tcp_ao_getsockopt of <linux/tcp.h>, which goes not with <netinet/tcp.h>. */
#define GET_KEYS 41
#define KEY 304u
#define NKEYS_AT 272u
#define KEYS_MAX 128u

/* On Linux *len is one key's, and the first says how many there is room for; the stack wants what all of them take. */
static int get_keys(struct sea_proc *proc, sea_socket sock, uint64_t at, socklen_t *len)
{
	uint32_t asked, n, found;
	int err;

	if (!sea_proc_writable(at, KEY))
		return -EFAULT;
	memcpy(&asked, sea_proc_ptr(at + NKEYS_AT), sizeof(asked));
	n = asked < KEYS_MAX ? asked : KEYS_MAX;
	asked = n;
	while (n > 1 && !sea_proc_writable(at, (size_t)n * KEY))
		n--;
	*len = (n ? n : 1) * KEY;
	err = sea_socket_getsockopt(proc->stack, sock, IPPROTO_TCP, GET_KEYS, sea_proc_ptr(at), len,
				    proc->now);
	if (err)
		return err;
	memcpy(&found, sea_proc_ptr(at + NKEYS_AT), sizeof(found));
	return n < asked && n < found ? -EFAULT : 0;
}

void sea_proc_call_getsockopt(struct sea_proc *proc, struct sea_proc_op *op)
{
	const uint64_t *arg = op->call->arg;
	struct sea_proc_file *file = sock_of(proc, op);
	socklen_t len;

	if (!file)
		return;
	if (!sea_proc_writable(arg[4], sizeof(len))) {
		sea_proc_finish(op, -EFAULT);
		return;
	}
	memcpy(&len, sea_proc_ptr(arg[4]), sizeof(len));
	if (arg[1] == IPPROTO_TCP && arg[2] == GET_KEYS && len == KEY) {
		sea_proc_finish(op, get_keys(proc, file->sock, arg[3], &len));
		if (op->call->result >= 0)
			memcpy(sea_proc_ptr(arg[4]), &len, sizeof(len));
		return;
	}
	/* What an option writes is at most what it was given room for, and seldom all of that. */
	if (len <= INT_MAX && !sea_proc_writable(arg[3], len < 4096 ? len : 4096)) {
		sea_proc_finish(op, -EFAULT);
		return;
	}
	sea_proc_finish(op, sea_socket_getsockopt(proc->stack, file->sock, (int)arg[1], (int)arg[2],
						  sea_proc_ptr(arg[3]), &len, proc->now));
	if (op->call->result >= 0)
		memcpy(sea_proc_ptr(arg[4]), &len, sizeof(len));
}

void sea_proc_call_setsockopt(struct sea_proc *proc, struct sea_proc_op *op)
{
	const uint64_t *arg = op->call->arg;
	struct sea_proc_file *file = sock_of(proc, op);
	int err;

	if (!file)
		return;
	if ((uint32_t)arg[4] <= INT_MAX && !sea_proc_readable(arg[3], (uint32_t)arg[4])) {
		sea_proc_finish(op, -EFAULT);
		return;
	}
	err = sea_proc_may_set(proc, (int)arg[1], (int)arg[2], sea_proc_ptr(arg[3]),
			       (uint32_t)arg[4] <= INT_MAX ? (uint32_t)arg[4] : 0);
	sea_proc_finish(op, err ? err
				: sea_socket_setsockopt(proc->stack, file->sock, (int)arg[1],
							(int)arg[2], sea_proc_ptr(arg[3]),
							(socklen_t)arg[4], proc->now));
}
