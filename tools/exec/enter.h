/* SPDX-License-Identifier: Apache-2.0 */
/* The client's end of `seastack exec`: becomes a program whose network is a running stack's. */
#ifndef SEA_EXEC_ENTER_H
#define SEA_EXEC_ENTER_H

/*
 * Runs argv in the place of this process, so that its signals, its terminal and its exit status are the
 * program's. `path`: the stack's control socket. Only comes back with an exit status, said: 126 and 127 as a
 * shell's, where the program cannot be run.
 */
int sea_exec_enter(const char *path, char **argv);

#endif
