/* SPDX-License-Identifier: Apache-2.0 */
/* A header that is taken keeps its promises, and its options are judged within it. */
#include <stdint.h>
#include <stdlib.h>

#include "wire/ipv4.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sea_ipv4_facts f;
	struct sea_ipv4_opts found;

	if (sea_ipv4_parse(data, size, size, &f) != SEA_IPV4_OK)
		return 0;
	if (f.hdr_len < 20 || f.hdr_len > f.total_len || f.total_len > size ||
	    f.hdr_len > SEA_IPV4_HDR_MAX)
		abort();
	if (!sea_ipv4_options_parse(data + 20, f.hdr_len - 20u, &found) &&
	    (found.fault < 20 || found.fault >= f.hdr_len))
		abort();
	return 0;
}
