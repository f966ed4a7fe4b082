/* SPDX-License-Identifier: Apache-2.0 */
/* What a pcapng says of each frame beside its bytes, which libpcap loses: its direction and its comment. */
#ifndef SEA_REPLAY_NOTES_H
#define SEA_REPLAY_NOTES_H

#include <stdint.h>
#include <stdio.h>

#include "wire/pcapng.h"

struct sea_note {
	enum sea_pcapng_direction direction;
	char *comment; /* NULL: none */
};

struct sea_notes {
	struct sea_note *by_frame; /* frame 1 is [0] */
	size_t n, room;
	size_t bytes; /* of comments */
};

/*
 * Of a capture, from its beginning, up to where it is damaged; of one of another format there are none. `file` stays
 * the caller's.
 */
void sea_notes_read(struct sea_notes *notes, FILE *file);
void sea_notes_fini(struct sea_notes *notes);

/* Never NULL. */
static inline const struct sea_note *sea_note_of(const struct sea_notes *notes, uint64_t frame)
{
	static const struct sea_note none;

	return frame && frame <= notes->n ? &notes->by_frame[frame - 1] : &none;
}

#endif
