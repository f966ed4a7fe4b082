/* SPDX-License-Identifier: Apache-2.0 */
/* "bytes=0-499", "bytes=500-", "bytes=-500". */
#include <string.h>

#include "tools/http/range.h"

/* The last bytes of the file. */
static enum sea_http_range suffix(struct sea_http_word digits, uint64_t size, uint64_t *first,
				  uint64_t *len)
{
	uint64_t n;

	if (!sea_http_word_number(digits, &n))
		return SEA_HTTP_RANGE_ALL;
	if (!n || !size)
		return SEA_HTTP_RANGE_NONE;
	*len = n < size ? n : size;
	*first = size - *len;
	return SEA_HTTP_RANGE_PART;
}

enum sea_http_range sea_http_range_parse(struct sea_http_word value, uint64_t size, uint64_t *first,
					 uint64_t *len)
{
	struct sea_http_word unit, from;
	uint64_t last = UINT64_MAX;

	*first = 0;
	*len = size;
	if (!value.at || !sea_http_word_cut(&value, '=', &unit) ||
	    !sea_http_word_is(unit, "bytes") || !sea_http_word_cut(&value, '-', &from))
		return SEA_HTTP_RANGE_ALL;
	if (!from.len)
		return suffix(value, size, first, len);
	if (!sea_http_word_number(from, first) ||
	    (value.len && !sea_http_word_number(value, &last)) || last < *first) {
		*first = 0;
		return SEA_HTTP_RANGE_ALL;
	}
	if (*first >= size)
		return SEA_HTTP_RANGE_NONE;
	*len = last < size ? last - *first + 1 : size - *first;
	return SEA_HTTP_RANGE_PART;
}
