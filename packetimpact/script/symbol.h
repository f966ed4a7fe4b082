/* SPDX-License-Identifier: Apache-2.0 */
/* The names that stand in scripts for numbers of Linux's headers. */
#ifndef SEA_PACKETIMPACT_SCRIPT_SYMBOL_H
#define SEA_PACKETIMPACT_SCRIPT_SYMBOL_H

#include <stdbool.h>
#include <stdint.h>

/* False: there is no such name. */
bool sea_symbol_find(const char *name, int64_t *value);
/* "EAGAIN", or NULL: no error has this number. */
const char *sea_symbol_errno(int error);

#endif
