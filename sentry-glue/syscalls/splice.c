/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes from one descriptor to another: splice, tee, vmsplice, sendfile, copy_file_range. Between
 * pipes pages change hands; from and to anything else bytes are copied, page by page. Who waits
 * looks at both sides anew afterwards.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

#include "sentry-glue/fs/inotify.h"
#include "sentry-glue/fs/pipe.h"
#include "sentry-glue/syscalls/sys.h"
#include "sentry-glue/vfs/seal.h"

#define KNOWN (SPLICE_F_MOVE | SPLICE_F_NONBLOCK | SPLICE_F_MORE | SPLICE_F_GIFT)
#define COPY_MAX (16ull << 20) /* so long nobody else gets the kernel's lock; the caller goes on */
#define BLOCK 16384u

static bool readable(const struct sea_file *file)
{
	return file && file->ops && (file->flags & O_ACCMODE) != O_WRONLY;
}

static bool writable(const struct sea_file *file)
{
	return file && file->ops && (file->flags & O_ACCMODE) != O_RDONLY;
}

static int both(struct sea_task *task, uint64_t in_fd, uint64_t out_fd, struct sea_file **in,
		struct sea_file **out)
{
	*in = sea_fd_get(task->files, (int)in_fd);
	*out = sea_fd_get(task->files, (int)out_fd);
	return readable(*in) && writable(*out) ? 0 : -EBADF;
}

/* Until there is something to read, or room to write; `dont`: at once -EAGAIN. */
static int await(struct sea_task *task, struct sea_file *file, int events, bool dont)
{
	if (dont)
		return -EAGAIN;
	return sea_file_await(task, file, events);
}

static int await_bytes(struct sea_task *task, struct sea_file *file, bool dont)
{
	struct sea_pipe *pipe = sea_pipe_of(file);
	int err = 0;

	while (!err && !pipe->used && pipe->writers)
		err = await(task, file, POLLIN, dont);
	return err;
}

static int await_room(struct sea_task *task, struct sea_file *file, bool dont)
{
	struct sea_pipe *pipe = sea_pipe_of(file);
	int err = 0;

	while (!err && pipe->readers && sea_pipe_full(pipe))
		err = await(task, file, POLLOUT, dont);
	return err ? err : pipe->readers ? 0 : sea_pipe_broken(task);
}

/* A slot with the first `len` bytes of another, in the same page. */
static struct sea_pipe_slot share(const struct sea_pipe_slot *from, uint64_t len)
{
	struct sea_pipe_slot slot = *from;

	slot.len = len < slot.len ? (uint32_t)len : slot.len;
	slot.merge = false;
	slot.page->refs++;
	return slot;
}

static int64_t pipe_to_pipe(struct sea_task *task, struct sea_file *in, struct sea_file *out,
			    uint64_t len, bool dont)
{
	struct sea_pipe *from = sea_pipe_of(in), *to = sea_pipe_of(out);
	int64_t total = 0;
	int err;

	do {
		err = await_bytes(task, in, dont);
		if (!err)
			err = await_room(task, out, dont);
		if (err)
			return err;
	} while (!from->used && from->writers); /* another took it while we waited for room */
	while (len && from->used && !sea_pipe_full(to)) {
		struct sea_pipe_slot *head = sea_pipe_at(from, 0), slot = share(head, len);

		/* A page that goes over whole can be added to there. */
		slot.merge = slot.len == head->len && head->merge;
		sea_pipe_push(to, &slot);
		sea_pipe_take(from, slot.len);
		len -= slot.len;
		total += slot.len;
	}
	return total;
}

int64_t sea_sys_tee(struct sea_task *task, const uint64_t *a)
{
	struct sea_pipe *from, *to;
	struct sea_file *in, *out;
	uint64_t len = a[2];
	int64_t total = 0;
	bool dont;
	int err;

	if ((uint32_t)a[3] & ~(uint32_t)KNOWN)
		return -EINVAL;
	if (!len)
		return 0;
	err = both(task, a[0], a[1], &in, &out);
	if (err)
		return err;
	from = sea_pipe_of(in);
	to = sea_pipe_of(out);
	if (!from || !to || from == to)
		return -EINVAL;
	dont = a[3] & SPLICE_F_NONBLOCK || (in->flags | out->flags) & O_NONBLOCK;
	sea_file_get(in), sea_file_get(out); /* other threads may close them */
	err = await_bytes(task, in, dont);
	if (!err)
		err = await_room(task, out, dont);
	for (unsigned int i = 0; !err && len && i < from->used && !sea_pipe_full(to); i++) {
		struct sea_pipe_slot slot = share(sea_pipe_at(from, i), len);

		sea_pipe_push(to, &slot);
		len -= slot.len;
		total += slot.len;
	}
	sea_file_put(in), sea_file_put(out);
	return err ? err : total;
}

