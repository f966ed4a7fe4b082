/* SPDX-License-Identifier: Apache-2.0 */
/* Keys, signals, answers and the clock, in one loop. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <seastack/os.h>

#include "tools/cli/say.h"
#include "tools/top/ask.h"
#include "tools/top/terminal.h"
#include "tools/top/top.h"

#define AGAIN_MS 50 /* where too many ask the stack at once */
#define GO_ON (-1)

/* What --once prints where nothing says how large a screen is. */
#define ONCE_ROWS 50
#define ONCE_COLUMNS 200

struct top {
	struct sea_top_config config;
	struct sea_top_ask ask;
	struct sea_top_sample samples[2];
	unsigned now; /* which of them is the newest */
	sea_time due; /* when the next is asked for */
	bool wants_a_draw, ask_failed;
	struct sea_top_terminal terminal;
};

static struct sea_top_sample *newest(struct top *top)
{
	return &top->samples[top->now];
}

static struct sea_top_sample *other(struct top *top)
{
	return &top->samples[!top->now];
}

/* As sea_top_ask_step(): with 0 the new sample has its rates. */
static int step(struct top *top)
{
	int status;

	if (!top->ask.sample)
		sea_top_ask_begin(&top->ask, other(top));
	status = sea_top_ask_step(&top->ask);
	if (status)
		return status;
	sea_top_sample_end(other(top), newest(top), sea_os_now());
	top->now = !top->now;
	return 0;
}

static int wait_ms(int64_t ns)
{
	return ns <= 0 ? 0 : (int)((ns + SEA_MSEC - 1) / SEA_MSEC);
}

/* Asks, and waits for all of the answer. An exit status, said. */
static int sample_now(struct top *top)
{
	int status;

	while ((status = step(top)) == SEA_TOP_LATER) {
		struct pollfd answer = { .fd = top->ask.fd, .events = POLLIN };

		poll(&answer, 1, top->ask.fd < 0 ? AGAIN_MS : -1);
	}
	return status ? sea_top_ask_complain(&top->ask) : SEA_EXIT_OK;
}

static struct top *begin(const struct sea_top_config *config)
{
	static struct top top;

	top.config = *config;
	top.ask.path = config->path;
	top.ask.fd = -1;
	return &top;
}

static int end(struct top *top, int status)
{
	sea_top_ask_fini(&top->ask);
	sea_top_sample_fini(&top->samples[0]);
	sea_top_sample_fini(&top->samples[1]);
	return status;
}

/* -- once -- */

static int print(struct top *top)
{
	struct sea_top_view view = { .rows = ONCE_ROWS,
				     .columns = ONCE_COLUMNS,
				     .order = top->config.order };
	struct sea_text text = { 0 };
	int status = SEA_EXIT_OK;

	if (isatty(STDOUT_FILENO))
		sea_top_terminal_size(STDOUT_FILENO, &view.rows, &view.columns);
	sea_top_screen(newest(top), &view, &text);
	if (text.failed)
		status = sea_say_failed("memory is short");
	else if (fputs(text.at, stdout) < 0 || fflush(stdout))
		status = sea_say_failed("cannot write the screen: %s", sea_say_errno(errno));
	sea_text_fini(&text);
	return status;
}

int sea_top_once(const struct sea_top_config *config)
{
	struct top *top = begin(config);
	int status = sample_now(top);

	if (!status) {
		poll(NULL, 0, wait_ms(config->interval_ns));
		status = sample_now(top);
	}
	if (!status)
		status = print(top);
	return end(top, status);
}

/* -- on the terminal -- */

static void draw(struct top *top)
{
	struct sea_top_view view = { .order = top->config.order, .keys = true };
	struct sea_text text = { 0 };

	top->wants_a_draw = false;
	sea_top_terminal_size(top->terminal.out, &view.rows, &view.columns);
	sea_top_screen(newest(top), &view, &text);
	if (text.at && !text.failed)
		sea_top_terminal_draw(&top->terminal, text.at);
	sea_text_fini(&text);
}

