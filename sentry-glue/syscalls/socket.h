/* SPDX-License-Identifier: Apache-2.0 */
/* What the socket calls share. */
#ifndef SEA_SENTRY_SYSCALLS_SOCKET_H
#define SEA_SENTRY_SYSCALLS_SOCKET_H

#include <sys/socket.h>

#include "sentry-glue/fs/pair.h"
#include "sentry-glue/syscalls/sys.h"

/* -EBADF, -ENOTSOCK. */
SEA_MUST_USE int sea_socket_of(struct sea_task *task, uint64_t fd, struct sea_file **file);
/* The name of whom to send to, at an address: whether it may be there, and what comes of it. */
SEA_MUST_USE int sea_socket_name(struct sea_task *task, struct sea_file *file, uint64_t at,
				 uint64_t len);
/* With the sleeping that it may take. */
int64_t sea_socket_send(struct sea_task *task, struct sea_file *file, struct sea_uio *uio,
			const struct sea_ancillary *with, int flags);
int64_t sea_socket_receive(struct sea_task *task, struct sea_file *file, struct sea_uio *uio,
			   int flags, struct sea_ancillary *with, int *told);

#endif
