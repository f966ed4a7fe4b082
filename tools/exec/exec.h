/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `seastack exec`: programs whose network is this stack. The server's end, for the control socket:
 * who hands a seccomp listener over has its calls served, within the loop of the stack's driver,
 * until nobody is left who could make one. README.md tells how.
 */
#ifndef SEA_EXEC_EXEC_H
#define SEA_EXEC_EXEC_H

#include <seastack/compiler.h>

struct sea_host;
struct sea_exec_server;

/* 0 or -ENOMEM. The host must outlive it. */
SEA_MUST_USE int sea_exec_server_new(struct sea_host *host, struct sea_exec_server **server);
/* Ends every session and closes their sockets; calls of theirs fail with ENOSYS from then on. */
void sea_exec_server_free(struct sea_exec_server *server);

/*
 * Serves the calls that come by `listener`, which is the server's when 0 comes back. -EINVAL: it is no
 * such listener; -EMFILE: there are too many; or -errno of the driver.
 */
SEA_MUST_USE int sea_exec_serve(struct sea_exec_server *server, int listener);

#endif
