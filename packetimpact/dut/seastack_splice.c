// SPDX-License-Identifier: Apache-2.0
/*
 * splice and sendfile. What is read from a socket or a file becomes buffers of a pipe, piece by piece as it
 * lies in the receive queue; what leaves a pipe for a socket is sent with MSG_MORE as long as more is there.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <linux/sockios.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "packetimpact/dut/seastack.h"

#define PAGE 4096u
#define PIECES 16
#define CHUNK (16u * PAGE) /* what sendfile's own pipe holds */
#define SPLICE_FLAGS (SPLICE_F_MOVE | SPLICE_F_NONBLOCK | SPLICE_F_MORE | SPLICE_F_GIFT)

/* op->file is where bytes come from, op->other where they go; op->want how many, op->moved how many did. */

static bool nonblocking(const struct sea_proc_op *op)
{
	return (uint32_t)op->call->arg[5] & SPLICE_F_NONBLOCK || op->other->flags & O_NONBLOCK;
}

static void end(struct sea_proc_op *op, long result)
{
	sea_proc_finish(op, op->moved ? (long)op->moved : result);
}

static void interrupt(struct sea_proc *proc, struct sea_proc_op *op)
{
	(void)proc;
	end(op, -EINTR);
}

static void wait_for(struct sea_proc_op *op, uint32_t mask,
		     void (*step)(struct sea_proc *, struct sea_proc_op *))
{
	op->interrupt = interrupt;
	sea_proc_op_wait(op, mask, op->deadline, step);
}

/* -- into a pipe -- */

/* Room in the pipe; false: the call waits for it or is done. */
static bool pipe_takes(struct sea_proc_op *op,
		       void (*step)(struct sea_proc *, struct sea_proc_op *))
{
	const struct sea_proc_pipe *pipe = op->other->pipe;

	if (!sea_proc_pipe_has_readers(pipe))
		end(op, -EPIPE);
	else if (!sea_proc_pipe_full(pipe))
		return true;
	else if (nonblocking(op))
		end(op, -EAGAIN);
	else
		wait_for(op, EPOLLOUT, step);
	return false;
}

/* What is queued goes over, as far as there is room; 0: nothing is, -errno. */
static long move_queued(struct sea_proc *proc, struct sea_proc_op *op)
{
	const sea_socket sock = op->file->sock;
	unsigned room = sea_proc_pipe_room(op->other->pipe);
	struct iovec iov[PIECES];
	size_t total = 0;
	int mark = 0, n;

	/* The byte at the urgent mark does not go into a pipe, nor what is behind it. */
	if (!sea_socket_ioctl_int(proc->stack, sock, SIOCATMARK, &mark, proc->now) && mark)
		return 0;
	n = sea_socket_recv_peek(proc->stack, sock, iov, room < PIECES ? (int)room : PIECES,
				 proc->now);

	if (n < 0)
		return n;
	for (int i = 0; i < n && total < op->want - op->moved; i++) {
		size_t part = op->want - op->moved - total;

		if (part > iov[i].iov_len)
			part = iov[i].iov_len;
		if (sea_proc_pipe_push(proc, op->other->pipe, iov[i].iov_base, part))
			break;
		total += part;
	}
	if (!total)
		return n ? -ENOMEM : 0;
	n = sea_socket_recv_consume(proc->stack, sock, total, proc->now);
	return n < 0 ? n : (long)total;
}

static void socket_to_pipe(struct sea_proc *proc, struct sea_proc_op *op)
{
	if (!pipe_takes(op, socket_to_pipe))
		return;
	for (;;) {
		long n = sea_proc_pipe_full(op->other->pipe) || op->moved == op->want
				 ? 0
				 : move_queued(proc, op);

		if (n > 0) {
			op->moved += (size_t)n;
			continue;
		}
		if (n != -EAGAIN || op->moved || op->file->flags & O_NONBLOCK ||
		    !sea_time_before(proc->now, op->deadline))
			end(op, n);
		else
			wait_for(op, EPOLLIN, socket_to_pipe);
		return;
	}
}

