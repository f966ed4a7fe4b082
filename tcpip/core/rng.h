/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two named sources. *Secret*: for what must not be guessed (ports, IP ids, cookies); SipHash-2-4 in
 * counter mode under a key from env->secret, rekeyed every 2^20 draws. *Jitter*: for timers, where
 * being guessed does no harm; xoshiro256** from env->seed.
 */
#ifndef SEA_CORE_RNG_H
#define SEA_CORE_RNG_H

#include <stdint.h>

#include <seastack/env.h>

#include "core/siphash.h"

struct sea_secret {
	const struct sea_env *env;
	struct sea_siphash_key key;
	uint64_t counter;
};

/* 0, or what env->secret said. */
SEA_MUST_USE int sea_secret_init(struct sea_secret *secret, const struct sea_env *env);
uint64_t sea_secret_u64(struct sea_secret *secret);
/* Uniform in [0, below), below > 0. */
uint32_t sea_secret_below(struct sea_secret *secret, uint32_t below);
/* A key for a table or a protocol. */
struct sea_siphash_key sea_secret_key(struct sea_secret *secret);

struct sea_jitter {
	uint64_t s[4];
};

void sea_jitter_init(struct sea_jitter *jitter, uint64_t seed);
uint64_t sea_jitter_u64(struct sea_jitter *jitter);
/* Uniform in [0, below), below > 0. */
uint64_t sea_jitter_below(struct sea_jitter *jitter, uint64_t below);

#endif
