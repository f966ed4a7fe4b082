/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The terminal while a screen is shown on it: keys come one by one, signals are read instead of taken, and all of
 * that is put back. What is drawn is taken when the terminal takes it, so that one that stands still holds up nothing.
 */
#ifndef SEA_TOP_TERMINAL_H
#define SEA_TOP_TERMINAL_H

#include <signal.h>
#include <stdbool.h>
#include <termios.h>

#include "tools/cli/text.h"

struct sea_top_terminal {
	int in;      /* keys */
	int out;     /* ours alone, and never waits */
	int signals; /* a signalfd(2) */
	bool shown;  /* our screen is */
	struct termios was;
	sigset_t mask_was;
	struct sea_text pending; /* of the drawing, what the terminal has not taken yet */
};

enum sea_top_told {
	SEA_TOP_NOTHING,
	SEA_TOP_DRAW, /* the size is another, or the screen is ours again */
	SEA_TOP_END,  /* by a signal */
};

/* Both ends of the standard streams are terminals? */
bool sea_top_is_terminal(void);
/* Shows an empty screen. 0, or -errno with nothing changed. */
int sea_top_terminal_open(struct sea_top_terminal *terminal);
/* Puts everything back. */
void sea_top_terminal_close(struct sea_top_terminal *terminal);

/* Rows and columns; 24 and 80 where it does not know. */
void sea_top_terminal_size(int fd, unsigned *rows, unsigned *columns);

/*
 * What the signals say that came. SIGTSTP stops the program, with everything put back meanwhile. SEA_TOP_END: *signum is
 * to be raised once the terminal is closed.
 */
enum sea_top_told sea_top_terminal_signals(struct sea_top_terminal *terminal, int *signum);

/* A screen of lines, behind what is pending. */
void sea_top_terminal_draw(struct sea_top_terminal *terminal, const char *lines);
/* Writes what is pending, as far as it goes. False: the terminal is gone. */
bool sea_top_terminal_flush(struct sea_top_terminal *terminal);

#endif
