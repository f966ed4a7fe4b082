// SPDX-License-Identifier: Apache-2.0
#include "packetimpact/dut/shell.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

#include "packetimpact/dut/command.h"
#include "packetimpact/dut/shell_folder.h"

#define CANNOT_MOUNT 125

extern char **environ;

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

/*
 * /proc/net is a link to what the process itself has; a link to our folder is put upon it. Where that cannot be, it
 * is the host's, which can be read, and nothing else.
 */
static void bind_net(const char *work)
{
	char link[80];
	int fd;

	snprintf(link, sizeof(link), "%s/link", work);
	fd = open_tree(AT_FDCWD, link, OPEN_TREE_CLONE | AT_SYMLINK_NOFOLLOW);
	if (fd >= 0)
		(void)move_mount(fd, "", AT_FDCWD, "/proc/net", MOVE_MOUNT_F_EMPTY_PATH);
}

/*
 * Scripts are written for a sh that is bash, and say "&>", which is two commands to others: it is bash as sh where
 * there is one.
 */
static _Noreturn void child(const char *work, const char *root, const char *text, const char *dir,
			    char **env)
{
	char *const argv[] = { (char[]){ "sh" }, (char[]){ "-c" }, (char *)(uintptr_t)text, NULL };

	sea_snippet_child();
	if (!bind_sysctls(root))
		_exit(CANNOT_MOUNT);
	bind_net(work);
	if (chdir(dir))
		_exit(127);
	(void)execve("/bin/bash", argv, env);
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

/* TCP's own sysctls move no other. */
static bool is_plain(const char *word)
{
	return !strncmp(word, "net.ipv4.tcp_", 13) && strlen(word) < SEA_SYSCTL_NAME_MAX;
}

/* What the command may have changed is shown in the files. */
static void show(struct sea_dut *dut, struct sea_dut_shell *shell, int argc, char *const argv[])
{
	char name[SEA_SYSCTL_NAME_MAX];
	bool plain = argc > 0 && !strcmp(argv[0], "sysctl");

	for (int i = 1; i < argc; i++)
		plain = plain && (argv[i][0] == '-' || is_plain(argv[i]));
	for (int i = 1; plain && i < argc; i++) {
		snprintf(name, sizeof(name), "%.*s", (int)strcspn(argv[i], "= "), argv[i]);
		if (strchr(argv[i], '='))
			sea_dut_tree_push_one(shell->tree, dut, name);
	}
	if (!plain)
		sea_dut_tree_push(shell->tree, dut);
}

struct served {
	struct sea_dut *dut;
	struct sea_dut_shell *shell;
};

static void serve(void *ctx)
{
	const struct served *served = ctx;
	struct sea_dut_shell *shell = served->shell;
	char words[SEA_DUT_COMMAND_MAX + 1], *argv[SEA_DUT_COMMAND_WORDS];
	int fd = accept4(shell->listen_fd, NULL, NULL, SOCK_CLOEXEC), out[2];
	ssize_t n = fd < 0 ? -1 : hear(fd, words, out);

	if (n > 0) {
		int argc = split(words, (size_t)n, argv), status;

		(void)sea_dut_tree_pull(shell->tree, served->dut);
		status = carry_out(served->dut, argc, argv, out);
		show(served->dut, shell, argc, argv);
		(void)send(fd, &status, sizeof(status), MSG_NOSIGNAL);
		(void)close(out[0]);
		(void)close(out[1]);
	}
	if (fd >= 0)
		(void)close(fd);
}

/* The child; below 0: there is none. */
static pid_t start(const struct sea_dut_shell *shell, const char *text, const char *dir)
{
	char root[80], **env = snippet_env(shell);
	pid_t pid = -1;

	snprintf(root, sizeof(root), "%s/net", shell->work);
	(void)fflush(stdout);
	(void)fflush(stderr);
	if (env && env[0])
		pid = fork();
	if (!pid)
		child(shell->work, root, text, dir, env);
	env_free(env);
	return pid;
}

int sea_dut_shell_run(struct sea_dut *dut, struct sea_dut_shell **kept, const char *text,
		      const char *dir, int patience_ms, sea_dut_net_fn *net)
{
	struct served served = { dut, *kept ? *kept : sea_dut_shell_new() };
	struct sea_dut_shell *shell = *kept = served.shell;
	char files[80];
	int status;
	pid_t pid;

	if (!shell)
		return -ENOMEM;
	sea_dut_tree_push(shell->tree, dut);
	snprintf(files, sizeof(files), "%s/files", shell->work);
	net(dut, files);
	pid = start(shell, text, dir);
	if (pid < 0)
		return -ENOMEM;
	status = sea_snippet_wait(&shell->snippets, pid, patience_ms,
				  &(struct sea_snippet_server){ shell->listen_fd, serve, &served });
	if (!sea_dut_tree_pull(shell->tree, dut) && !status)
		status = 1;
	if (status == CANNOT_MOUNT)
		fprintf(stderr,
			"no mount namespace for the snippet: /proc/sys would be the host's\n");
	return status;
}
