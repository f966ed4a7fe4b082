/* SPDX-License-Identifier: Apache-2.0 */
/* `seastack top`: asks a running stack again and again, and shows what it says. */
#ifndef SEA_TOP_TOP_H
#define SEA_TOP_TOP_H

#include "tools/top/screen.h"

struct sea_top_config {
	const char *path; /* of the control socket */
	int64_t interval_ns;
	const struct sea_top_order *order;
};

/* On the terminal, until q or a signal ends it; an exit status, said. */
int sea_top_run(const struct sea_top_config *config);
/* Once, as text, of what has happened within an interval; an exit status, said. */
int sea_top_once(const struct sea_top_config *config);

#endif
