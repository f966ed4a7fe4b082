/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The listening end. Only the user who started the stack may use its socket (mode 0600). Looking for
 * a living owner and taking the name over happen under a lock on the folder, so that of two stacks
 * that start at once, one learns of the other.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/cli/say.h"
#include "tools/control/session.h"
#include "tools/exec/exec.h"

#define SESSIONS_MAX 64

static void turn_away(int fd)
{
	static const char why[] = "error too many ask this stack already\n";

	(void)!send(fd, why, sizeof(why) - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
	close(fd);
}

static void accept_one(void *arg, uint32_t events, sea_time now)
{
	struct sea_control *control = arg;
	int fd = accept4(control->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)events;
	(void)now;
	if (fd < 0)
		return;
	if (control->n_sessions >= SESSIONS_MAX)
		turn_away(fd);
	else
		sea_control_session_open(control, fd);
}

static struct sockaddr_un address(const char *path)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };

	memcpy(to.sun_path, path, strlen(path) + 1);
	return to;
}

/* 0: there is nothing any more, or -errno; -EADDRINUSE: somebody lives there. */
static int clear_leftover(const char *path)
{
	struct sockaddr_un to = address(path);
	struct stat st;
	int fd, err = 0;

	if (lstat(path, &st))
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(st.st_mode))
		return -EEXIST;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (!connect(fd, (struct sockaddr *)&to, sizeof(to)) || errno == EAGAIN)
		err = -EADDRINUSE;
	else if (errno != ECONNREFUSED || unlink(path))
		err = -errno;
	close(fd);
	return err;
}

static int listen_there(struct sea_control *control)
{
	struct sockaddr_un at = address(control->path);
	mode_t mask = umask(0177);
	int err = 0;

	control->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (control->fd < 0 || bind(control->fd, (struct sockaddr *)&at, sizeof(at)) ||
	    listen(control->fd, SESSIONS_MAX))
		err = -errno;
	umask(mask);
	return err;
}

static int take_path(struct sea_control *control)
{
	char copy[SEA_CONTROL_PATH_MAX];
	int folder, err;

	strcpy(copy, control->path);
	folder = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		return -errno;
	err = flock(folder, LOCK_EX) ? -errno : clear_leftover(control->path);
	if (!err)
		err = listen_there(control);
	close(folder);
	return err;
}

int sea_control_open(struct sea_control *control, struct sea_host *host, const char *name)
{
	int err;

	control->host = host;
	control->name = name;
	control->fd = -1;
	err = take_path(control);
	if (!err)
		err = sea_driver_add_fd(host->driver, control->fd, EPOLLIN, accept_one, control);
	if (!err)
		return SEA_EXIT_OK;
	if (control->fd >= 0)
		close(control->fd);
	control->fd = -1;
	if (err == -EADDRINUSE)
		return sea_say_failed("a stack named %s is running already (%s): say --name or "
				      "--control",
				      name, control->path);
	if (err == -EEXIST)
		return sea_say_failed("%s is there and is no socket: say --control", control->path);
	return sea_say_failed("cannot listen on the control socket %s: %s", control->path,
			      sea_say_errno(err));
}

void sea_control_close(struct sea_control *control)
{
	if (control->fd < 0)
		return;
	while (control->sessions)
		sea_control_session_close(control->sessions);
	if (control->exec)
		sea_exec_server_free(control->exec);
	control->exec = NULL;
	sea_driver_del_fd(control->host->driver, control->fd);
	/* The name goes first: who finds no name sees no one refuse. */
	unlink(control->path);
	close(control->fd);
	control->fd = -1;
}
