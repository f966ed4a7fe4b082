/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptors that stand for something else: signals, processes, memory. */
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/mman.h>

#include "sentry-glue/fs/inotify.h"
#include "sentry-glue/fs/pidfd.h"
#include "sentry-glue/fs/signalfd.h"
#include "sentry-glue/syscalls/sys.h"
#include "sentry-glue/vfs/seal.h"

#define MFD_NAME_MAX 249
#define NOEXEC_SEAL 8u /* MFD_, younger than some C libraries */
#define EXEC 0x10u

static int64_t give(struct sea_task *task, struct sea_file *file, int cloexec)
{
	return sea_fd_add(task->files, file, 0, task->process->limits[RLIMIT_NOFILE].rlim_cur,
			  cloexec);
}

int64_t sea_sys_signalfd4(struct sea_task *task, const uint64_t *a)
{
	struct sea_file *file;
	uint64_t mask;
	int err;

	if (a[2] != sizeof(mask))
		return -EINVAL;
	if (sea_arg_read(task, a[1], &mask, sizeof(mask)))
		return -EFAULT;
	if ((int)a[3] & ~(O_CLOEXEC | O_NONBLOCK))
		return -EINVAL;
	if ((int)a[0] != -1) {
		file = sea_fd_get(task->files, (int)a[0]);
		err = file && file->ops ? sea_signalfd_set(file, mask) : -EBADF;
		return err ? err : (int)a[0];
	}
	err = sea_signalfd_new(task->kernel, mask, (int)a[3], &file);
	return err ? err : give(task, file, (int)a[3] & O_CLOEXEC);
}

int64_t sea_sys_signalfd(struct sea_task *task, const uint64_t *a)
{
	return sea_sys_signalfd4(task, (uint64_t[]){ a[0], a[1], a[2], 0 });
}

int64_t sea_sys_pidfd_open(struct sea_task *task, const uint64_t *a)
{
	struct sea_process *process;
	struct sea_file *file;
	int err;

	if ((uint32_t)a[1] & ~(uint32_t)O_NONBLOCK || (int32_t)a[0] <= 0)
		return -EINVAL;
	process = sea_process_find(task->kernel, (int32_t)a[0]);
	if (!process) /* a thread that leads no group is no process */
		return sea_task_find(task->kernel, (int32_t)a[0]) ? -ENOENT : -ESRCH;
	err = sea_pidfd_new(process, (int)a[1], &file);
	return err ? err : give(task, file, 1);
}

int64_t sea_sys_memfd_create(struct sea_task *task, const uint64_t *a)
{
	char name[MFD_NAME_MAX + 1];
	struct sea_node *node;
	struct sea_file *file;
	int64_t len;
	int err;

	if ((uint32_t)a[1] & ~(MFD_CLOEXEC | MFD_ALLOW_SEALING | NOEXEC_SEAL | EXEC) ||
	    (a[1] & NOEXEC_SEAL && a[1] & EXEC))
		return -EINVAL;
	len = sea_mm_read_string(task->mm, a[0], name, sizeof(name));
	if (len < 0)
		return len == -ENAMETOOLONG ? -EINVAL : len;
	node = sea_node_new(&task->kernel->memory, S_IFREG | (a[1] & NOEXEC_SEAL ? 0666 : 0777));
	if (!node)
		return -ENOMEM;
	node->uid = task->process->creds.euid;
	node->gid = task->process->creds.egid;
	node->nlink = 0;
	if (a[1] & (MFD_ALLOW_SEALING | NOEXEC_SEAL))
		node->seals = a[1] & NOEXEC_SEAL ? SEA_SEAL_EXEC : 0;
	err = sea_file_open(task, node, O_RDWR | 0100000 /* O_LARGEFILE */, &file);
	sea_node_put(node);
	return err ? err : give(task, file, (int)(a[1] & MFD_CLOEXEC));
}

/* Zeros, up to the end and not beyond. */
static int64_t clear(struct sea_node *node, uint64_t from, uint64_t to)
{
	static const char zeros[SEA_PAGE];
	int64_t n = 0;

	to = to < node->size ? to : node->size;
	for (; from < to && n >= 0; from += (uint64_t)n) {
		uint64_t len = SEA_PAGE - (from & SEA_PAGE_MASK);

		n = sea_data_write(node, zeros, len < to - from ? len : to - from, from);
	}
	return n < 0 ? n : 0;
}

static int64_t allocate(struct sea_task *task, const uint64_t *a)
{
	const int known = FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE;
	struct sea_file *file = sea_fd_get(task->files, (int)a[0]);
	int mode = (int)a[1];
	uint64_t end = a[2] + a[3];

	if (!file || !file->ops)
		return -EBADF;
	if ((int64_t)a[2] < 0 || (int64_t)a[3] <= 0)
		return -EINVAL;
	if (mode & ~known || (mode & FALLOC_FL_PUNCH_HOLE && !(mode & FALLOC_FL_KEEP_SIZE)) ||
	    (mode & FALLOC_FL_PUNCH_HOLE && mode & FALLOC_FL_ZERO_RANGE))
		return -EOPNOTSUPP;
	if ((file->flags & O_ACCMODE) == O_RDONLY)
		return -EBADF;
	if (!file->node || sea_node_is(file->node, S_IFIFO))
		return -ESPIPE;
	if (!sea_node_has_data(file->node))
		return sea_node_is(file->node, S_IFDIR) ? -EISDIR : -ENODEV;
	if ((int64_t)end < 0)
		return -EFBIG;
	if ((mode & FALLOC_FL_PUNCH_HOLE && file->node->seals & SEA_SEALS_WRITE) ||
	    (!(mode & FALLOC_FL_PUNCH_HOLE) && file->node->seals & SEA_SEAL_GROW &&
	     end > file->node->size))
		return -EPERM;
	if (mode & (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE)) {
		int64_t err = clear(file->node, a[2], end);

		if (err)
			return err;
	}
	if (mode & FALLOC_FL_KEEP_SIZE || end <= file->node->size)
		return 0;
	if (end > task->process->limits[RLIMIT_FSIZE].rlim_cur) {
		sea_signal_task(task, &(siginfo_t){ .si_signo = SIGXFSZ });
		return -EFBIG;
	}
	return sea_data_resize(file->node, end);
}

int64_t sea_sys_fallocate(struct sea_task *task, const uint64_t *a)
{
	int64_t err = allocate(task, a);

	if (!err)
		sea_notify_file(sea_fd_get(task->files, (int)a[0]), IN_MODIFY);
	return err;
}

int64_t sea_fcntl_seals(struct sea_file *file, int cmd, uint64_t add)
{
	struct sea_node *node = file->node;
	uint32_t seals = (uint32_t)add;

	if (!file->ops)
		return -EBADF;
	if (cmd == F_GET_SEALS)
		return node && sea_node_has_data(node) ? node->seals : -EINVAL;
	if ((file->flags & O_ACCMODE) == O_RDONLY)
		return -EPERM;
	if (seals & ~SEA_SEALS_ALL || !node || !sea_node_has_data(node))
		return -EINVAL;
	if (node->seals & SEA_SEAL_SEAL)
		return -EPERM;
	if (seals & SEA_SEAL_EXEC && node->mode & 0111) /* it cannot be made to be either */
		seals |= SEA_SEAL_SHRINK | SEA_SEAL_GROW | SEA_SEALS_WRITE;
	if (seals & SEA_SEAL_WRITE && !(node->seals & SEA_SEAL_WRITE) && node->object.writers)
		return -EBUSY;
	node->seals |= (uint8_t)seals;
	return 0;
}
