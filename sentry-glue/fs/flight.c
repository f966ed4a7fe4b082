/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages, and the open files in them. Letting go of a message may let go of a socket, and that of
 * the messages before it, as deep as a guest likes: so they are put on a heap and taken from it one
 * by one. The same loop looks for sockets that only each other's queues know.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "sentry-glue/fs/unix.h"
#include "sentry-glue/kernel/kernel.h"
#include "sentry-glue/vfs/file.h"

/* As a socket buffer of Linux: the room of a power of two, and what describes it. */
static uint32_t charge_of(uint32_t len)
{
	uint32_t room = 512;

	while (room < len + 320)
		room *= 2;
	return (len > 16000 ? (len + 8191) / 4096 * 4096 : room) + 256;
}

struct sea_message *sea_message_new(struct sea_unix *from, uint32_t len,
				    const struct sea_ancillary *with)
{
	unsigned int n = with ? with->nfiles : 0;
	struct sea_message *message = malloc(sizeof(*message) + len);

	if (!message)
		return NULL;
	*message = (struct sea_message){ .len = len, .charge = charge_of(len) };
	if (n) {
		message->files = calloc(n, sizeof(struct sea_file *));
		if (!message->files) {
			free(message);
			return NULL;
		}
		memcpy(message->files, with->files, n * sizeof(struct sea_file *));
	}
	message->from = from;
	from->refs++;
	message->nfiles = n;
	for (unsigned int i = 0; i < n; i++)
		sea_file_get(message->files[i])->in_flight++;
	if (with) {
		message->has_creds = with->has_creds;
		message->creds = with->creds;
	}
	from->sent += message->charge;
	from->kernel->unix_bytes += message->charge;
	from->kernel->in_flight += n;
	return message;
}

void sea_message_queue(struct sea_unix *to, struct sea_message *message)
{
	*(to->last ? &to->last->next : &to->first) = message;
	to->last = message;
	to->queued += message->len;
	to->nqueued++;
	sea_waitq_wake(&to->waitq);
	sea_unix_signal(to, POLL_IN);
}

void sea_message_files(struct sea_message *message, struct sea_ancillary *with, bool peek)
{
	for (unsigned int i = 0; i < message->nfiles; i++) {
		with->files[with->nfiles++] = message->files[i];
		if (peek)
			sea_file_get(message->files[i]);
		else
			message->files[i]->in_flight--;
	}
	if (peek)
		return;
	message->from->kernel->in_flight -= message->nfiles;
	message->nfiles = 0;
}

static void reach_one(struct sea_unix *end, struct sea_unix **scan)
{
	if (!end || end->reached)
		return;
	end->reached = true;
	end->scan = *scan;
	*scan = end;
}

/* Every socket that a file in this one's queue is, or that it may accept. */
static void reach(struct sea_unix *end, struct sea_unix **scan)
{
	for (struct sea_message *m = end->first; m; m = m->next) {
		for (unsigned int i = 0; i < m->nfiles; i++)
			reach_one(sea_unix_of(m->files[i]), scan);
	}
	for (struct sea_unix *c = end->first_waiting; c; c = c->next_waiting)
		reach_one(c, scan);
}

/* Empties the queues of sockets that nobody can get at. */
static void collect(struct sea_kernel *kernel)
{
	struct sea_unix *scan = NULL, *end, *next;

	for (end = kernel->sockets; end; end = end->next)
		end->reached = false;
	for (end = kernel->sockets; end; end = end->next) {
		if (end->file && end->file->refs > end->file->in_flight)
			reach_one(end, &scan);
	}
	while (scan) {
		end = scan;
		scan = end->scan;
		reach(end, &scan);
	}
	for (end = kernel->sockets; end; end = next) {
		next = end->next;
		if (!end->reached)
			sea_unix_empty(end);
	}
}

/* What it charged has gone before: its sender may have, too. */
static void bury(struct sea_message *message)
{
	for (unsigned int i = 0; i < message->nfiles; i++) {
		message->files[i]->in_flight--;
		sea_file_put(message->files[i]);
	}
	free(message->files);
	free(message);
}

static void work(struct sea_kernel *kernel)
{
	if (kernel->burying)
		return;
	kernel->burying = true;
	while (kernel->buried || kernel->orphans) {
		struct sea_message *message = kernel->buried;

		if (message) {
			kernel->buried = message->next;
			bury(message);
		} else {
			kernel->orphans = false;
			collect(kernel);
		}
	}
	kernel->burying = false;
}

/* It counts no more, and waits for its burial. */
static void put_away(struct sea_message *message)
{
	struct sea_unix *from = message->from;
	struct sea_kernel *kernel = from->kernel;

	from->sent -= message->charge;
	kernel->unix_bytes -= message->charge;
	kernel->in_flight -= message->nfiles;
	message->next = kernel->buried;
	kernel->buried = message;
	sea_waitq_wake(&from->waitq);
	if (from->pressed && sea_unix_writable(from)) {
		from->pressed = false;
		sea_unix_signal(from, POLL_OUT);
	}
	sea_unix_put(from);
}

void sea_message_drop(struct sea_message *message)
{
	unsigned int n = message->nfiles;

	message->nfiles = 0;
	message->from->kernel->in_flight -= n;
	for (unsigned int i = 0; i < n; i++) {
		message->files[i]->in_flight--;
		sea_file_put(message->files[i]);
	}
}

void sea_message_free(struct sea_message *message)
{
	struct sea_kernel *kernel = message->from->kernel;

	put_away(message);
	work(kernel);
}

void sea_message_done(struct sea_unix *to, struct sea_ancillary *with)
{
	struct sea_message *message = to->first;

	to->first = message->next;
	if (!to->first)
		to->last = NULL;
	to->queued -= message->len - message->done;
	if (to->nqueued-- == SEA_UNIX_DATAGRAMS + 1)
		sea_unix_roomy(to);
	if (with)
		sea_message_files(message, with, false);
	sea_message_free(message);
}

void sea_unix_empty(struct sea_unix *end)
{
	struct sea_kernel *kernel = end->kernel;
	struct sea_message *message;

	while ((message = end->first)) {
		end->first = message->next;
		put_away(message);
	}
	end->last = NULL;
	end->queued = end->nqueued = 0;
	sea_unix_roomy(end);
	work(kernel);
}

void sea_unix_orphaned(struct sea_file *file)
{
	struct sea_unix *end = sea_unix_of(file);

	if (!end)
		return;
	end->kernel->orphans = true;
	work(end->kernel);
}
