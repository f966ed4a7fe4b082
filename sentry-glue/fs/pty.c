/* SPDX-License-Identifier: Apache-2.0 */
/* Pseudo-terminals: their names, how they come, are cut off, and go. */
#include "sentry-glue/fs/pty.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "sentry-glue/fs/fs.h"
#include "sentry-glue/kernel/kernel.h"
#include "sentry-glue/vfs/file.h"
#include "sentry-glue/vfs/node.h"

#define SLAVE_MAJOR 136u

struct sea_pty *sea_pty_of(struct sea_process *process)
{
	struct sea_pty *pty = process->kernel->ptys;

	while (pty && !sea_tty_controls(sea_pty_ctty(pty), process))
		pty = pty->next;
	return pty;
}

static struct sea_pty *numbered(const struct sea_kernel *kernel, uint32_t number)
{
	struct sea_pty *pty = kernel->ptys;

	while (pty && pty->number != number)
		pty = pty->next;
	return pty;
}

int sea_pty_slave(struct sea_pty *pty, struct sea_task *task, struct sea_file *file)
{
	bool reads = (file->flags & O_ACCMODE) != O_WRONLY;
	int err;

	if (pty->locked || !pty->master)
		return -EIO;
	if (pty->exclusive && task->process->creds.euid)
		return -EBUSY;
	err = sea_pty_open_as(pty, file, false);
	if (err)
		return err;
	pty->left = false;
	if (!(file->flags & O_NOCTTY) && reads)
		sea_tty_take(sea_pty_ctty(pty), task->process);
	return 0;
}

static int slave_open(struct sea_node *node, struct sea_task *task, struct sea_file *file)
{
	struct sea_pty *pty = numbered(task->kernel, (uint32_t)node->arg);

	/* It may be one of an earlier that had the number. */
	return pty && pty->node == node ? sea_pty_slave(pty, task, file) : -EIO;
}

static const struct sea_node_ops slave_node_ops = { .open = slave_open };

/* Its name, which goes when the master is closed. */
static int publish(struct sea_pty *pty, const struct sea_creds *creds)
{
	struct sea_node *node = sea_node_new(&pty->kernel->memory, S_IFCHR | 0600);
	char name[16];
	int err;

	if (!node)
		return -ENOMEM;
	node->ops = &slave_node_ops;
	node->arg = pty->number;
	node->rdev = makedev(SLAVE_MAJOR, pty->number);
	node->uid = creds->euid;
	node->gid = creds->egid;
	snprintf(name, sizeof(name), "%u", pty->number);
	err = sea_dir_add(pty->kernel->pts, name, node);
	if (err)
		sea_node_put(node);
	else
		pty->node = node;
	return err;
}

int sea_pty_own(struct sea_task *task, struct sea_file *file)
{
	struct sea_pty *pty = sea_pty_of(task->process);

	return pty ? sea_pty_slave(pty, task, file) : -ENXIO;
}

static void pty_free(struct sea_pty *pty)
{
	struct sea_pty **link = &pty->kernel->ptys;

	while (*link != pty)
		link = &(*link)->next;
	*link = pty->next;
	free(pty);
}

static bool taken(const struct sea_kernel *kernel, uint32_t number)
{
	struct sea_node *node;
	char name[16];

	snprintf(name, sizeof(name), "%u", number);
	if (!sea_dir_lookup(kernel->pts, name, &node)) {
		sea_node_put(node);
		return true;
	}
	return numbered(kernel, number);
}

static int master_open(struct sea_node *node, struct sea_task *task, struct sea_file *file)
{
	struct sea_kernel *kernel = task->kernel;
	struct sea_pty *pty;
	uint32_t number = 0;
	int err;

	(void)node;
	while (number < SEA_PTYS_MAX && taken(kernel, number))
		number++;
	if (number >= SEA_PTYS_MAX)
		return -ENOSPC;
	pty = calloc(1, sizeof(*pty));
	if (!pty)
		return -ENOMEM;
	pty->kernel = kernel;
	pty->number = number;
	pty->locked = pty->master = true;
	sea_ldisc_init(pty);
	pty->next = kernel->ptys;
	kernel->ptys = pty;
	err = publish(pty, &task->process->creds);
	if (!err)
		err = sea_pty_open_as(pty, file, true);
	if (err && pty->node)
		sea_pty_closed(pty, true, false);
	else if (err)
		pty_free(pty);
	return err;
}

static const struct sea_node_ops master_node_ops = { .open = master_open };

/* All files of the slave are dead; the leader of the session that it controls is told. */
static void hang_up(struct sea_pty *pty)
{
	pid_t sid = pty->sid;
	struct sea_process *leader = sid ? sea_process_find(pty->kernel, sid) : NULL;

	pty->hangups++;
	pty->left |= pty->slaves > 0;
	pty->slaves = 0;
	pty->sid = pty->pgid = 0;
	sea_ldisc_init(pty);
	if (leader && !leader->zombie) {
		sea_signal_process(leader,
				   &(siginfo_t){ .si_signo = SIGHUP, .si_code = SI_KERNEL });
		sea_signal_process(leader,
				   &(siginfo_t){ .si_signo = SIGCONT, .si_code = SI_KERNEL });
	}
	sea_waitq_wake(&pty->waitq);
}

static void master_closed(struct sea_pty *pty)
{
	struct sea_node *node;
	char name[16];

	pty->master = false;
	pty->packet = false;
	hang_up(pty);
	snprintf(name, sizeof(name), "%u", pty->number);
	/* Who may write there may have done something else with the name. */
	if (!sea_dir_lookup(pty->kernel->pts, name, &node)) {
		if (node == pty->node && sea_dir_remove(pty->kernel->pts, name))
			node->mode &= S_IFMT; /* it stays, and leads nowhere */
		sea_node_put(node);
	}
	sea_node_put(pty->node);
	pty->node = NULL;
}

void sea_pty_closed(struct sea_pty *pty, bool master, bool dead)
{
	if (master)
		master_closed(pty);
	else if (!dead && !--pty->slaves)
		pty->left = true;
	sea_waitq_wake(&pty->waitq);
	if (!pty->refs)
		pty_free(pty);
}

static int add_master(struct sea_node *dir, uint32_t mode)
{
	struct sea_node *node = sea_node_new(dir->memory, S_IFCHR | mode);
	int err;

	if (!node)
		return -ENOMEM;
	node->ops = &master_node_ops;
	node->rdev = makedev(5, 2);
	err = sea_dir_add(dir, "ptmx", node);
	sea_node_put(node);
	return err;
}

int sea_pty_fill(struct sea_kernel *kernel, struct sea_node *dev)
{
	int err = add_master(dev, 0666);
	struct sea_node *pts = sea_dir_make(dev, "pts", 0755);

	if (!pts)
		return -ENOMEM;
	kernel->pts = sea_node_get(pts);
	return err ? err : add_master(pts, 0);
}
