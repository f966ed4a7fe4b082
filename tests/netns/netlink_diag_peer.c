/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sock_diag against the kernel's: sockets come, change and go in both worlds, and what is said of them is compared.
 * Arguments: how many random steps, from which seed on.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/netns/netlink_diag.h"

#define AT_ONCE 60 /* steps with the same sockets */

static void scenario(struct world w[2], unsigned long n, uint64_t *seed)
{
	struct twins t = { .w = w, .seed = seed };
	static unsigned ports;

	t.next_port = ports;
	twins_begin(&t);
	for (; n; n--) {
		twins_call(&t);
		twins_ask(&t);
		twins_hear(&t);
	}
	twins_end(&t);
	twins_hear(&t);
	ports = t.next_port;
}

int main(int argc, char **argv)
{
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
	unsigned long n = argc > 1 ? strtoul(argv[1], NULL, 10) : 240;
	static struct world w[2];
	struct twins none = { .w = w, .seed = &seed };

	if (!world_init(&w[0], false) || !world_init(&w[1], true))
		return 1;
	twins_ask_all(&none);
	twins_listen(&none);
	for (; n; n -= n < AT_ONCE ? n : AT_ONCE)
		scenario(w, n < AT_ONCE ? n : AT_ONCE, &seed);
	world_fini(&w[1]);
	printf("%u compared, %u differ\n", n_compared, n_differ);
	return n_differ != 0;
}
