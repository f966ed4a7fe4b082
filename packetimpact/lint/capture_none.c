// SPDX-License-Identifier: Apache-2.0
/* Captures where libpcap is not there. */
#include "packetimpact/lint/capture.h"

#include <stddef.h>

struct sea_capture *sea_capture_open(FILE *file, char why[SEA_CAPTURE_WHY])
{
	if (file != stdin)
		fclose(file);
	snprintf(why, SEA_CAPTURE_WHY,
		 "this program was built without libpcap, which reads captures");
	return NULL;
}

FILE *sea_capture_unpack(FILE *file, char why[SEA_CAPTURE_WHY])
{
	(void)sea_capture_open(file, why);
	return NULL;
}

int sea_capture_next(struct sea_capture *capture, struct sea_lint_frame *frame,
		     char why[SEA_CAPTURE_WHY])
{
	(void)capture;
	(void)frame;
	(void)why;
	return 0;
}

uint64_t sea_capture_frames(const struct sea_capture *capture)
{
	(void)capture;
	return 0;
}

uint64_t sea_capture_others(const struct sea_capture *capture)
{
	(void)capture;
	return 0;
}

void sea_capture_free(struct sea_capture *capture)
{
	(void)capture;
}
