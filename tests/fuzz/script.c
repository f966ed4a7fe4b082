/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a script: refused, or printed in a form that prints as itself. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "packetimpact/script/script.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *printed(const char *text, size_t len, size_t *out_len)
{
	struct sea_script_error error;
	struct sea_script *script;
	char *again = NULL;
	FILE *out;

	if (sea_script_parse("fuzz", text, len, NULL, 0, &script, &error)) {
		if (!error.message[0] || error.caret > strlen(error.line))
			abort();
		return NULL;
	}
	out = open_memstream(&again, out_len);
	if (!out)
		abort();
	sea_script_print(script, out);
	fclose(out);
	sea_script_free(script);
	return again;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t first_len = 0, second_len = 0;
	char *first = printed((const char *)data, size, &first_len), *second;

	if (!first)
		return 0;
	second = printed(first, first_len, &second_len);
	if (!second || first_len != second_len || memcmp(first, second, first_len) != 0)
		abort();
	free(first);
	free(second);
	return 0;
}
