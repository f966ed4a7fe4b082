// SPDX-License-Identifier: Apache-2.0
/* packetimpact replay: does a device answer as the one of a capture did? */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "packetimpact/replay/report.h"
#include "packetimpact/verbs/device.h"
#include "packetimpact/verbs/verb.h"
#include "wire/ipv4.h"

static const char help[] =
	"Usage: packetimpact replay [OPTION]... FILE\n\n"
	"Plays one side of a captured conversation against a device, and tells where its answers are others\n"
	"than the captured ones. The other side is the device's: as the capture says (packetimpact record),\n"
	"else who did not send the first packet. FILE is what packetimpact lint reads.\n\n"
	"  --dut=DEVICE            seastack (as it is anyway), in virtual time, or linux, in a namespace\n"
	"  --proto=tcp|udp|icmp    the conversation's protocol: the first of these that there is\n"
	"  --flow=N                which of its conversations, as lint counts them: 1\n"
	"  --device=first|second   the device is who sent the first packet, or who did not\n"
	"  --guess                 the program is guessed, also where the capture tells of its calls\n"
	"  --sysctl=NAME=VALUE     of the device; several are allowed\n"
	"  --seed=N                of the device's random numbers: 1\n"
	"  --tolerance_usecs=N     how much too early or late is still right: 10000\n"
	"  --tolerance_percent=N   the same, of the time since the packet before: 12.5\n"
	"  --no-times              times are not compared\n"
	"  --no-windows            windows are not compared\n"
	"  --tap, --json           print TAP, or JSON\n"
	"  --quiet                 deviations and the last line only\n"
	"  -h, --help              print this\n";

struct command {
	struct sea_talk_choice choice;
	struct sea_play_options options;
	struct sea_match match;
	struct sea_replay_report report;
	const char *path, *wrong;
	bool guess, help;
};

static const char *value_of(const char *arg, const char *name)
{
	size_t len = strlen(name);

	return !strncmp(arg, name, len) && arg[len] == '=' && arg[len + 1] ? arg + len + 1 : NULL;
}

static double take_number(struct command *c, const char *text, double max)
{
	char *end;
	double n = strtod(text, &end);

	if (*end || !(n >= 0) || n > max)
		c->wrong = "there is a number that makes no sense";
	return n >= 0 && n <= max ? n : 0;
}

static void take_proto(struct command *c, const char *value)
{
	if (!strcmp(value, "tcp"))
		c->choice.proto = SEA_IPPROTO_TCP;
	else if (!strcmp(value, "udp"))
		c->choice.proto = SEA_IPPROTO_UDP;
	else if (!strcmp(value, "icmp"))
		c->choice.proto = SEA_IPPROTO_ICMP;
	else
		c->wrong = "the protocol is tcp, udp or icmp";
}

static void take_side(struct command *c, const char *value)
{
	c->choice.side = !strcmp(value, "first") ? SEA_TALK_FIRST : SEA_TALK_SECOND;
	if (strcmp(value, "first") && strcmp(value, "second"))
		c->wrong = "the device is first or second";
}

static void take_sysctl(struct command *c, const char *value)
{
	if (!strchr(value, '=') || *value == '=')
		c->wrong = "a sysctl is NAME=VALUE";
	else if (c->options.n_sysctls == SEA_PLAY_SYSCTLS_MAX)
		c->wrong = "these are too many sysctls";
	else
		c->options.sysctls[c->options.n_sysctls++] = value;
}

static void take_device(struct command *c, const char *value)
{
	c->options.dut_new = sea_device_by_name(value);
	if (!c->options.dut_new)
		c->wrong = "the device is seastack or linux";
}

static bool take_valued(struct command *c, const char *arg)
{
	const char *v;

	if ((v = value_of(arg, "--dut")))
		take_device(c, v);
	else if ((v = value_of(arg, "--proto")))
		take_proto(c, v);
	else if ((v = value_of(arg, "--device")))
		take_side(c, v);
	else if ((v = value_of(arg, "--sysctl")))
		take_sysctl(c, v);
	else if ((v = value_of(arg, "--flow")))
		c->choice.flow = (uint32_t)take_number(c, v, UINT32_MAX);
	else if ((v = value_of(arg, "--seed")))
		c->options.seed = (uint64_t)take_number(c, v, 9e15);
	else if ((v = value_of(arg, "--tolerance_usecs")))
		c->match.tolerance_ns = (int64_t)(take_number(c, v, 1e9) * 1e3);
	else if ((v = value_of(arg, "--tolerance_percent")))
		c->match.tolerance_percent = take_number(c, v, 1e6);
	else
		return false;
	if (!c->choice.flow)
		c->wrong = "a flow is a number from 1 on";
	return true;
}

