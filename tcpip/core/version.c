/* SPDX-License-Identifier: Apache-2.0 */
#include <seastack/version.h>

#include "config.h"

const char *sea_version(void)
{
	return PACKAGE_VERSION;
}
