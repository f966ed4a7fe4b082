// SPDX-License-Identifier: Apache-2.0
#include "packetimpact/dut/snippet.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOOK_MS 10 /* between looks at a child */

/* Nothing to read, what is ignored here is not there, and without us it ends. */
void sea_snippet_child(void)
{
	int null = open("/dev/null", O_RDONLY);

	if (null >= 0)
		(void)dup2(null, STDIN_FILENO);
	(void)setpgid(0, 0);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)signal(SIGPIPE, SIG_DFL);
}

static void reap(pid_t pid)
{
	(void)kill(-pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		continue;
}

static void keep(struct sea_snippets *snippets, pid_t pid)
{
	pid_t *more = realloc(snippets->groups, (snippets->n + 1) * sizeof(*more));

	if (!more) {
		reap(pid);
		return;
	}
	snippets->groups = more;
	snippets->groups[snippets->n++] = pid;
}

void sea_snippets_end(struct sea_snippets *snippets)
{
	for (size_t i = 0; i < snippets->n; i++)
		reap(snippets->groups[i]);
	free(snippets->groups);
	*snippets = (struct sea_snippets){ 0 };
}

/* Has it ended? It stays to be waited for. */
static bool has_ended(pid_t pid, int *status)
{
	siginfo_t info = { 0 };

	if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT)) {
		*status = -errno;
		return errno != EINTR;
	}
	*status = info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
	return info.si_pid != 0;
}

int sea_snippet_wait(struct sea_snippets *snippets, pid_t pid, int patience_ms,
		     const struct sea_snippet_server *server)
{
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0), status;
	struct pollfd fds[2] = { { .fd = pidfd, .events = POLLIN },
				 { .fd = server ? server->fd : -1, .events = POLLIN } };

	(void)setpgid(pid, pid);
	while (!has_ended(pid, &status)) {
		status = -ETIME;
		if (patience_ms <= 0)
			break;
		/* counted by looks, so that a machine that stood still took no time */
		if (poll(fds, 2, LOOK_MS) == 0)
			patience_ms -= LOOK_MS;
		if (fds[1].revents & POLLIN)
			server->serve(server->ctx);
	}
	if (pidfd >= 0)
		(void)close(pidfd);
	if (status < 0)
		reap(pid);
	else
		keep(snippets, pid);
	return status;
}