static void take_option(struct command *c, const char *arg)
{
	if (!strcmp(arg, "--help") || !strcmp(arg, "-h"))
		c->help = true;
	else if (!strcmp(arg, "--tap"))
		c->report.format = SEA_REPLAY_TAP;
	else if (!strcmp(arg, "--json"))
		c->report.format = SEA_REPLAY_JSON;
	else if (!strcmp(arg, "--quiet"))
		c->report.quiet = true;
	else if (!strcmp(arg, "--guess"))
		c->guess = true;
	else if (!strcmp(arg, "--no-times"))
		c->match.times = false;
	else if (!strcmp(arg, "--no-windows"))
		c->match.windows = false;
	else if (!take_valued(c, arg))
		c->wrong = "there is no such option, or it has no value";
}

static void take_options(struct command *c, int argc, char **argv)
{
	for (int i = 1; i < argc && !c->wrong; i++) {
		if (argv[i][0] == '-' && argv[i][1])
			take_option(c, argv[i]);
		else if (c->path)
			c->wrong = "one capture at a time";
		else
			c->path = argv[i];
	}
	if (!c->help && !c->wrong && !c->path)
		c->wrong = "say which capture";
}

/* "differs: …" of the first frame's comment, allocated; NULL: it has none. */
static char *reason_of(const struct sea_talk *talk)
{
	const char *at = sea_note_of(&talk->notes, talk->packets[0].frame)->comment;

	while (at && *at) {
		size_t len = strcspn(at, "\n");

		if (len > 9 && !strncmp(at, "differs: ", 9))
			return strndup(at + 9, len - 9);
		at += len + (at[len] == '\n');
	}
	return NULL;
}

static void found(void *arg, const struct sea_deviation *deviation)
{
	sea_replay_report_deviation(&((struct command *)arg)->report, deviation);
}

static void done(void *arg, const struct sea_answer *captured, const struct sea_answer *live,
		 unsigned deviations)
{
	sea_replay_report_answer(&((struct command *)arg)->report, captured, live, deviations);
}

static int judge(struct command *c, const struct sea_talk *talk, const struct sea_acts *acts,
		 const struct sea_played *played)
{
	char *reason = reason_of(talk);
	bool good;

	c->report.talk = talk;
	c->report.reason = reason;
	c->report.peer_iss = c->match.peer_iss = played->peer_iss;
	c->match.found = found;
	c->match.done = done;
	c->match.arg = c;
	sea_replay_report_begin(&c->report, c->path, played->device, acts->told);
	sea_match(&c->match, &played->captured, &played->live);
	sea_replay_report_end(&c->report, &c->match, played);
	good = !c->match.deviations || reason;
	free(reason);
	return good ? SEA_IMPACT_OK : SEA_IMPACT_FAILED;
}

static int replay(struct command *c)
{
	char cause[SEA_CAPTURE_WHY] = "";
	const char *why = cause;
	struct sea_acts acts = { 0 };
	struct sea_played played = { 0 };
	struct sea_talk talk;
	int status = SEA_IMPACT_FAILED;

	c->options.grace_ns = c->match.tolerance_ns;
	if (sea_talk_read(&talk, c->path, &c->choice, cause) &&
	    sea_acts_of(&acts, &talk, c->guess, &why) &&
	    sea_play(&talk, &acts, &c->options, &played, &why))
		status = judge(c, &talk, &acts, &played);
	else
		fprintf(stderr, "packetimpact replay: %s: %s\n", c->path, why);
	sea_played_fini(&played);
	sea_acts_fini(&acts);
	sea_talk_fini(&talk);
	return status;
}

int sea_impact_replay(int argc, char **argv)
{
	struct command c = { .choice.flow = 1,
			     .options = { .dut_new = sea_dut_seastack_new, .seed = 1 },
			     .match = { .tolerance_ns = 10 * SEA_MSEC,
					.tolerance_percent = 12.5,
					.windows = true,
					.times = true },
			     .report.out = stdout };

	take_options(&c, argc, argv);
	if (c.help) {
		fputs(help, stdout);
		return SEA_IMPACT_OK;
	}
	if (c.wrong) {
		fprintf(stderr, "packetimpact replay: %s; see --help\n", c.wrong);
		return SEA_IMPACT_USAGE;
	}
	return replay(&c);
}
