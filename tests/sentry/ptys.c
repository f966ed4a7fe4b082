/* SPDX-License-Identifier: Apache-2.0 */
/* Pseudo-terminals: their ends, lines, modes, signals, sessions. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "tests/sentry/conform.h"
#include "tests/sentry/ptys.h"

int master, slave;

/* A line of what was read, where 0 and what is no letter can be told. */
void pty_text(const char *what, const char *s, long n)
{
	char line[4096];
	int at = 0;

	for (long i = 0; i < n && at < 4000; i++) {
		unsigned char c = s[i];

		at += sprintf(line + at, c < 32 || c > 126 ? "\\%02x" : "%c", c);
	}
	line[at] = 0;
	printf("%s: %ld [%s]\n", what, n, line);
	fflush(stdout);
}

/* What comes from an end until there are n bytes. */
void pty_comes(const char *what, int fd, long n)
{
	char buf[1024];
	long have = 0, got;

	while (have < n) {
		struct pollfd p = { .fd = fd, .events = POLLIN };

		if (poll(&p, 1, LIMIT) != 1 || (got = read(fd, buf + have, n - have)) <= 0)
			break;
		have += got;
	}
	pty_text(what, buf, have);
}

/* One read. */
void pty_reads(const char *what, int fd, long n)
{
	char buf[5000];
	long got = read(fd, buf, n);

	if (got < 0)
		show(what, got);
	else
		pty_text(what, buf, got);
}

int pty_waiting(int fd, int n)
{
	int now = -1;

	for (int i = 0; i < LIMIT && !ioctl(fd, FIONREAD, &now) && now != n; i++)
		usleep(1000);
	return now;
}

void pty_open(void)
{
	master = posix_openpt(O_RDWR | O_NOCTTY);
	unlockpt(master);
	slave = open(ptsname(master), O_RDWR | O_NOCTTY);
}

void pty_close(void)
{
	close(slave);
	close(master);
}

/* What holds, once it is that. */
static int becomes(int fd, int mask)
{
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLOUT | POLLPRI };

	for (int i = 0; i < LIMIT && poll(&p, 1, 0) >= 0 && p.revents != mask; i++)
		usleep(1000);
	return p.revents;
}

/* Changes the slave's modes: flags that go and that come. */
static void modes(tcflag_t iflag, tcflag_t oflag, tcflag_t lflag)
{
	struct termios t;

	tcgetattr(slave, &t);
	t.c_iflag = iflag;
	t.c_oflag = oflag;
	t.c_lflag = lflag;
	tcsetattr(slave, TCSANOW, &t);
}

static void raw(int min, int time)
{
	struct termios t;

	tcgetattr(slave, &t);
	cfmakeraw(&t);
	t.c_cc[VMIN] = min;
	t.c_cc[VTIME] = time;
	tcsetattr(slave, TCSANOW, &t);
}

#define SANE                         \
	ICRNL | IXON, OPOST | ONLCR, \
		ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN

