/* SPDX-License-Identifier: Apache-2.0 */
/* A query that is taken has its group and its sources within the message, and bounded times. */
#include <stdint.h>
#include <stdlib.h>

#include "wire/igmp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void within(const uint8_t *data, size_t size, const uint8_t *at, size_t len)
{
	if (at < data || len > size || (size_t)(at - data) > size - len)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sea_group_query q;

	if (!sea_igmp_query_parse(data, size, &q))
		return 0;
	within(data, size, q.group, 4);
	if (q.n_sources)
		within(data, size, q.sources, (size_t)q.n_sources * 4);
	if (q.version > SEA_GROUP_NEWEST || q.response_ms > 3174400 || q.robustness > 7 ||
	    q.interval_s > 31744)
		abort();
	return 0;
}