/* The place in the file: the caller's offset, or the file's own. */
static off_t *place(struct sea_proc_op *op, uint64_t offset)
{
	return offset ? sea_proc_ptr(offset) : &op->file->pos;
}

/* The result of the last read counts only when nothing was moved before. */
static void file_to_pipe(struct sea_proc *proc, struct sea_proc_op *op)
{
	off_t *at = place(op, op->call->arg[1]);
	uint8_t page[PAGE];
	ssize_t n = 0;

	if (!pipe_takes(op, file_to_pipe))
		return;
	while (op->moved < op->want && !sea_proc_pipe_full(op->other->pipe)) {
		size_t want = PAGE - (size_t)*at % PAGE;

		if (want > op->want - op->moved)
			want = op->want - op->moved;
		n = pread(op->file->host_fd, page, want, *at);
		if (n <= 0 || sea_proc_pipe_push(proc, op->other->pipe, page, (size_t)n))
			break;
		*at += n;
		op->moved += (size_t)n;
	}
	end(op, n < 0 ? -errno : 0);
}

static void pipe_to_pipe(struct sea_proc *proc, struct sea_proc_op *op)
{
	struct sea_proc_pipe *from = op->file->pipe, *to = op->other->pipe;

	if (!sea_proc_pipe_has_readers(to)) {
		end(op, -EPIPE);
		return;
	}
	while (op->moved < op->want && !sea_proc_pipe_empty(from) && !sea_proc_pipe_full(to)) {
		const uint8_t *bytes = NULL;
		size_t n = sea_proc_pipe_front(from, 0, &bytes);

		if (n > op->want - op->moved)
			n = op->want - op->moved;
		if (sea_proc_pipe_push(proc, to, bytes, n))
			break;
		sea_proc_pipe_consume(proc, from, n);
		op->moved += n;
	}
	if (op->moved || (sea_proc_pipe_empty(from) && !sea_proc_pipe_has_writers(from)))
		end(op, 0);
	else if (nonblocking(op) || op->file->flags & O_NONBLOCK)
		end(op, -EAGAIN);
	else
		wait_for(op, EPOLLIN | EPOLLOUT, pipe_to_pipe);
}

/* -- into a socket -- */

/* The next pieces of the pipe, and what they are sent with. */
static size_t gather(const struct sea_proc_op *op, struct iovec *iov, struct msghdr *msg,
		     int *flags)
{
	size_t left = op->want - op->moved, total = 0;
	const uint8_t *bytes = NULL;
	unsigned i;

	for (i = 0; i < PIECES && left; i++) {
		size_t n = sea_proc_pipe_front(op->file->pipe, i, &bytes);

		if (!n)
			break;
		if (n > left)
			n = left;
		iov[i] = (struct iovec){ (void *)(uintptr_t)bytes, n };
		left -= n;
		total += n;
	}
	*msg = (struct msghdr){ .msg_iov = iov, .msg_iovlen = i };
	if ((left && sea_proc_pipe_front(op->file->pipe, i, &bytes)) ||
	    (uint32_t)op->call->arg[5] & SPLICE_F_MORE)
		*flags |= MSG_MORE;
	return total;
}

/* Nothing in the pipe; false: the call waits for it or is done. */
static bool pipe_gives(struct sea_proc_op *op,
		       void (*step)(struct sea_proc *, struct sea_proc_op *))
{
	const struct sea_proc_pipe *pipe = op->file->pipe;

	if (!sea_proc_pipe_empty(pipe))
		return true;
	if (op->moved || !sea_proc_pipe_has_writers(pipe))
		end(op, 0);
	else if ((uint32_t)op->call->arg[5] & SPLICE_F_NONBLOCK || op->file->flags & O_NONBLOCK)
		end(op, -EAGAIN);
	else
		wait_for(op, EPOLLIN, step);
	return false;
}

