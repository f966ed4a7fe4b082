/* SPDX-License-Identifier: Apache-2.0 */
/* NETLINK_SOCK_DIAG: which request goes where. */
#include "transport/diag/diag.h"

#include <errno.h>
#include <sys/socket.h>

#include <linux/sock_diag.h>
#include <seastack/modules.h>

#include "core/module.h"
#include "core/stack.h"
#include "transport/diag/inet.h"

#define FAMILIES 46 /* AF_MAX of Linux 6.18 */
#define GROUPS 32   /* no family of netlink has fewer */

/* At least family and protocol. */
static int by_family(struct sea_nl_req *req)
{
	if (req->len < 2 || req->payload[0] >= FAMILIES)
		return -EINVAL;
	switch (req->payload[0]) {
	case AF_INET:
		return sea_diag_inet_receive(req, &sea_diag_inet4);
	case AF_INET6:
		return sea_diag_inet_receive(req, &sea_diag_inet6);
	case AF_UNIX:
		return sea_diag_unix_receive(req);
	case AF_PACKET:
		return sea_diag_packet_receive(req);
	case AF_NETLINK:
		return sea_diag_netlink_receive(req);
	default:
		return -ENOENT;
	}
}

static int receive(struct sea_nl_req *req)
{
	switch (req->hdr.nlmsg_type) {
	case TCPDIAG_GETSOCK:
		return sea_diag_compat_receive(req);
	case SOCK_DIAG_BY_FAMILY:
	case SOCK_DESTROY:
		return by_family(req);
	default: /* DCCPDIAG_GETSOCK, too: Linux 6.18 has no DCCP any more */
		return -EINVAL;
	}
}

static const struct sea_nl_kind *find(struct sea_stack *stack, uint16_t type, uint8_t family)
{
	(void)stack;
	if (type == TCPDIAG_GETSOCK)
		return &sea_diag_compat;
	if (type != SOCK_DIAG_BY_FAMILY)
		return NULL;
	switch (family) {
	case AF_INET:
		return &sea_diag_inet4;
	case AF_INET6:
		return &sea_diag_inet6;
	case AF_UNIX:
		return &sea_diag_unix;
	case AF_PACKET:
		return &sea_diag_packet;
	case AF_NETLINK:
		return &sea_diag_netlink;
	default:
		return NULL;
	}
}

static const struct sea_nl_family sock_diag = {
	.protocol = NETLINK_SOCK_DIAG,
	.n_groups = GROUPS,
	.receive = receive,
	.find = find,
};

static int init(struct sea_stack *stack, void **state)
{
	*state = NULL;
	sea_nl_add_family(stack, &sock_diag);
	stack->sock_observer = sea_diag_tell_gone;
	return 0;
}

static void fini(struct sea_stack *stack, void *state)
{
	(void)state;
	stack->sock_observer = NULL;
}

const struct sea_module sea_sock_diag = {
	.name = "sock_diag",
	.id = SEA_MODULE_SOCK_DIAG,
	.needs = 1u << SEA_MODULE_NETLINK,
	.init = init,
	.fini = fini,
};
