/* SPDX-License-Identifier: Apache-2.0 */
/* Moves bytes of a session when its descriptor is ready; a client that does not read waits alone. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tools/control/session.h"

/* An endless answer (ping) to a client that does not read ends here. */
#define OUT_MAX (4u << 20)
#define READS_MAX 64

void sea_control_session_lines(struct sea_control_session *session, const char *text)
{
	while (*text) {
		size_t len = strcspn(text, "\n");

		sea_text_puts(&session->out, " ");
		sea_text_add(&session->out, text, len);
		sea_text_puts(&session->out, "\n");
		text += len + (text[len] == '\n');
	}
}

void sea_control_session_end(struct sea_control_session *session, const char *last)
{
	sea_text_printf(&session->out, "%s\n", last);
	session->more = NULL;
	session->ended = true;
}

/* The first descriptor is kept, any other closed. */
static void keep_passed(struct sea_control_session *session, struct msghdr *msg)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < n; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(c) + i * sizeof(fd), sizeof(fd));
			if (session->passed < 0)
				session->passed = fd;
			else
				close(fd);
		}
	}
}

static ssize_t read_some(struct sea_control_session *session, void *to, size_t room)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int))];
	} with;
	struct iovec text = { to, room };
	struct msghdr msg = { .msg_iov = &text,
			      .msg_iovlen = 1,
			      .msg_control = &with,
			      .msg_controllen = sizeof(with) };
	ssize_t n = recvmsg(session->fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	if (n >= 0)
		keep_passed(session, &msg);
	return n;
}

/* False when the session is over. */
static bool read_command(struct sea_control_session *session)
{
	size_t room = sizeof(session->line) - 1 - session->line_len;
	ssize_t n = read_some(session, session->line + session->line_len, room);
	char *end;

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	if (!n || session->asked)
		return session->asked && n;
	session->line_len += (size_t)n;
	session->line[session->line_len] = '\0';
	end = strchr(session->line, '\n');
	if (end) {
		*end = '\0';
		session->asked = true;
		session->line_len = 0;
		sea_control_command(session);
	} else if (session->line_len == sizeof(session->line) - 1) {
		session->asked = true;
		sea_control_session_end(session, "error the command is too long");
	}
	return true;
}

/* False when the session is over. One helping at a time: frames wait meanwhile. */
static bool write_answer(struct sea_control_session *session)
{
	ssize_t n;

	if (!session->out.len && session->more)
		session->more(session);
	if (session->out.failed || session->out.len > OUT_MAX)
		return false;
	if (!session->out.len)
		return !session->ended;
	n = send(session->fd, session->out.at, session->out.len, MSG_NOSIGNAL);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	sea_text_shift(&session->out, (size_t)n);
	return session->out.len || !session->ended;
}

bool sea_control_session_push(struct sea_control_session *session)
{
	uint32_t events = session->out.len || session->more ? EPOLLIN | EPOLLOUT : EPOLLIN;

	return !sea_driver_mod_fd(session->control->host->driver, session->fd, events);
}

static void ready(void *arg, uint32_t events, sea_time now)
{
	struct sea_control_session *session = arg;
	bool goes_on = true;

	(void)now;
	if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
		goes_on = read_command(session);
	if (goes_on)
		goes_on = write_answer(session);
	if (goes_on)
		goes_on = sea_control_session_push(session);
	if (!goes_on)
		sea_control_session_close(session);
}

void sea_control_session_open(struct sea_control *control, int fd)
{
	struct sea_control_session *session = calloc(1, sizeof(*session));

	if (!session || sea_driver_add_fd(control->host->driver, fd, EPOLLIN, ready, session)) {
		free(session);
		close(fd);
		return;
	}
	session->control = control;
	session->fd = fd;
	session->passed = -1;
	session->next = control->sessions;
	control->sessions = session;
	control->n_sessions++;
}

/* A client whose words stay unread would lose the answer to them. */
static void read_rest(struct sea_control_session *session)
{
	for (int i = 0; i < READS_MAX; i++) {
		if (read(session->fd, session->line, sizeof(session->line)) <= 0)
			return;
	}
}

void sea_control_session_close(struct sea_control_session *session)
{
	struct sea_control_session **at = &session->control->sessions;

	while (*at != session)
		at = &(*at)->next;
	*at = session->next;
	session->control->n_sessions--;
	if (session->ping) {
		sea_ping_cancel(session->ping, sea_os_now());
		free(session->ping);
	}
	sea_driver_del_fd(session->control->host->driver, session->fd);
	read_rest(session);
	close(session->fd);
	if (session->passed >= 0)
		close(session->passed);
	sea_text_fini(&session->out);
	free(session);
}
