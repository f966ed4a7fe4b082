/* SPDX-License-Identifier: Apache-2.0 */
/* The open files of both sides of a pseudo-terminal. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>

#include "sentry-glue/fs/pty.h"
#include "sentry-glue/kernel/async.h"
#include "sentry-glue/kernel/kernel.h"
#include "sentry-glue/vfs/file.h"

#define BLOCK 512u
#define TENTH 100000000ll

struct side {
	struct sea_pty *pty;
	uint32_t hangups; /* there were when it was opened */
};

struct sea_pty *sea_pty_get(const struct sea_file *file)
{
	return ((const struct side *)file->own)->pty;
}

bool sea_pty_dead(const struct sea_file *slave)
{
	const struct side *side = slave->own;

	return side->hangups != side->pty->hangups;
}

static bool is_master(const struct sea_file *file, const void *pty)
{
	return file->ops == &sea_pty_master_ops && sea_pty_get(file) == pty;
}

static bool is_slave(const struct sea_file *file, const void *pty)
{
	return file->ops == &sea_pty_slave_ops && sea_pty_get(file) == pty && !sea_pty_dead(file);
}

void sea_pty_signal(const struct sea_pty *pty, bool master)
{
	sea_async_tell(pty->kernel, master ? is_master : is_slave, pty, POLL_IN);
}

int sea_pty_open_as(struct sea_pty *pty, struct sea_file *file, bool master)
{
	struct side *side = malloc(sizeof(*side));

	if (!side)
		return -ENOMEM;
	*side = (struct side){ pty, pty->hangups };
	file->own = side;
	file->ops = master ? &sea_pty_master_ops : &sea_pty_slave_ops;
	pty->refs++;
	pty->slaves += !master;
	return 0;
}

/* --- the master --- */

static int64_t put_status(struct sea_pty *pty, struct sea_uio *uio)
{
	uint8_t status = pty->status;
	int64_t put = sea_uio_put(uio, &status, 1);

	if (put == 1)
		pty->status = 0;
	return put;
}

static int64_t put_output(struct sea_pty *pty, struct sea_uio *uio)
{
	int64_t total = 0;

	while (uio->left && pty->out_n > pty->out_held) {
		unsigned int n = pty->out_n - pty->out_held;
		int64_t put;

		if (n > SEA_PTY_OUTPUT - pty->out_first)
			n = SEA_PTY_OUTPUT - pty->out_first;
		put = sea_uio_put(uio, pty->output + pty->out_first, n);
		if (put < 0)
			return total ? total : put;
		pty->out_first = (pty->out_first + (unsigned int)put) % SEA_PTY_OUTPUT;
		pty->out_n -= (unsigned int)put;
		total += put;
	}
	sea_waitq_wake(&pty->waitq);
	return total;
}

static int64_t master_read(struct sea_file *file, struct sea_uio *uio, uint64_t *pos)
{
	struct sea_pty *pty = sea_pty_get(file);
	int64_t total = 0;

	(void)pos;
	if (!uio->left)
		return 0;
	if (pty->packet && pty->status)
		return put_status(pty, uio);
	if (pty->out_n == pty->out_held)
		return pty->left ? -EIO : -EAGAIN;
	if (pty->packet)
		total = sea_uio_put(uio, &(uint8_t){ TIOCPKT_DATA }, 1);
	if (total >= 0) {
		int64_t put = put_output(pty, uio);

		total = put < 0 ? put : total + put;
	}
	return total;
}

static int64_t master_write(struct sea_file *file, struct sea_uio *uio, uint64_t *pos)
{
	struct sea_pty *pty = sea_pty_get(file);
	int64_t total = 0;

	(void)pos;
	if (!uio->left)
		return 0;
	while (uio->left && sea_ldisc_room(pty)) {
		uint8_t c;
		int64_t got = sea_uio_get(uio, &c, 1);

		if (got < 0)
			return total ? total : got;
		sea_ldisc_input(pty, c);
		total++;
	}
	return total ? total : -EAGAIN;
}

static int master_poll(struct sea_file *file, struct sea_task *task, struct sea_wait *wait)
{
	struct sea_pty *pty = sea_pty_get(file);
	int mask = 0;

	if (wait)
		sea_wait_add(&pty->waitq, wait, task);
	if (pty->out_n > pty->out_held)
		mask |= POLLIN | POLLRDNORM;
	if (pty->packet && pty->status)
		mask |= POLLPRI | POLLIN | POLLRDNORM;
	if (pty->left)
		mask |= POLLHUP;
	if (sea_ldisc_room(pty))
		mask |= POLLOUT | POLLWRNORM;
	return mask;
}

/* --- the slave --- */