/* One page's worth, or less: as far as the next page of the file. */
static int64_t page_in(struct sea_task *task, struct sea_file *in, uint64_t *pos,
		       struct sea_pipe *pipe, uint64_t len)
{
	struct sea_pipe_slot slot = { .page = sea_pipe_page_new() };
	uint64_t room = SEA_PIPE_PAGE - (in->ops->seekable ? *pos % SEA_PIPE_PAGE : 0);
	struct sea_uio uio = { .task = task, .left = len < room ? len : room };
	int64_t n;

	if (!slot.page)
		return -ENOMEM;
	uio.kernel = slot.page->bytes;
	n = in->ops->read(in, &uio, pos);
	if (n <= 0) {
		sea_pipe_page_put(slot.page);
		return n;
	}
	slot.len = (uint32_t)n;
	sea_pipe_push(pipe, &slot);
	return n;
}

static int64_t file_to_pipe(struct sea_task *task, struct sea_file *in, uint64_t *pos,
			    struct sea_file *out, uint64_t len, bool dont)
{
	struct sea_pipe *pipe = sea_pipe_of(out);
	int64_t total = 0, n;

	if (!(in->ops->splice & SEA_SPLICE_IN))
		return -EINVAL;
	for (;;) {
		n = await_room(task, out, dont);
		if (n)
			return n;
		while (len && !sea_pipe_full(pipe) && (n = page_in(task, in, pos, pipe, len)) > 0) {
			len -= (uint64_t)n;
			total += n;
		}
		if (total) {
			sea_notify_file(in, IN_ACCESS);
			sea_pipe_signal(pipe, POLL_IN);
		}
		if (total || n != -EAGAIN)
			return total ? total : n;
		n = await(task, in, POLLIN, dont || in->flags & O_NONBLOCK);
		if (n)
			return n;
	}
}

static int64_t pipe_to_file(struct sea_task *task, struct sea_file *in, struct sea_file *out,
			    uint64_t *pos, uint64_t len, bool dont)
{
	struct sea_pipe *pipe = sea_pipe_of(in);
	int64_t total = 0, n = 0;

	if (!(out->ops->splice & SEA_SPLICE_OUT) || out->flags & O_APPEND)
		return -EINVAL;
	while (len && n >= 0) {
		struct sea_pipe_slot *slot;
		struct sea_uio uio = { .task = task };

		n = total ? 0 : await_bytes(task, in, dont);
		if (n || !pipe->used)
			break;
		slot = sea_pipe_at(pipe, 0);
		uio.kernel = slot->page->bytes + slot->offset;
		uio.left = len < slot->len ? len : slot->len;
		n = out->ops->write(out, &uio, pos);
		if (n > 0) {
			sea_pipe_take(pipe, (uint32_t)n);
			len -= (uint64_t)n;
			total += n;
		} else if (n == -EAGAIN) {
			n = await(task, out, POLLOUT, dont || out->flags & O_NONBLOCK);
		} else if (!n) {
			break;
		}
	}
	if (total)
		sea_notify_file(out, IN_MODIFY);
	return total ? total : n;
}

/* Where the call's own position is: the guest's, a copy of which *pos is, or the file's. */
static int position(struct sea_task *task, struct sea_file *file, uint64_t at, uint64_t *pos)
{
	*pos = file->pos;
	if (!at)
		return 0;
	if (sea_pipe_of(file))
		return -ESPIPE;
	return sea_arg_read(task, at, pos, sizeof(*pos));
}

static int put_position(struct sea_task *task, struct sea_file *file, uint64_t at, uint64_t pos)
{
	if (at)
		return sea_arg_write(task, at, &pos, sizeof(pos));
	if (!sea_pipe_of(file))
		file->pos = pos;
	return 0;
}

static int64_t splice_held(struct sea_task *task, struct sea_file *in, uint64_t *in_pos,
			   struct sea_file *out, uint64_t *out_pos, const uint64_t *a)
{
	bool dont = a[5] & SPLICE_F_NONBLOCK;
	struct sea_pipe *from = sea_pipe_of(in), *to = sea_pipe_of(out);
	struct sea_file *other = from ? out : in;

	if (from == to)
		return -EINVAL; /* also where neither is one */
	if (from && to)
		return pipe_to_pipe(task, in, out, a[4],
				    dont || (in->flags | out->flags) & O_NONBLOCK);
	if ((from ? a[3] : a[1]) &&
	    (!other->ops->seekable || (int64_t) * (from ? out_pos : in_pos) < 0))
		return -EINVAL;
	if (from)
		return pipe_to_file(task, in, out, out_pos, a[4], dont);
	return file_to_pipe(task, in, in_pos, out, a[4], dont || out->flags & O_NONBLOCK);
}

