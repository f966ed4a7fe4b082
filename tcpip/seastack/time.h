/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Time, as the stack sees it: nanoseconds on a monotonic clock that the consumer reads.
 *
 * The stack has no clock. Every entry that can change protocol state takes `sea_time now` by value
 * and keeps it until it leaves; deadlines are values of the same clock. Durations are plain
 * int64_t nanoseconds and are named `*_ns`.
 */
#ifndef SEASTACK_TIME_H
#define SEASTACK_TIME_H

#include <stdbool.h>
#include <stdint.h>

typedef struct {
	int64_t ns;
} sea_time;

#define SEA_USEC INT64_C(1000)
#define SEA_MSEC INT64_C(1000000)
#define SEA_SEC INT64_C(1000000000)

/* A deadline that never comes; later than every other time. */
#define SEA_TIME_NEVER ((sea_time){ INT64_MAX })
#define SEA_TIME_ZERO ((sea_time){ 0 })

static inline bool sea_time_before(sea_time a, sea_time b)
{
	return a.ns < b.ns;
}

static inline bool sea_time_is_never(sea_time t)
{
	return t.ns == INT64_MAX;
}

static inline sea_time sea_time_min(sea_time a, sea_time b)
{
	return a.ns < b.ns ? a : b;
}

static inline sea_time sea_time_max(sea_time a, sea_time b)
{
	return a.ns > b.ns ? a : b;
}

/* t + ns, saturating at both ends; NEVER stays NEVER. */
static inline sea_time sea_time_add(sea_time t, int64_t ns)
{
	sea_time sum;

	if (sea_time_is_never(t))
		return t;
	if (__builtin_add_overflow(t.ns, ns, &sum.ns))
		sum.ns = ns > 0 ? INT64_MAX : INT64_MIN;
	return sum;
}

/* a - b in nanoseconds, saturating. */
static inline int64_t sea_time_diff(sea_time a, sea_time b)
{
	int64_t ns;

	if (__builtin_sub_overflow(a.ns, b.ns, &ns))
		ns = a.ns > b.ns ? INT64_MAX : INT64_MIN;
	return ns;
}

#endif
