// SPDX-License-Identifier: Apache-2.0
#include "packetimpact/run/sign.h"

bool sea_run_can_sign(struct sea_run *run, struct sea_script_pos pos)
{
	if (sea_mac_is_there())
		return true;
	run->skipped = true;
	return sea_run_fail(run, pos, "this program was built without nettle");
}

bool sea_run_sign(struct sea_run *run, const struct sea_script_option *option,
		  const struct sea_mac_segment *segment, uint8_t *mac)
{
	const struct sea_mac_key key = {
		.alg = option->alg ? option->alg->text.s : "hmac(sha1)",
		.bytes = option->key->text.s,
		.len = option->key->text.len,
	};

	if (!sea_run_can_sign(run, option->pos))
		return false;
	return sea_mac_make(&key, segment, mac, option->len) ||
	       sea_run_fail(run, option->pos, "there is no algorithm %s, or it takes no such key",
			    key.alg);
}
