// SPDX-License-Identifier: Apache-2.0
#include "packetimpact/dut/shell_folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "packetimpact/dut/command.h"

#define PREFIX "seastack-dut-"

/* Making one takes longer than most scripts: one that was used is kept for the next device. */
static struct sea_dut_shell *spare;

/* -- removal -- */

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	(void)remove(path);
	return 0;
}

static void remove_folder(const char *work)
{
	(void)nftw(work, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* As long as it is locked, it is used. */
static int lock(const char *work, int flags)
{
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "%s/lock", work);
	fd = open(path, O_RDWR | O_CLOEXEC | flags, 0644);
	if (fd >= 0 && !flock(fd, LOCK_EX | LOCK_NB))
		return fd;
	if (fd >= 0)
		(void)close(fd);
	return -1;
}

/* What processes left that could not clean up behind themselves. */
static void sweep(const char *place)
{
	char work[PATH_MAX];
	DIR *dir = opendir(place);
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		int fd;

		if (strncmp(entry->d_name, PREFIX, strlen(PREFIX)) != 0)
			continue;
		snprintf(work, sizeof(work), "%s/%s", place, entry->d_name);
		fd = lock(work, 0);
		if (fd < 0)
			continue;
		remove_folder(work);
		(void)close(fd);
	}
	if (dir)
		(void)closedir(dir);
}

static void destroy(struct sea_dut_shell *shell)
{
	if (shell->listen_fd >= 0)
		(void)close(shell->listen_fd);
	sea_dut_tree_free(shell->tree);
	if (shell->work[0])
		remove_folder(shell->work);
	if (shell->lock_fd >= 0)
		(void)close(shell->lock_fd);
	free(shell);
}

static void destroy_spare(void)
{
	if (spare)
		destroy(spare);
	spare = NULL;
}

/* -- making -- */

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

static bool make_net(const char *work)
{
	char folder[80], link[80];

	snprintf(folder, sizeof(folder), "%s/files", work);
	snprintf(link, sizeof(link), "%s/link", work);
	return !mkdir(folder, 0755) && !symlink(folder, link);
}

static bool fill_folder(struct sea_dut_shell *shell)
{
	char root[80];

	snprintf(root, sizeof(root), "%s/net", shell->work);
	shell->lock_fd = lock(shell->work, O_CREAT);
	if (shell->lock_fd < 0 || !make_commands(shell->work) || mkdir(root, 0755) ||
	    !make_net(shell->work))
		return false;
	shell->listen_fd = listen_at(shell->work);
	shell->tree = sea_dut_tree_new(root);
	return shell->listen_fd >= 0 && shell->tree;
}

/* In memory where that is to be had. */
static struct sea_dut_shell *make(void)
{
	const char *place = access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm";
	struct sea_dut_shell *shell = calloc(1, sizeof(*shell));

	if (!shell)
		return NULL;
	sweep(place);
	shell->listen_fd = shell->lock_fd = -1;
	snprintf(shell->work, sizeof(shell->work), "%s/" PREFIX "XXXXXX", place);
	if (!mkdtemp(shell->work))
		shell->work[0] = 0;
	else if (fill_folder(shell))
		return shell;
	destroy(shell);
	return NULL;
}

struct sea_dut_shell *sea_dut_shell_new(void)
{
	static bool registered;
	struct sea_dut_shell *shell = spare;

	if (!registered)
		(void)atexit(destroy_spare);
	registered = true;
	spare = NULL;
	return shell ? shell : make();
}

void sea_dut_shell_free(struct sea_dut_shell *shell)
{
	if (!shell)
		return;
	sea_snippets_end(&shell->snippets);
	if (spare || sea_dut_tree_is_spoiled(shell->tree))
		destroy(shell);
	else
		spare = shell;
}
