/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Doing something in another network namespace. A namespace belongs to a thread, so a thread of its
 * own goes there and ends: nobody has to find the way back.
 */
#include "link/os/port.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define NETNS_DIR "/run/netns"

struct visit {
	int ns_fd;
	int (*fn)(void *arg);
	void *arg;
	int result;
};

static void *visit(void *arg)
{
	struct visit *v = arg;

	v->result = setns(v->ns_fd, CLONE_NEWNET) ? -errno : v->fn(v->arg);
	return NULL;
}

static int open_netns(const char *netns)
{
	char path[256];
	int len = snprintf(path, sizeof(path), strchr(netns, '/') ? "%s" : NETNS_DIR "/%s", netns);
	int fd;

	if (len < 0 || (size_t)len >= sizeof(path))
		return -ENAMETOOLONG;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* The thread takes no signals: they are for threads that know of it. */
static int run_thread(struct visit *v)
{
	sigset_t all, old;
	pthread_t thread;
	int err;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	err = pthread_create(&thread, NULL, visit, v);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (err)
		return -err;
	pthread_join(thread, NULL);
	return v->result;
}

int sea_netns_run(const char *netns, int (*fn)(void *arg), void *arg)
{
	struct visit v = { .fn = fn, .arg = arg };
	int err;

	if (!netns)
		return fn(arg);
	v.ns_fd = open_netns(netns);
	if (v.ns_fd < 0)
		return v.ns_fd;
	err = run_thread(&v);
	close(v.ns_fd);
	return err;
}
