/* SPDX-License-Identifier: Apache-2.0 */
/* The lines of `seastack sockets`, as ss(8) shows them. */
#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>

#include <seastack/socket.h>

#include "tools/control/report.h"

static const char *protocol_name(const struct sea_socket_info *info)
{
	switch (info->protocol) {
	case IPPROTO_TCP:
		return "tcp";
	case IPPROTO_UDP:
		return "udp";
	case IPPROTO_ICMP:
		return "icmp";
	default:
		return "raw";
	}
}

static const char *state_name(const struct sea_socket_info *info)
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
	unsigned state = (unsigned)info->state;

	return state < sizeof(names) / sizeof(names[0]) && names[state] ? names[state] : "UNKNOWN";
}

#define ENDPOINT_MAX 64

static char *endpoint(const struct sockaddr_storage *at, char text[ENDPOINT_MAX])
{
	const struct sockaddr_in *in = (const struct sockaddr_in *)at;
	char addr[INET_ADDRSTRLEN], port[8] = "*";

	if (at->ss_family != AF_INET)
		return strcpy(text, "*:*");
	if (in->sin_port)
		snprintf(port, sizeof(port), "%u", ntohs(in->sin_port));
	inet_ntop(AF_INET, &in->sin_addr, addr, sizeof(addr));
	snprintf(text, ENDPOINT_MAX, "%s:%s", addr, port);
	return text;
}

static void as_text(const struct sea_socket_info *info, struct sea_text *to)
{
	char local[ENDPOINT_MAX], peer[ENDPOINT_MAX];

	sea_text_printf(to, "%-5s %-12s %8" PRIu32 " %8" PRIu32 " %-22s %s\n", protocol_name(info),
			state_name(info), info->rx_bytes, info->tx_bytes,
			endpoint(&info->local, local), endpoint(&info->peer, peer));
}

static void as_json(const struct sea_socket_info *info, struct sea_json *json)
{
	char text[ENDPOINT_MAX];

	sea_json_open(json, NULL, '{');
	sea_json_string(json, "protocol", protocol_name(info));
	sea_json_string(json, "state", state_name(info));
	sea_json_number(json, "rx_bytes", info->rx_bytes);
	sea_json_number(json, "tx_bytes", info->tx_bytes);
	sea_json_string(json, "local", endpoint(&info->local, text));
	sea_json_string(json, "peer", endpoint(&info->peer, text));
	sea_json_number(json, "drops", info->drops);
	sea_json_close(json, '}');
}

bool sea_report_sockets(struct sea_host *host, struct sea_report_walk *walk, struct sea_text *to)
{
	struct sea_socket_info info = { .size = sizeof(info) };

	if (!walk->begun && !walk->as_json)
		sea_text_printf(to, "%-5s %-12s %8s %8s %-22s %s\n", "proto", "state", "rx-queue",
				"tx-queue", "local", "peer");
	sea_report_begin(walk, to);
	for (int i = 0; i < SEA_REPORT_HELPING; i++) {
		if (!sea_socket_next(host->stack, &walk->cursor, &info))
			return sea_report_end(walk, to);
		if (walk->json.to)
			as_json(&info, &walk->json);
		else
			as_text(&info, to);
	}
	return true;
}
