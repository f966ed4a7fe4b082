/* SPDX-License-Identifier: Apache-2.0 */
/* flock, and the locks of fcntl. */
#include <fcntl.h>
#include <sys/file.h>

#include "sentry-glue/syscalls/sys.h"
#include "sentry-glue/vfs/lock.h"

#define CHAIN_MAX 10 /* as far as Linux looks */

/* Who waits for a lock, of those who have this table of descriptors; NULL: nobody. */
static const struct sea_task *waiter_of(const struct sea_kernel *kernel, const void *files)
{
	for (const struct sea_process *p = kernel->processes; p; p = p->next) {
		for (const struct sea_task *t = p->tasks; t; t = t->next) {
			if (t->files == files && t->lock_want)
				return t;
		}
	}
	return NULL;
}

/* Whether who stands in the way waits, for one who waits, and so on, for us. */
static bool is_deadlock(const struct sea_task *task, const struct sea_lock *in_the_way)
{
	for (int i = 0; in_the_way && i < CHAIN_MAX; i++) {
		const struct sea_task *t = waiter_of(task->kernel, in_the_way->owner);

		if (in_the_way->owner == task->files)
			return true;
		in_the_way = t ? sea_lock_conflict(t->lock_node, t->lock_want) : NULL;
	}
	return false;
}

/* Until nobody's lock stands in the way. */
static int64_t wait_for(struct sea_task *task, struct sea_file *file, const struct sea_lock *want)
{
	const struct sea_lock *lock;
	struct sea_wait wait = { 0 };
	int err = 0;

	sea_file_get(file); /* another thread may close it */
	while (!err && (lock = sea_lock_conflict(file->node, want))) {
		if (!want->flock && want->owner == task->files && is_deadlock(task, lock)) {
			sea_file_put(file);
			return -EDEADLK;
		}
		task->lock_node = file->node;
		task->lock_want = want;
		sea_wait_add(&file->node->lockq, &wait, task);
		err = sea_task_sleep(task, SEA_NEVER, NULL, 0);
		sea_wait_del(&wait);
		task->lock_want = NULL;
	}
	err = err ? -SEA_ERESTARTSYS : sea_lock_set(file->node, want, true);
	sea_file_put(file);
	return err;
}

static int64_t set(struct sea_task *task, struct sea_file *file, const struct sea_lock *want,
		   bool wait)
{
	if (!sea_lock_conflict(file->node, want))
		return sea_lock_set(file->node, want, true);
	return wait ? wait_for(task, file, want) : -EAGAIN;
}

int64_t sea_sys_flock(struct sea_task *task, const uint64_t *a)
{
	struct sea_file *file = sea_fd_get(task->files, (int)a[0]);
	int how = (int)a[1] & ~LOCK_NB;
	struct sea_lock want = {
		.owner = file, .flock = true, .exclusive = how == LOCK_EX, .end = SEA_LOCK_EOF
	};

	if (how != LOCK_SH && how != LOCK_EX && how != LOCK_UN)
		return -EINVAL;
	if (!file || !file->ops)
		return -EBADF;
	if (!file->node)
		return -ENOLCK;
	/* As on Linux: who changes the kind of a lock lets go of it first. */
	if (how == LOCK_UN || sea_lock_conflict(file->node, &want)) {
		int err = sea_lock_set(file->node, &want, false);

		if (err || how == LOCK_UN)
			return err;
	}
	return set(task, file, &want, !((int)a[1] & LOCK_NB));
}

/* The range, as the file stands now. */
static int range(const struct sea_file *file, const struct flock *l, struct sea_lock *want)
{
	int64_t start = l->l_whence == SEEK_SET   ? 0
			: l->l_whence == SEEK_CUR ? (int64_t)file->pos
						  : (int64_t)file->node->size;

	if (l->l_whence != SEEK_SET && l->l_whence != SEEK_CUR && l->l_whence != SEEK_END)
		return -EINVAL;
	if (__builtin_add_overflow(start, l->l_start, &start))
		return -EOVERFLOW;
	if (start < 0)
		return -EINVAL;
	want->start = start;
	want->end = SEA_LOCK_EOF;
	if (l->l_len > 0 && __builtin_add_overflow(start, l->l_len - 1, &want->end))
		return -EOVERFLOW;
	if (l->l_len < 0) {
		if (start + l->l_len < 0)
			return -EINVAL;
		want->end = start - 1;
		want->start = start + l->l_len;
	}
	return 0;
}

static int64_t get(struct sea_task *task, struct sea_file *file, const struct sea_lock *want,
		   struct flock *l, uint64_t at)
{
	const struct sea_lock *found = sea_lock_conflict(file->node, want);

	if (l->l_type != F_RDLCK && l->l_type != F_WRLCK)
		return -EINVAL;
	if (!found) {
		l->l_type = F_UNLCK;
		return sea_arg_write(task, at, l, sizeof(*l));
	}
	l->l_type = found->exclusive ? F_WRLCK : F_RDLCK;
	l->l_whence = SEEK_SET;
	l->l_start = found->start;
	l->l_len = found->end == SEA_LOCK_EOF ? 0 : found->end - found->start + 1;
	l->l_pid = found->pid;
	return sea_arg_write(task, at, l, sizeof(*l));
}

static int check(const struct sea_file *file, const struct flock *l)
{
	int mode = file->flags & O_ACCMODE;

	switch (l->l_type) {
	case F_RDLCK:
		return mode == O_WRONLY ? -EBADF : 0;
	case F_WRLCK:
		return mode == O_RDONLY ? -EBADF : 0;
	case F_UNLCK:
		return 0;
	}
	return -EINVAL;
}

int64_t sea_fcntl_lock(struct sea_task *task, struct sea_file *file, int cmd, uint64_t at)
{
	bool ofd = cmd == F_OFD_GETLK || cmd == F_OFD_SETLK || cmd == F_OFD_SETLKW;
	struct sea_lock want = { .owner = ofd ? (const void *)file : (const void *)task->files,
				 .pid = ofd ? -1 : task->process->pid };
	struct flock l;
	int err;

	if (!file->ops)
		return -EBADF;
	if (sea_arg_read(task, at, &l, sizeof(l)))
		return -EFAULT;
	if (!file->node)
		return -ENOLCK;
	if (ofd && l.l_pid)
		return -EINVAL;
	err = range(file, &l, &want);
	if (err)
		return err;
	want.exclusive = l.l_type == F_WRLCK;
	if (cmd == F_GETLK || cmd == F_OFD_GETLK)
		return get(task, file, &want, &l, at);
	err = check(file, &l);
	if (err)
		return err;
	if (l.l_type == F_UNLCK)
		return sea_lock_set(file->node, &want, false);
	return set(task, file, &want, cmd == F_SETLKW || cmd == F_OFD_SETLKW);
}
