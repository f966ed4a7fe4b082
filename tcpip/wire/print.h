/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A frame in one line, for logs and failing tests, tcpdump-like:
 *
 *	IP 10.0.0.1.40000 > 10.0.0.2.80: Flags [S.], seq 1, ack 2, win 65535, options [mss 1460,…], length 0
 */
#ifndef SEA_WIRE_PRINT_H
#define SEA_WIRE_PRINT_H

#include <stddef.h>
#include <stdint.h>

#define SEA_PRINT_MAX 512 /* no line is longer */

/* Writes at most `room` bytes with a NUL; reads nothing beyond `len`. `linktype` as in pcapng.h. Returns `text`. */
char *sea_print_frame(char *text, size_t room, unsigned linktype, const uint8_t *frame, size_t len);

#endif
