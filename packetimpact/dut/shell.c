// SPDX-License-Identifier: Apache-2.0
#include "packetimpact/dut/shell.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "packetimpact/dut/command.h"

#define PATIENCE_MS 10 /* between looks at a child where there is no pidfd */
#define CANNOT_MOUNT 125

extern char **environ;

struct sea_dut_shell {
	char work[64];
	int listen_fd;
	struct sea_dut_tree *tree;
};

/* -- the folder -- */

static int listen_at(const char *work)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	snprintf(at.sun_path, sizeof(at.sun_path), "%s/control", work);
	if (fd >= 0 && !bind(fd, (struct sockaddr *)&at, sizeof(at)) && !listen(fd, 16))
		return fd;
	if (fd >= 0)
		(void)close(fd);
	return -1;
}

static bool make_commands(const char *work)
{
	char self[PATH_MAX], path[128];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (n < 0)
		return false;
	self[n] = 0;
	snprintf(path, sizeof(path), "%s/bin", work);
	if (mkdir(path, 0755))
		return false;
	for (unsigned i = 0; sea_dut_command_names[i]; i++) {
		snprintf(path, sizeof(path), "%s/bin/%s", work, sea_dut_command_names[i]);
		if (symlink(self, path))
			return false;
	}
	return true;
}

static bool fill_folder(struct sea_dut_shell *shell)
{
	char root[80];

	snprintf(root, sizeof(root), "%s/net", shell->work);
	if (!make_commands(shell->work) || mkdir(root, 0755))
		return false;
	shell->listen_fd = listen_at(shell->work);
	shell->tree = sea_dut_tree_new(root);
	return shell->listen_fd >= 0 && shell->tree;
}

/* In memory where that is to be had. */
static struct sea_dut_shell *shell_new(void)
{
	struct sea_dut_shell *shell = calloc(1, sizeof(*shell));

	if (!shell)
		return NULL;
	shell->listen_fd = -1;
	snprintf(shell->work, sizeof(shell->work), "%s/seastack-dut-XXXXXX",
		 access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm");
	if (!mkdtemp(shell->work))
		shell->work[0] = 0;
	else if (fill_folder(shell))
		return shell;
	sea_dut_shell_free(shell);
	return NULL;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	(void)remove(path);
	return 0;
}

void sea_dut_shell_free(struct sea_dut_shell *shell)
{
	if (!shell)
		return;
	if (shell->listen_fd >= 0)
		(void)close(shell->listen_fd);
	sea_dut_tree_free(shell->tree);
	if (shell->work[0])
		(void)nftw(shell->work, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	free(shell);
}

/* -- the shell -- */

/* The environment of the snippet: ours, but for three. */
static char **snippet_env(const struct sea_dut_shell *shell)
{
	static const char *const ours[] = { "PATH=", SEA_DUT_CONTROL "=", "PACKETDRILL_PID=" };
	const char *path = getenv("PATH");
	size_t n = 0, k = 0;
	char **env;

	while (environ[n])
		n++;
	env = calloc(n + 4, sizeof(*env));
	if (!env)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		bool mine = false;

		for (unsigned j = 0; j < 3; j++)
			mine = mine || !strncmp(environ[i], ours[j], strlen(ours[j]));
		if (!mine)
			env[3 + k++] = environ[i];
	}
	if (asprintf(&env[0], "PATH=%s/bin:%s", shell->work, path ? path : "/usr/sbin:/usr/bin") <
		    0 ||
	    asprintf(&env[1], SEA_DUT_CONTROL "=%s/control", shell->work) < 0 ||
	    asprintf(&env[2], "PACKETDRILL_PID=%d", getpid()) < 0)
		env[0] = NULL;
	return env;
}

static void env_free(char **env)
{
	for (unsigned i = 0; env && i < 3; i++)
		free(env[i]);
	free(env);
}

/*
 * A mount namespace in which /proc/sys/net is the device's. Root must not go on without, or the snippet
 * would set up the host; others cannot do that anyway.
 */
static bool bind_sysctls(const char *root)
{
	if (unshare(CLONE_NEWNS) && unshare(CLONE_NEWUSER | CLONE_NEWNS))
		return geteuid() != 0;
	if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return geteuid() != 0;
	return !mount(root, "/proc/sys/net", NULL, MS_BIND, NULL) || geteuid() != 0;
}

static _Noreturn void child(const char *root, const char *text, const char *dir, char **env)
{
	char *const argv[] = { (char[]){ "sh" }, (char[]){ "-c" }, (char *)(uintptr_t)text, NULL };
	int null = open("/dev/null", O_RDONLY);

	if (null >= 0)
		(void)dup2(null, STDIN_FILENO);
	if (!bind_sysctls(root))
		_exit(CANNOT_MOUNT);
	if (chdir(dir))
		_exit(127);
	(void)execve("/bin/sh", argv, env);
	_exit(127);
}

/* -- the commands that it runs -- */

static int split(char *words, size_t len, char *argv[SEA_DUT_COMMAND_WORDS])
{
	int argc = 0;

	words[len] = 0;
	for (size_t at = 0; at < len && argc < SEA_DUT_COMMAND_WORDS - 1;
	     at += strlen(words + at) + 1)
		argv[argc++] = words + at;
	argv[argc] = NULL;
	return argc;
}

/* A command's words, and where its output goes. */
static ssize_t hear(int fd, char *words, int out[2])
{
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(2 * sizeof(int))];
	} control;
	struct iovec iov = { words, SEA_DUT_COMMAND_MAX };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = control.room,
			      .msg_controllen = sizeof(control.room) };
	ssize_t n = recvmsg(fd, &msg, MSG_CMSG_CLOEXEC);
	struct cmsghdr *c = n > 0 ? CMSG_FIRSTHDR(&msg) : NULL;

	if (!c || c->cmsg_type != SCM_RIGHTS || c->cmsg_len != CMSG_LEN(2 * sizeof(int)))
		return -1;
	memcpy(out, CMSG_DATA(c), 2 * sizeof(int));
	return n;
}

