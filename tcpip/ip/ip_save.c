/* SPDX-License-Identifier: Apache-2.0 */
/* Keys and path MTUs written out and read back, of either IP version. */
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

/* -- path MTUs -- */

void sea_ip_save_pmtu(struct sea_saver *to, const struct sea_pmtu_table *t)
{
	struct sea_list *node, *tmp;

	sea_save_u32(to, t->entries.n);
	SEA_LIST_EACH(node, tmp, &t->ages)
	{
		const struct sea_pmtu *p = sea_container(node, struct sea_pmtu, age);

		sea_save_bytes(to, p->dst.b, sizeof(p->dst.b));
		sea_save_u32(to, p->mtu);
		sea_save_u8(to, p->locked);
		sea_save_time(to, p->expires);
	}
}

void sea_ip_load_pmtu(struct sea_loader *from, struct sea_pmtu_table *t)
{
	uint32_t n = sea_load_count(from, SEA_PMTU_MAX);

	while (n-- && !from->err) {
		struct sea_ipaddr dst;
		uint32_t mtu;
		bool locked;
		sea_time expires;

		sea_load_bytes(from, dst.b, sizeof(dst.b));
		mtu = sea_load_u32(from);
		locked = sea_load_u8(from);
		expires = sea_load_time(from);
		if (!from->err)
			sea_pmtu_set(t, &dst, mtu, locked, expires);
	}
}
