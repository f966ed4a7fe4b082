/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where running stacks are found: N.sock in /run/seastack, or where that may not be written,
 * in $XDG_RUNTIME_DIR/seastack.
 */
#ifndef SEA_CONTROL_PATH_H
#define SEA_CONTROL_PATH_H

#include <stdbool.h>
#include <sys/un.h>

#define SEA_CONTROL_PATH_MAX sizeof(((struct sockaddr_un *)0)->sun_path)

/* 1..64 of letters, digits, '-', '_', '.', and no '.' first. */
bool sea_control_name_ok(const char *name);

/* For a stack that starts, its folder made: an exit status, said. */
int sea_control_path_new(const char *name, char path[SEA_CONTROL_PATH_MAX]);

/* Of a running stack; name NULL: the only one there is. An exit status, said. */
int sea_control_path_find(const char *name, char path[SEA_CONTROL_PATH_MAX]);

/* A socket that a user named: an exit status, said. */
int sea_control_path_given(const char *given, char path[SEA_CONTROL_PATH_MAX]);

#endif
