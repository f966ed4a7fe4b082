/* SPDX-License-Identifier: Apache-2.0 */
/* Asks a running stack, and prints its answer as it comes. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tools/cli/say.h"
#include "tools/control/control.h"

int sea_control_cannot_reach(const char *path, int err)
{
	switch (-err) {
	case ENOENT:
		return sea_say_failed("there is no control socket %s: 'seastack up' makes one",
				      path);
	case ECONNREFUSED:
		return sea_say_failed("the stack of %s is not running any more", path);
	case EACCES:
	case EPERM:
		return sea_say_failed("%s belongs to another user: run this as the one who started "
				      "the stack",
				      path);
	default:
		return sea_say_failed("cannot reach %s: %s", path, sea_say_errno(err));
	}
}

static int print_answer(FILE *from)
{
	char *line = NULL;
	size_t room = 0;
	int status = -1;

	while (status < 0 && getline(&line, &room, from) > 0) {
		line[strcspn(line, "\n")] = '\0';
		if (*line == ' ') {
			puts(line + 1);
			fflush(stdout);
		} else if (!strncmp(line, "error ", 6)) {
			status = sea_say_failed("%s", line + 6);
		} else {
			status = strcmp(line, "ok") ? SEA_EXIT_FAILED : SEA_EXIT_OK;
		}
	}
	free(line);
	return status < 0 ? sea_say_failed("the stack ended before its answer did") : status;
}

int sea_control_dial(const char *path, int flags, int *fd)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int err;

	*fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
	memcpy(to.sun_path, path, strlen(path) + 1);
	if (*fd >= 0 && !connect(*fd, (struct sockaddr *)&to, sizeof(to)))
		return 0;
	err = -errno;
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	return err;
}

int sea_control_connect(const char *path, int *fd)
{
	int err = sea_control_dial(path, 0, fd);

	return err ? sea_control_cannot_reach(path, err) : SEA_EXIT_OK;
}

/* Whoever is turned away has been told why, and nobody reads what he asks. */
static int send_command(int fd, const char *command)
{
	size_t len = strlen(command);

	if (send(fd, command, len, MSG_NOSIGNAL | MSG_MORE) == (ssize_t)len &&
	    send(fd, "\n", 1, MSG_NOSIGNAL) == 1)
		return 0;
	return errno == EPIPE ? 0 : -errno;
}

int sea_control_call(const char *path, const char *command)
{
	int fd, status = sea_control_connect(path, &fd);
	FILE *stream;

	if (status)
		return status;
	stream = fdopen(fd, "r");
	if (!stream || send_command(fd, command))
		status = sea_say_failed("cannot ask %s: %s", path, sea_say_errno(errno));
	else
		status = print_answer(stream);
	if (stream)
		fclose(stream);
	else
		close(fd);
	if (fflush(stdout) || ferror(stdout))
		return sea_say_failed("cannot write the answer: %s", sea_say_errno(errno));
	return status;
}
