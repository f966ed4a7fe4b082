// SPDX-License-Identifier: Apache-2.0
#include "packetimpact/dut/seastack_command.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <seastack/link.h>
#include <seastack/stack.h>
#include <seastack/stats.h>

#include "core/link.h"
#include "tools/cli/parse.h"

#define VALUE_MAX 1024
#define COUNTERS_MAX 1024u

bool sea_proc_cmd_is(const struct sea_proc_cmd *cmd, int i, const char *word)
{
	return i < cmd->argc && !strcmp(cmd->argv[i], word);
}

int sea_proc_cmd_fail(const struct sea_proc_cmd *cmd, int status, const char *what)
{
	dprintf(cmd->err, "%s: %s\n", cmd->argv[0], what);
	return status;
}

bool sea_proc_cmd_number(const struct sea_proc_cmd *cmd, int i, uint32_t *value)
{
	uint64_t wide;

	if (i < cmd->argc && sea_parse_number(cmd->argv[i], UINT32_MAX, &wide)) {
		*value = (uint32_t)wide;
		return true;
	}
	(void)sea_proc_cmd_fail(cmd, 1, "a number is missing");
	return false;
}

static bool is_tun(const struct sea_proc_cmd *cmd, int i)
{
	return sea_proc_cmd_is(cmd, i, cmd->proc->link->name);
}

/* -- sysctl(8) -- */

struct sysctl_flags {
	bool quiet, ignore;
};

static int sysctl_error(const struct sea_proc_cmd *cmd, const struct sysctl_flags *flags,
			const char *name, int err)
{
	if (err == -ENOENT && flags->ignore)
		return 0;
	if (err == -ENOENT)
		dprintf(cmd->err, "sysctl: cannot stat /proc/sys for \"%s\": %s\n", name,
			strerror(-err));
	else
		dprintf(cmd->err, "sysctl: setting key \"%s\": %s\n", name, strerror(-err));
	return 255;
}

/* "name=value" sets, "name" shows. */
static int sysctl_one(const struct sea_proc_cmd *cmd, const struct sysctl_flags *flags,
		      const char *word)
{
	char name[SEA_SYSCTL_NAME_MAX] = "", value[VALUE_MAX];
	const char *equals = strchr(word, '=');
	size_t len = equals ? (size_t)(equals - word) : strlen(word);
	int err = -ENOENT;

	if (len >= sizeof(name))
		return sysctl_error(cmd, flags, word, err);
	memcpy(name, word, len);
	while (len && name[len - 1] == ' ')
		name[--len] = 0;
	if (equals)
		err = sea_dut_sysctl_set(&cmd->proc->dut, name,
					 equals + 1 + strspn(equals + 1, " "));
	if (equals && err)
		return sysctl_error(cmd, flags, name, err);
	err = sea_dut_sysctl_get(&cmd->proc->dut, name, value, sizeof(value));
	if (err < 0)
		return sysctl_error(cmd, flags, name, err);
	if (!flags->quiet || !equals)
		dprintf(cmd->out, "%s = %s\n", name, value);
	return 0;
}

static int run_sysctl(struct sea_proc_cmd *cmd)
{
	struct sysctl_flags flags = { 0 };
	int status = 0;

	for (int i = 1; i < cmd->argc; i++) {
		int one;

		if (sea_proc_cmd_is(cmd, i, "-q"))
			flags.quiet = true;
		else if (sea_proc_cmd_is(cmd, i, "-e"))
			flags.ignore = true;
		else if (!sea_proc_cmd_is(cmd, i, "-w")) {
			one = cmd->argv[i][0] == '-' ? sea_proc_cmd_fail(cmd, 1, "unknown option")
						     : sysctl_one(cmd, &flags, cmd->argv[i]);
			status = one ? one : status;
		}
	}
	return status;
}

/* -- ethtool(8) -- */

