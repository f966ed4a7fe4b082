/* SPDX-License-Identifier: Apache-2.0 */
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/sentry/conform.h"

static int status;

static void ends(void)
{
	pid_t pid;

	section("exit");
	if (!fork())
		_exit(300);
	SHOW(wait(&status) > 0);
	SHOW(status);
	if (!fork())
		raise(SIGTERM);
	SHOW(wait(&status) > 0);
	SHOW(status);
	if (!fork())
		*(volatile char *)8 = 1;
	SHOW(wait(&status) > 0);
	SHOW(status & 0x7f);
	SHOW(wait(&status));
	SHOW(waitpid(99999, &status, 0));
	SHOW(waitpid(-1, &status, 0x100));
	pid = fork();
	if (!pid) {
		pause();
		_exit(0);
	}
	SHOW(waitpid(pid, &status, WNOHANG));
	SHOW(kill(pid, 0));
	SHOW(kill(pid, SIGSTOP));
	SHOW(waitpid(pid, &status, WUNTRACED) == pid);
	SHOW(status);
	SHOW(kill(pid, SIGCONT));
	SHOW(waitpid(pid, &status, WCONTINUED) == pid);
	SHOW(status);
	SHOW(kill(pid, SIGKILL));
	SHOW(waitpid(pid, &status, 0) == pid);
	SHOW(status);
	SHOW(kill(pid, 0));
	SHOW(kill(0, 99));
	signal(SIGCHLD, SIG_IGN);
	if (!fork())
		_exit(0);
	SHOW(wait(&status));
	signal(SIGCHLD, SIG_DFL);
}

static void waits(void)
{
	siginfo_t info = { 0 };
	pid_t pid = fork();

	section("waitid");
	if (!pid)
		_exit(7);
	SHOW(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT));
	SHOW(info.si_pid == pid);
	SHOW(info.si_code);
	SHOW(info.si_status);
	SHOW(waitid(P_ALL, 0, &info, WEXITED));
	SHOW(waitid(P_ALL, 0, &info, WEXITED));
	SHOW(waitid(P_ALL, 0, &info, 0));
	SHOW(waitid((idtype_t)9, 0, &info, WEXITED));
}

static void groups(void)
{
	int fds[2], answer[4];

	section("group");
	SHOW(pipe(fds));
	if (!fork()) {
		answer[0] = setsid() == getpid();
		answer[1] = getsid(0) == getpid() && getpgrp() == getpid();
		answer[2] = setsid();
		answer[3] = setpgid(0, 0);
		_exit(write(fds[1], answer, sizeof(answer)) != sizeof(answer));
	}
	SHOW(wait(&status) > 0);
	SHOW(read(fds[0], answer, sizeof(answer)));
	for (int i = 0; i < 4; i++)
		SHOW(answer[i]);
	SHOW(setpgid(99999, 0));
	SHOW(setpgid(0, -1));
	SHOW(getpgid(99999));
	SHOW(getsid(99999));
	SHOW(getpgid(0) == getpgrp());
	close(fds[0]), close(fds[1]);
}

static int run(const char *path, char *const argv[])
{
	pid_t pid = vfork();

	if (!pid) {
		execv(path, argv);
		_exit(99);
	}
	waitpid(pid, &status, 0);
	return WEXITSTATUS(status);
}

static void write_file(const char *name, const char *text, unsigned int mode)
{
	FILE *file = fopen(name, "w");

	if (!file || fputs(text, file) < 0 || fclose(file) || chmod(name, mode))
		abort();
}

static void programs(void)
{
	char *const argv[] = { "sh", "-c", "exit 5", NULL };
	char *const none[] = { "script", "arg", NULL };

	section("exec");
	SHOW(run("/bin/sh", argv));
	SHOW(execv("missing", argv));
	SHOW(execv(".", argv));
	SHOW(execv("", argv));
	write_file("script", "#!/bin/sh\nexit $#\n", 0755);
	SHOW(run("./script", none));
	write_file("script2", "#!./script x y\n", 0755);
	SHOW(run("./script2", none));
	write_file("noexec", "#!/bin/sh\n", 0644);
	SHOW(execv("./noexec", argv));
	write_file("text", "exit 1\n", 0755);
	SHOW(execv("./text", none));
	write_file("badscript", "#!/missing/interpreter\n", 0755);
	SHOW(execv("./badscript", none));
	write_file("loop", "#!./loop\n", 0755);
	SHOW(execv("./loop", none));
	write_file("badelf",
		   "\177ELF garbage that is no program at all, but long enough to look at", 0755);
	SHOW(execv("./badelf", none));
}

static void ids(void)
{
	gid_t list[64];
	char name[16];

	section("id");
	SHOW(getuid());
	SHOW(geteuid());
	SHOW(getgid());
	SHOW(getgroups(0, NULL) >= 0);
	SHOW(getgroups(-1, list));
	SHOW(setuid(getuid()));
	SHOW(setresuid((uid_t)-1, (uid_t)-1, (uid_t)-1));
	SHOW(syscall(SYS_setuid, -1));
	if (!fork()) {
		/* As nobody, even where we are root. */
		status = setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534);
		if (!status) {
			SHOW(setuid(0));
			SHOW(setreuid(0, 0));
			SHOW(setgroups(0, NULL));
			SHOW(kill(getppid(), 0));
		}
		_exit(0);
	}
	SHOW(wait(&status) > 0);
	SHOW(prctl(PR_SET_NAME, "a name that is too long"));
	SHOW(prctl(PR_GET_NAME, name));
	SHOW(strcmp(name, "a name that is "));
	SHOW(prctl(99999));
	SHOW(getpriority(PRIO_PROCESS, 0));
	SHOW(sched_getscheduler(0));
	SHOW(sched_get_priority_max(SCHED_FIFO));
	SHOW(sched_get_priority_max(99));
	SHOW(syscall(SYS_getrandom, name, 5, 0));
	SHOW(syscall(SYS_getrandom, name, 5, 0x100));
	SHOW(syscall(SYS_getrandom, (void *)8, 5, 0));
	SHOW(syscall(9999));
	SHOW(uname((struct utsname *)8));
}

void conform_process(void)
{
	ends();
	waits();
	groups();
	programs();
	ids();
}
