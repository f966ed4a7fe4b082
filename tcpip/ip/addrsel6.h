/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which of two source addresses suits a destination better (RFC 6724 §5), as Linux decides: a table
 * of rules in order, each of which scores a candidate; the first rule that tells two apart decides.
 * Pure: facts in, verdict out. Who the candidates are is ifaddr6_select.c's.
 */
#ifndef SEA_IP_ADDRSEL6_H
#define SEA_IP_ADDRSEL6_H

#include <stdbool.h>
#include <stdint.h>

#include "ip/addrlabel.h"

/* IPV6_PREFER_SRC_* (RFC 5014 §5), what fits one byte of it: the rest are defaults. */
#define SEA_PREFER_SRC_TMP 0x01u
#define SEA_PREFER_SRC_PUBLIC 0x02u
#define SEA_PREFER_SRC_COA 0x04u

struct sea_addrsel6 {
	const struct sea_addrlabels *labels;
	uint8_t dst[16];
	uint8_t scope; /* enum sea_in6_scope, the destination's */
	uint8_t prefs; /* SEA_PREFER_SRC_* */
	int oif;       /* 0: not decided */
	uint32_t label;
};

struct sea_addrsel6_src {
	uint8_t addr[16];
	uint8_t prefix_len;
	uint32_t flags; /* SEA_IFA_* */
	int ifindex;
	bool prefer_temporary; /* use_tempaddr of its link is 2 or more */
	bool use_optimistic;   /* an optimistic address is as good as another */
};

void sea_addrsel6_init(struct sea_addrsel6 *sel, const struct sea_addrlabels *labels,
		       const uint8_t dst[16], int oif, uint8_t prefs);

/* Is `a` better than `b`? Never for equals: who came first stays. */
bool sea_addrsel6_better(const struct sea_addrsel6 *sel, const struct sea_addrsel6_src *a,
			 const struct sea_addrsel6_src *b);

#endif
