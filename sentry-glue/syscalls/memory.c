/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <linux/membarrier.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sentry-glue/mm/mappable.h"
#include "sentry-glue/syscalls/sys.h"
#include "sentry-glue/vfs/seal.h"

#define PROT_ALL (PROT_READ | PROT_WRITE | PROT_EXEC)
#define TYPE_MASK 0x0fu

/* What the file may be mapped for. */
static int64_t take_file(struct sea_file *file, struct sea_mmap *how)
{
	int access = file->flags & O_ACCMODE;

	if (access == O_WRONLY)
		return -EACCES;
	if (how->flags & MAP_SHARED && how->prot & PROT_WRITE && access != O_RDWR)
		return -EACCES;
	if (!file->node || !sea_node_has_data(file->node))
		return -ENODEV;
	if (how->flags & MAP_SHARED && how->prot & PROT_WRITE &&
	    file->node->seals & SEA_SEALS_WRITE)
		return -EPERM;
	if (how->flags & MAP_SHARED && (access != O_RDWR || file->node->seals & SEA_SEALS_WRITE))
		how->prot_max &= ~PROT_WRITE;
	how->object = &file->node->object;
	return 0;
}

int64_t sea_sys_mmap(struct sea_task *task, const uint64_t *a)
{
	struct sea_mmap how = { .addr = a[0],
				.len = a[1],
				.prot = (int)a[2],
				.prot_max = PROT_ALL,
				.flags = (int)a[3],
				.offset = a[5] };
	uint64_t type = a[3] & TYPE_MASK;
	struct sea_file *file;
	int64_t ret = 0;

	if (a[5] & SEA_PAGE_MASK)
		return -EINVAL;
	if (a[0])
		sea_task_unpatch(task, a[0], SEA_PAGE_UP(a[1]) + SEA_PAGE);
	file = a[3] & MAP_ANONYMOUS ? NULL : sea_fd_get(task->files, (int)a[4]);
	if (!(a[3] & MAP_ANONYMOUS) && (!file || !file->ops))
		return -EBADF;
	if (type != MAP_SHARED && type != MAP_PRIVATE && type != MAP_SHARED_VALIDATE)
		return -EINVAL;
	if (a[3] & MAP_HUGETLB)
		return -ENOMEM; /* there are none */
	if (type == MAP_PRIVATE)
		how.flags &= ~MAP_SHARED;
	if (file)
		ret = take_file(file, &how);
	else if (type != MAP_PRIVATE)
		ret = sea_shared_new(&task->kernel->memory, &how.object);
	if (a[3] & MAP_ANONYMOUS)
		how.offset = 0;
	if (ret)
		return ret;
	ret = sea_mm_mmap(task->mm, task->vcpu, &how);
	if (a[3] & MAP_ANONYMOUS && how.object)
		how.object->ops->put(how.object);
	return ret;
}

int64_t sea_sys_munmap(struct sea_task *task, const uint64_t *a)
{
	return sea_mm_munmap(task->mm, task->vcpu, a[0], a[1]);
}

int64_t sea_sys_mprotect(struct sea_task *task, const uint64_t *a)
{
	return sea_mm_mprotect(task->mm, task->vcpu, a[0], a[1], (int)a[2]);
}

int64_t sea_sys_mremap(struct sea_task *task, const uint64_t *a)
{
	if (a[2] > a[1])
		sea_task_unpatch(task, a[0] + a[1], SEA_PAGE_UP(a[2] - a[1]));
	if (a[3] & MREMAP_FIXED)
		sea_task_unpatch(task, a[4], SEA_PAGE_UP(a[2]));
	return sea_mm_mremap(task->mm, task->vcpu, a[0], a[1], a[2], (int)a[3], a[4]);
}

int64_t sea_sys_madvise(struct sea_task *task, const uint64_t *a)
{
	return sea_mm_madvise(task->mm, task->vcpu, a[0], a[1], (int)a[2]);
}

int64_t sea_sys_brk(struct sea_task *task, const uint64_t *a)
{
	if (a[0] > task->mm->brk)
		sea_task_unpatch(task, task->mm->brk, SEA_PAGE_UP(a[0]) - task->mm->brk);
	return (int64_t)sea_mm_brk(task->mm, task->vcpu, a[0]);
}

