/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the processor says of its extended state, in the XSAVE standard format. It is asked once: in
 * a virtual machine each question costs tens of microseconds.
 */
#ifndef SEA_SENTRY_PLATFORM_XSTATE_H
#define SEA_SENTRY_PLATFORM_XSTATE_H

#include <stdint.h>

#define SEA_XSTATE_PARTS 63u

struct sea_xstate {
	uint64_t known;       /* the components that there are, a bit each                   */
	uint64_t features;    /* without those that a program has to ask for (AMX's tiles) */
	uint32_t size, whole; /* bytes that those without, and all, take */
	struct {
		uint32_t at, len; /* 0, 0: there is none */
	} part[SEA_XSTATE_PARTS]; /* from 2 on */
};

const struct sea_xstate *sea_xstate(void);

#endif