static int run_ethtool(struct sea_proc_cmd *cmd)
{
	if (!(sea_proc_cmd_is(cmd, 1, "-K") || sea_proc_cmd_is(cmd, 1, "--features")))
		return sea_proc_cmd_fail(cmd, 1, "only -K is known");
	if (!is_tun(cmd, 2))
		return sea_proc_cmd_fail(cmd, 71, "no such device");
	for (int i = 3; i < cmd->argc; i += 2) {
		bool on = sea_proc_cmd_is(cmd, i + 1, "on");

		if (!on && !sea_proc_cmd_is(cmd, i + 1, "off"))
			return sea_proc_cmd_fail(cmd, 1, "bad command line argument");
		if (sea_dut_offload(&cmd->proc->dut, cmd->argv[i], on))
			return sea_proc_cmd_fail(cmd, 1, "Cannot change this feature");
	}
	return 0;
}

/* -- ifconfig(8) -- */

static int run_ifconfig(struct sea_proc_cmd *cmd)
{
	struct sea_proc *proc = cmd->proc;
	int err = 0;

	if (!is_tun(cmd, 1))
		return sea_proc_cmd_fail(cmd, 1, "No such device");
	for (int i = 2; !err && i < cmd->argc; i++) {
		uint32_t mtu;

		if (sea_proc_cmd_is(cmd, i, "up") || sea_proc_cmd_is(cmd, i, "down"))
			err = sea_link_set_up(proc->link, sea_proc_cmd_is(cmd, i, "up"), proc->now);
		else if (!sea_proc_cmd_is(cmd, i, "mtu"))
			return sea_proc_cmd_fail(cmd, 1, "only up, down and mtu");
		else if (!sea_proc_cmd_number(cmd, ++i, &mtu))
			return 1;
		else
			err = sea_link_set_mtu(proc->link, mtu, proc->now);
	}
	return err ? sea_proc_cmd_fail(cmd, 1, strerror(-err)) : 0;
}

/* -- nstat(8): what was counted since it was run last -- */

struct sea_proc_snapshot {
	uint64_t value[COUNTERS_MAX];
};

static int run_nstat(struct sea_proc_cmd *cmd)
{
	struct sea_proc *proc = cmd->proc;
	struct sea_counter counter;

	if (cmd->argc > 1)
		return sea_proc_cmd_fail(cmd, 1, "no options are known");
	if (!proc->counters)
		proc->counters = calloc(1, sizeof(*proc->counters));
	if (!proc->counters)
		return sea_proc_cmd_fail(cmd, 1, strerror(ENOMEM));
	dprintf(cmd->out, "#seastack\n");
	for (unsigned i = 0; i < COUNTERS_MAX && sea_stack_mib(proc->stack, i, &counter); i++) {
		uint64_t more = counter.value - proc->counters->value[i];

		if (more)
			dprintf(cmd->out, "%-31s %-18llu 0.0\n", counter.name,
				(unsigned long long)more);
		proc->counters->value[i] = counter.value;
	}
	return 0;
}

/* -- which -- */

int sea_proc_command(struct sea_dut *dut, int argc, char *const argv[], int out_fd, int err_fd)
{
	static const struct {
		const char *name;
		int (*run)(struct sea_proc_cmd *cmd);
	} commands[] = {
		{ "ethtool", run_ethtool }, { "ifconfig", run_ifconfig }, { "ip", sea_proc_cmd_ip },
		{ "nstat", run_nstat },     { "sysctl", run_sysctl },     { "tc", sea_proc_cmd_tc },
	};
	struct sea_proc_cmd cmd = { .proc = (struct sea_proc *)dut,
				    .argc = argc,
				    .argv = argv,
				    .out = out_fd,
				    .err = err_fd };
	const char *name = argc ? argv[0] : "";
	const char *slash = strrchr(name, '/');
	int status = 127;

	for (unsigned i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (!strcmp(slash ? slash + 1 : name, commands[i].name))
			status = commands[i].run(&cmd);
	sea_proc_settle(cmd.proc);
	return status;
}
