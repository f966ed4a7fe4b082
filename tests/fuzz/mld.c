/* SPDX-License-Identifier: Apache-2.0 */
/* A query that is taken has its group and its sources within the message, and bounded times. */
#include <stdint.h>
#include <stdlib.h>

#include "wire/mld.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void within(const uint8_t *data, size_t size, const uint8_t *at, size_t len)
{
	if (at < data || len > size || (size_t)(at - data) > size - len)
		abort();
}

static void check(const uint8_t *data, size_t size, bool v1_only)
{
	struct sea_group_query q;

	if (!sea_mld_query_parse(data, size, v1_only, &q))
		return;
	within(data, size, q.group, 16);
	if (q.n_sources)
		within(data, size, q.sources, (size_t)q.n_sources * 16);
	if (q.version == SEA_GROUP_V1 || q.response_ms > 8387584 || q.robustness > 7 ||
	    q.interval_s > 31744 || (v1_only && q.version != SEA_GROUP_V2))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check(data, size, false);
	check(data, size, true);
	if (size >= 2)
		(void)sea_mld_has_alert(data, size);
	return 0;
}
