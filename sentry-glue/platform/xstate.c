/* SPDX-License-Identifier: Apache-2.0 */
#include "sentry-glue/platform/xstate.h"

#include <cpuid.h>
#include <pthread.h>

#include "sentry-glue/platform/platform.h"

#define LEAST (512u + 64u)
#define X87_SSE 3u
#define BY_REQUEST 4u /* in ecx: the component is there only for who asked for it */

static struct sea_xstate said;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void part_ask(unsigned int i)
{
	unsigned int a, b, c, d;

	__cpuid_count(0xd, i, a, b, c, d);
	if (!a)
		return;
	said.part[i].at = b;
	said.part[i].len = a;
	if (c & BY_REQUEST)
		said.features &= ~(1ull << i);
	else if (a + b > said.size)
		said.size = a + b;
}

static void ask(void)
{
	unsigned int a, b, c, d;

	said.size = said.whole = LEAST;
	said.known = said.features = X87_SSE;
	if (!__get_cpuid_count(0xd, 0, &a, &b, &c, &d))
		return;
	said.known = said.features = (uint64_t)d << 32 | a;
	if (b > said.whole)
		said.whole = b;
	for (unsigned int i = 2; i < SEA_XSTATE_PARTS; i++) {
		if (said.known >> i & 1)
			part_ask(i);
	}
}

const struct sea_xstate *sea_xstate(void)
{
	pthread_once(&once, ask);
	return &said;
}

size_t sea_xstate_size(void)
{
	return sea_xstate()->size;
}
