// SPDX-License-Identifier: Apache-2.0
#include "packetimpact/verbs/device.h"

#include <string.h>

sea_dut_new_fn *sea_device_by_name(const char *name)
{
	static const struct {
		const char *name;
		sea_dut_new_fn *dut_new;
	} devices[] = { { "seastack", sea_dut_seastack_new }, { "linux", sea_dut_linux_new } };

	for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++) {
		if (!strcmp(name, devices[i].name))
			return devices[i].dut_new;
	}
	return NULL;
}
