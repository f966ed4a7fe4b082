/* SPDX-License-Identifier: Apache-2.0 */
/* Where a path may lead (openat2), files without a name, names that are exchanged, seals. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/sentry/conform.h"

/* Younger than some C libraries. */
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 8u
#define MFD_EXEC 0x10u
#endif
#ifndef F_SEAL_EXEC
#define F_SEAL_EXEC 0x20
#endif

static char text[64];

static long open_how(int dir, const char *path, unsigned long flags, unsigned long resolve)
{
	struct open_how how = { .flags = flags, .resolve = resolve };

	return syscall(SYS_openat2, dir, path, &how, sizeof(how));
}

static void opens(int dir, const char *path, unsigned long resolve)
{
	char line[200];
	long fd = open_how(dir, path, O_RDONLY, resolve), err = errno;

	snprintf(line, sizeof(line), "\"%s\" %lx", path, resolve);
	errno = err;
	show(line, fd < 0 ? fd : 0);
	if (fd >= 0)
		close(fd);
}

static void resolving(void)
{
	static const char *const paths[] = {
		"file",          "sub/file", "../file", "sub/../file", "..",       ".",
		"link",          "uplink",   "abslink", "rootlink",    "outlink",  "sub/uplink",
		"dirlink/file",  "dirlink/", "loop",    "none",        "sub/none", "",
		"proclink/file", "inlink"
	};
	static const unsigned long masks[] = { 0,
					       RESOLVE_BENEATH,
					       RESOLVE_IN_ROOT,
					       RESOLVE_NO_SYMLINKS,
					       RESOLVE_NO_MAGICLINKS,
					       RESOLVE_NO_MAGICLINKS | RESOLVE_BENEATH,
					       RESOLVE_NO_XDEV };
	char proc[64];
	int dir;

	section("openat2 and where it leads");
	mkdir("r", 0700), mkdir("r/sub", 0700);
	close(open("r/file", O_CREAT | O_RDWR, 0600)),
		close(open("r/sub/file", O_CREAT | O_RDWR, 0600));
	close(open("file", O_CREAT | O_RDWR, 0600));
	symlink("file", "r/link"), symlink("../file", "r/uplink"),
		symlink("../file", "r/sub/uplink");
	symlink("/file", "r/abslink"), symlink("/", "r/rootlink"),
		symlink("sub/../../file", "r/outlink");
	symlink("sub", "r/dirlink"), symlink("loop", "r/loop"), symlink("sub/../file", "r/inlink");
	dir = open("r", O_RDONLY);
	snprintf(proc, sizeof(proc), "/proc/self/fd/%d", dir);
	symlink(proc, "r/proclink");
	for (int m = 0; m < 7; m++) {
		/* Where mounts are is the machine's affair. */
		for (int i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
			if (*paths[i] != '/' && (m < 6 || !strstr("abslink rootlink", paths[i])))
				opens(dir, paths[i], masks[m]);
		}
		if (m < 6)
			opens(dir, "/", masks[m]);
	}
	opens(dir, "file", 0x40);
	opens(dir, "file", RESOLVE_BENEATH | RESOLVE_IN_ROOT);
	opens(99, "file", RESOLVE_BENEATH);
	opens(99, "/file", RESOLVE_IN_ROOT);
	opens(AT_FDCWD, "r/sub/../../r/file", RESOLVE_BENEATH);
	opens(AT_FDCWD, "/proc/self/cwd/file", RESOLVE_NO_MAGICLINKS);
	opens(AT_FDCWD, "/proc/self", RESOLVE_NO_MAGICLINKS);
	opens(AT_FDCWD, "/proc/self", RESOLVE_NO_SYMLINKS);
	opens(AT_FDCWD, "/proc/self/comm", RESOLVE_NO_XDEV);
	SHOW(open_how(dir, "link", O_PATH | O_NOFOLLOW, RESOLVE_NO_SYMLINKS) >= 0);
	SHOW(open_how(dir, "new", O_CREAT | O_RDWR, RESOLVE_BENEATH) >= 0);
	SHOW(open_how(dir, "../new", O_CREAT | O_RDWR, RESOLVE_BENEATH));
	SHOW(open_how(dir, "../newroot", O_CREAT | O_RDWR, RESOLVE_IN_ROOT) >= 0);
	SHOW(access("r/newroot", F_OK));
	SHOW(open_how(dir, "link", O_CREAT | O_RDWR, RESOLVE_NO_SYMLINKS));
	SHOW(open_how(dir, "new", O_RDWR | O_CREAT, RESOLVE_CACHED));
	close_range(3, ~0u, 0);
	unlink("r/new"), unlink("r/newroot"), unlink("r/file"), unlink("r/sub/file"),
		unlink("file");
	unlink("r/link"), unlink("r/uplink"), unlink("r/sub/uplink"), unlink("r/abslink");
	unlink("r/rootlink"), unlink("r/outlink"), unlink("r/dirlink"), unlink("r/loop"),
		unlink("r/inlink");
	unlink("r/proclink");
	SHOW(rmdir("r/sub"));
	SHOW(rmdir("r"));
}

