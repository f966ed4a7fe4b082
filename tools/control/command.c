/* SPDX-License-Identifier: Apache-2.0 */
/* The commands of the control socket: a word each, then words of their own. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <seastack/version.h>

#include "tools/cli/parse.h"
#include "tools/cli/say.h"
#include "tools/control/report.h"
#include "tools/control/session.h"
#include "tools/exec/exec.h"

static void end_with(struct sea_control_session *session, struct sea_text *body)
{
	if (!body->failed)
		sea_control_session_lines(session, body->at ? body->at : "");
	sea_control_session_end(session, body->failed ? "error memory is short" : "ok");
	sea_text_fini(body);
}

/* What is wanted of a report: words that each narrow or widen it. False: one makes no sense. */
static bool read_wishes(char *words, struct sea_report_walk *walk)
{
	const char *word;

	while ((word = strsep(&words, " "))) {
		if (!strcmp(word, "json"))
			walk->as_json = true;
		else if (!strcmp(word, "all"))
			walk->all = true;
		else if (!strcmp(word, "4"))
			walk->family = SEA_AF_INET;
		else if (!strcmp(word, "6"))
			walk->family = SEA_AF_INET6;
		else
			return false;
	}
	return true;
}

static void end_with_wishes(struct sea_control_session *session)
{
	sea_control_session_end(session, "error behind the command may stand json, all, 4 and 6");
}

static void version(struct sea_control_session *session, char *words)
{
	struct sea_text body = { 0 };

	(void)words;
	sea_text_printf(&body, "seastack %s (stack %s, process %d)\n", sea_version(),
			session->control->name, (int)getpid());
	end_with(session, &body);
}

static void stat(struct sea_control_session *session, char *words)
{
	struct sea_report_walk walk = { 0 };
	struct sea_text body = { 0 };

	if (words && !strcmp(words, "prometheus")) {
		sea_report_prometheus(session->control->host, session->control->name, &body);
		end_with(session, &body);
		return;
	}
	if (!read_wishes(words, &walk)) {
		end_with_wishes(session);
		return;
	}
	sea_report_stat(session->control->host, session->control->name, walk.as_json, &body);
	end_with(session, &body);
}

static void drops(struct sea_control_session *session, char *words)
{
	struct sea_report_walk walk = { 0 };
	struct sea_text body = { 0 };

	if (!read_wishes(words, &walk)) {
		end_with_wishes(session);
		return;
	}
	sea_report_drops(session->control->host, walk.as_json, &body);
	end_with(session, &body);
}

static void more_of_list(struct sea_control_session *session)
{
	struct sea_text body = { 0 };
	bool more = session->list(session->control->host, &session->walk, &body);

	if (!more || body.failed) {
		end_with(session, &body);
		return;
	}
	if (body.at)
		sea_control_session_lines(session, body.at);
	sea_text_fini(&body);
}

static void begin_list(struct sea_control_session *session, char *words, sea_report_list *list)
{
	if (!read_wishes(words, &session->walk)) {
		end_with_wishes(session);
		return;
	}
	session->list = list;
	session->more = more_of_list;
}

static void sockets(struct sea_control_session *session, char *words)
{
	begin_list(session, words, sea_report_sockets);
}

static void flows(struct sea_control_session *session, char *words)
{
	if (words) {
		sea_control_session_end(session, "error behind flows stands nothing");
		return;
	}
	begin_list(session, NULL, sea_report_flows);
}

static void routes(struct sea_control_session *session, char *words)
{
	begin_list(session, words, sea_report_routes);
}

static void neigh(struct sea_control_session *session, char *words)
{
	begin_list(session, words, sea_report_neigh);
}

static void addrs(struct sea_control_session *session, char *words)
{
	begin_list(session, words, sea_report_addrs);
}

static void ping_says(void *arg, const char *line)
{
	struct sea_control_session *session = arg;

	sea_control_session_lines(session, line);
	if (!sea_control_session_push(session))
		session->out.failed = true;
}