/* Its output may go to a pipe whose reader (grep -q) has seen enough: that ends the command alone. */
static int carry_out(struct sea_dut *dut, int argc, char *const argv[], const int out[2])
{
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	struct sigaction before;
	int status;

	(void)sigaction(SIGPIPE, &ignore, &before);
	status = sea_dut_command(dut, argc, argv, out[0], out[1]);
	(void)sigaction(SIGPIPE, &before, NULL);
	return status;
}

static void serve(struct sea_dut *dut, struct sea_dut_shell *shell)
{
	char words[SEA_DUT_COMMAND_MAX + 1], *argv[SEA_DUT_COMMAND_WORDS];
	int fd = accept4(shell->listen_fd, NULL, NULL, SOCK_CLOEXEC), out[2];
	ssize_t n = fd < 0 ? -1 : hear(fd, words, out);

	if (n > 0) {
		int argc = split(words, (size_t)n, argv), status;

		(void)sea_dut_tree_pull(shell->tree, dut);
		status = carry_out(dut, argc, argv, out);
		sea_dut_tree_push(shell->tree, dut);
		(void)send(fd, &status, sizeof(status), MSG_NOSIGNAL);
		(void)close(out[0]);
		(void)close(out[1]);
	}
	if (fd >= 0)
		(void)close(fd);
}

/* Until the shell ends; its status. */
static int attend(struct sea_dut *dut, struct sea_dut_shell *shell, pid_t pid)
{
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0), status = 0;
	struct pollfd fds[2] = { { .fd = shell->listen_fd, .events = POLLIN },
				 { .fd = pidfd, .events = POLLIN } };
	pid_t ended;

	do {
		(void)poll(fds, 2, pidfd < 0 ? PATIENCE_MS : -1);
		if (fds[0].revents & POLLIN)
			serve(dut, shell);
		ended = waitpid(pid, &status, WNOHANG);
	} while (!ended || (ended < 0 && errno == EINTR));
	if (pidfd >= 0)
		(void)close(pidfd);
	if (ended < 0)
		return -errno;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int sea_dut_shell_run(struct sea_dut *dut, struct sea_dut_shell **kept, const char *text,
		      const char *dir)
{
	struct sea_dut_shell *shell = *kept ? *kept : shell_new();
	char root[80], **env;
	int status;
	pid_t pid;

	*kept = shell;
	env = shell ? snippet_env(shell) : NULL;
	if (!env || !env[0]) {
		env_free(env);
		return -ENOMEM;
	}
	snprintf(root, sizeof(root), "%s/net", shell->work);
	sea_dut_tree_push(shell->tree, dut);
	(void)fflush(stdout);
	(void)fflush(stderr);
	pid = fork();
	if (!pid)
		child(root, text, dir, env);
	env_free(env);
	if (pid < 0)
		return -errno;
	status = attend(dut, shell, pid);
	if (!sea_dut_tree_pull(shell->tree, dut) && !status)
		status = 1;
	if (status == CANNOT_MOUNT)
		fprintf(stderr,
			"no mount namespace for the snippet: /proc/sys would be the host's\n");
	return status;
}
