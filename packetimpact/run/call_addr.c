// SPDX-License-Identifier: Apache-2.0
/* Socket addresses of a script. */
#include <arpa/inet.h>
#include <string.h>

#include "packetimpact/run/call.h"

static void put_v4(struct sockaddr_storage *addr, const uint8_t b[4], uint16_t port)
{
	struct sockaddr_in *in = (void *)addr;

	in->sin_family = AF_INET;
	in->sin_port = htons(port);
	memcpy(&in->sin_addr, b, 4);
}

static void put_v6(struct sockaddr_storage *addr, const struct sea_addr *from, uint16_t port)
{
	struct sockaddr_in6 *in6 = (void *)addr;

	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons(port);
	if (from->family == SEA_AF_INET6) {
		memcpy(&in6->sin6_addr, from->b, 16);
		return;
	}
	in6->sin6_addr.s6_addr[10] = in6->sin6_addr.s6_addr[11] = 0xff;
	memcpy(&in6->sin6_addr.s6_addr[12], from->b, 4);
}

/* ... is the address that the configuration has for it. */
static void put_own(const struct sea_run *run, bool peer, int domain, struct sockaddr_storage *addr,
		    socklen_t *len)
{
	const struct sea_addr *from = peer ? &run->config.remote : &run->config.local;
	uint16_t port = peer ? run->config.connect_port : run->config.bind_port;

	if (domain == AF_INET && from->family == SEA_AF_INET) {
		put_v4(addr, from->b, port);
		*len = sizeof(struct sockaddr_in);
	} else {
		put_v6(addr, from, port);
		*len = sizeof(struct sockaddr_in6);
	}
}

/* The text of an address: inet_addr("192.0.2.1"), inet_pton("…"), or "…" alone. */
static const char *addr_text(const struct sea_expr *field)
{
	const struct sea_expr *value = field ? field->items[0] : NULL;

	if (value && value->kind == SEA_EXPR_CALL && value->n_items)
		value = value->items[value->n_items - 1];
	return value && value->kind == SEA_EXPR_STRING ? value->text.s : NULL;
}

static bool put_group(struct sea_run *run, const struct sea_expr *group,
		      struct sockaddr_storage *addr, socklen_t *len)
{
	const struct sea_expr *family = sea_expr_field(group, "sa_family");
	const struct sea_expr *port = sea_expr_field(group, "sin_port");
	const char *text = addr_text(sea_expr_field(group, "sin_addr"));
	int64_t af, port_value;
	void *at;

	if (!family || !port || !text)
		return sea_run_fail(run, group->pos,
				    "{sa_family=, sin_port=, sin_addr=} is expected here");
	if (!sea_run_int(run, family->items[0], &af) ||
	    !sea_run_int(run, port->items[0], &port_value))
		return false;
	addr->ss_family = (sa_family_t)af;
	at = af == AF_INET ? (void *)&((struct sockaddr_in *)(void *)addr)->sin_addr
			   : (void *)&((struct sockaddr_in6 *)(void *)addr)->sin6_addr;
	if ((af != AF_INET && af != AF_INET6) || inet_pton((int)af, text, at) != 1)
		return sea_run_fail(run, group->pos, "this is no address of its family");
	/* both have it at the same place */
	((struct sockaddr_in *)(void *)addr)->sin_port = (uint16_t)port_value;
	*len = af == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
	return true;
}

bool sea_run_sockaddr(struct sea_run *run, const struct sea_expr *expr, bool peer, int domain,
		      struct sockaddr_storage *addr, socklen_t *len)
{
	int64_t family;

	if (expr->kind == SEA_EXPR_ELLIPSIS) {
		put_own(run, peer, domain, addr, len);
		return true;
	}
	if (expr->kind == SEA_EXPR_GROUP)
		return put_group(run, expr, addr, len);
	if (!sea_run_int(run, expr, &family))
		return false;
	addr->ss_family = (sa_family_t)family; /* AF_UNSPEC alone */
	*len = sizeof(struct sockaddr_storage);
	return true;
}
