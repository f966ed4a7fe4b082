/* SPDX-License-Identifier: Apache-2.0 */
/* N_TTY: lines that are edited while they are typed, echoes, signals, flow control; termios(3). */
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "sentry-glue/fs/pty.h"
#include "sentry-glue/kernel/kernel.h"

#define CTRL(c) ((c)&0x1f)

static bool local(const struct sea_pty *pty, unsigned int flag)
{
	return pty->modes.c_lflag & flag;
}

static bool in(const struct sea_pty *pty, unsigned int flag)
{
	return pty->modes.c_iflag & flag;
}

static bool out(const struct sea_pty *pty, unsigned int flag)
{
	return pty->modes.c_oflag & flag;
}

/* 0 stands for no character. */
static bool is(const struct sea_pty *pty, int which, uint8_t c)
{
	return c && pty->modes.c_cc[which] == c;
}

static bool control(uint8_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0);
}

/* The kernel's idea of a letter or a digit, which is Latin-1's. */
static bool word(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       c == '_' || (c >= 0xc0 && c != 0xd7 && c != 0xf7);
}

static bool continues(const struct sea_pty *pty, uint8_t c)
{
	return in(pty, IUTF8) && (c & 0xc0) == 0x80;
}

void sea_ldisc_init(struct sea_pty *pty)
{
	pty->modes = (struct termios2){
		.c_iflag = ICRNL | IXON,
		.c_oflag = OPOST | ONLCR,
		.c_cflag = B38400 | CS8 | CREAD,
		.c_lflag = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN,
		.c_cc = { [VINTR] = CTRL('C'),
			  [VQUIT] = CTRL('\\'),
			  [VERASE] = 0x7f,
			  [VKILL] = CTRL('U'),
			  [VEOF] = CTRL('D'),
			  [VMIN] = 1,
			  [VSTART] = CTRL('Q'),
			  [VSTOP] = CTRL('S'),
			  [VSUSP] = CTRL('Z'),
			  [VREPRINT] = CTRL('R'),
			  [VDISCARD] = CTRL('O'),
			  [VWERASE] = CTRL('W'),
			  [VLNEXT] = CTRL('V') },
		.c_ispeed = 38400,
		.c_ospeed = 38400,
	};
	pty->in_n = pty->edited = pty->lines = 0;
	pty->next_literal = pty->erasing = false;
	sea_ldisc_stop(pty, false);
}

/* --- to the master --- */

void sea_ldisc_put(struct sea_pty *pty, uint8_t c)
{
	if (pty->out_n == SEA_PTY_OUTPUT)
		return; /* echoes that nobody looks at */
	pty->output[(pty->out_first + pty->out_n++) % SEA_PTY_OUTPUT] = c;
	pty->out_held += pty->stopped;
	sea_waitq_wake(&pty->waitq);
	sea_pty_signal(pty, true);
}

static void newline(struct sea_pty *pty)
{
	if (out(pty, ONLRET))
		pty->column = 0;
	if (out(pty, ONLCR)) {
		pty->column = 0;
		sea_ldisc_put(pty, '\r');
	}
	pty->line_column = pty->column;
	sea_ldisc_put(pty, '\n');
}

static void carriage_return(struct sea_pty *pty)
{
	if (out(pty, ONOCR) && !pty->column)
		return;
	if (!out(pty, OCRNL) || out(pty, ONLRET))
		pty->line_column = pty->column = 0;
	sea_ldisc_put(pty, out(pty, OCRNL) ? '\n' : '\r');
}

static void tab(struct sea_pty *pty)
{
	unsigned int spaces = 8 - (pty->column & 7);

	pty->column += spaces;
	if ((pty->modes.c_oflag & TABDLY) != XTABS) {
		sea_ldisc_put(pty, '\t');
		return;
	}
	while (spaces--)
		sea_ldisc_put(pty, ' ');
}

void sea_ldisc_output(struct sea_pty *pty, uint8_t c)
{
	if (!out(pty, OPOST)) {
		sea_ldisc_put(pty, c);
		return;
	}
	switch (c) {
	case '\n':
		newline(pty);
		return;
	case '\r':
		carriage_return(pty);
		return;
	case '\t':
		tab(pty);
		return;
	case '\b':
		pty->column -= pty->column > 0;
		break;
	default:
		if (control(c))
			break;
		if (out(pty, OLCUC) && c >= 'a' && c <= 'z')
			c = (uint8_t)(c - 'a' + 'A');
		pty->column += !continues(pty, c);
	}
	sea_ldisc_put(pty, c);
}

/* --- echoes --- */

