/* SPDX-License-Identifier: Apache-2.0 */
/* Sockets of AF_UNIX: as open files, their beginning and their end. */
#include "sentry-glue/fs/unix.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "sentry-glue/kernel/async.h"
#include "sentry-glue/kernel/kernel.h"
#include "sentry-glue/vfs/file.h"
#include "sentry-glue/vfs/node.h"

#define BOTH (SEA_SHUT_RCV | SEA_SHUT_SND)

static bool is_datagram(const struct sea_unix *end)
{
	return end->type == SOCK_DGRAM;
}

static int64_t unix_read(struct sea_file *file, struct sea_uio *uio, uint64_t *pos)
{
	struct sea_unix_flow flow = { 0 };

	(void)pos;
	return uio->left ? sea_unix_receive(file->own, uio, &flow) : 0;
}

static int64_t unix_write(struct sea_file *file, struct sea_uio *uio, uint64_t *pos)
{
	const struct sea_unix_flow flow = { 0 };

	(void)pos;
	return sea_unix_send(file->own, uio, &flow);
}

bool sea_unix_writable(const struct sea_unix *end)
{
	if (end->state == SEA_UNIX_LISTENS || (uint64_t)end->sent * 4 > end->sndbuf)
		return false;
	return !is_datagram(end) || !end->other || !sea_unix_full(end->other, end);
}

static int unix_poll(struct sea_file *file, struct sea_task *task, struct sea_wait *wait)
{
	struct sea_unix *end = file->own;
	int mask = end->first || end->first_waiting ? POLLIN | POLLRDNORM : 0;

	if (wait)
		sea_wait_add(&end->waitq, wait, task);
	mask |= end->shut & SEA_SHUT_RCV ? POLLRDHUP | POLLIN | POLLRDNORM : 0;
	mask |= end->shut == BOTH ? POLLHUP : 0;
	mask |= !is_datagram(end) && end->state == SEA_UNIX_CLOSED ? POLLHUP : 0;
	mask |= end->error ? POLLERR : 0;
	return mask | (sea_unix_writable(end) ? POLLOUT | POLLWRNORM | POLLWRBAND : 0);
}

static int64_t unix_ioctl(struct sea_file *file, struct sea_task *task, uint64_t cmd, uint64_t arg)
{
	const struct sea_unix *end = file->own;
	int n = (int)end->sent;

	if (cmd == FIONREAD && end->state == SEA_UNIX_LISTENS)
		return -EINVAL;
	if (cmd == FIONREAD)
		n = (int)(is_datagram(end) ? end->first ? end->first->len : 0 : end->queued);
	else if (cmd != TIOCOUTQ)
		return -ENOTTY;
	return sea_mm_write(task->mm, task->vcpu, arg, &n, sizeof(n));
}

static bool is_file_of(const struct sea_file *file, const void *end)
{
	return file->own == end;
}

void sea_unix_signal(const struct sea_unix *end, int band)
{
	sea_async_tell(end->kernel, is_file_of, end, band);
}

void sea_unix_put(struct sea_unix *end)
{
	if (end && !--end->refs)
		free(end);
}

void sea_unix_stir(struct sea_unix *end)
{
	sea_waitq_wake(&end->waitq);
	if (end->other)
		sea_waitq_wake(&end->other->waitq);
}

void sea_unix_roomy(struct sea_unix *end)
{
	sea_waitq_wake(&end->roomq);
	for (struct sea_unix *s = is_datagram(end) ? end->kernel->sockets : NULL; s; s = s->next) {
		if (s->other == end)
			sea_waitq_wake(&s->waitq);
	}
}

/* Nobody will accept these any more. */
static void refuse_waiting(struct sea_unix *end)
{
	struct sea_unix *waiting;

	while ((waiting = end->first_waiting)) {
		end->first_waiting = waiting->next_waiting;
		sea_unix_close(waiting);
	}
	end->last_waiting = NULL;
	end->nwaiting = 0;
}

/* What was not read was in vain, and so is what nobody accepted. */
static void tell_other(struct sea_unix *end, bool accepted)
{
	struct sea_unix *other = end->other;

	if (!other || is_datagram(end))
		return;
	other->shut = BOTH;
	sea_unix_signal(other, POLL_HUP);
	if ((end->first || !accepted) && !other->dead)
		other->error = ECONNRESET;
}

