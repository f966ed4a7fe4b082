// SPDX-License-Identifier: Apache-2.0
#include "packetimpact/dut/snippet.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOOK_MS 10 /* between looks at a child */
#define FILE_MAX ((rlim_t)64 << 20)

/*
 * Nothing to read, what is ignored here is not there, and without us it ends. What it says is a file: one that
 * never ends must not fill the disk.
 */
void sea_snippet_child(void)
{
	const struct rlimit limit = { FILE_MAX, FILE_MAX };
	int null = open("/dev/null", O_RDONLY);

	(void)setrlimit(RLIMIT_FSIZE, &limit);
	if (null >= 0)
		(void)dup2(null, STDIN_FILENO);
	(void)setpgid(0, 0);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)signal(SIGPIPE, SIG_DFL);
}

/* -- groups, as a handler of signals can read them -- */

#define GROUPS_MAX 64 /* more are not ended */

static volatile sig_atomic_t groups[GROUPS_MAX]; /* 0: none */

static void replace(pid_t from, pid_t to)
{
	for (unsigned i = 0; i < GROUPS_MAX; i++) {
		if (groups[i] != from)
			continue;
		groups[i] = to;
		return;
	}
}

void sea_group_begins(pid_t group)
{
	replace(0, group);
}

void sea_group_ends(pid_t group)
{
	replace(group, 0);
}

static void end_groups(int sig)
{
	for (unsigned i = 0; i < GROUPS_MAX; i++)
		if (groups[i] > 1)
			(void)kill(-groups[i], SIGKILL);
	(void)signal(sig, SIG_DFL);
	(void)raise(sig);
}

void sea_groups_end_with_us(void)
{
	const struct sigaction action = { .sa_handler = end_groups };

	(void)sigaction(SIGHUP, &action, NULL);
	(void)sigaction(SIGINT, &action, NULL);
	(void)sigaction(SIGTERM, &action, NULL);
}

/* -- their ends -- */

static void reap(pid_t pid)
{
	sea_group_ends(pid);
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
	sea_group_begins(pid);
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
