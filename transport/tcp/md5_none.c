/* SPDX-License-Identifier: Apache-2.0 */
/* Without nettle there are no signatures: as by a kernel without them, keys are refused, and the option is none. */
#include "transport/tcp/md5.h"

#include <string.h>

const bool sea_tcp_has_md5 = false;

/* Nobody has a key to call it with. */
void sea_tcp_md5_digest(const struct tcp_md5_key *key, const struct tcp_md5_text *text,
			uint8_t digest[SEA_TCP_MD5_LEN])
{
	(void)key;
	(void)text;
	memset(digest, 0, SEA_TCP_MD5_LEN);
}
