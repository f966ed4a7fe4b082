/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of /proc say. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "sentry-glue/fs/proc.h"
#include "sentry-glue/fs/pty.h"
#include "sentry-glue/kernel/kernel.h"
#include "sentry-glue/vfs/file.h"
#include "sentry-glue/vfs/node.h"

#define SAY(name) static void name(FILE *out, struct sea_task *asker, struct sea_process *process)
#define UNUSED (void)asker, (void)process

static struct sea_mm *mm_of(const struct sea_process *process)
{
	return process->tasks ? process->tasks->mm : NULL;
}

SAY(say_uptime)
{
	UNUSED;
	fprintf(out, "%.2f 0.00\n", (double)sea_clock_now() / 1e9);
}

SAY(say_version)
{
	UNUSED;
	fputs("Linux version 6.1.0-seastack (seastack) #1 SMP\n", out);
}

SAY(say_meminfo)
{
	const struct sea_memfile *memory = &asker->kernel->memory;
	unsigned long total = memory->frames * 4ul, left = (memory->frames - memory->used) * 4ul;

	UNUSED;
	fprintf(out,
		"MemTotal:       %8lu kB\nMemFree:        %8lu kB\nMemAvailable:   %8lu kB\n"
		"Buffers:               0 kB\nCached:                0 kB\nSwapTotal:             0 kB\n"
		"SwapFree:              0 kB\n",
		total, left, left);
}

SAY(say_cpuinfo)
{
	UNUSED;
	for (long i = 0; i < asker->kernel->online; i++)
		fprintf(out, "processor\t: %ld\nmodel name\t: x86-64\n\n", i);
}

SAY(say_loadavg)
{
	UNUSED;
	fprintf(out, "0.00 0.00 0.00 1/%u %d\n", asker->kernel->ntasks, asker->kernel->last_pid);
}

SAY(say_filesystems)
{
	UNUSED;
	fputs("nodev\tproc\nnodev\ttmpfs\nnodev\toverlay\n", out);
}

SAY(say_mounts)
{
	UNUSED;
	fputs("overlay / overlay rw 0 0\nproc /proc proc rw 0 0\ntmpfs /dev tmpfs rw 0 0\n", out);
}

SAY(say_ostype)
{
	UNUSED;
	fputs("Linux\n", out);
}

SAY(say_osrelease)
{
	UNUSED;
	fputs("6.1.0-seastack\n", out);
}

SAY(say_hostname)
{
	UNUSED;
	fprintf(out, "%s\n", asker->kernel->hostname);
}

SAY(say_pid_max)
{
	UNUSED;
	fputs("32768\n", out);
}

SAY(say_overcommit)
{
	UNUSED;
	fputs("1\n", out);
}

SAY(say_self)
{
	UNUSED;
	fprintf(out, "%d", (int)asker->process->pid);
}

SAY(say_comm)
{
	UNUSED;
	fprintf(out, "%s\n", process->comm);
}

SAY(say_exe)
{
	UNUSED;
	fputs(process->exe ? process->exe : "", out);
}

SAY(say_cwd)
{
	char path[PATH_MAX];

	UNUSED;
	if (process->tasks && sea_node_path(process->tasks->fs->cwd, process->tasks->fs->root, path,
					    sizeof(path)) > 0)
		fputs(path, out);
}

SAY(say_root)
{
	UNUSED;
	fputs("/", out);
}

static void say_memory(FILE *out, struct sea_mm *mm, uint64_t start, uint64_t end)
{
	char block[4096];

	while (mm && start < end) {
		size_t n = end - start < sizeof(block) ? end - start : sizeof(block);

		if (sea_mm_read(mm, start, block, n))
			return;
		fwrite(block, 1, n, out);
		start += n;
	}
}

SAY(say_cmdline)
{
	struct sea_mm *mm = mm_of(process);

	UNUSED;
	if (mm)
		say_memory(out, mm, mm->arg_start, mm->arg_end);
}

SAY(say_environ)
{
	struct sea_mm *mm = mm_of(process);

	UNUSED;
	if (mm)
		say_memory(out, mm, mm->env_start, mm->env_end);
}