static void pipe_to_socket(struct sea_proc *proc, struct sea_proc_op *op)
{
	while (op->moved < op->want) {
		struct iovec iov[PIECES];
		struct msghdr msg;
		int flags = 0;
		ssize_t n;

		if (!pipe_gives(op, pipe_to_socket))
			return;
		(void)gather(op, iov, &msg, &flags);
		n = sea_socket_sendmsg(proc->stack, op->other->sock, &msg, flags, proc->now);
		if (n == -EAGAIN && !nonblocking(op) && sea_time_before(proc->now, op->deadline)) {
			wait_for(op, EPOLLOUT, pipe_to_socket);
			return;
		}
		if (n < 0) {
			end(op, n);
			return;
		}
		sea_proc_pipe_consume(proc, op->file->pipe, (size_t)n);
		op->moved += (size_t)n;
	}
	end(op, 0);
}

/* -- splice -- */

/* The files of both ends, held; 0 or -EBADF. */
static int take_ends(struct sea_proc *proc, struct sea_proc_op *op, uint64_t in, uint64_t out)
{
	struct sea_proc_file *from = sea_proc_fd(proc, in), *to = sea_proc_fd(proc, out);

	if (!from || !to || from->kind == SEA_PROC_PIPE_WRITE || to->kind == SEA_PROC_PIPE_READ ||
	    to->kind == SEA_PROC_FILE)
		return -EBADF;
	sea_proc_op_hold(op, from);
	sea_proc_op_hold(op, to);
	return 0;
}

/* Only a file that has places may be read at one. */
static int check_offsets(const struct sea_proc_op *op)
{
	const uint64_t *arg = op->call->arg;
	bool pipe_in = op->file->kind == SEA_PROC_PIPE_READ;
	bool pipe_out = op->other->kind == SEA_PROC_PIPE_WRITE;

	if (!pipe_in && !pipe_out)
		return -EINVAL;
	if ((pipe_in && arg[1]) || (pipe_out && arg[3]))
		return -ESPIPE;
	if ((arg[1] && op->file->kind != SEA_PROC_FILE) || arg[3])
		return -EINVAL;
	if (pipe_in && pipe_out && op->file->pipe == op->other->pipe)
		return -EINVAL;
	if (arg[1] && !sea_proc_writable(arg[1], sizeof(off_t)))
		return -EFAULT;
	return arg[1] && *(off_t *)sea_proc_ptr(arg[1]) < 0 ? -EINVAL : 0;
}

/* SO_RCVTIMEO, SO_SNDTIMEO: a call on a socket waits no longer than that. */
static void take_patience(struct sea_proc *proc, struct sea_proc_op *op)
{
	bool in = op->file->kind == SEA_PROC_SOCKET;
	const struct sea_proc_file *file = in ? op->file : op->other;
	struct timeval tv = { 0 };
	socklen_t len = sizeof(tv);

	if (file->kind == SEA_PROC_SOCKET &&
	    !sea_socket_getsockopt(proc->stack, file->sock, SOL_SOCKET,
				   in ? SO_RCVTIMEO : SO_SNDTIMEO, &tv, &len, proc->now) &&
	    (tv.tv_sec || tv.tv_usec))
		op->deadline = sea_time_add(sea_time_add(proc->now, tv.tv_sec * SEA_SEC),
					    tv.tv_usec * SEA_USEC);
}

static void start(struct sea_proc *proc, struct sea_proc_op *op)
{
	bool pipe_in = op->file->kind == SEA_PROC_PIPE_READ;

	if (pipe_in && op->other->kind == SEA_PROC_PIPE_WRITE)
		pipe_to_pipe(proc, op);
	else if (pipe_in && op->other->kind == SEA_PROC_SOCKET)
		pipe_to_socket(proc, op);
	else if (op->file->kind == SEA_PROC_SOCKET && op->file->type == SOCK_STREAM)
		socket_to_pipe(proc, op);
	else if (op->file->kind == SEA_PROC_FILE)
		file_to_pipe(proc, op);
	else
		sea_proc_finish(op, -EINVAL);
}

