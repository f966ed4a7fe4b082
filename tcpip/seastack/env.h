/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a stack asks of the program around it: memory, randomness, a place for words, a last resort.
 *
 * The core makes no system call, reads no clock, starts no thread and owns no mutable global; these
 * functions are its only way out. They are called during an entry and must not enter the stack.
 */
#ifndef SEASTACK_ENV_H
#define SEASTACK_ENV_H

#include <stddef.h>
#include <stdint.h>

#include <seastack/compiler.h>
#include <seastack/time.h>

SEA_BEGIN_DECLS

struct sea_pkt;
struct sea_link;

enum sea_log_level { SEA_LOG_ERROR, SEA_LOG_WARN, SEA_LOG_INFO, SEA_LOG_DEBUG };

/* One thing worth tracing. Pointers are borrowed for the call. */
struct sea_trace {
	enum sea_trace_kind {
		SEA_TRACE_DROP, /* pkt, link (may be NULL), code = enum sea_drop, text = its name */
		SEA_TRACE_STATE, /* a TCP transition: object = socket value, text = "SYN_SENT ESTABLISHED" */
	} kind;
	sea_time now;
	const struct sea_pkt *pkt;
	const struct sea_link *link;
	uint64_t object;
	uint32_t code;
	const char *text;
};

/*
 * Copied when a stack is made; `ctx` must outlive the stack. Every member but `trace` and `log` is
 * required.
 */
struct sea_env {
	size_t size; /* sizeof(struct sea_env), for the ABI */
	void *ctx;

	/*
	 * `size` bytes aligned to `align` (a power of two, at most 4096), contents undefined; NULL when
	 * there are none. `free` gets the same size and align back, and never NULL.
	 */
	void *(*alloc)(void *ctx, size_t size, size_t align);
	void (*free)(void *ctx, void *mem, size_t size, size_t align);

	/*
	 * Fills `buf` with `len` bytes nobody can guess (ISNs, ports, cookies, hash keys). 0 or -errno;
	 * an implementation waits for its source rather than return weak bytes. Asked when a stack is
	 * made and when keys rotate.
	 */
	int (*secret)(void *ctx, void *buf, size_t len);

	/* Starts the generator for jitter, where being guessed does no harm. */
	uint64_t seed;

	void (*trace)(void *ctx, const struct sea_trace *what);
	void (*log)(void *ctx, enum sea_log_level level, const char *text);

	/*
	 * An assertion of ours failed; the stack is not to be entered again. Must not return: abort(), or
	 * longjmp() away and lose this stack only.
	 */
	SEA_NORETURN void (*panic)(void *ctx, const char *what, const char *file, int line);
};

/*
 * The environment of an ordinary process: malloc, getrandom(2), warnings on standard error, abort().
 * Fills *env and seeds it from getrandom(2). 0 or -errno.
 */
SEA_API SEA_MUST_USE int sea_env_os(struct sea_env *env);

SEA_END_DECLS
#endif
