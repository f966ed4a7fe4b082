/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the program's end shows to poll(2). Most of it is set from our end, at any time: a byte that
 * lies there, bytes taken away, a shutdown, a disconnect. What is taken back only ever follows a call
 * of the program, so the program's end is at hand then (`theirs`; -1: it is not).
 *
 *	IN	bytes lie there		sent by us		read from theirs
 *	OUT	it is not full		we read them		sent by theirs
 *	PRI	an urgent byte (stream)	sent by us		read from theirs
 *	RDHUP	our end is shut for writing
 *	HUP	our end is shut for both; a byte stays, so that its close is still seen
 *	ERR	our end left (datagram)	connect to nobody	SO_ERROR of theirs
 *
 * The last works while something that theirs has sent lies unread at our end, so one byte does.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "tools/exec/server.h"

/* So many edges are told before one is read. */
#define BYTES_MAX 128
#define FILL 3000

static void put_byte(struct sea_standin *standin)
{
	if (standin->bytes < BYTES_MAX && !standin->read_ended &&
	    send(standin->fd, "", 1, MSG_DONTWAIT | MSG_NOSIGNAL) == 1)
		standin->bytes++;
}

/* An error that is told stands in the way of the end's other calls. */
static void clear_error(struct sea_standin *standin, int theirs)
{
	int err;
	socklen_t len = sizeof(err);

	if (standin->error && !getsockopt(theirs, SOL_SOCKET, SO_ERROR, &err, &len))
		standin->error = false;
}

/* Leaves `left` bytes, 0 or 1. */
static void drain(struct sea_standin *standin, int theirs, unsigned left)
{
	char byte;

	if (standin->bytes <= left)
		return;
	clear_error(standin, theirs);
	while (standin->bytes > left && recv(theirs, &byte, 1, MSG_DONTWAIT) == 1)
		standin->bytes--;
	if (standin->bytes > left) /* somebody else took them */
		standin->bytes = 0;
}

static void show_in(struct sea_standin *standin, int theirs, bool holds, bool arrived)
{
	if (standin->read_ended)
		return;
	if (theirs >= 0)
		drain(standin, theirs, holds ? 1 : 0);
	if (holds && (arrived || !standin->bytes))
		put_byte(standin);
}

static void empty(struct sea_standin *standin)
{
	char room[FILL];

	while (recv(standin->fd, room, sizeof(room), MSG_DONTWAIT) > 0)
		;
	standin->full = standin->armed = false;
}

static void show_out(struct sea_standin *standin, int theirs, bool holds)
{
	static const char filling[FILL];

	if (holds == !standin->full)
		return;
	if (holds) {
		empty(standin);
	} else if (theirs >= 0 && !standin->ended) {
		clear_error(standin, theirs);
		standin->full = send(theirs, filling, FILL, MSG_DONTWAIT | MSG_NOSIGNAL) > 0;
	}
}

static void show_urgent(struct sea_standin *standin, int theirs, bool holds)
{
	char byte;

	if (holds == standin->urgent || standin->read_ended)
		return;
	if (holds) {
		standin->urgent = send(standin->fd, "", 1, MSG_OOB | MSG_DONTWAIT | MSG_NOSIGNAL) ==
				  1;
	} else if (theirs >= 0) {
		(void)!recv(theirs, &byte, 1, MSG_OOB | MSG_DONTWAIT);
		/* It stays until what follows is asked for. */
		while (recv(theirs, &byte, 1, MSG_DONTWAIT) == 1)
			;
		standin->bytes = 0;
		standin->urgent = false;
	}
}

/* A byte lies there for good: what is closed with it makes our end say so. */
static void show_end(struct sea_standin *standin, uint32_t mask)
{
	if (mask & SEA_POLLRDHUP && !standin->read_ended) {
		if (!standin->bytes)
			put_byte(standin);
		shutdown(standin->fd, SHUT_WR);
		standin->read_ended = true;
	}
	if (mask & SEA_POLLHUP && standin->read_ended && !standin->ended) {
		empty(standin);
		standin->ended = true;
		shutdown(standin->fd, SHUT_RDWR);
	}
}

/* So that an error can be told later, from our end alone. */
static void arm(struct sea_standin *standin, int theirs)
{
	if (!standin->armed && !standin->error && !standin->full)
		standin->armed = send(theirs, "", 1, MSG_DONTWAIT | MSG_NOSIGNAL) == 1;
}

/* Their error is that our end has left them; then it comes back. Without one, a byte wakes whoever waits. */
static void tell_error(struct sea_standin *standin)
{
	const struct sockaddr nobody = { .sa_family = AF_UNSPEC };

	if (!standin->armed) {
		put_byte(standin);
		return;
	}
	standin->error = !connect(standin->fd, &nobody, sizeof(nobody));
	standin->armed = standin->full = false; /* what lay at our end is lost with it */
	(void)!connect(standin->fd, (const struct sockaddr *)&standin->name, sizeof(standin->name));
}

static void show_error(struct sea_standin *standin, int theirs, bool holds)
{
	if (theirs >= 0) {
		if (!holds)
			clear_error(standin, theirs);
		arm(standin, theirs);
	}
	if (holds && !standin->error)
		tell_error(standin);
}

/*
 * A socket that was never connected shows no end, though Linux's has HUP before, and all of it after an
 * attempt: an end cannot be taken back, and the program may try again.
 */
static uint32_t shown(struct sea_standin *standin)
{
	uint32_t mask = sea_socket_poll(standin->server->host->stack, standin->watcher.sock);

	if (!standin->stream)
		return mask;
	if (mask & SEA_POLLOUT && !(mask & (SEA_POLLHUP | SEA_POLLERR)))
		standin->connected = true;
	if (!standin->connected && mask & (SEA_POLLHUP | SEA_POLLERR)) {
		if (mask & SEA_POLLERR)
			mask |= SEA_POLLIN;
		mask = (mask & SEA_POLLIN) | SEA_POLLOUT;
	}
	if (mask & (SEA_POLLERR | SEA_POLLHUP))
		mask |= SEA_POLLIN | SEA_POLLOUT;
	return mask;
}

void sea_standin_mirror(struct sea_standin *standin, int theirs, uint32_t edge)
{
	uint32_t mask;

	if (standin->file || standin->fd < 0)
		return;
	mask = shown(standin);
	if (standin->stream)
		show_urgent(standin, theirs, mask & SEA_POLLPRI);
	show_in(standin, theirs, mask & SEA_POLLIN, edge & SEA_POLLIN);
	show_out(standin, theirs, mask & SEA_POLLOUT);
	if (standin->stream)
		show_end(standin, mask);
	else
		show_error(standin, theirs, mask & SEA_POLLERR);
}
