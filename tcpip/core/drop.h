/* SPDX-License-Identifier: Apache-2.0 */
/* The reasons for which a packet is discarded; generated from drop.def. */
#ifndef SEA_CORE_DROP_H
#define SEA_CORE_DROP_H

enum sea_drop {
#define SEA_DROP(name, layer, meaning) SEA_DROP_##name,
#include "core/drop.def"
#undef SEA_DROP
	SEA_DROP_N
};

/* "IP_CHECKSUM", "ip", "header checksum is wrong". */
const char *sea_drop_name(enum sea_drop reason);
const char *sea_drop_layer(enum sea_drop reason);
const char *sea_drop_meaning(enum sea_drop reason);

#endif