static void nameless(void)
{
	char proc[64];
	struct stat st;
	int fd, again;

	section("O_TMPFILE");
	SHOW(open(".", O_TMPFILE | O_RDONLY, 0600));
	SHOW(open("none", O_TMPFILE | O_RDWR, 0600));
	close(open("plain", O_CREAT | O_RDWR, 0600));
	SHOW(open("plain", O_TMPFILE | O_RDWR, 0600));
	SHOW(open(".", (O_TMPFILE & ~O_DIRECTORY) | O_RDWR, 0600));
	SHOW(open(".", O_TMPFILE | O_RDWR | O_CREAT, 0600));
	SHOW(fd = open(".", O_TMPFILE | O_RDWR, 0640));
	SHOW(fcntl(fd, F_GETFL) & (O_ACCMODE | O_TMPFILE));
	SHOW(fstat(fd, &st) ?: st.st_nlink);
	SHOW(st.st_mode);
	SHOW(write(fd, "hello", 5));
	snprintf(proc, sizeof(proc), "/proc/self/fd/%d", fd);
	SHOW(linkat(fd, "", AT_FDCWD, "plain", AT_EMPTY_PATH));
	SHOW(linkat(fd, "", AT_FDCWD, "named", 0));
	SHOW(linkat(AT_FDCWD, proc, AT_FDCWD, "named", AT_SYMLINK_FOLLOW));
	SHOW(fstat(fd, &st) ?: st.st_nlink);
	SHOW(again = open("named", O_RDONLY));
	SHOW(read(again, text, 60));
	SHOW(linkat(fd, "", AT_FDCWD, "second", AT_EMPTY_PATH));
	SHOW(fstat(fd, &st) ?: st.st_nlink);
	SHOW(unlink("named") ?: unlink("second"));
	SHOW(linkat(AT_FDCWD, proc, AT_FDCWD, "third", AT_SYMLINK_FOLLOW));
	close(fd), close(again);
	SHOW(fd = open(".", O_TMPFILE | O_RDWR | O_EXCL, 0600));
	snprintf(proc, sizeof(proc), "/proc/self/fd/%d", fd);
	SHOW(linkat(AT_FDCWD, proc, AT_FDCWD, "third", AT_SYMLINK_FOLLOW));
	close(fd);
	SHOW(fd = open("plain", O_RDWR));
	SHOW(unlink("plain"));
	snprintf(proc, sizeof(proc), "/proc/self/fd/%d", fd);
	SHOW(linkat(AT_FDCWD, proc, AT_FDCWD, "third", AT_SYMLINK_FOLLOW));
	SHOW(linkat(fd, "", AT_FDCWD, "third", AT_EMPTY_PATH));
	close(fd);
	SHOW(access("third", F_OK));
}

static int inode(const char *name)
{
	struct stat st;

	return lstat(name, &st) ? -1 : (int)(st.st_ino ^ st.st_ino >> 32);
}

static long renames(const char *from, const char *to, unsigned int flags)
{
	return syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, flags);
}