static int64_t flush(const struct sea_vma *vma)
{
	bool kept = vma->shared && vma->object && vma->object->ops->flush;

	return kept ? vma->object->ops->flush(vma->object) : 0;
}

/* Whether all of the range is mapped; each area of it is given to `each`, which may be NULL. */
static int64_t covered(struct sea_task *task, uint64_t addr, uint64_t len,
		       int64_t (*each)(const struct sea_vma *vma))
{
	int64_t err = 0, one;
	uint64_t end = SEA_PAGE_UP(addr + len);

	if (end < addr)
		return -EINVAL;
	for (addr = SEA_PAGE_DOWN(addr); addr < end;) {
		struct sea_vma *vma = sea_vma_find(&task->mm->vmas, addr);

		if (!vma || vma->start > addr)
			return -ENOMEM;
		one = each ? each(vma) : 0;
		err = err ? err : one;
		addr = vma->end;
	}
	return err;
}

int64_t sea_sys_msync(struct sea_task *task, const uint64_t *a)
{
	if (a[0] & SEA_PAGE_MASK || a[2] & ~7ull || (a[2] & 5) == 5)
		return -EINVAL;
	return covered(task, a[0], a[1], flush);
}

int64_t sea_sys_mlock(struct sea_task *task, const uint64_t *a)
{
	return covered(task, a[0], a[1], NULL);
}

int64_t sea_sys_mlock2(struct sea_task *task, const uint64_t *a)
{
	return a[2] & ~1ull ? -EINVAL : covered(task, a[0], a[1], NULL);
}

int64_t sea_sys_munlock(struct sea_task *task, const uint64_t *a)
{
	return covered(task, a[0], a[1], NULL);
}

#define MCL_ALL 7ull

int64_t sea_sys_mlockall(struct sea_task *task, const uint64_t *a)
{
	(void)task;
	return !a[0] || a[0] & ~MCL_ALL || a[0] == MCL_ONFAULT ? -EINVAL : 0;
}

int64_t sea_sys_munlockall(struct sea_task *task, const uint64_t *a)
{
	(void)task, (void)a;
	return 0;
}

/* What was touched is there; of files, everything is. */
int64_t sea_sys_mincore(struct sea_task *task, const uint64_t *a)
{
	uint64_t end = SEA_PAGE_UP(a[0] + a[1]), to = a[2];

	if (a[0] & SEA_PAGE_MASK)
		return -EINVAL;
	if (a[1] > SEA_GUEST_TOP || a[0] > SEA_GUEST_TOP - a[1])
		return -ENOMEM;
	for (uint64_t addr = a[0]; addr < end; addr += SEA_PAGE, to++) {
		const struct sea_vma *vma = sea_vma_find(&task->mm->vmas, addr);
		uint8_t in;

		if (!vma || vma->start > addr)
			return -ENOMEM;
		in = vma->object ||
		     sea_ptab_get(&task->mm->pages, addr / SEA_PAGE) & SEA_PTE_PRESENT;
		if (sea_arg_write(task, to, &in, 1))
			return -EFAULT;
	}
	return 0;
}

#define REGISTER \
	(MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED | MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED)
#define ORDER \
	(MEMBARRIER_CMD_GLOBAL | MEMBARRIER_CMD_GLOBAL_EXPEDITED | MEMBARRIER_CMD_PRIVATE_EXPEDITED)

/* Guest threads run in processes of the host's that are not ours: so all of its processors pass a
 * barrier each time, which takes a while. */
int64_t sea_sys_membarrier(struct sea_task *task, const uint64_t *a)
{
	struct sea_kernel *kernel = task->kernel;
	int cmd = (int)a[0];
	long err;

	if (!kernel->barriers)
		return -ENOSYS;
	if (a[1] || cmd & (cmd - 1) || cmd & ~(REGISTER | ORDER))
		return -EINVAL;
	if (!cmd)
		return REGISTER | ORDER;
	if (cmd & REGISTER) {
		task->process->barriers |= cmd == MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED;
		return 0;
	}
	if (cmd == MEMBARRIER_CMD_PRIVATE_EXPEDITED && !task->process->barriers)
		return -EPERM;
	pthread_mutex_unlock(&kernel->lock);
	err = syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0) ? -errno : 0;
	pthread_mutex_lock(&kernel->lock);
	return err;
}
