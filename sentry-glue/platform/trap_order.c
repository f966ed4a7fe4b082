/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Orders to a stub's mapper. It reads them where the guest cannot write, and says that one is done
 * by an eventfd, which no guest thread may write to: a guest can forge neither.
 */
#include <errno.h>
#include <linux/futex.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sentry-glue/platform/trap_inner.h"

#define LOOK_EVERY_NS 200000000

bool sea_trap_dead(pid_t pid)
{
	siginfo_t info = { 0 };

	return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT | __WALL) || info.si_pid;
}

static void give(struct sea_trap *trap, unsigned int page, const struct trap_order *order)
{
	struct sea_trap_order *to = sea_trap_order_at(trap, page);

	to->op = order->op;
	to->nr = order->nr;
	memcpy(to->arg, order->arg, sizeof(to->arg));
	to->low = order->low;
	to->high = order->high;
	to->done = SEA_TRAP_DONE;
	to->failed = SEA_TRAP_FAILED;
	atomic_fetch_add(&to->seq, 1);
	syscall(SYS_futex, &to->seq, FUTEX_WAKE, 1, NULL, NULL, 0);
}

int sea_trap_order(struct sea_trap *trap, unsigned int page, pid_t pid,
		   const struct trap_order *order)
{
	const struct timespec often = { .tv_nsec = LOOK_EVERY_NS };
	struct pollfd p = { .fd = trap->done, .events = POLLIN };
	uint64_t result;

	give(trap, page, order);
	while (ppoll(&p, 1, &often, NULL) <= 0) {
		if (sea_trap_dead(pid))
			return -ESRCH;
	}
	if (read(trap->done, &result, sizeof(result)) != sizeof(result))
		return -ESRCH;
	return result == SEA_TRAP_DONE ? 0 : result == SEA_TRAP_FAILED ? -ENOMEM : -ESRCH;
}

void sea_trap_stub_end(struct sea_trap *trap, unsigned int page, pid_t pid)
{
	siginfo_t info;

	give(trap, page, &(struct trap_order){ SEA_TRAP_CALL, SYS_exit_group, { 0 }, 0, 0 });
	while (waitid(P_PID, (id_t)pid, &info, WEXITED | __WALL) && errno == EINTR)
		continue;
}
