/* SPDX-License-Identifier: Apache-2.0 */
/* Other processes: by Landlock, since the filter sees numbers, and not whose they are. */
#include <errno.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sentry-glue/wall/wall.h"

/* As Linux has them (linux/landlock.h); older headers lack the later ones. */
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_restrict_self 446
#endif
#define CREATE_RULESET_VERSION 1u
#define ACCESS_NET_BIND_TCP 1ull
#define ACCESS_NET_CONNECT_TCP 2ull
#define SCOPE_ABSTRACT_UNIX_SOCKET 1ull
#define SCOPE_SIGNAL 2ull
#define VERSION_WITH_NET 4
#define VERSION_WITH_SCOPES 6

struct ruleset {
	uint64_t handled_access_fs, handled_access_net, scoped;
};

int sea_wall_scope(void)
{
	/* Nothing is allowed of what it handles: no rule is added. It handles nothing of files, or else
	 * linking and renaming from one directory to another would be EXDEV below --rw. */
	struct ruleset set = { .handled_access_net = ACCESS_NET_BIND_TCP | ACCESS_NET_CONNECT_TCP };
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_RULESET_VERSION);
	int fd, err = 0;

	if (version < 0)
		return errno == ENOSYS || errno == EOPNOTSUPP ? 0 : -errno;
	if (version < VERSION_WITH_NET)
		return 0;
	if (version >= VERSION_WITH_SCOPES)
		set.scoped = SCOPE_ABSTRACT_UNIX_SOCKET | SCOPE_SIGNAL;
	fd = (int)syscall(SYS_landlock_create_ruleset, &set, sizeof(set), 0);
	if (fd < 0)
		return -errno;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || syscall(SYS_landlock_restrict_self, fd, 0))
		err = -errno;
	close(fd);
	return err;
}