void sea_proc_call_splice(struct sea_proc *proc, struct sea_proc_op *op)
{
	const uint64_t *arg = op->call->arg;
	int err;

	if (!arg[4]) {
		sea_proc_finish(op, 0);
		return;
	}
	if ((uint32_t)arg[5] & ~(uint32_t)SPLICE_FLAGS) {
		sea_proc_finish(op, -EINVAL);
		return;
	}
	err = take_ends(proc, op, arg[0], arg[2]);
	if (!err)
		err = check_offsets(op);
	if (err) {
		sea_proc_finish(op, err);
		return;
	}
	op->want = arg[4] < SEA_PROC_RW_MAX ? arg[4] : SEA_PROC_RW_MAX;
	take_patience(proc, op);
	start(proc, op);
}

/* -- sendfile -- */

/* More of the file, or of what was asked for, follows these bytes: Linux pushes at the file's end. */
static bool follows(const struct sea_proc_op *op, off_t at, size_t n)
{
	struct stat st;

	return n < op->want - op->moved && !fstat(op->file->host_fd, &st) &&
	       at + (off_t)n < st.st_size;
}

/* One pipeful of the file to the socket or pipe: bytes moved, 0 at the end of the file, -errno. */
static ssize_t send_chunk(struct sea_proc *proc, struct sea_proc_op *op, off_t at, uint8_t *chunk)
{
	size_t left = op->want - op->moved;
	ssize_t n = pread(op->file->host_fd, chunk, left < CHUNK ? left : CHUNK, at);
	struct iovec iov = { chunk, n > 0 ? (size_t)n : 0 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (n <= 0)
		return n < 0 ? -errno : 0;
	if (op->other->kind == SEA_PROC_SOCKET)
		return sea_socket_sendmsg(proc->stack, op->other->sock, &msg,
					  follows(op, at, (size_t)n) ? MSG_MORE : 0, proc->now);
	if (!sea_proc_pipe_has_readers(op->other->pipe))
		return -EPIPE;
	if (sea_proc_pipe_full(op->other->pipe))
		return -EAGAIN;
	n = n < (ssize_t)PAGE ? n : (ssize_t)PAGE;
	return sea_proc_pipe_push(proc, op->other->pipe, chunk, (size_t)n) ? -ENOMEM : n;
}

static void sendfile_step(struct sea_proc *proc, struct sea_proc_op *op)
{
	off_t *at = place(op, op->call->arg[2]);
	uint8_t *chunk = op->more;

	while (op->moved < op->want) {
		ssize_t n = send_chunk(proc, op, *at, chunk);

		if (n == -EAGAIN && !(op->other->flags & O_NONBLOCK) &&
		    sea_time_before(proc->now, op->deadline)) {
			wait_for(op, EPOLLOUT, sendfile_step);
			return;
		}
		if (n <= 0) {
			end(op, n);
			return;
		}
		*at += n;
		op->moved += (size_t)n;
	}
	end(op, 0);
}

static int check_sendfile(struct sea_proc *proc, struct sea_proc_op *op)
{
	const uint64_t *arg = op->call->arg;
	int err = take_ends(proc, op, arg[1], arg[0]);

	if (err)
		return err;
	if (arg[2] && !sea_proc_writable(arg[2], sizeof(off_t)))
		return -EFAULT;
	if (arg[2] && op->file->kind != SEA_PROC_FILE)
		return -ESPIPE;
	if (op->file->kind != SEA_PROC_FILE || op->other->kind == SEA_PROC_EPOLL)
		return -EINVAL;
	return arg[2] && *(off_t *)sea_proc_ptr(arg[2]) < 0 ? -EINVAL : 0;
}

void sea_proc_call_sendfile(struct sea_proc *proc, struct sea_proc_op *op)
{
	int err = check_sendfile(proc, op);

	if (!err && (int64_t)op->call->arg[3] < 0)
		err = -EINVAL;
	if (err) {
		sea_proc_finish(op, err);
		return;
	}
	op->want = op->call->arg[3] < SEA_PROC_RW_MAX ? op->call->arg[3] : SEA_PROC_RW_MAX;
	take_patience(proc, op);
	op->more = malloc(CHUNK);
	if (!op->more)
		sea_proc_finish(op, -ENOMEM);
	else
		sendfile_step(proc, op);
}
