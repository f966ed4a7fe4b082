/* SPDX-License-Identifier: Apache-2.0 */
/* poll, ppoll, select, pselect6: all of them are one poll. */
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>

#include "sentry-glue/syscalls/sys.h"

#define UNBLOCKABLE (SEA_BIT(SIGKILL) | SEA_BIT(SIGSTOP))
#define ALWAYS (POLLERR | POLLHUP | POLLNVAL)
#define IN_SET (POLLRDNORM | POLLIN | POLLHUP | POLLERR)
#define OUT_SET (POLLWRNORM | POLLOUT | POLLERR)

struct poller {
	struct sea_task *task;
	struct pollfd *fds;
	unsigned int n;
	struct sea_wait *waits;
	struct sea_file **held; /* another thread may close what we wait for */
	struct pollfd *host;
	unsigned int nhost;
};

static bool poller_init(struct poller *p, struct sea_task *task, unsigned int n)
{
	*p = (struct poller){ .task = task, .n = n };
	p->fds = calloc(n + 1, sizeof(*p->fds));
	p->waits = calloc(n + 1, sizeof(*p->waits));
	p->held = calloc(n + 1, sizeof(struct sea_file *));
	p->host = calloc(n + 1, sizeof(*p->host));
	return p->fds && p->waits && p->held && p->host;
}

static void poller_fini(struct poller *p)
{
	free(p->fds);
	free(p->waits);
	free(p->held);
	free(p->host);
}

static int look(struct poller *p, unsigned int i, bool wait)
{
	struct sea_file *file = sea_fd_get(p->task->files, p->fds[i].fd);
	int events = p->fds[i].events | ALWAYS, host;

	if (p->fds[i].fd < 0)
		return 0;
	if (!file)
		return POLLNVAL;
	if (!file->ops || !file->ops->poll)
		return POLLNVAL & events;
	host = wait && file->ops->host ? file->ops->host(file) : -1;
	if (host >= 0)
		p->host[p->nhost++] = (struct pollfd){ .fd = host, .events = p->fds[i].events };
	if (wait)
		p->held[i] = sea_file_get(file);
	return file->ops->poll(file, p->task, wait ? &p->waits[i] : NULL) & events;
}

static int64_t scan(struct poller *p, bool wait)
{
	int64_t ready = 0;

	p->nhost = 0;
	for (unsigned int i = 0; i < p->n; i++) {
		p->fds[i].revents = (short)look(p, i, wait && !ready);
		ready += p->fds[i].revents != 0;
	}
	return ready;
}

/* The number of descriptors that are ready, 0 when the time is up, -EINTR. */
static int64_t wait_for(struct poller *p, int64_t deadline)
{
	int64_t ready;
	int err = 0;

	for (;;) {
		ready = scan(p, true);
		if (!ready && !err)
			err = sea_task_sleep(p->task, deadline, p->host, p->nhost);
		for (unsigned int i = 0; i < p->n; i++) {
			sea_wait_del(&p->waits[i]);
			sea_file_put(p->held[i]);
			p->held[i] = NULL;
		}
		if (ready)
			return ready;
		if (err) {
			ready = scan(p, false);
			return ready ? ready : err == -ETIMEDOUT ? 0 : err;
		}
	}
}

static int64_t poll_until(struct sea_task *task, uint64_t fds, uint64_t n, int64_t deadline)
{
	struct poller p;
	int64_t ready;

	if (n > task->process->limits[RLIMIT_NOFILE].rlim_cur)
		return -EINVAL;
	if (!poller_init(&p, task, (unsigned int)n)) {
		poller_fini(&p);
		return -ENOMEM;
	}
	ready = sea_arg_read(task, fds, p.fds, n * sizeof(*p.fds));
	if (!ready)
		ready = wait_for(&p, deadline);
	/* Of the guest's memory only the answers are written. */
	for (unsigned int i = 0; i < n && ready >= 0; i++) {
		if (sea_arg_write(task, fds + i * sizeof(*p.fds) + offsetof(struct pollfd, revents),
				  &p.fds[i].revents, sizeof(p.fds[i].revents)))
			ready = -EFAULT;
	}
	poller_fini(&p);
	return ready == -EINTR ? -SEA_ERESTARTNOHAND : ready;
}

static int64_t after_ms(int64_t ms)
{
	return ms < 0 ? SEA_NEVER : sea_clock_now() + ms * 1000000;
}

int64_t sea_sys_poll(struct sea_task *task, const uint64_t *a)
{
	return poll_until(task, a[0], (uint32_t)a[1], after_ms((int32_t)a[2]));
}

