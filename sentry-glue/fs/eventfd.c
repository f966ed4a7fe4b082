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

static int64_t counter_write(struct sea_file *file, struct sea_uio *uio, uint64_t *pos)
{
	struct counter *c = file->own;
	struct sea_uio again = *uio;
	struct sea_uiovec vec = uio->n ? *uio->vec : (struct sea_uiovec){ 0 };
	uint64_t add;

	(void)pos;
	if (uio->left < sizeof(add))
		return -EINVAL;
	again.vec = &vec;
	if (sea_uio_get(&again, &add, sizeof(add)) != sizeof(add))
		return -EFAULT;
	if (add == UINT64_MAX)
		return -EINVAL;
	if (add > FULL - c->value)
		return -EAGAIN;
	c->value += add;
	uio->left = 0;
	sea_waitq_wake(&c->waitq);
	return sizeof(add);
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