static void how_it_opens(void)
{
	struct stat st;
	int fd = posix_openpt(O_RDWR | O_NOCTTY), n = -1, lock = -1, other;
	char name[64], path[64];

	section("ptmx");
	SHOW(fd > 2);
	SHOW(ioctl(fd, TIOCGPTN, &n));
	SHOW(n >= 0);
	SHOW(ioctl(fd, TIOCGPTN, (void *)8));
	sprintf(name, "/dev/pts/%d", n);
	SHOW(ptsname_r(fd, path, sizeof(path)));
	SHOW(strcmp(name, path));
	SHOW(ioctl(fd, TIOCGPTLCK, &lock));
	SHOW(lock);
	SHOW(open(name, O_RDWR | O_NOCTTY));
	SHOW(grantpt(fd));
	SHOW(unlockpt(fd));
	SHOW(ioctl(fd, TIOCGPTLCK, &lock));
	SHOW(lock);
	other = open(name, O_RDWR | O_NOCTTY);
	SHOW(other > 2);
	SHOW(isatty(fd));
	SHOW(isatty(other));
	SHOW(fstat(other, &st));
	SHOW(S_ISCHR(st.st_mode));
	SHOW(major(st.st_rdev));
	SHOW(minor(st.st_rdev) == n);
	SHOW(st.st_uid == geteuid());
	SHOW(fstat(fd, &st));
	SHOW(st.st_rdev == makedev(5, 2));
	SHOW(ttyname_r(other, path, sizeof(path)));
	SHOW(strcmp(name, path));
	SHOW(ioctl(other, TIOCGPTN, &n));
	SHOW(ioctl(other, TIOCSPTLCK, &lock));
	SHOW(lseek(other, 0, SEEK_SET));
	SHOW(ftruncate(other, 0));
	SHOW(fcntl(other, F_GETFL));
	close(other);
	other = ioctl(fd, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	SHOW(other > 2);
	SHOW(fcntl(other, F_GETFL));
	SHOW(fcntl(other, F_GETFD));
	SHOW(isatty(other));
	close(other);
	close(fd);
	SHOW(open(name, O_RDWR | O_NOCTTY));
	SHOW(stat(name, &st));
}

static void what_it_begins_with(void)
{
	struct termios t;
	struct winsize size;
	int n;

	section("termios");
	pty_open();
	SHOW(tcgetattr(slave, &t));
	SHOW(t.c_iflag);
	SHOW(t.c_oflag);
	SHOW(t.c_cflag);
	SHOW(t.c_lflag);
	pty_text("cc", (char *)t.c_cc, 17);
	SHOW(cfgetospeed(&t) == B38400);
	SHOW(tcgetattr(master, &t));
	SHOW(t.c_lflag);
	SHOW(ioctl(slave, TCGETS, (void *)8));
	SHOW(ioctl(slave, TIOCGWINSZ, &size));
	SHOW(size.ws_row + size.ws_col);
	size = (struct winsize){ 24, 80, 1, 2 };
	SHOW(ioctl(master, TIOCSWINSZ, &size));
	memset(&size, 0, sizeof(size));
	SHOW(ioctl(slave, TIOCGWINSZ, &size));
	SHOW(size.ws_col);
	SHOW(size.ws_ypixel);
	SHOW(ioctl(slave, TIOCGETD, &n));
	SHOW(n);
	SHOW(ioctl(slave, TIOCOUTQ, &n));
	SHOW(n);
	SHOW(tcflush(slave, 7));
	SHOW(tcflow(slave, 7));
	SHOW(tcdrain(slave));
	SHOW(tcsendbreak(slave, 0));
	SHOW(ioctl(slave, 0x54ff, 0));
	SHOW(tcgetpgrp(slave));
	SHOW(tcgetsid(slave));
	SHOW(ioctl(master, TIOCGSID, &n));
	SHOW(ioctl(master, TIOCGPGRP, &n));
	SHOW(n);
	SHOW(tcsetpgrp(slave, getpgrp()));
	SHOW(ioctl(slave, TIOCNOTTY));
	pty_close();
}

/* A read that does not wait. */
static void nothing(const char *what)
{
	fcntl(slave, F_SETFL, O_RDWR | O_NONBLOCK);
	pty_reads(what, slave, 100);
	fcntl(slave, F_SETFL, O_RDWR);
}

static void lines(void)
{
	section("lines");
	pty_open();
	SHOW(becomes(slave, POLLOUT));
	SHOW(becomes(master, POLLOUT));
	SHOW(TYPE("abc"));
	pty_comes("echo", master, 3);
	SHOW(pty_waiting(slave, 0));
	SHOW(becomes(slave, POLLOUT));
	nothing("no line");
	SHOW(TYPE("d\r"));
	pty_comes("echo", master, 3);
	SHOW(becomes(slave, POLLIN | POLLOUT));
	SHOW(pty_waiting(slave, 5));
	pty_reads("part", slave, 2);
	pty_reads("rest", slave, 100);
	nothing("none");
	TYPE("one\ntwo\nthr");
	pty_comes("echo", master, 13);
	SHOW(pty_waiting(slave, 8));
	pty_reads("first", slave, 100);
	pty_reads("second", slave, 100);
	TYPE("ee\x7f\x7fx\x15new\x16\x03 a\x17word\n");
	pty_comes("edited", master, 39);
	pty_reads("edited", slave, 100);
	TYPE("\x7f\x15\x17z\n");
	pty_comes("nothing to erase", master, 3);
	pty_reads("z", slave, 100);
	TYPE("a\tb\x7f\x7f.\x01\x7f\n");
	pty_comes("tab", master, 24);
	pty_reads("tab", slave, 100);
	TYPE("abc\x12\n");
	pty_comes("reprint", master, 12);
	pty_reads("reprint", slave, 100);
	TYPE("\x04");
	SHOW(becomes(slave, POLLIN | POLLOUT));
	SHOW(pty_waiting(slave, 0));
	pty_reads("end", slave, 100);
	nothing("after");
	TYPE("abc\x04");
	SHOW(pty_waiting(slave, 3));
	pty_reads("with the end", slave, 3);
	nothing("after");
	TYPE("abc\x04");
	SHOW(pty_waiting(slave, 3));
	pty_reads("before the end", slave, 100);
	nothing("after");
	pty_comes("echo", master, 6);
	TYPE("gone");
	pty_comes("echo", master, 4);
	SHOW(tcflush(slave, TCIFLUSH));
	TYPE("\n");
	SHOW(pty_waiting(slave, 1));
	pty_reads("flushed", slave, 100);
	pty_comes("echo", master, 2);
	pty_close();
}

static void echoes(void)
{
	section("echo");
	pty_open();
	modes(ICRNL, OPOST, ICANON | ECHO | ECHOPRT | ECHOE | ECHOK | ECHOKE | IEXTEN);
	TYPE("abc\x7f\x7fx\n");
	pty_comes("printed", master, 9);
	pty_reads("printed", slave, 100);
	modes(ICRNL, OPOST, ICANON | ECHO | ECHOK);
	TYPE("abc\x7f\x15z\x17\n");
	pty_comes("hard copy", master, 9);
	pty_reads("hard copy", slave, 100);
	modes(ICRNL, OPOST, ICANON | ECHONL);
	TYPE("abc\n");
	pty_comes("newline", master, 1);
	pty_reads("newline", slave, 100);
	modes(ICRNL, OPOST, ICANON);
	TYPE("quiet\n");
	pty_reads("quiet", slave, 100);
	SHOW(pty_waiting(master, 0));
	modes(INLCR, OPOST, ICANON);
	TYPE("a\nb\x04");
	pty_reads("INLCR", slave, 100);
	modes(IGNCR, OPOST, ICANON);
	TYPE("a\rb\n");
	pty_reads("IGNCR", slave, 100);
	modes(ISTRIP | IUCLC, OPOST, ICANON | IEXTEN);
	TYPE("A\xe1Z\n");
	pty_reads("ISTRIP", slave, 100);
	modes(PARMRK, OPOST, ICANON);
	TYPE("A\xff\n");
	pty_reads("PARMRK", slave, 100);
	modes(IUTF8, OPOST, ICANON | ECHO | ECHOE);
	TYPE("a\xc3\xa4\x7f\n");
	pty_comes("IUTF8", master, 7);
	pty_reads("IUTF8", slave, 100);
	pty_close();
}

static void output(void)
{
	section("output");
	pty_open();
	SHOW(write(slave, "a\nb\r\n", 5));
	pty_comes("ONLCR", master, 7);
	modes(0, OPOST | XTABS, 0);
	SHOW(write(slave, "\ra\tb\x01\t\b\t\n\t", 10));
	pty_comes("XTABS", master, 29);
	modes(0, OPOST | OCRNL | ONOCR | ONLRET | OLCUC, 0);
	SHOW(write(slave, "\rx\r\ry\n\rz", 8));
	pty_comes("OCRNL", master, 6);
	modes(0, 0, 0);
	SHOW(write(slave, "a\n\t\r", 4));
	pty_comes("raw", master, 4);
	SHOW(write(slave, "", 0));
	SHOW(write(slave, (void *)8, 4));
	pty_close();
}

static void raw_reads(void)
{
	char buf[10];

	section("VMIN");
	pty_open();
	raw(0, 0);
	pty_reads("none", slave, 10);
	TYPE("ab");
	SHOW(pty_waiting(slave, 2));
	pty_reads("two", slave, 10);
	raw(0, 1);
	pty_reads("in time", slave, 10);
	raw(3, 0);
	TYPE("ab");
	SHOW(pty_waiting(slave, 2));
	SHOW(becomes(slave, POLLOUT));
	IN_CHILD(TYPE("c"););
	SHOW(becomes(slave, POLLIN | POLLOUT));
	pty_reads("three", slave, 10);
	TYPE("abcd");
	pty_reads("one of them", slave, 1);
	pty_reads("three", slave, 10);
	raw(5, 1);
	TYPE("ab");
	pty_reads("no more", slave, 10);
	fcntl(slave, F_SETFL, O_RDWR | O_NONBLOCK);
	raw(5, 0);
	pty_reads("none", slave, 10);
	TYPE("xy");
	SHOW(pty_waiting(slave, 2));
	pty_reads("some", slave, 10);
	/* Lines begin and end. */
	TYPE("xyz");
	SHOW(pty_waiting(slave, 3));
	modes(SANE);
	SHOW(pty_waiting(slave, 3));
	pty_reads("a line now", slave, 10);
	TYPE("x\x04yz");
	pty_comes("echo", master, 3);
	raw(1, 0);
	pty_reads("no line any more", slave, 10);
	SHOW(read(slave, buf, 0));
	pty_close();
}

static void flow(void)
{
	section("flow");
	pty_open();
	fcntl(slave, F_SETFL, O_RDWR | O_NONBLOCK);
	TYPE("\x13");
	SHOW(becomes(slave, 0));
	SHOW(write(slave, "abc", 3));
	TYPE("x");
	SHOW(pty_waiting(master, 0));
	TYPE("\x11");
	pty_comes("echo", master, 1);
	SHOW(becomes(slave, POLLOUT));
	SHOW(write(slave, "abc", 3));
	pty_comes("again", master, 3);
	modes(IXON | IXANY, 0, ICANON | ECHO);
	TYPE("\x13");
	SHOW(becomes(slave, 0));
	TYPE("y");
	pty_comes("any", master, 1);
	SHOW(becomes(slave, POLLOUT));
	SHOW(tcflow(slave, TCOOFF));
	SHOW(becomes(slave, 0));
	SHOW(tcflow(slave, TCOON));
	SHOW(becomes(slave, POLLOUT));
	SHOW(tcflow(slave, TCIOFF));
	SHOW(tcflow(slave, TCION));
	pty_comes("told", master, 2);
	pty_close();
}

static void packets(void)
{
	int on = 1;

	section("TIOCPKT");
	pty_open();
	SHOW(ioctl(slave, TIOCPKT, &on));
	SHOW(ioctl(master, TIOCPKT, &on));
	on = 0;
	SHOW(ioctl(master, TIOCGPKT, &on));
	SHOW(on);
	write(slave, "abc", 3);
	pty_reads("data", master, 10);
	SHOW(tcflush(slave, TCIFLUSH));
	SHOW(becomes(master, POLLIN | POLLPRI | POLLOUT));
	pty_reads("flushed", master, 10);
	SHOW(tcflow(slave, TCOOFF));
	pty_reads("stopped", master, 10);
	SHOW(tcflow(slave, TCOON));
	pty_reads("started", master, 10);
	modes(0, 0, 0);
	pty_reads("no stop", master, 10);
	modes(IXON, 0, 0);
	pty_reads("do stop", master, 10);
	on = 0;
	SHOW(ioctl(master, TIOCPKT, &on));
	write(slave, "abc", 3);
	pty_reads("data", master, 10);
	pty_close();
}

static void closing(void)
{
	char name[64];

	section("pty closed");
	pty_open();
	strcpy(name, ptsname(master));
	write(slave, "last", 4);
	close(slave);
	SHOW(becomes(master, POLLIN | POLLOUT | POLLHUP));
	pty_reads("what is left", master, 10);
	pty_reads("no slave", master, 10);
	slave = open(name, O_RDWR | O_NOCTTY);
	SHOW(becomes(master, POLLOUT));
	fcntl(master, F_SETFL, O_RDWR | O_NONBLOCK);
	pty_reads("a slave", master, 10);
	TYPE("line\n");
	close(master);
	SHOW(becomes(slave, POLLIN | POLLOUT | POLLERR | POLLHUP));
	pty_reads("no master", slave, 10);
	SHOW(write(slave, "x", 1));
	SHOW(isatty(slave));
	SHOW(ioctl(slave, TIOCGWINSZ, name));
	SHOW(tcsetpgrp(slave, 1));
	SHOW(tcgetpgrp(slave));
	close(slave);
}

void conform_ptys(void)
{
	how_it_opens();
	what_it_begins_with();
	lines();
	echoes();
	output();
	raw_reads();
	flow();
	packets();
	closing();
}
