/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a file block by block; what a block points at must lie in the file. */
#include <stdint.h>
#include <stdlib.h>

#include "wire/pcapng.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_inside(const uint8_t *from, size_t len, const void *at, size_t n)
{
	const uint8_t *p = at;

	if (n > 0 && (p < from || n > len || (size_t)(p - from) > len - n))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sea_pcapng_reader reader = { 0 };
	struct sea_pcapng_block block;
	long n;

	while ((n = sea_pcapng_read(&reader, data, size, &block)) > 0) {
		if ((size_t)n > size || n % 4 != 0 || block.size != (size_t)n)
			abort();
		check_inside(data, (size_t)n, block.bytes, block.pkt.caplen);
		check_inside(data, (size_t)n, block.pkt.comment, block.pkt.comment_len);
		data += n;
		size -= (size_t)n;
	}
	return 0;
}
