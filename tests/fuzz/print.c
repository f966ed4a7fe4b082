/* SPDX-License-Identifier: Apache-2.0 */
/* The first byte is the link type, the rest a frame; every room gets its NUL. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "wire/print.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[SEA_PRINT_MAX], few[16];

	if (size == 0)
		return 0;
	sea_print_frame(text, sizeof(text), data[0], data + 1, size - 1);
	sea_print_frame(few, sizeof(few), data[0], data + 1, size - 1);
	if (strnlen(text, sizeof(text)) == sizeof(text) || strncmp(text, few, sizeof(few) - 1) != 0)
		abort();
	return 0;
}
