// SPDX-License-Identifier: Apache-2.0
/* tc(8): the queue of tun0. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <seastack/qdisc.h>

#include "core/link.h"
#include "core/stack.h"
#include "packetimpact/dut/seastack_command.h"

/* -- numbers with a unit, as tc(8) has them -- */

struct unit {
	const char *name;
	double factor;
};

static const struct unit sizes[] = {
	{ "", 1 },
	{ "b", 1 },
	{ "k", 1024 },
	{ "kb", 1024 },
	{ "m", 1024 * 1024 },
	{ "mb", 1024 * 1024 },
	{ "kbit", 1000.0 / 8 },
	{ "mbit", 1000.0 * 1000 / 8 },
	{ NULL, 0 },
};
/* Bits a second, where nothing else is said; "bps" are bytes. */
static const struct unit rates[] = {
	{ "", 1.0 / 8 },
	{ "bit", 1.0 / 8 },
	{ "kbit", 1e3 / 8 },
	{ "mbit", 1e6 / 8 },
	{ "gbit", 1e9 / 8 },
	{ "kibit", 1024 / 8.0 },
	{ "mibit", 1048576 / 8.0 },
	{ "bps", 1 },
	{ "kbps", 1e3 },
	{ "mbps", 1e6 },
	{ "gbps", 1e9 },
	{ NULL, 0 },
};
/* Nanoseconds; microseconds, where nothing else is said. */
static const struct unit times[] = {
	{ "", 1e3 },   { "s", 1e9 },    { "sec", 1e9 }, { "ms", 1e6 }, { "msec", 1e6 },
	{ "us", 1e3 }, { "usec", 1e3 }, { "ns", 1 },    { "nsec", 1 }, { NULL, 0 },
};

static bool parse(const char *text, const struct unit *units, double max, double *value)
{
	char *end;
	double number = strtod(text, &end);

	if (end == text || !(number >= 0))
		return false;
	for (; units->name; units++) {
		if (strcmp(end, units->name) != 0)
			continue;
		*value = number * units->factor;
		return *value <= max;
	}
	return false;
}

/* -- options -- */

enum option_kind { OPTION_SIZE, OPTION_RATE, OPTION_TIME, OPTION_FLAG };

static const struct option {
	const char *name;
	enum option_kind kind;
	uint32_t bit;
	size_t at; /* in struct sea_qdisc_config */
} options[] = {
	{ "limit", OPTION_SIZE, SEA_QDISC_LIMIT, offsetof(struct sea_qdisc_config, limit) },
	{ "flow_limit", OPTION_SIZE, SEA_QDISC_FLOW_LIMIT,
	  offsetof(struct sea_qdisc_config, flow_limit) },
	{ "quantum", OPTION_SIZE, SEA_QDISC_QUANTUM, offsetof(struct sea_qdisc_config, quantum) },
	{ "initial_quantum", OPTION_SIZE, SEA_QDISC_INITIAL_QUANTUM,
	  offsetof(struct sea_qdisc_config, initial_quantum) },
	{ "maxrate", OPTION_RATE, SEA_QDISC_MAX_RATE, offsetof(struct sea_qdisc_config, max_rate) },
	{ "low_rate_threshold", OPTION_RATE, SEA_QDISC_LOW_RATE,
	  offsetof(struct sea_qdisc_config, low_rate) },
	{ "refill_delay", OPTION_TIME, SEA_QDISC_REFILL_DELAY,
	  offsetof(struct sea_qdisc_config, refill_delay_ns) },
	{ "horizon", OPTION_TIME, SEA_QDISC_HORIZON,
	  offsetof(struct sea_qdisc_config, horizon_ns) },
	{ "flows", OPTION_SIZE, SEA_QDISC_FLOWS, offsetof(struct sea_qdisc_config, flows) },
	{ "target", OPTION_TIME, SEA_QDISC_TARGET, offsetof(struct sea_qdisc_config, target_ns) },
	{ "interval", OPTION_TIME, SEA_QDISC_INTERVAL,
	  offsetof(struct sea_qdisc_config, interval_ns) },
	{ "memory_limit", OPTION_SIZE, SEA_QDISC_MEMORY_LIMIT,
	  offsetof(struct sea_qdisc_config, memory_limit) },
	{ "drop_batch", OPTION_SIZE, SEA_QDISC_DROP_BATCH,
	  offsetof(struct sea_qdisc_config, drop_batch) },
	{ "ce_threshold", OPTION_TIME, SEA_QDISC_CE_THRESHOLD,
	  offsetof(struct sea_qdisc_config, ce_threshold_ns) },
	{ "noecn", OPTION_FLAG, SEA_QDISC_NO_ECN, 0 },
	{ "horizon_cap", OPTION_FLAG, SEA_QDISC_HORIZON_CAP, 0 },
	{ "nopacing", OPTION_FLAG, SEA_QDISC_NO_PACING, 0 },
};

/* What the words say by themselves: the defaults. */
static bool is_default(const char *word)
{
	return !strcmp(word, "pacing") || !strcmp(word, "horizon_drop") || !strcmp(word, "ecn");
}

static const struct option *find(const char *name)
{
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (!strcmp(options[i].name, name))
			return &options[i];
	return NULL;
}

static bool set_option(struct sea_qdisc_config *c, const struct option *o, const char *text)
{
	void *to = (char *)c + o->at;
	double value;

	switch (o->kind) {
	case OPTION_SIZE:
		if (!parse(text, sizes, UINT32_MAX, &value))
			return false;
		*(uint32_t *)to = (uint32_t)value;
		return true;
	case OPTION_RATE:
		if (!parse(text, rates, 1e15, &value))
			return false;
		*(uint64_t *)to = (uint64_t)value;
		return true;
	case OPTION_TIME:
		if (!parse(text, times, 1e18, &value))
			return false;
		*(int64_t *)to = (int64_t)value;
		return true;
	case OPTION_FLAG:
		break;
	}
	return true;
}

