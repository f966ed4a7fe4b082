/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The answer of Linux to a script, in the file beside it: x.linux for x.pkt. A section for each family of
 * addresses begins with the kernel that answered and what became of the script; then comes its trace:
 *
 *	# ipv4: passed on linux 6.18.5
 *	  0.000000 socket = fd
 *	  …
 */
#ifndef SEA_PACKETIMPACT_RECORDING_H
#define SEA_PACKETIMPACT_RECORDING_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Puts the section of `family` into the file beside `script`, in place of the one that is there. `verdict` is
 * "passed", "failed" or "skipped", `device` sea_dut_name(). 0 or -errno.
 */
int sea_recording_write(const char *script, const char *family, const char *verdict,
			const char *device, const char *trace);

/* What is wrong with the file beside `script`, in words; NULL: nothing, or there is none. */
const char *sea_recording_trouble(const char *script);

/* A section: its trace, allocated, and in `head` the rest of its first line; NULL: there is none. */
char *sea_recording_read(const char *script, const char *family, char *head, size_t head_len);

/* How a device's answer differs from a recorded one. */
struct sea_recording_row {
	char recorded[256], seen[256]; /* lines; "" where one side has no more */
};

/*
 * The first call and the first packet that differ; true: nothing does. Of times the distance to the line in
 * front, of either kind or of the same, is compared, as scripts count; it may differ by two ticks of a
 * kernel's slowest clock (8 ms), and by an eighth. `partial`: the recorded one ended early, and what comes
 * behind its end is not looked at.
 */
bool sea_recording_compare(const char *recorded, const char *seen, bool partial,
			   struct sea_recording_row rows[2], unsigned *n);

#endif
