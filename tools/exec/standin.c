/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making, finding and ending stand-ins. That the program has closed the last descriptor of a stream's
 * is seen as a hang-up at our end. Datagram sockets have no hang-up (and streams no error that can be
 * taken back): those are asked now and then by connecting to their name again, which fails once they
 * are gone.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tools/exec/server.h"

/* The smallest that there is: few bytes make the program's end full. */
#define SNDBUF 1
#define HEARD 64 /* hang-ups at a time */

static struct sea_standin_bucket *bucket_of(struct sea_exec_server *server, uint64_t cookie)
{
	return &server->standins.bucket[cookie % SEA_STANDIN_BUCKETS];
}

static int cookie_of(int fd, uint64_t *cookie)
{
	socklen_t len = sizeof(*cookie);

	return getsockopt(fd, SOL_SOCKET, SO_COOKIE, cookie, &len) ? -errno : 0;
}

struct sea_standin *sea_standin_find(struct sea_exec_server *server, int fd)
{
	struct sea_standin *standin;
	uint64_t cookie;

	if (cookie_of(fd, &cookie))
		return NULL;
	LIST_FOREACH(standin, bucket_of(server, cookie), same_hash)
	{
		if (standin->cookie == cookie)
			return standin;
	}
	return NULL;
}

static void destroy(struct sea_standin *standin)
{
	struct sea_standin_table *table = &standin->server->standins;

	LIST_REMOVE(standin, same_hash);
	if (!standin->stream) {
		TAILQ_REMOVE(&table->asked, standin, order);
		table->n_asked--;
	}
	free(standin->file);
	free(standin);
}

static void close_end(struct sea_standin *standin)
{
	if (standin->fd < 0)
		return;
	close(standin->fd);
	standin->fd = -1;
}

void sea_standin_end(struct sea_standin *standin, sea_time now)
{
	struct sea_host *host = standin->server->host;

	close_end(standin);
	if (!standin->file) {
		/* SO_LINGER: the program waits for nothing, but the socket may want to be closed twice. */
		if (sea_socket_close(host->stack, standin->watcher.sock, now) == -EWOULDBLOCK &&
		    !standin->lingers) {
			standin->lingers = true;
			return;
		}
		sea_watch_remove(&host->watch, &standin->watcher);
	}
	destroy(standin);
}

static void stack_says(struct sea_watcher *watcher, uint32_t edge, sea_time now)
{
	struct sea_standin *standin = (struct sea_standin *)watcher;

	if (!standin->lingers)
		sea_exec_step(standin, edge, now);
	else if (edge & SEA_POLLHUP)
		sea_standin_end(standin, now);
}

static void all_ends(struct sea_watcher *watcher, sea_time now)
{
	struct sea_standin *standin = (struct sea_standin *)watcher;

	standin->lingers = true;
	sea_standin_end(standin, now);
}

static const struct sea_watcher_ops ops = { .ready = stack_says, .end = all_ends };

/*
 * A hang-up at our end, or the reset that a byte left unread makes of it; a stream that we have ended
 * ourselves shows the first all the time.
 */
static void hung_up(struct sea_standin *standin, uint32_t events, sea_time now)
{
	int err = 0;
	socklen_t len = sizeof(err);

	if (standin->ended &&
	    (getsockopt(standin->fd, SOL_SOCKET, SO_ERROR, &err, &len) || err != ECONNRESET))
		return;
	if (events & (EPOLLHUP | EPOLLERR))
		sea_standin_end(standin, now);
}

void sea_standin_hear(struct sea_exec_server *server, sea_time now)
{
	struct epoll_event ev[HEARD];
	int n;

	do {
		n = epoll_wait(server->standins.hangups, ev, HEARD, 0);
		for (int i = 0; i < n; i++)
			hung_up(ev[i].data.ptr, ev[i].events, now);
	} while (n == HEARD);
}

static void hangups_come(void *arg, uint32_t events, sea_time now)
{
	(void)events;
	sea_standin_hear(arg, now);
}

/* A name that only we know, so that nobody else sends there. */
static int give_name(struct sea_standin_table *table, struct sea_standin *standin, int theirs)
{
	char *at = standin->name.sun_path + 1;
	int n = snprintf(at, sizeof(standin->name.sun_path) - 1, "seastack-exec-%016llx",
			 (unsigned long long)table->named++);

	memcpy(at + n, table->secret, sizeof(table->secret));
	standin->name.sun_family = AF_UNIX;
	return bind(theirs, (struct sockaddr *)&standin->name, sizeof(standin->name)) ? -errno : 0;
}

