// SPDX-License-Identifier: Apache-2.0
/* Calls on the device `linux`: each in a thread of its own. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "packetimpact/dut/linux.h"

/* Numbers of our own in the host thread's table, out of the way of the script's. */
#define HIGH_FD 900
#define LOOK_US 50

struct worker {
	struct sea_list node; /* in lx->pending */
	struct sea_linux *lx;
	struct sea_dut_call *call; /* NULL: nobody wants to know any more */
	pthread_t thread;
	pid_t tid;
	bool began, returned; /* atomic: the system call is made, is over */
	bool over;            /* the thread is */
	bool waited;          /* the caller has gone on */
};

/* -- in the thread of a call -- */

static void tell(struct sea_linux *lx)
{
	const uint64_t one = 1;

	(void)!write(lx->done_fd_host, &one, sizeof(one));
	pthread_cond_broadcast(&lx->changed);
}

static void *work(void *arg)
{
	struct worker *w = arg;
	struct sea_linux *lx = w->lx;
	struct sea_dut_call *call = w->call;
	sea_time ended;
	long result;

	w->tid = (pid_t)syscall(SYS_gettid);
	__atomic_store_n(&w->began, true, __ATOMIC_RELEASE);
	result = sea_linux_call(call);
	ended = sea_linux_now(&lx->dut);
	__atomic_store_n(&w->returned, true, __ATOMIC_RELEASE);
	pthread_mutex_lock(&lx->lock);
	if (w->call) {
		call->result = result;
		call->ended = ended;
		call->done = true;
		lx->call_done = lx->call_done || w->waited;
	}
	w->over = true;
	tell(lx);
	pthread_mutex_unlock(&lx->lock);
	return NULL;
}

/* -- in the host thread -- */

static void reap(struct sea_linux *lx)
{
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, &lx->pending)
	{
		struct worker *w = sea_container(node, struct worker, node);

		if (!w->over)
			continue;
		sea_list_remove(node);
		pthread_mutex_unlock(&lx->lock);
		(void)pthread_join(w->thread, NULL);
		pthread_mutex_lock(&lx->lock);
		free(w);
		return;
	}
}

/* A thread that need not wait for its turn to begin; where that may not be, an ordinary one. */
static int create(pthread_t *thread, void *(*fn)(void *), void *arg)
{
	const struct sched_param param = { .sched_priority = 1 };
	pthread_attr_t attr;
	int err;

	pthread_attr_init(&attr);
	pthread_attr_setinheritsched(&attr, PTHREAD_EXPLICIT_SCHED);
	pthread_attr_setschedpolicy(&attr, SCHED_RR);
	pthread_attr_setschedparam(&attr, &param);
	err = pthread_create(thread, &attr, fn, arg);
	pthread_attr_destroy(&attr);
	return err ? pthread_create(thread, NULL, fn, arg) : 0;
}

/* The new thread has the host thread's namespace, descriptors and capabilities. */
static void launch(struct sea_linux *lx, struct sea_dut_call *call)
{
	struct worker *w = calloc(1, sizeof(*w));

	call->priv = w;
	if (w) {
		w->lx = lx;
		w->call = call;
		sea_list_push_back(&lx->pending, &w->node);
		if (!create(&w->thread, work, w))
			return;
		sea_list_remove(&w->node);
		free(w);
	}
	call->priv = NULL;
	call->result = -ENOMEM;
	call->done = true;
}

static void start_one(struct sea_linux *lx)
{
	struct sea_dut_call *call = lx->queue;

	lx->queue = NULL;
	if (call->nr == SEA_DUT_cap_set) {
		call->result = sea_linux_call(call);
		call->ended = sea_linux_now(&lx->dut);
		call->done = true;
	} else {
		launch(lx, call);
	}
	pthread_cond_broadcast(&lx->changed);
}

static void no_handler(int signal)
{
	(void)signal;
}

/* A table of descriptors with nothing but 0 to 2 and ours. */
static int own_descriptors(struct sea_linux *lx)
{
	if (setns(lx->netns, CLONE_NEWNET) || unshare(CLONE_FILES))
		return -errno;
	lx->done_fd_host = fcntl(lx->done_fd, F_DUPFD_CLOEXEC, HIGH_FD);
	if (lx->done_fd_host < 0)
		return -errno;
	return syscall(SYS_close_range, 3, HIGH_FD - 1, 0) ? -errno : 0;
}

