/* SPDX-License-Identifier: Apache-2.0 */
/* The devices that every program expects. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/random.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "sentry-glue/fs/fs.h"
#include "sentry-glue/fs/pty.h"
#include "sentry-glue/kernel/kernel.h"
#include "sentry-glue/vfs/file.h"
#include "sentry-glue/vfs/node.h"

enum { DEV_NULL = 3, DEV_ZERO = 5, DEV_FULL = 7, DEV_RANDOM = 8, DEV_URANDOM = 9 };

static int64_t dev_read(struct sea_file *file, struct sea_uio *uio, uint64_t *pos)
{
	unsigned int dev = minor(file->node->rdev);
	int64_t total = 0;

	(void)pos;
	if (dev == DEV_NULL)
		return 0;
	while (uio->left) {
		size_t n = uio->left < 256 ? uio->left : 256;
		void *to = sea_uio_window(uio, &n, true);

		if (!to)
			return total ? total : -EFAULT;
		if (dev == DEV_RANDOM || dev == DEV_URANDOM) {
			if (getrandom(to, n, 0) != (ssize_t)n)
				return total ? total : -EIO;
		} else {
			memset(to, 0, n);
		}
		total += (int64_t)n;
	}
	return total;
}

static int64_t dev_write(struct sea_file *file, struct sea_uio *uio, uint64_t *pos)
{
	int64_t all = (int64_t)uio->left;

	(void)pos;
	if (minor(file->node->rdev) == DEV_FULL)
		return -ENOSPC;
	uio->left = 0;
	return all;
}

static int dev_poll(struct sea_file *file, struct sea_task *task, struct sea_wait *wait)
{
	(void)file, (void)task, (void)wait;
	return POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM;
}

static const struct sea_file_ops dev_ops = {
	.read = dev_read,
	.write = dev_write,
	.poll = dev_poll,
	.seekable = true,
	.splice = SEA_SPLICE_IN | SEA_SPLICE_OUT,
};

/* What gives nothing, or takes nothing, does not do so by splice. */
static const struct sea_file_ops null_ops = {
	.read = dev_read,
	.write = dev_write,
	.poll = dev_poll,
	.seekable = true,
	.splice = SEA_SPLICE_OUT,
};

static const struct sea_file_ops full_ops = {
	.read = dev_read,
	.write = dev_write,
	.poll = dev_poll,
	.seekable = true,
	.splice = SEA_SPLICE_IN,
};

static int dev_open(struct sea_node *node, struct sea_task *task, struct sea_file *file)
{
	unsigned int dev = minor(node->rdev);

	(void)task;
	file->ops = dev == DEV_NULL ? &null_ops : dev == DEV_FULL ? &full_ops : &dev_ops;
	return 0;
}

static const struct sea_node_ops dev_node_ops = { .open = dev_open };

static int add_device(struct sea_node *dev, const char *name, unsigned int number)
{
	struct sea_node *node = sea_node_new(dev->memory, S_IFCHR | 0666);
	int err;

	if (!node)
		return -ENOMEM;
	node->ops = &dev_node_ops;
	node->rdev = makedev(1, number);
	err = sea_dir_add(dev, name, node);
	sea_node_put(node);
	return err;
}

static int add_link(struct sea_node *dev, const char *name, const char *text)
{
	struct sea_node *node = sea_node_new(dev->memory, S_IFLNK | 0777);
	int err = -ENOMEM;

	if (node)
		node->symlink = strdup(text);
	if (node && node->symlink)
		err = sea_dir_add(dev, name, node);
	sea_node_put(node);
	return err;
}

int sea_dev_fill(struct sea_kernel *kernel, struct sea_node *dev)
{
	static const struct {
		const char *name;
		unsigned int number;
	} devices[] = {
		{ "null", DEV_NULL },     { "zero", DEV_ZERO },       { "full", DEV_FULL },
		{ "random", DEV_RANDOM }, { "urandom", DEV_URANDOM },
	};
	static const char *const links[][2] = {
		{ "fd", "/proc/self/fd" },
		{ "stdin", "/proc/self/fd/0" },
		{ "stdout", "/proc/self/fd/1" },
		{ "stderr", "/proc/self/fd/2" },
	};
	int err = 0;

	dev->volume = SEA_VOLUME_DEV;
	for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]) && !err; i++)
		err = add_device(dev, devices[i].name, devices[i].number);
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]) && !err; i++)
		err = add_link(dev, links[i][0], links[i][1]);
	if (!err)
		err = sea_tty_fill(dev);
	if (!err)
		err = sea_pty_fill(kernel, dev);
	if (!err && !sea_dir_make(dev, "shm", 01777))
		err = -ENOMEM;
	return err;
}