/* Words from `i` on; returns the exit status. */
static int set_options(struct sea_proc_cmd *cmd, int i, struct sea_qdisc_config *c)
{
	for (; i < cmd->argc; i++) {
		const struct option *o = find(cmd->argv[i]);

		if (!o && is_default(cmd->argv[i]))
			continue;
		if (!o)
			return sea_proc_cmd_fail(cmd, 1, "What is that? (an option of the queue)");
		c->given |= o->bit;
		if (o->kind == OPTION_FLAG)
			continue;
		if (++i >= cmd->argc || !set_option(c, o, cmd->argv[i]))
			return sea_proc_cmd_fail(cmd, 1, "Illegal value of an option");
	}
	return 0;
}

/* -- the command -- */

static int set_qdisc(struct sea_proc_cmd *cmd, int i)
{
	struct sea_qdisc_config config = {
		.size = sizeof(config),
		.kind = i < cmd->argc ? cmd->argv[i] : cmd->proc->link->stack->sysctl.default_qdisc
	};
	int status = set_options(cmd, i + 1, &config), err;

	if (status)
		return status;
	err = sea_link_set_qdisc(cmd->proc->link, &config, cmd->proc->now);
	if (err == -ENOENT)
		return sea_proc_cmd_fail(cmd, 2, "Error: Specified qdisc kind is unknown.");
	return err ? sea_proc_cmd_fail(cmd, 2, strerror(-err)) : 0;
}

/* Bytes in the words of tc(8). */
static void print_size(const struct sea_proc_cmd *cmd, uint32_t bytes)
{
	if (bytes >= 1u << 20 && bytes % (1u << 20) == 0)
		dprintf(cmd->out, "%uMb", bytes >> 20);
	else if (bytes >= 1u << 10 && bytes % (1u << 10) == 0)
		dprintf(cmd->out, "%uKb", bytes >> 10);
	else
		dprintf(cmd->out, "%ub", bytes);
}

/* Of fq, what can be compared with nothing is left out: there is more. A queue that was set has a handle. */
static int show_qdisc(const struct sea_proc_cmd *cmd, bool named)
{
	struct sea_qdisc_info info = { .size = sizeof(info) };
	const struct sea_qdisc_config *c = &info.config;
	bool fast, bytes;

	sea_link_qdisc(cmd->proc->link, &info);
	fast = !strcmp(c->kind, "pfifo_fast");
	bytes = !strcmp(c->kind, "bfifo");
	dprintf(cmd->out, "qdisc %s %s: ", c->kind, fast ? "0" : "8001");
	if (!named)
		dprintf(cmd->out, "dev %s ", cmd->proc->link->name);
	dprintf(cmd->out, "root refcnt 2 ");
	if (fast)
		dprintf(cmd->out, "bands 3 priomap 1 2 2 2 1 2 0 0 1 1 1 1 1 1 1 1");
	else
		dprintf(cmd->out, "limit ");
	if (bytes)
		print_size(cmd, c->limit);
	else if (!fast)
		dprintf(cmd->out, "%up", c->limit);
	if (c->given & SEA_QDISC_FLOW_LIMIT) {
		dprintf(cmd->out, " flow_limit %up quantum ", c->flow_limit);
		print_size(cmd, c->quantum);
		dprintf(cmd->out, " initial_quantum ");
		print_size(cmd, c->initial_quantum);
	}
	dprintf(cmd->out, "\n");
	return 0;
}

static bool is_show(const struct sea_proc_cmd *cmd)
{
	bool verb = sea_proc_cmd_is(cmd, 2, "show") || sea_proc_cmd_is(cmd, 2, "list") ||
		    sea_proc_cmd_is(cmd, 2, "ls");

	return sea_proc_cmd_is(cmd, 1, "qdisc") &&
	       (cmd->argc == 2 || (verb && (cmd->argc == 3 || sea_proc_cmd_is(cmd, 3, "dev"))));
}

/* tc qdisc add|replace|change|delete dev tun0 root …; tc qdisc [show [dev tun0]] */
int sea_proc_cmd_tc(struct sea_proc_cmd *cmd)
{
	bool del = sea_proc_cmd_is(cmd, 2, "delete") || sea_proc_cmd_is(cmd, 2, "del");
	bool set = sea_proc_cmd_is(cmd, 2, "add") || sea_proc_cmd_is(cmd, 2, "replace") ||
		   sea_proc_cmd_is(cmd, 2, "change");

	if (is_show(cmd) && cmd->argc < 4)
		return show_qdisc(cmd, false);
	if (is_show(cmd) && sea_proc_cmd_is(cmd, 4, cmd->proc->link->name))
		return show_qdisc(cmd, true);
	if (!sea_proc_cmd_is(cmd, 1, "qdisc") || !(del || set) || !sea_proc_cmd_is(cmd, 3, "dev") ||
	    !sea_proc_cmd_is(cmd, 5, "root"))
		return sea_proc_cmd_fail(
			cmd, 1,
			"only `qdisc add|replace|change|delete dev DEV root` and `qdisc show`");
	if (!sea_proc_cmd_is(cmd, 4, cmd->proc->link->name))
		return sea_proc_cmd_fail(cmd, 1, "Cannot find device");
	return set_qdisc(cmd, del ? cmd->argc : 6);
}
