// SPDX-License-Identifier: Apache-2.0
#include "packetimpact/replay/notes.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK 65536u
#define COMMENTS_MAX (16u << 20)
#define FRAMES_MAX (16u << 20)

enum { PACKET_OLD = 2, PACKET_SIMPLE = 3 };

static bool add(struct sea_notes *notes, const struct sea_pcapng_packet *pkt)
{
	struct sea_note *note;

	if (notes->n == notes->room) {
		size_t room = notes->room ? notes->room * 2 : 256;
		struct sea_note *more =
			room > FRAMES_MAX ? NULL : realloc(notes->by_frame, room * sizeof(*more));

		if (!more)
			return false;
		notes->by_frame = more;
		notes->room = room;
	}
	note = &notes->by_frame[notes->n++];
	*note = (struct sea_note){ 0 };
	if (!pkt)
		return true;
	note->direction = pkt->direction;
	if (pkt->comment && notes->bytes + pkt->comment_len <= COMMENTS_MAX) {
		note->comment = strndup(pkt->comment, pkt->comment_len);
		notes->bytes += pkt->comment_len;
	}
	return true;
}

/* Bytes of a file that were not read as blocks yet. */
struct window {
	FILE *file;
	uint8_t *bytes;
	size_t at, len, room;
};

/* False: there is no more. */
static bool more(struct window *w)
{
	size_t left = w->len - w->at, n;

	if (left + CHUNK > w->room) {
		size_t room = left + CHUNK;
		uint8_t *bytes = malloc(room);

		if (!bytes)
			return false;
		if (left)
			memcpy(bytes, w->bytes + w->at, left);
		free(w->bytes);
		w->bytes = bytes;
		w->room = room;
	} else if (left && w->at) {
		memmove(w->bytes, w->bytes + w->at, left);
	}
	w->at = 0;
	w->len = left;
	n = fread(w->bytes + left, 1, w->room - left, w->file);
	w->len += n;
	return n;
}

void sea_notes_read(struct sea_notes *notes, FILE *file)
{
	struct sea_pcapng_reader reader = { 0 };
	struct sea_pcapng_block block;
	struct window w = { .file = file };

	*notes = (struct sea_notes){ 0 };
	if (!more(&w))
		goto done;
	for (;;) {
		long n = sea_pcapng_read(&reader, w.bytes + w.at, w.len - w.at, &block);

		if (n < 0 || (!n && !more(&w)))
			break;
		if (!n)
			continue;
		w.at += (size_t)n;
		if (block.type != SEA_PCAPNG_PACKET && block.type != PACKET_OLD &&
		    block.type != PACKET_SIMPLE)
			continue;
		if (!add(notes, block.type == SEA_PCAPNG_PACKET ? &block.pkt : NULL))
			break;
	}
done:
	free(w.bytes);
}

void sea_notes_fini(struct sea_notes *notes)
{
	for (size_t i = 0; i < notes->n; i++)
		free(notes->by_frame[i].comment);
	free(notes->by_frame);
	*notes = (struct sea_notes){ 0 };
}
