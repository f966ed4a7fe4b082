/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Captures as tcpdump and Wireshark write them: pcap and pcapng, read by libpcap, as they are or compressed with
 * gzip, zstd or lz4; of them the IP packets.
 */
#ifndef SEA_LINT_CAPTURE_H
#define SEA_LINT_CAPTURE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct sea_lint_frame {
	uint64_t number;   /* from 1, as Wireshark counts */
	uint64_t time_ns;  /* since the epoch */
	const uint8_t *ip; /* from the IP header on; valid until the next one is read */
	uint32_t caplen;   /* bytes at `ip` */
	uint32_t len;      /* bytes that there were on the wire */
};

struct sea_capture;

#define SEA_CAPTURE_WHY 256

/*
 * From `file`, which is the capture's from now on, also where this fails (but for stdin, it is closed). On failure
 * NULL, and a sentence in `why`.
 */
struct sea_capture *sea_capture_open(FILE *file, char why[SEA_CAPTURE_WHY]);
/* What `file` holds, unpacked where its first bytes say that it is packed; `file` and NULL as above. */
FILE *sea_capture_unpack(FILE *file, char why[SEA_CAPTURE_WHY]);

/*
 * The next frame with IP in it; others are counted. 1, or 0 at the end, or -1 and a sentence in `why` where the file
 * is damaged or cut: what came before it was whole.
 */
int sea_capture_next(struct sea_capture *capture, struct sea_lint_frame *frame,
		     char why[SEA_CAPTURE_WHY]);

/* Frames in it so far, and those of them without IP. */
uint64_t sea_capture_frames(const struct sea_capture *capture);
uint64_t sea_capture_others(const struct sea_capture *capture);

void sea_capture_free(struct sea_capture *capture);

#endif
