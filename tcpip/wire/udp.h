/* SPDX-License-Identifier: Apache-2.0 */
/* The UDP header (RFC 768). */
#ifndef SEA_WIRE_UDP_H
#define SEA_WIRE_UDP_H

#include <assert.h>

#include "wire/bytes.h"

struct sea_udp_hdr {
	sea_be16 src, dst, len, sum;
};
static_assert(sizeof(struct sea_udp_hdr) == 8 && _Alignof(struct sea_udp_hdr) == 1, "RFC 768");

#endif
