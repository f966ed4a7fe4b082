/* SPDX-License-Identifier: Apache-2.0 */
/* socketpair(AF_UNIX, SOCK_STREAM): two ends, bytes both ways. */
#ifndef SEA_SENTRY_FS_PAIR_H
#define SEA_SENTRY_FS_PAIR_H

#include <stdbool.h>

#include <seastack/compiler.h>

struct sea_file;
struct sea_kernel;

SEA_MUST_USE int sea_pair_new(struct sea_kernel *kernel, int flags, struct sea_file *ends[2]);
bool sea_pair_is(const struct sea_file *file);
/* SHUT_RD, SHUT_WR, SHUT_RDWR. */
void sea_pair_shutdown(struct sea_file *file, int how);
/* Whether a write would be EPIPE. */
bool sea_pair_broken(const struct sea_file *file);
/* SO_ERROR: it is told once. */
int sea_pair_error(struct sea_file *file);

#endif
