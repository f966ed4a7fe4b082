/* SPDX-License-Identifier: Apache-2.0 */
/* Opens the device of a link, and says in one sentence why that failed and what would help. */
#ifndef SEA_HOST_DEVICE_H
#define SEA_HOST_DEVICE_H

#include <seastack/os.h>

#include "tools/host/config.h"

/* SEA_EXIT_OK, or SEA_EXIT_FAILED, said. */
int sea_host_device_open(const struct sea_link_spec *spec, struct sea_stack *stack,
			 struct sea_port **port, sea_time now);

#endif
