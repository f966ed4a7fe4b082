/* SPDX-License-Identifier: Apache-2.0 */
/* eventfd: a counter to wait for. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>

#include "sentry-glue/fs/fs.h"
#include "sentry-glue/kernel/kernel.h"
#include "sentry-glue/vfs/file.h"

#define FULL (UINT64_MAX - 1)

struct counter {
	uint64_t value;
	bool semaphore;
	struct sea_waitq waitq;
};

static int64_t counter_read(struct sea_file *file, struct sea_uio *uio, uint64_t *pos)
{
	struct counter *c = file->own;
	uint64_t take = c->semaphore ? 1 : c->value;
	int64_t put;

	(void)pos;
	if (uio->left < sizeof(take))
		return -EINVAL;
	if (!c->value)
		return -EAGAIN;
	put = sea_uio_put(uio, &take, sizeof(take));
	if (put < 0)
		return put;
	c->value -= take;
	sea_waitq_wake(&c->waitq);
	return sizeof(take);
}

/* The number that the first of the buffers holds, which is not used up by it. */
static int64_t peek(const struct sea_uio *uio, uint64_t *add)
{
	struct sea_uiovec vec = *uio->vec;
	struct sea_uio first = { .task = uio->task, .vec = &vec, .n = 1, .left = vec.len };

	if (vec.len != sizeof(*add))
		return -EINVAL;
	return sea_uio_get(&first, add, sizeof(*add)) == sizeof(*add) ? 0 : -EFAULT;
}

/* As on Linux each buffer is a number. */
static int64_t counter_write(struct sea_file *file, struct sea_uio *uio, uint64_t *pos)
{
	struct counter *c = file->own;
	int64_t total = 0, err = 0;

	(void)pos;
	while (uio->n && !err) {
		uint64_t add;

		err = peek(uio, &add);
		if (!err)
			err = add == UINT64_MAX ? -EINVAL : add > FULL - c->value ? -EAGAIN : 0;
		if (err)
			break;
		c->value += add;
		total += (int64_t)sizeof(add);
		uio->left -= sizeof(add);
		uio->vec++;
		uio->n--;
	}
	if (!total)
		return err;
	uio->left = 0;
	sea_waitq_wake(&c->waitq);
	return total;
}

static int counter_poll(struct sea_file *file, struct sea_task *task, struct sea_wait *wait)
{
	struct counter *c = file->own;

	if (wait)
		sea_wait_add(&c->waitq, wait, task);
	return (c->value ? POLLIN | POLLRDNORM : 0) | (c->value < FULL ? POLLOUT | POLLWRNORM : 0);
}

static void counter_release(struct sea_file *file)
{
	free(file->own);
}

static const struct sea_file_ops counter_ops = {
	.read = counter_read,
	.write = counter_write,
	.poll = counter_poll,
	.release = counter_release,
};

int sea_eventfd_new(uint64_t value, int flags, struct sea_file **made)
{
	struct counter *c = calloc(1, sizeof(*c));

	*made = c ? sea_file_new(&counter_ops, O_RDWR | (flags & O_NONBLOCK), NULL) : NULL;
	if (!*made) {
		free(c);
		return -ENOMEM;
	}
	c->value = value;
	c->semaphore = flags & 1;
	(*made)->own = c;
	return 0;
}
