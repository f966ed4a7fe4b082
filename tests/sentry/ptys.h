/* SPDX-License-Identifier: Apache-2.0 */
/* A pseudo-terminal for tests, and ways to tell what comes out of it. */
#ifndef TESTS_SENTRY_PTYS_H
#define TESTS_SENTRY_PTYS_H

#ifndef LIMIT
#define LIMIT 30000 /* ms */
#endif
#define TYPE(s) write(master, s, sizeof(s) - 1)

extern int master, slave;

/* A line of what was read, where each byte can be told. */
void pty_text(const char *what, const char *s, long n);
/* What comes from an end until there are n bytes. */
void pty_comes(const char *what, int fd, long n);
/* What one read gives. */
void pty_reads(const char *what, int fd, long n);
/* FIONREAD, once it is n. */
int pty_waiting(int fd, int n);
void pty_open(void);
void pty_close(void);

#endif
