/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The stack: one network namespace. The loop of use, shown once:
 *
 *	now = clock();
 *	for each ready link:
 *		n = receive(frames, 64);
 *		sea_link_input(link, frames, n, now);
 *	sea_stack_advance(stack, now);
 *	while ((link = sea_stack_next_tx(stack))) {
 *		n = sea_link_take_tx(link, out, 64, now);
 *		transmit(link, out, n);              // then sea_pkt_done() for each
 *	}
 *	while (sea_stack_take_events(stack, ev, 64))
 *		...
 *	sleep_until(sea_stack_deadline(stack));
 *
 * A stack is entered by one thread at a time; every entry asserts it. The driver in <seastack/os.h>
 * is this loop for programs that have none.
 */
#ifndef SEASTACK_STACK_H
#define SEASTACK_STACK_H

#include <stddef.h>
#include <stdint.h>

#include <seastack/compiler.h>
#include <seastack/env.h>
#include <seastack/time.h>

SEA_BEGIN_DECLS

struct sea_stack;
struct sea_module;
struct sea_link;

struct sea_stack_config {
	size_t size; /* sizeof(struct sea_stack_config) */
	/* Hard cap on real memory, in bytes; 0: none. At the cap packets drop and calls get -ENOMEM. */
	size_t held_max;
	/* Free memory kept for reuse, in bytes; SEA_CACHE_DEFAULT: 8 MiB. 0 gives all back at once. */
	size_t cache_max;
	/* Open sockets at most; 0: 1 << 20. */
	uint32_t sockets_max;
	/* Leave vector instructions alone (checksums fall back to scalar code). */
	bool scalar_only;
	/* CLOCK_REALTIME minus the clock of `now`, in ns; timestamps given to programs use it. */
	int64_t wall_offset_ns;
};

#define SEA_CACHE_DEFAULT SIZE_MAX
#define SEA_STACK_CONFIG_INIT                                                           \
	{                                                                               \
		.size = sizeof(struct sea_stack_config), .cache_max = SEA_CACHE_DEFAULT \
	}

/*
 * Makes a stack of the given modules (<seastack/modules.h>), with an `lo` that is up and has
 * 127.0.0.1/8 when sea_ipv4 is among them. `config` may be NULL for defaults; `env` is copied. 0,
 * -EINVAL (a size, a missing function, a module named twice, one that lacks another it needs),
 * -ENOMEM, or what env->secret said. On error *stack is NULL.
 */
SEA_API SEA_MUST_USE int sea_stack_new(const struct sea_stack_config *config,
				       const struct sea_env *env,
				       const struct sea_module *const *modules, size_t n,
				       struct sea_stack **stack);

/*
 * Ends everything at once, silently on the wire, and frees it. Packets lent to drivers must have
 * been given back (sea_pkt_done()).
 */
SEA_API void sea_stack_free(struct sea_stack *stack);

/* Due timers of the stack and its links, loopback, deferred work; bounded. */
SEA_API void sea_stack_advance(struct sea_stack *stack, sea_time now);

/* A link with frames to transmit, each in turn; NULL when none has any. */
SEA_API struct sea_link *sea_stack_next_tx(struct sea_stack *stack);

/*
 * When sea_stack_advance() wants to be called next: not later than the latest `now` while work is
 * left, SEA_TIME_NEVER when idle.
 */
SEA_API sea_time sea_stack_deadline(struct sea_stack *stack);

/* The latest `now` the stack was entered with. */
SEA_API sea_time sea_stack_now(const struct sea_stack *stack);

/*
 * One sysctl by Linux's name ("net.ipv4.tcp_syncookies"), as text without a newline. Get: the length
 * of the text (cut to `len` with a terminating NUL), or -ENOENT. Set: 0, -ENOENT, -EINVAL (not a
 * value of its kind or out of range), -EPERM (read-only); text is read as Linux does that is written to
 * /proc/sys: "" changes nothing, and of "1 2" a value that is one number takes the first.
 */
SEA_API int sea_sysctl_get(const struct sea_stack *stack, const char *name, char *text, size_t len);
SEA_API SEA_MUST_USE int sea_sysctl_set(struct sea_stack *stack, const char *name, const char *text,
					sea_time now);
/* What stat(2) says of its file on Linux: 0644, 0444 (read-only), 0600 (a secret), 0200 (only written); 0: there is none. */
SEA_API unsigned sea_sysctl_mode(const struct sea_stack *stack, const char *name);
/* Long enough for any sysctl's name with its NUL. */
#define SEA_SYSCTL_NAME_MAX 96
/* Names in order: the name after that in `name` ("" for the first) into it, and true; or false. */
SEA_API bool sea_sysctl_next(const struct sea_stack *stack, char name[SEA_SYSCTL_NAME_MAX]);

SEA_END_DECLS
#endif
