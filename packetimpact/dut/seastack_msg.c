// SPDX-License-Identifier: Apache-2.0
/* Bytes in and out: read, write, send, recv and their kin, on sockets, pipes and files. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "packetimpact/dut/seastack.h"

#define IOV_MAX_LINUX 1024u

void sea_proc_sock_send(struct sea_proc *proc, struct sea_proc_op *op, int flags)
{
	int err = flags & MSG_ZEROCOPY ? sea_proc_pin(proc, op) : 0;

	if (err) {
		sea_proc_finish(op, err);
		return;
	}
	if (op->file->flags & O_NONBLOCK)
		flags |= MSG_DONTWAIT;
	sea_blocking_sendmsg(&op->blocking, proc->stack, op->file->sock, &op->msg, flags,
			     proc->now);
	sea_proc_sock_follow(proc, op);
}

void sea_proc_sock_recv(struct sea_proc *proc, struct sea_proc_op *op, int flags)
{
	if (op->file->flags & O_NONBLOCK)
		flags |= MSG_DONTWAIT;
	sea_blocking_recvmsg(&op->blocking, proc->stack, op->file->sock, &op->msg, flags,
			     proc->now);
	sea_proc_sock_follow(proc, op);
}

/*
 * Memory that is none is noticed when bytes would be moved: what the socket has to say before, it says. Only
 * who would wait is told at once.
 */
static long bad_memory(struct sea_proc *proc, struct sea_proc_op *op, bool in)
{
	struct iovec iov = { &(char){ 0 }, in };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	sea_socket sock = op->file->sock;
	ssize_t n = in ? sea_socket_recvmsg(proc->stack, sock, &msg, MSG_PEEK, proc->now)
		       : sea_socket_sendmsg(proc->stack, sock, &msg, 0, proc->now);

	if (in && n <= 0)
		return n;
	return n < 0 && n != -EAGAIN ? n : -EFAULT;
}

/* The end of a call whose arguments are wrong; false. */
static bool refuse(struct sea_proc *proc, struct sea_proc_op *op, long err, bool in)
{
	if (err == -EFAULT && op->file && op->file->kind == SEA_PROC_SOCKET)
		err = bad_memory(proc, op, in);
	sea_proc_finish(op, err);
	return false;
}

/* -- read, write -- */

static void file_read(struct sea_proc_op *op)
{
	struct sea_proc_file *file = op->file;
	ssize_t n = preadv(file->host_fd, op->msg.msg_iov, (int)op->msg.msg_iovlen, file->pos);

	if (n > 0)
		file->pos += n;
	sea_proc_finish(op, n < 0 ? -errno : n);
}

static void read_file(struct sea_proc *proc, struct sea_proc_op *op)
{
	switch (op->file->kind) {
	case SEA_PROC_SOCKET:
		/* As in Linux: read() of nothing is not seen by the socket. */
		if (op->want)
			sea_proc_sock_recv(proc, op, 0);
		else
			sea_proc_finish(op, 0);
		break;
	case SEA_PROC_PIPE_READ:
		sea_proc_pipe_read(proc, op);
		break;
	case SEA_PROC_FILE:
		file_read(op);
		break;
	case SEA_PROC_PIPE_WRITE:
		sea_proc_finish(op, -EBADF);
		break;
	case SEA_PROC_EPOLL:
		sea_proc_finish(op, -EINVAL);
		break;
	}
}

static void write_file(struct sea_proc *proc, struct sea_proc_op *op)
{
	switch (op->file->kind) {
	case SEA_PROC_SOCKET:
		sea_proc_sock_send(proc, op, 0);
		break;
	case SEA_PROC_PIPE_WRITE:
		sea_proc_pipe_write(proc, op);
		break;
	case SEA_PROC_PIPE_READ:
	case SEA_PROC_FILE:
		sea_proc_finish(op, -EBADF);
		break;
	case SEA_PROC_EPOLL:
		sea_proc_finish(op, -EINVAL);
		break;
	}
}

/* The file of arg 0, and the memory of args 1 and 2; false: the call is done. */
static bool take_args(struct sea_proc *proc, struct sea_proc_op *op, bool vector, bool in)
{
	const uint64_t *arg = op->call->arg;
	struct sea_proc_file *file = sea_proc_fd(proc, arg[0]);
	int err = -EBADF;

	if (file) {
		sea_proc_op_hold(op, file);
		err = vector ? sea_proc_iov(op, arg[1], (uint32_t)arg[2], in)
			     : sea_proc_buf(op, arg[1], arg[2], in);
	}
	return !err || refuse(proc, op, err, in);
}

