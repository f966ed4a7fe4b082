/* SPDX-License-Identifier: Apache-2.0 */
/* The clock that a driver passes into the stack. */
#include <seastack/os.h>

#include <time.h>

sea_time sea_os_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (sea_time){ (int64_t)ts.tv_sec * SEA_SEC + ts.tv_nsec };
}
