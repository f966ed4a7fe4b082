// SPDX-License-Identifier: Apache-2.0
/* zstd where its library is not there. */
#include "packetimpact/lint/unpack.h"

#include <errno.h>
#include <stddef.h>

FILE *sea_unpack_zstd(FILE *packed)
{
	(void)packed;
	errno = ENOTSUP;
	return NULL;
}
