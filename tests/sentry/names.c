/* SPDX-License-Identifier: Apache-2.0 */
/* Names: directories, links, renames; what stat says. */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/sentry/conform.h"

static struct stat st;
static char text[PATH_MAX + 100];

static int count(const char *path)
{
	DIR *dir = opendir(path);
	int n = 0;

	while (dir && readdir(dir))
		n++;
	if (dir)
		closedir(dir);
	return dir ? n : -1;
}

static void directories(void)
{
	section("directory");
	SHOW(mkdir("d", 0777));
	SHOW(mkdir("d", 0777));
	SHOW(mkdir("missing/d", 0777));
	SHOW(mkdir("f/d", 0777));
	SHOW(mkdir("", 0777));
	SHOW(mkdir("d/e/", 0700));
	SHOW(stat("d", &st));
	SHOW(st.st_mode);
	SHOW(st.st_nlink);
	SHOW(count("d"));
	SHOW(rmdir("d"));
	SHOW(rmdir("f"));
	SHOW(rmdir("missing"));
	SHOW(rmdir("."));
	SHOW(unlink("d"));
	SHOW(chdir("d/e"));
	SHOW(getcwd(text, 2) == NULL);
	SHOW(getcwd(text, sizeof(text)) != NULL);
	SHOW(strcmp(text + strlen(text) - 4, "/d/e"));
	SHOW(chdir("../.."));
	SHOW(chdir("f"));
	SHOW(chdir("missing"));
	SHOW(fchdir(-1));
	SHOW(rmdir("d/e"));
	SHOW(stat("d", &st));
	SHOW(st.st_nlink);
	SHOW(rmdir("/"));
	SHOW(count("f"));
}

static void links(void)
{
	section("link");
	SHOW(link("f", "d/hard"));
	SHOW(link("f", "d/hard"));
	SHOW(link("missing", "d/x"));
	SHOW(link("d", "d2"));
	SHOW(stat("f", &st));
	SHOW(st.st_nlink);
	SHOW(symlink("f", "soft"));
	SHOW(symlink("f", "soft"));
	SHOW(symlink("", "soft2"));
	SHOW(symlink("loop", "loop"));
	SHOW(symlink("missing", "dangling"));
	SHOW(symlink("d", "dlink"));
	SHOW(readlink("soft", text, sizeof(text)));
	SHOW(readlink("soft", text, 0));
	SHOW(readlink("f", text, sizeof(text)));
	SHOW(lstat("soft", &st));
	SHOW(st.st_mode);
	SHOW(st.st_size);
	SHOW(stat("soft", &st));
	SHOW(S_ISREG(st.st_mode));
	SHOW(stat("loop", &st));
	SHOW(stat("dangling", &st));
	SHOW(open("soft", O_RDONLY | O_NOFOLLOW));
	SHOW(open("dangling", O_RDONLY | O_CREAT | O_EXCL, 0600));
	SHOW(close(open("dangling", O_RDONLY | O_CREAT, 0600)));
	SHOW(stat("missing", &st));
	SHOW(stat("dlink/hard", &st));
	SHOW(lstat("dlink/", &st));
	SHOW(S_ISDIR(st.st_mode));
	SHOW(unlink("d/hard"));
	SHOW(stat("f", &st));
	SHOW(st.st_nlink);
	SHOW(unlink("dangling"));
	SHOW(unlink("missing"));
	SHOW(unlink("missing"));
	SHOW(rmdir("dlink"));
	SHOW(unlink("dlink"));
	SHOW(unlink("loop"));
}

static void renames(void)
{
	section("rename");
	SHOW(mkdir("d/sub", 0700));
	SHOW(rename("missing", "x"));
	SHOW(rename("f", "g"));
	SHOW(stat("f", &st));
	SHOW(rename("g", "d"));
	SHOW(rename("d", "g"));
	SHOW(rename("d", "d/sub/d"));
	SHOW(rename("g", "d/g"));
	SHOW(rename("d/g", "f"));
	SHOW(rename("d", "empty"));
	SHOW(mkdir("d", 0700));
	SHOW(rename("d", "empty"));
	SHOW(rename("empty", "d"));
	SHOW(rename("f", "f"));
	SHOW(renameat2(AT_FDCWD, "f", AT_FDCWD, "soft", RENAME_NOREPLACE));
	SHOW(rename("f", "soft"));
	SHOW(lstat("soft", &st));
	SHOW(S_ISREG(st.st_mode));
	SHOW(rename("soft", "f"));
	SHOW(rmdir("d"));
	SHOW(rmdir("d/sub"));
	SHOW(rmdir("d"));
}

static void attributes(void)
{
	struct timespec times[2] = { { 1000, 5 }, { 2000, UTIME_OMIT } };

	section("attribute");
	SHOW(chmod("f", 0751));
	SHOW(stat("f", &st));
	SHOW(st.st_mode);
	SHOW(chmod("missing", 0751));
	SHOW(access("f", R_OK | W_OK | X_OK));
	SHOW(access("f", 99));
	SHOW(access("missing", F_OK));
	SHOW(faccessat(AT_FDCWD, "f", F_OK, AT_EACCESS));
	SHOW(utimensat(AT_FDCWD, "f", times, 0));
	SHOW(stat("f", &st));
	SHOW(st.st_atim.tv_sec);
	SHOW(st.st_atim.tv_nsec);
	times[0].tv_nsec = 2000000000;
	SHOW(utimensat(AT_FDCWD, "f", times, 0));
	SHOW(umask(077));
	SHOW(close(open("m", O_CREAT | O_WRONLY, 0666)));
	SHOW(stat("m", &st));
	SHOW(st.st_mode);
	SHOW(umask(022));
	SHOW(unlink("m"));
	SHOW(mkfifo("fifo", 0600));
	SHOW(stat("fifo", &st));
	SHOW(st.st_mode);
	SHOW(unlink("fifo"));
	SHOW(fchownat(AT_FDCWD, "f", getuid(), getgid(), 0));
}

static void long_names(void)
{
	section("long name");
	memset(text, 'a', sizeof(text));
	text[256] = 0;
	SHOW(open(text, O_RDONLY));
	text[255] = 0;
	SHOW(open(text, O_RDONLY));
	text[255] = 'a';
	text[PATH_MAX + 10] = 0;
	SHOW(open(text, O_RDONLY));
}

void conform_names(void)
{
	directories();
	links();
	renames();
	attributes();
	long_names();
}
