/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which calls are handed over: those of calls.def, sockets only of the families that the stack has, and
 * ioctls only where they ask of sockets or links. What goes round the calls (io_uring, another
 * architecture's numbers) or could hold the server up (userfaultfd) is not there.
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <linux/sockios.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tools/exec/filter.h"

#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCH AUDIT_ARCH_AARCH64
#else
#define ARCH 0 /* refused below */
#endif

#define X32 0x40000000u
#define LOW(field) (uint32_t) offsetof(struct seccomp_data, field)
#define LOAD(at) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, at)
#define RETURN(what) BPF_STMT(BPF_RET | BPF_K, what)
/* Skips the next step unless it holds. */
#define IF(test, value) BPF_JUMP(BPF_JMP | (test) | BPF_K, (uint32_t)(value), 0, 1)
#define UNLESS(test, value) BPF_JUMP(BPF_JMP | (test) | BPF_K, (uint32_t)(value), 1, 0)
/* Skips the next n steps unless it is this call. */
#define CALL(nr, n) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(nr), 0, n)

#define HAND_OVER RETURN(SECCOMP_RET_USER_NOTIF)
#define ALLOW RETURN(SECCOMP_RET_ALLOW)
#define MISSING RETURN(SECCOMP_RET_ERRNO | ENOSYS)

static struct sock_filter steps[] = {
	LOAD(LOW(arch)),
	UNLESS(BPF_JEQ, ARCH),
	MISSING,
	LOAD(LOW(nr)),
	IF(BPF_JGE, X32),
	MISSING,
	IF(BPF_JEQ, SYS_io_uring_setup),
	MISSING,
	IF(BPF_JEQ, SYS_userfaultfd),
	MISSING,
	CALL(SYS_socket, 10),
	LOAD(LOW(args[0])),
	IF(BPF_JEQ, AF_INET),
	HAND_OVER,
	IF(BPF_JEQ, AF_INET6),
	HAND_OVER,
	IF(BPF_JEQ, AF_NETLINK),
	HAND_OVER,
	IF(BPF_JEQ, AF_PACKET),
	HAND_OVER,
	ALLOW,
	CALL(SYS_ioctl, 9),
	LOAD(LOW(args[1])),
	IF(BPF_JEQ, FIONREAD),
	HAND_OVER,
	IF(BPF_JEQ, TIOCOUTQ),
	HAND_OVER,
	BPF_STMT(BPF_ALU | BPF_AND | BPF_K, ~UINT32_C(0xff)),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SIOCATMARK & ~0xff, 0, 1), /* 0x89xx */
	HAND_OVER,
	ALLOW,
#define SEA_EXEC_CALL(name, serve) IF(BPF_JEQ, SYS_##name), HAND_OVER,
#include "tools/exec/calls.def"
#undef SEA_EXEC_CALL
	ALLOW,
};

int sea_exec_filter(void)
{
	struct sock_fprog program = {
		.len = sizeof(steps) / sizeof(steps[0]),
		.filter = steps,
	};
	unsigned flags = SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
	int listener;

	if (!ARCH)
		return -ENOSYS;
	if (geteuid() && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -errno;
	listener = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
	if (listener < 0 && errno == EACCES && !prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		listener = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
	return listener < 0 ? -errno : listener;
}
