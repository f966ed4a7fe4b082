/* SPDX-License-Identifier: Apache-2.0 */
#include "core/drop.h"

static const struct {
	const char *name, *layer, *meaning;
} reasons[SEA_DROP_N] = {
#define SEA_DROP(name, layer, meaning) [SEA_DROP_##name] = { #name, #layer, meaning },
#include "core/drop.def"
#undef SEA_DROP
};

const char *sea_drop_name(enum sea_drop reason)
{
	return reasons[reason].name;
}

const char *sea_drop_layer(enum sea_drop reason)
{
	return reasons[reason].layer;
}

const char *sea_drop_meaning(enum sea_drop reason)
{
	return reasons[reason].meaning;
}
