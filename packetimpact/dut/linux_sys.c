// SPDX-License-Identifier: Apache-2.0
/* The system calls of the device `linux`. */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "packetimpact/dut/linux.h"

/* A word as an address. */
#define P(i) ((void *)(uintptr_t)call->arg[i])
#define I(i) ((int)call->arg[i])
#define U(i) ((unsigned)call->arg[i])
#define L(i) ((size_t)call->arg[i])

static long cap_set(const struct sea_dut_call *call)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];
	const unsigned cap = U(1), bit = 1u << (cap % 32);
	uint32_t *set[3];

	if (U(0) > 2 || cap >= 64) {
		errno = EINVAL;
		return -1;
	}
	if (syscall(SYS_capget, &head, data))
		return -1;
	set[0] = &data[cap / 32].effective;
	set[1] = &data[cap / 32].permitted;
	set[2] = &data[cap / 32].inheritable;
	*set[U(0)] = I(2) ? *set[U(0)] | bit : *set[U(0)] & ~bit;
	return syscall(SYS_capset, &head, data);
}

/* Those that move bytes. */
static long transfer(const struct sea_dut_call *call)
{
	switch (call->nr) {
	case SEA_DUT_read:
		return read(I(0), P(1), L(2));
	case SEA_DUT_readv:
		return readv(I(0), P(1), I(2));
	case SEA_DUT_recv:
		return recv(I(0), P(1), L(2), I(3));
	case SEA_DUT_recvfrom:
		return recvfrom(I(0), P(1), L(2), I(3), P(4), P(5));
	case SEA_DUT_recvmsg:
		return recvmsg(I(0), P(1), I(2));
	case SEA_DUT_send:
		return send(I(0), P(1), L(2), I(3));
	case SEA_DUT_sendfile:
		return sendfile(I(0), I(1), P(2), L(3));
	case SEA_DUT_sendmsg:
		return sendmsg(I(0), P(1), I(2));
	case SEA_DUT_sendto:
		return sendto(I(0), P(1), L(2), I(3), P(4), U(5));
	case SEA_DUT_splice:
		return splice(I(0), P(1), I(2), P(3), L(4), U(5));
	case SEA_DUT_write:
		return write(I(0), P(1), L(2));
	case SEA_DUT_writev:
		return writev(I(0), P(1), I(2));
	default:
		errno = ENOSYS;
		return -1;
	}
}

/* Those that wait for readiness, and what they need. */
static long ready(const struct sea_dut_call *call)
{
	switch (call->nr) {
	case SEA_DUT_epoll_create:
		return epoll_create(I(0));
	case SEA_DUT_epoll_create1:
		return epoll_create1(I(0));
	case SEA_DUT_epoll_ctl:
		return epoll_ctl(I(0), I(1), I(2), P(3));
	case SEA_DUT_epoll_wait:
		return epoll_wait(I(0), P(1), I(2), I(3));
	case SEA_DUT_poll:
		return poll(P(0), U(1), I(2));
	case SEA_DUT_ppoll:
		return ppoll(P(0), U(1), P(2), P(3));
	case SEA_DUT_select:
		return select(I(0), P(1), P(2), P(3), P(4));
	default:
		return transfer(call);
	}
}

static long descriptor(const struct sea_dut_call *call)
{
	switch (call->nr) {
	case SEA_DUT_close:
		return close(I(0));
	case SEA_DUT_dup:
		return dup(I(0));
	case SEA_DUT_dup2:
		return dup2(I(0), I(1));
	case SEA_DUT_fcntl:
		return fcntl(I(0), I(1), call->arg[2]);
	case SEA_DUT_ioctl:
		return ioctl(I(0), call->arg[1], P(2));
	case SEA_DUT_open:
		return syscall(SYS_openat, AT_FDCWD, P(0), I(1), U(2));
	case SEA_DUT_pipe:
		return syscall(SYS_pipe2, P(0), 0);
	case SEA_DUT_pipe2:
		return syscall(SYS_pipe2, P(0), I(1));
	case SEA_DUT_cap_set:
		return cap_set(call);
	default:
		return ready(call);
	}
}

static long make(const struct sea_dut_call *call)
{
	switch (call->nr) {
	case SEA_DUT_accept:
		return accept(I(0), P(1), P(2));
	case SEA_DUT_accept4:
		return accept4(I(0), P(1), P(2), I(3));
	case SEA_DUT_bind:
		return bind(I(0), P(1), U(2));
	case SEA_DUT_connect:
		return connect(I(0), P(1), U(2));
	case SEA_DUT_getpeername:
		return getpeername(I(0), P(1), P(2));
	case SEA_DUT_getsockname:
		return getsockname(I(0), P(1), P(2));
	case SEA_DUT_getsockopt:
		return getsockopt(I(0), I(1), I(2), P(3), P(4));
	case SEA_DUT_listen:
		return listen(I(0), I(1));
	case SEA_DUT_setsockopt:
		return setsockopt(I(0), I(1), I(2), P(3), U(4));
	case SEA_DUT_shutdown:
		return shutdown(I(0), I(1));
	case SEA_DUT_socket:
		return socket(I(0), I(1), I(2));
	default:
		return descriptor(call);
	}
}

long sea_linux_call(const struct sea_dut_call *call)
{
	long result = make(call);

	return result < 0 ? -errno : result;
}
