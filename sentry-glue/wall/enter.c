/* SPDX-License-Identifier: Apache-2.0 */
/* Namespaces, an empty root, no capabilities and nobody else's processes. */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/mount.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sentry-glue/wall/wall.h"

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), err = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		err = -errno;
	close(fd);
	return err;
}

static int write_map(pid_t pid, const char *file, const char *text)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	return write_file(path, text);
}

/* Who stayed outside maps every id to itself, which takes root there. */
static void map_all(pid_t pid, int go)
{
	static const char every[] = "0 0 4294967295";
	char byte;

	if (read(go, &byte, 1) != 1)
		_exit(1);
	_exit(write_map(pid, "uid_map", every) || write_map(pid, "gid_map", every) ? 1 : 0);
}

/* Nobody else's id has a name there, then: files of others are nobody's. */
static int map_own(uid_t uid, gid_t gid)
{
	char text[64];
	int err;

	snprintf(text, sizeof(text), "%u %u 1", uid, uid);
	err = write_map(getpid(), "uid_map", text);
	if (!err)
		err = write_map(getpid(), "setgroups", "deny");
	snprintf(text, sizeof(text), "%u %u 1", gid, gid);
	return err ? err : write_map(getpid(), "gid_map", text);
}

static int namespaces(void)
{
	const int all = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS |
			CLONE_NEWCGROUP;
	uid_t uid = getuid();
	gid_t gid = getgid();
	int go[2], status = 1, err = 0;
	pid_t self = getpid(), helper;

	if (uid)
		return unshare(all) ? -errno : map_own(uid, gid);
	if (pipe2(go, O_CLOEXEC))
		return -errno;
	helper = fork();
	if (!helper)
		map_all(self, go[0]);
	close(go[0]);
	if (helper < 0 || unshare(all) || write(go[1], "", 1) != 1)
		err = -errno;
	close(go[1]);
	if (helper > 0 && waitpid(helper, &status, 0) == helper && !err && status)
		err = map_own(uid, gid); /* root of a namespace that has not all ids itself */
	return err;
}

/* A copy of what is mounted there; to one that is not for writing nobody writes, whatever his rights. */
static int open_view(struct sea_wall_view *view)
{
	struct mount_attr attr = { .attr_set = (view->writable ? 0 : MOUNT_ATTR_RDONLY) |
					       MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
					       MOUNT_ATTR_NOEXEC };
	int tree = (int)syscall(SYS_open_tree, AT_FDCWD, view->path,
				OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);

	if (tree < 0)
		return -errno;
	if (syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr, sizeof(attr)))
		return -errno;
	/* The tree is there as long as this first descriptor, which nobody closes. */
	view->fd = openat(tree, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return view->fd < 0 ? -errno : 0;
}

static int empty_root(void)
{
	int fs = (int)syscall(SYS_fsopen, "tmpfs", FSOPEN_CLOEXEC), mount, err = 0;

	if (fs < 0)
		return -errno;
	if (syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		return -errno;
	mount = (int)syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC,
			     MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
				     MOUNT_ATTR_NOEXEC);
	if (mount < 0 || fchdir(mount) || chroot("."))
		err = -errno;
	close(fs);
	return err;
}

static int drop_capabilities(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	const struct __user_cap_data_struct none[2] = { { 0 } };

	for (int cap = 0; cap < 64; cap++) {
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) && errno != EINVAL)
			return -errno;
	}
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || syscall(SYS_capset, &header, none))
		return -errno;
	return 0;
}

int sea_wall_enter(struct sea_wall_view *views, unsigned int n, const char **what)
{
	int err;

	*what = "namespaces of its own";
	err = namespaces();
	if (err)
		return err;
	for (unsigned int i = 0; i < n; i++) {
		*what = views[i].writable ? "a view of what --rw names"
					  : "a read-only view of the root";
		err = open_view(&views[i]);
		if (err)
			return err;
	}
	*what = "an empty root directory";
	err = empty_root();
	if (err)
		return err;
	*what = "no capabilities";
	err = drop_capabilities();
	if (err)
		return err;
	*what = "a scope of its own";
	return sea_wall_scope();
}
