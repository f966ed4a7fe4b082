// SPDX-License-Identifier: Apache-2.0
/* lz4 where its library is not there. */
#include "packetimpact/lint/unpack.h"

#include <errno.h>
#include <stddef.h>

FILE *sea_unpack_lz4(FILE *packed)
{
	(void)packed;
	errno = ENOTSUP;
	return NULL;
}
