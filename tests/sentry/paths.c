/* SPDX-License-Identifier: Apache-2.0 */
/* What every call that takes a path says to each path that is not as it should be. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include "tests/sentry/conform.h"

static char name_256[257], name_255[256], path_4096[PATH_MAX + 1], path_4095[PATH_MAX];
static char text[PATH_MAX];
static struct stat st;

static void lookups(const char *path)
{
	struct statfs fs;
	struct statx sx;
	char *const argv[] = { "x", NULL };

	SHOW(stat(path, &st));
	SHOW(lstat(path, &st));
	SHOW(statx(AT_FDCWD, path, 0, STATX_TYPE, &sx));
	SHOW(statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, STATX_TYPE, &sx));
	SHOW(access(path, F_OK));
	SHOW(faccessat(AT_FDCWD, path, R_OK, AT_EACCESS));
	SHOW(faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW));
	SHOW(readlink(path, text, sizeof(text)));
	SHOW(readlink(path, text, 0));
	SHOW(statfs(path, &fs));
	SHOW(chdir(path));
	SHOW(chmod(path, 0700));
	SHOW(chown(path, -1, -1));
	SHOW(lchown(path, -1, -1));
	SHOW(fchownat(AT_FDCWD, path, -1, -1, 0x4000));
	SHOW(utimensat(AT_FDCWD, path, NULL, 0));
	SHOW(utimensat(AT_FDCWD, path, NULL, 0x4000));
	SHOW(truncate(path, 0));
	SHOW(truncate(path, -1));
	SHOW(execv(path, argv));
}

static int opened(const char *path, int flags)
{
	int fd = open(path, flags, 0600);

	if (fd < 0)
		return -1;
	close(fd);
	return 0;
}

static void opens(const char *path)
{
	SHOW(opened(path, O_RDONLY));
	SHOW(opened(path, O_WRONLY));
	SHOW(opened(path, O_RDONLY | O_DIRECTORY));
	SHOW(opened(path, O_RDONLY | O_NOFOLLOW));
	SHOW(opened(path, O_PATH));
	SHOW(opened(path, O_PATH | O_NOFOLLOW));
	SHOW(opened(path, O_PATH | O_DIRECTORY));
	SHOW(opened(path, O_RDONLY | O_CREAT | O_EXCL));
	unlink("missing");
}

/* What comes of it is taken away again. */
static void makes(const char *path)
{
	SHOW(mkdir(path, 0700));
	rmdir("missing");
	SHOW(mknod(path, S_IFREG | 0600, 0));
	unlink("missing");
	SHOW(mknod(path, S_IFIFO | 0600, 0));
	unlink("missing");
	SHOW(mknod(path, S_IFDIR | 0600, 0));
	SHOW(mknod(path, S_IFMT | 0600, 0));
	SHOW(symlink("x", path));
	unlink("missing");
	SHOW(symlink(path, "made"));
	unlink("made");
	SHOW(link("file", path));
	unlink("missing");
	SHOW(linkat(AT_FDCWD, path, AT_FDCWD, "made", 0));
	unlink("made");
	SHOW(linkat(AT_FDCWD, path, AT_FDCWD, "made", AT_SYMLINK_FOLLOW));
	unlink("made");
	SHOW(linkat(AT_FDCWD, path, AT_FDCWD, "made", 0x4000));
}

static void moves(const char *path)
{
	SHOW(rename(path, "made"));
	rename("made", path);
	SHOW(renameat2(AT_FDCWD, path, AT_FDCWD, "file", 1 /* RENAME_NOREPLACE */));
	SHOW(renameat2(AT_FDCWD, "file", AT_FDCWD, path, 1));
	rename("missing", "file");
	SHOW(renameat2(AT_FDCWD, path, AT_FDCWD, "made", 0x4000));
	SHOW(unlinkat(AT_FDCWD, path, 0x4000));
	SHOW(rmdir(path));
	SHOW(unlink(path));
}

