/* SPDX-License-Identifier: Apache-2.0 */
/* `seastack exec`: a program of this machine in the network of a running stack. */
#include <stddef.h>
#include <string.h>

#include "tools/cli/option.h"
#include "tools/cli/say.h"
#include "tools/control/control.h"
#include "tools/exec/enter.h"
#include "tools/verbs/target.h"
#include "tools/verbs/verb.h"

static const char *set_control(void *target, const char *value)
{
	return sea_target_set_control(target, value);
}

static const struct sea_option options[] = {
	{ "control", "SOCKET", "the stack with this control socket, instead of NAME", set_control,
	  0 },
	{ 0 },
};

static const struct sea_option_group groups[] = {
	{ "Which stack:", options },
	{ 0 },
};

static const struct sea_usage usage = {
	.verb = "exec",
	.operands = "[NAME] -- PROGRAM [ARGUMENT]...",
	.about =
		"Runs an unmodified program whose network is that of the running stack NAME: its calls\n"
		"upon sockets of IP and of netlink, and what it opens beneath /proc/sys/net and\n"
		"/proc/net, are served by the stack; files and all else are this machine's. NAME may be\n"
		"left out where only one stack is running. For administration and diagnosis: it is\n"
		"neither fast, nor does it keep the program from anything. Only the owner of the stack\n"
		"may do it.",
	.groups = groups,
	.notes = "  seastack exec sea0 -- ip address\n"
		 "  seastack exec sea0 -- ping -c 3 10.9.0.1\n"
		 "  seastack exec sea0 -- curl http://10.9.0.1/\n\n"
		 "The exit status is the program's; 126 and 127: it could not be run.",
	.operands_min = 0,
	.operands_max = 1,
};

/* What stands behind "--" is the program's, options and all. */
static int find_program(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--"))
			return i;
	}
	return argc;
}

int sea_verb_exec(int argc, char **argv)
{
	int program = find_program(argc, argv), n, status;
	char path[SEA_CONTROL_PATH_MAX];
	struct sea_target target = { 0 };

	status = sea_usage_parse(&usage, program, argv, &target, &n);
	if (status != SEA_USAGE_RUN)
		return status;
	if (program + 1 >= argc)
		return sea_say_usage("say which program to run, behind --");
	if (target.control && n)
		return sea_say_usage("say NAME or --control, not both");
	status = target.control ? sea_control_path_given(target.control, path)
				: sea_control_path_find(n ? argv[0] : NULL, path);
	return status ? status : sea_exec_enter(path, argv + program + 1);
}
