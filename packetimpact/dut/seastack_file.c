// SPDX-License-Identifier: Apache-2.0
/* Files of this machine, to be read and sent. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "packetimpact/dut/seastack.h"

/* The name, checked; NULL: it is none. */
static const char *take_path(uint64_t addr)
{
	const char *path = sea_proc_ptr(addr);

	for (size_t i = 0; i < PATH_MAX; i++) {
		if ((!i || !(((uintptr_t)path + i) % 4096)) && !sea_proc_readable(addr + i, 1))
			return NULL;
		if (!path[i])
			return path;
	}
	return NULL;
}

/* Only regular files: no other could be opened without waiting or harm. */
static int open_regular(const char *path)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return -errno;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode))
		return fd;
	(void)close(fd);
	return -EACCES;
}

void sea_proc_call_open(struct sea_proc *proc, struct sea_proc_op *op)
{
	const char *path = take_path(op->call->arg[0]);
	int flags = (int)op->call->arg[1], host_fd, fd;
	struct sea_proc_file *file;

	if (!path || flags & (O_ACCMODE | O_CREAT | O_TRUNC)) {
		sea_proc_finish(op, path ? -EROFS : -EFAULT);
		return;
	}
	host_fd = open_regular(path);
	if (host_fd < 0) {
		sea_proc_finish(op, host_fd);
		return;
	}
	file = sea_proc_file_new(proc, SEA_PROC_FILE, flags & O_NONBLOCK);
	if (!file) {
		(void)close(host_fd);
		sea_proc_finish(op, -ENOMEM);
		return;
	}
	file->host_fd = host_fd;
	fd = sea_proc_fd_install(proc, file, 0, flags & O_CLOEXEC);
	if (fd < 0)
		sea_proc_file_put(proc, file);
	sea_proc_finish(op, fd);
}