static void echo(struct sea_pty *pty, uint8_t c)
{
	if (!local(pty, ECHOCTL) || !control(c) || c == '\t') {
		sea_ldisc_output(pty, c);
		return;
	}
	sea_ldisc_put(pty, '^');
	sea_ldisc_put(pty, (uint8_t)(c ^ 0100));
	pty->column += 2;
}

static void erasing_ends(struct sea_pty *pty)
{
	if (pty->erasing)
		sea_ldisc_output(pty, '/');
	pty->erasing = false;
}

/* What a character that goes into the line looks like. */
static void echo_typed(struct sea_pty *pty, uint8_t c)
{
	if (!local(pty, ECHO))
		return;
	erasing_ends(pty);
	if (!pty->edited)
		pty->line_column = pty->column;
	echo(pty, c);
}

static void rub_out(struct sea_pty *pty)
{
	sea_ldisc_output(pty, '\b');
	sea_ldisc_output(pty, ' ');
	sea_ldisc_output(pty, '\b');
}

/* --- the line --- */

static uint16_t *at(struct sea_pty *pty, unsigned int i)
{
	return &pty->input[(pty->in_first + i) % SEA_PTY_INPUT];
}

bool sea_ldisc_room(const struct sea_pty *pty)
{
	return pty->in_n < SEA_PTY_INPUT - 1 || (local(pty, ICANON) && !pty->lines);
}

static void drop_last(struct sea_pty *pty)
{
	pty->in_n--;
	pty->edited -= pty->edited > 0;
}

/* A line that is too long loses what was typed last, so that its end gets in. */
static void append(struct sea_pty *pty, unsigned int c)
{
	if (pty->in_n == SEA_PTY_INPUT - 1)
		drop_last(pty);
	*at(pty, pty->in_n++) = (uint16_t)c;
	pty->edited++;
	if (c & SEA_PTY_DELIMITER || !local(pty, ICANON)) {
		pty->lines += (c & SEA_PTY_DELIMITER) != 0;
		pty->edited = 0;
		sea_waitq_wake(&pty->waitq);
		sea_pty_signal(pty, false);
	}
}

static void append_marked(struct sea_pty *pty, uint8_t c, unsigned int mark)
{
	if (c == 0xff && in(pty, PARMRK) && !in(pty, ISTRIP))
		append(pty, c);
	append(pty, c | mark);
}

/* Back to where the column was before the tab that was at the end. */
static void rub_out_tab(struct sea_pty *pty)
{
	unsigned int columns = 0, i = pty->edited;
	bool after_tab = false;

	for (; i && !after_tab; i--) {
		uint8_t c = (uint8_t)*at(pty, pty->in_n - 1 - (pty->edited - i));

		after_tab = c == '\t';
		if (after_tab)
			break;
		if (control(c))
			columns += local(pty, ECHOCTL) ? 2 : 0;
		else
			columns += !continues(pty, c);
	}
	columns += after_tab ? 0 : pty->line_column;
	for (columns = 8 - (columns & 7); columns; columns--) {
		sea_ldisc_put(pty, '\b');
		pty->column -= pty->column > 0;
	}
}

static void echo_erased(struct sea_pty *pty, uint8_t c, bool one)
{
	if (local(pty, ECHOPRT)) {
		if (!pty->erasing)
			sea_ldisc_output(pty, '\\');
		pty->erasing = true;
		echo(pty, c);
	} else if (one && !local(pty, ECHOE)) {
		echo(pty, pty->modes.c_cc[VERASE]);
	} else if (c == '\t') {
		rub_out_tab(pty);
	} else {
		if (control(c) && local(pty, ECHOCTL))
			rub_out(pty);
		if (!control(c) || local(pty, ECHOCTL))
			rub_out(pty);
	}
}

static void erase_line_unseen(struct sea_pty *pty)
{
	pty->in_n -= pty->edited;
	pty->edited = 0;
	if (!local(pty, ECHO))
		return;
	erasing_ends(pty);
	echo(pty, pty->modes.c_cc[VKILL]);
	if (local(pty, ECHOK))
		sea_ldisc_output(pty, '\n');
}

/* VERASE, VWERASE or VKILL. */
static void erase(struct sea_pty *pty, int which)
{
	const unsigned int visibly = ECHO | ECHOK | ECHOKE | ECHOE;
	bool in_word = false;

	if (!pty->edited)
		return;
	if (which == VKILL && (pty->modes.c_lflag & visibly) != visibly) {
		erase_line_unseen(pty);
		return;
	}
	while (pty->edited) {
		unsigned int more = 0;
		uint8_t c = (uint8_t)*at(pty, pty->in_n - 1);

		while (continues(pty, c) && more + 1 < pty->edited)
			c = (uint8_t)*at(pty, pty->in_n - 1 - ++more);
		if (continues(pty, c))
			break; /* no beginning of a character */
		if (which == VWERASE && !word(c) && in_word)
			break;
		in_word |= word(c);
		for (unsigned int i = 0; i <= more; i++)
			drop_last(pty);
		if (local(pty, ECHO))
			echo_erased(pty, c, which == VERASE);
		if (which == VERASE)
			break;
	}
	if (!pty->edited && local(pty, ECHO))
		erasing_ends(pty);
}

