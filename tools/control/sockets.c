/* SPDX-License-Identifier: Apache-2.0 */
/* The lines of `seastack sockets`, as ss(8) shows them. */
#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>

#include <linux/netlink.h>

#include <seastack/socket.h>

#include "tools/control/report.h"

const char *sea_report_protocol(const struct sea_socket_info *info)
{
	if (info->domain == AF_NETLINK)
		return "nl";
	switch (info->protocol) {
	case IPPROTO_TCP:
		return "tcp";
	case IPPROTO_UDP:
		return "udp";
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return "icmp";
	default:
		return "raw";
	}
}

const char *sea_report_state(const struct sea_socket_info *info)
{
	static const char *const names[] = {
		[TCP_ESTABLISHED] = "ESTABLISHED",
		[TCP_SYN_SENT] = "SYN_SENT",
		[TCP_SYN_RECV] = "SYN_RECV",
		[TCP_FIN_WAIT1] = "FIN_WAIT1",
		[TCP_FIN_WAIT2] = "FIN_WAIT2",
		[TCP_TIME_WAIT] = "TIME_WAIT",
		[TCP_CLOSE] = "CLOSE",
		[TCP_CLOSE_WAIT] = "CLOSE_WAIT",
		[TCP_LAST_ACK] = "LAST_ACK",
		[TCP_LISTEN] = "LISTEN",
		[TCP_CLOSING] = "CLOSING",
	};
	unsigned state = info->domain == AF_NETLINK ? TCP_CLOSE : (unsigned)info->state;

	return state < sizeof(names) / sizeof(names[0]) && names[state] ? names[state] : "UNKNOWN";
}

/* ss(8) writes * for what takes both families. */
static bool takes_both(struct sea_host *host, const struct sea_socket_info *info)
{
	int only = 0;
	socklen_t len = sizeof(only);
	int err = sea_socket_getsockopt(host->stack, info->socket, IPPROTO_IPV6, IPV6_V6ONLY, &only,
					&len, sea_os_now());

	return !sea_socket_is_none(info->socket) && (err || !only);
}

static void host_text(struct sea_host *host, const struct sea_socket_info *info,
		      const struct sockaddr_storage *at, char text[SEA_REPORT_ENDPOINT_MAX])
{
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)at;
	char addr[INET6_ADDRSTRLEN], name[SEA_IFNAMSIZ];

	if (at->ss_family == AF_INET) {
		inet_ntop(AF_INET, &((const struct sockaddr_in *)at)->sin_addr, addr, sizeof(addr));
		snprintf(text, SEA_REPORT_ENDPOINT_MAX, "%s", addr);
		return;
	}
	if (IN6_IS_ADDR_UNSPECIFIED(&in6->sin6_addr) && takes_both(host, info)) {
		strcpy(text, "*");
		return;
	}
	inet_ntop(AF_INET6, &in6->sin6_addr, addr, sizeof(addr));
	if (in6->sin6_scope_id)
		snprintf(text, SEA_REPORT_ENDPOINT_MAX, "[%s]%%%s", addr,
			 sea_report_device(host, (int)in6->sin6_scope_id, name));
	else
		snprintf(text, SEA_REPORT_ENDPOINT_MAX, "[%s]", addr);
}

/* As ss(8) has them: a protocol of netlink, and a port of it, which is a process as a rule. */
static char *netlink_text(const struct sea_socket_info *info, const struct sockaddr_storage *at,
			  char text[SEA_REPORT_ENDPOINT_MAX])
{
	const struct sockaddr_nl *nl = (const struct sockaddr_nl *)at;
	const char *name = info->protocol == NETLINK_ROUTE       ? "rtnl"
			   : info->protocol == NETLINK_SOCK_DIAG ? "tcpdiag"
			   : info->protocol == NETLINK_GENERIC   ? "genl"
								 : "nl";

	if (at->ss_family != AF_NETLINK || !nl->nl_pid)
		snprintf(text, SEA_REPORT_ENDPOINT_MAX, "%s:*", name);
	else
		snprintf(text, SEA_REPORT_ENDPOINT_MAX, "%s:%u", name, nl->nl_pid);
	return text;
}

/* The port stands at the same place in the names of both families. */
char *sea_report_endpoint(struct sea_host *host, const struct sea_socket_info *info,
			  const struct sockaddr_storage *at, char text[SEA_REPORT_ENDPOINT_MAX])
{
	const struct sockaddr_in *in = (const struct sockaddr_in *)at;
	size_t len;

	if (info->domain == AF_NETLINK)
		return netlink_text(info, at, text);
	if (at->ss_family != AF_INET && at->ss_family != AF_INET6)
		return strcpy(text, "*:*");
	host_text(host, info, at, text);
	len = strlen(text);
	if (in->sin_port)
		snprintf(text + len, SEA_REPORT_ENDPOINT_MAX - len, ":%u", ntohs(in->sin_port));
	else
		snprintf(text + len, SEA_REPORT_ENDPOINT_MAX - len, ":*");
	return text;
}

static void as_text(struct sea_host *host, const struct sea_socket_info *info, struct sea_text *to)
{
	char local[SEA_REPORT_ENDPOINT_MAX], peer[SEA_REPORT_ENDPOINT_MAX];

	sea_text_printf(to, "%-5s %-12s %8" PRIu32 " %8" PRIu32 " %-22s %s\n",
			sea_report_protocol(info), sea_report_state(info), info->rx_bytes,
			info->tx_bytes, sea_report_endpoint(host, info, &info->local, local),
			sea_report_endpoint(host, info, &info->peer, peer));
}

static void as_json(struct sea_host *host, const struct sea_socket_info *info,
		    struct sea_json *json)
{
	char text[SEA_REPORT_ENDPOINT_MAX];

	sea_json_open(json, NULL, '{');
	sea_json_string(json, "protocol", sea_report_protocol(info));
	sea_json_string(json, "state", sea_report_state(info));
	sea_json_number(json, "rx_bytes", info->rx_bytes);
	sea_json_number(json, "tx_bytes", info->tx_bytes);
	sea_json_string(json, "local", sea_report_endpoint(host, info, &info->local, text));
	sea_json_string(json, "peer", sea_report_endpoint(host, info, &info->peer, text));
	sea_json_number(json, "drops", info->drops);
	sea_json_close(json, '}');
}

bool sea_report_sockets(struct sea_host *host, struct sea_report_walk *walk, struct sea_text *to)
{
	struct sea_socket_info info = { .size = sizeof(info) };

	if (!walk->begun && !walk->as_json)
		sea_text_printf(to, "%-5s %-12s %8s %8s %-22s %s\n", "proto", "state", "rx-queue",
				"tx-queue", "local", "peer");
	sea_report_walk_begin(walk, to);
	for (int i = 0; i < SEA_REPORT_HELPING; i++) {
		if (!sea_socket_next(host->stack, &walk->cursor, &info))
			return sea_report_walk_end(walk, to);
		if (walk->json.to)
			as_json(host, &info, &walk->json);
		else
			as_text(host, &info, to);
	}
	return true;
}
