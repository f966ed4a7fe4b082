// SPDX-License-Identifier: Apache-2.0
/* What a snippet finds in /proc/net: the device's files, as they are now. */
#include <stdio.h>

#include <seastack/procnet.h>

#include "packetimpact/dut/seastack.h"

static void write_file(struct sea_proc *proc, const char *folder, const char *name)
{
	struct sea_procnet_reader reader = { .size = sizeof(reader) };
	char path[128], text[8192];
	uint64_t at = 0;
	int64_t n;
	FILE *to;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	to = sea_procnet_open(proc->stack, name, &reader) ? NULL : fopen(path, "we");
	if (!to)
		return;
	while ((n = sea_procnet_read(proc->stack, &reader, text, sizeof(text), at,
				     sea_stack_now(proc->stack))) > 0) {
		fwrite(text, 1, (size_t)n, to);
		at += (uint64_t)n;
	}
	(void)fclose(to);
}

void sea_proc_net_write(struct sea_dut *dut, const char *folder)
{
	struct sea_proc *proc = (struct sea_proc *)dut;
	char name[SEA_PROCNET_NAME_MAX] = "";

	while (sea_procnet_next(proc->stack, name))
		write_file(proc, folder, name);
}