static const char *name_of(const struct sea_mm *mm, const struct sea_vma *vma)
{
	if (vma->start <= mm->stack_start && mm->stack_start <= vma->end && vma->growsdown)
		return "[stack]";
	return vma->start >= mm->brk_start && vma->start < mm->brk && !vma->object ? "[heap]" : "";
}

SAY(say_maps)
{
	struct sea_mm *mm = mm_of(process);

	UNUSED;
	for (struct sea_vma *vma = mm ? sea_vma_find(&mm->vmas, 0) : NULL; vma;
	     vma = sea_vma_next(vma))
		fprintf(out, "%08llx-%08llx %c%c%c%c %08llx 00:00 0 %20s%s\n",
			(unsigned long long)vma->start, (unsigned long long)vma->end,
			vma->prot & PROT_READ ? 'r' : '-', vma->prot & PROT_WRITE ? 'w' : '-',
			vma->prot & PROT_EXEC ? 'x' : '-', vma->shared ? 's' : 'p',
			(unsigned long long)(vma->object ? vma->offset : 0), "", name_of(mm, vma));
	for (unsigned int i = 0; mm && i < mm->platform->vdso.n; i++) {
		const struct sea_vdso_area *area = &mm->platform->vdso.area[i];

		fprintf(out, "%08llx-%08llx r-%cp 00000000 00:00 0 %20s%s\n",
			(unsigned long long)area->to, (unsigned long long)(area->to + area->len),
			area->to == mm->platform->vdso.header ? 'x' : '-', "", area->name);
	}
}

static char state_of(const struct sea_process *process)
{
	return process->zombie ? 'Z' : process->stopped ? 'T' : 'R';
}

#define TICK 10000000         /* ns */
#define TERMINALS (136u << 8) /* the device numbers of pseudo-terminals */

SAY(say_stat)
{
	const struct sea_usage usage = sea_process_usage(process), *waited = &process->waited;
	const struct sea_mm *mm = mm_of(process);
	const struct sea_ctty outer = sea_tty_outer(process->kernel);
	const struct sea_pty *pty = sea_pty_of(process);
	int group = pty ? (int)pty->pgid : sea_tty_controls(outer, process) ? (int)*outer.pgid : -1;

	UNUSED;
	fprintf(out,
		"%d (%s) %c %d %d %d %u %d 0 %llu %llu 0 0 %lld %lld %lld %lld 20 0 %u 0 0 %llu %llu "
		"18446744073709551615 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n",
		(int)process->pid, process->comm, state_of(process),
		process->parent ? (int)process->parent->pid : 1, (int)process->pgid,
		(int)process->sid, pty ? TERMINALS + pty->number : 0, group,
		(unsigned long long)usage.faults, (unsigned long long)waited->faults,
		(long long)(usage.user / TICK), (long long)(usage.system / TICK),
		(long long)(waited->user / TICK), (long long)(waited->system / TICK),
		process->ntasks, mm ? (unsigned long long)mm->vmas.bytes : 0,
		mm ? (unsigned long long)mm->resident : 0);
}

SAY(say_statm)
{
	const struct sea_mm *mm = mm_of(process);

	UNUSED;
	fprintf(out, "%llu %llu 0 0 0 0 0\n",
		mm ? (unsigned long long)(mm->vmas.bytes / SEA_PAGE) : 0,
		mm ? (unsigned long long)mm->resident : 0);
}

SAY(say_status)
{
	const struct sea_creds *c = &process->creds;
	const struct sea_mm *mm = mm_of(process);

	UNUSED;
	fprintf(out,
		"Name:\t%s\nState:\t%c\nTgid:\t%d\nPid:\t%d\nPPid:\t%d\n"
		"Uid:\t%u\t%u\t%u\t%u\nGid:\t%u\t%u\t%u\t%u\n"
		"VmSize:\t%8llu kB\nVmRSS:\t%8llu kB\nThreads:\t%u\n",
		process->comm, state_of(process), (int)process->pid, (int)process->pid,
		process->parent ? (int)process->parent->pid : 1, c->uid, c->euid, c->suid, c->euid,
		c->gid, c->egid, c->sgid, c->egid,
		mm ? (unsigned long long)(mm->vmas.bytes / 1024) : 0,
		mm ? (unsigned long long)(mm->resident * 4) : 0, process->ntasks);
}