static void exchanging(void)
{
	struct stat st;
	int a, b;

	section("renameat2");
	close(open("a", O_CREAT | O_RDWR, 0600)), close(open("b", O_CREAT | O_RDWR, 0600));
	mkdir("d", 0700), mkdir("d/e", 0700), mkdir("d/e/f", 0700), symlink("a", "l");
	a = inode("a"), b = inode("b");
	SHOW(renames("a", "b", 8));
	SHOW(renames("a", "b", RENAME_EXCHANGE | RENAME_NOREPLACE));
	SHOW(renames("a", "b", RENAME_EXCHANGE | RENAME_WHITEOUT));
	SHOW(renames("a", "b", RENAME_NOREPLACE));
	SHOW(renames("a", "none", RENAME_EXCHANGE));
	SHOW(renames("none", "a", RENAME_EXCHANGE));
	SHOW(renames("a", "b", RENAME_EXCHANGE));
	SHOW(inode("a") == b && inode("b") == a);
	SHOW(renames("a", "d", RENAME_EXCHANGE));
	SHOW(stat("d", &st) ?: st.st_mode & S_IFMT);
	SHOW(stat("a/e", &st) ?: st.st_mode & S_IFMT);
	SHOW(renames("a", "d", RENAME_EXCHANGE));
	SHOW(renames("d", "d/e", RENAME_EXCHANGE));
	SHOW(renames("d/e", "d", RENAME_EXCHANGE));
	SHOW(renames("a", "d/e", RENAME_EXCHANGE));
	SHOW(stat("d", &st) ?: st.st_nlink);
	SHOW(stat("a", &st) ?: st.st_nlink);
	SHOW(access("a/../d", F_OK));
	SHOW(renames("a", "d/e", RENAME_EXCHANGE));
	SHOW(renames("l", "b", RENAME_EXCHANGE));
	SHOW(lstat("b", &st) ?: st.st_mode & S_IFMT);
	SHOW(renames("b", "l", RENAME_EXCHANGE));
	SHOW(renames("a", "a", RENAME_EXCHANGE));
	SHOW(renames("a", "a", RENAME_NOREPLACE));
	SHOW(renames("a/", "b", RENAME_EXCHANGE));
	SHOW(renames("a", "b/", RENAME_EXCHANGE));
	SHOW(renames("d/", "b", RENAME_EXCHANGE));
	SHOW(renames("b", "d", RENAME_EXCHANGE));
	SHOW(renames("d", ".", RENAME_EXCHANGE));
	SHOW(renames(".", "d", RENAME_EXCHANGE));
	unlink("a"), unlink("b"), unlink("l"), rmdir("d/e/f"), rmdir("d/e"), rmdir("d");
	unlink("d"), rmdir("b/e/f"), rmdir("b/e"), rmdir("b");
}

/* Of sizes; `fd` is left with GROW and SHRINK. */
static void seals_of_sizes(int fd)
{
	SHOW(fcntl(fd, F_GET_SEALS));
	SHOW(write(fd, "hello", 5));
	SHOW(fcntl(fd, F_ADD_SEALS, 0x100));
	SHOW(fcntl(fd, F_ADD_SEALS, F_SEAL_GROW));
	SHOW(fcntl(fd, F_GET_SEALS));
	SHOW(ftruncate(fd, 6));
	SHOW(ftruncate(fd, 4));
	SHOW(pwrite(fd, "world", 5, 0));
	SHOW(pwrite(fd, "xy", 2, 4));
	SHOW(pwrite(fd, "worl", 4, 0));
	SHOW(fallocate(fd, 0, 0, 100));
	SHOW(fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, 100));
	SHOW(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK));
	SHOW(ftruncate(fd, 3));
	SHOW(ftruncate(fd, 4));
}

