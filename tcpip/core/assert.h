/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Assertions are for our own bugs. They stay on in release builds, cannot be reached by a packet or
 * a guest, and end in env->panic.
 */
#ifndef SEA_CORE_ASSERT_H
#define SEA_CORE_ASSERT_H

#include <seastack/env.h>

#define SEA_ASSERT(env, cond)                                                \
	do {                                                                 \
		if (__builtin_expect(!(cond), 0))                            \
			(env)->panic((env)->ctx, #cond, __FILE__, __LINE__); \
	} while (0)

#endif
