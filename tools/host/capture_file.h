/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file that a capture goes to. It always ends with a whole block: at its size limit, when the
 * disk is full, and when the program ends. Then the capture is over and the traffic goes on.
 */
#ifndef SEA_HOST_CAPTURE_FILE_H
#define SEA_HOST_CAPTURE_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include <seastack/link.h>
#include <seastack/wrap.h>

struct sea_capture_file {
	struct sea_wrapper *wrapper; /* NULL: no capture, or it is over */
	const char *path;
	int fd;
	uint64_t limit;      /* 0: none */
	uint64_t size;       /* bytes in the file */
	uint64_t whole;      /* of them, up to the end of the last whole block */
	uint8_t header[8];   /* of the block that the next bytes belong to */
	uint64_t header_len; /* bytes of it that were seen */
	uint64_t block_left; /* bytes of the block still to come, its header aside */
};

/* Opens the file anew and starts the capture. 0, or -errno; then nothing is left open. */
SEA_MUST_USE int sea_capture_file_open(struct sea_capture_file *file, struct sea_link *link,
				       const char *path, uint64_t limit, sea_time now);

/* Writes what the capture has. A failure ends the capture and is said once. */
void sea_capture_file_drain(struct sea_capture_file *file, sea_time now);

/* Writes the rest and closes. Says how many frames were left out, if any. */
void sea_capture_file_close(struct sea_capture_file *file, sea_time now);

/* How many of `len` bytes, that come next in the file, lie in blocks that end at or before `room`. */
size_t sea_capture_file_fit(struct sea_capture_file *file, const uint8_t *bytes, size_t len,
			    uint64_t room);

#endif