int64_t sea_sys_splice(struct sea_task *task, const uint64_t *a)
{
	uint64_t in_pos, out_pos;
	struct sea_file *in, *out;
	int64_t n;

	if (!a[4])
		return 0;
	if ((uint32_t)a[5] & ~(uint32_t)KNOWN)
		return -EINVAL;
	in = sea_fd_get(task->files, (int)a[0]);
	out = sea_fd_get(task->files, (int)a[2]);
	if (!in || !out || !in->ops || !out->ops)
		return -EBADF;
	n = position(task, out, a[3], &out_pos);
	if (!n)
		n = position(task, in, a[1], &in_pos);
	if (n)
		return n;
	if (!readable(in) || !writable(out))
		return -EBADF;
	sea_file_get(in), sea_file_get(out);
	n = splice_held(task, in, &in_pos, out, &out_pos, a);
	if (n > 0 &&
	    (put_position(task, out, a[3], out_pos) || put_position(task, in, a[1], in_pos)))
		n = -EFAULT;
	sea_file_put(in), sea_file_put(out);
	return n;
}

static int64_t memory_to_pipe(struct sea_task *task, struct sea_file *out, struct sea_uio *uio,
			      bool dont)
{
	struct sea_pipe *pipe = sea_pipe_of(out);
	int64_t total = await_room(task, out, dont);

	if (total)
		return total;
	while (uio->left && !sea_pipe_full(pipe)) {
		struct sea_pipe_slot slot = { .page = sea_pipe_page_new() };
		size_t n = SEA_PIPE_PAGE;
		const void *from = slot.page ? sea_uio_window(uio, &n, false) : NULL;

		if (!from) {
			int err = slot.page ? -EFAULT : -ENOMEM;

			sea_pipe_page_put(slot.page);
			return total ? total : err;
		}
		memcpy(slot.page->bytes, from, n);
		slot.len = (uint32_t)n;
		sea_pipe_push(pipe, &slot);
		total += (int64_t)n;
	}
	if (total)
		sea_pipe_signal(pipe, POLL_IN);
	return total;
}

static int64_t pipe_to_memory(struct sea_task *task, struct sea_file *in, struct sea_uio *uio,
			      bool dont)
{
	int64_t n;

	while ((n = in->ops->read(in, uio, NULL)) == -EAGAIN) {
		n = await(task, in, POLLIN, dont);
		if (n)
			return n;
	}
	return n;
}

int64_t sea_sys_vmsplice(struct sea_task *task, const uint64_t *a)
{
	struct sea_file *file = sea_fd_get(task->files, (int)a[0]);
	bool dont = a[3] & SPLICE_F_NONBLOCK;
	struct sea_uiovec *vec;
	struct sea_uio uio;
	int64_t n;

	if ((uint32_t)a[3] & ~(uint32_t)KNOWN)
		return -EINVAL;
	if (!file || !file->ops)
		return -EBADF;
	n = sea_arg_iovec(task, a[1], a[2], &uio, &vec);
	if (n)
		return n;
	if (!uio.left) {
		free(vec);
		return 0;
	}
	sea_file_get(file);
	n = !sea_pipe_of(file) ? -EBADF
	    : writable(file)   ? memory_to_pipe(task, file, &uio, dont)
			       : pipe_to_memory(task, file, &uio, dont);
	sea_file_put(file);
	free(vec);
	return n;
}

/* All of a block, unless the other side will have no more; what went over. */
static int64_t write_block(struct sea_task *task, struct sea_file *out, uint64_t *pos, char *block,
			   uint64_t len)
{
	struct sea_uio uio = { .task = task, .kernel = block, .left = len };
	int64_t total = 0, n = 0;

	while (total < (int64_t)len) {
		uio.kernel = block + total;
		uio.left = len - (uint64_t)total;
		n = out->ops->write(out, &uio, pos);
		if (n > 0)
			total += n;
		else if (n == -EAGAIN)
			n = await(task, out, POLLOUT, out->flags & O_NONBLOCK);
		if (n < 0 || (!n && !uio.left))
			break;
	}
	return total ? total : n;
}

static int64_t file_to_file(struct sea_task *task, struct sea_file *in, uint64_t *pos,
			    struct sea_file *out, uint64_t left)
{
	int64_t total = 0, got = 0, put = 0;
	char block[BLOCK];

