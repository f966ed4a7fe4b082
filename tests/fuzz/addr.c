/* SPDX-License-Identifier: Apache-2.0 */
/* A text that is an address means the same as to the C library, and as when written again. */
#include <arpa/inet.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <seastack/addr.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const char *text)
{
	int family = strchr(text, ':') ? AF_INET6 : AF_INET;
	struct sea_addr addr, again;
	char written[SEA_ADDR_TEXT_MAX];
	uint8_t want[16] = { 0 };

	if (sea_addr_parse(text, &addr) != (inet_pton(family, text, want) == 1))
		abort();
	if (!sea_addr_parse(text, &addr))
		return;
	if (addr.family != family || memcmp(addr.b, want, sizeof(want)) != 0)
		abort();
	if (!sea_addr_parse(sea_addr_text(&addr, written), &again) ||
	    memcmp(&addr, &again, sizeof(addr)) != 0)
		abort();
}

static void check_prefix(const char *text)
{
	struct sea_addr addr;
	uint8_t len;

	if (sea_addr_parse_prefix(text, &addr, &len) &&
	    len > (addr.family == SEA_AF_INET ? 32 : 128))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	if (!text)
		return 0;
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	check(text);
	check_prefix(text);
	free(text);
	return 0;
}