/* The mask of a p-call holds until its end, and for the handler that ends it. */
int sea_mask_begin(struct sea_task *task, uint64_t at, uint64_t size)
{
	uint64_t set;

	if (!at)
		return 0;
	if (size != 8)
		return -EINVAL;
	if (sea_arg_read(task, at, &set, sizeof(set)))
		return -EFAULT;
	task->saved_blocked = task->blocked;
	task->blocked = set & ~UNBLOCKABLE;
	task->restore_blocked = true;
	return 0;
}

int64_t sea_mask_end(struct sea_task *task, uint64_t at, int64_t result)
{
	if (at && task->restore_blocked && result != -SEA_ERESTARTNOHAND && result != -EINTR) {
		task->blocked = task->saved_blocked;
		task->restore_blocked = false;
	}
	return result;
}

int64_t sea_sys_ppoll(struct sea_task *task, const uint64_t *a)
{
	int64_t deadline;
	int err = sea_arg_deadline(task, a[2], &deadline);

	if (!err)
		err = sea_mask_begin(task, a[3], a[4]);
	return err ? err
		   : sea_mask_end(task, a[3], poll_until(task, a[0], (uint32_t)a[1], deadline));
}

static const struct {
	short events;
	int answer;
} kinds[3] = { { POLLIN | POLLRDNORM, IN_SET },
	       { POLLOUT | POLLWRNORM, OUT_SET },
	       { POLLPRI, POLLPRI } };

/* n bits of three sets become entries to poll, one for each descriptor that is in any. */
static int64_t sets_read(struct sea_task *task, const uint64_t *at, size_t n, fd_set *sets,
			 struct poller *p)
{
	for (int k = 0; k < 3; k++) {
		FD_ZERO(&sets[k]);
		if (at[k] && sea_arg_read(task, at[k], &sets[k], (n + 63) / 64 * 8))
			return -EFAULT;
	}
	for (int fd = 0; fd < (int)n; fd++) {
		short events = 0;

		for (int k = 0; k < 3; k++)
			events |= FD_ISSET(fd, &sets[k]) ? kinds[k].events : 0;
		if (!events)
			continue;
		if (!sea_fd_get(task->files, fd))
			return -EBADF;
		p->fds[p->n++] = (struct pollfd){ .fd = fd, .events = events };
	}
	return 0;
}

static int64_t sets_write(struct sea_task *task, const uint64_t *at, size_t n, fd_set *sets,
			  const struct poller *p)
{
	int64_t bits = 0;

	for (int k = 0; k < 3; k++) {
		fd_set out;

		FD_ZERO(&out);
		for (unsigned int i = 0; i < p->n; i++) {
			if (FD_ISSET(p->fds[i].fd, &sets[k]) &&
			    p->fds[i].revents & kinds[k].answer) {
				FD_SET(p->fds[i].fd, &out);
				bits++;
			}
		}
		if (at[k] && sea_arg_write(task, at[k], &out, (n + 63) / 64 * 8))
			return -EFAULT;
	}
	return bits;
}

static int64_t select_until(struct sea_task *task, const uint64_t *a, int64_t deadline)
{
	size_t room = task->files->n < 64 ? 64 : task->files->n;
	size_t n = a[0] < FD_SETSIZE ? a[0] : FD_SETSIZE;
	struct poller p;
	fd_set sets[3];
	int64_t ready;

	if ((int32_t)a[0] < 0)
		return -EINVAL;
	n = n < room ? n : room; /* as on Linux, what is beyond the table is not looked at */
	if (!poller_init(&p, task, (unsigned int)n)) {
		poller_fini(&p);
		return -ENOMEM;
	}
	p.n = 0;
	ready = sets_read(task, a + 1, n, sets, &p);
	if (!ready)
		ready = wait_for(&p, deadline);
	if (ready >= 0)
		ready = sets_write(task, a + 1, n, sets, &p);
	poller_fini(&p);
	return ready == -EINTR ? -SEA_ERESTARTNOHAND : ready;
}

int64_t sea_sys_select(struct sea_task *task, const uint64_t *a)
{
	int64_t deadline = SEA_NEVER, tv[2];

	if (a[4]) {
		if (sea_arg_read(task, a[4], tv, sizeof(tv)))
			return -EFAULT;
		if (tv[0] < 0 || tv[1] < 0)
			return -EINVAL;
		if (tv[0] < 1000000000)
			deadline = sea_clock_now() + tv[0] * 1000000000 + tv[1] * 1000;
	}
	return select_until(task, a, deadline);
}

int64_t sea_sys_pselect6(struct sea_task *task, const uint64_t *a)
{
	uint64_t mask[2] = { 0, 0 };
	int64_t deadline;
	int err = sea_arg_deadline(task, a[4], &deadline);

	if (!err && a[5] && sea_arg_read(task, a[5], mask, sizeof(mask)))
		err = -EFAULT;
	if (!err)
		err = sea_mask_begin(task, mask[0], mask[1]);
	return err ? err : sea_mask_end(task, mask[0], select_until(task, a, deadline));
}
