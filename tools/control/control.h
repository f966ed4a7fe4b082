/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The control socket of a running stack: AF_UNIX, SOCK_STREAM, lines of text. A client writes one
 * line, a command and its words; the answer is any number of lines that begin with a space, and one
 * that does not: "ok", "failed" (all was said), or "error SENTENCE". Then the server closes. The command
 * "exec" comes with a descriptor (SCM_RIGHTS): a seccomp listener.
 */
#ifndef SEA_CONTROL_CONTROL_H
#define SEA_CONTROL_CONTROL_H

#include "tools/control/path.h"
#include "tools/host/host.h"

#define SEA_CONTROL_LINE_MAX 256

struct sea_control_session;
struct sea_exec_server;

struct sea_control {
	struct sea_host *host;
	const char *name; /* of the stack */
	char path[SEA_CONTROL_PATH_MAX];
	int fd; /* -1: not open */
	struct sea_control_session *sessions;
	unsigned n_sessions;
	struct sea_exec_server *exec; /* NULL: no program has run in this stack yet */
};

/*
 * Listens on control->path. One that nobody answers on is a leftover and is replaced. SEA_EXIT_OK,
 * or an exit status, said.
 */
int sea_control_open(struct sea_control *control, struct sea_host *host, const char *name);
/* Ends what is going on, and removes the socket. */
void sea_control_close(struct sea_control *control);

/*
 * The client: a connection to the control socket, with these flags of socket(2); 0 or -errno (-EAGAIN with
 * SOCK_NONBLOCK: too many wait for it), and what that means, said: SEA_EXIT_FAILED.
 */
int sea_control_dial(const char *path, int flags, int *fd);
int sea_control_cannot_reach(const char *path, int err);
/* Both: an exit status, said. */
int sea_control_connect(const char *path, int *fd);

/* Sends a command and prints the answer; an exit status, said. */
int sea_control_call(const char *path, const char *command);

#endif
