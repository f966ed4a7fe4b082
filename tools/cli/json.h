/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON as it is written here: objects and arrays nest, members come in the order of the calls, text
 * is escaped. Commas are put where they belong.
 */
#ifndef SEA_CLI_JSON_H
#define SEA_CLI_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "tools/cli/text.h"

struct sea_json {
	struct sea_text *to;
	bool comma; /* something stands before the next value */
};

/* `name` is NULL in an array and at the top. */
void sea_json_open(struct sea_json *json, const char *name, char bracket);
void sea_json_close(struct sea_json *json, char bracket);
void sea_json_string(struct sea_json *json, const char *name, const char *value);
void sea_json_number(struct sea_json *json, const char *name, uint64_t value);
void sea_json_bool(struct sea_json *json, const char *name, bool value);

#endif
