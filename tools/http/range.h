/* SPDX-License-Identifier: Apache-2.0 */
/* Range requests (RFC 9110 §14): one range of bytes; of several, the whole file is sent instead. */
#ifndef SEA_HTTP_RANGE_H
#define SEA_HTTP_RANGE_H

#include <stdint.h>

#include "tools/http/head.h"

enum sea_http_range {
	SEA_HTTP_RANGE_ALL,  /* none asked for, or none understood: 200 */
	SEA_HTTP_RANGE_PART, /* 206 */
	SEA_HTTP_RANGE_NONE, /* outside of the file: 416 */
};

/* What a Range field asks of a file of `size` bytes; *first and *len are the part of it. */
enum sea_http_range sea_http_range_parse(struct sea_http_word value, uint64_t size, uint64_t *first,
					 uint64_t *len);

#endif
