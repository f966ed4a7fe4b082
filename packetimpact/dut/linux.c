// SPDX-License-Identifier: Apache-2.0
/* The device `linux`: its making, its clock, its end. */
#include "packetimpact/dut/linux.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#define NEVER_NS (30 * SEA_SEC)

static int64_t monotonic(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * SEA_SEC + ts.tv_nsec;
}

sea_time sea_linux_now(struct sea_dut *dut)
{
	return (sea_time){ monotonic() - sea_linux_of(dut)->start_ns };
}

/*
 * This thread goes first on a busy machine, or what it measures would be the machine's load. Where that may
 * not be, it does not. What it forks does not either.
 */
static void hurry(void)
{
	const struct sched_param param = { .sched_priority = 1 };

	(void)sched_setscheduler(0, SCHED_RR | SCHED_RESET_ON_FORK, &param);
}

static const char *name(const struct sea_dut *dut)
{
	return ((const struct sea_linux *)dut)->name;
}

/* -- waiting -- */

static unsigned there_is(struct sea_linux *lx, unsigned stop)
{
	unsigned why = 0;

	sea_linux_wire_read(lx);
	if (stop & SEA_DUT_STOP_PACKET && !sea_list_empty(&lx->packets))
		why |= SEA_DUT_STOP_PACKET;
	pthread_mutex_lock(&lx->lock);
	if (stop & SEA_DUT_STOP_CALL && lx->call_done) {
		lx->call_done = false;
		why |= SEA_DUT_STOP_CALL;
	}
	pthread_mutex_unlock(&lx->lock);
	return why;
}

static void wait_until(struct sea_linux *lx, sea_time end)
{
	struct pollfd fds[3] = { { .fd = lx->sniffer, .events = POLLIN },
				 { .fd = lx->tun, .events = POLLIN },
				 { .fd = lx->done_fd, .events = POLLIN } };
	int64_t ns = sea_time_diff(end, sea_linux_now(&lx->dut));
	struct timespec ts = { .tv_sec = ns / SEA_SEC, .tv_nsec = ns % SEA_SEC };
	uint64_t count;

	(void)ppoll(fds, 3, &ts, NULL);
	if (fds[2].revents & POLLIN)
		(void)!read(lx->done_fd, &count, sizeof(count));
}

static unsigned run(struct sea_dut *dut, sea_time until, unsigned stop)
{
	struct sea_linux *lx = sea_linux_of(dut);
	sea_time end = sea_time_is_never(until) ? sea_time_add(sea_linux_now(dut), NEVER_NS)
						: until;

	for (;;) {
		unsigned why = there_is(lx, stop);

		if (why || !sea_time_before(sea_linux_now(dut), end))
			return why;
		wait_until(lx, end);
	}
}

/* -- life -- */

static void close_linux(struct sea_dut *dut)
{
	struct sea_linux *lx = sea_linux_of(dut);

	sea_linux_calls_stop(lx);
	sea_snippets_end(&lx->snippets);
	(void)sched_setscheduler(0, lx->policy < 0 ? SCHED_OTHER : lx->policy,
				 &(struct sched_param){ 0 });
	sea_linux_wire_close(lx);
	if (lx->netns >= 0)
		(void)close(lx->netns);
	if (lx->done_fd >= 0)
		(void)close(lx->done_fd);
	pthread_cond_destroy(&lx->changed);
	pthread_mutex_destroy(&lx->lock);
	free(lx);
}

static const struct sea_dut_ops ops = {
	.name = name,
	.is_virtual = false,
	.close = close_linux,
	.now = sea_linux_now,
	.begin = sea_linux_begin,
	.interrupt = sea_linux_interrupt,
	.run = run,
	.inject = sea_linux_inject,
	.take = sea_linux_take,
	.sysctl_get = sea_linux_sysctl_get,
	.sysctl_set = sea_linux_sysctl_set,
	.sysctl_next = sea_linux_sysctl_next,
	.offload = sea_linux_offload,
	.command = sea_linux_command,
	.shell = sea_linux_shell,
};

/* A namespace with tun0 in it; this thread is back in its own then. */
static int make_namespace(struct sea_linux *lx)
{
	int home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC), err;

	if (home < 0 || unshare(CLONE_NEWNET)) {
		err = -errno;
		if (home >= 0)
			(void)close(home);
		return err;
	}
	lx->netns = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	err = lx->netns < 0 ? -errno : sea_linux_wire_open(lx);
	if (setns(home, CLONE_NEWNET)) {
		fprintf(stderr, "no way back from the namespace of the device: %s\n",
			strerror(errno));
		abort();
	}
	(void)close(home);
	return err;
}

static const char *start(struct sea_linux *lx, const struct sea_dut_config *config)
{
	lx->done_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (lx->done_fd < 0)
		return "no eventfd";
	if (make_namespace(lx))
		return "no network namespace, or no tun in it (that takes root and /dev/net/tun)";
	if (sea_linux_configure(lx, config))
		return "tun0 could not be configured (that takes ip(8))";
	if (sea_linux_calls_start(lx))
		return "no threads";
	hurry();
	return NULL;
}

struct sea_dut *sea_dut_linux_new(const struct sea_dut_config *config, const char **why)
{
	struct sea_linux *lx = calloc(1, sizeof(*lx));
	struct utsname kernel;

	*why = "out of memory";
	if (!lx)
		return NULL;
	lx->dut.ops = &ops;
	lx->netns = lx->tun = lx->sniffer = lx->done_fd = -1;
	lx->start_ns = monotonic();
	lx->patience_ms = config->patience_ms;
	lx->policy = sched_getscheduler(0);
	sea_list_init(&lx->packets);
	sea_list_init(&lx->pending);
	pthread_mutex_init(&lx->lock, NULL);
	pthread_cond_init(&lx->changed, NULL);
	snprintf(lx->name, sizeof(lx->name), "linux %s", uname(&kernel) ? "?" : kernel.release);
	*why = start(lx, config);
	if (!*why)
		return &lx->dut;
	close_linux(&lx->dut);
	return NULL;
}