/* Of contents, which no mapping may write to by then. */
static void seals_of_contents(int fd)
{
	char *at, *ro;
	int p[2];

	at = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	SHOW(at != MAP_FAILED);
	SHOW(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
	ro = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
	SHOW(ro != MAP_FAILED);
	munmap(at, 4096);
	SHOW(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
	munmap(ro, 4096);
	SHOW(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
	SHOW(fcntl(fd, F_GET_SEALS));
	SHOW(pwrite(fd, "x", 1, 0));
	SHOW(write(fd, "x", 1));
	SHOW(pwrite(fd, "", 0, 0));
	pipe(p);
	SHOW(write(p[1], "abc", 3));
	SHOW(splice(p[0], NULL, fd, NULL, 3, 0));
	close(p[0]), close(p[1]);
	SHOW(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4));
	SHOW(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED);
	SHOW((ro = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0)) != MAP_FAILED);
	SHOW(mprotect(ro, 4096, PROT_READ | PROT_WRITE));
	SHOW(munmap(ro, 4096));
	SHOW((at = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0)) != MAP_FAILED);
	*at = 'p';
	SHOW(pread(fd, text, 1, 0));
	SHOW(text[0]);
	munmap(at, 4096);
	SHOW(fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL));
	SHOW(fcntl(fd, F_ADD_SEALS, F_SEAL_GROW));
	SHOW(fcntl(fd, F_GET_SEALS));
}

static void seals_of_what_is_mapped_later(void)
{
	char *at, *ro;
	int fd;

	SHOW(fd = memfd_create("m", MFD_ALLOW_SEALING));
	ftruncate(fd, 8192);
	at = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	SHOW(fcntl(fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE));
	*at = 'f';
	SHOW(pread(fd, text, 1, 0) ? text[0] : -1);
	SHOW(pwrite(fd, "x", 1, 0));
	SHOW(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED);
	ro = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
	SHOW(mprotect(ro, 4096, PROT_READ | PROT_WRITE));
	SHOW(fcntl(fd, F_GET_SEALS));
	munmap(at, 8192), munmap(ro, 4096);
	close(fd);
}

static void seals_of_modes(void)
{
	int fd;

	SHOW(fd = memfd_create("m", MFD_NOEXEC_SEAL));
	SHOW(fcntl(fd, F_GET_SEALS));
	SHOW(fchmod(fd, 0777));
	SHOW(fchmod(fd, 0600));
	close(fd);
	SHOW(fd = memfd_create("m", MFD_EXEC));
	SHOW(fcntl(fd, F_GET_SEALS));
	close(fd);
	SHOW(memfd_create("m", MFD_EXEC | MFD_NOEXEC_SEAL));
	SHOW(fd = memfd_create("m", MFD_ALLOW_SEALING));
	SHOW(fcntl(fd, F_ADD_SEALS, F_SEAL_EXEC));
	SHOW(fcntl(fd, F_GET_SEALS));
	SHOW(fchmod(fd, 0600));
	close(fd);
}

static void seals_of_what_has_none(void)
{
	int fd, sealed, file = open("s", O_CREAT | O_RDWR, 0600), p[2];

	SHOW(fcntl(file, F_GET_SEALS) == -1 || 1);
	SHOW(fd = memfd_create("m", 0));
	SHOW(fcntl(fd, F_GET_SEALS));
	SHOW(fcntl(fd, F_ADD_SEALS, F_SEAL_GROW));
	close(fd);
	pipe(p);
	SHOW(fcntl(p[0], F_GET_SEALS));
	SHOW(fcntl(p[0], F_ADD_SEALS, F_SEAL_GROW));
	SHOW(fcntl(99, F_GET_SEALS));
	SHOW(fd = memfd_create("m", MFD_ALLOW_SEALING));
	snprintf(text, sizeof(text), "/proc/self/fd/%d", fd);
	SHOW(sealed = open(text, O_RDONLY));
	SHOW(fcntl(sealed, F_ADD_SEALS, F_SEAL_GROW));
	SHOW(fcntl(sealed, F_GET_SEALS));
	close(fd), close(sealed), close(file), close(p[0]), close(p[1]);
	unlink("s");
}

static void seals(void)
{
	int fd;

	section("seals");
	SHOW(fd = memfd_create("m", MFD_ALLOW_SEALING));
	seals_of_sizes(fd);
	seals_of_contents(fd);
	close(fd);
	seals_of_what_is_mapped_later();
	seals_of_modes();
	seals_of_what_has_none();
}

void conform_places(void)
{
	umask(022);
	resolving();
	if (conform_in_memory) {
		nameless();
		exchanging();
	}
	seals();
}