	if (!in->ops->seekable || !(in->ops->splice & SEA_SPLICE_IN) ||
	    !(out->ops->splice & SEA_SPLICE_OUT) || out->flags & O_APPEND)
		return -EINVAL;
	while (left && got == put) {
		uint64_t at = *pos;
		struct sea_uio uio = { .task = task,
				       .kernel = block,
				       .left = left < BLOCK ? left : BLOCK };

		got = in->ops->read(in, &uio, &at);
		if (got <= 0)
			return total ? total : got;
		put = write_block(task, out, &out->pos, block, (uint64_t)got);
		if (put <= 0)
			return total ? total : put;
		*pos += (uint64_t)put;
		left -= (uint64_t)put;
		total += put;
	}
	return total;
}

int64_t sea_sys_sendfile(struct sea_task *task, const uint64_t *a)
{
	uint64_t pos, left = a[3] < SEA_RW_MAX ? a[3] : SEA_RW_MAX;
	struct sea_file *in, *out;
	int64_t n;

	if (a[2] && sea_arg_read(task, a[2], &pos, sizeof(pos)))
		return -EFAULT;
	n = both(task, a[1], a[0], &in, &out);
	if (!readable(in) || n)
		return -EBADF;
	if (a[2] && !in->ops->seekable)
		return -ESPIPE;
	if (!a[2])
		pos = in->pos;
	if ((int64_t)pos < 0)
		return -EINVAL;
	sea_file_get(in), sea_file_get(out);
	if (sea_pipe_of(out))
		n = file_to_pipe(task, in, &pos, out, left, (in->flags | out->flags) & O_NONBLOCK);
	else
		n = file_to_file(task, in, &pos, out, left);
	if (n > 0 && !sea_pipe_of(out)) {
		sea_notify_file(in, IN_ACCESS);
		sea_notify_file(out, IN_MODIFY);
	}
	if (n > 0 && put_position(task, in, a[2], pos))
		n = -EFAULT;
	sea_file_put(in), sea_file_put(out);
	return n;
}

/* What copy_file_range may do, and how much: *len. */
static int may_copy(struct sea_task *task, struct sea_file *in, uint64_t from, struct sea_file *out,
		    uint64_t to, uint64_t *len)
{
	uint64_t limit = task->process->limits[RLIMIT_FSIZE].rlim_cur;
	uint64_t size = in->node ? in->node->size : 0;

	if (!in->node || !out->node)
		return -EINVAL;
	if (sea_node_is(in->node, S_IFDIR) || sea_node_is(out->node, S_IFDIR))
		return -EISDIR;
	if (!sea_node_is(in->node, S_IFREG) || !sea_node_is(out->node, S_IFREG))
		return -EINVAL;
	if (!readable(in) || !writable(out) || out->flags & O_APPEND)
		return -EBADF;
	if (from + *len < from || to + *len < to || (int64_t)from < 0 || (int64_t)to < 0)
		return -EOVERFLOW;
	*len = from >= size ? 0 : *len < size - from ? *len : size - from;
	if (*len && to >= limit) {
		sea_signal_task(task, &(siginfo_t){ .si_signo = SIGXFSZ });
		return -EFBIG;
	}
	*len = *len < limit - to ? *len : limit - to;
	if (in->node == out->node && from < to + *len && to < from + *len)
		return -EINVAL;
	if (*len && (!sea_node_has_data(in->node) || !sea_node_has_data(out->node)))
		return -EXDEV;
	*len = *len < COPY_MAX ? *len : COPY_MAX;
	return *len ? sea_seal_write(out->node, to + *len) : 0;
}

int64_t sea_sys_copy_file_range(struct sea_task *task, const uint64_t *a)
{
	struct sea_file *in = sea_fd_get(task->files, (int)a[0]);
	struct sea_file *out = sea_fd_get(task->files, (int)a[2]);
	uint64_t from, to, len = a[4], left;
	int64_t n = 0;
	char block[BLOCK];
	int err;

	if (!in || !out || !in->ops || !out->ops)
		return -EBADF;
	from = in->pos, to = out->pos;
	if ((a[1] && sea_arg_read(task, a[1], &from, sizeof(from))) ||
	    (a[3] && sea_arg_read(task, a[3], &to, sizeof(to))))
		return -EFAULT;
	if ((uint32_t)a[5])
		return -EINVAL;
	err = may_copy(task, in, from, out, to, &len);
	for (left = len; left && !err; left -= (uint64_t)n) {
		n = sea_data_read(in->node, block, left < BLOCK ? left : BLOCK, from);
		if (n > 0)
			n = sea_data_write(out->node, block, (uint64_t)n, to);
		if (n <= 0)
			break;
		from += (uint64_t)n;
		to += (uint64_t)n;
	}
	if (err || left == len)
		return err ? err : n;
	if (put_position(task, in, a[1], from) || put_position(task, out, a[3], to))
		return -EFAULT;
	sea_notify_file(in, IN_ACCESS);
	sea_notify_file(out, IN_MODIFY);
	return (int64_t)(len - left);
}