void sea_unix_close(struct sea_unix *end)
{
	struct sea_unix *other = end->other;
	bool accepted = end->file;

	end->file = NULL;
	end->dead = true;
	end->state = SEA_UNIX_CLOSED;
	*end->link = end->next;
	if (end->next)
		end->next->link = end->link;
	end->shut = BOTH;
	tell_other(end, accepted);
	sea_unix_stir(end);
	if (end->node)
		end->node->socket = NULL;
	sea_node_put(end->node);
	end->node = NULL;
	end->other = NULL;
	refuse_waiting(end);
	sea_unix_empty(end);
	sea_unix_put(other);
	sea_unix_put(end);
}

static void unix_release(struct sea_file *file)
{
	sea_unix_close(file->own);
}

static const struct sea_file_ops unix_ops = {
	.read = unix_read,
	.write = unix_write,
	.poll = unix_poll,
	.ioctl = unix_ioctl,
	.release = unix_release,
	.async = true,
	.splice = SEA_SPLICE_IN | SEA_SPLICE_OUT,
};

struct sea_unix *sea_unix_of(const struct sea_file *file)
{
	return file->ops == &unix_ops ? file->own : NULL;
}

static void shut_other(struct sea_unix *other, unsigned int what)
{
	other->shut |= what;
	if (what == BOTH)
		sea_unix_signal(other, POLL_HUP);
	else if (what & SEA_SHUT_RCV)
		sea_unix_signal(other, POLL_IN);
}

void sea_unix_shutdown(struct sea_unix *end, int how)
{
	unsigned int rcv = how != SHUT_WR, snd = how != SHUT_RD;

	end->shut |= (rcv ? SEA_SHUT_RCV : 0) | (snd ? SEA_SHUT_SND : 0);
	if (!is_datagram(end) && end->other)
		shut_other(end->other, (snd ? SEA_SHUT_RCV : 0) | (rcv ? SEA_SHUT_SND : 0));
	sea_unix_stir(end);
	sea_unix_roomy(end);
}

struct sea_unix *sea_unix_alloc(struct sea_kernel *kernel, int type)
{
	struct sea_unix *end = calloc(1, sizeof(*end));

	if (!end)
		return NULL;
	*end = (struct sea_unix){ .kernel = kernel,
				  .refs = 1,
				  .type = type,
				  .creds = { 0, ~0u, ~0u },
				  .backlog = SEA_UNIX_DATAGRAMS,
				  .sndbuf = SEA_UNIX_BUFFER,
				  .rcvbuf = SEA_UNIX_BUFFER,
				  .next = kernel->sockets,
				  .link = &kernel->sockets };
	if (end->next)
		end->next->link = &end->next;
	kernel->sockets = end;
	return end;
}

int sea_unix_give_file(struct sea_unix *end, int flags, struct sea_file **file)
{
	struct sea_node *node = sea_node_new(&end->kernel->memory, S_IFSOCK | 0777);

	*file = node ? sea_file_new(&unix_ops, O_RDWR | flags, node) : NULL;
	sea_node_put(node);
	if (!*file)
		return -ENOMEM;
	(*file)->own = end;
	end->file = *file;
	return 0;
}

int sea_unix_new(struct sea_kernel *kernel, int type, int flags, struct sea_file **file)
{
	struct sea_unix *end = sea_unix_alloc(kernel, type);
	int err = end ? sea_unix_give_file(end, flags, file) : -ENOMEM;

	if (end && err)
		sea_unix_close(end);
	return err;
}

int sea_unix_pair(struct sea_kernel *kernel, int type, int flags, const struct sea_ucred *creds,
		  struct sea_file *ends[2])
{
	struct sea_unix *a, *b;
	int err = sea_unix_new(kernel, type, flags, &ends[0]);

	if (err)
		return err;
	err = sea_unix_new(kernel, type, flags, &ends[1]);
	if (err) {
		sea_file_put(ends[0]);
		return err;
	}
	a = ends[0]->own, b = ends[1]->own;
	a->other = b, b->other = a;
	a->refs++, b->refs++;
	a->state = b->state = SEA_UNIX_CONNECTED;
	a->creds = b->creds = *creds;
	return 0;
}
