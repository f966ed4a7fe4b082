/* SPDX-License-Identifier: Apache-2.0 */
/* Which file a program means: a sysctl, a table of /proc/net, or neither. */
#ifndef SEA_EXEC_PATH_H
#define SEA_EXEC_PATH_H

#include <seastack/stack.h>

#define SEA_EXEC_PATH_MAX 4096
#define SEA_EXEC_NAME_MAX 128 /* of a path of ours */

enum sea_exec_path {
	SEA_EXEC_PATH_OTHER,
	SEA_EXEC_PATH_SYSCTL, /* beneath /proc/sys/net: `name` is "net.ipv4.ip_forward", or a folder's */
	SEA_EXEC_PATH_TABLE, /* /proc/net, or beneath it: `name` is "", or "tcp", or a folder's */
};

/*
 * `path` as seen from `folder`, by its words alone: "." and ".." are followed, symbolic links are not,
 * but for /proc/net itself. A name that is too long is OTHER: there is no such file of ours. So is what tells of AF_UNIX,
 * whose sockets are the kernel's.
 */
enum sea_exec_path sea_exec_path(const char *folder, const char *path,
				 char name[SEA_SYSCTL_NAME_MAX]);
/* The other way round, and its length. */
int sea_exec_path_of(enum sea_exec_path kind, const char *name, char path[SEA_EXEC_NAME_MAX]);

#endif
