/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stand-ins: what a program holds for a socket of the stack. Each is one end of a pair of AF_UNIX
 * sockets; the other is ours. What poll(2) says of the program's end is what the stack says of the
 * socket; nothing else travels through the pair. README.md has the table.
 */
#ifndef SEA_EXEC_STANDIN_H
#define SEA_EXEC_STANDIN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/un.h>

#include <seastack/compiler.h>
#include <seastack/socket.h>
#include <seastack/time.h>

#include "tools/host/watch.h"

struct sea_exec_server;
struct sea_exec_call;

struct sea_standin {
	struct sea_watcher watcher; /* first; its sock is 0 for a file */
	struct sea_exec_server *server;
	LIST_ENTRY(sea_standin) same_hash;
	TAILQ_ENTRY(sea_standin) order;    /* of those that are asked whether they live */
	TAILQ_HEAD(, sea_exec_call) calls; /* that wait for it, oldest first */
	uint64_t cookie;                   /* of the program's end: SO_COOKIE */
	int fd;                            /* our end */
	bool stream;
	struct sockaddr_un name; /* of the program's end, where it is no stream */
	char *file;              /* the sysctl that is written to; NULL: a socket */
	/* What the program's end shows. */
	unsigned bytes; /* that lie there to be read */
	bool full;      /* it cannot be written to */
	bool error;     /* SEA_POLLERR; not of streams */
	bool armed;     /* a byte lies at our end, so that an error can be told */
	bool read_ended, ended;
	bool urgent;
	bool connected; /* a stream that was: its end is the end */
	bool lingers;   /* the program's end is gone, and the stack's socket not yet */
};

#define SEA_STANDIN_BUCKETS 1024
LIST_HEAD(sea_standin_bucket, sea_standin);
TAILQ_HEAD(sea_standin_order, sea_standin);

struct sea_standin_table {
	struct sea_standin_bucket bucket[SEA_STANDIN_BUCKETS];
	struct sea_standin_order asked;
	unsigned n_asked;
	int hangups; /* an epoll of our ends */
	uint8_t secret[16];
	uint64_t named;
};

/*
 * A stand-in for `sock`, which is its own from then on, also on error; *theirs is the end for the
 * program. 0, or -errno.
 */
SEA_MUST_USE int sea_standin_new(struct sea_exec_server *server, sea_socket sock, bool stream,
				 int *theirs, struct sea_standin **standin);
/* One for a file that is written: `file` is copied. */
SEA_MUST_USE int sea_standin_new_file(struct sea_exec_server *server, const char *file,
				      int *theirs);
/* By the program's end, held in `fd`; NULL when it is none. */
struct sea_standin *sea_standin_find(struct sea_exec_server *server, int fd);

/*
 * Makes the end for the program show what the stack says now. `theirs` is that end, while it is held for a
 * call; -1: it is not. `edge`: what has just arrived is told even if it was shown before.
 */
void sea_standin_mirror(struct sea_standin *standin, int theirs, uint32_t edge);

/* Those without a hang-up are asked whether they live, at most `max` of them. */
void sea_standin_look(struct sea_exec_server *server, unsigned max, sea_time now);
/* Closes the stack's socket. */
void sea_standin_end(struct sea_standin *standin, sea_time now);

/* Ends those whose last descriptor was closed; before each call, so that closing comes before what follows. */
void sea_standin_hear(struct sea_exec_server *server, sea_time now);

SEA_MUST_USE int sea_standin_table_init(struct sea_exec_server *server);
void sea_standin_table_fini(struct sea_exec_server *server, sea_time now);

#endif