#define LINK (S_IFLNK | 0777)
#define FILE_ (S_IFREG | 0444)

const struct sea_proc_file sea_proc_files[] = {
	{ "self", LINK, false, say_self },
	{ "uptime", FILE_, false, say_uptime },
	{ "version", FILE_, false, say_version },
	{ "meminfo", FILE_, false, say_meminfo },
	{ "cpuinfo", FILE_, false, say_cpuinfo },
	{ "loadavg", FILE_, false, say_loadavg },
	{ "filesystems", FILE_, false, say_filesystems },
	{ "mounts", FILE_, false, say_mounts },
	{ "sys/kernel/ostype", FILE_, false, say_ostype },
	{ "sys/kernel/osrelease", FILE_, false, say_osrelease },
	{ "sys/kernel/hostname", FILE_, false, say_hostname },
	{ "sys/kernel/pid_max", FILE_, false, say_pid_max },
	{ "sys/vm/overcommit_memory", FILE_, false, say_overcommit },
	{ "exe", LINK, true, say_exe },
	{ "cwd", LINK, true, say_cwd },
	{ "root", LINK, true, say_root },
	{ "comm", FILE_, true, say_comm },
	{ "cmdline", FILE_, true, say_cmdline },
	{ "environ", S_IFREG | 0400, true, say_environ },
	{ "maps", FILE_, true, say_maps },
	{ "mounts", FILE_, true, say_mounts },
	{ "stat", FILE_, true, say_stat },
	{ "statm", FILE_, true, say_statm },
	{ "status", FILE_, true, say_status },
};

const unsigned int sea_proc_files_n = sizeof(sea_proc_files) / sizeof(sea_proc_files[0]);

/* Whether it has a name; the path of the directory that has it. */
static bool placed(const struct sea_node *node, const struct sea_process *process, char *path,
		   size_t size)
{
	return node->alias && !node->alias->gone && node->alias->dir &&
	       sea_node_path(node->alias->dir, process->tasks->fs->root, path, size) > 0;
}

/* Where a descriptor leads: a path where the file has a place, else its kind. */
static void say_fd(FILE *out, struct sea_process *process, unsigned int fd)
{
	struct sea_file *file = process->tasks ? sea_fd_get(process->tasks->files, fd) : NULL;
	char path[PATH_MAX];

	if (file && file->node && sea_node_is(file->node, S_IFDIR) &&
	    sea_node_path(file->node, process->tasks->fs->root, path, sizeof(path)) > 0)
		fputs(path, out);
	else if (file && file->node && placed(file->node, process, path, sizeof(path)))
		fprintf(out, "%s%s%s", path, strcmp(path, "/") ? "/" : "", file->node->alias->text);
	else if (file && file->node)
		fprintf(out, "%s:[%llu]",
			sea_node_is(file->node, S_IFIFO)    ? "pipe"
			: sea_node_is(file->node, S_IFSOCK) ? "socket"
							    : "file",
			(unsigned long long)file->node->ino);
	else
		fputs("anon_inode:[eventfd]", out);
}

int64_t sea_proc_text(uint64_t arg, struct sea_task *task, char **text)
{
	unsigned int place = arg & 0xff, fd = (unsigned int)(arg >> SEA_PROC_FD) & SEA_PROC_FD_MASK;
	struct sea_process *process = task->process;
	size_t size = 0;
	FILE *out;

	if (arg >> SEA_PROC_PID)
		process = sea_process_find(task->kernel, (pid_t)(arg >> SEA_PROC_PID));
	if (!process)
		return -ESRCH;
	out = open_memstream(text, &size);
	if (!out)
		return -ENOMEM;
	if (place == SEA_PROC_FDS)
		say_fd(out, process, fd);
	else
		sea_proc_files[place].say(out, task, process);
	if (fclose(out))
		return -ENOMEM;
	return (int64_t)size;
}