/* Waits until there may be something to read. 0: look again. */
static int await(struct sea_task *task, struct sea_file *file, int64_t deadline)
{
	struct sea_wait wait = { 0 };
	int err;

	sea_wait_add(&sea_pty_get(file)->waitq, &wait, task);
	err = sea_task_sleep(task, deadline, NULL, 0);
	sea_wait_del(&wait);
	return err == -EINTR ? -SEA_ERESTARTSYS : err;
}

static int64_t put_input(struct sea_pty *pty, struct sea_uio *uio, bool *line)
{
	uint8_t block[BLOCK];
	int64_t total = 0;

	do {
		size_t want = uio->left < BLOCK ? uio->left : BLOCK;
		size_t n = sea_ldisc_take(pty, block, want, line);
		int64_t put = n ? sea_uio_put(uio, block, n) : 0;

		if (put < 0)
			return total ? total : put;
		total += put;
		if (n < want)
			break;
	} while (uio->left && !*line);
	if (!uio->left && !*line)
		sea_ldisc_skip_end(pty);
	return total;
}

/* Without lines: at least VMIN bytes, or what came within VTIME of the last (or of the beginning). */
static int64_t slave_read(struct sea_file *file, struct sea_uio *uio, uint64_t *pos)
{
	struct sea_pty *pty = sea_pty_get(file);
	int64_t total = 0, deadline = SEA_NEVER, put;
	bool line = false;
	int err = 0;

	(void)pos;
	if (sea_pty_dead(file) || !uio->left)
		return 0;
	err = sea_tty_check(uio->task, sea_pty_ctty(pty), SIGTTIN);
	if (err)
		return err;
	for (bool first = true; uio->left; first = false) {
		int64_t min = pty->modes.c_cc[VMIN], time = pty->modes.c_cc[VTIME] * TENTH;
		bool raw = !(pty->modes.c_lflag & ICANON);

		if (first && raw && !min)
			deadline = sea_clock_now() + time;
		if (sea_ldisc_ready(pty, false)) {
			put = put_input(pty, uio, &line);
			if (put < 0)
				return total ? total : put;
			total += put;
			if (!raw || total >= min)
				break;
			if (time)
				deadline = sea_clock_now() + time;
			continue;
		}
		if (sea_pty_dead(file) || deadline <= sea_clock_now())
			break;
		err = file->flags & O_NONBLOCK ? -EAGAIN : await(uio->task, file, deadline);
		if (err == -ETIMEDOUT)
			break;
		if (err)
			return total ? total : err;
	}
	return total;
}

static int64_t slave_write(struct sea_file *file, struct sea_uio *uio, uint64_t *pos)
{
	struct sea_pty *pty = sea_pty_get(file);
	int64_t total = 0;
	int err = 0;

	(void)pos;
	if (sea_pty_dead(file))
		return -EIO;
	if (pty->modes.c_lflag & TOSTOP)
		err = sea_tty_check(uio->task, sea_pty_ctty(pty), SIGTTOU);
	if (err || !uio->left)
		return err;
	while (uio->left && !sea_pty_full(pty)) {
		uint8_t block[BLOCK];
		int64_t got = sea_uio_get(uio, block, BLOCK);

		if (got < 0)
			return total ? total : got;
		for (int64_t i = 0; i < got; i++)
			sea_ldisc_output(pty, block[i]);
		total += got;
	}
	return total ? total : -EAGAIN;
}

static int slave_poll(struct sea_file *file, struct sea_task *task, struct sea_wait *wait)
{
	struct sea_pty *pty = sea_pty_get(file);
	int mask = 0;

	if (wait)
		sea_wait_add(&pty->waitq, wait, task);
	if (sea_pty_dead(file))
		return POLLIN | POLLOUT | POLLERR | POLLHUP | POLLRDNORM | POLLWRNORM;
	if (sea_ldisc_ready(pty, true))
		mask |= POLLIN | POLLRDNORM;
	if (!sea_pty_full(pty))
		mask |= POLLOUT | POLLWRNORM;
	return mask;
}

static void release(struct sea_file *file, bool master)
{
	struct sea_pty *pty = sea_pty_get(file);
	bool dead = !master && sea_pty_dead(file);

	free(file->own);
	pty->refs--;
	sea_pty_closed(pty, master, dead);
}

static void master_release(struct sea_file *file)
{
	release(file, true);
}

static void slave_release(struct sea_file *file)
{
	release(file, false);
}

const struct sea_file_ops sea_pty_master_ops = {
	.read = master_read,
	.write = master_write,
	.poll = master_poll,
	.ioctl = sea_pty_ioctl,
	.release = master_release,
	.async = true,
};

const struct sea_file_ops sea_pty_slave_ops = {
	.read = slave_read,
	.write = slave_write,
	.poll = slave_poll,
	.ioctl = sea_pty_ioctl,
	.release = slave_release,
	.async = true,
};
