// SPDX-License-Identifier: Apache-2.0
/* The far end of a command: the program that the shell starts. */
#include "packetimpact/dut/command.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

const char *const sea_dut_command_names[] = { "ethtool", "ifconfig", "ip", "nstat",
					      "sysctl",  "tc",       NULL };

static bool is_command(const char *name)
{
	for (unsigned i = 0; sea_dut_command_names[i]; i++)
		if (!strcmp(name, sea_dut_command_names[i]))
			return true;
	return false;
}

static int dial(const char *path)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (strlen(path) >= sizeof(to.sun_path))
		return -1;
	memcpy(to.sun_path, path, strlen(path) + 1);
	if (fd >= 0 && !connect(fd, (struct sockaddr *)&to, sizeof(to)))
		return fd;
	return -1;
}

/* The words, and where what is written goes. */
static bool ask(int fd, char *words, size_t len)
{
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(2 * sizeof(int))];
	} control = { 0 };
	struct iovec iov = { words, len };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = control.room,
			      .msg_controllen = sizeof(control.room) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
	const int out[2] = { STDOUT_FILENO, STDERR_FILENO };

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(out));
	memcpy(CMSG_DATA(c), out, sizeof(out));
	return sendmsg(fd, &msg, MSG_NOSIGNAL) == (ssize_t)len;
}

static ssize_t own_words(char *words)
{
	int fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, words, SEA_DUT_COMMAND_MAX);

	return n < SEA_DUT_COMMAND_MAX ? n : -1;
}

static int be_command(const char *control)
{
	char words[SEA_DUT_COMMAND_MAX];
	ssize_t n = own_words(words);
	int fd = dial(control), status;

	if (n > 0 && fd >= 0 && ask(fd, words, (size_t)n) &&
	    read(fd, &status, sizeof(status)) == sizeof(status))
		return status;
	fprintf(stderr, "%s: the device under test does not answer\n",
		program_invocation_short_name);
	return 126;
}

/* Before main(), whatever program this is. */
__attribute__((constructor)) static void become_command(void)
{
	const char *control = getenv(SEA_DUT_CONTROL);

	if (control && is_command(program_invocation_short_name))
		_exit(be_command(control));
}
