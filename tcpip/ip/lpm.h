/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Longest-prefix match over keys of 4 or 16 bytes, good for a million prefixes: a lookup takes tens
 * of nanoseconds, an update microseconds, and memory follows the prefixes, not the address space.
 * A leaf: it knows neither routes nor links; a value is any non-NULL pointer.
 */
#ifndef SEA_IP_LPM_H
#define SEA_IP_LPM_H

#include <stdbool.h>
#include <stdint.h>

#include "core/pool.h"

struct sea_lpm_node;

struct sea_lpm {
	struct sea_pool *pool;
	struct sea_lpm_node *root;
	uint8_t key_len; /* 4 or 16 */
	bool popcnt;     /* the machine counts bits in one instruction */
	uint32_t n;      /* prefixes */
};

void sea_lpm_init(struct sea_lpm *lpm, struct sea_pool *pool, uint8_t key_len);
/* Frees the tree; the values are the caller's. */
void sea_lpm_fini(struct sea_lpm *lpm);

/* 0, -EEXIST, -EINVAL (bits beyond the prefix, prefix_len), -ENOMEM (nothing changed). */
SEA_MUST_USE int sea_lpm_insert(struct sea_lpm *lpm, const uint8_t *key, uint8_t prefix_len,
				void *value);
/* Another value for a prefix that is there; false: it is not. Never fails for want of memory. */
bool sea_lpm_set(struct sea_lpm *lpm, const uint8_t *key, uint8_t prefix_len, void *value);
/* The value taken out, or NULL. Never fails for want of memory. */
void *sea_lpm_remove(struct sea_lpm *lpm, const uint8_t *key, uint8_t prefix_len);
/* The value of exactly this prefix, or NULL. */
void *sea_lpm_get(const struct sea_lpm *lpm, const uint8_t *key, uint8_t prefix_len);

/* The value of the longest prefix of `key`, or NULL. */
void *sea_lpm_lookup(const struct sea_lpm *lpm, const uint8_t *key);
/* The same among prefixes shorter than `below` bits (to fall back when a longer one says no). */
void *sea_lpm_lookup_below(const struct sea_lpm *lpm, const uint8_t *key, unsigned below);

/*
 * The first prefix after (key, prefix_len) in order of key, then length; prefix_len -1 in *len
 * starts. Writes key and length back. NULL at the end.
 */
void *sea_lpm_next(const struct sea_lpm *lpm, uint8_t *key, int *len);

#endif
