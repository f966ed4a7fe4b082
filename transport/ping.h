/* SPDX-License-Identifier: Apache-2.0 */
/* Echo and raw sockets. */
#ifndef SEA_TRANSPORT_PING_H
#define SEA_TRANSPORT_PING_H

#include "core/htable.h"
#include "transport/dgram.h"

struct ping_sock {
	struct sea_dgram d; /* first */
	struct sea_hnode node;
	uint64_t serial;
};

#endif
