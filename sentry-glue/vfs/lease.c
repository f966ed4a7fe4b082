/* SPDX-License-Identifier: Apache-2.0 */
#include "sentry-glue/vfs/lease.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>

#include "sentry-glue/kernel/async.h"
#include "sentry-glue/kernel/kernel.h"
#include "sentry-glue/vfs/file.h"
#include "sentry-glue/vfs/node.h"

static struct sea_lease **find(const struct sea_file *file)
{
	struct sea_lease **link = &file->node->leases;

	while (*link && (*link)->file != file)
		link = &(*link)->next;
	return link;
}

static void take_out(struct sea_node *node, struct sea_lease **link)
{
	struct sea_lease *lease = *link;

	*link = lease->next;
	free(lease);
	sea_waitq_wake(&node->lockq);
}

/* Whether nobody else has the file open in a way that the lease forbids, or a lease of their own. */
static int may_have(const struct sea_file *file, int type)
{
	const struct sea_node *node = file->node;
	bool writes = (file->flags & O_ACCMODE) != O_RDONLY;

	if (type == F_RDLCK && node->writers)
		return -EAGAIN;
	if (type == F_WRLCK && (node->writers != writes || node->readers != !writes))
		return -EAGAIN;
	for (const struct sea_lease *l = node->leases; l; l = l->next) {
		if (l->file != file && (type == F_WRLCK || (l->until && l->target == F_UNLCK)))
			return -EAGAIN;
	}
	return 0;
}

int sea_lease_set(struct sea_task *task, struct sea_file *file, int fd, int type)
{
	struct sea_node *node = file->node;
	struct sea_lease **link;
	int err;

	if (!node || (type != F_UNLCK && type != F_RDLCK && type != F_WRLCK))
		return -EINVAL;
	if (task->process->creds.euid && task->process->creds.euid != node->uid)
		return -EACCES;
	if (!sea_node_is(node, S_IFREG) || !sea_node_has_data(node))
		return -EINVAL;
	link = find(file);
	if (type == F_UNLCK) {
		if (!*link)
			return -EAGAIN;
		take_out(node, link);
		return 0;
	}
	err = may_have(file, type);
	if (!err)
		err = sea_async_own_first(task, file);
	if (err)
		return err;
	if (!*link)
		*link = calloc(1, sizeof(**link));
	if (!*link)
		return -ENOMEM;
	file->async->fd = fd;
	(*link)->file = file;
	(*link)->type = type;
	(*link)->until = 0;
	sea_waitq_wake(&node->lockq);
	return 0;
}

int sea_lease_type(const struct sea_file *file)
{
	const struct sea_lease *lease = file->node ? *find(file) : NULL;

	return !lease ? F_UNLCK : lease->until ? lease->target : lease->type;
}

static bool forbids(const struct sea_lease *lease, bool write)
{
	return write || lease->type == F_WRLCK;
}

/* It is told once for each thing that it is to become. */
static void tell(struct sea_task *task, struct sea_lease *lease, bool write)
{
	int target = write ? F_UNLCK : F_RDLCK;

	if (lease->until && (lease->target == F_UNLCK || lease->target == target))
		return;
	lease->target = target;
	lease->until = sea_clock_now() + SEA_LEASE_BREAK;
	sea_async_send(task->kernel, lease->file->async, POLL_MSG);
}

/* Leases whose time is over are what they were to become; when the next is, or SEA_NEVER: none
 * stands in the way. */
static int64_t look(struct sea_task *task, struct sea_node *node, bool write)
{
	int64_t next = SEA_NEVER, now = sea_clock_now();
	struct sea_lease **link = &node->leases;

	while (*link) {
		struct sea_lease *lease = *link;

		if (lease->until && now >= lease->until && lease->target == F_UNLCK) {
			take_out(node, link);
			continue;
		}
		if (lease->until && now >= lease->until) {
			lease->type = lease->target;
			lease->until = 0;
		}
		if (forbids(lease, write)) {
			tell(task, lease, write);
			next = lease->until < next ? lease->until : next;
		}
		link = &lease->next;
	}
	return next;
}

int sea_lease_break(struct sea_task *task, struct sea_node *node, bool write, bool dont)
{
	struct sea_wait wait = { 0 };
	int64_t until;
	int err = 0;

	while (err != -EINTR && (until = look(task, node, write)) != SEA_NEVER) {
		if (dont)
			return -EAGAIN;
		sea_wait_add(&node->lockq, &wait, task);
		err = sea_task_sleep(task, until, NULL, 0);
		sea_wait_del(&wait);
	}
	return err == -EINTR ? -SEA_ERESTARTSYS : 0;
}

void sea_lease_forget(struct sea_file *file)
{
	struct sea_lease **link = file->node ? find(file) : NULL;

	if (link && *link)
		take_out(file->node, link);
}