static int make_pair(struct sea_exec_server *server, struct sea_standin *standin, int pair[2])
{
	struct epoll_event ev = { .events = EPOLLRDHUP | EPOLLET, .data.ptr = standin };
	const int small = SNDBUF;
	int type = standin->stream ? SOCK_STREAM : SOCK_DGRAM, err;

	if (socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, pair))
		return -errno;
	standin->fd = pair[0];
	err = sea_exec_scarce(pair[1]) ? -ENFILE : cookie_of(pair[1], &standin->cookie);
	if (!err && (fcntl(pair[0], F_SETFL, O_NONBLOCK) ||
		     setsockopt(pair[1], SOL_SOCKET, SO_SNDBUF, &small, sizeof(small))))
		err = -errno;
	if (!err && !standin->stream)
		err = give_name(&server->standins, standin, pair[1]);
	if (!err && epoll_ctl(server->standins.hangups, EPOLL_CTL_ADD, pair[0], &ev))
		err = -errno;
	if (err) {
		close(pair[0]);
		close(pair[1]);
	}
	return err;
}

static int new_one(struct sea_exec_server *server, bool stream, int *theirs,
		   struct sea_standin **made)
{
	struct sea_standin *standin = calloc(1, sizeof(*standin));
	int pair[2], err;

	if (!standin)
		return -ENOMEM;
	standin->server = server;
	standin->stream = stream;
	TAILQ_INIT(&standin->calls);
	err = make_pair(server, standin, pair);
	if (err) {
		free(standin);
		return err;
	}
	LIST_INSERT_HEAD(bucket_of(server, standin->cookie), standin, same_hash);
	if (!stream) {
		TAILQ_INSERT_TAIL(&server->standins.asked, standin, order);
		server->standins.n_asked++;
	}
	*theirs = pair[1];
	*made = standin;
	return 0;
}

int sea_standin_new(struct sea_exec_server *server, sea_socket sock, bool stream, int *theirs,
		    struct sea_standin **made)
{
	struct sea_host *host = server->host;
	uint32_t mask = SEA_POLLIN | SEA_POLLOUT | SEA_POLLRDHUP | SEA_POLLPRI;
	int err = new_one(server, stream, theirs, made);

	if (!err)
		err = sea_watch_add(&host->watch, host->stack, sock, mask, &ops, &(*made)->watcher);
	else
		*made = NULL;
	if (!err) {
		sea_exec_patience_hurry(server);
		return 0;
	}
	if (*made) {
		close(*theirs);
		close_end(*made);
		destroy(*made);
	}
	sea_socket_close(host->stack, sock, sea_os_now());
	return err;
}

int sea_standin_new_file(struct sea_exec_server *server, const char *file, int *theirs)
{
	struct sea_standin *standin;
	char *copy = strdup(file);
	int err = copy ? new_one(server, true, theirs, &standin) : -ENOMEM;

	if (err)
		free(copy);
	else
		standin->file = copy;
	return err;
}

static bool lives(const struct sea_standin *standin)
{
	return !connect(standin->fd, (const struct sockaddr *)&standin->name,
			sizeof(standin->name)) ||
	       errno != ECONNREFUSED;
}

void sea_standin_look(struct sea_exec_server *server, unsigned max, sea_time now)
{
	struct sea_standin_table *table = &server->standins;

	if (max > table->n_asked)
		max = table->n_asked;
	for (; max; max--) {
		struct sea_standin *standin = TAILQ_FIRST(&table->asked);

		TAILQ_REMOVE(&table->asked, standin, order);
		TAILQ_INSERT_TAIL(&table->asked, standin, order);
		if (standin->fd >= 0 && !lives(standin))
			sea_standin_end(standin, now);
	}
}

int sea_standin_table_init(struct sea_exec_server *server)
{
	struct sea_standin_table *table = &server->standins;
	int err;

	for (unsigned i = 0; i < SEA_STANDIN_BUCKETS; i++)
		LIST_INIT(&table->bucket[i]);
	TAILQ_INIT(&table->asked);
	table->n_asked = 0;
	if (getrandom(table->secret, sizeof(table->secret), 0) != sizeof(table->secret))
		return -errno;
	table->hangups = epoll_create1(EPOLL_CLOEXEC);
	if (table->hangups < 0)
		return -errno;
	err = sea_driver_add_fd(server->host->driver, table->hangups, EPOLLIN, hangups_come,
				server);
	if (err)
		close(table->hangups);
	return err;
}

void sea_standin_table_fini(struct sea_exec_server *server, sea_time now)
{
	struct sea_standin_table *table = &server->standins;

	for (unsigned i = 0; i < SEA_STANDIN_BUCKETS; i++) {
		while (!LIST_EMPTY(&table->bucket[i])) {
			struct sea_standin *standin = LIST_FIRST(&table->bucket[i]);

			standin->lingers = true;
			sea_standin_end(standin, now);
		}
	}
	sea_driver_del_fd(server->host->driver, table->hangups);
	close(table->hangups);
}
