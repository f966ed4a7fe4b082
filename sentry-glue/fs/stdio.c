/* SPDX-License-Identifier: Apache-2.0 */
/* The descriptors that the sandbox was started with: its terminal, files or pipes. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <unistd.h>

#include "sentry-glue/fs/fs.h"
#include "sentry-glue/fs/tty.h"
#include "sentry-glue/kernel/kernel.h"
#include "sentry-glue/vfs/file.h"
#include "sentry-glue/vfs/node.h"

struct host {
	int fd;
	bool tty;
};

/* poll says whether a call would sleep: the descriptor's own flags are the outside's. */
static bool ready(int fd, short events)
{
	struct pollfd p = { .fd = fd, .events = events };

	return poll(&p, 1, 0) > 0;
}

static int64_t host_read(struct sea_file *file, struct sea_uio *uio, uint64_t *pos)
{
	struct host *host = file->own;
	char block[16384];
	ssize_t got;
	int err = 0;

	(void)pos;
	if (host->tty)
		err = sea_tty_check(uio->task, sea_tty_outer(uio->task->kernel), SIGTTIN);
	if (err || !uio->left)
		return err;
	if (!ready(host->fd, POLLIN))
		return -EAGAIN;
	got = read(host->fd, block, uio->left < sizeof(block) ? uio->left : sizeof(block));
	if (got < 0)
		return errno == EINTR ? -EAGAIN : -errno;
	return got ? sea_uio_put(uio, block, (uint64_t)got) : 0;
}

/* All of a block, which a descriptor that is ready takes at once; a terminal may take it in parts. */
static int write_block(int fd, const char *block, size_t len)
{
	while (len) {
		ssize_t put = write(fd, block, len);

		if (put < 0 && errno != EAGAIN && errno != EINTR)
			return -errno;
		if (put > 0) {
			block += put;
			len -= (size_t)put;
		} else {
			poll(&(struct pollfd){ .fd = fd, .events = POLLOUT }, 1, -1);
		}
	}
	return 0;
}

/* A terminal may let only the foreground write. */
static int may_write(const struct host *host, struct sea_task *task)
{
	struct termios modes;

	if (task->process->pgid == task->kernel->tty_pgid || tcgetattr(host->fd, &modes) ||
	    !(modes.c_lflag & TOSTOP))
		return 0;
	return sea_tty_check(task, sea_tty_outer(task->kernel), SIGTTOU);
}

static int64_t host_write(struct sea_file *file, struct sea_uio *uio, uint64_t *pos)
{
	struct host *host = file->own;
	char block[4096];
	int64_t total = 0;
	int stops = host->tty ? may_write(host, uio->task) : 0;

	(void)pos;
	if (stops)
		return stops;
	while (uio->left) {
		int64_t n;
		int err;

		if (!ready(host->fd, POLLOUT))
			return total ? total : -EAGAIN;
		n = sea_uio_get(uio, block, sizeof(block));
		if (n < 0)
			return total ? total : n;
		err = write_block(host->fd, block, (size_t)n);
		if (err == -EPIPE)
			sea_signal_task(uio->task, &(siginfo_t){ .si_signo = SIGPIPE });
		if (err)
			return total ? total : err;
		total += n;
	}
	return total;
}

static int host_poll(struct sea_file *file, struct sea_task *task, struct sea_wait *wait)
{
	struct host *host = file->own;
	struct pollfd p = { .fd = host->fd, .events = POLLIN | POLLOUT | POLLPRI };

	(void)task, (void)wait;
	return poll(&p, 1, 0) > 0 ? p.revents : 0;
}

static int host_fd(struct sea_file *file)
{
	return ((struct host *)file->own)->fd;
}

/* What may be asked of the outside's terminal. */
static const struct {
	unsigned long cmd;
	size_t size;
	bool in;
} ioctls[] = {
	{ TCGETS, 36, false },
	{ TCSETS, 36, true },
	{ TCSETSW, 36, true },
	{ TCSETSF, 36, true },
	{ TIOCGWINSZ, sizeof(struct winsize), false },
	{ FIONREAD, sizeof(int), false },
};