static void reprint(struct sea_pty *pty, uint8_t c)
{
	erasing_ends(pty);
	echo(pty, c);
	sea_ldisc_output(pty, '\n');
	for (unsigned int i = pty->edited; i; i--)
		echo(pty, (uint8_t)*at(pty, pty->in_n - i));
}

/* --- what is typed --- */

static void send_signal(struct sea_pty *pty, int sig, uint8_t c)
{
	if (pty->pgid)
		sea_tty_group(pty->kernel, pty->pgid, sig);
	if (!local(pty, NOFLSH)) {
		sea_ldisc_flush_output(pty);
		sea_ldisc_flush_input(pty);
	}
	if (in(pty, IXON))
		sea_ldisc_stop(pty, false);
	if (local(pty, ECHO))
		echo(pty, c);
}

/* Flow control and signals. */
static bool commands(struct sea_pty *pty, uint8_t c)
{
	static const struct {
		int which, sig;
	} signals[] = { { VINTR, SIGINT }, { VQUIT, SIGQUIT }, { VSUSP, SIGTSTP } };

	if (in(pty, IXON) && (is(pty, VSTART, c) || is(pty, VSTOP, c))) {
		sea_ldisc_stop(pty, !is(pty, VSTART, c));
		return true;
	}
	for (int i = 0; i < 3 && local(pty, ISIG); i++) {
		if (is(pty, signals[i].which, c)) {
			send_signal(pty, signals[i].sig, c);
			return true;
		}
	}
	return false;
}

/* Editing, where lines are edited. */
static bool edits(struct sea_pty *pty, uint8_t c)
{
	if (is(pty, VERASE, c)) {
		erase(pty, VERASE);
	} else if (is(pty, VKILL, c)) {
		erase(pty, VKILL);
	} else if (is(pty, VWERASE, c) && local(pty, IEXTEN)) {
		erase(pty, VWERASE);
	} else if (is(pty, VLNEXT, c) && local(pty, IEXTEN)) {
		pty->next_literal = true;
		if (local(pty, ECHO))
			erasing_ends(pty);
		if (local(pty, ECHO) && local(pty, ECHOCTL)) {
			sea_ldisc_output(pty, '^');
			sea_ldisc_output(pty, '\b');
		}
	} else if (is(pty, VREPRINT, c) && local(pty, ECHO) && local(pty, IEXTEN)) {
		reprint(pty, c);
	} else {
		return false;
	}
	return true;
}

static bool ends(struct sea_pty *pty, uint8_t c)
{
	if (c == '\n') {
		if (local(pty, ECHO) || local(pty, ECHONL))
			sea_ldisc_output(pty, '\n');
		append(pty, c | SEA_PTY_DELIMITER);
	} else if (is(pty, VEOF, c)) {
		append(pty, SEA_PTY_DELIMITER | SEA_PTY_EOF);
	} else if (is(pty, VEOL, c) || (is(pty, VEOL2, c) && local(pty, IEXTEN))) {
		echo_typed(pty, c);
		append_marked(pty, c, SEA_PTY_DELIMITER);
	} else {
		return false;
	}
	return true;
}

static void typed(struct sea_pty *pty, uint8_t c)
{
	if (local(pty, ECHO) && c == '\n') {
		erasing_ends(pty);
		sea_ldisc_output(pty, '\n');
	} else {
		echo_typed(pty, c);
	}
	append_marked(pty, c, 0);
}

void sea_ldisc_input(struct sea_pty *pty, uint8_t c)
{
	if (in(pty, ISTRIP))
		c &= 0x7f;
	if (in(pty, IUCLC) && local(pty, IEXTEN) && c >= 'A' && c <= 'Z')
		c = (uint8_t)(c - 'A' + 'a');
	if (pty->next_literal) {
		pty->next_literal = false;
		typed(pty, c);
		return;
	}
	if (commands(pty, c))
		return;
	if (pty->stopped && in(pty, IXON) && in(pty, IXANY))
		sea_ldisc_stop(pty, false);
	if (c == '\r' && in(pty, IGNCR))
		return;
	if (c == '\r' && in(pty, ICRNL))
		c = '\n';
	else if (c == '\n' && in(pty, INLCR))
		c = '\r';
	if (local(pty, ICANON) && (edits(pty, c) || ends(pty, c)))
		return;
	typed(pty, c);
}

