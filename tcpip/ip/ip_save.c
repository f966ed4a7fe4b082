/* SPDX-License-Identifier: Apache-2.0 */
/* Keys written out and read back, of either IP version. */
#include "ip/ip_save.h"

void sea_ip_save_key(struct sea_saver *to, const struct sea_siphash_key *key)
{
	sea_save_u64(to, key->k0);
	sea_save_u64(to, key->k1);
}

void sea_ip_load_key(struct sea_loader *from, struct sea_siphash_key *key)
{
	struct sea_siphash_key saved;

	saved.k0 = sea_load_u64(from);
	saved.k1 = sea_load_u64(from);
	if (!from->fresh_secrets)
		*key = saved;
}
