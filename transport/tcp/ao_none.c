/* SPDX-License-Identifier: Apache-2.0 */
/* Without nettle there is no TCP-AO: as by a kernel without it, keys are refused, and the option is none. */
#include "transport/tcp/ao_mac.h"

#include <string.h>

const bool sea_tcp_has_ao = false;

const struct tcp_ao_alg *sea_tcp_ao_alg_find(const char *name)
{
	(void)name;
	return NULL;
}

/* Nobody has an algorithm to call these with. */

const char *sea_tcp_ao_alg_name(const struct tcp_ao_alg *alg)
{
	(void)alg;
	return "";
}

uint8_t sea_tcp_ao_alg_digest_len(const struct tcp_ao_alg *alg)
{
	(void)alg;
	return 0;
}

uint8_t sea_tcp_ao_master(const struct tcp_ao_alg *alg, const uint8_t *key, uint8_t len,
			  uint8_t *to)
{
	(void)alg;
	(void)key;
	(void)len;
	(void)to;
	return 0;
}

void sea_tcp_ao_traffic(const struct tcp_ao_alg *alg, const uint8_t *master, uint8_t master_len,
			const struct tcp_ao_context *context, uint8_t *traffic)
{
	(void)alg;
	(void)master;
	(void)master_len;
	(void)context;
	(void)traffic;
}

void sea_tcp_ao_digest(const struct tcp_ao_alg *alg, const uint8_t *traffic,
		       const struct tcp_ao_text *text, uint8_t *digest)
{
	(void)alg;
	(void)traffic;
	(void)text;
	(void)digest;
}
