/* SPDX-License-Identifier: Apache-2.0 */
/* What tcp_options_peer.c knows to differ from the kernel, and why: tcp_options_meant.def. */
#ifndef SEA_TESTS_TCP_OPTIONS_MEANT_H
#define SEA_TESTS_TCP_OPTIONS_MEANT_H

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

enum how {
	ABSENT,  /* the kernel has it; here it is refused */
	BYTES,   /* each world has bytes of its own: only results and lengths are compared */
	PARTLY,  /* some calls differ */
	UNTRIED, /* not called at all */
};

struct meant {
	int level, name;
	enum how how;
	const char *reason;
};

static const struct meant meant[] = {
#define MEANT(level, name, how, reason) { level, name, how, reason },
#include "tests/netns/tcp_options_meant.def"
#undef MEANT
};

/* One option as it is tried. */
struct option {
	int level, name;
	const char *where; /* sort and state */
	const struct meant *meant;
	unsigned shown;
	bool differed;
};

static inline const struct meant *meant_of(int level, int name)
{
	for (size_t i = 0; i < sizeof(meant) / sizeof(meant[0]); i++)
		if (meant[i].level == level && meant[i].name == name)
			return &meant[i];
	return NULL;
}

#endif
