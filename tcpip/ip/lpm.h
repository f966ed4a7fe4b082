/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Longest-prefix match over keys of 4 or 16 bytes, good for a million prefixes: a lookup takes tens
 * of nanoseconds, an update microseconds, and memory follows the prefixes, not the address space.
 * A leaf: it knows neither routes nor links; a value is any non-NULL pointer, and with it goes a
 * number, not 0, which is all that a lookup finds: it is there without reading anything else.
 *
 * Large tables have an index besides (lpm_index.c, lpm_wide.c), which lookups fill.
 */
#ifndef SEA_IP_LPM_H
#define SEA_IP_LPM_H

#include <stdbool.h>
#include <stdint.h>

#include "core/pool.h"

struct sea_lpm_index;
struct sea_lpm_node;
struct sea_lpm_wide;

struct sea_lpm {
	struct sea_pool *pool;
	struct sea_lpm_node *root;
	union { /* NULL: lookups go down the tree */
		struct sea_lpm_index *index;
		struct sea_lpm_wide *wide; /* where key_len is 16 */
	};
	uint8_t key_len;     /* 4 or 16 */
	bool popcnt;         /* the machine counts bits in one instruction */
	uint32_t n;          /* prefixes */
	uint32_t index_from; /* so many of them need an index */
};

void sea_lpm_init(struct sea_lpm *lpm, struct sea_pool *pool, uint8_t key_len);
/* Frees the tree; the values are the caller's. */
void sea_lpm_fini(struct sea_lpm *lpm);

/* 0, -EEXIST, -EINVAL (bits beyond the prefix, prefix_len), -ENOMEM (nothing changed). */
SEA_MUST_USE int sea_lpm_insert(struct sea_lpm *lpm, const uint8_t *key, uint8_t prefix_len,
				void *value, uint32_t found);
/* Another value for a prefix that is there; false: it is not. Never fails for want of memory. */
bool sea_lpm_set(struct sea_lpm *lpm, const uint8_t *key, uint8_t prefix_len, void *value,
		 uint32_t found);
/* The value taken out, or NULL. Never fails for want of memory. */
void *sea_lpm_remove(struct sea_lpm *lpm, const uint8_t *key, uint8_t prefix_len);
/* The value of exactly this prefix, or NULL. */
void *sea_lpm_get(const struct sea_lpm *lpm, const uint8_t *key, uint8_t prefix_len);

/* The number of the longest prefix of `key`, or 0. */
uint32_t sea_lpm_lookup(const struct sea_lpm *lpm, const uint8_t *key);
#define SEA_LPM_ANY UINT32_MAX /* no bound */
/* The value of the longest prefix that is shorter than `below` bits, or NULL. */
void *sea_lpm_lookup_below(const struct sea_lpm *lpm, const uint8_t *key, unsigned below);

/*
 * The first prefix after (key, prefix_len) in order of key, then length; prefix_len -1 in *len
 * starts. Writes key and length back. NULL at the end.
 */
void *sea_lpm_next(const struct sea_lpm *lpm, uint8_t *key, int *len);

#endif
