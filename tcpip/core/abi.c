/* SPDX-License-Identifier: Apache-2.0 */
/* How much of a public struct its caller has room for. */
#include "core/abi.h"

#include <stdint.h>
#include <string.h>

void sea_abi_fill(void *theirs, const void *ours, size_t ours_size)
{
	const size_t head = sizeof(size_t);
	uint8_t *to = theirs;
	const uint8_t *from = ours;
	size_t size, both;

	memcpy(&size, to, head);
	both = size < ours_size ? size : ours_size;
	if (both > head)
		memcpy(to + head, from + head, both - head);
	if (size > ours_size)
		memset(to + ours_size, 0, size - ours_size);
}
