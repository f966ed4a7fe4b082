/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Programs of python3, each in a process of its own: a copy of one python that was started with the first of
 * them, for its start takes longer than all that they do.
 */
#ifndef SEA_PACKETIMPACT_PYTHON_H
#define SEA_PACKETIMPACT_PYTHON_H

#include <stddef.h>

#define SEA_PYTHON_NONE 127 /* there is no python3 */
#define SEA_PYTHON_LATE -1  /* it was ended, for it had not ended by itself in `patience_ms` */
#define SEA_PYTHON_LOST -2  /* the python that was to run it went away */

/*
 * The program's exit status, 128 + the signal that ended it, or one from above. What it wrote to its output
 * and errors, as far as it fits, is in `said`.
 */
int sea_python_run(const char *program, size_t len, int patience_ms, char *said, size_t said_len);

#endif