/* An end of the keys is an end. */
static int take_keys(struct top *top)
{
	char keys[64];
	ssize_t n = read(top->terminal.in, keys, sizeof(keys));

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return GO_ON;
	if (n <= 0)
		return SEA_EXIT_OK;
	for (ssize_t i = 0; i < n; i++) {
		if (keys[i] == 'q')
			return SEA_EXIT_OK;
		if (keys[i] == ' ')
			top->due = sea_os_now();
		for (const struct sea_top_order *order = sea_top_orders; order->name; order++) {
			if (order->key != keys[i])
				continue;
			top->config.order = order;
			top->wants_a_draw = true;
		}
	}
	return GO_ON;
}

static int look(struct top *top)
{
	int status;

	if (!top->ask.sample && sea_time_before(sea_os_now(), top->due))
		return GO_ON;
	if (!top->ask.sample)
		top->due = sea_time_add(sea_os_now(), top->config.interval_ns);
	status = step(top);
	top->ask_failed = status < 0;
	top->wants_a_draw |= !status;
	return top->ask_failed ? SEA_EXIT_FAILED : GO_ON;
}

/* False: the terminal is gone. */
static bool paint(struct top *top)
{
	if (!sea_top_terminal_flush(&top->terminal))
		return false;
	if (!top->wants_a_draw || top->terminal.pending.len)
		return true;
	draw(top);
	return sea_top_terminal_flush(&top->terminal);
}

/* Until something is to be done. */
static void pause_for(const struct top *top, struct pollfd ready[4])
{
	const struct sea_top_terminal *terminal = &top->terminal;
	int ms = -1;

	ready[0] = (struct pollfd){ .fd = terminal->signals, .events = POLLIN };
	ready[1] = (struct pollfd){ .fd = terminal->in, .events = POLLIN };
	ready[2] = (struct pollfd){ .fd = terminal->pending.len ? terminal->out : -1,
				    .events = POLLOUT };
	ready[3] = (struct pollfd){ .fd = top->ask.fd, .events = POLLIN };
	if (!top->ask.sample)
		ms = wait_ms(sea_time_diff(top->due, sea_os_now()));
	else if (top->ask.fd < 0)
		ms = AGAIN_MS;
	if (poll(ready, 4, ms) < 0)
		memset(ready, 0, 4 * sizeof(*ready));
}

/* GO_ON, or an exit status; *signum: the signal that is to be raised, or 0. */
static int turn(struct top *top, int *signum)
{
	struct pollfd ready[4];
	enum sea_top_told told = SEA_TOP_NOTHING;
	int status = GO_ON;

	pause_for(top, ready);
	if (ready[0].revents)
		told = sea_top_terminal_signals(&top->terminal, signum);
	if (told == SEA_TOP_END)
		return SEA_EXIT_FAILED;
	*signum = 0;
	top->wants_a_draw |= told == SEA_TOP_DRAW;
	if (ready[1].revents)
		status = take_keys(top);
	if (status == GO_ON)
		status = look(top);
	return status == GO_ON && !paint(top) ? SEA_EXIT_FAILED : status;
}

static int show(struct top *top)
{
	int signum = 0, status = GO_ON, err = sea_top_terminal_open(&top->terminal);

	if (err)
		return sea_say_failed("cannot use the terminal: %s", sea_say_errno(err));
	top->wants_a_draw = true;
	top->due = sea_time_add(sea_os_now(), top->config.interval_ns);
	if (!paint(top))
		status = SEA_EXIT_FAILED;
	while (status == GO_ON)
		status = turn(top, &signum);
	sea_top_terminal_close(&top->terminal);
	if (signum) {
		signal(signum, SIG_DFL);
		raise(signum);
	}
	return top->ask_failed ? sea_top_ask_complain(&top->ask) : status;
}

int sea_top_run(const struct sea_top_config *config)
{
	struct top *top;
	int status;

	if (!sea_top_is_terminal())
		return sea_say_failed("this is no terminal: --once prints one screen as text");
	top = begin(config);
	status = sample_now(top);
	if (!status)
		status = show(top);
	return end(top, status);
}
