/* SPDX-License-Identifier: Apache-2.0 */
/* Zones (RFC 4007 §11): a link-local address without one is on the only link, where there is one only. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "tools/cli/parse.h"
#include "tools/host/peer.h"
#include "tools/host/route_spec.h"

bool sea_peer_parse(const char *text, struct sea_peer *peer)
{
	const char *zone = strchr(text, '%');
	char addr[SEA_ADDR_TEXT_MAX];
	size_t len = zone ? (size_t)(zone - text) : strlen(text);

	*peer = (struct sea_peer){ 0 };
	if (len >= sizeof(addr))
		return false;
	memcpy(addr, text, len);
	addr[len] = '\0';
	if (!sea_addr_parse(addr, &peer->addr))
		return false;
	if (!zone)
		return true;
	if (peer->addr.family != SEA_AF_INET6 || !sea_parse_ifname(zone + 1))
		return false;
	snprintf(peer->dev, sizeof(peer->dev), "%s", zone + 1);
	return true;
}

char *sea_peer_text(const struct sea_peer *peer, char text[SEA_PEER_TEXT_MAX])
{
	char addr[SEA_ADDR_TEXT_MAX];

	snprintf(text, SEA_PEER_TEXT_MAX, "%s%s%s", sea_addr_text(&peer->addr, addr),
		 *peer->dev ? "%" : "", peer->dev);
	return text;
}

/* NULL: there are several, or none. */
static struct sea_link *only_link(struct sea_stack *stack)
{
	struct sea_link_info info = { .size = sizeof(info) };
	struct sea_link *only = NULL;

	for (struct sea_link *link = NULL; (link = sea_link_next(stack, link));) {
		sea_link_info(link, &info);
		if (info.type == SEA_LINK_LOOPBACK)
			continue;
		if (only)
			return NULL;
		only = link;
	}
	return only;
}

/* 0 where no link needs to be named. */
static int zone_of(const struct sea_peer *peer, struct sea_stack *stack, uint32_t *zone)
{
	struct sea_link_info info = { .size = sizeof(info) };
	struct sea_link *link;

	*zone = 0;
	if (!*peer->dev && !sea_addr_is_link_local(&peer->addr))
		return 0;
	link = *peer->dev ? sea_link_by_name(stack, peer->dev) : only_link(stack);
	if (!link)
		return -ENODEV;
	sea_link_info(link, &info);
	*zone = (uint32_t)info.ifindex;
	return 0;
}

int sea_peer_sockaddr(const struct sea_peer *peer, struct sea_stack *stack, uint16_t port,
		      struct sockaddr_storage *to, socklen_t *len)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(port) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	int err;

	memset(to, 0, sizeof(*to));
	if (peer->addr.family == SEA_AF_INET) {
		memcpy(&in.sin_addr, peer->addr.b, sizeof(in.sin_addr));
		memcpy(to, &in, sizeof(in));
		*len = sizeof(in);
		return 0;
	}
	err = zone_of(peer, stack, &in6.sin6_scope_id);
	memcpy(&in6.sin6_addr, peer->addr.b, sizeof(in6.sin6_addr));
	memcpy(to, &in6, sizeof(in6));
	*len = sizeof(in6);
	return err;
}