void sea_proc_call_read(struct sea_proc *proc, struct sea_proc_op *op)
{
	if (take_args(proc, op, false, true))
		read_file(proc, op);
}

void sea_proc_call_readv(struct sea_proc *proc, struct sea_proc_op *op)
{
	if (take_args(proc, op, true, true))
		read_file(proc, op);
}

void sea_proc_call_write(struct sea_proc *proc, struct sea_proc_op *op)
{
	if (take_args(proc, op, false, false))
		write_file(proc, op);
}

void sea_proc_call_writev(struct sea_proc *proc, struct sea_proc_op *op)
{
	if (take_args(proc, op, true, false))
		write_file(proc, op);
}

/* -- send, recv -- */

static bool take_sock(struct sea_proc *proc, struct sea_proc_op *op, bool in)
{
	const uint64_t *arg = op->call->arg;
	struct sea_proc_file *file = sea_proc_fd(proc, arg[0]);
	uint64_t len = arg[2] > SEA_PROC_RW_MAX ? SEA_PROC_RW_MAX : arg[2];
	int err = 0;

	if (!file)
		err = -EBADF;
	else if (file->kind != SEA_PROC_SOCKET)
		err = -ENOTSOCK;
	if (!err) {
		sea_proc_op_hold(op, file);
		err = sea_proc_buf(op, arg[1], len, in);
	}
	return !err || refuse(proc, op, err, in);
}

void sea_proc_call_send(struct sea_proc *proc, struct sea_proc_op *op)
{
	if (take_sock(proc, op, false))
		sea_proc_sock_send(proc, op, (int)op->call->arg[3]);
}

void sea_proc_call_recv(struct sea_proc *proc, struct sea_proc_op *op)
{
	if (take_sock(proc, op, true))
		sea_proc_sock_recv(proc, op, (int)op->call->arg[3]);
}

void sea_proc_call_sendto(struct sea_proc *proc, struct sea_proc_op *op)
{
	const uint64_t *arg = op->call->arg;

	if (!take_sock(proc, op, false))
		return;
	if (arg[4]) {
		if ((uint32_t)arg[5] > sizeof(struct sockaddr_storage)) {
			sea_proc_finish(op, -EINVAL);
			return;
		}
		if (!sea_proc_readable(arg[4], (uint32_t)arg[5])) {
			sea_proc_finish(op, -EFAULT);
			return;
		}
		op->msg.msg_name = sea_proc_ptr(arg[4]);
		op->msg.msg_namelen = (socklen_t)arg[5];
	}
	sea_proc_sock_send(proc, op, (int)arg[3]);
}

/* Whatever ends a receiving call, the lengths that it tells go to where the caller has them. */
static void recvfrom_follow(struct sea_proc *proc, struct sea_proc_op *op)
{
	const uint64_t *arg = op->call->arg;

	if (op->blocking.done && op->blocking.result >= 0 && arg[4] && arg[5])
		memcpy(sea_proc_ptr(arg[5]), &op->msg.msg_namelen, sizeof(socklen_t));
	sea_proc_sock_follow(proc, op);
}

static void recvfrom_step(struct sea_proc *proc, struct sea_proc_op *op)
{
	sea_blocking_step(&op->blocking, proc->now);
	recvfrom_follow(proc, op);
}

static int take_name_room(struct sea_proc_op *op, uint64_t addr, uint64_t len_addr)
{
	socklen_t len;

	if (!sea_proc_writable(len_addr, sizeof(len)))
		return -EFAULT;
	memcpy(&len, sea_proc_ptr(len_addr), sizeof(len));
	if (len > INT_MAX)
		return -EINVAL;
	if (len > sizeof(struct sockaddr_storage))
		len = sizeof(struct sockaddr_storage);
	if (!sea_proc_writable(addr, len))
		return -EFAULT;
	op->msg.msg_name = sea_proc_ptr(addr);
	op->msg.msg_namelen = len;
	return 0;
}

void sea_proc_call_recvfrom(struct sea_proc *proc, struct sea_proc_op *op)
{
	const uint64_t *arg = op->call->arg;
	int flags = (int)arg[3], err = 0;

	if (!take_sock(proc, op, true))
		return;
	if (arg[4])
		err = take_name_room(op, arg[4], arg[5]);
	if (err) {
		sea_proc_finish(op, err);
		return;
	}
	if (op->file->flags & O_NONBLOCK)
		flags |= MSG_DONTWAIT;
	op->step = recvfrom_step;
	sea_blocking_recvmsg(&op->blocking, proc->stack, op->file->sock, &op->msg, flags,
			     proc->now);
	recvfrom_follow(proc, op);
}

