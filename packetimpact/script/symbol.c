// SPDX-License-Identifier: Apache-2.0
#include "packetimpact/script/symbol.h"

#include <stdlib.h>
#include <string.h>

struct symbol {
	const char *name;
	int64_t value;
};

/* Each list is in order of names. */
static const struct symbol symbols[] = {
#define SYMBOL(name, value) { #name, value },
#include "packetimpact/script/symbol.def"
};

static const struct symbol errors[] = {
#include "packetimpact/script/errno.def"
};

static const struct symbol capabilities[] = {
#include "packetimpact/script/capability.def"
#undef SYMBOL
};

#define N(list) (sizeof(list) / sizeof((list)[0]))

static int by_name(const void *name, const void *symbol)
{
	return strcmp(name, ((const struct symbol *)symbol)->name);
}

bool sea_symbol_find(const char *name, int64_t *value)
{
	const struct symbol *found =
		bsearch(name, symbols, N(symbols), sizeof(symbols[0]), by_name);

	if (!found)
		found = bsearch(name, errors, N(errors), sizeof(errors[0]), by_name);
	if (!found)
		found = bsearch(name, capabilities, N(capabilities), sizeof(capabilities[0]),
				by_name);
	if (!found)
		return false;
	*value = found->value;
	return true;
}

const char *sea_symbol_errno(int error)
{
	for (size_t i = 0; i < N(errors); i++)
		if (errors[i].value == error)
			return errors[i].name;
	return NULL;
}
