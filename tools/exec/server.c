/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sessions: each the listener of a program and of what it has started. Notifications are taken a few
 * at a time, so that frames never wait for a program that makes calls without end.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

#include "tools/exec/server.h"

#define SESSIONS_MAX 64
#define CALLS 16 /* in one turn of the driver */

/* -- the kernel's listener -- */

static int seat_answer(void *arg, uint64_t id, int64_t value, int error, bool go_on)
{
	const struct sea_exec *exec = arg;
	struct seccomp_notif_resp answer = {
		.id = id,
		.val = value,
		.error = error,
		.flags = go_on ? SECCOMP_USER_NOTIF_FLAG_CONTINUE : 0,
	};

	return ioctl(exec->listener, SECCOMP_IOCTL_NOTIF_SEND, &answer) ? -errno : 0;
}

static int seat_add(void *arg, uint64_t id, int fd, bool cloexec)
{
	const struct sea_exec *exec = arg;
	struct seccomp_notif_addfd add = {
		.id = id,
		.flags = SECCOMP_ADDFD_FLAG_SEND,
		.srcfd = (uint32_t)fd,
		.newfd_flags = cloexec ? O_CLOEXEC : 0,
	};
	int given = ioctl(exec->listener, SECCOMP_IOCTL_NOTIF_ADDFD, &add);

	return given < 0 ? -errno : given;
}

static bool seat_valid(void *arg, uint64_t id)
{
	const struct sea_exec *exec = arg;

	return !ioctl(exec->listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &id);
}

static bool seat_move(void *arg, pid_t tid, uint64_t at, void *bytes, size_t len, bool write)
{
	struct iovec ours = { bytes, len }, theirs = { (void *)(uintptr_t)at, len };
	ssize_t n = write ? process_vm_writev(tid, &ours, 1, &theirs, 1, 0)
			  : process_vm_readv(tid, &ours, 1, &theirs, 1, 0);

	(void)arg;
	return n == (ssize_t)len;
}

static const struct sea_exec_seat seat = { seat_answer, seat_add, seat_valid, seat_move };

/* -- sessions -- */

static void end_session(struct sea_exec *exec)
{
	struct sea_exec_server *server = exec->server;
	struct sea_exec_call *call, *next;

	for (call = TAILQ_FIRST(&server->waiting); call; call = next) {
		next = TAILQ_NEXT(call, all);
		if (call->exec == exec)
			sea_exec_forget(call);
	}
	sea_driver_del_fd(server->host->driver, exec->listener);
	close(exec->listener);
	LIST_REMOVE(exec, sessions);
	server->n_sessions--;
	free(exec);
}

/* Taking one that is not there would wait: the poll says that one is, and a killed one is only ENOENT. */
static bool take(struct sea_exec *exec, struct seccomp_notif *notif)
{
	struct pollfd there = { .fd = exec->listener, .events = POLLIN };

	if (poll(&there, 1, 0) != 1 || !(there.revents & POLLIN))
		return false;
	memset(notif, 0, sizeof(*notif));
	return !ioctl(exec->listener, SECCOMP_IOCTL_NOTIF_RECV, notif);
}

static void begin(struct sea_exec *exec, const struct seccomp_notif *notif, sea_time now)
{
	struct sea_exec_call what = {
		.id = notif->id,
		.tid = (pid_t)notif->pid,
		.nr = notif->data.nr,
	};

	for (int i = 0; i < 6; i++)
		what.arg[i] = notif->data.args[i];
	sea_exec_call_begin(exec, &what, now);
}

static void calls_come(void *arg, uint32_t events, sea_time now)
{
	struct sea_exec *exec = arg;
	struct seccomp_notif notif;

	if (events & EPOLLIN) {
		for (int i = 0; i < CALLS && take(exec, &notif); i++)
			begin(exec, &notif, now);
	} else if (events & (EPOLLHUP | EPOLLERR)) {
		end_session(exec); /* nobody is left */
	}
}

static bool is_listener(int fd)
{
	uint64_t id = 0;

	return ioctl(fd, SECCOMP_IOCTL_NOTIF_ID_VALID, &id) && errno == ENOENT;
}

int sea_exec_serve(struct sea_exec_server *server, int listener)
{
	struct sea_exec *exec;
	int err;

	if (!is_listener(listener))
		return -EINVAL;
	if (server->n_sessions >= SESSIONS_MAX)
		return -EMFILE;
	exec = calloc(1, sizeof(*exec));
	if (!exec)
		return -ENOMEM;
	err = sea_driver_add_fd(server->host->driver, listener, EPOLLIN, calls_come, exec);
	if (err) {
		free(exec);
		return err;
	}
	exec->server = server;
	exec->seat = &seat;
	exec->seat_arg = exec;
	exec->listener = listener;
	LIST_INSERT_HEAD(&server->sessions, exec, sessions);
	server->n_sessions++;
	return 0;
}

/* -- the server -- */

int sea_exec_server_new(struct sea_host *host, struct sea_exec_server **made)
{
	struct sea_exec_server *server = calloc(1, sizeof(*server));
	int err = -ENOMEM;

	if (server) {
		server->host = host;
		err = sea_standin_table_init(server);
	}
	if (err) {
		free(server);
		return err;
	}
	LIST_INIT(&server->sessions);
	TAILQ_INIT(&server->waiting);
	sea_exec_patience_init(server);
	*made = server;
	return 0;
}

void sea_exec_server_free(struct sea_exec_server *server)
{
	sea_time now = sea_os_now();

	while (!LIST_EMPTY(&server->sessions))
		end_session(LIST_FIRST(&server->sessions));
	sea_standin_table_fini(server, now);
	sea_host_del_ticker(server->host, &server->patience);
	free(server);
}