/* -- sendmsg, recvmsg -- */

/* The caller's header, its parts checked, in op->msg; false: the call is done. */
static bool take_msghdr(struct sea_proc *proc, struct sea_proc_op *op, bool in)
{
	const uint64_t *arg = op->call->arg;
	struct sea_proc_file *file = sea_proc_fd(proc, arg[0]);
	struct msghdr user;
	int err = 0;

	if (!file || file->kind != SEA_PROC_SOCKET) {
		sea_proc_finish(op, file ? -ENOTSOCK : -EBADF);
		return false;
	}
	sea_proc_op_hold(op, file);
	if (in ? !sea_proc_writable(arg[1], sizeof(user))
	       : !sea_proc_readable(arg[1], sizeof(user)))
		err = -EFAULT;
	else
		memcpy(&user, sea_proc_ptr(arg[1]), sizeof(user));
	if (!err && user.msg_iovlen > IOV_MAX_LINUX)
		err = -EMSGSIZE;
	if (err) {
		sea_proc_finish(op, err);
		return false;
	}
	err = sea_proc_iov(op, (uintptr_t)user.msg_iov, user.msg_iovlen, in);
	if (err)
		return refuse(proc, op, err, in);
	op->msg.msg_name = user.msg_name;
	op->msg.msg_namelen = user.msg_name ? user.msg_namelen : 0;
	op->msg.msg_control = user.msg_control;
	op->msg.msg_controllen = user.msg_control ? user.msg_controllen : 0;
	return true;
}

static bool parts_ok(const struct msghdr *msg, bool in)
{
	bool (*ok)(uint64_t, size_t) = in ? sea_proc_writable : sea_proc_readable;
	size_t name = msg->msg_namelen > sizeof(struct sockaddr_storage)
			      ? sizeof(struct sockaddr_storage)
			      : msg->msg_namelen;

	return ok((uintptr_t)msg->msg_name, name) &&
	       (msg->msg_controllen > INT_MAX ||
		ok((uintptr_t)msg->msg_control, msg->msg_controllen));
}

void sea_proc_call_sendmsg(struct sea_proc *proc, struct sea_proc_op *op)
{
	if (!take_msghdr(proc, op, false))
		return;
	if (op->msg.msg_controllen > INT_MAX)
		sea_proc_finish(op, -ENOBUFS);
	else if (!parts_ok(&op->msg, false))
		sea_proc_finish(op, -EFAULT);
	else
		sea_proc_sock_send(proc, op, (int)op->call->arg[2]);
}

static void recvmsg_follow(struct sea_proc *proc, struct sea_proc_op *op)
{
	struct msghdr *user = sea_proc_ptr(op->call->arg[1]);

	if (op->blocking.done && op->blocking.result >= 0) {
		if (user->msg_name)
			user->msg_namelen = op->msg.msg_namelen;
		user->msg_controllen = op->msg.msg_controllen;
		user->msg_flags = op->msg.msg_flags;
	}
	sea_proc_sock_follow(proc, op);
}

static void recvmsg_step(struct sea_proc *proc, struct sea_proc_op *op)
{
	sea_blocking_step(&op->blocking, proc->now);
	recvmsg_follow(proc, op);
}

void sea_proc_call_recvmsg(struct sea_proc *proc, struct sea_proc_op *op)
{
	int flags = (int)op->call->arg[2];

	if (!take_msghdr(proc, op, true))
		return;
	if (op->msg.msg_namelen > INT_MAX) {
		sea_proc_finish(op, -EINVAL);
		return;
	}
	if (!parts_ok(&op->msg, true)) {
		sea_proc_finish(op, -EFAULT);
		return;
	}
	if (op->msg.msg_namelen > sizeof(struct sockaddr_storage))
		op->msg.msg_namelen = sizeof(struct sockaddr_storage);
	if (op->file->flags & O_NONBLOCK)
		flags |= MSG_DONTWAIT;
	op->step = recvmsg_step;
	sea_blocking_recvmsg(&op->blocking, proc->stack, op->file->sock, &op->msg, flags,
			     proc->now);
	recvmsg_follow(proc, op);
}
