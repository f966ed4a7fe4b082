/* SPDX-License-Identifier: Apache-2.0 */
/* A running stack is meant by its name, by its socket, or by being the only one. */
#include <stdio.h>

#include "tools/cli/say.h"
#include "tools/control/control.h"
#include "tools/verbs/target.h"

const char *sea_target_set_name(struct sea_target *target, const char *value)
{
	target->name = value;
	return sea_control_name_ok(value) ? NULL
					  : "a name has 1 to 64 letters, digits, '-', '_' or '.'";
}

const char *sea_target_set_control(struct sea_target *target, const char *value)
{
	target->control = value;
	return *value ? NULL : "write the path of a socket";
}

static const char *set_name(void *target, const char *value)
{
	return sea_target_set_name(target, value);
}

static const char *set_control(void *target, const char *value)
{
	return sea_target_set_control(target, value);
}

static const char *set_json(void *to, const char *value)
{
	struct sea_target *target = to;

	(void)value;
	target->json = true;
	return NULL;
}

static const char *set_prometheus(void *to, const char *value)
{
	struct sea_target *target = to;

	(void)value;
	target->prometheus = true;
	return NULL;
}

static const char *set_all(void *to, const char *value)
{
	struct sea_target *target = to;

	(void)value;
	target->all = true;
	return NULL;
}

static const char *set_ipv4(void *to, const char *value)
{
	struct sea_target *target = to;

	(void)value;
	target->family = '4';
	return NULL;
}

static const char *set_ipv6(void *to, const char *value)
{
	struct sea_target *target = to;

	(void)value;
	target->family = '6';
	return NULL;
}

const struct sea_option sea_target_options[] = {
	{ "name", "NAME", "the stack of this name [the only one]", set_name, 0 },
	{ "control", "SOCKET", "the stack with this control socket", set_control, 0 },
	{ 0 },
};

const struct sea_option sea_target_json[] = {
	{ "json", NULL, "print JSON", set_json, 0 },
	{ 0 },
};

const struct sea_option sea_target_prometheus[] = {
	{ "json", NULL, "print JSON", set_json, 0 },
	{ "prometheus", NULL, "print what Prometheus scrapes", set_prometheus, 0 },
	{ 0 },
};

const struct sea_option sea_target_family[] = {
	{ "ipv4", NULL, "only what is of IPv4", set_ipv4, '4' },
	{ "ipv6", NULL, "only what is of IPv6", set_ipv6, '6' },
	{ 0 },
};

const struct sea_option sea_target_all[] = {
	{ "all", NULL, "what is left out otherwise, too", set_all, 0 },
	{ 0 },
};

int sea_target_call(const struct sea_target *target, const char *command)
{
	char path[SEA_CONTROL_PATH_MAX];
	int status = target->control ? sea_control_path_given(target->control, path)
				     : sea_control_path_find(target->name, path);

	return status ? status : sea_control_call(path, command);
}

int sea_target_verb(const struct sea_usage *usage, const char *command, int argc, char **argv)
{
	struct sea_target target = { 0 };
	char line[SEA_CONTROL_LINE_MAX], family[] = "  ";
	int n, status = sea_usage_parse(usage, argc, argv, &target, &n);

	if (status != SEA_USAGE_RUN)
		return status;
	if (target.json && target.prometheus)
		return sea_say_usage("say --json or --prometheus, not both");
	family[1] = target.family;
	snprintf(line, sizeof(line), "%s%s%s%s%s", command, target.json ? " json" : "",
		 target.prometheus ? " prometheus" : "", target.all ? " all" : "",
		 target.family ? family : "");
	return sea_target_call(&target, line);
}
