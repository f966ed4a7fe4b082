/* SPDX-License-Identifier: Apache-2.0 */
/* Which Seastack this is: at compile time and, for a shared library, at run time. */
#ifndef SEASTACK_VERSION_H
#define SEASTACK_VERSION_H

#include <seastack/compiler.h>

SEA_BEGIN_DECLS

/* The version of the linked library, as "0.1.0"; a constant string. */
SEA_API const char *sea_version(void);

SEA_END_DECLS

#endif
