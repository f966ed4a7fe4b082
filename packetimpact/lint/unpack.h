/* SPDX-License-Identifier: Apache-2.0 */
/* Compressed files as plain ones. */
#ifndef SEA_LINT_UNPACK_H
#define SEA_LINT_UNPACK_H

#include <stdio.h>

/*
 * What `packed` unpacks to, as a file to be read once; closing it closes `packed`. NULL with errno: ENOTSUP where
 * this program was built without the library. What is damaged or cut reads as an error (EBADMSG).
 */
FILE *sea_unpack_gzip(FILE *packed);
FILE *sea_unpack_zstd(FILE *packed);
FILE *sea_unpack_lz4(FILE *packed);

/* `file` with the bytes of `head` in front of what is left of it; closing it closes `file`, unless that is stdin. */
FILE *sea_unpack_nothing(FILE *file, const void *head, size_t len);

#endif
