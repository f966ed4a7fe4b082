/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TCP_INFO in a trace: a line behind that of the getsockopt() that told it, with each field of struct tcp_info
 * that is not 0, in the struct's order and without "tcpi_":
 *
 *	  0.021000 tcp_info state 1 options 7 snd_wscale 7 …
 */
#ifndef SEA_PACKETIMPACT_INFO_H
#define SEA_PACKETIMPACT_INFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SEA_TRACE_INFO "tcp_info"
#define SEA_TRACE_INFO_ROW 200 /* what is longer is cut */

/* The line of `len` bytes of the struct, allocated; NULL: no memory. What is behind them counts as 0. */
char *sea_trace_info(const uint8_t *bytes, size_t len);

/*
 * Are two lines alike, each with its first `len` bytes? Where a clock decides, a field may differ by two ticks of a
 * kernel's slowest (8 ms), by `slack_us` more, and by an eighth; a pacing rate is compared by what is sent in a round trip, and of a
 * delivery rate its size alone, to a factor of four. What never happened is older than ten minutes. `rows`: the fields
 * that differ, as each has them; "" where the lines are alike.
 */
bool sea_trace_info_same(const char *a, size_t a_len, const char *b, size_t b_len,
			 uint64_t slack_us, char rows[2][SEA_TRACE_INFO_ROW]);

#endif