/* --- to the slave --- */

bool sea_ldisc_ready(const struct sea_pty *pty, bool poll)
{
	unsigned int min = pty->modes.c_cc[VMIN];

	if (local(pty, ICANON))
		return pty->lines;
	return pty->in_n >= (poll && min && !pty->modes.c_cc[VTIME] ? min : 1);
}

static uint16_t pull(struct sea_pty *pty)
{
	uint16_t c = *at(pty, 0);

	pty->in_first = (pty->in_first + 1) % SEA_PTY_INPUT;
	pty->in_n--;
	pty->lines -= (c & SEA_PTY_DELIMITER) != 0;
	return c;
}

size_t sea_ldisc_take(struct sea_pty *pty, uint8_t *to, size_t n, bool *line)
{
	bool lines = local(pty, ICANON);
	size_t done = 0;

	*line = false;
	while (done < n && !*line && (lines ? pty->lines : pty->in_n)) {
		uint16_t c = pull(pty);

		*line = c & SEA_PTY_DELIMITER;
		if (!(c & SEA_PTY_EOF))
			to[done++] = (uint8_t)c;
	}
	sea_waitq_wake(&pty->waitq); /* there is room */
	return done;
}

void sea_ldisc_skip_end(struct sea_pty *pty)
{
	if (local(pty, ICANON) && pty->lines && *at(pty, 0) & SEA_PTY_EOF)
		pull(pty);
}

unsigned int sea_ldisc_waiting(const struct sea_pty *pty)
{
	unsigned int n = 0;

	if (!local(pty, ICANON))
		return pty->in_n;
	for (unsigned int i = 0; i < pty->in_n - pty->edited; i++)
		n += !(pty->input[(pty->in_first + i) % SEA_PTY_INPUT] & SEA_PTY_EOF);
	return n;
}

/* --- modes --- */

/* What was typed so far is one line, or, without lines, just bytes. */
static void change_lines(struct sea_pty *pty)
{
	for (unsigned int i = 0; i < pty->in_n; i++)
		*at(pty, i) &= 0xff;
	pty->edited = pty->lines = 0;
	if (!local(pty, ICANON) || !pty->in_n)
		return;
	*at(pty, pty->in_n - 1) |= SEA_PTY_DELIMITER;
	pty->lines = 1;
}

static bool flows(const struct termios2 *modes)
{
	return modes->c_iflag & IXON && modes->c_cc[VSTOP] == CTRL('S') &&
	       modes->c_cc[VSTART] == CTRL('Q');
}

void sea_ldisc_set(struct sea_pty *pty, const struct termios2 *modes)
{
	struct termios2 old = pty->modes;

	pty->modes = *modes;
	pty->modes.c_cflag = (pty->modes.c_cflag & ~(unsigned int)(CSIZE | PARENB)) | CS8 | CREAD;
	if ((old.c_lflag ^ modes->c_lflag) & ICANON)
		change_lines(pty);
	if (!in(pty, IXON) && old.c_iflag & IXON)
		sea_ldisc_stop(pty, false);
	if (pty->packet && flows(&old) != flows(modes)) {
		pty->status &= (uint8_t) ~(TIOCPKT_NOSTOP | TIOCPKT_DOSTOP);
		pty->status |= flows(modes) ? TIOCPKT_DOSTOP : TIOCPKT_NOSTOP;
	}
	sea_waitq_wake(&pty->waitq);
}

static void tell(struct sea_pty *pty, unsigned int status)
{
	if (pty->packet)
		pty->status |= (uint8_t)status;
	sea_waitq_wake(&pty->waitq);
}

void sea_ldisc_flush_input(struct sea_pty *pty)
{
	pty->in_n = pty->edited = pty->lines = 0;
	pty->erasing = false;
	tell(pty, TIOCPKT_FLUSHREAD);
}

/* What Linux has given to the master's own discipline by then stays. */
void sea_ldisc_flush_output(struct sea_pty *pty)
{
	if (pty->out_n > SEA_PTY_INPUT - 1)
		pty->out_n = SEA_PTY_INPUT - 1;
	if (pty->out_held > pty->out_n)
		pty->out_held = pty->out_n;
	tell(pty, TIOCPKT_FLUSHWRITE);
}

void sea_ldisc_stop(struct sea_pty *pty, bool stop)
{
	if (pty->stopped == stop)
		return;
	pty->stopped = stop;
	if (!stop)
		pty->out_held = 0;
	pty->status &= (uint8_t) ~(TIOCPKT_STOP | TIOCPKT_START);
	tell(pty, stop ? TIOCPKT_STOP : TIOCPKT_START);
}
