/* SPDX-License-Identifier: Apache-2.0 */
/* Three questions, whose answers are read as they come. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tools/cli/say.h"
#include "tools/top/ask.h"

#define HELPING 65536
#define HELPINGS 16 /* at a time: keys wait meanwhile */

static const struct question {
	const char *command;
	sea_top_line *line;
} questions[] = {
	{ "stat\n", sea_top_stat_line },
	{ "flows\n", sea_top_flow_line },
	{ "drops\n", sea_top_drop_line },
};

#define QUESTIONS (sizeof(questions) / sizeof(questions[0]))

static void hang_up(struct sea_top_ask *ask)
{
	if (ask->fd >= 0)
		close(ask->fd);
	ask->fd = -1;
	sea_text_fini(&ask->in);
}

void sea_top_ask_begin(struct sea_top_ask *ask, struct sea_top_sample *sample)
{
	hang_up(ask);
	sea_top_sample_clear(sample);
	ask->sample = sample;
	ask->question = 0;
	ask->err = 0;
	ask->sentence[0] = '\0';
}

void sea_top_ask_fini(struct sea_top_ask *ask)
{
	hang_up(ask);
	ask->sample = NULL;
}

static int fail(struct sea_top_ask *ask, int err, const char *sentence)
{
	sea_top_ask_fini(ask);
	ask->err = err;
	snprintf(ask->sentence, sizeof(ask->sentence), "%s", sentence);
	return -1;
}

/* A new connection takes so few bytes at once. */
static int dial(struct sea_top_ask *ask)
{
	const char *command = questions[ask->question].command;
	int err = sea_control_dial(ask->path, SOCK_NONBLOCK, &ask->fd);

	if (err == -EAGAIN)
		return SEA_TOP_LATER;
	if (!err && send(ask->fd, command, strlen(command), MSG_NOSIGNAL) < 0)
		err = -errno;
	return err ? fail(ask, err, "") : 0;
}

/* One whole line: 0: the answer goes on; 1: this was its last; -1: it failed. */
static int take_line(struct sea_top_ask *ask, const char *line)
{
	if (*line == ' ') {
		questions[ask->question].line(ask->sample, line + 1);
		return 0;
	}
	return strcmp(line, "ok") ? fail(ask, 0, strncmp(line, "error ", 6) ? line : line + 6) : 1;
}

static int take_lines(struct sea_top_ask *ask)
{
	size_t at = 0;

	while (ask->in.len > at) {
		char *line = ask->in.at + at, *end = memchr(line, '\n', ask->in.len - at);
		int status;

		if (!end)
			break;
		*end = '\0';
		status = take_line(ask, line);
		if (status)
			return status;
		at += (size_t)(end + 1 - line);
	}
	sea_text_shift(&ask->in, at);
	return ask->in.len > HELPING ? fail(ask, 0, "the answer of the stack makes no sense") : 0;
}

/* Reads what is there. 0: the answer is complete, and the connection closed. */
static int listen_to(struct sea_top_ask *ask)
{
	static char bytes[HELPING];

	for (int i = 0; i < HELPINGS; i++) {
		ssize_t n = recv(ask->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
		int status;

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return SEA_TOP_LATER;
		if (n <= 0)
			return fail(ask, 0, "");
		sea_text_add(&ask->in, bytes, (size_t)n);
		if (ask->in.failed)
			return fail(ask, 0, "memory is short");
		status = take_lines(ask);
		if (status > 0)
			hang_up(ask);
		if (status)
			return status > 0 ? 0 : status;
		if (ask->sample->failed)
			return fail(ask, 0, "memory is short");
	}
	return SEA_TOP_LATER;
}

int sea_top_ask_step(struct sea_top_ask *ask)
{
	while (ask->question < QUESTIONS) {
		int status = ask->fd < 0 ? dial(ask) : 0;

		if (!status)
			status = listen_to(ask);
		if (status)
			return status;
		ask->question++;
	}
	ask->sample = NULL;
	return 0;
}

int sea_top_ask_complain(const struct sea_top_ask *ask)
{
	if (ask->err)
		return sea_control_cannot_reach(ask->path, ask->err);
	return ask->sentence[0] ? sea_say_failed("%s", ask->sentence)
				: sea_say_failed("the stack ended before its answer did");
}
