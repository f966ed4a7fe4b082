/* SPDX-License-Identifier: Apache-2.0 */
/* Writing JSON (RFC 8259). */
#include <inttypes.h>

#include "tools/cli/json.h"

static void quoted(struct sea_text *to, const char *string)
{
	sea_text_puts(to, "\"");
	while (*string) {
		unsigned char c = (unsigned char)*string;

		if (c == '"' || c == '\\')
			sea_text_puts(to, "\\");
		if (c < 0x20) {
			sea_text_printf(to, "\\u%04x", c);
			string++;
		} else {
			string += sea_text_utf8(to, string);
		}
	}
	sea_text_puts(to, "\"");
}

static void before(struct sea_json *json, const char *name)
{
	if (json->comma)
		sea_text_puts(json->to, ",");
	json->comma = true;
	if (!name)
		return;
	quoted(json->to, name);
	sea_text_puts(json->to, ":");
}

void sea_json_open(struct sea_json *json, const char *name, char bracket)
{
	before(json, name);
	sea_text_add(json->to, &bracket, 1);
	json->comma = false;
}

void sea_json_close(struct sea_json *json, char bracket)
{
	sea_text_add(json->to, &bracket, 1);
	json->comma = true;
}

void sea_json_string(struct sea_json *json, const char *name, const char *value)
{
	before(json, name);
	quoted(json->to, value);
}

void sea_json_number(struct sea_json *json, const char *name, uint64_t value)
{
	before(json, name);
	sea_text_printf(json->to, "%" PRIu64, value);
}

void sea_json_bool(struct sea_json *json, const char *name, bool value)
{
	before(json, name);
	sea_text_puts(json->to, value ? "true" : "false");
}
