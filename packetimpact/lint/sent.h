/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What one side has sent and nobody has acknowledged: ranges of sequence numbers with when and how often, and the
 * bytes themselves. Both are bounded: one side's by their own limits, and all sides' together by a budget; what finds
 * no room is not judged.
 */
#ifndef SEA_LINT_SENT_H
#define SEA_LINT_SENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/tcp.h"

struct sea_lint_budget {
	size_t used, max; /* bytes */
};

struct sea_lint_range {
	sea_seq start, end;
	uint64_t first_ns, last_ns;
	uint16_t times; /* how often it was sent */
	uint16_t ip_id; /* of the last one */
};

#define SEA_LINT_RANGES_MAX 1024u

/* Sorted, and apart from each other. */
struct sea_lint_ranges {
	struct sea_lint_range *v;
	uint32_t head, n, room; /* v[head .. head + n) */
};

enum sea_lint_sending {
	SEA_LINT_SENT_NEW,   /* none of it was seen before */
	SEA_LINT_SENT_AGAIN, /* some of it was */
	SEA_LINT_SENT_COPY,  /* the capture has the same packet twice */
};

/* [range->start, range->end) was sent at first_ns; the rest of `range` is set here. */
enum sea_lint_sending sea_lint_ranges_sent(struct sea_lint_ranges *r,
					   struct sea_lint_budget *budget,
					   struct sea_lint_range range);
/*
 * All before `una` is acknowledged. Returns true and *last, the last range of these, when there was one that ended
 * just there, or before.
 */
bool sea_lint_ranges_acked(struct sea_lint_ranges *r, sea_seq una, struct sea_lint_range *last);
/* The first one, or NULL. */
const struct sea_lint_range *sea_lint_ranges_first(const struct sea_lint_ranges *r);
void sea_lint_ranges_fini(struct sea_lint_ranges *r, struct sea_lint_budget *budget);

#define SEA_LINT_BYTES_MAX (1u << 20)

/* The last bytes sent: [lo, hi), of which byte s stands at v[s % room]. */
struct sea_lint_bytes {
	uint8_t *v;
	uint32_t room; /* a power of two, or 0 */
	sea_seq lo, hi;
};

/* Are the bytes from `seq` on the same as before, as far as known? New ones are kept. `una`: what is needed no more. */
bool sea_lint_bytes_sent(struct sea_lint_bytes *b, struct sea_lint_budget *budget, sea_seq una,
			 sea_seq seq, const uint8_t *from, uint32_t len);
void sea_lint_bytes_fini(struct sea_lint_bytes *b, struct sea_lint_budget *budget);

#endif
