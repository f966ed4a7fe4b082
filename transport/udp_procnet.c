/* SPDX-License-Identifier: Apache-2.0 */
/* /proc/net/udp and udp6. */
#include "transport/diag/inet.h"
#include "transport/procnet.h"
#include "transport/udp.h"

static bool write_udp(struct sea_stack *stack, struct sea_procnet_cursor *cursor,
		      struct sea_text *t)
{
	const struct sea_procnet_dgrams file = { SEA_AF_INET, 5, SEA_PROCNET_DGRAM_WIDTH, " ",
						 sea_udp_diag.next };

	return sea_procnet_write_dgrams(stack, cursor, t, &file);
}

static bool write_udp6(struct sea_stack *stack, struct sea_procnet_cursor *cursor,
		       struct sea_text *t)
{
	const struct sea_procnet_dgrams file = { SEA_AF_INET6, 5, 0, "", sea_udp_diag.next };

	return sea_procnet_write_dgrams(stack, cursor, t, &file);
}

static const struct sea_procnet_file udp_files[] = {
	{ .name = "udp", .write = write_udp },
	{ .name = "udp6", .write = write_udp6 },
};

const struct sea_procnet_files sea_udp_proc_files = { udp_files,
						      sizeof(udp_files) / sizeof(udp_files[0]) };