static void *be_host(void *arg)
{
	struct sea_linux *lx = arg;
	int err = own_descriptors(lx);

	pthread_mutex_lock(&lx->lock);
	lx->host_runs = !err;
	lx->call_done = err;
	pthread_cond_broadcast(&lx->changed);
	while (!err && (!lx->closing || !sea_list_empty(&lx->pending))) {
		if (lx->queue)
			start_one(lx);
		else
			pthread_cond_wait(&lx->changed, &lx->lock);
		reap(lx);
	}
	pthread_mutex_unlock(&lx->lock);
	return NULL;
}

/* -- in the caller's thread -- */

int sea_linux_calls_start(struct sea_linux *lx)
{
	const struct sigaction interrupt = { .sa_handler = no_handler };
	int err = sigaction(SIGUSR1, &interrupt, NULL) ? -errno : 0;

	(void)signal(SIGPIPE, SIG_IGN);
	if (!err)
		err = -create(&lx->host, be_host, lx);
	if (err)
		return err;
	pthread_mutex_lock(&lx->lock);
	while (!lx->host_runs && !lx->call_done)
		pthread_cond_wait(&lx->changed, &lx->lock);
	err = lx->host_runs ? 0 : -EPERM;
	pthread_mutex_unlock(&lx->lock);
	if (err)
		(void)pthread_join(lx->host, NULL);
	return err;
}

/* Does this thread sleep in its call? */
static bool sleeps(const struct worker *w)
{
	char path[64], text[512], *paren;
	ssize_t n;
	int fd;

	if (!__atomic_load_n(&w->began, __ATOMIC_ACQUIRE))
		return false;
	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", w->tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);
	if (fd >= 0)
		(void)close(fd);
	text[n > 0 ? n : 0] = 0;
	paren = strrchr(text, ')');
	/* Asked last: what sleeps behind its call waits for our lock. */
	return paren && paren[1] == ' ' && paren[2] == 'S' &&
	       !__atomic_load_n(&w->returned, __ATOMIC_ACQUIRE);
}

/* Until the call is done or waits; the lock is held. */
static void attend(struct sea_linux *lx, struct sea_dut_call *call)
{
	while (!call->done) {
		struct worker *w = call->priv;

		if (w && sleeps(w)) {
			w->waited = true;
			return;
		}
		pthread_mutex_unlock(&lx->lock);
		(void)sched_yield();
		pthread_mutex_lock(&lx->lock);
	}
}

void sea_linux_begin(struct sea_dut *dut, struct sea_dut_call *call)
{
	struct sea_linux *lx = sea_linux_of(dut);

	pthread_mutex_lock(&lx->lock);
	call->priv = NULL;
	lx->queue = call;
	pthread_cond_broadcast(&lx->changed);
	while (lx->queue)
		pthread_cond_wait(&lx->changed, &lx->lock);
	attend(lx, call);
	pthread_mutex_unlock(&lx->lock);
}

/* A signal that comes before its thread sleeps is lost, so it is sent again. */
void sea_linux_interrupt(struct sea_dut *dut, struct sea_dut_call *call)
{
	struct sea_linux *lx = sea_linux_of(dut);

	pthread_mutex_lock(&lx->lock);
	while (!call->done) {
		struct worker *w = call->priv;

		(void)pthread_kill(w->thread, SIGUSR1);
		pthread_mutex_unlock(&lx->lock);
		(void)usleep(LOOK_US);
		pthread_mutex_lock(&lx->lock);
	}
	pthread_mutex_unlock(&lx->lock);
}

static void interrupt_all(struct sea_linux *lx)
{
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, &lx->pending)
	{
		struct worker *w = sea_container(node, struct worker, node);

		w->call = NULL;
		if (!w->over)
			(void)pthread_kill(w->thread, SIGUSR1);
	}
}

void sea_linux_calls_stop(struct sea_linux *lx)
{
	if (!lx->host_runs)
		return;
	pthread_mutex_lock(&lx->lock);
	lx->closing = true;
	while (!sea_list_empty(&lx->pending)) {
		interrupt_all(lx);
		pthread_cond_broadcast(&lx->changed);
		pthread_mutex_unlock(&lx->lock);
		(void)usleep(LOOK_US);
		pthread_mutex_lock(&lx->lock);
	}
	pthread_cond_broadcast(&lx->changed);
	pthread_mutex_unlock(&lx->lock);
	(void)pthread_join(lx->host, NULL);
}
