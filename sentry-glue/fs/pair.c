/* SPDX-License-Identifier: Apache-2.0 */
#include "sentry-glue/fs/pair.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "sentry-glue/kernel/kernel.h"
#include "sentry-glue/vfs/file.h"
#include "sentry-glue/vfs/node.h"

#define ROOM 65536u

struct pair {
	unsigned int refs;
	struct half {
		struct end {
			struct pair *pair;
			unsigned int side;
		} end;
		bool closed, reads_no_more, writes_no_more;
		int error;
		/* What the other side has sent and this one has not read. */
		uint32_t start, used;
		char ring[ROOM];
	} half[2];
	struct sea_waitq waitq;
};

static struct half *ours(const struct sea_file *file)
{
	const struct end *end = file->own;

	return &end->pair->half[end->side];
}

static struct half *theirs(const struct sea_file *file)
{
	const struct end *end = file->own;

	return &end->pair->half[!end->side];
}

static struct sea_waitq *waitq(const struct sea_file *file)
{
	return &((const struct end *)file->own)->pair->waitq;
}

/* No more will come than there is. */
static bool at_end(const struct sea_file *file)
{
	return ours(file)->reads_no_more || theirs(file)->writes_no_more || theirs(file)->closed;
}

bool sea_pair_broken(const struct sea_file *file)
{
	return ours(file)->writes_no_more || theirs(file)->reads_no_more || theirs(file)->closed;
}

int sea_pair_error(struct sea_file *file)
{
	int error = ours(file)->error;

	ours(file)->error = 0;
	return error;
}

static int64_t pair_read(struct sea_file *file, struct sea_uio *uio, uint64_t *pos)
{
	struct half *in = ours(file);
	int64_t total = 0;

	(void)pos;
	if (!uio->left)
		return 0;
	if (!in->used) {
		int error = sea_pair_error(file);

		return error ? -error : at_end(file) ? 0 : -EAGAIN;
	}
	while (in->used && uio->left) {
		uint32_t n = ROOM - in->start;
		int64_t put = sea_uio_put(uio, in->ring + in->start, n < in->used ? n : in->used);

		if (put < 0)
			return total ? total : put;
		in->start = (in->start + (uint32_t)put) % ROOM;
		in->used -= (uint32_t)put;
		total += put;
	}
	sea_waitq_wake(waitq(file));
	return total;
}

static int64_t pair_write(struct sea_file *file, struct sea_uio *uio, uint64_t *pos)
{
	struct half *out = theirs(file);
	int64_t total = 0;

	(void)pos;
	if (sea_pair_broken(file)) {
		sea_signal_task(uio->task, &(siginfo_t){ .si_signo = SIGPIPE });
		return -EPIPE;
	}
	if (uio->left && out->used == ROOM)
		return -EAGAIN;
	while (out->used < ROOM && uio->left) {
		uint32_t at = (out->start + out->used) % ROOM, n = ROOM - out->used;
		int64_t got = sea_uio_get(uio, out->ring + at, n < ROOM - at ? n : ROOM - at);

		if (got < 0)
			return total ? total : got;
		out->used += (uint32_t)got;
		total += got;
	}
	sea_waitq_wake(waitq(file));
	return total;
}

static int pair_poll(struct sea_file *file, struct sea_task *task, struct sea_wait *wait)
{
	bool no_more = theirs(file)->closed || sea_pair_broken(file);
	int mask = ours(file)->used || at_end(file) ? POLLIN | POLLRDNORM : 0;

	if (wait)
		sea_wait_add(waitq(file), wait, task);
	mask |= at_end(file) ? POLLRDHUP : 0;
	mask |= at_end(file) && no_more ? POLLHUP : 0;
	mask |= ours(file)->error ? POLLERR : 0;
	return mask | (theirs(file)->used < ROOM ? POLLOUT | POLLWRNORM | POLLWRBAND : 0);
}

static int64_t pair_ioctl(struct sea_file *file, struct sea_task *task, uint64_t cmd, uint64_t arg)
{
	int used = (int)ours(file)->used;

	if (cmd != FIONREAD)
		return -ENOTTY;
	return sea_mm_write(task->mm, task->vcpu, arg, &used, sizeof(used));
}

static void pair_release(struct sea_file *file)
{
	struct pair *pair = ((struct end *)file->own)->pair;

	ours(file)->closed = true;
	/* What nobody will read any more was in vain. */
	if (ours(file)->used && !theirs(file)->closed)
		theirs(file)->error = ECONNRESET;
	sea_waitq_wake(&pair->waitq);
	if (!--pair->refs)
		free(pair);
}

static const struct sea_file_ops pair_ops = {
	.read = pair_read,
	.write = pair_write,
	.poll = pair_poll,
	.ioctl = pair_ioctl,
	.release = pair_release,
	.splice = SEA_SPLICE_IN | SEA_SPLICE_OUT,
};

bool sea_pair_is(const struct sea_file *file)
{
	return file->ops == &pair_ops;
}

void sea_pair_shutdown(struct sea_file *file, int how)
{
	ours(file)->reads_no_more |= how != SHUT_WR;
	ours(file)->writes_no_more |= how != SHUT_RD;
	sea_waitq_wake(waitq(file));
}

static struct sea_file *end_new(struct sea_kernel *kernel, struct pair *pair, unsigned int side,
				int flags)
{
	struct sea_node *node = sea_node_new(&kernel->memory, S_IFSOCK | 0777);
	struct sea_file *file = node ? sea_file_new(&pair_ops, O_RDWR | flags, node) : NULL;

	sea_node_put(node);
	pair->half[side].end = (struct end){ pair, side };
	if (file)
		file->own = &pair->half[side].end;
	return file;
}

int sea_pair_new(struct sea_kernel *kernel, int flags, struct sea_file *ends[2])
{
	struct pair *pair = calloc(1, sizeof(*pair));

	if (!pair)
		return -ENOMEM;
	for (unsigned int side = 0; side < 2; side++)
		ends[side] = end_new(kernel, pair, side, flags);
	pair->refs = 2;
	if (ends[0] && ends[1])
		return 0;
	pair->refs = 1;
	for (int side = 0; side < 2; side++)
		sea_file_put(ends[side]); /* the one that there is frees the pair */
	if (!ends[0] && !ends[1])
		free(pair);
	return -ENOMEM;
}
