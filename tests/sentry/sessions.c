/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions and their terminals: job control, signals that are typed, hang-ups. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "tests/sentry/conform.h"
#include "tests/sentry/ptys.h"

static volatile int got[65];

static void note(int sig)
{
	got[sig]++;
}

static void await(int sig)
{
	for (int i = 0; i < LIMIT && !got[sig]; i++)
		usleep(1000);
	SHOW(got[sig]);
	got[sig] = 0;
}

/* Without SA_RESTART. */
static void interrupts(int sig)
{
	struct sigaction action = { .sa_handler = note };

	sigaction(sig, &action, NULL);
}

/* A group that is not in the foreground, but for its first read that finds something. */
static void behind(void)
{
	struct termios t;
	char c = 0;

	signal(SIGTTIN, SIG_DFL);
	setpgid(0, 0);
	SHOW(read(slave, &c, 1));
	SHOW(c);
	raise(SIGSTOP);
	signal(SIGTTIN, SIG_IGN);
	SHOW(read(slave, &c, 1));
	SHOW(write(slave, "x", 1));
	SHOW(tcgetattr(slave, &t));
	t.c_lflag |= TOSTOP;
	interrupts(SIGTTOU);
	SHOW(tcsetattr(slave, TCSANOW, &t));
	SHOW(tcflush(slave, TCIFLUSH));
	SHOW(tcsetpgrp(slave, getpid()));
	SHOW(got[SIGTTOU]);
	signal(SIGTTOU, SIG_IGN);
	SHOW(tcsetattr(slave, TCSANOW, &t));
	SHOW(write(slave, "x", 1));
	interrupts(SIGTTOU);
	SHOW(write(slave, "x", 1));
	SHOW(got[SIGTTOU]);
	signal(SIGTTOU, SIG_IGN);
	SHOW(tcsetpgrp(slave, getpid()));
	SHOW(tcgetpgrp(slave) == getpid());
}

static void from_behind(void)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		behind();
		_exit(5);
	}
	SHOW(waitpid(pid, &status, WUNTRACED) == pid);
	SHOW(status);
	SHOW(tcsetpgrp(slave, pid));
	TYPE("z\n");
	kill(pid, SIGCONT);
	SHOW(waitpid(pid, &status, WUNTRACED) == pid);
	SHOW(status);
	signal(SIGTTOU, SIG_IGN);
	SHOW(tcsetpgrp(slave, getpid()));
	kill(pid, SIGCONT);
	SHOW(waitpid(pid, &status, 0) == pid);
	SHOW(status);
}

/* In a child that leads a session. */
static void session_of_its_own(void)
{
	struct winsize size = { 1, 2, 3, 4 };
	char name[64];
	int fd, n;

	for (int i = 1; i < 32; i++)
		signal(i, note);
	signal(SIGCHLD, SIG_DFL);
	section("session");
	SHOW(ioctl(slave, TIOCSCTTY, 0));
	SHOW(setsid() == getpid());
	SHOW(open("/dev/tty", O_RDWR));
	SHOW(tcgetsid(slave));
	SHOW(ioctl(slave, TIOCSCTTY, 0));
	SHOW(ioctl(slave, TIOCSCTTY, 0));
	SHOW(tcgetsid(slave) == getpid());
	SHOW(tcgetpgrp(slave) == getpid());
	SHOW(ioctl(master, TIOCGPGRP, &n));
	SHOW(n == getpid());
	fd = open("/dev/tty", O_RDWR);
	SHOW(fd > 2);
	SHOW(ttyname_r(fd, name, sizeof(name)));
	SHOW(tcsetpgrp(fd, 99999));
	SHOW(tcsetpgrp(fd, -1));
	SHOW(tcsetpgrp(fd, getppid()));
	/* Each may throw away what the one before has shown, if nobody has read it. */
	TYPE("\x03");
	await(SIGINT);
	pty_comes("echo", master, 2);
	TYPE("\x1c");
	await(SIGQUIT);
	pty_comes("echo", master, 2);
	TYPE("\x1a");
	await(SIGTSTP);
	pty_comes("echo", master, 2);
	SHOW(ioctl(master, TIOCSWINSZ, &size));
	await(SIGWINCH);
	SHOW(ioctl(master, TIOCSWINSZ, &size));
	SHOW(ioctl(master, TIOCSIG, SIGINT));
	await(SIGINT);
	SHOW(ioctl(master, TIOCSIG, SIGHUP));
	TYPE("line");
	TYPE("\x03");
	await(SIGINT);
	SHOW(pty_waiting(slave, 0));
	from_behind();
	tcsetpgrp(slave, getpid());
	SHOW(ioctl(fd, TIOCNOTTY));
	await(SIGCONT);
	SHOW(tcgetpgrp(fd));
	SHOW(open("/dev/tty", O_RDWR));
	SHOW(ioctl(slave, TIOCSCTTY, 0));
	SHOW(got[SIGHUP]);
	got[SIGHUP] = 0;
	close(master);
	await(SIGHUP);
	await(SIGCONT);
	SHOW(open("/dev/tty", O_RDWR));
	SHOW(read(fd, name, 1));
	SHOW(read(slave, name, 1));
}

static void sessions(void)
{
	int status;
	pid_t pid;

	pty_open();
	pid = fork();
	if (!pid) {
		setpgid(0, 0);
		pid = fork(); /* no leader of a group, so it may begin a session */
		if (!pid) {
			session_of_its_own();
			_exit(3);
		}
		pty_close();
		waitpid(pid, &status, 0);
		_exit(WEXITSTATUS(status));
	}
	pty_close();
	waitpid(pid, &status, 0);
	section("sessions");
	SHOW(status);
}

/* The leader of a session ends: the group in front is told, and nobody has the terminal. */
static void leader_ends(void)
{
	int ends[2], status;
	pid_t pid, child;
	char c;

	section("session ends");
	pty_open();
	pipe(ends);
	pid = fork();
	if (!pid) {
		setsid();
		ioctl(slave, TIOCSCTTY, 0);
		child = fork();
		if (!child) {
			signal(SIGHUP, note);
			write(ends[1], "", 1);
			await(SIGHUP);
			SHOW(write(slave, "x", 1));
			SHOW(tcgetsid(slave));
			SHOW(open("/dev/tty", O_RDWR));
			write(ends[1], "", 1);
			_exit(0);
		}
		read(ends[0], &c, 1);
		_exit(0);
	}
	close(slave);
	waitpid(pid, &status, 0);
	SHOW(read(ends[0], &c, 1));
	pty_comes("the master", master, 1);
	slave = open(ptsname(master), O_RDWR | O_NOCTTY);
	SHOW(write(slave, "again", 5));
	pty_comes("again", master, 5);
	pty_close();
	/* A group that is stopped, and that nobody looks after any more. */
	pid = fork();
	if (!pid) {
		child = fork();
		if (!child) {
			setpgid(0, 0);
			signal(SIGHUP, note);
			write(ends[1], "", 1);
			raise(SIGSTOP);
			await(SIGHUP);
			write(ends[1], "", 1);
			_exit(0);
		}
		read(ends[0], &c, 1);
		waitpid(child, &status, WUNTRACED);
		SHOW(WIFSTOPPED(status));
		_exit(0);
	}
	waitpid(pid, &status, 0);
	SHOW(read(ends[0], &c, 1));
	close(ends[0]), close(ends[1]);
}

void conform_sessions(void)
{
	sessions();
	leader_ends();
}
