/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages, and the open files in them. Letting go of a message may let go of a socket, and that of
 * the messages before it, as deep as a guest likes: so they are put on a heap and taken from it one
 * by one. The same loop looks for sockets that only each other's queues know.
 */
#include <stdlib.h>
#include <string.h>

#include "sentry-glue/fs/pair.h"
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

struct sea_message *sea_message_new(struct sea_pair_end *from, uint32_t len,
				    const struct sea_ancillary *with)
{
	unsigned int n = with ? with->nfiles : 0;
	struct sea_message *message = malloc(sizeof(*message) + len);

	if (!message)
		return NULL;
	*message = (struct sea_message){ .from = from, .len = len, .charge = charge_of(len) };
	if (n) {
		message->files = calloc(n, sizeof(struct sea_file *));
		if (!message->files) {
			free(message);
			return NULL;
		}
		memcpy(message->files, with->files, n * sizeof(struct sea_file *));
	}
	message->nfiles = n;
	for (unsigned int i = 0; i < n; i++)
		sea_file_get(message->files[i])->in_flight++;
	if (with) {
		message->has_creds = with->has_creds;
		message->creds = with->creds;
	}
	from->sent += message->charge;
	from->pair->kernel->pair_bytes += message->charge;
	from->pair->kernel->in_flight += n;
	return message;
}

void sea_message_queue(struct sea_pair_end *to, struct sea_message *message)
{
	*(to->last ? &to->last->next : &to->first) = message;
	to->last = message;
	to->queued += message->len;
	sea_waitq_wake(&to->pair->waitq);
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
	message->from->pair->kernel->in_flight -= message->nfiles;
	message->nfiles = 0;
}

/* Every socket that a file in this one's queue is. */
static void reach(struct sea_pair_end *end, struct sea_pair_end **scan)
{
	for (struct sea_message *m = end->first; m; m = m->next) {
		for (unsigned int i = 0; i < m->nfiles; i++) {
			struct sea_pair_end *in = sea_pair_of(m->files[i]);

			if (in && !in->reached) {
				in->reached = true;
				in->scan = *scan;
				*scan = in;
			}
		}
	}
}

/* Empties the queues of sockets that nobody can get at. */
static void collect(struct sea_kernel *kernel)
{
	struct sea_pair_end *scan = NULL, *end, *next;

	for (end = kernel->pair_ends; end; end = end->next) {
		end->reached = end->file->refs > end->file->in_flight;
		if (!end->reached)
			continue;
		end->scan = scan;
		scan = end;
	}
	while (scan) {
		end = scan;
		scan = end->scan;
		reach(end, &scan);
	}
	for (end = kernel->pair_ends; end; end = next) {
		next = end->next;
		if (!end->reached)
			sea_pair_empty(end);
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
	struct sea_pair *pair = message->from->pair;

	message->from->sent -= message->charge;
	pair->kernel->pair_bytes -= message->charge;
	pair->kernel->in_flight -= message->nfiles;
	message->next = pair->kernel->buried;
	pair->kernel->buried = message;
	sea_waitq_wake(&pair->waitq);
}

void sea_message_drop(struct sea_message *message)
{
	unsigned int n = message->nfiles;

	message->nfiles = 0;
	message->from->pair->kernel->in_flight -= n;
	for (unsigned int i = 0; i < n; i++) {
		message->files[i]->in_flight--;
		sea_file_put(message->files[i]);
	}
}

void sea_message_free(struct sea_message *message)
{
	struct sea_kernel *kernel = message->from->pair->kernel;

	put_away(message);
	work(kernel);
}

void sea_message_done(struct sea_pair_end *to, struct sea_ancillary *with)
{
	struct sea_message *message = to->first;

	to->first = message->next;
	if (!to->first)
		to->last = NULL;
	to->queued -= message->len - message->done;
	if (with)
		sea_message_files(message, with, false);
	sea_message_free(message);
}

void sea_pair_empty(struct sea_pair_end *end)
{
	struct sea_kernel *kernel = end->pair->kernel;
	struct sea_message *message;

	while ((message = end->first)) {
		end->first = message->next;
		put_away(message);
	}
	end->last = NULL;
	end->queued = 0;
	work(kernel);
}

void sea_pair_orphaned(struct sea_file *file)
{
	struct sea_pair_end *end = sea_pair_of(file);

	if (!end)
		return;
	end->pair->kernel->orphans = true;
	work(end->pair->kernel);
}
