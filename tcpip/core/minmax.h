/* SPDX-License-Identifier: Apache-2.0 */
/* The smaller and the larger of two numbers; functions, so that each argument is evaluated once. */
#ifndef SEA_CORE_MINMAX_H
#define SEA_CORE_MINMAX_H

#include <stdint.h>

static inline uint32_t sea_min_u32(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static inline uint32_t sea_max_u32(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

static inline uint16_t sea_min_u16(uint16_t a, uint16_t b)
{
	return a < b ? a : b;
}

static inline int32_t sea_max_i32(int32_t a, int32_t b)
{
	return a > b ? a : b;
}

#endif
