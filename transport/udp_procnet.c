/* SPDX-License-Identifier: Apache-2.0 */
/* /proc/net/udp, udp6, udplite and udplite6, and of protocols the lines of UDP. */
#include <netinet/in.h>
#include <sys/socket.h>

#include "core/sock.h"
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

/* Nobody speaks it, and who looks for its sockets finds none. */
static bool next_udplite(struct sea_stack *stack, uint64_t *cursor, struct sea_diag *e)
{
	(void)stack;
	(void)cursor;
	(void)e;
	return false;
}

static bool write_udplite(struct sea_stack *stack, struct sea_procnet_cursor *cursor,
			  struct sea_text *t)
{
	const struct sea_procnet_dgrams file = { SEA_AF_INET, 5, SEA_PROCNET_DGRAM_WIDTH, " ",
						 next_udplite };

	return sea_procnet_write_dgrams(stack, cursor, t, &file);
}

static bool write_udplite6(struct sea_stack *stack, struct sea_procnet_cursor *cursor,
			   struct sea_text *t)
{
	const struct sea_procnet_dgrams file = { SEA_AF_INET6, 5, 0, "", next_udplite };

	return sea_procnet_write_dgrams(stack, cursor, t, &file);
}

static const struct sea_procnet_file udp_files[] = {
	{ .name = "udp", .write = write_udp },
	{ .name = "udp6", .write = write_udp6 },
	{ .name = "udplite", .write = write_udplite },
	{ .name = "udplite6", .write = write_udplite6 },
};

/* Of both versions. */
static int64_t pages(struct sea_stack *stack)
{
	return (int64_t)(sea_procnet_in_use(stack, SEA_AF_INET, SOCK_DGRAM, IPPROTO_UDP).pages +
			 sea_procnet_in_use(stack, SEA_AF_INET6, SOCK_DGRAM, IPPROTO_UDP).pages);
}

#define UDP                                                                           \
	.size = sizeof(struct udp_sock), .type = SOCK_DGRAM, .protocol = IPPROTO_UDP, \
	.slab = true, .pages = pages, .ops = "yyynyyynyyyynnyyyn"

static const struct sea_procnet_proto udp_protos[] = {
	{ .name = "UDPv6", .domain = SEA_AF_INET6, UDP },
	{ .name = "UDP", .domain = SEA_AF_INET, UDP },
};

const struct sea_procnet_files sea_udp_proc_files = { udp_files,
						      sizeof(udp_files) / sizeof(udp_files[0]),
						      udp_protos, 2 };
