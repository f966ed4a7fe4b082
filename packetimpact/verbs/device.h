/* SPDX-License-Identifier: Apache-2.0 */
/* The devices by the names that --dut has for them. */
#ifndef SEA_PACKETIMPACT_DEVICE_H
#define SEA_PACKETIMPACT_DEVICE_H

#include "packetimpact/verbs/record.h"

/* NULL: there is none of that name. */
sea_dut_new_fn *sea_device_by_name(const char *name);

#endif
