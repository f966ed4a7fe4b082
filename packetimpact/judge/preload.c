// SPDX-License-Identifier: Apache-2.0
/*
 * Calls of libc that packetdrill makes past its table, on descriptors that are the device's, and those that
 * would act on this machine or wait for its clock. All others go through.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/times.h>
#include <unistd.h>

#include "packetimpact/judge/plugin.h"

#define WORD(x) ((uint64_t)(uintptr_t)(x))

SEA_PD_EXPORT int close(int fd)
{
	if (sea_pd_device_fd(fd) >= 0 && sea_pd.dut)
		return sea_pd_fd_close(fd);
	return (int)syscall(SYS_close, fd);
}

SEA_PD_EXPORT int getsockopt(int fd, int level, int name, void *restrict val,
			     socklen_t *restrict len)
{
	int ours = sea_pd_device_fd(fd);

	if (ours < 0)
		return (int)syscall(SYS_getsockopt, fd, level, name, val, len);
	return (int)sea_pd_call(SEA_DUT_getsockopt, (uint64_t)ours, WORD(level), WORD(name),
				WORD(val), WORD(len), 0);
}

/* The file is one of this machine; the device opens it once more, for this one call. */
SEA_PD_EXPORT ssize_t sendfile(int out, int in, off_t *off, size_t len)
{
	int ours = sea_pd_device_fd(out);
	char path[40];
	ssize_t n;
	long file;

	if (ours < 0)
		return syscall(SYS_sendfile, out, in, off, len);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", in);
	file = sea_pd_call(SEA_DUT_open, WORD(path), 0, 0, 0, 0, 0);
	if (file < 0)
		return -1;
	n = sea_pd_call(SEA_DUT_sendfile, (uint64_t)ours, (uint64_t)file, WORD(off), len, 0, 0);
	(void)sea_pd_call(SEA_DUT_close, (uint64_t)file, 0, 0, 0, 0, 0);
	return n;
}

/* Programs that a script's commands start have this library in front of libc, too, but no device. */
static int real_system(const char *command)
{
	void *found = dlsym(RTLD_NEXT, "system");
	int (*fn)(const char *);

	memcpy(&fn, &found, sizeof(fn));
	return fn ? fn(command) : -1;
}

/* Commands of a script act on the device. */
SEA_PD_EXPORT int system(const char *command)
{
	int status;

	if (!command || !sea_pd.dut)
		return real_system(command);
	pthread_mutex_lock(&sea_pd.lock);
	status = sea_dut_shell(sea_pd.dut, command, ".");
	pthread_cond_broadcast(&sea_pd.done);
	pthread_mutex_unlock(&sea_pd.lock);
	if (status < 0) {
		errno = -status;
		return -1;
	}
	return (status & 0xff) << 8;
}

/* packetdrill waits for ten ticks of the kernel's clock before it begins: here they pass as it looks. */
SEA_PD_EXPORT clock_t times(struct tms *buf)
{
	static clock_t ticks;

	if (buf)
		*buf = (struct tms){ 0 };
	return ++ticks;
}
