/* SPDX-License-Identifier: Apache-2.0 */
/* Sockets of AF_UNIX: their names, and how one gets to another by it. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "sentry-glue/fs/unix.h"
#include "sentry-glue/kernel/kernel.h"
#include "sentry-glue/vfs/file.h"
#include "sentry-glue/vfs/node.h"

#define AUTOBIND_NAMES 0x100000u

bool sea_unix_full(const struct sea_unix *to, const struct sea_unix *from)
{
	return to != from && to->other != from && to->nqueued > SEA_UNIX_DATAGRAMS;
}

static struct sea_unix *find_abstract(const struct sea_kernel *kernel,
				      const struct sea_unix_name *name, int type)
{
	struct sea_unix *s = kernel->sockets;

	while (s && !(s->bound && !s->node && s->type == type && s->name.len == name->len &&
		      !memcmp(s->name.bytes, name->bytes, name->len)))
		s = s->next;
	return s;
}

int sea_unix_find(struct sea_kernel *kernel, const struct sea_unix_name *name,
		  const struct sea_node *node, int type, struct sea_unix **found)
{
	*found = node ? node->socket : find_abstract(kernel, name, type);
	if (!*found)
		return -ECONNREFUSED;
	return (*found)->type == type ? 0 : -EPROTOTYPE;
}

int sea_unix_bind(struct sea_unix *end, const struct sea_unix_name *name, struct sea_node *node)
{
	if (!node && find_abstract(end->kernel, name, end->type))
		return -EADDRINUSE;
	end->name = *name;
	end->bound = true;
	if (!node)
		return 0;
	end->node = sea_node_get(node);
	node->socket = end;
	return 0;
}

int sea_unix_autobind(struct sea_unix *end)
{
	struct sea_unix_name name = { .len = SEA_UNIX_PATH + 6, .bytes = { AF_UNIX } };
	char text[8];

	for (uint32_t i = 0; i < AUTOBIND_NAMES; i++) {
		snprintf(text, sizeof(text), "%05x", end->kernel->last_autobind++ & 0xfffffu);
		memcpy(name.bytes + SEA_UNIX_PATH + 1, text, 5);
		if (sea_unix_bind(end, &name, NULL) == 0)
			return 0;
	}
	return -ENOSPC;
}

int sea_unix_listen(struct sea_unix *end, int backlog, const struct sea_ucred *creds)
{
	if (end->type == SOCK_DGRAM)
		return -EOPNOTSUPP;
	if (!end->name.len || end->state == SEA_UNIX_CONNECTED)
		return -EINVAL;
	end->backlog = (uint32_t)backlog < SEA_UNIX_BACKLOG ? (uint32_t)backlog : SEA_UNIX_BACKLOG;
	end->state = SEA_UNIX_LISTENS;
	end->creds = *creds;
	sea_waitq_wake(&end->roomq);
	return 0;
}

static void enqueue(struct sea_unix *to, struct sea_unix *waiting)
{
	*(to->last_waiting ? &to->last_waiting->next_waiting : &to->first_waiting) = waiting;
	to->last_waiting = waiting;
	to->nwaiting++;
	sea_waitq_wake(&to->waitq);
	sea_unix_signal(to, POLL_IN);
}

int sea_unix_connect(struct sea_unix *end, struct sea_unix *to, const struct sea_ucred *creds)
{
	struct sea_unix *there;

	if (to->state != SEA_UNIX_LISTENS || to->shut & SEA_SHUT_RCV)
		return -ECONNREFUSED;
	if (to->nwaiting > to->backlog)
		return -EAGAIN;
	if (end->state != SEA_UNIX_CLOSED)
		return end->state == SEA_UNIX_CONNECTED ? -EISCONN : -EINVAL;
	there = sea_unix_alloc(end->kernel, end->type);
	if (!there)
		return -ENOMEM;
	there->name = to->name;
	there->passcred = to->passcred;
	there->creds = *creds;
	there->state = end->state = SEA_UNIX_CONNECTED;
	there->other = end;
	end->other = there;
	end->refs++, there->refs++;
	end->creds = to->creds;
	enqueue(to, there);
	sea_waitq_wake(&end->waitq);
	return 0;
}

/* What one of two who were aimed at each other had before it is lost, and the other is told. */
static void part(struct sea_unix *end, struct sea_unix *old)
{
	if (!end->first)
		return;
	if (!old->dead && old->other == end) {
		old->error = ECONNRESET;
		sea_waitq_wake(&old->waitq);
	}
	sea_unix_empty(end);
}

int sea_unix_aim(struct sea_unix *end, struct sea_unix *to)
{
	struct sea_unix *old = end->other;

	if (to && to->other && to->other != end)
		return -EPERM;
	if (to)
		to->refs++;
	end->other = to;
	end->state = to ? SEA_UNIX_CONNECTED : SEA_UNIX_CLOSED;
	if (old && old != to) {
		/* It is asked whether it still aims here: so it does, while this one no longer does. */
		part(end, old);
	}
	sea_unix_put(old);
	sea_waitq_wake(&end->waitq);
	return 0;
}

int sea_unix_accept(struct sea_unix *end, int flags, struct sea_file **file)
{
	struct sea_unix *there = end->first_waiting;
	int err;

	/* As on Linux: only who waits is told that none will come. */
	if (!there)
		return end->shut & SEA_SHUT_RCV && !(end->file->flags & O_NONBLOCK) ? -EINVAL
										    : -EAGAIN;
	err = sea_unix_give_file(there, flags, file);
	if (err)
		return err;
	end->first_waiting = there->next_waiting;
	if (!end->first_waiting)
		end->last_waiting = NULL;
	end->nwaiting--;
	sea_waitq_wake(&end->roomq);
	return 0;
}
