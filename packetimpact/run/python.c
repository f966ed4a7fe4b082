// SPDX-License-Identifier: Apache-2.0
#include "packetimpact/run/python.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "packetimpact/dut/snippet.h"

#define LOOK_MS 100
#define MEMORY_MAX ((rlim_t)2 << 30)
#define FILE_MAX ((rlim_t)16 << 20) /* what it says is one */

/* Its arguments: where programs come from, where their statuses go, and what they write to. */
static const char server[] =
	"import os, sys, traceback\n"
	"ask, answer, said = map(int, sys.argv[1:])\n"
	"sys.argv = ['code']\n"
	"programs = os.fdopen(ask, 'rb')\n"
	"while head := programs.readline():\n"
	"    text = programs.read(int(head))\n"
	"    child = os.fork()\n"
	"    if not child:\n"
	"        os.dup2(said, 1)\n"
	"        os.dup2(said, 2)\n"
	"        os.close(ask)\n"
	"        os.close(answer)\n"
	"        break\n"
	"    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])\n"
	"    os.write(answer, b'%d\\n' % (status if status >= 0 else 128 - status))\n"
	"else:\n"
	"    os._exit(0)\n"
	"exec(compile(text, 'code', 'exec'), {'__name__': '__main__'})\n";

/* The python of this process; pid 0: none. */
static struct {
	pid_t pid;
	int ask, answer, said;
} python = { .ask = -1, .answer = -1, .said = -1 };

static void close_all(void)
{
	int *const fds[] = { &python.ask, &python.answer, &python.said };

	for (unsigned i = 0; i < 3; i++) {
		if (*fds[i] >= 0)
			(void)close(*fds[i]);
		*fds[i] = -1;
	}
}

/* Ends it with the program that it runs; its status as waitpid() has it. */
static int stop(void)
{
	int status = 0;

	close_all();
	if (python.pid) {
		sea_group_ends(python.pid);
		(void)kill(-python.pid, SIGKILL);
		(void)waitpid(python.pid, &status, 0);
	}
	python.pid = 0;
	return status;
}

/* In the child: a group of its own, so that all of it can be ended, and which ends with us. Code has its limits. */
static _Noreturn void be_python(int ask, int answer, int said)
{
	const struct rlimit memory = { MEMORY_MAX, MEMORY_MAX }, file = { FILE_MAX, FILE_MAX };
	char fds[3][12];

	(void)setrlimit(RLIMIT_AS, &memory);
	(void)setrlimit(RLIMIT_FSIZE, &file);
	(void)setpgid(0, 0);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)fcntl(ask, F_SETFD, 0);
	(void)fcntl(answer, F_SETFD, 0);
	(void)fcntl(said, F_SETFD, 0);
	snprintf(fds[0], sizeof(fds[0]), "%d", ask);
	snprintf(fds[1], sizeof(fds[1]), "%d", answer);
	snprintf(fds[2], sizeof(fds[2]), "%d", said);
	(void)execlp("python3", "python3", "-c", server, fds[0], fds[1], fds[2], (char *)NULL);
	_exit(SEA_PYTHON_NONE);
}

static bool start(void)
{
	int ask[2] = { -1, -1 }, answer[2] = { -1, -1 };

	python.said = memfd_create("said", MFD_CLOEXEC);
	if (python.said < 0 || pipe2(ask, O_CLOEXEC) || pipe2(answer, O_CLOEXEC))
		goto fail;
	(void)fcntl(python.said, F_SETFL, O_APPEND);
	fflush(NULL);
	python.pid = fork();
	if (!python.pid)
		be_python(ask[0], answer[1], python.said);
	if (python.pid < 0)
		goto fail;
	(void)setpgid(python.pid, python.pid);
	sea_group_begins(python.pid);
	python.ask = ask[1];
	python.answer = answer[0];
	(void)close(ask[0]);
	(void)close(answer[1]);
	return true;
fail:
	python.pid = 0;
	for (unsigned i = 0; i < 2; i++) {
		if (ask[i] >= 0)
			(void)close(ask[i]);
		if (answer[i] >= 0)
			(void)close(answer[i]);
	}
	close_all();
	return false;
}

static bool write_all(int fd, const char *bytes, size_t len)
{
	while (len) {
		ssize_t n = write(fd, bytes, len);

		if (n <= 0)
			return false;
		bytes += n;
		len -= (size_t)n;
	}
	return true;
}

/* A python that ended in the meantime must not end us. */
static bool send_program(const char *program, size_t len)
{
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	struct sigaction before;
	char head[24];
	int n = snprintf(head, sizeof(head), "%zu\n", len);
	bool sent;

	(void)sigaction(SIGPIPE, &ignore, &before);
	sent = write_all(python.ask, head, (size_t)n) && write_all(python.ask, program, len);
	(void)sigaction(SIGPIPE, &before, NULL);
	return sent;
}

/* A line of the answer; false: there was none in time (*late), or never will be. */
static bool hear(int patience_ms, int *status, bool *late)
{
	struct pollfd fd = { .fd = python.answer, .events = POLLIN };
	char line[24];
	size_t n = 0;

	while (n < sizeof(line) - 1) {
		/* counted by looks, so that a machine that stood still took no time */
		while (patience_ms > 0 && poll(&fd, 1, LOOK_MS) == 0)
			patience_ms -= LOOK_MS;
		*late = patience_ms <= 0;
		if (*late || read(python.answer, line + n, 1) <= 0)
			return false;
		if (line[n++] != '\n')
			continue;
		line[n - 1] = 0;
		*status = (int)strtol(line, NULL, 10);
		return true;
	}
	return false;
}

/* It is gone, or must go. One that could not be started said so by its status. */
static int give_up(bool late)
{
	int status = stop();

	if (late)
		return SEA_PYTHON_LATE;
	return WIFEXITED(status) && WEXITSTATUS(status) == SEA_PYTHON_NONE ? SEA_PYTHON_NONE
									   : SEA_PYTHON_LOST;
}

int sea_python_run(const char *program, size_t len, int patience_ms, char *said, size_t said_len)
{
	int status = SEA_PYTHON_LOST;
	bool late = false;
	ssize_t n;

	said[0] = 0;
	if (!python.pid && !start())
		return SEA_PYTHON_LOST;
	(void)!ftruncate(python.said, 0);
	if (!send_program(program, len) || !hear(patience_ms, &status, &late))
		return give_up(late);
	n = pread(python.said, said, said_len - 1, 0);
	said[n > 0 ? n : 0] = 0;
	return status;
}