static void ping_done(void *arg, int status)
{
	struct sea_control_session *session = arg;

	free(session->ping);
	session->ping = NULL;
	sea_control_session_end(session, status ? "failed" : "ok");
	if (!sea_control_session_push(session))
		session->out.failed = true;
}

/* HOST COUNT INTERVAL-NS WAIT-NS SIZE, as the client has judged them; judged again. */
static bool ping_config(char *words, struct sea_ping_config *config)
{
	const char *word[5];
	uint64_t interval, wait, size;

	for (int i = 0; i < 5; i++) {
		word[i] = strsep(&words, " ");
		if (!word[i])
			return false;
	}
	if (words || !sea_peer_parse(word[0], &config->host) ||
	    !sea_parse_number(word[1], UINT64_MAX, &config->count) ||
	    !sea_parse_number(word[2], INT64_MAX, &interval) || interval < SEA_PING_INTERVAL_MIN ||
	    !sea_parse_number(word[3], INT64_MAX, &wait) ||
	    !sea_parse_number(word[4], SEA_PING_SIZE_MAX, &size))
		return false;
	config->interval_ns = (int64_t)interval;
	config->wait_ns = (int64_t)wait;
	config->size = (uint32_t)size;
	return true;
}

static void ping(struct sea_control_session *session, char *words)
{
	struct sea_ping_config config = SEA_PING_CONFIG_INIT;
	char sentence[128];
	int err;

	if (!ping_config(words, &config)) {
		sea_control_session_end(session,
					"error ping wants HOST COUNT INTERVAL-NS WAIT-NS SIZE");
		return;
	}
	session->ping = calloc(1, sizeof(*session->ping));
	if (!session->ping) {
		sea_control_session_end(session, "error memory is short");
		return;
	}
	session->ping->say = ping_says;
	session->ping->done = ping_done;
	session->ping->arg = session;
	err = sea_ping_start(session->ping, session->control->host, &config);
	if (!err)
		return;
	free(session->ping);
	session->ping = NULL;
	snprintf(sentence, sizeof(sentence), "error cannot ping: %s", sea_say_errno(err));
	sea_control_session_end(session, sentence);
}

/* The listener reaches into the memory of whoever made it: that is for the owner alone, or root. */
static bool is_owner(int fd)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);

	return !getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) &&
	       (peer.uid == geteuid() || !peer.uid);
}

static int serve_program(struct sea_control_session *session)
{
	struct sea_control *control = session->control;
	int err = control->exec ? 0 : sea_exec_server_new(control->host, &control->exec);

	if (!err)
		err = sea_exec_serve(control->exec, session->passed);
	if (!err)
		session->passed = -1;
	return err;
}

static void exec(struct sea_control_session *session, char *words)
{
	int err;

	(void)words;
	if (!is_owner(session->fd)) {
		sea_control_session_end(session, "error only the owner of the stack may do that");
		return;
	}
	err = session->passed < 0 ? -EINVAL : serve_program(session);
	if (!err)
		sea_control_session_end(session, "ok");
	else if (err == -EINVAL)
		sea_control_session_end(session, "error exec comes with a seccomp listener");
	else if (err == -EMFILE)
		sea_control_session_end(session, "error too many programs run in this stack");
	else
		sea_control_session_end(session, "error the stack cannot take the program");
}

static const struct command {
	const char *name;
	void (*run)(struct sea_control_session *session, char *words);
} commands[] = {
	{ "addrs", addrs }, { "drops", drops },     { "exec", exec },     { "flows", flows },
	{ "neigh", neigh }, { "ping", ping },       { "routes", routes }, { "sockets", sockets },
	{ "stat", stat },   { "version", version },
};

void sea_control_command(struct sea_control_session *session)
{
	char *words = session->line, *name = strsep(&words, " ");

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (!strcmp(commands[i].name, name)) {
			commands[i].run(session, words);
			return;
		}
	}
	sea_control_session_end(
		session,
		"error there are the commands addrs, drops, exec, flows, neigh, ping, routes, sockets, stat and version");
}