static void each(const char *what, const char *path)
{
	section(what);
	lookups(path);
	opens(path);
	makes(path);
	moves(path);
	symlink("loop", "loop");
	symlink("missing", "dangling");
	symlink("dir", "dirlink");
}

static void fill(void)
{
	memset(name_256, 'a', sizeof(name_256) - 1);
	memset(name_255, 'a', sizeof(name_255) - 1);
	memset(path_4096, '/', sizeof(path_4096) - 1);
	memset(path_4095, '/', sizeof(path_4095) - 1);
	close(open("file", O_RDWR | O_CREAT, 0600));
	mkdir("dir", 0700);
	mkdir("dir/sub", 0700);
	symlink("loop", "loop");
	symlink("missing", "dangling");
	symlink("dir", "dirlink");
}

/* Of a path that ends in a slash, and of . and .., what makes and what removes names. */
static void endings(void)
{
	static const char *const paths[] = { "file/",  "missing/", ".",        "..",  "dir/.",
					     "dir/..", "/",        "dirlink/", "dir/" };

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		section(paths[i]);
		SHOW(lstat(paths[i], &st));
		SHOW(S_ISDIR(st.st_mode));
		SHOW(opened(paths[i], O_WRONLY));
		SHOW(opened(paths[i], O_RDONLY | O_CREAT));
		SHOW(opened(paths[i], O_WRONLY | O_CREAT));
		SHOW(readlink(paths[i], text, sizeof(text)));
		SHOW(mknod(paths[i], S_IFREG | 0600, 0));
		SHOW(symlink("x", paths[i]));
		SHOW(link("file", paths[i]));
		SHOW(link(paths[i], "file"));
		if (strcmp(paths[i], "/")) /* which may be on another disk */
			SHOW(rename("file", paths[i]));
		SHOW(unlink(paths[i]));
		SHOW(rmdir(paths[i]));
		SHOW(truncate(paths[i], 0));
	}
	section("slashes");
	SHOW(mkdir("file/", 0700));
	SHOW(mkdir(".", 0700));
	SHOW(mkdir("dir/..", 0700));
	SHOW(mkdir("dirlink/", 0700));
	SHOW(mkdir("new//", 0700));
	SHOW(rename("new/", "newer/"));
	SHOW(rename("file/", "x"));
	SHOW(rename("newer", "file/"));
	SHOW(rename("newer/.", "x"));
	SHOW(rename("newer", "dir/.."));
	SHOW(rmdir("newer//"));
	SHOW(stat("dirlink/sub", &st));
	SHOW(stat("dirlink//./sub/../sub", &st));
}

static int chain(int n)
{
	char from[16] = "file", to[16] = "c00";

	for (int i = 0; i < n; i++) {
		to[1] = (char)('0' + i / 10), to[2] = (char)('0' + i % 10);
		if (symlink(from, to))
			return -1;
		strcpy(from, to);
	}
	return 0;
}

static void chains(void)
{
	section("chain of links");
	SHOW(chain(41));
	SHOW(stat("c39", &st));
	SHOW(stat("c40", &st));
	SHOW(opened("c39", O_RDWR));
	SHOW(opened("c40", O_RDWR));
	for (int i = 0; i < 41; i++)
		unlink((char[]){ 'c', (char)('0' + i / 10), (char)('0' + i % 10), 0 });
}

void conform_paths(void)
{
	fill();
	each("no name", "");
	each("missing", "missing");
	each("below missing", "missing/x");
	each("below a file", "file/x");
	each("loop", "loop");
	each("below a loop", "loop/x");
	each("name too long", name_256);
	each("path too long", path_4096);
	each("bad address", (const char *)8);
	each("kernel's address", (const char *)-4096);
	endings();
	chains();
	section("long");
	SHOW(stat(path_4095, &st));
	SHOW(mkdir(name_255, 0700));
	SHOW(rmdir(name_255));
	unlink("loop"), unlink("dangling"), unlink("dirlink"), unlink("file");
	SHOW(rmdir("dir/sub"));
	SHOW(rmdir("dir"));
}
