/* SPDX-License-Identifier: Apache-2.0 */
/* One client of the control socket: its command, and the answer on its way out. */
#ifndef SEA_CONTROL_SESSION_H
#define SEA_CONTROL_SESSION_H

#include "tools/cli/text.h"
#include "tools/control/control.h"
#include "tools/control/report.h"
#include "tools/ping/ping.h"

struct sea_control_session {
	struct sea_control *control;
	struct sea_control_session *next;
	int fd;
	int passed; /* a descriptor that came with the command; -1: none */
	char line[SEA_CONTROL_LINE_MAX];
	size_t line_len;
	bool asked; /* the command has come */
	bool ended; /* the answer is complete: close when it is out */
	struct sea_text out;
	/* Adds to the answer when there is room again; NULL: nothing more comes by itself. */
	void (*more)(struct sea_control_session *session);
	sea_report_list *list; /* what `more` goes on with */
	struct sea_report_walk walk;
	struct sea_ping *ping; /* NULL: none is running */
};

/* Takes the descriptor over. */
void sea_control_session_open(struct sea_control *control, int fd);
void sea_control_session_close(struct sea_control_session *session);

/* Adds lines to the answer, or the last one. */
void sea_control_session_lines(struct sea_control_session *session, const char *text);
void sea_control_session_end(struct sea_control_session *session, const char *last);
/* Sends what was added, once the client takes it; not from here, so the session lives on. False: cannot. */
bool sea_control_session_push(struct sea_control_session *session);

/* Runs the command in session->line, which is taken apart. */
void sea_control_command(struct sea_control_session *session);

#endif
