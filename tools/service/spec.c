/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the words after --service. */
#include <stdio.h>
#include <string.h>

#include "tools/cli/parse.h"
#include "tools/service/spec.h"

static const char *const names[] = {
	[SEA_SERVICE_HTTP] = "http",
	[SEA_SERVICE_ECHO] = "echo",
	[SEA_SERVICE_DISCARD] = "discard",
	[SEA_SERVICE_CHARGEN] = "chargen",
};

const char *sea_service_name(enum sea_service_kind kind)
{
	return names[kind];
}

const char *sea_service_spec_parse(const char *text, struct sea_service_spec *spec)
{
	const char *port = strchr(text, ':');
	const char *folder = port ? strchr(port, '=') : NULL;
	char digits[8];
	unsigned kind = 0;
	int len;

	if (!port)
		return "write SERVICE:PORT, such as echo:7, or http:PORT=FOLDER";
	while (kind < 4 && (strlen(names[kind]) != (size_t)(port - text) ||
			    strncmp(names[kind], text, (size_t)(port - text))))
		kind++;
	if (kind == 4)
		return "there are the services http, echo, discard and chargen";
	len = folder ? (int)(folder - port) - 1 : (int)strlen(port + 1);
	snprintf(digits, sizeof(digits), "%.*s", len, port + 1);
	if (len > 5 || !sea_parse_port(digits, &spec->port))
		return "a port is a number from 1 to 65535";
	spec->kind = (enum sea_service_kind)kind;
	spec->folder = folder ? folder + 1 : NULL;
	if (kind == SEA_SERVICE_HTTP && (!folder || !folder[1]))
		return "say which folder it serves, such as http:80=/srv/www";
	if (kind != SEA_SERVICE_HTTP && folder)
		return "only http serves a folder";
	return NULL;
}