static int64_t host_ioctl(struct sea_file *file, struct sea_task *task, uint64_t cmd, uint64_t arg)
{
	struct host *host = file->own;
	char block[64] = { 0 };
	int err;

	if (host->tty && sea_tty_knows(cmd))
		return sea_tty_ioctl(task, file, sea_tty_outer(task->kernel), false, cmd, arg);
	for (size_t i = 0; i < sizeof(ioctls) / sizeof(ioctls[0]); i++) {
		if (ioctls[i].cmd != cmd)
			continue;
		if (ioctls[i].in && sea_mm_read(task->mm, arg, block, ioctls[i].size))
			return -EFAULT;
		err = host->tty && ioctls[i].in
			      ? sea_tty_check(task, sea_tty_outer(task->kernel), SIGTTOU)
			      : 0;
		if (err)
			return err;
		if (ioctl(host->fd, ioctls[i].cmd, block) < 0)
			return -errno;
		return ioctls[i].in
			       ? 0
			       : sea_mm_write(task->mm, task->vcpu, arg, block, ioctls[i].size);
	}
	return -ENOTTY;
}

static void host_release(struct sea_file *file)
{
	free(file->own);
}

static const struct sea_file_ops host_ops = {
	.read = host_read,
	.write = host_write,
	.poll = host_poll,
	.host = host_fd,
	.ioctl = host_ioctl,
	.release = host_release,
	.splice = SEA_SPLICE_IN | SEA_SPLICE_OUT,
};

static int host_open(struct sea_node *node, struct sea_task *task, struct sea_file *file)
{
	struct host *host = calloc(1, sizeof(*host));

	(void)task;
	if (!host)
		return -ENOMEM;
	host->fd = (int)node->arg;
	host->tty = isatty(host->fd);
	file->own = host;
	file->ops = &host_ops;
	return 0;
}

static const struct sea_node_ops host_node_ops = { .open = host_open };

static int tty_open(struct sea_node *node, struct sea_task *task, struct sea_file *file)
{
	if (sea_tty_controls(sea_tty_outer(task->kernel), task->process))
		return host_open(node, task, file);
	return sea_pty_own(task, file);
}

static const struct sea_node_ops tty_node_ops = { .open = tty_open };

int sea_tty_fill(struct sea_node *dev)
{
	struct sea_node *node = sea_node_new(NULL, S_IFCHR | 0666);
	int err = -ENOMEM;

	if (!node)
		return err;
	node->ops = &tty_node_ops;
	node->rdev = makedev(5, 0);
	for (int fd = 2; fd >= 0; fd--)
		node->arg = isatty(fd) ? (uint64_t)fd : node->arg;
	err = sea_dir_add(dev, "tty", node);
	sea_node_put(node);
	return err;
}

int sea_stdio_new(int fd, struct sea_file **made)
{
	int flags = fcntl(fd, F_GETFL);
	struct host *host;
	struct sea_node *node;
	struct stat st;

	if (flags < 0 || fstat(fd, &st))
		return -errno;
	host = calloc(1, sizeof(*host));
	node = sea_node_new(NULL, st.st_mode);
	*made = host && node ? sea_file_new(&host_ops, flags & (O_ACCMODE | 0100000), node) : NULL;
	if (!*made) {
		free(host);
		sea_node_put(node);
		return -ENOMEM;
	}
	host->fd = fd;
	host->tty = isatty(fd);
	node->ops = &host_node_ops;
	node->arg = (uint64_t)fd;
	node->uid = st.st_uid;
	node->gid = st.st_gid;
	node->rdev = st.st_rdev;
	node->size = (uint64_t)st.st_size;
	(*made)->own = host;
	sea_node_put(node);
	return 0;
}
