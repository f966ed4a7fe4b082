/* SPDX-License-Identifier: Apache-2.0 */
/* The sequences are those that every terminal since the VT100 knows, and xterm's second screen. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "tools/top/terminal.h"

#define ENTER "\033[?1049h\033[?25l\033[2J\033[H" /* second screen, no cursor, empty */
#define LEAVE "\033[?25h\033[?1049l"
#define PATIENCE_MS 200

/* What would end or stop the program, or says that there is something to draw. */
static const int told_of[] = { SIGINT,  SIGTERM, SIGHUP,   SIGQUIT, SIGUSR1, SIGUSR2,  SIGALRM,
			       SIGTSTP, SIGCONT, SIGWINCH, SIGPIPE, SIGXCPU, SIGVTALRM };

bool sea_top_is_terminal(void)
{
	return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
}

/* Who started us may have had some ignored: they still are. */
static void fill(sigset_t *set)
{
	sigemptyset(set);
	for (size_t i = 0; i < sizeof(told_of) / sizeof(told_of[0]); i++) {
		struct sigaction action;

		if (!sigaction(told_of[i], NULL, &action) && action.sa_handler != SIG_IGN)
			sigaddset(set, told_of[i]);
	}
}

static bool show(struct sea_top_terminal *terminal)
{
	struct termios raw;

	if (!terminal->shown && tcgetattr(terminal->in, &terminal->was))
		return false;
	raw = terminal->was;
	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	raw.c_iflag &= ~(tcflag_t)(IXON | ICRNL);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	if (tcsetattr(terminal->in, TCSANOW, &raw))
		return false;
	terminal->shown = true;
	sea_text_fini(&terminal->pending);
	sea_text_puts(&terminal->pending, ENTER);
	return true;
}

/* A terminal that takes nothing for so long does without. */
static void drain(struct sea_top_terminal *terminal)
{
	struct pollfd room = { .fd = terminal->out, .events = POLLOUT };

	while (terminal->pending.len && poll(&room, 1, PATIENCE_MS) == 1) {
		if (!sea_top_terminal_flush(terminal))
			return;
	}
}

/* What is half drawn is drawn first, for it may end within a sequence. */
static void hide(struct sea_top_terminal *terminal)
{
	if (!terminal->shown)
		return;
	if (terminal->pending.failed)
		sea_text_fini(&terminal->pending);
	sea_text_puts(&terminal->pending, LEAVE);
	drain(terminal);
	tcsetattr(terminal->in, TCSANOW, &terminal->was);
	terminal->shown = false;
}

/* A description of our own, for one that does not wait is shared with all who write there. */
static int own_end(void)
{
	const char *name = ttyname(STDOUT_FILENO);
	int fd = name ? open(name, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC) : -1;

	return fd < 0 ? fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3) : fd;
}

int sea_top_terminal_open(struct sea_top_terminal *terminal)
{
	sigset_t set;
	int err = 0;

	*terminal = (struct sea_top_terminal){ .in = STDIN_FILENO, .out = own_end() };
	fill(&set);
	terminal->signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (terminal->out < 0 || terminal->signals < 0)
		err = -errno;
	sigprocmask(SIG_BLOCK, &set, &terminal->mask_was);
	if (!err && !show(terminal))
		err = -errno;
	if (err)
		sea_top_terminal_close(terminal);
	return err;
}

void sea_top_terminal_close(struct sea_top_terminal *terminal)
{
	hide(terminal);
	if (terminal->signals >= 0)
		close(terminal->signals);
	if (terminal->out >= 0)
		close(terminal->out);
	sigprocmask(SIG_SETMASK, &terminal->mask_was, NULL);
	sea_text_fini(&terminal->pending);
}

void sea_top_terminal_size(int fd, unsigned *rows, unsigned *columns)
{
	struct winsize size;

	*rows = 24;
	*columns = 80;
	if (ioctl(fd, TIOCGWINSZ, &size) || !size.ws_row || !size.ws_col)
		return;
	*rows = size.ws_row;
	*columns = size.ws_col;
}

/* -- signals -- */

enum sea_top_told sea_top_terminal_signals(struct sea_top_terminal *terminal, int *signum)
{
	enum sea_top_told told = SEA_TOP_NOTHING;
	struct signalfd_siginfo info;

	while (read(terminal->signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		*signum = (int)info.ssi_signo;
		switch (*signum) {
		case SIGPIPE: /* the write says so */
			break;
		case SIGTSTP:
			hide(terminal);
			raise(SIGSTOP);
			break;
		case SIGWINCH:
			told = SEA_TOP_DRAW;
			break;
		case SIGCONT:
			if (!show(terminal))
				return SEA_TOP_END;
			told = SEA_TOP_DRAW;
			break;
		default:
			return SEA_TOP_END;
		}
	}
	return told;
}

/* -- drawing -- */

void sea_top_terminal_draw(struct sea_top_terminal *terminal, const char *lines)
{
	if (!terminal->shown)
		return;
	sea_text_puts(&terminal->pending, "\033[H");
	while (*lines) {
		size_t len = strcspn(lines, "\n");
		const char *next = lines + len + (lines[len] == '\n');

		/* Empties the row, or all that is left, before: behind, the cursor may be upon its end. */
		sea_text_puts(&terminal->pending, *next ? "\033[K" : "\033[J");
		sea_text_add(&terminal->pending, lines, len);
		if (*next)
			sea_text_puts(&terminal->pending, "\r\n");
		lines = next;
	}
}

bool sea_top_terminal_flush(struct sea_top_terminal *terminal)
{
	struct sea_text *pending = &terminal->pending;
	ssize_t n;

	if (pending->failed)
		return false;
	while (pending->len) {
		n = write(terminal->out, pending->at, pending->len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN;
		sea_text_shift(pending, (size_t)n);
	}
	return true;
}
