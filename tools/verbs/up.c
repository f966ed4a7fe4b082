/* SPDX-License-Identifier: Apache-2.0 */
/* `seastack up`: a stack with services, until a signal ends it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "tools/cli/option.h"
#include "tools/cli/say.h"
#include "tools/cli/text.h"
#include "tools/control/control.h"
#include "tools/host/host.h"
#include "tools/http/server.h"
#include "tools/service/stream.h"
#include "tools/service/udp_echo.h"
#include "tools/verbs/verb.h"

#define SERVICES_MAX 64

struct settings {
	struct sea_host_config host; /* first */
	const char *name, *control;
	struct sea_service_spec services[SERVICES_MAX];
	unsigned n;
};

struct service {
	enum sea_service_kind kind;
	union {
		struct sea_http_server http;
		struct sea_stream_service stream;
	};
	struct sea_udp_echo udp;
};

struct up {
	struct sea_host host;
	struct sea_control control;
	struct service services[SERVICES_MAX];
	unsigned n;
};

static const char *set_name(void *to, const char *value)
{
	struct settings *settings = to;

	settings->name = value;
	return sea_control_name_ok(value) ? NULL
					  : "a name has 1 to 64 letters, digits, '-', '_' or '.'";
}

static const char *set_control(void *to, const char *value)
{
	struct settings *settings = to;

	settings->control = value;
	return *value ? NULL : "write the path of a socket";
}

static bool port_taken(const struct settings *settings, uint16_t port)
{
	for (unsigned i = 0; i < settings->n; i++) {
		if (settings->services[i].port == port)
			return true;
	}
	return false;
}

static const char *set_service(void *to, const char *value)
{
	struct settings *settings = to;
	struct sea_service_spec *spec = &settings->services[settings->n];
	const char *wrong;

	if (settings->n == SERVICES_MAX)
		return "is one service too many";
	wrong = sea_service_spec_parse(value, spec);
	if (!wrong && port_taken(settings, spec->port))
		wrong = "another service has this port";
	settings->n++;
	return wrong;
}

static const struct sea_option own_options[] = {
	{ "service", "SERVICE:PORT[=FOLDER]",
	  "serve http (the files of FOLDER), echo (TCP and\nUDP), discard or chargen; repeatable",
	  set_service, 0 },
	{ "name", "NAME", "the stack's name [the first device's]", set_name, 0 },
	{ "control", "SOCKET",
	  "its control socket [/run/seastack/NAME.sock, or in\n$XDG_RUNTIME_DIR]", set_control, 0 },
	{ 0 },
};

static const struct sea_option_group groups[] = {
	{ "The links:", sea_link_options },
	{ "The network:", sea_host_options },
	{ "The stack:", own_options },
	{ 0 },
};

static const struct sea_usage usage = {
	.verb = "up",
	.operands = "",
	.about =
		"Runs a TCP/IP stack on one or more devices until SIGINT, SIGTERM or SIGHUP ends it.",
	.groups = groups,
	.notes = "  seastack up --link tap:sea0 --addr 10.9.0.2/24 --service http:80=/srv/www &\n"
		 "  ip addr add 10.9.0.1/24 dev sea0 && ip link set sea0 up\n"
		 "  curl http://10.9.0.2/",
};

/* A connection with a file open behind it takes a descriptor. */
static void raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static int open_http(struct up *up, struct service *service, const struct sea_service_spec *spec)
{
	bool folder_failed;
	int err = sea_http_server_open(&service->http, &up->host, spec->port, spec->folder,
				       &folder_failed);

	if (err && folder_failed)
		return sea_say_failed("cannot serve the folder %s: %s", spec->folder,
				      sea_say_errno(err));
	if (err)
		return sea_say_failed("cannot serve http on port %u: %s", spec->port,
				      sea_say_errno(err));
	up->n++;
	return SEA_EXIT_OK;
}

static int open_service(struct up *up, const struct sea_service_spec *spec)
{
	struct service *service = &up->services[up->n];
	int err;

	service->kind = spec->kind;
	if (spec->kind == SEA_SERVICE_HTTP)
		return open_http(up, service, spec);
	err = sea_stream_service_open(&service->stream, &up->host, spec);
	if (!err && spec->kind == SEA_SERVICE_ECHO)
		err = sea_udp_echo_open(&service->udp, &up->host, spec->port);
	if (err)
		return sea_say_failed("cannot serve %s on port %u: %s",
				      sea_service_name(spec->kind), spec->port, sea_say_errno(err));
	up->n++;
	return SEA_EXIT_OK;
}

static int open_all(struct up *up, const struct settings *settings)
{
	const char *name = settings->name ? settings->name : settings->host.link[0].device;
	int status = settings->control ? sea_control_path_given(settings->control, up->control.path)
				       : sea_control_path_new(name, up->control.path);

	if (!status)
		status = sea_host_open(&up->host, &settings->host);
	for (unsigned i = 0; i < settings->n && !status; i++)
		status = open_service(up, &settings->services[i]);
	if (!status)
		status = sea_control_open(&up->control, &up->host, name);
	return status;
}

/* "10.9.0.2/24, 2001:db8::2/64 on sea0, mtu 1500, MAC 02:..." */
static void say_link(const struct sea_host_link *link)
{
	const struct sea_link_spec *spec = link->spec;
	struct sea_link_info info = { .size = sizeof(info) };
	char addr[SEA_ADDR_TEXT_MAX], mac[SEA_TEXT_MAC_MAX];

	sea_link_info(link->link, &info);
	for (unsigned i = 0; i < spec->addrs; i++)
		printf("%s%s/%u", i ? ", " : "", sea_addr_text(&spec->addr[i].addr, addr),
		       spec->addr[i].len);
	if (!spec->addrs)
		printf("no address yet");
	printf(" on %s, mtu %u, MAC %s\n", spec->device, info.mtu, sea_text_mac(mac, info.mac));
}

static void say_ready(const struct up *up, const struct settings *settings)
{
	for (unsigned i = 0; i < up->host.links; i++) {
		if (i)
			printf("  and ");
		else
			printf("%s is up: ", up->control.name);
		say_link(&up->host.link[i]);
	}
	for (unsigned i = 0; i < settings->n; i++) {
		const struct sea_service_spec *spec = &settings->services[i];

		printf("  %s on port %u%s%s\n", sea_service_name(spec->kind), spec->port,
		       spec->folder ? ": " : "", spec->folder ? spec->folder : "");
	}
	printf("  control socket %s\n", up->control.path);
	fflush(stdout);
}

static void close_all(struct up *up)
{
	sea_control_close(&up->control);
	sea_host_close(&up->host);
	for (unsigned i = 0; i < up->n; i++) {
		if (up->services[i].kind == SEA_SERVICE_HTTP)
			sea_http_server_close(&up->services[i].http);
	}
}

int sea_verb_up(int argc, char **argv)
{
	static struct settings settings;
	static struct up up = { .control.fd = -1, .host.signal_fd = -1 };
	int n, status = sea_usage_parse(&usage, argc, argv, &settings, &n);

	if (status == SEA_USAGE_RUN)
		status = sea_host_config_check(&settings.host, false);
	if (status == SEA_USAGE_RUN && !settings.name &&
	    !sea_control_name_ok(settings.host.link[0].device))
		status = sea_say_usage("the device's name cannot be the stack's: say --name");
	if (status != SEA_USAGE_RUN)
		return status;
	raise_descriptor_limit();
	status = open_all(&up, &settings);
	if (!status) {
		say_ready(&up, &settings);
		status = sea_host_run(&up.host);
	}
	close_all(&up);
	return status;
}
