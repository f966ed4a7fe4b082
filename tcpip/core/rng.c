/* SPDX-License-Identifier: Apache-2.0 */
/* The two sources of random numbers: what nobody may guess, and what anybody may. */
#include "core/rng.h"

#define REKEY_EVERY (UINT64_C(1) << 20)

static int rekey(struct sea_secret *secret)
{
	struct sea_siphash_key key;
	int err = secret->env->secret(secret->env->ctx, &key, sizeof(key));

	if (!err)
		secret->key = key;
	return err;
}

int sea_secret_init(struct sea_secret *secret, const struct sea_env *env)
{
	*secret = (struct sea_secret){ .env = env };
	return rekey(secret);
}

/*
 * A key that cannot be renewed just now stays in use: the counter runs on, so nothing repeats, and
 * the next round tries again.
 */
uint64_t sea_secret_u64(struct sea_secret *secret)
{
	uint64_t n = ++secret->counter;

	if (n % REKEY_EVERY == 0)
		rekey(secret);
	return sea_siphash24_2u64(&secret->key, n, 0);
}

/* Lemire's method: multiply instead of divide; the few products that would favour some are redrawn. */
uint32_t sea_secret_below(struct sea_secret *secret, uint32_t below)
{
	uint64_t product = (sea_secret_u64(secret) >> 32) * below;

	if ((uint32_t)product < below) {
		uint32_t unfair = (0 - below) % below;

		while ((uint32_t)product < unfair)
			product = (sea_secret_u64(secret) >> 32) * below;
	}
	return (uint32_t)(product >> 32);
}

struct sea_siphash_key sea_secret_key(struct sea_secret *secret)
{
	struct sea_siphash_key key = { .k0 = sea_secret_u64(secret) };

	key.k1 = sea_secret_u64(secret);
	return key;
}

/* splitmix64, which turns any seed, even 0, into a state worth starting from. */
static uint64_t splitmix(uint64_t *x)
{
	uint64_t z = *x += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

void sea_jitter_init(struct sea_jitter *jitter, uint64_t seed)
{
	for (int i = 0; i < 4; i++)
		jitter->s[i] = splitmix(&seed);
}

static uint64_t rotl(uint64_t x, unsigned n)
{
	return x << n | x >> (64 - n);
}

uint64_t sea_jitter_u64(struct sea_jitter *jitter)
{
	uint64_t *s = jitter->s;
	uint64_t result = rotl(s[1] * 5, 7) * 9, t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotl(s[3], 45);
	return result;
}

uint64_t sea_jitter_below(struct sea_jitter *jitter, uint64_t below)
{
	unsigned __int128 product = (unsigned __int128)sea_jitter_u64(jitter) * below;

	if ((uint64_t)product < below) {
		uint64_t unfair = (0 - below) % below;

		while ((uint64_t)product < unfair)
			product = (unsigned __int128)sea_jitter_u64(jitter) * below;
	}
	return (uint64_t)(product >> 64);
}
