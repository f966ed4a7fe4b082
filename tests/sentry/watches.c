/* SPDX-License-Identifier: Apache-2.0 */
/* inotify: what is told of files and directories, in which order, and what is refused. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/sentry/conform.h"

static int in;
static char text[64];

static int waiting(void)
{
	int n = -1;

	return ioctl(in, FIONREAD, &n) ? -1 : n;
}

/* All that there is to tell, a line each. Cookies come in pairs. */
static void tell(const char *what)
{
	char block[8192], line[512];
	uint32_t cookie = 0;
	long n = read(in, block, sizeof(block));

	show(what, n < 0 ? n : 0);
	for (char *at = block; at < block + n;) {
		struct inotify_event *e = (void *)at;

		snprintf(line, sizeof(line), "  %d \"%s\" %u%s", e->wd, e->len ? e->name : "",
			 e->len,
			 !e->cookie            ? ""
			 : e->cookie == cookie ? " again"
					       : " cookie");
		cookie = e->cookie;
		show(line, e->mask);
		at += sizeof(*e) + e->len;
	}
}

#define DO(e)             \
	do {              \
		SHOW(e);  \
		tell(#e); \
	} while (0)

static void put(const char *name)
{
	close(open(name, O_RDWR | O_CREAT, 0600));
}

static void refusing(void)
{
	int wd, file = open(".", O_RDONLY);

	section("inotify refuses");
	SHOW(inotify_init1(1));
	SHOW(in = inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
	SHOW(fcntl(in, F_GETFD));
	SHOW(fcntl(in, F_GETFL));
	SHOW(read(in, text, 60));
	SHOW(write(in, text, 60));
	SHOW(lseek(in, 0, SEEK_SET));
	SHOW(waiting());
	SHOW(inotify_add_watch(99, ".", IN_OPEN));
	SHOW(inotify_add_watch(file, ".", IN_OPEN));
	SHOW(inotify_add_watch(in, ".", 0));
	SHOW(inotify_add_watch(in, ".", 0x00800000));
	SHOW(inotify_add_watch(in, ".", IN_OPEN | IN_MASK_ADD | IN_MASK_CREATE));
	SHOW(inotify_add_watch(in, "none", IN_OPEN));
	SHOW(inotify_add_watch(in, "", IN_OPEN));
	SHOW(inotify_add_watch(in, (char *)8, IN_OPEN));
	put("plain");
	SHOW(inotify_add_watch(in, "plain", IN_OPEN | IN_ONLYDIR));
	SHOW(symlink("plain", "link"));
	SHOW(inotify_rm_watch(99, 1));
	SHOW(inotify_rm_watch(file, 1));
	SHOW(inotify_rm_watch(in, 1));
	SHOW(inotify_rm_watch(in, -1));
	SHOW(wd = inotify_add_watch(in, ".", IN_OPEN));
	SHOW(inotify_add_watch(in, ".", IN_OPEN | IN_MASK_CREATE));
	SHOW(inotify_rm_watch(in, wd));
	SHOW(read(in, text, 15));
	tell("removed");
	SHOW(inotify_add_watch(in, "link", IN_ALL_EVENTS | IN_DONT_FOLLOW));
	SHOW(inotify_add_watch(in, "link", IN_ALL_EVENTS));
	SHOW(inotify_add_watch(in, "plain", IN_OPEN));
	SHOW(inotify_rm_watch(in, 2) ?: inotify_rm_watch(in, 3));
	tell("both");
	unlink("plain"), unlink("link");
	close(file);
}

/* The directory and a file in it are watched. */
static void contents(void)
{
	int fd, wd;

	section("inotify and contents");
	SHOW(wd = inotify_add_watch(in, ".", IN_ALL_EVENTS));
	DO(fd = open("a", O_RDWR | O_CREAT, 0600));
	SHOW(inotify_add_watch(in, "a", IN_ALL_EVENTS));
	DO(write(fd, "hello", 5));
	DO(write(fd, "", 0));
	DO(pwrite(fd, "x", 1, 2));
	DO(pread(fd, text, 3, 0));
	DO(read(fd, text, 9));
	DO(ftruncate(fd, 3));
	DO(truncate("a", 2));
	DO(fallocate(fd, 0, 0, 100));
	DO(fchmod(fd, 0644));
	DO(chmod("a", 0600));
	DO(chown("a", -1, -1));
	DO(futimens(fd, NULL));
	DO(futimens(fd, ((struct timespec[]){ { 5, 0 }, { 0, UTIME_OMIT } })));
	DO(futimens(fd, ((struct timespec[]){ { 0, UTIME_OMIT }, { 5, 0 } })));
	DO(close(open("a", O_RDONLY)));
	DO(close(open("a", O_RDWR | O_TRUNC)));
	DO(close(open("a", O_PATH)));
	DO(access("a", R_OK));
	DO(close(dup(fd)));
	SHOW(write(fd, "abc", 3));
	SHOW(write(fd, "abc", 3));
	SHOW(waiting());
	SHOW(write(fd, "abc", 3) + read(fd, text, 0));
	DO(pread(fd, text, 1, 0));
	DO(unlink("a"));
	DO(write(fd, "gone", 4));
	DO(close(fd));
	put("a");
	tell("put");
	SHOW(inotify_add_watch(in, "a", IN_ALL_EVENTS));
	DO(link("a", "b"));
	DO(close(open("b", O_RDONLY)));
	DO(unlink("a"));
	DO(unlink("b"));
	SHOW(inotify_rm_watch(in, wd));
	tell("end");
}

static void names(void)
{
	int fd, wd, sub;

	section("inotify and names");
	SHOW(wd = inotify_add_watch(in, ".", IN_ALL_EVENTS));
	DO(mkdir("d", 0700));
	SHOW(sub = inotify_add_watch(in, "d", IN_ALL_EVENTS));
	DO(symlink("x", "s"));
	DO(mkfifo("f", 0600));
	DO(mknod("r", S_IFREG | 0600, 0));
	DO(unlink("s") ?: unlink("f") ?: unlink("r"));
	put("a");
	tell("put");
	SHOW(inotify_add_watch(in, "a", IN_ALL_EVENTS));
	DO(rename("a", "b"));
	DO(rename("b", "d/a"));
	fd = open("d/a", O_RDONLY);
	tell("open");
	DO(rename("d/a", "twelve_and_four"));
	DO(read(fd, text, 5));
	DO(close(fd));
	put("over");
	tell("over");
	SHOW(inotify_add_watch(in, "over", IN_ALL_EVENTS));
	DO(rename("twelve_and_four", "over"));
	DO(rename("over", "over"));
	DO(mkdir("e", 0700));
	DO(rename("d", "e"));
	DO(rename("e", "d"));
	DO(fd = open("d", O_RDONLY | O_DIRECTORY));
	SHOW(syscall(SYS_getdents64, fd, (char[4096]){ 0 }, 4096) > 0);
	tell("getdents");
	DO(close(fd));
	DO(chmod("d", 0755));
	put("d/in");
	tell("in d");
	DO(unlink("d/in"));
	DO(rmdir("d"));
	DO(unlink("over"));
	SHOW(inotify_rm_watch(in, sub));
	SHOW(inotify_rm_watch(in, wd));
	tell("end");
}

static void masks(void)
{
	int fd = open("m", O_RDWR | O_CREAT, 0600), wd, file;

	section("masks of inotify");
	SHOW(wd = inotify_add_watch(in, ".", IN_OPEN));
	SHOW(inotify_add_watch(in, ".", IN_CLOSE | IN_MASK_ADD) == wd);
	DO(close(open("m", O_RDONLY)));
	SHOW(inotify_add_watch(in, ".", IN_CREATE) == wd);
	DO(close(open("m", O_RDONLY)));
	SHOW(inotify_add_watch(in, ".", IN_MODIFY | IN_ATTRIB | IN_EXCL_UNLINK) == wd);
	DO(write(fd, "a", 1));
	DO(unlink("m"));
	DO(write(fd, "a", 1));
	SHOW(close(fd));
	SHOW(inotify_rm_watch(in, wd));
	tell("removed");
	fd = open("m", O_RDWR | O_CREAT, 0600);
	SHOW(wd = inotify_add_watch(in, "m", IN_MODIFY | IN_ONESHOT));
	DO(write(fd, "a", 1));
	DO(write(fd, "a", 1));
	SHOW(inotify_rm_watch(in, wd));
	SHOW(file = inotify_add_watch(in, "m", IN_DELETE_SELF));
	SHOW(unlink("m"));
	tell("unlinked");
	SHOW(close(fd));
	tell("closed");
	SHOW(inotify_rm_watch(in, file));
}

static void ways(void)
{
	int from = open("from", O_RDWR | O_CREAT, 0600), to = open("to", O_RDWR | O_CREAT, 0600);
	int wd, p[2];
	char *at;

	section("inotify and other ways");
	pipe(p);
	SHOW(write(from, "hello world", 11));
	SHOW(wd = inotify_add_watch(in, ".", IN_ALL_EVENTS));
	DO(sendfile(to, from, &(off_t){ 0 }, 5));
	DO(copy_file_range(from, &(loff_t){ 0 }, to, NULL, 5, 0));
	DO(splice(from, &(loff_t){ 0 }, p[1], NULL, 5, 0));
	DO(splice(p[0], NULL, to, NULL, 5, 0));
	at = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, to, 0);
	*at = 'x';
	munmap(at, 4096);
	tell("mmap");
	DO(renameat2(AT_FDCWD, "from", AT_FDCWD, "to", RENAME_NOREPLACE));
	SHOW(mkfifo("fifo", 0600));
	tell("fifo");
	close(p[0]);
	p[0] = open("fifo", O_RDWR);
	SHOW(write(p[0], "abc", 3));
	SHOW(read(p[0], text, 3));
	tell("fifo used");
	close(from), close(to), close(p[0]), close(p[1]);
	unlink("from"), unlink("to"), unlink("fifo");
	tell("all");
	SHOW(inotify_rm_watch(in, wd));
	tell("end");
}

static void queue(void)
{
	struct pollfd p = { .fd = in, .events = POLLIN | POLLOUT };
	char block[256];
	int wd;

	section("the queue of inotify");
	SHOW(wd = inotify_add_watch(in, ".", IN_CREATE));
	SHOW(poll(&p, 1, 0));
	put("q"), put("qq");
	SHOW(poll(&p, 1, 0));
	SHOW(p.revents);
	SHOW(waiting());
	SHOW(read(in, block, 16));
	SHOW(read(in, block, 31));
	SHOW(read(in, block, 33));
	SHOW(waiting());
	SHOW(read(in, (char *)8, 64));
	SHOW(waiting());
	SHOW(read(in, block, 64));
	unlink("q"), unlink("qq");
	put("a_name_of_sixteen"), put("name_of_fifteen");
	tell("long names");
	unlink("a_name_of_sixteen"), unlink("name_of_fifteen");
	SHOW(inotify_rm_watch(in, wd));
	tell("end");
}

/* So much that some of it is lost; and as many sets as one may have. */
static void floods(void)
{
	char block[65536];
	int wd, many[256], n = 0, fd = open("x", O_RDWR | O_CREAT, 0600);
	long all = 0, got, last = 0;

	section("inotify overflows");
	SHOW(wd = inotify_add_watch(in, "x", IN_OPEN | IN_CLOSE));
	for (int i = 0; i < 9000; i++)
		close(open("x", O_RDONLY));
	SHOW(waiting());
	while ((got = read(in, block, sizeof(block))) > 0) {
		all += got / 16;
		last = ((struct inotify_event *)(block + got - 16))->mask;
		n = ((struct inotify_event *)(block + got - 16))->wd;
	}
	SHOW(all);
	SHOW(last);
	SHOW(n);
	DO(close(open("x", O_RDONLY)));
	close(fd);
	SHOW(inotify_rm_watch(in, wd));
	tell("end");
	unlink("x");
}

void conform_watches(void)
{
	mkdir("w", 0700);
	chdir("w");
	refusing();
	contents();
	names();
	masks();
	ways();
	queue();
	floods();
	close(in);
	chdir("..");
	rmdir("w");
}
