/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stack as `seastack up` makes it, with the same options, that relays ports to a server on the
 * kernel's stack: TCP and UDP alike.
 *
 *	relay_peer --link tap:sea0 --addr 10.9.0.2/24 --control SOCKET --relay 5201=127.0.0.1:5201
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>

#include <seastack/addr.h>

#include "tests/netns/relay.h"
#include "tools/cli/option.h"
#include "tools/cli/parse.h"
#include "tools/cli/say.h"
#include "tools/control/control.h"

struct settings {
	struct sea_host_config host; /* first */
	const char *control;
	uint16_t port;
	struct sockaddr_in server;
	struct tcp_md5sig md5; /* tcpm_keylen 0: none */
};

static const char *set_control(void *to, const char *value)
{
	struct settings *settings = to;

	settings->control = value;
	return NULL;
}

/* A.B.C.D:PORT */
static bool parse_server(const char *text, struct sockaddr_in *server)
{
	const char *colon = strchr(text, ':');
	char host[INET_ADDRSTRLEN];
	uint16_t port;

	if (!colon || (size_t)(colon - text) >= sizeof(host) || !sea_parse_port(colon + 1, &port))
		return false;
	memcpy(host, text, (size_t)(colon - text));
	host[colon - text] = '\0';
	*server = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(port) };
	return inet_pton(AF_INET, host, &server->sin_addr) == 1;
}

static const char *set_relay(void *to, const char *value)
{
	struct settings *settings = to;
	const char *equals = strchr(value, '=');
	char port[sizeof("65535")] = "";

	if (equals && (size_t)(equals - value) < sizeof(port))
		memcpy(port, value, (size_t)(equals - value));
	if (!sea_parse_port(port, &settings->port) || !parse_server(equals + 1, &settings->server))
		return "write PORT=A.B.C.D:PORT";
	return NULL;
}

/* The listener is one for both families. */
static const char *set_md5(void *to, const char *value)
{
	struct tcp_md5sig *md5 = &((struct settings *)to)->md5;
	struct sockaddr_in6 peer = { .sin6_family = AF_INET6 };
	const char *equals = strchr(value, '=');
	char text[64] = "::ffff:";

	if (!equals || (size_t)(equals - value) > 40 || strlen(equals + 1) > sizeof(md5->tcpm_key))
		return "write A.B.C.D=KEY";
	memcpy(text + strlen(text), value, (size_t)(equals - value));
	if (inet_pton(AF_INET6, text, &peer.sin6_addr) != 1)
		return "write A.B.C.D=KEY";
	memcpy(&md5->tcpm_addr, &peer, sizeof(peer));
	md5->tcpm_keylen = (uint16_t)strlen(equals + 1);
	memcpy(md5->tcpm_key, equals + 1, md5->tcpm_keylen);
	return NULL;
}

static const struct sea_option own_options[] = {
	{ "relay", "PORT=A.B.C.D:PORT", "our port, and the server behind it", set_relay, 0 },
	{ "control", "SOCKET", "its control socket", set_control, 0 },
	{ "md5", "A.B.C.D=KEY", "who signs, and with which key (RFC 2385)", set_md5, 0 },
	{ 0 },
};

static const struct sea_option_group groups[] = {
	{ "The link:", sea_link_options },
	{ "The network:", sea_host_options },
	{ "The relay:", own_options },
	{ 0 },
};

static const struct sea_usage usage = {
	.verb = "relay",
	.operands = "",
	.about = "Relays a port of a stack to a server on the kernel's, until a signal ends it.",
	.groups = groups,
};

static struct sea_host host;
static struct sea_control control = { .fd = -1 };
static struct relay_tcp tcp;
static struct relay_udp udp;

static int open_all(const struct settings *settings)
{
	int status = sea_control_path_given(settings->control, control.path), err;

	if (!status)
		status = sea_host_open(&host, &settings->host);
	if (status)
		return status;
	err = relay_tcp_open(&tcp, &host, settings->port, &settings->server);
	if (!err && settings->md5.tcpm_keylen)
		err = sea_socket_setsockopt(host.stack, tcp.listener.watcher.sock, IPPROTO_TCP,
					    TCP_MD5SIG, &settings->md5, sizeof(settings->md5),
					    sea_os_now());
	if (!err)
		err = relay_udp_open(&udp, &host, settings->port, &settings->server);
	if (err)
		return sea_say_failed("cannot serve port %u: %s", settings->port,
				      sea_say_errno(err));
	return sea_control_open(&control, &host, "relay");
}

int main(int argc, char **argv)
{
	static struct settings settings;
	int n, status = sea_usage_parse(&usage, argc, argv, &settings, &n);

	if (status == SEA_USAGE_RUN)
		status = sea_host_config_check(&settings.host, true);
	if (status == SEA_USAGE_RUN && (!settings.port || !settings.control))
		status = sea_say_usage("--relay and --control are needed");
	if (status != SEA_USAGE_RUN)
		return status;
	host.signal_fd = -1;
	status = open_all(&settings);
	if (!status) {
		printf("relay is up: port %u\n", settings.port);
		fflush(stdout);
		status = sea_host_run(&host);
	}
	sea_control_close(&control);
	sea_host_close(&host);
	return status;
}
