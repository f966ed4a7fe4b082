/* SPDX-License-Identifier: Apache-2.0 */
/* What the socket calls share. */
#ifndef SEA_SENTRY_SYSCALLS_SOCKET_H
#define SEA_SENTRY_SYSCALLS_SOCKET_H

#include <sys/socket.h>

#include "sentry-glue/fs/unix.h"
#include "sentry-glue/syscalls/sys.h"

#define SEA_NAME_MAX 128u /* the longest name that any family has */

/* -EBADF, -ENOTSOCK. */
SEA_MUST_USE int sea_socket_of(struct sea_task *task, uint64_t fd, struct sea_file **file);

/* --- names (connect.c) --- */

/* A name at an address, as long as a name of AF_UNIX may be. */
SEA_MUST_USE int sea_socket_name(struct sea_task *task, uint64_t at, uint64_t len,
				 struct sea_unix_name *name);
/* Who has the name, with a reference. */
SEA_MUST_USE int sea_socket_find(struct sea_task *task, const struct sea_unix_name *name, int type,
				 struct sea_unix **found);
/* Whom what is sent goes to by a name at an address, with a reference: where the type allows one. */
SEA_MUST_USE int sea_socket_aim(struct sea_task *task, struct sea_file *file, uint64_t at,
				uint64_t len, struct sea_unix **to);
/* As much of a name as there is room for, by the length at len_at, which becomes its own. */
SEA_MUST_USE int sea_socket_put_name(struct sea_task *task, const struct sea_unix_name *name,
				     uint64_t at, uint64_t len_at);

/* --- with the sleeping that it may take (socket.c) --- */

int64_t sea_socket_send(struct sea_task *task, struct sea_file *file, struct sea_uio *uio,
			struct sea_unix_flow *flow);
int64_t sea_socket_receive(struct sea_task *task, struct sea_file *file, struct sea_uio *uio,
			   struct sea_unix_flow *flow);
/* Until there is room in a queue, for who sends to it: 0: look again. */
int64_t sea_socket_await_room(struct sea_task *task, struct sea_file *file, struct sea_unix *to);

#endif
